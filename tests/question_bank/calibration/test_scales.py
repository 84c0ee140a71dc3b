"""Linking, fixed items, equating and classification against published examples."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from numpy.testing import assert_allclose

from question_bank.calibration.classification import (
    TrueScores,
    binomial_error,
    borderline,
    conditional_error,
    effective_length,
    lee,
    livingston_lewis,
    rudner,
    rudner_by_person,
    standard_error,
    true_score_distribution,
)
from question_bank.calibration.connectivity import Disconnected
from question_bank.calibration.curves import (
    ItemParameters,
    ability_at,
    expected_score,
    parameters,
    score_distribution,
)
from question_bank.calibration.equating import (
    circle_arc,
    circle_arc_conversion,
    equipercentile_conversion,
    identity,
    linear_conversion,
    mean_conversion,
    paper,
    scores,
    true_score_conversion,
)
from question_bank.calibration.fixed import Anchors, TooFewAnchors, fit_fixed, screen_drift
from question_bank.calibration.linking import haebara, mean_mean, mean_shift, mean_sigma, stocking_lord
from question_bank.calibration.marginal import Population
from question_bank.calibration.rasch import fit_rasch
from tests.fixtures.calibration import simulate

# Kolen & Brennan (2004), Table 6.5: (a, b, c) of the common items of forms X and Y; R package plink, data KB04.
NEW_X = """.4551,-.7101,.2087 .5839,-.8567,.2038 .7544,.0212,.16 .6633,.0506,.124 1.069,.961,.2986 .9672,.195,.0535
.3479,2.2768,.1489 1.4579,1.0241,.2453 1.8811,1.4062,.1992 .702,2.2401,.0853 1.408,1.5556,.0789 1.2993,2.1589,.1075"""
OLD_Y = """.4416,-1.3349,.1559 .573,-1.321,.1913 .5987,-.7098,.1177 .6041,-.3539,.0818 .9902,.532,.3024
.8081,-.1156,.0648 .414,2.5538,.241 1.3554,.5811,.2243 1.0417,.9392,.1651 .6336,1.896,.0794 1.1347,1.079,.063
.9255,2.1337,.1259"""
# Kolen & Brennan (2004), ch. 2; R package equate, data ACTmath: people by score 0..40.
FORM_X = """0 1 1 3 9 18 59 67 91 144 149 192 192 192 201 204 217 181 184 170 201 147 163 147 140 147 126 113 100 106
107 91 83 73 72 75 50 37 38 23 15"""
FORM_Y = """0 1 3 13 42 59 95 131 158 161 194 164 166 197 177 158 169 132 158 151 134 137 122 110 116 132 104 104 114
97 107 88 80 79 70 61 48 47 29 32 12"""
EQUIPERCENTILE = """.9796 1.6462 2.2856 2.8932 3.6205 4.4997 5.5148 6.3124 7.2242 8.1607 9.1827 10.1859 11.2513 12.3896
13.3929 14.5240 15.7169 16.8234 18.0092 19.1647 20.3676 21.4556 22.6871 23.9157 25.0292 26.1612 27.2633 28.1801 29.1424
30.1305 31.1297 32.1357 33.0781 34.0172 35.1016 36.2426 37.1248 38.1321 39.0807 39.9006"""


def items_of(text: str) -> ItemParameters:
    a, b, c = np.array([[float(part) for part in item.split(",")] for item in text.split()]).T
    return parameters(b, discrimination=a, guessing=c)


def numbers(text: str) -> np.ndarray:
    return np.array([float(part) for part in text.split()])


def test_links_of_kolen_and_brennan_are_reproduced() -> None:
    x, y = items_of(NEW_X), items_of(OLD_Y)
    even = np.ones(41)
    found = {
        "mean/mean": mean_mean(x, y),
        "mean/sigma": mean_sigma(x, y),
        "SL": stocking_lord(x, y),
        "HB even": haebara(x, y, weights=even, direction="forward"),
        "SL even": stocking_lord(x, y, weights=even, direction="forward"),
    }
    # plink-UD.pdf pp. 16-17; the last two recomputed on the grid -4..4 by .2 to the minimum.
    published = {
        "mean/mean": (1.217266, -0.557155),
        "mean/sigma": (1.168892, -0.515543),
        "SL": (1.109529, -0.519901),
        "HB even": (1.112161, -0.465711),
        "SL even": (1.119249, -0.485578),
    }
    for name, (slope, shift) in published.items():
        assert (found[name].slope, found[name].shift) == pytest.approx((slope, shift), abs=1e-5), name
    assert mean_shift(parameters([0.0, 1.0]), parameters([0.5, 1.5])).shift == 0.5


@settings(max_examples=15)
@given(some.floats(0.5, 2.0), some.floats(-2.0, 2.0))
def test_every_link_finds_a_known_line(slope: float, shift: float) -> None:
    x = items_of(NEW_X)
    moved = ItemParameters(x.discrimination / slope, slope * x.difficulty + shift, x.guessing)
    for method in (mean_mean, mean_sigma, stocking_lord, haebara):
        link = method(x, moved)
        assert (link.slope, link.shift) == pytest.approx((slope, shift), abs=1e-4)
        assert_allclose(link.back(moved).difficulty, x.difficulty, atol=1e-3)


@pytest.fixture(scope="module")
def bank() -> tuple[np.ndarray, Anchors]:
    """True difficulties of 80 items, and what a first period says of them."""
    random = np.random.default_rng(31)
    difficulty = random.normal(0, 1, 80)
    first = fit_rasch(simulate(random.normal(0, 1, 2000), difficulty, seed=32, each=40))
    return difficulty, Anchors(np.arange(80), first.slope, first.difficulty, first.difficulty_error)


def test_a_later_period_stands_on_the_scale_of_the_first_and_a_drifted_item_is_found(
    bank: tuple[np.ndarray, Anchors],
) -> None:
    difficulty, anchors = bank
    random = np.random.default_rng(33)
    later = np.append(difficulty, random.normal(0, 1, 20))
    later[5] -= 1.0
    found = fit_fixed(simulate(random.normal(0.6, 1.3, 2000), later, seed=34, each=40), anchors)
    slope = anchors.discrimination[0]
    assert slope * found.calibration.population.mean == pytest.approx(0.6, abs=0.1)
    assert slope * found.calibration.population.sd == pytest.approx(1.3, abs=0.1)
    assert found.drift.is_drifted.nonzero()[0].tolist() == [5]
    assert not found.is_anchor[5]
    assert slope * found.calibration.difficulty[5] == pytest.approx(later[5], abs=0.3)
    fresh = slope * found.calibration.difficulty[80:] - later[80:]
    assert np.abs(fresh).max() < 4 * found.calibration.intercept_error[80:].max()
    kept = found.is_anchor[:80]
    assert_allclose(found.calibration.difficulty[:80][kept], anchors.difficulty[kept])
    # Old and new answers together know an anchor better than the old ones alone.
    before = (slope * anchors.difficulty - difficulty)[kept]
    after = (slope * found.difficulty[:80] - difficulty)[kept]
    assert after.std() < before.std()
    assert (found.error[:80][kept] < 0.85 * anchors.error[kept]).all()


def test_too_few_anchors_and_groups_without_one_are_refused(bank: tuple[np.ndarray, Anchors]) -> None:
    difficulty, anchors = bank
    responses = simulate(np.random.default_rng(35).normal(0, 1, 300), difficulty, seed=36)
    three = np.arange(3)
    few = Anchors(three, anchors.discrimination[:3], anchors.difficulty[:3], anchors.error[:3])
    with pytest.raises(TooFewAnchors) as refused:
        fit_fixed(responses, few)
    assert refused.value.params == {"anchors": 3, "least": 16}
    assert issubclass(Disconnected, ValueError)


def test_robust_z_drops_what_stands_apart_even_when_the_rest_agree_exactly() -> None:
    drift = screen_drift([0.0] * 8, [0.1] * 7 + [0.9], old_error=[0.1] * 8, new_error=[0.1] * 8)
    assert drift.is_dropped.tolist() == [False] * 7 + [True]
    assert_allclose(drift.shift[-1], 0.8)
    assert drift.is_drifted[-1]


def test_conversions_of_observed_scores_are_those_of_kolen_and_brennan() -> None:
    x, y = scores(numbers(FORM_X)), scores(numbers(FORM_Y))
    assert (x.people, x.mean, x.sd) == pytest.approx((4329, 19.8524, 8.2116), abs=1e-4)
    assert (y.people, y.mean, y.sd) == pytest.approx((4152, 18.9798, 8.9393), abs=1e-4)
    assert mean_conversion(x, y).equated[0] == pytest.approx(-0.8726, abs=1e-4)
    line = linear_conversion(x, y).equated
    assert (line[1] - line[0], line[0]) == pytest.approx((1.0886, -2.6319), abs=1e-4)
    assert_allclose(equipercentile_conversion(x, y).equated[1:], numbers(EQUIPERCENTILE), atol=1e-4)
    arc = circle_arc((0, 0), (x.mean, y.mean), high=(40, 40))
    assert arc is not None
    assert (*arc.centre, arc.radius) == pytest.approx((20, 228.7455, 229.6182), abs=1e-4)
    bent = circle_arc_conversion(x, y, low=(0, 0), high=(40, 40)).equated
    assert_allclose(bent[[0, 5, 10, 20, 30, 40]], [0, 4.6178, 9.3452, 19.1273, 29.3452, 40], atol=1e-4)
    straight = circle_arc_conversion(x, x, low=(0, 0), high=(40, 40))
    assert_allclose(straight.equated, x.points)
    assert_allclose(identity([0, 1]).equated, [0, 1])


DIFFICULTIES = some.lists(some.floats(-2.5, 2.5), min_size=2, max_size=8)


@settings(max_examples=40)
@given(DIFFICULTIES, DIFFICULTIES, some.floats(0, 0.3))
def test_a_true_score_conversion_rises_and_keeps_its_ends(
    form: list[float], reference: list[float], guessing: float
) -> None:
    one = paper(parameters(form, guessing=guessing), points=2)
    other = paper(parameters(reference, guessing=guessing))
    raw = np.linspace(0, one.most, 15)
    table = true_score_conversion(one, other, raw=raw)
    assert (table.equated[0], table.equated[-1]) == (0.0, 100.0)
    assert (np.diff(table.equated) > 0).all()
    same = true_score_conversion(one, one, raw=raw)
    assert_allclose(same.equated, raw * 100 / one.most, atol=1e-6)


def test_a_harder_paper_is_worth_more_marks() -> None:
    hard, mean = paper(parameters(np.full(60, 0.3))), paper(parameters(np.zeros(60)))
    table = true_score_conversion(hard, mean, raw=np.arange(61))
    assert (table.equated[1:-1] > np.arange(1, 60) * 100 / 60).all()
    assert table.of(30) == pytest.approx(100 / (1 + np.exp(-0.3)), abs=1e-6)


def test_curves_information_and_score_distributions() -> None:
    assert_allclose(
        score_distribution([0.26, 0.27, 0.18]), [0.442964, 0.416708, 0.127692, 0.012636], atol=1e-6
    )
    items = items_of(NEW_X)
    step = 1e-5
    p = items.probability(0.3)
    slope = (items.probability(0.3 + step) - items.probability(0.3 - step)) / (2 * step)
    assert_allclose(items.information(0.3), (slope**2 / (p * (1 - p))).sum(axis=1), rtol=1e-6)
    assert ability_at(items, float(expected_score(items, 0.7)[0])) == pytest.approx(0.7, abs=1e-9)
    assert np.isfinite(items.information([-900.0, 900.0])).all()


def test_rudners_classification() -> None:
    at, error = [-1, 0, 0.5, 1.5], [0.3, 0.3, 0.35, 0.4]
    each = rudner_by_person(at, error, cuts=0.2)
    assert_allclose(each.accuracy, [0.999968, 0.747507, 0.804317, 0.999423], atol=1e-6)
    assert_allclose(each.consistency, [0.999937, 0.622520, 0.685218, 0.998847], atol=1e-6)
    whole = rudner(at, error, cuts=0.2)
    assert (whole.accuracy, whole.consistency) == pytest.approx((0.887804, 0.826630), abs=1e-6)
    assert rudner([5.0], [0.1], cuts=[0, 1]).kappa == 1.0


def test_lees_classification() -> None:
    d = np.array([2.7300, 0.9986, 0.2399, 1.3065, 2.0994])
    lsat6 = parameters(-d / 0.7551, discrimination=0.7551)
    found = lee(lsat6, cuts=4, true_cuts=3.5, population=Population())
    assert found.classification.consistency == pytest.approx(0.65162, abs=1e-5)
    assert found.classification.chance == pytest.approx(0.55165, abs=1e-5)
    assert found.classification.kappa == pytest.approx(0.22297, abs=1e-5)
    assert_allclose(found.distribution, [0.00236, 0.02088, 0.08859, 0.22746, 0.36493, 0.29577], atol=1e-5)
    # Adaptive quadrature on both sides of the true cut gives .7390313; 61 Gauss-Hermite nodes, of which one interval
    # stands for both sides, give the .73981 that programs with few nodes print.
    assert found.classification.accuracy == pytest.approx(0.739031, abs=2e-6)
    nodes, weights = np.polynomial.hermite_e.hermegauss(61)
    coarse = lee(lsat6, cuts=4, true_cuts=3.5, population=Population(), grid=(nodes, weights / weights.sum()))
    assert coarse.classification.accuracy == pytest.approx(0.73981, abs=1e-5)


def test_livingston_and_lewis_classification() -> None:
    found = livingston_lewis(TrueScores(0.25, 0.75, 5, 3), length=50, cuts=0.5)
    assert found.classification.accuracy == pytest.approx(0.83698, abs=1e-5)
    assert found.classification.consistency == pytest.approx(0.77499, abs=1e-5)
    assert found.classification.kappa == pytest.approx(0.39789, abs=1e-5)
    assert_allclose(found.joint, [[0.15612, 0.07044], [0.09258, 0.68086]], atol=1e-5)
    assert effective_length(56.25, 60, reliability=0.7, low=0, high=100) == pytest.approx(134.3854, abs=1e-4)
    true = true_score_distribution(56.25, 60, reliability=0.7, low=0, high=100)
    total = true.alpha + true.beta
    assert true.alpha / total == pytest.approx(0.5625)
    assert true.alpha * true.beta / (total**2 * (total + 1)) == pytest.approx(0.7 * 60 / 100**2)


def test_errors_of_measurement_and_the_zone_around_a_cut() -> None:
    # LSAT6: SD 1.0350, alpha .2950, SEM .8691.
    assert standard_error(1.0350, reliability=0.2950) == pytest.approx(0.8691, abs=1e-4)
    assert binomial_error(30, 60) == pytest.approx(np.sqrt(30 * 30 / 59))
    assert conditional_error(parameters(np.zeros(60)), 0.0)[0] == pytest.approx(np.sqrt(15))
    assert borderline([45, 47.5, 50, 52.5, 55], cut=50, error=2.5).tolist() == [
        False,
        True,
        True,
        True,
        False,
    ]
