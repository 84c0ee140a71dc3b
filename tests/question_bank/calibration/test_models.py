"""Item parameters, abilities and fit against published values and known truth."""

import numpy as np
import pytest
from mirt import fit_mirt
from numpy.testing import assert_allclose
from scipy.sparse import csr_array

from question_bank.calibration import Population, fit_best, fit_rasch, fit_two_pl, responses_of_table
from question_bank.calibration.fit import s_x2
from question_bank.calibration.fitting import Calibration
from question_bank.calibration.persons import (
    abilities_by_score,
    estimate_abilities,
    expected_abilities,
    weighted_likelihood,
)
from question_bank.calibration.responses import Responses, collect_responses
from question_bank.calibration.two_pl import TooFewForTwoParameters
from tests.fixtures.calibration import LSAT6, LSAT7, lsat, simulate, table_of

PARAMETER, LIKELIHOOD = 0.005, 0.001


@pytest.fixture(scope="module")
def two_pl7() -> Calibration:
    return fit_two_pl(lsat(LSAT7), tolerance=1e-7)


@pytest.mark.parametrize(
    ("data", "slope", "intercept", "likelihood"),
    [
        (LSAT6, 0.7551, [2.7300, 0.9986, 0.2399, 1.3065, 2.0994], -2466.9376),
        (LSAT7, 1.0113, [1.8683, 0.7910, 1.4610, 0.5215, 1.9930], -2664.9009),
    ],
)
def test_the_rasch_model_with_a_free_variance_has_the_published_parameters(
    data: str, slope: float, intercept: list[float], likelihood: float
) -> None:
    # philchalmers/mirt, tests/testthat/test-01-mirtOne.R: LSAT6 d 2.73 .999 .24 1.306 2.099, variance .57 = .7551².
    found = fit_rasch(lsat(data))
    assert_allclose(found.slope, slope, atol=PARAMETER)
    assert_allclose(found.intercept, intercept, atol=PARAMETER)
    assert_allclose(found.difficulty, -np.array(intercept) / slope, atol=PARAMETER)
    assert found.log_likelihood == pytest.approx(likelihood, abs=LIKELIHOOD)


def test_a_discrimination_fixed_to_one_has_the_published_parameters() -> None:
    found = fit_rasch(lsat(LSAT6), slope=1.0)
    assert_allclose(found.difficulty, [-2.8718, -1.0629, -0.2575, -1.3879, -2.2186], atol=PARAMETER)
    assert found.log_likelihood == pytest.approx(-2473.054, abs=LIKELIHOOD)
    assert not found.slope_error.any()
    assert fit_rasch(lsat(LSAT7), slope=1.0).log_likelihood == pytest.approx(-2664.916, abs=LIKELIHOOD)


def test_the_two_parameter_model_has_the_published_parameters_and_errors(two_pl7: Calibration) -> None:
    found = fit_two_pl(lsat(LSAT6))
    assert_allclose(found.slope, [0.8257, 0.7227, 0.8909, 0.6884, 0.6569], atol=PARAMETER)
    assert_allclose(found.intercept, [2.7732, 0.9902, 0.2491, 1.2848, 2.0533], atol=PARAMETER)
    assert_allclose(found.difficulty, [-3.3588, -1.3701, -0.2797, -1.8664, -3.1259], atol=PARAMETER)
    assert found.log_likelihood == pytest.approx(-2466.6534, abs=LIKELIHOOD)
    # ltm::ltm(LSAT ~ z1), as printed in Rizopoulos (2006), Journal of Statistical Software 17(5).
    assert_allclose(found.slope_error, [0.2581, 0.1867, 0.2326, 0.1851, 0.2100], atol=0.001)
    assert_allclose(found.difficulty_error, [0.8669, 0.3073, 0.0997, 0.4341, 0.8700], atol=0.002)
    assert_allclose(two_pl7.slope, [0.9875, 1.0808, 1.7075, 0.7650, 0.7357], atol=PARAMETER)
    assert_allclose(two_pl7.intercept, [1.8559, 0.8080, 1.8052, 0.4860, 1.8545], atol=PARAMETER)
    assert_allclose(two_pl7.difficulty, [-1.8793, -0.7475, -1.0572, -0.6353, -2.5208], atol=PARAMETER)
    assert two_pl7.log_likelihood == pytest.approx(-2658.8051, abs=LIKELIHOOD)


def test_abilities_by_number_right_and_item_fit_are_the_published_ones(two_pl7: Calibration) -> None:
    # philchalmers/mirt, tests/testthat/test-01-mirtOne.R (fscores method EAPsum; itemfit S_X2).
    table = abilities_by_score(two_pl7.parameters, population=two_pl7.population)
    assert_allclose(
        table.theta, [-1.86979, -1.431861, -0.9488463, -0.4131963, 0.1517289, 0.7271877], atol=1e-3
    )
    assert_allclose(table.error, [0.6927032, 0.6838697, 0.6942298, 0.7210951, 0.758772, 0.8009335], atol=1e-3)
    counts = np.bincount(table_of(LSAT7).sum(axis=1).astype(int))
    assert table.reliability(counts) == pytest.approx(0.4319948, abs=1e-4)
    fit = s_x2(lsat(LSAT7), two_pl7)
    assert_allclose(fit.statistic, [4.749, 14.451, 1.270, 5.237, 0.941], atol=0.01)
    assert fit.degrees.tolist() == [2] * 5


def test_the_python_package_mirt_finds_the_same_two_parameter_model(two_pl7: Calibration) -> None:
    theirs = fit_mirt(table_of(LSAT7).astype(np.int64), model="2PL")
    assert theirs.log_likelihood == pytest.approx(two_pl7.log_likelihood, abs=0.01)
    assert_allclose(np.asarray(theirs.model.discrimination).ravel(), two_pl7.slope, atol=0.05)


@pytest.fixture(scope="module")
def sparse() -> tuple[np.ndarray, np.ndarray, Responses]:
    random = np.random.default_rng(11)
    theta, difficulty = random.normal(0, 1, 1697), random.normal(0, 1, 300)
    return theta, difficulty, simulate(theta, difficulty, seed=12, each=60)


def test_random_papers_of_one_bank_give_back_the_truth_within_the_stated_errors(
    sparse: tuple[np.ndarray, np.ndarray, Responses],
) -> None:
    theta, difficulty, responses = sparse
    found = fit_rasch(responses)
    error = found.slope * found.difficulty - (difficulty - theta.mean())
    assert found.slope[0] == pytest.approx(theta.std(), abs=0.05)
    assert (np.abs(error) < 1.96 * found.intercept_error).mean() > 0.9
    assert np.sqrt((error**2).mean()) == pytest.approx(found.intercept_error.mean(), rel=0.15)
    eap = expected_abilities(found.posterior, population=found.population)
    truth = (theta - theta.mean()) / found.slope[0]
    assert (np.abs(eap.theta - truth) < 1.96 * eap.error).mean() > 0.93
    assert eap.reliability == pytest.approx(np.corrcoef(eap.theta, theta)[0, 1] ** 2, abs=0.03)
    again = estimate_abilities(responses, found.parameters, population=found.population)
    assert_allclose(again.theta, eap.theta, atol=1e-9)
    wle = weighted_likelihood(responses, found.parameters)
    assert abs((wle.theta - truth).mean()) < 0.05
    assert_allclose(found.infit.mean(), 1.0, atol=0.02)


def test_dense_and_sparse_storage_give_the_same_estimates() -> None:
    random = np.random.default_rng(3)
    full = simulate(random.normal(0, 1, 200), random.normal(0, 1, 12), seed=4)
    seen = csr_array(full.seen)
    shares = csr_array((full.shares[full.seen > 0], seen.indices, seen.indptr), shape=seen.shape)
    thin = Responses(shares, seen, full.weight)
    one, other = fit_rasch(full), fit_rasch(thin)
    assert_allclose(one.intercept, other.intercept, atol=1e-9)
    assert_allclose(one.intercept_error, other.intercept_error, atol=1e-9)


def test_an_item_with_a_wrong_key_misfits() -> None:
    random = np.random.default_rng(21)
    full = simulate(random.normal(0, 1, 800), random.normal(0, 0.7, 30), seed=22)
    keyed = full.shares.copy()
    keyed[:, 7] = 1 - keyed[:, 7]
    infit = fit_rasch(Responses(keyed, full.seen, full.weight)).infit
    assert infit.argmax() == 7
    assert infit[7] > 1.15 > np.delete(infit, 7).max()


def test_items_scored_in_parts_keep_their_expected_share() -> None:
    # Four statements of one difficulty each make an item of four parts: its mean share at θ is the curve of one.
    random = np.random.default_rng(5)
    theta, difficulty = random.normal(0, 1, 3000), np.linspace(-1, 1, 20)
    right = random.random((3000, 20, 4)) < 1 / (1 + np.exp(-(theta[:, None] - difficulty)))[..., None]
    found = fit_rasch(responses_of_table(right.mean(axis=2)))
    assert_allclose(found.weight, 4, atol=0.5)
    truth = 1 / (1 + np.exp(-(np.array([-1.0, 0.0, 1.0])[:, None] - difficulty)))
    assert_allclose(found.parameters.probability([-1, 0, 1]), truth, atol=0.03)


def test_two_parameters_need_500_responses_to_every_item_and_say_so() -> None:
    random = np.random.default_rng(6)
    few = simulate(random.normal(0, 1, 400), random.normal(0, 1, 10), seed=7)
    with pytest.raises(TooFewForTwoParameters) as refused:
        fit_two_pl(few)
    assert refused.value.code == "too_few_for_2pl"
    found, why = fit_best(few)
    assert found.model == "rasch"
    assert isinstance(why, TooFewForTwoParameters)
    enough, none = fit_best(lsat(LSAT6))
    assert (enough.model, none) == ("2pl", None)


def test_weighted_likelihood_is_finite_when_everything_is_right_or_wrong() -> None:
    random = np.random.default_rng(8)
    bank = fit_rasch(simulate(random.normal(0, 1, 300), np.linspace(-1, 1, 10), seed=9)).parameters
    person, item = np.divmod(np.arange(20), 10)
    extremes = collect_responses(person, item, shares=1.0 - person, person_count=2, item_count=10)
    found = weighted_likelihood(extremes, bank)
    assert found.theta[0] == pytest.approx(-found.theta[1], abs=1.0)
    assert 2 < found.theta[0] < 6
    assert np.isfinite(found.error).all()
    assert Population(1.0, 2.0).nodes.mean() == pytest.approx(1.0)
