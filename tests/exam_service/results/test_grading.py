"""From points to outcome and band: exact, inclusive, in the order of the bands."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exam_service.results.grading import (
    competency_profile,
    grade,
    percent_text,
    plain,
    reaches,
    stored_points,
)
from exam_service.results.models import Outcome

BANDS = [
    {"code": "excellent", "label": "Xuất sắc", "from_percent": "90"},
    {"code": "good", "label": "Tốt", "from_percent": "70"},
    {"code": "satisfactory", "label": "Đạt yêu cầu", "from_percent": "50"},
    {"code": "unsatisfactory", "label": "Không đạt", "from_percent": "0"},
]
points = st.decimals(min_value=0, max_value=200, places=6)
maxima = st.decimals(min_value="0.000001", max_value=200, places=6)
percents = st.decimals(min_value=0, max_value=100, places=3)


def graded(gained: Fraction | Decimal | int, out_of: int = 60) -> tuple[str, str]:
    found = grade(Fraction(gained), Decimal(out_of), cut_percent=Decimal(50), bands=BANDS)
    return found.outcome.value, found.band_code


def test_thirty_of_sixty_passes_because_from_fifty_percent_includes_fifty():
    assert graded(30) == ("pass", "satisfactory")


def test_one_millionth_below_the_cut_fails():
    assert graded(Fraction(30) - Fraction(1, 1_000_000)) == ("fail", "unsatisfactory")


@pytest.mark.parametrize(
    ("gained", "band"),
    [
        (60, "excellent"),
        (54, "excellent"),
        (Fraction(53999999, 1000000), "good"),
        (42, "good"),
        (Fraction(41999999, 1000000), "satisfactory"),
        (0, "unsatisfactory"),
    ],
)
def test_each_band_begins_exactly_at_its_limit(gained: Fraction | int, band: str):
    assert graded(gained)[1] == band


def test_ninety_thirds_of_a_mark_are_thirty_marks():
    assert graded(sum([Fraction(1, 3)] * 90)) == ("pass", "satisfactory")


@given(gained=points, out_of=maxima, percent=percents)
def test_reaching_a_share_is_the_comparison_of_fractions(gained: Decimal, out_of: Decimal, percent: Decimal):
    exact = Fraction(gained) / Fraction(out_of) >= Fraction(percent) / 100
    assert reaches(gained, out_of, percent) is exact


@given(gained=st.fractions(min_value=0, max_value=200), out_of=st.integers(1, 200))
def test_the_outcome_and_the_band_never_contradict_each_other(gained: Fraction, out_of: int):
    found = grade(gained, Decimal(out_of), cut_percent=Decimal(50), bands=BANDS)
    assert (found.outcome is Outcome.PASS) == (found.band_code != "unsatisfactory")


@given(gained=st.fractions(min_value=0, max_value=100))
def test_stored_points_never_show_more_than_was_gained(gained: Fraction):
    stored = stored_points(gained)
    assert 0 <= gained - Fraction(stored) < Fraction(1, 10**6)


@given(gained=points, out_of=maxima)
def test_the_percent_shown_is_cut_and_never_reads_as_a_cut_that_was_not_reached(
    gained: Decimal, out_of: Decimal
):
    shown = Fraction(percent_text(gained, out_of))
    exact = Fraction(gained) * 100 / Fraction(out_of)
    assert 0 <= exact - shown < Fraction(1, 100)


def test_a_paper_worth_nothing_is_not_graded():
    with pytest.raises(AssertionError):
        reaches(Decimal(0), Decimal(0), Decimal(50))


def test_competencies_are_summed_exactly_and_stand_in_the_order_of_their_codes():
    third, one = Fraction(1, 3), Fraction(1)
    profile = competency_profile(
        [("TP", third, one), ("KT", one, one), ("TP", third, one), ("TP", third, one)], {"TP": "Tư pháp"}
    )
    assert profile == [
        {"code": "KT", "name": "KT", "points": "1", "max_points": "1"},
        {"code": "TP", "name": "Tư pháp", "points": "1", "max_points": "3"},
    ]


@pytest.mark.parametrize(
    ("value", "text"), [("7.500000", "7.5"), ("100", "100"), ("0.000000", "0"), ("1E+2", "100")]
)
def test_points_are_written_without_exponent_or_trailing_zeros(value: str, text: str):
    assert plain(Decimal(value)) == text
