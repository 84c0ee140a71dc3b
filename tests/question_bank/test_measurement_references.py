"""Reference values of classical figures, bounds of a draw, true scores and scoring rules that stand nowhere else."""

from collections import Counter
from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.stats import beta, binom

from question_bank.calibration.classification import (
    NoClassification,
    TrueScores,
    effective_length,
    true_score_distribution,
)
from question_bank.calibration.equating import NoConversion, scores
from question_bank.calibration.true_scores import FEWEST_PEOPLE, true_scores_of
from question_bank.scoring import (
    all_or_nothing_share,
    correct_only_share,
    multiple_true_false_share,
    penalty_for_guessing,
    plus_minus_share,
    ps50_share,
    right_minus_wrong_share,
    ripkey_share,
)
from question_bank.standard_setting.rasch_scale import mastery_location
from question_bank.standard_setting.ratings import Unusable
from question_bank.statistics.analysis import analyse
from question_bank.statistics.figures import Missing
from question_bank.statistics.item_total import item_total, upper_lower
from question_bank.statistics.responses import ResponseBuilder, matrix_responses, totals_of
from question_bank.types.true_false_cluster import DEFAULT_STEPS
from tests.question_bank.calibration.test_scales import FORM_X, FORM_Y, numbers
from tests.question_bank.lsat import LSAT6, LSAT7, lsat

WHOLE_SCORE = {
    LSAT6: ((0.3620, 0.5668, 0.6184, 0.5344, 0.4354), [3, 20, 85, 237, 357, 298]),
    LSAT7: ((0.5300, 0.5997, 0.6112, 0.5920, 0.4612), [12, 40, 114, 205, 321, 308]),
}


@pytest.mark.parametrize("counts", WHOLE_SCORE, ids=["LSAT6", "LSAT7"])
def test_the_uncorrected_correlation_with_the_whole_score_stands_beside_the_corrected_one(
    counts: str,
) -> None:
    published, frequencies = WHOLE_SCORE[counts]
    table = lsat(counts)
    found = analyse(matrix_responses(table)).items
    whole = [item.item_total.value for item in found if item.item_total]
    assert whole == pytest.approx(published, abs=5e-5)
    total = table.sum(axis=1)
    assert whole == pytest.approx([np.corrcoef(table[:, item], total)[0, 1] for item in range(5)], abs=1e-12)
    assert all(item.discrimination.value < r for item, r in zip(found, whole, strict=True))  # type: ignore[operator]  # both have values here
    assert np.bincount(total.astype(int)).tolist() == frequencies


def test_the_best_and_the_weakest_quarter_differ_by_d() -> None:
    rng = np.random.default_rng(4)
    table = (rng.random((500, 20)) < 1 / (1 + np.exp(-rng.normal(0, 1, (500, 1))))).astype(float)
    total = table.sum(axis=1)
    low, high = np.quantile(total, [0.27, 0.73])
    data = matrix_responses(table)
    found = upper_lower(data, totals_of(data))
    by_hand = table[total >= high].mean(axis=0) - table[total <= low].mean(axis=0)
    assert [one.value for one in found] == pytest.approx(by_hand.tolist(), abs=1e-12)
    assert found[0].n == int((total >= high).sum() + (total <= low).sum())
    same = matrix_responses(np.ones((10, 3)))
    assert upper_lower(same, totals_of(same))[0].missing is Missing.NO_VARIATION
    assert item_total(same, totals_of(same))[0].missing is Missing.NO_VARIATION


@pytest.mark.parametrize("people", [0, 1, 2])
def test_with_hardly_anybody_whole_scores_say_why_they_have_no_figure(people: int) -> None:
    builder = ResponseBuilder(people, 2)
    if people:
        builder.add(
            np.repeat(np.arange(people), 2), np.tile([0, 1], people), share=np.tile([1.0, 0.0], people)
        )
    data = builder.build()
    for figures in (item_total(data, totals_of(data)), upper_lower(data, totals_of(data))):
        assert [one.missing for one in figures] == [Missing.TOO_FEW if people else Missing.NO_RESPONSES] * 2


def test_the_shape_of_the_act_scores_is_the_published_one() -> None:
    x, y = scores(numbers(FORM_X)), scores(numbers(FORM_Y))
    assert (x.skewness, x.kurtosis) == pytest.approx((0.3753, 2.3024), abs=1e-4)
    assert (y.skewness, y.kurtosis) == pytest.approx((0.3527, 2.1464), abs=1e-4)
    with pytest.raises(NoConversion):
        _ = scores([0, 5]).skewness


def test_a_mastered_item_is_answered_right_with_the_probability_asked_for() -> None:
    assert mastery_location(0.0) == pytest.approx(0.7082, abs=1e-4)
    at = mastery_location(0.4, discrimination=1.3, guessing=0.2)
    assert at == pytest.approx(0.4 + np.log((0.67 - 0.2) / 0.33) / 1.3)
    assert 0.2 + 0.8 / (1 + np.exp(-1.3 * (at - 0.4))) == pytest.approx(0.67)
    for odd in (
        {"discrimination": 0.0},
        {"discrimination": float("nan")},
        {"guessing": 0.7},
        {"probability": 1.0},
    ):
        with pytest.raises(Unusable) as refused:
            mastery_location(0.0, **odd)
        assert [reason.code for reason in refused.value.reasons] == ["never_mastered"]


def test_four_parameters_of_true_scores_are_found_again_from_their_marks() -> None:
    true = TrueScores(0.25, 0.75, 5, 3)
    edges = np.linspace(0, 1, 2001)
    middle = (edges[1:] + edges[:-1]) / 2
    mass = np.diff(beta.cdf(edges, true.alpha, true.beta))
    right = np.arange(51)
    chance = mass @ binom.pmf(right, 50, true.low + (true.high - true.low) * middle[:, None])
    marks = np.repeat(2.0 * right, np.rint(chance * 400_000).astype(int))
    error = 4 * 50 * float((mass * (t := true.low + 0.5 * middle) * (1 - t)).sum())
    reliability = 1 - error / marks.var()
    assert effective_length(
        marks.mean(), marks.var(), reliability=reliability, low=0, high=100
    ) == pytest.approx(50, abs=1.0)
    found = true_scores_of(marks, reliability=reliability, low=0, high=100, length=50)
    assert (found.low, found.high) == pytest.approx((0.25, 0.75), abs=2e-3)
    assert (found.alpha, found.beta) == pytest.approx((5, 3), rel=0.02)


def test_moments_of_no_beta_distribution_and_few_people_fall_back_to_two_parameters() -> None:
    rng = np.random.default_rng(6)
    few = rng.uniform(20, 90, FEWEST_PEOPLE - 1)
    two_lumps = np.concatenate([rng.normal(5, 1, 300), rng.normal(95, 1, 100)]).clip(0, 100)
    for marks in (few, two_lumps):
        found = true_scores_of(marks, reliability=0.8, low=0, high=100)
        assert found == true_score_distribution(marks.mean(), marks.var(), reliability=0.8, low=0, high=100)
    for bad in ([], [50.0], [50.0, np.nan], [50.0, 101.0], [50.0, 50.0]):
        with pytest.raises(NoClassification):
            true_scores_of(bad, reliability=0.8, low=0, high=100)


# Five options, keys A and C: all or nothing, Moodle's default, Ripkey, multiple true-false, PS50, plus/minus, and
# right alone.
RULES = {
    "AC": ("1", "1", "1", "1", "1", "1", "1"),
    "A": ("0", "1/2", "1/2", "4/5", "1/2", "1/2", "1/2"),
    "AB": ("0", "1/6", "1/2", "3/5", "1/2", "0", "1/2"),
    "ABC": ("0", "2/3", "0", "4/5", "1/2", "1/2", "1"),
    "ABCDE": ("0", "0", "0", "2/5", "0", "0", "1"),
    "": ("0", "0", "0", "3/5", "1/2", "0", "0"),
    "BD": ("0", "0", "0", "1/5", "0", "0", "0"),
}


@pytest.mark.parametrize("chosen", RULES)
def test_the_rules_for_several_answers_give_the_published_shares(chosen: str) -> None:
    given, keys, rest = set(chosen), set("AC"), set("BDE")
    found = (
        all_or_nothing_share(given, keys),
        right_minus_wrong_share(given, keys, distractors=rest),
        ripkey_share(given, keys),
        multiple_true_false_share(given, keys, distractors=rest),
        ps50_share(given, keys, distractors=rest),
        plus_minus_share(given, keys),
        correct_only_share(given, keys),
    )
    assert found == tuple(Fraction(share) for share in RULES[chosen])


def test_guessing_expects_what_the_rule_promises() -> None:
    for options in (2, 3, 4, 5):
        right = Fraction(1, options)
        assert right + (1 - right) * penalty_for_guessing(options) == 0
    with pytest.raises(ValueError, match="two options"):
        penalty_for_guessing(1)
    # Four statements judged blindly by the scale of 2025 are worth .30625 and not one half.
    right_judgements = Counter(sum(guess) for guess in product((0, 1), repeat=4))
    expected = sum(Fraction(DEFAULT_STEPS[n]) * Fraction(count, 16) for n, count in right_judgements.items())
    assert expected == Fraction("0.30625")
    for rule in (ripkey_share, plus_minus_share, correct_only_share, all_or_nothing_share):
        assert rule(set(), set()) == 0
    assert_allclose(float(multiple_true_false_share(set(), set(), distractors=set())), 0.0)
