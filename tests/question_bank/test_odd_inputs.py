"""Inputs of which no figure follows: a named reason or an unknown, never a wrong number and never a crash."""

from collections.abc import Callable

import numpy as np
import pytest

from question_bank.calibration.classification import NoClassification, TrueScores, lee, livingston_lewis
from question_bank.calibration.classification import effective_length as length_of
from question_bank.calibration.curves import BadParameters, expected_score, parameters
from question_bank.calibration.linking import NoCommonScale, haebara, stocking_lord
from question_bank.calibration.marginal import Population
from question_bank.irregularities.gains import gains
from question_bank.irregularities.likelihood import maximum_likelihood
from question_bank.irregularities.pairs import find_alike
from question_bank.irregularities.person_fit import person_fit
from question_bank.irregularities.response_times import BadTimes, response_times
from question_bank.irregularities.similarity import BadProbabilities, needed_z, power_of, similarity
from question_bank.statistics.dif import BadCounts, DifClass, mantel_haenszel
from question_bank.statistics.drift import drift_of
from question_bank.statistics.facility import wilson
from question_bank.statistics.figures import Missing
from question_bank.statistics.reliability import alpha_of, conditional_error, marginal_reliability
from question_bank.statistics.responses import BadResponses

NAN, INF = float("nan"), float("inf")
ONE = np.zeros(10, np.int32)
TWO = parameters([0.0, 1.0])
EVEN = np.full(2, 50.0)


def similar(difficulty: float) -> object:
    person, item = np.repeat(np.arange(2, dtype=np.int32), 25), np.tile(np.arange(25, dtype=np.int32), 2)
    return find_alike(
        person,
        item,
        answer=item,
        is_right=np.ones(50, bool),
        theta=np.zeros(2),
        difficulty=np.full(25, difficulty),
    )


def timed(seconds: float) -> object:
    return response_times(ONE[:1], ONE[:1], seconds=np.array([seconds]), people=1, items=1)


REFUSED: list[tuple[type[ValueError], Callable[[], object]]] = [
    (BadResponses, lambda: alpha_of(np.array([[1, NAN], [0, 1], [1, 1]]))),
    (BadResponses, lambda: alpha_of(np.array([[1, INF], [0, 1], [1, 1]]))),
    (BadResponses, lambda: alpha_of(np.array([1.0, 0, 1]))),
    (BadCounts, lambda: mantel_haenszel(EVEN + 1, EVEN, focal_right=EVEN, focal_n=EVEN)),
    (BadCounts, lambda: mantel_haenszel(EVEN, EVEN, focal_right=EVEN * NAN, focal_n=EVEN)),
    (BadProbabilities, lambda: similarity(5.5, np.full(30, 0.5))),  # type: ignore[arg-type]  # what a caller without types may pass
    (BadProbabilities, lambda: similarity(5, np.full((30, 2), 0.5))),
    (BadProbabilities, lambda: needed_z(100, alpha=0)),
    (BadProbabilities, lambda: power_of(100, largest_shared=5, chance=1.0)),
    (BadProbabilities, lambda: similar(NAN)),
    (BadTimes, lambda: timed(NAN)),
    (BadTimes, lambda: timed(-1.0)),
    (NoClassification, lambda: lee(TWO, cuts=[5], true_cuts=[1.5], population=Population())),
    (NoClassification, lambda: lee(TWO, cuts=[0], true_cuts=[-0.5], population=Population())),
    (NoClassification, lambda: lee(TWO, cuts=[1], true_cuts=[0.5], population=Population(0, 0))),
    (NoClassification, lambda: lee(TWO, cuts=[1], true_cuts=[0.5], population=Population(NAN, 1))),
    (NoClassification, lambda: livingston_lewis(TrueScores(0, 1, 2, 2), length=INF, cuts=0.5)),
    (NoClassification, lambda: length_of(50, 2600, reliability=0.99, low=0, high=100)),
    (NoCommonScale, lambda: stocking_lord(TWO, TWO, weights=np.zeros(41))),
    (NoCommonScale, lambda: stocking_lord(TWO, TWO, weights=np.ones(3))),
    (NoCommonScale, lambda: haebara(TWO, TWO, weights=np.full(41, NAN))),
    (NoCommonScale, lambda: stocking_lord(TWO, parameters([400.0, 401.0]))),
    (BadParameters, lambda: expected_score(TWO, 0.0, points=[1, 2, 3])),
]


@pytest.mark.parametrize(("reason", "call"), REFUSED)
def test_what_has_no_meaning_is_refused_by_name(reason: type[ValueError], call: Callable[[], object]) -> None:
    with pytest.raises(reason) as refused:
        call()
    assert refused.value.code  # type: ignore[attr-defined]  # every named refusal has one
    assert str(refused.value)


def test_alpha_of_two_items_has_no_alpha_without_one() -> None:
    assert alpha_of(np.array([[1, 0.0], [1, 1], [0, 0], [1, 1]])).deleted == (None, None)


def test_equal_scores_that_rounding_tells_apart_have_no_reliability() -> None:
    table = np.array([[0.1, 0.2, 0.3], [0.3, 0.2, 0.1], [0.2, 0.3, 0.1], [0.3, 0.1, 0.2]])
    assert len(set(table.sum(axis=1).tolist())) > 1
    assert alpha_of(table).missing is Missing.NO_VARIATION
    flat = np.full(5, 0.1) + np.arange(5) * 1e-17
    assert marginal_reliability(flat, np.ones(5), are_posterior=True).missing is Missing.NO_VARIATION


def test_an_item_that_one_group_answers_without_exception_is_dif_and_not_missing() -> None:
    found = mantel_haenszel(EVEN, EVEN, focal_right=np.array([10.0, 20.0]), focal_n=EVEN)
    assert found.dif_class is DifClass.C
    assert found.p_dif == pytest.approx(-0.7)
    assert found.delta is not None
    assert found.delta < -5
    assert found.chi_square is not None
    assert found.chi_square > 100
    mirror = mantel_haenszel(np.array([10.0, 20.0]), EVEN, focal_right=EVEN, focal_n=EVEN)
    assert mirror.delta == pytest.approx(-found.delta)


def test_where_all_but_one_item_moved_alike_that_one_is_measured_by_its_error() -> None:
    error = np.full(12, 0.1)
    found = drift_of(np.zeros(12), np.append(np.zeros(11), 1.0), before_error=error, now_error=error)
    assert found.items[0].robust_z == 0.0
    assert found.items[11].robust_z == pytest.approx(1 / np.hypot(0.1, 0.1))
    lost = drift_of(np.zeros(12), np.append(np.arange(11.0), INF), before_error=error, now_error=error)
    assert (lost.n, lost.items[11].value) == (11, None)


def test_damaged_abilities_and_scores_are_unknown_and_spoil_nobody_else() -> None:
    theta = np.array([1.0, 2.0, INF, 3.0, NAN])
    found = marginal_reliability(theta, np.ones(5), are_posterior=True)
    assert (found.n, found.value) == (3, pytest.approx(0.4))
    z = gains(
        np.zeros(40), np.append(np.arange(39.0), INF), before_error=np.ones(40), now_error=np.ones(40)
    ).z
    assert np.isnan(z[-1])
    assert np.isfinite(z[:-1]).all()
    calm = gains(np.zeros(40), np.zeros(40), before_error=np.zeros(40), now_error=np.zeros(40)).z
    assert (calm == 0).all()
    low, high = wilson(np.array([1.2, NAN, -0.1, 0.5]), np.full(4, 10.0))
    assert np.isnan(low).tolist() == np.isnan(high).tolist() == [True, True, True, False]
    assert np.isnan(conditional_error(np.array([NAN, -3.0, 70.0]), 60)).all()


def test_a_person_with_a_part_of_a_point_or_an_unknown_difficulty_has_no_fit() -> None:
    difficulty = np.linspace(-1, 1, 10)
    fit = person_fit(ONE, np.full(10, 0.5), theta=np.zeros(1), difficulty=difficulty)
    assert np.isnan([fit.lz[0], fit.lz_star[0]]).all()
    two = np.repeat(np.arange(2, dtype=np.int32), 10)
    unknown = np.concatenate([difficulty, difficulty[:9], [NAN]])
    found = maximum_likelihood(two, np.tile([1.0, 0.0], 10), difficulty=unknown, people=2)
    assert np.isfinite(found.theta[0])
    assert np.isnan([found.theta[1], found.error[1], found.log_likelihood[1]]).all()
