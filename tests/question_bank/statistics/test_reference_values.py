"""Statistics of items against published and recomputed reference values."""

import numpy as np
import pytest

from question_bank.statistics.ability import estimate_abilities
from question_bank.statistics.analysis import analyse
from question_bank.statistics.dif import DifClass, ets_class, mantel_haenszel
from question_bank.statistics.facility import wilson
from question_bank.statistics.reliability import alpha_of, conditional_error, marginal_reliability
from question_bank.statistics.responses import ResponseBuilder, matrix_responses, totals_of
from tests.question_bank.lsat import LSAT6, LSAT7, lsat

# Facility, corrected item–total correlation, alpha, alpha without each item, deviation, error of measurement.
ORACLES = {
    LSAT6: (
        (0.924, 0.709, 0.553, 0.763, 0.870),
        (0.1128, 0.1532, 0.1728, 0.1444, 0.1216),
        0.2950,
        (0.2754, 0.2376, 0.2168, 0.2459, 0.2663),
        (1.0350, 0.8691),
    ),
    LSAT7: (
        (0.828, 0.658, 0.772, 0.606, 0.843),
        (0.2457, 0.2467, 0.3132, 0.2228, 0.1748),
        0.4534,
        (0.3960, 0.3938, 0.3454, 0.4146, 0.4385),
        (1.1986, 0.8861),
    ),
}


@pytest.mark.parametrize("counts", ORACLES, ids=["LSAT6", "LSAT7"])
def test_on_common_papers_the_figures_are_the_classical_ones(counts: str) -> None:
    facility, discrimination, alpha, deleted, (deviation, error) = ORACLES[counts]
    found = analyse(matrix_responses(lsat(counts)))
    assert [item.facility.value for item in found.items] == pytest.approx(facility, abs=1e-9)
    assert [item.discrimination.value for item in found.items] == pytest.approx(discrimination, abs=5e-5)
    assert [item.facility.error for item in found.items] == pytest.approx(
        [(p * (1 - p) / 1000) ** 0.5 for p in facility], abs=1e-9
    )
    assert (found.reliability.kind, found.reliability.value) == ("alpha", pytest.approx(alpha, abs=5e-5))
    assert found.reliability.deleted == pytest.approx(deleted, abs=5e-5)
    assert found.reliability.deviation == pytest.approx(deviation, abs=5e-5)
    assert found.reliability.error_of_measurement == pytest.approx(error, abs=5e-5)


def test_the_order_of_difficulties_is_that_of_the_calibrated_ones() -> None:
    data = matrix_responses(lsat(LSAT6))
    found = estimate_abilities(data, totals_of(data))
    # b of the one-parameter model by marginal likelihood, on its own scale
    published = np.array([-3.6153, -1.3224, -0.3176, -1.7301, -2.7802])
    assert np.corrcoef(found.difficulty, published)[0, 1] > 0.999
    assert abs(found.difficulty.mean()) < 1e-9


def test_the_marginal_reliability_of_lsat7_is_the_published_one() -> None:
    # Posterior means and errors by sum score as in the tests of mirt (philchalmers/mirt, test-01-mirtOne.R).
    theta = np.array([-1.86979, -1.431861, -0.9488463, -0.4131963, 0.1517289, 0.7271877])
    error = np.array([0.6927032, 0.6838697, 0.6942298, 0.7210951, 0.758772, 0.8009335])
    counts = [12, 40, 114, 205, 321, 308]
    found = marginal_reliability(np.repeat(theta, counts), np.repeat(error, counts), are_posterior=True)
    assert found.value == pytest.approx(0.4319948, abs=1e-3)


def test_mantel_and_haenszel_on_the_berkeley_admissions() -> None:
    # Bickel, Hammel and O'Connell, Science 187 (1975); R's mantelhaen.test(UCBAdmissions): X² 1.4269 with the
    # continuity correction, common odds ratio 0.9046968, 95 % interval 0.7719074 to 1.0603298.
    men_in, men_out = np.array([512, 353, 120, 138, 53, 22.0]), np.array([313, 207, 205, 279, 138, 351.0])
    women_in, women_out = np.array([89, 17, 202, 131, 94, 24.0]), np.array([19, 8, 391, 244, 299, 317.0])
    found = mantel_haenszel(men_in, men_in + men_out, focal_right=women_in, focal_n=women_in + women_out)
    assert found.odds_ratio == pytest.approx(0.9046968, abs=1e-7)
    assert found.chi_square == pytest.approx(1.4269, abs=5e-5)
    assert found.p_value == pytest.approx(0.2323, abs=5e-5)
    assert found.delta is not None
    assert found.delta_error is not None
    assert found.odds_ratio is not None
    spread = np.exp(1.959964 * found.delta_error / 2.35)
    assert (found.odds_ratio / spread, found.odds_ratio * spread) == pytest.approx(
        (0.7719074, 1.0603298), abs=1e-5
    )
    assert found.dif_class == "A"


def test_the_classes_of_ets_need_size_and_significance() -> None:
    assert ets_class(0.9, 0.1, chi_square=99) is DifClass.A
    assert ets_class(2.0, 1.5, chi_square=1.8) is DifClass.A
    assert ets_class(-1.2, 0.2, chi_square=20) is DifClass.B
    assert ets_class(1.6, 0.5, chi_square=10) is DifClass.B  # not significantly above 1
    assert ets_class(-1.9, 0.3, chi_square=30) is DifClass.C


def test_the_interval_of_wilson_is_that_of_the_literature() -> None:
    # Newcombe, Statistics in Medicine 17 (1998), 857–872, table I: 81 of 263, 15 of 148, 0 of 20, 1 of 29.
    n = np.array([263, 148, 20, 29.0])
    low, high = wilson(np.array([81, 15, 0, 1.0]) / n, n)
    assert low == pytest.approx([0.2553, 0.0624, 0.0, 0.0061], abs=5e-5)
    assert high == pytest.approx([0.3662, 0.1605, 0.1611, 0.1718], abs=5e-5)


def test_the_conditional_error_is_lords() -> None:
    assert conditional_error(np.array([0, 30, 60.0]), 60) == pytest.approx([0, (900 / 59) ** 0.5, 0])
    assert np.isnan(conditional_error(np.array([1.0]), 1)).all()


def random_papers(seed: int, *, people: int, items: int, length: int) -> tuple[ResponseBuilder, np.ndarray]:
    """Rasch responses on papers of `length` items drawn at random; returns them with the true difficulties."""
    rng = np.random.default_rng(seed)
    difficulty, theta = rng.normal(0, 1, items), rng.normal(0.5, 1, people)
    builder = ResponseBuilder(people, items)
    paper = np.argsort(rng.random((people, items)), axis=1)[:, :length]
    chance = 1 / (1 + np.exp(difficulty[paper] - theta[:, None]))
    builder.add(
        np.repeat(np.arange(people), length),
        paper.ravel(),
        share=rng.random(paper.shape).ravel() < chance.ravel(),
    )
    return builder, difficulty


def test_on_random_papers_difficulty_is_recovered_and_a_hard_paper_makes_nobody_weak() -> None:
    builder, difficulty = random_papers(1, people=3000, items=200, length=40)
    found = analyse(builder.build())
    estimated = np.array([item.difficulty for item in found.items])
    errors = estimated - (difficulty - difficulty.mean())
    assert np.sqrt((errors**2).mean()) < 0.13  # the standard errors are about 0.1
    assert found.reliability.kind == "marginal"
    assert found.reliability.value == pytest.approx(0.85, abs=0.04)
    infit = np.array([item.fit.infit for item in found.items])
    assert abs(infit.mean() - 1) < 0.02
    assert (np.abs([item.fit.infit_z for item in found.items]) < 3.5).all()
    rest = np.array([item.discrimination.value for item in found.items])
    by_ability = np.array([item.ability_discrimination.value for item in found.items])
    assert np.abs(rest - by_ability).max() < 0.06
    assert 0.25 < rest.mean() < 0.45


def test_an_item_that_is_pure_chance_discriminates_nothing() -> None:
    builder, _difficulty = random_papers(2, people=4000, items=30, length=30)
    scores = np.zeros((4000, 30))
    data = builder.build()
    scores[data.person, data.item] = data.share
    scores[:, 7] = np.random.default_rng(3).random(4000) < 0.5
    item = analyse(matrix_responses(scores)).items[7]
    for figure in (item.discrimination, item.ability_discrimination):
        assert figure.value is not None
        assert abs(figure.value) < 0.05
        assert figure.low is not None
        assert figure.high is not None
        assert figure.low < 0 < figure.high
    assert alpha_of(scores).value == pytest.approx(0.84, abs=0.03)
