"""Calibration on the scale of earlier periods: anchors keep their parameters, new items and the population are
estimated; anchors whose difficulty has moved are taken out first.
"""

from dataclasses import dataclass
from math import ceil
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.special import expit

from question_bank.calibration.connectivity import Disconnected, connected_groups
from question_bank.calibration.finishing import finished
from question_bank.calibration.fitting import (
    Calibration,
    ensure_calibratable,
    starting_intercepts,
)
from question_bank.calibration.marginal import (
    NODES,
    THREADS,
    Expectation,
    Population,
    climb,
    expect,
)
from question_bank.calibration.rasch import fit_rasch
from question_bank.calibration.refusals import CalibrationRefused, are_usable
from question_bank.calibration.responses import FloatArray, IntArray, Responses

LARGEST_SHIFT: Final = 0.5
"""Logits."""

LARGEST_ROBUST_Z: Final = 1.645
SIGNIFICANT: Final = 1.96
NEWTON_STEPS: Final = 3


class TooFewAnchors(CalibrationRefused):
    """Too few anchors are left to carry the scale over."""

    code = "too_few_anchors"


class NoComparison(CalibrationRefused):
    """No items, different items, or difficulties that are no numbers."""

    code = "no_comparison"


@dataclass(frozen=True, slots=True, eq=False)
class Anchors:
    """Items with known parameters: their columns in the matrix, discrimination, difficulty and its error."""

    items: IntArray
    discrimination: FloatArray
    difficulty: FloatArray
    error: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Drift:
    """How far each anchor moved against the others, [anchors].

    `shift` is in logits, new less old, with the median taken out; positive is harder. `robust_z` is the shift over
    .74 of the interquartile range. `is_dropped` anchors do not carry the scale: |robust_z| > 1.645 or |shift| > .5.
    `is_drifted` says that the move is also more than chance: |shift| > .5 and beyond 1.96 of its standard error.
    """

    shift: FloatArray
    robust_z: FloatArray
    is_dropped: npt.NDArray[np.bool_]
    is_drifted: npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class FixedCalibration:
    """The calibration on the old scale, which anchors carried it, and how they moved.

    In `calibration` anchors that were kept have their old parameters, all others new ones. `difficulty` and `error` are
    what to go on with, [items]: kept anchors with the old estimate and that of the new responses put together by their
    precisions, all others as in `calibration`. `alone` is the Rasch calibration of the new responses without anchors,
    abilities being N(0, 1).
    """

    calibration: Calibration
    is_anchor: npt.NDArray[np.bool_]
    drift: Drift
    difficulty: FloatArray
    error: FloatArray
    alone: Calibration


def anchors_needed(items: int) -> int:
    """A fifth of the items, at least 5, and 30 suffice. Source: Kolen & Brennan (2004), Test Equating, p. 271."""
    return max(5, min(30, ceil(items / 5)))


def screen_drift(
    old: npt.ArrayLike, new: npt.ArrayLike, *, old_error: npt.ArrayLike, new_error: npt.ArrayLike
) -> Drift:
    """Compare difficulties in logits of the same items in two periods, each on its own origin. Raises NoComparison.

    Source: Huynh & Meyer (2010), Practical Assessment, Research & Evaluation 15(2), for robust z.
    """
    before, after = np.asarray(old, dtype=np.float64), np.asarray(new, dtype=np.float64)
    if not len(before) or before.shape != after.shape or not (are_usable(before) and are_usable(after)):
        raise NoComparison("Drift needs difficulties of the same items in both periods.")
    moved = after - before
    shift = moved - np.median(moved)
    width = 0.74 * float(np.subtract(*np.percentile(moved, [75, 25])))
    beyond = np.where(shift == 0.0, 0.0, np.copysign(np.inf, shift))
    robust_z = shift / width if width > 0 else beyond
    error = np.hypot(np.asarray(old_error, dtype=np.float64), np.asarray(new_error, dtype=np.float64))
    far = np.abs(shift) > LARGEST_SHIFT
    return Drift(
        shift=shift,
        robust_z=robust_z,
        is_dropped=far | (np.abs(robust_z) > LARGEST_ROBUST_Z),
        is_drifted=far & (np.abs(shift) > SIGNIFICANT * error),
    )


@THREADS.wrap(limits=1)  # type: ignore[untyped-decorator] # the package has no annotations
def fit_fixed(responses: Responses, anchors: Anchors, *, tolerance: float = 1e-5) -> FixedCalibration:
    """Rasch difficulties on the scale of the anchors, with the mean and standard deviation of the new population.

    New items take the anchors' median discrimination. Raises TooFewAnchors, and TooFewPersons, TooFewItems,
    NoVariation, Disconnected, NotConverged as `fit_rasch` does.
    Source: Kim (2006), Journal of Educational Measurement 43, 355-381 (multiple weights updating and EM cycles).
    """
    ensure_calibratable(responses)
    _ensure_enough(len(anchors.items), responses.items)
    alone = fit_rasch(responses, tolerance=tolerance)
    drift = screen_drift(
        anchors.discrimination * anchors.difficulty,
        -alone.intercept[anchors.items],
        old_error=anchors.discrimination * anchors.error,
        new_error=alone.intercept_error[anchors.items],
    )
    kept = anchors.items[~drift.is_dropped]
    _ensure_enough(len(kept), responses.items)
    is_anchor = np.zeros(responses.items, dtype=bool)
    is_anchor[kept] = True
    _ensure_anchored(responses, is_anchor)
    slope = np.full(responses.items, float(np.median(anchors.discrimination)))
    slope[kept] = anchors.discrimination[~drift.is_dropped]
    intercept = starting_intercepts(responses)
    intercept[kept] = -slope[kept] * anchors.difficulty[~drift.is_dropped]
    weighted = responses.weighted(alone.weight)
    calibration = _fit_around(weighted, slope, intercept=intercept, is_anchor=is_anchor, tolerance=tolerance)
    difficulty, error = _updated(calibration, alone, anchors=anchors, is_kept=~drift.is_dropped)
    return FixedCalibration(calibration, is_anchor, drift, difficulty, error, alone)


def _updated(
    calibration: Calibration, alone: Calibration, *, anchors: Anchors, is_kept: npt.NDArray[np.bool_]
) -> tuple[FloatArray, FloatArray]:
    """Difficulties and errors with the kept anchors' old and new estimates weighted by their precisions."""
    difficulty, error = calibration.difficulty.copy(), calibration.difficulty_error.copy()
    kept, population = anchors.items[is_kept], calibration.population
    fresh = population.mean + population.sd * alone.difficulty[kept]
    old_precision = 1 / anchors.error[is_kept] ** 2
    new_precision = 1 / (population.sd * alone.intercept_error[kept] / alone.slope[kept]) ** 2
    total = old_precision + new_precision
    difficulty[kept] = (old_precision * anchors.difficulty[is_kept] + new_precision * fresh) / total
    error[kept] = 1 / np.sqrt(total)
    return difficulty, error


def _ensure_enough(anchors: int, items: int) -> None:
    if anchors < anchors_needed(items):
        raise TooFewAnchors(
            f"{anchors} anchors can be used; {items} items need at least {anchors_needed(items)}.",
            anchors=anchors,
            least=anchors_needed(items),
        )


def _ensure_anchored(responses: Responses, is_anchor: npt.NDArray[np.bool_]) -> None:
    groups = connected_groups(responses)
    if any(not is_anchor[group.items].any() for group in groups):
        raise Disconnected(groups)


def _fit_around(
    responses: Responses,
    slope: FloatArray,
    *,
    intercept: FloatArray,
    is_anchor: npt.NDArray[np.bool_],
    tolerance: float,
) -> Calibration:
    free = ~is_anchor

    def unpack(at: FloatArray) -> tuple[FloatArray, Population]:
        every = intercept.copy()
        every[free] = at[:-2]
        return every, Population(float(at[-2]), float(np.exp(at[-1])))

    def step(at: FloatArray) -> tuple[FloatArray, float]:
        every, population = unpack(at)
        found = expect(responses, slope, every, population=population)
        moved = _maximise(every[free], slope[free], found=found, free=free, population=population)
        return np.append(moved, _population_step(responses, found, population)), found.log_likelihood

    at, steps = climb(step, np.append(intercept[free], [0.0, 0.0]), tolerance=tolerance)
    every, population = unpack(at)
    return finished(
        responses, slope, every, model="rasch", population=population, slopes="known", steps=steps
    )


def _population_step(responses: Responses, found: Expectation, population: Population) -> FloatArray:
    """(mean, ln sd) of the posterior of all persons who answered anything."""
    mass = found.posterior[responses.per_person > 0].mean(axis=0)
    centre = float(mass @ NODES)
    spread = float(mass @ NODES**2) - centre**2
    return np.array([population.mean + population.sd * centre, np.log(population.sd) + 0.5 * np.log(spread)])


def _maximise(
    intercept: FloatArray,
    slope: FloatArray,
    *,
    found: Expectation,
    free: npt.NDArray[np.bool_],
    population: Population,
) -> FloatArray:
    earned, seen = found.earned[free], found.seen[free]
    for _step in range(NEWTON_STEPS):
        p = expit(slope[:, None] * population.nodes + intercept[:, None])
        gradient = (earned - seen * p).sum(axis=1)
        intercept = intercept + np.clip(gradient / (seen * p * (1 - p)).sum(axis=1), -1.0, 1.0)
    return intercept
