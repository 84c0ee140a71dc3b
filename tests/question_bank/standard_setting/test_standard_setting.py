"""Cut scores by panels: published values, what the numbers mean, and what is refused by name."""

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from question_bank.standard_setting.agreement import intraclass_correlation, standing_apart
from question_bank.standard_setting.angoff import angoff_round
from question_bank.standard_setting.bookmark import bookmark_round, ordered_booklet
from question_bank.standard_setting.borderline import binomial_variance, is_borderline
from question_bank.standard_setting.hofstee import BOUNDS, fail_percent, hofstee_cut
from question_bank.standard_setting.legal import LEGAL_CUTS
from question_bank.standard_setting.rasch_scale import (
    ScaledItem,
    ability_at,
    expected_marks,
    judge_consistency,
    marks_on_form,
    mastery_location,
)
from question_bank.standard_setting.ratings import Unusable

# Shrout & Fleiss (1979), table 2: six targets rated by four judges.
SHROUT_FLEISS = ((9, 6, 8, 7, 10, 6), (2, 1, 4, 1, 5, 2), (5, 3, 6, 2, 6, 4), (8, 2, 8, 6, 9, 7))


def codes(error: pytest.ExceptionInfo[Unusable]) -> list[str]:
    return [reason.code for reason in error.value.reasons]


def finding_codes(found: object) -> list[str]:
    return [reason.code for reason in found.findings]  # type: ignore[attr-defined]  # any kind of round


def test_agreement_is_that_of_shrout_and_fleiss():
    icc = intraclass_correlation([[Fraction(value) for value in row] for row in SHROUT_FLEISS])
    assert icc is not None
    assert (round(icc.single, 2), round(icc.average, 2)) == (0.29, 0.62)


def test_the_angoff_cut_is_the_sum_of_mean_ratings_and_its_error_the_spread_of_judges():
    ratings = {
        "a": {"1": 0.6, "2": 0.8, "3": 0.5},
        "b": {"1": 0.5, "2": 0.9, "3": 0.4},
        "c": {"1": 0.7, "2": 0.7, "3": 0.6},
    }
    found = angoff_round(ratings, {"1": 1, "2": 1, "3": 1})
    # Row sums 1.9, 1.8, 2.0: mean 1.9, SD 0.1 marks = 3.333 %, SE 0.1 / sqrt(3) marks.
    assert found.cut == Fraction(19, 10)
    assert found.percent == Fraction(190, 3)
    assert found.sd == pytest.approx(10 / 3)
    assert found.standard_error == pytest.approx(10 / 3 / math.sqrt(3))
    assert [item.mean for item in found.items] == [Fraction(3, 5), Fraction(4, 5), Fraction(1, 2)]
    assert finding_codes(found) == ["few_judges"]


def test_points_weigh_the_items():
    assert angoff_round({"a": {"1": 1, "2": 0}}, {"1": 3, "2": 1}).percent == 75


def test_one_judge_has_a_cut_but_no_error_and_that_is_said():
    found = angoff_round({"a": {"1": 0.5, "2": 0.5}}, {"1": 1, "2": 1})
    assert (found.standard_error, found.icc, found.apart) == (None, None, ())
    assert finding_codes(found) == ["few_judges"]


def test_a_judge_far_from_the_others_is_named_where_a_plain_z_score_could_not():
    values = dict.fromkeys("abcd", 0.6) | {"e": 0.1}
    ratings = {judge: {str(item): value for item in range(10)} for judge, value in values.items()}
    found = angoff_round(ratings, {str(item): 1 for item in range(10)}, names={"e": "Ông Bảy"})
    assert found.apart == ("e",)
    assert "stands_apart" in finding_codes(found)
    assert any("Ông Bảy" in reason.vi for reason in found.findings)


def test_judges_who_disagree_wildly_are_a_finding_and_not_a_silent_mean():
    ratings = {
        judge: {str(item): share for item in range(8)}
        for judge, share in zip("abcde", (0.1, 0.3, 0.5, 0.7, 0.9), strict=True)
    }
    found = angoff_round(ratings, {str(item): 1 for item in range(8)})
    assert found.percent == 50
    assert {"judges_disagree", "items_disagree"} <= set(finding_codes(found))


def test_judges_who_order_the_items_against_each_other_have_low_agreement():
    up = {str(item): item / 10 for item in range(1, 9)}
    down = {str(item): (9 - item) / 10 for item in range(1, 9)}
    found = angoff_round({"a": up, "b": down, "c": up, "d": down, "e": up}, dict.fromkeys(up, 1))
    assert "low_agreement" in finding_codes(found)


def test_a_panel_that_agrees_to_the_point_names_nobody_for_a_trifle():
    values = {judge: Fraction(60) for judge in "abcd"} | {"e": Fraction(61)}
    assert standing_apart(values, score_limit=3.5, least_gap=Fraction(5)) == ()


@pytest.mark.parametrize(
    ("ratings", "points", "reasons"),
    [
        ({}, {"1": 1}, ["no_judges"]),
        ({"a": {}}, {}, ["no_entries"]),
        ({"a": {"1": 0.5}}, {"1": 1, "2": 1}, ["incomplete"]),
        ({"a": {"1": math.nan}}, {"1": 1}, ["out_of_range"]),
        ({"a": {"1": math.inf}}, {"1": 1}, ["out_of_range"]),
        ({"a": {"1": 1.01}}, {"1": 1}, ["out_of_range"]),
        ({"a": {"1": -0.01}}, {"1": 1}, ["out_of_range"]),
        ({"a": {"1": 0.5, "9": 0.5}}, {"1": 1}, ["unknown_entry"]),
        ({"a": {"1": 0.5}}, {"1": 0}, ["no_points"]),
        ({"a": {"1": 0.5}, "b": {}}, {"1": 1}, ["incomplete"]),
    ],
)
def test_what_is_no_table_of_judgements_is_refused_by_name(ratings, points, reasons):  # type: ignore[no-untyped-def]  # mixed kinds of bad input
    with pytest.raises(Unusable) as error:
        angoff_round(ratings, points)
    assert codes(error) == reasons


@given(st.lists(st.lists(st.integers(0, 100), min_size=3, max_size=3), min_size=1, max_size=7))
def test_the_cut_lies_between_the_strictest_and_the_mildest_judge_and_keeps_its_exact_value(
    table: list[list[int]],
):
    ratings = {
        str(judge): {str(item): value / 100 for item, value in enumerate(row)}
        for judge, row in enumerate(table)
    }
    found = angoff_round(ratings, {"0": 1, "1": 1, "2": 1})
    assert found.cut == Fraction(sum(sum(row) for row in table), 100 * len(table))
    assert min(found.by_judge.values()) <= found.cut <= max(found.by_judge.values())


def test_a_judge_who_gives_every_item_the_same_follows_nothing():
    items = [ScaledItem(place / 4 - 1) for place in range(6)]
    assert judge_consistency([0.95] * 6, items, cut=3.0) is None


def test_an_item_is_mastered_seventy_hundredths_of_a_logit_above_its_difficulty():
    assert mastery_location(0) == pytest.approx(0.7082, abs=1e-4)


def test_the_bookmark_cut_is_the_marks_at_the_median_location():
    booklet = ordered_booklet({"c": 1.0, "a": -1.0, "b": 0.0}, {"a": 1, "b": 1, "c": 1})
    assert [page.item for page in booklet] == ["a", "b", "c"]
    found = bookmark_round({"j1": 2, "j2": 2, "j3": 3}, booklet)
    theta = math.log(0.67 / 0.33)
    by_hand = sum(1 / (1 + math.exp(b - theta)) for b in (-1, 0, 1)) / 3
    assert found.theta == pytest.approx(theta)
    assert found.percent == pytest.approx(100 * by_hand)
    assert finding_codes(found) == ["few_judges"]
    # Two bookmarks at .7082 and one a logit higher: SD 1 / sqrt(3), error sqrt(pi / 2) SD / sqrt(3), by the slope.
    error = math.sqrt(math.pi / 2) / 3
    assert (found.sd, found.standard_error) == pytest.approx((1 / math.sqrt(3), error))
    up, down = (sum(1 / (1 + math.exp(b - theta - step)) for b in (-1, 0, 1)) / 3 for step in (1e-5, -1e-5))
    assert found.percent_error == pytest.approx(100 * error * (up - down) / 2e-5, rel=1e-6)
    alone = bookmark_round({"j": 2}, booklet)
    assert (alone.percent_sd, alone.percent_error) == (None, None)


def test_a_bookmark_needs_every_difficulty_and_a_page_that_exists():
    with pytest.raises(Unusable) as error:
        ordered_booklet({"a": 0.0, "b": None}, {"a": 1, "b": 1})
    assert codes(error) == ["no_difficulties"]
    booklet = ordered_booklet({"a": 0.0}, {"a": 1})
    for page in (0, 2, math.nan, 0.5):
        with pytest.raises(Unusable):
            bookmark_round({"j": page}, booklet)
    with pytest.raises(Unusable):
        bookmark_round({}, booklet)


def test_bookmarks_at_both_ends_of_the_booklet_are_a_finding():
    difficulties = {str(place): float(place - 5) for place in range(11)}
    booklet = ordered_booklet(difficulties, dict.fromkeys(difficulties, 1))
    found = bookmark_round(dict(zip("abcdef", (1, 11, 1, 11, 1, 11), strict=True)), booklet)
    assert finding_codes(found) == ["judges_disagree"]


def test_a_cut_carried_to_a_harder_form_asks_for_fewer_marks_and_back_for_as_many():
    reference = [ScaledItem(b) for b in (-1.0, 0.0, 1.0)]
    harder = [ScaledItem(b + 1) for b in (-1.0, 0.0, 1.0)]
    carried = marks_on_form(1.8, reference=reference, form=harder)
    assert carried < 1.8
    assert marks_on_form(carried, reference=harder, form=reference) == pytest.approx(1.8)
    assert expected_marks(ability_at(1.8, reference), reference) == pytest.approx(1.8)
    for marks in (0, 3, math.nan):
        with pytest.raises(Unusable):
            ability_at(marks, reference)


def test_a_judge_is_consistent_who_follows_the_difficulties_and_contrary_who_inverts_them():
    items = [ScaledItem(b) for b in (-2.0, -1.0, 0.0, 1.0, 2.0)]
    follows, inverts = [0.9, 0.8, 0.6, 0.4, 0.2], [0.2, 0.4, 0.6, 0.8, 0.9]
    assert (judge_consistency(follows, items, cut=2.9) or 0) > 0.95
    assert (judge_consistency(inverts, items, cut=2.9) or 0) < -0.9
    assert judge_consistency([0.5] * 5, items, cut=2.9) is None


def bounds(*values: float) -> dict[str, float]:
    return dict(zip(BOUNDS, values, strict=True))


def test_hofstee_meets_a_level_stretch_of_the_curve_at_its_exact_point():
    # Ten people: two at 45, three at 65, five at 90. Between 45 and 65 the curve is level at 20 %.
    shares = [Fraction(45)] * 2 + [Fraction(65)] * 3 + [Fraction(90)] * 5
    found = hofstee_cut({"a": bounds(50, 60, 10, 30)}, shares)
    # Line 30 - 2 (c - 50): 20 % at c = 55.
    assert (found.percent, found.fail_percent, found.n) == (55, 20, 10)


def test_hofstee_at_a_jump_lets_those_who_reached_the_mark_pass():
    shares = [Fraction(40)] * 1 + [Fraction(55)] * 6 + [Fraction(90)] * 3
    found = hofstee_cut({"a": bounds(50, 60, 15, 35)}, shares)
    assert (found.percent, found.fail_percent) == (55, 10)


@pytest.mark.parametrize(
    ("judgements", "shares", "reason"),
    [
        ({"a": bounds(50, 60, 0, 10)}, [Fraction(20)] * 10, "curve_above_box"),
        ({"a": bounds(50, 60, 10, 20)}, [Fraction(90)] * 10, "curve_below_box"),
        ({"a": bounds(50, 60, 10, 20)}, [], "no_marks"),
        ({"a": bounds(60, 50, 10, 20)}, [Fraction(55)], "bounds_contradict"),
        ({"a": bounds(50, 60, 20, 20)}, [Fraction(55)], "bounds_contradict"),
        ({"a": bounds(50, 60, math.nan, 20)}, [Fraction(55)], "out_of_range"),
        ({}, [Fraction(55)], "no_judges"),
    ],
)
def test_hofstee_reports_why_there_is_no_cut_and_invents_none(judgements, shares, reason):  # type: ignore[no-untyped-def]  # mixed kinds of bad input
    with pytest.raises(Unusable) as error:
        hofstee_cut(judgements, shares)
    assert codes(error) == [reason]


@given(
    st.lists(st.integers(0, 100), min_size=1, max_size=40),
    st.lists(st.integers(0, 100), min_size=2, max_size=2, unique=True),
    st.lists(st.integers(0, 100), min_size=2, max_size=2, unique=True),
)
def test_a_hofstee_cut_lies_in_the_box_and_the_curve_really_crosses_the_line_there(
    marks: list[int], cuts: list[int], fails: list[int]
):
    shares = [Fraction(mark) for mark in marks]
    judgement = {"a": bounds(*sorted(cuts), *sorted(fails))}
    curve = [(share, 1) for share in shares]
    low, high = (fail_percent(curve, Fraction(cut), len(marks)) for cut in sorted(cuts))
    if low > max(fails) or high < min(fails):
        with pytest.raises(Unusable) as error:
            hofstee_cut(judgement, shares)
        assert codes(error) == ["curve_above_box" if low > max(fails) else "curve_below_box"]
        return
    found = hofstee_cut(judgement, shares)
    assert found.box.cut_low <= found.percent <= found.box.cut_high
    assert found.fail_percent == fail_percent(curve, found.percent, len(marks))
    assert found.fail_percent <= found.box.line(found.percent)
    # The least bit stricter, and the curve is above the line or on it.
    stricter = found.percent + Fraction(1, 10**9)
    if found.percent < found.box.cut_high:
        assert fail_percent(curve, stricter, len(marks)) >= found.box.line(stricter)


def test_the_laws_ask_for_half_of_the_marks():
    assert {(cut.source, cut.marks(Fraction(60))) for cut in LEGAL_CUTS} == {
        ("170/2025/NĐ-CP", 30),
        ("06/2023/NĐ-CP", 30),
        ("138/2020/NĐ-CP", 30),
    }


def test_the_borderline_zone_is_one_binomial_error_wide_on_both_sides():
    # Half of 65 items: .5 · .5 / 64 = (1 / 16)².
    variance = binomial_variance(Fraction(1, 2), 65)
    assert variance == Fraction(1, 256)
    assert is_borderline(Fraction(9, 16), 50, variance=variance)
    assert is_borderline(Fraction(7, 16), 50, variance=variance)
    assert not is_borderline(Fraction(9, 16) + Fraction(1, 10**9), 50, variance=variance)
    assert binomial_variance(Fraction(1, 2), 1) is None
    assert not is_borderline(Fraction(1, 2), 50, variance=None)
