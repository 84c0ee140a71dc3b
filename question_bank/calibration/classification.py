"""How sure a classification by cut scores is: accuracy (as by the true score) and consistency (as on a parallel form),
with the standard errors behind them.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.special import betainc, ndtr

from question_bank.calibration.curves import (
    WIDEST,
    ItemParameters,
    ability_at,
    expected_score,
    score_distribution,
)
from question_bank.calibration.marginal import Population
from question_bank.calibration.refusals import LARGEST, CalibrationRefused, are_usable
from question_bank.calibration.responses import FloatArray

BETA_STEPS: Final = 4001
ABILITY_STEPS: Final = 1401


class NoClassification(CalibrationRefused):
    """Cuts, abilities or moments from which no classification follows."""

    code = "no_classification"


@dataclass(frozen=True, slots=True)
class Classification:
    """Shares of people. `chance` is the consistency expected of unrelated classifications."""

    accuracy: float
    consistency: float
    chance: float

    @property
    def kappa(self) -> float:
        """Consistency beyond chance, (P - Pc) / (1 - Pc); 1 when everybody stands in one level."""
        return 1.0 if self.chance >= 1.0 else (self.consistency - self.chance) / (1 - self.chance)


@dataclass(frozen=True, slots=True, eq=False)
class PersonalClassification:
    """Accuracy and consistency of each person, [persons]."""

    accuracy: FloatArray
    consistency: FloatArray


def rudner_by_person(
    theta: npt.ArrayLike, error: npt.ArrayLike, *, cuts: npt.ArrayLike
) -> PersonalClassification:
    """From abilities with normal errors and rising cuts on the ability scale; a cut belongs to the level above it.

    Raises NoClassification. Source: Rudner (2001, 2005), Practical Assessment, Research & Evaluation 7(14), 10(13).
    """
    chance, level = _levels(theta, error, cuts=cuts)
    return PersonalClassification(chance[np.arange(len(level)), level], (chance**2).sum(axis=1))


def rudner(theta: npt.ArrayLike, error: npt.ArrayLike, *, cuts: npt.ArrayLike) -> Classification:
    """The means of `rudner_by_person`. Raises NoClassification."""
    chance, level = _levels(theta, error, cuts=cuts)
    accuracy = chance[np.arange(len(level)), level].mean()
    marginal = chance.mean(axis=0)
    return Classification(float(accuracy), float((chance**2).sum(axis=1).mean()), float((marginal**2).sum()))


def _levels(
    theta: npt.ArrayLike, error: npt.ArrayLike, *, cuts: npt.ArrayLike
) -> tuple[FloatArray, npt.NDArray[np.intp]]:
    at, spread = np.asarray(theta, dtype=np.float64), np.asarray(error, dtype=np.float64)
    edges = _rising(cuts)
    sound = at.ndim == 1 and at.shape == spread.shape and len(at) > 0
    if not sound or not bool((np.isfinite(at) & np.isfinite(spread) & (spread > 0)).all()):
        raise NoClassification("Abilities must be finite, each with an error above 0.")
    below = ndtr((edges - at[:, None]) / spread[:, None])
    full = np.hstack([np.zeros((len(at), 1)), below, np.ones((len(at), 1))])
    return np.diff(full, axis=1), np.searchsorted(edges, at, side="right")


def _rising(cuts: npt.ArrayLike) -> FloatArray:
    edges = np.atleast_1d(np.asarray(cuts, dtype=np.float64))
    if not len(edges) or not bool(np.isfinite(edges).all()) or bool((np.diff(edges) <= 0).any()):
        raise NoClassification("Cuts must be finite and rise.")
    return edges


@dataclass(frozen=True, slots=True, eq=False)
class LeeClassification:
    """The classification, and the distribution of the number right in the population."""

    classification: Classification
    distribution: FloatArray


def lee(
    items: ItemParameters,
    *,
    cuts: npt.ArrayLike,
    true_cuts: npt.ArrayLike,
    population: Population,
    grid: tuple[FloatArray, FloatArray] | None = None,
) -> LeeClassification:
    """For a paper of items worth one point each: level k from cuts[k-1] points on.

    `grid` is (abilities, weights) for a comparison with programs that use few nodes; the grid of its own cuts the
    abilities at the true cuts, so that no node stands for both sides of one.

    `true_cuts` are the cuts of the expected score, usually half a point lower. Raises NoClassification, and
    OffTheCurve when an item discriminates the wrong way.
    Source: Lee (2010), Journal of Educational Measurement 47, 1-17.
    """
    edges, true_edges = _rising(cuts), _rising(true_cuts)
    if len(edges) != len(true_edges):
        raise NoClassification("There must be as many true cuts as cuts.")
    if edges[0] <= 0 or edges[-1] > len(items):
        raise NoClassification("Cuts must be above 0 and at most the number of items.", most=len(items))
    if not (are_usable([population.mean, population.sd]) and population.sd > 0):
        raise NoClassification("The population needs a mean and a standard deviation above 0.")
    theta, weight = grid or _ability_grid(items, edges=true_edges, population=population)
    probability = items.probability(theta)
    scores = score_distribution(probability)
    level = np.searchsorted(edges, np.arange(len(items) + 1), side="right")
    chance = np.stack([scores[:, level == k].sum(axis=1) for k in range(len(edges) + 1)], axis=1)
    true_level = np.searchsorted(true_edges, probability.sum(axis=1), side="right")
    marginal = weight @ chance
    found = Classification(
        float(weight @ chance[np.arange(len(theta)), true_level]),
        float(weight @ (chance**2).sum(axis=1)),
        float((marginal**2).sum()),
    )
    return LeeClassification(found, weight @ scores)


def _ability_grid(
    items: ItemParameters, *, edges: FloatArray, population: Population
) -> tuple[FloatArray, FloatArray]:
    """Midpoints and normal masses of small intervals of ability that do not cross a true cut."""
    ends = np.linspace(-7.0, 7.0, ABILITY_STEPS)
    bottom, top = (float(expected_score(items, end)[0]) for end in (-WIDEST, WIDEST))
    cuts = [ability_at(items, edge) for edge in edges if bottom < edge < top]
    ends = np.unique(np.concatenate([ends, [(cut - population.mean) / population.sd for cut in cuts]]))
    mass = np.diff(ndtr(ends))
    return population.mean + population.sd * (ends[:-1] + ends[1:]) / 2, mass / mass.sum()


@dataclass(frozen=True, slots=True)
class TrueScores:
    """A four-parameter beta distribution of the share of the points: from `low` to `high`, shapes `alpha`, `beta`."""

    low: float
    high: float
    alpha: float
    beta: float


@dataclass(frozen=True, slots=True, eq=False)
class LivingstonLewis:
    """`joint[t][o]`: the share of people with true level t and observed level o."""

    classification: Classification
    joint: FloatArray


def effective_length(mean: float, variance: float, *, reliability: float, low: float, high: float) -> float:
    """The number of equal 0/1 items that would give the same precision.

    Raises NoClassification. Source: Livingston & Lewis (1995), Journal of Educational Measurement 32, 179-197, eq. 5.
    """
    sound = low < mean < high and variance > 0 and 0 < reliability < 1
    if not sound:
        raise NoClassification(
            "Needs a mean within the range, a variance above 0, and a reliability between 0 and 1."
        )
    found = ((mean - low) * (high - mean) - reliability * variance) / (variance * (1 - reliability))
    if not 0 < found < LARGEST:
        raise NoClassification("The scores scatter more than any distribution within the range can.")
    return found


def true_score_distribution(
    mean: float, variance: float, *, reliability: float, low: float, high: float
) -> TrueScores:
    """The beta distribution on [0, 1] with the mean and the true variance (reliability × variance) of the scores.

    Raises NoClassification. Source: Hanson & Brennan (1990), Journal of Educational Measurement 27, 345-359
    (two-parameter beta).
    """
    effective_length(mean, variance, reliability=reliability, low=low, high=high)
    centre, spread = (mean - low) / (high - low), reliability * variance / (high - low) ** 2
    size = centre * (1 - centre) / spread - 1
    if size <= 0:
        raise NoClassification("The scores scatter more than any distribution within the range can.")
    return TrueScores(0.0, 1.0, centre * size, (1 - centre) * size)


def livingston_lewis(true: TrueScores, *, length: float, cuts: npt.ArrayLike) -> LivingstonLewis:
    """Levels from `cuts` (shares of the points, rising; a cut belongs to the level above it) with binomial errors over
    `length` items, rounded to a whole number. Raises NoClassification.
    """
    edges = _rising(cuts)
    items = round(length) if 0 < length < LARGEST else 0
    bounds = 0 <= true.low < true.high <= 1 and true.alpha > 0 and true.beta > 0
    if items < 1 or not bounds or edges[0] <= 0 or edges[-1] >= 1:
        raise NoClassification(
            "Needs at least one item, a beta distribution within 0 and 1, and cuts between them."
        )
    at, weight, level = _true_score_grid(true, edges)
    least = np.ceil(edges * items - 1e-9).astype(np.int64)
    chance = _level_chances(at, items, least=least)
    joint = np.stack([(weight * (level == k)) @ chance for k in range(len(edges) + 1)])
    marginal = joint.sum(axis=0)
    found = Classification(
        float(np.trace(joint)), float(weight @ (chance**2).sum(axis=1)), float((marginal**2).sum())
    )
    return LivingstonLewis(found, joint)


def _true_score_grid(
    true: TrueScores, edges: FloatArray
) -> tuple[FloatArray, FloatArray, npt.NDArray[np.intp]]:
    """Midpoints, masses and levels of small intervals that do not cross a cut."""
    inner = [edge for edge in edges if true.low < edge < true.high]
    ends = np.unique(np.concatenate([np.linspace(true.low, true.high, BETA_STEPS), inner]))
    mass = np.diff(betainc(true.alpha, true.beta, (ends - true.low) / (true.high - true.low)))
    middle = (ends[:-1] + ends[1:]) / 2
    return middle, mass / mass.sum(), np.searchsorted(edges, middle, side="right")


def _level_chances(at: FloatArray, items: int, *, least: npt.NDArray[np.int64]) -> FloatArray:
    """[points, levels]: the chance of a binomial score in each level; level k needs least[k-1] right."""
    # P(X >= need) of a binomial is the regularised incomplete beta function.
    reached = [betainc(need, items - need + 1, at) for need in least]
    return -np.diff(np.stack([np.ones(len(at)), *reached, np.zeros(len(at))], axis=1), axis=1)


def standard_error(sd: float, *, reliability: float) -> float:
    """The standard error of measurement, sd √(1 - reliability). Raises NoClassification."""
    if not (np.isfinite(sd) and sd >= 0 and 0 <= reliability <= 1):
        raise NoClassification("Needs a standard deviation from 0 and a reliability from 0 to 1.")
    return float(sd * np.sqrt(1 - reliability))


def binomial_error(right: npt.ArrayLike, items: int) -> FloatArray:
    """Conditional standard error of the number right x of n: √(x (n - x) / (n - 1)). Raises NoClassification.

    Source: Lord (1957), Educational and Psychological Measurement 17, 510-521.
    """
    x = np.asarray(right, dtype=np.float64)
    if items < 2 or not bool(((x >= 0) & (x <= items)).all()):
        raise NoClassification("Needs at least two items and scores between 0 and their number.")
    return np.sqrt(x * (items - x) / (items - 1))


def conditional_error(
    items: ItemParameters, theta: npt.ArrayLike, *, points: npt.ArrayLike = 1.0
) -> FloatArray:
    """Standard error of the score at abilities: √ Σ points² P Q, in points. Raises NoClassification."""
    worth = np.broadcast_to(np.asarray(points, dtype=np.float64), (len(items),))
    if not are_usable(worth):
        raise NoClassification("Points must be finite numbers.")
    p = items.probability(theta)
    return np.sqrt((p * (1 - p)) @ worth**2)


def borderline(marks: npt.ArrayLike, *, cut: float, error: float) -> npt.NDArray[np.bool_]:
    """Which marks lie within one standard error of the cut, on either side. Raises NoClassification."""
    held = np.asarray(marks, dtype=np.float64)
    if not bool(np.isfinite(held).all()) or not np.isfinite(cut) or not (np.isfinite(error) and error >= 0):
        raise NoClassification("Marks, cut and error must be finite.")
    return np.abs(held - cut) <= error
