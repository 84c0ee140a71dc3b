"""The two-parameter logistic model by marginal maximum likelihood, where there are responses enough for it."""

from typing import Final

import numpy as np
from scipy.special import expit

from question_bank.calibration.finishing import finished
from question_bank.calibration.fitting import (
    Calibration,
    ensure_calibratable,
    starting_intercepts,
)
from question_bank.calibration.marginal import NODES, THREADS, Expectation, climb, expect
from question_bank.calibration.rasch import STANDARD, fit_rasch
from question_bank.calibration.refusals import CalibrationRefused
from question_bank.calibration.responses import FloatArray, IntArray, Responses

FEWEST_PER_ITEM: Final = 500
"""Responses to every item from which a discrimination of its own is worth estimating. Source: de Ayala (2009), The
Theory and Practice of Item Response Theory, ch. 5."""

STEEPEST: Final = 8.0
NEWTON_STEPS: Final = 3


class TooFewForTwoParameters(CalibrationRefused):
    """Some items have too few responses for a discrimination of their own; `items` names them."""

    code = "too_few_for_2pl"

    def __init__(self, items: IntArray, fewest: int) -> None:
        self.items = items
        super().__init__(
            f"{len(items)} items have fewer than {FEWEST_PER_ITEM} responses (the fewest: {fewest}): "
            "too few for a discrimination of their own. Use the Rasch model.",
            count=len(items),
            fewest=fewest,
            least=FEWEST_PER_ITEM,
        )


class NoFiniteDiscrimination(CalibrationRefused):
    """The discrimination of some items runs away, as when one item repeats another; `items` names them."""

    code = "no_finite_discrimination"

    def __init__(self, items: IntArray) -> None:
        self.items = items
        super().__init__(f"{len(items)} items have no finite discrimination.", count=len(items))


@THREADS.wrap(limits=1)  # type: ignore[untyped-decorator] # the package has no annotations
def fit_two_pl(responses: Responses, *, tolerance: float = 1e-5) -> Calibration:
    """Discrimination and difficulty of every item, abilities being N(0, 1).

    Raises TooFewForTwoParameters, NoFiniteDiscrimination and whatever `fit_rasch` raises.
    """
    ensure_calibratable(responses)
    per_item = responses.per_item
    if per_item.min() < FEWEST_PER_ITEM:
        raise TooFewForTwoParameters(np.flatnonzero(per_item < FEWEST_PER_ITEM), int(per_item.min()))
    if responses.is_parted.any():
        responses = responses.weighted(fit_rasch(responses, tolerance=tolerance).weight)
    items = responses.items
    start = np.concatenate([starting_intercepts(responses), np.ones(items)])

    def step(at: FloatArray) -> tuple[FloatArray, float]:
        found = expect(responses, at[items:], at[:items], population=STANDARD)
        return _maximise(at, found=found), found.log_likelihood

    at, steps = climb(step, start, tolerance=tolerance)
    steep = np.flatnonzero(np.abs(at[items:]) >= STEEPEST)
    if len(steep):
        raise NoFiniteDiscrimination(steep)
    intercept, slope = at[: responses.items], at[responses.items :]
    return finished(responses, slope, intercept, model="2pl", population=STANDARD, slopes="own", steps=steps)


def fit_best(
    responses: Responses, *, tolerance: float = 1e-5
) -> tuple[Calibration, CalibrationRefused | None]:
    """The two-parameter model where the data carry it, else the Rasch model and the reason why.

    Raises whatever `fit_rasch` raises.
    """
    try:
        return fit_two_pl(responses, tolerance=tolerance), None
    except (TooFewForTwoParameters, NoFiniteDiscrimination) as refusal:
        return fit_rasch(responses, tolerance=tolerance), refusal


def _maximise(at: FloatArray, *, found: Expectation) -> FloatArray:
    """Newton's method for each item's (intercept, slope) on the expected complete likelihood, which is concave."""
    items = len(found.seen)
    intercept, slope = at[:items], at[items:]
    for _step in range(NEWTON_STEPS):
        p = expit(slope[:, None] * NODES + intercept[:, None])
        residual = found.earned - found.seen * p
        weight = found.seen * p * (1 - p)
        up, tilt = residual.sum(axis=1), residual @ NODES
        dd, da, aa = weight.sum(axis=1), weight @ NODES, weight @ NODES**2
        determinant = np.maximum(dd * aa - da**2, 1e-12 * dd * aa + 1e-300)
        intercept = intercept + np.clip((aa * up - da * tilt) / determinant, -1.0, 1.0)
        slope = slope + np.clip((dd * tilt - da * up) / determinant, -0.5, 0.5)
    return np.concatenate([intercept, np.clip(slope, -STEEPEST, STEEPEST)])
