"""The Rasch model by marginal maximum likelihood: one discrimination for all items."""

from typing import Final

import numpy as np
from scipy.special import expit

from question_bank.calibration.finishing import finished
from question_bank.calibration.fitting import (
    Calibration,
    ensure_calibratable,
    starting_intercepts,
    weights_of_parts,
)
from question_bank.calibration.marginal import (
    NODES,
    THREADS,
    Expectation,
    Population,
    climb,
    expect,
)
from question_bank.calibration.precision import Slopes
from question_bank.calibration.refusals import CalibrationRefused
from question_bank.calibration.responses import FloatArray, Responses

STANDARD = Population()
FLATTEST: Final = 0.01
STEEPEST: Final = 20.0
"""Latent standard deviations in logits: outside, answers show no ability at all, or leave no room for chance."""

FLAT: Final = 1e-12
NEWTON_STEPS: Final = 3
REWEIGHTINGS: Final = 3


class NoFiniteSpread(CalibrationRefused):
    """The common discrimination runs to 0 or beyond every bound: answers that have nothing to do with each other, or
    that follow from each other."""

    code = "no_finite_spread"


@THREADS.wrap(limits=1)  # type: ignore[untyped-decorator] # the package has no annotations
def fit_rasch(responses: Responses, *, slope: float | None = None, tolerance: float = 1e-5) -> Calibration:
    """Difficulties of all items and their common discrimination, abilities being N(0, 1).

    A common discrimination with a standard population is the Rasch model with a free variance: the latent standard
    deviation in logits is `slope`. Given `slope`, it is fixed. `tolerance` is the largest move of a parameter in the
    last step.

    Raises TooFewPersons, TooFewItems, NoVariation, Disconnected, NotConverged.
    Source: Thissen (1982), Psychometrika 47, 175-186.
    """
    ensure_calibratable(responses)
    start = np.append(starting_intercepts(responses), 1.0 if slope is None else slope)
    fitted, at = _fit(responses, start, is_free=slope is None, tolerance=tolerance)
    for _round in range(REWEIGHTINGS if responses.is_parted.any() else 0):
        weight = weights_of_parts(responses, fitted.infit / fitted.weight)
        fitted, at = _fit(responses.weighted(weight), at, is_free=slope is None, tolerance=tolerance)
    return fitted


def _fit(
    responses: Responses, start: FloatArray, *, is_free: bool, tolerance: float
) -> tuple[Calibration, FloatArray]:
    items = responses.items

    def step(at: FloatArray) -> tuple[FloatArray, float]:
        found = expect(responses, np.full(items, at[-1]), at[:-1], population=STANDARD)
        return _maximise(at, found=found, is_free=is_free), found.log_likelihood

    at, steps = climb(step, start, tolerance=tolerance)
    if is_free and not FLATTEST < at[-1] < STEEPEST:
        raise NoFiniteSpread("The answers do not say how far abilities differ.", slope=float(at[-1]))
    intercept, slope = at[:-1], np.full(responses.items, at[-1])
    slopes: Slopes = "common" if is_free else "known"
    return finished(
        responses, slope, intercept, model="rasch", population=STANDARD, slopes=slopes, steps=steps
    ), at


def _maximise(at: FloatArray, *, found: Expectation, is_free: bool) -> FloatArray:
    """Newton's method on the expected complete likelihood: intercepts, and the slope that they share."""
    intercept, slope = at[:-1], float(at[-1])
    for _step in range(NEWTON_STEPS):
        p = expit(slope * NODES + intercept[:, None])
        residual = found.earned - found.seen * p
        weight = found.seen * p * (1 - p)
        gradient, curvature = residual.sum(axis=1), np.maximum(weight.sum(axis=1), FLAT)
        if is_free:
            # The matrix is an arrow (diagonal, one full row): solved by its Schur complement.
            tilt = weight @ NODES
            left = max(float((weight @ NODES**2).sum() - (tilt**2 / curvature).sum()), FLAT)
            pull = float((residual @ NODES).sum() - (tilt * gradient / curvature).sum())
            turn = float(np.clip(pull / left, -0.5, 0.5))
            slope = float(np.clip(slope + turn, 1e-3, STEEPEST))
            gradient = gradient - tilt * turn
        intercept = intercept + np.clip(gradient / curvature, -1.0, 1.0)
    return np.append(intercept, slope)
