"""Conjunctive rules: the whole paper, every section, no critical item missed; each with its reason."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from question_bank.pass_rules import Rule, SectionMarks, check_of, decide


def sentences(decision: object) -> list[str]:
    return [check.sentence() for check in decision.failed]  # type: ignore[attr-defined]  # a Decision


def test_a_good_total_does_not_make_up_for_a_section_below_its_minimum():
    decision = decide(
        40,
        60,
        cut_percent=50,
        sections=[SectionMarks("Phần I", 32, 40, Decimal(50)), SectionMarks("Phần II", 8, 20, Decimal(50))],
    )
    assert not decision.is_passed
    assert sentences(decision) == ["Phần II: 8/20, cần 10"]
    assert [check.sentence("en") for check in decision.failed] == ["Phần II: 8/20, 10 needed"]


def test_a_section_without_a_minimum_takes_no_part():
    decision = decide(30, 60, cut_percent=50, sections=[SectionMarks("Phần I", 0, 20)])
    assert decision.is_passed
    assert [check.rule for check in decision.checks] == [Rule.TOTAL]


def test_every_rule_that_is_broken_is_told():
    decision = decide(
        Decimal("20.5"),
        60,
        cut_percent=50,
        sections=[SectionMarks("Phần II", Fraction(1, 3), 20, 50)],
        critical=(1, 2),
    )
    assert sentences(decision) == [
        "Toàn bài: 20,5/60, cần 30",
        "Phần II: 0,33/20, cần 10",
        "Câu điểm liệt: đúng 1/2, cần đúng tất cả",
    ]


def test_one_missed_critical_item_fails_a_perfect_rest_and_none_missed_does_not():
    assert not decide(59, 60, cut_percent=50, critical=(0, 1)).is_passed
    assert decide(59, 60, cut_percent=50, critical=(1, 1)).is_passed
    assert decide(59, 60, cut_percent=50, critical=(0, 0)).is_passed


def test_a_hair_below_the_minimum_fails_and_never_reads_as_reached():
    just_below = Fraction(10) - Fraction(1, 10**9)
    decision = decide(60, 60, cut_percent=50, sections=[SectionMarks("II", just_below, 20, 50)])
    assert sentences(decision) == ["II: 9,99/20, cần 10"]
    assert decide(60, 60, cut_percent=50, sections=[SectionMarks("II", 10, 20, 50)]).is_passed


def test_thirty_marks_in_thirds_pass_at_thirty():
    assert decide(sum([Fraction(1, 3)] * 90), 60, cut_percent=50).is_passed


def test_a_paper_worth_nothing_is_never_decided():
    with pytest.raises(AssertionError):
        decide(0, 0, cut_percent=50)


@given(
    st.fractions(0, 60), st.fractions(0, 100), st.fractions(0, 20), st.fractions(0, 100), st.integers(0, 3)
)
def test_more_marks_never_turn_a_pass_into_a_fail(
    points: Fraction, cut: Fraction, section: Fraction, minimum: Fraction, right: int
):
    def passes(extra: Fraction) -> bool:
        marks = [SectionMarks("II", min(section + extra, Fraction(20)), 20, minimum)]
        return decide(
            min(points + extra, Fraction(60)), 60, cut_percent=cut, sections=marks, critical=(right, 3)
        ).is_passed

    assert passes(Fraction(1)) >= passes(Fraction(0))


@given(st.fractions(0, 60), st.fractions(0, 100))
def test_a_check_survives_its_record_to_a_millionth(points: Fraction, cut: Fraction):
    check = decide(points, 60, cut_percent=cut).checks[0]
    kept = check_of(check.record())
    assert (kept.rule, kept.is_met, kept.title) == (check.rule, check.is_met, check.title)
    assert 0 <= check.points - kept.points < Fraction(1, 10**6)
    assert 0 <= kept.needed - check.needed < Fraction(1, 10**6)
