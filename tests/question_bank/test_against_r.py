"""Our figures beside those of R 4.2.2 on data that a formula makes, so that anybody can repeat them.

R computes from its own parts (optim, integrate, pbinom, cor.test, mantelhaen.test) or by the packages psych 2.2.9 and
eRm 1.0-2; the data are x[i, j] = ((7919 i + 104729 j + 31 i j) mod 1009) / 1009 < plogis(θ[i] - b[j]) for i = 1..120,
j = 1..12 with θ[i] = (37 i mod 120) / 30 - 2 and b[j] = (j - 6.5) / 4.
"""

from fractions import Fraction

import numpy as np
import pytest
from numpy.testing import assert_allclose

from question_bank.calibration import Population, collect_responses, fit_rasch, fit_two_pl, responses_of_table
from question_bank.calibration import two_pl as two_pl_module
from question_bank.calibration.classification import TrueScores, lee, livingston_lewis, rudner
from question_bank.calibration.curves import parameters
from question_bank.calibration.equating import paper, true_score_conversion
from question_bank.calibration.linking import haebara, stocking_lord
from question_bank.calibration.persons import expected_abilities, weighted_likelihood
from question_bank.irregularities.likelihood import maximum_likelihood
from question_bank.irregularities.person_fit import person_fit
from question_bank.irregularities.similarity import k_index, match_distribution
from question_bank.standard_setting.agreement import intraclass_correlation
from question_bank.statistics.ability import Abilities
from question_bank.statistics.analysis import analyse
from question_bank.statistics.dif import dif_of
from question_bank.statistics.facility import wilson
from question_bank.statistics.fit import fit_of
from question_bank.statistics.responses import matrix_responses, totals_of

PEOPLE, ITEMS = np.arange(1, 121)[:, None], np.arange(1, 13)
THETA, B = (37 * PEOPLE % 120) / 30 - 2, (ITEMS - 6.5) / 4
HASH = ((7919 * PEOPLE + 104729 * ITEMS + 31 * PEOPLE * ITEMS) % 1009) / 1009
DATA = (1 / (1 + np.exp(B - THETA)) > HASH).astype(float)


def numbers(text: str) -> np.ndarray:
    return np.array([float(part) for part in text.split()])


def test_the_formula_makes_the_same_data_as_in_r() -> None:
    assert DATA.sum(axis=0).tolist() == [91, 86, 78, 72, 107, 62, 56, 51, 49, 46, 36, 29]
    assert np.bincount(DATA.sum(axis=1).astype(int)).tolist() == [
        0,
        3,
        10,
        9,
        14,
        12,
        12,
        14,
        13,
        13,
        15,
        4,
        1,
    ]


def test_the_rasch_model_is_that_of_direct_maximisation() -> None:
    # optim(BFGS) of the marginal likelihood on 401 nodes; errors from its Hessian.
    found = fit_rasch(responses_of_table(DATA), tolerance=1e-8)
    assert_allclose(found.slope, 1.124767, atol=1e-4)
    d = numbers(
        "1.424352 1.160620 .777094 .509007 2.556512 .081015 -.172259 -.385203 -.471496 -.602709 -1.064603 -1.425753"
    )
    assert_allclose(found.intercept, d, atol=1e-4)
    assert found.log_likelihood == pytest.approx(-819.421229, abs=1e-4)
    se = numbers(".25941 .24927 .23854 .23366 .33524 .23007 .23030 .23187 .23286 .23477 .24556 .25875")
    assert_allclose(found.intercept_error, se, atol=2e-4)
    assert_allclose(found.slope_error, 0.11375, atol=2e-4)
    eap = expected_abilities(found.posterior, population=found.population)
    assert_allclose(eap.theta[[0, 49, 119]], [-0.692682, -0.106696, -1.703512], atol=1e-4)
    assert_allclose(eap.error[[0, 49, 119]], [0.518745, 0.505657, 0.586757], atol=1e-4)
    assert eap.reliability == pytest.approx(0.719376, abs=1e-4)


def test_the_two_parameter_model_is_that_of_direct_maximisation(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(two_pl_module, "FEWEST_PER_ITEM", 100)  # the rule for practice asks for more
    found = fit_two_pl(responses_of_table(DATA), tolerance=1e-8)
    a = numbers(
        ".905148 1.170942 1.448258 1.186145 .180380 1.343935 1.412252 1.546634 1.181855 1.089862 .884794 1.026255"
    )
    d = numbers(
        "1.331957 1.172835 .852806 .513346 2.120622 .079060 -.197509 -.451588 -.483642 -.597896 -.988972 -1.382618"
    )
    assert_allclose(found.slope, a, atol=2e-4)
    assert_allclose(found.intercept, d, atol=2e-4)
    assert found.log_likelihood == pytest.approx(-813.794882, abs=1e-4)
    se = numbers(".32043 .35516 .40423 .33980 .34284 .36991 .39621 .43045 .34811 .32879 .31546 .35667")
    assert_allclose(found.slope_error, se, atol=5e-4)


def test_weighted_likelihood_estimates_maximise_the_weighted_likelihood() -> None:
    # optimize of r θ - Σ ln(1 + exp(θ - b)) + ln(I) / 2 for r = 0, 3, 7, 12 of 12.
    person, item = np.divmod(np.arange(48), 12)
    share = (item < np.array([0, 3, 7, 12])[person]).astype(float)
    responses = collect_responses(person, item, shares=share, person_count=4, item_count=12)
    found = weighted_likelihood(responses, parameters(B))
    assert_allclose(found.theta, [-3.587217, -1.188069, 0.373878, 3.587217], atol=1e-5)


def test_classical_figures_are_those_of_psych_and_of_base_r() -> None:
    found = analyse(matrix_responses(DATA))
    assert found.reliability.value == pytest.approx(0.72896496, abs=1e-8)
    drop = (
        ".71980729 .71013747 .69975674 .70558168 .74036282 .70003381 .70072602 .69672138 .70872358 .71142860"
    )
    assert found.reliability.deleted[:10] == pytest.approx(numbers(drop), abs=1e-8)
    r = ".292191054 .371225056 .446364805 .403508997 .049444416 .441592081 .436908425 .465035494 .381134724 .361515279"
    assert [item.discrimination.value for item in found.items[:10]] == pytest.approx(numbers(r), abs=1e-8)
    # cor.test of item 1 and the rest, prop.test(correct = FALSE) of items 1 to 3.
    first = found.items[0].discrimination
    assert (first.low, first.high) == pytest.approx((0.119192131, 0.447970939), abs=1e-6)
    low, high = wilson(DATA.mean(axis=0)[:3], np.full(3, 120.0))
    assert low == pytest.approx([0.674498510, 0.630297975, 0.561213246], abs=1e-6)
    assert high == pytest.approx([0.826141588, 0.789593719, 0.729481004], abs=1e-6)


def test_mantel_haenszel_is_that_of_base_r_by_raw_score() -> None:
    # mantelhaen.test(table(group, item, score)): X², common odds ratio, p, 95 % interval.
    data = matrix_responses(DATA)
    score = DATA.sum(axis=1).astype(np.int64)
    # In R group 0 (even i) comes first.
    found = dif_of(data, totals_of(data), (PEOPLE.ravel() % 2).astype(np.int64), score)
    published = {
        1: (0.17887740, 1.41214783, 0.67233976),
        4: (0.13374426, 0.63645493, 0.71458102),
        8: (0.98786627, 1.73299710, 0.32026444),
    }
    for item, expected in published.items():
        one = found[item]
        # R's table has wrong before right, so its ratio is that of the second group to the first.
        assert one.odds_ratio is not None
        assert (one.chi_square, 1 / one.odds_ratio, one.p_value) == pytest.approx(expected, abs=1e-6)
    low, high = 0.52252367, 3.81640412
    assert found[1].delta_error == pytest.approx(2.35 * np.log(high / low) / (2 * 1.959964), abs=1e-5)


def test_infit_and_outfit_are_those_of_erm() -> None:
    # eRm: RM, person.parameter, itemfit; conditional maximum likelihood, who has nothing right is left out.
    b = numbers(
        "-1.237321 -.975143 -.589268 -.317394 -2.329167 .117964 .375008 .590050 .676807 .808208 1.264851 1.615405"
    )
    by_score = numbers(
        "-2.897756 -1.972972 -1.343633 -.833236 -.381771 .041688 .458952 .891460 1.368854 1.948620 2.803763"
    )
    kept = DATA[DATA.sum(axis=1) > 0]
    kept = kept[kept.sum(axis=1) < 12]
    data = matrix_responses(kept)
    theta = by_score[kept.sum(axis=1).astype(int) - 1]
    found = fit_of(data, totals_of(data), Abilities(theta, np.zeros(len(theta)), b, np.zeros(12)))
    infit = ".875367 .965256 1.115948 .914129 .930337 .883622 .991924 .972042 1.054018 .954952"
    outfit = ".828344 .904483 1.719578 1.003299 .845898 .781504 .919584 1.075305 1.001048 .852554"
    assert [item.infit for item in found[2:]] == pytest.approx(numbers(infit), abs=2e-5)
    assert [item.outfit for item in found[2:]] == pytest.approx(numbers(outfit), abs=2e-5)
    likelihood = maximum_likelihood(
        np.repeat(np.arange(len(kept), dtype=np.int32), 12),
        kept.ravel(),
        difficulty=np.tile(b, len(kept)),
        people=len(kept),
    )
    assert_allclose(likelihood.theta, theta, atol=1e-5)


def test_person_fit_and_agreement_of_answers() -> None:
    u = np.array([0, 0, 1, 0, 1, 1, 0, 1, 1, 1, 0, 1.0])
    one = np.zeros(12, np.int32)
    theta = maximum_likelihood(one, u, difficulty=B, people=1).theta
    found = person_fit(one, u, theta=theta, difficulty=B)
    assert (theta[0], found.lz[0], found.lz_star[0]) == pytest.approx(
        (0.39638353, -2.86490176, -3.03518543), abs=1e-6
    )
    assert match_distribution(1 / (1 + np.exp(B + 0.5)))[9:].sum() == pytest.approx(0.00826947, abs=1e-8)
    assert k_index(5, 9, chance=0.22) == pytest.approx(0.02914165, abs=1e-8)


def test_classifications_are_those_of_numerical_integration() -> None:
    # integrate with rel.tol 1e-11 on both sides of the cut.
    found = lee(parameters(B), cuts=6, true_cuts=5.5, population=Population()).classification
    assert (found.accuracy, found.consistency, found.chance) == pytest.approx(
        (0.82617538, 0.76030477, 0.50871745), abs=5e-6
    )
    for true, items, cut, expected in (
        (TrueScores(0, 1, 6, 4), 60, 0.5, (0.90416094, 0.86652723)),
        (TrueScores(0, 1, 9, 3), 40, 0.7, (0.86576295, 0.81663110)),
    ):
        one = livingston_lewis(true, length=items, cuts=cut).classification
        assert (one.accuracy, one.consistency) == pytest.approx(expected, abs=1e-6)
    three = rudner([-1.2, 0.1, 0.7, 1.9], [0.4, 0.35, 0.3, 0.5], cuts=[-0.5, 0.8])
    assert (three.accuracy, three.consistency, three.chance) == pytest.approx(
        (0.87764403, 0.82612176, 0.34535343), abs=1e-8
    )


def test_linking_and_true_score_equating_are_those_of_optim_and_uniroot() -> None:
    x = parameters([-1.5, -0.6, 0.1, 0.4, 1.0, 1.8], discrimination=[0.8, 1.1, 1.4, 0.9, 1.2, 0.7])
    y = parameters([-1.3, -0.3, 0.5, 0.7, 1.5, 2.3], discrimination=[0.7, 1.0, 1.2, 0.85, 1.0, 0.66])
    for method, expected in ((stocking_lord, (1.115750, 0.352250)), (haebara, (1.114468, 0.354290))):
        link = method(x, y)
        assert (link.slope, link.shift) == pytest.approx(expected, abs=1e-5)
    form, reference = paper(parameters([-1, 0, 0.5, 1.5])), paper(parameters([-0.8, 0.2, 0.4, 0.9]))
    found = true_score_conversion(form, reference, raw=[1, 2, 3], scale=4)
    assert_allclose(found.equated, [0.98109269, 2.05883199, 3.11784476], atol=1e-7)


def test_the_agreement_of_judges_is_that_of_psych() -> None:
    # Shrout & Fleiss (1979), Psychological Bulletin 86, table 2; psych::ICC gives .1657 .2898 .7148 .4428 .6201 .9093.
    ratings = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
    found = intraclass_correlation([[Fraction(one) for one in judge] for judge in zip(*ratings, strict=True)])
    assert found is not None
    held = [found.single, found.average]
    assert held == pytest.approx([0.2897638, 0.6200505], abs=1e-7)
