"""Item characteristic curves, and what follows from them: expected marks, information, distributions of scores."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq
from scipy.special import expit

from question_bank.calibration.refusals import CalibrationRefused, are_usable
from question_bank.calibration.responses import FloatArray

WIDEST: Final = 40.0
"""Abilities beyond this are not told apart: the curves are flat there to the last digit."""


class BadParameters(CalibrationRefused):
    """Item parameters are not finite, not of one length, or a lower asymptote is not in [0, 1)."""

    code = "bad_parameters"


class BadProbabilities(CalibrationRefused):
    """Probabilities are not numbers from 0 to 1."""

    code = "bad_probabilities"


class OffTheCurve(CalibrationRefused):
    """An expected score that the items do not reach at any ability."""

    code = "off_the_curve"


@dataclass(frozen=True, eq=False)
class ItemParameters:
    """P(θ) = c + (1 - c) / (1 + exp(-a (θ - b))) for each item: discrimination a, difficulty b, lower asymptote c.

    Arrays of one length. With D = 1: a is per logit. The Rasch model has the same a everywhere and c = 0.
    Source: Birnbaum in Lord & Novick (1968), ch. 17.
    """

    discrimination: FloatArray
    difficulty: FloatArray
    guessing: FloatArray

    def __len__(self) -> int:
        return len(self.difficulty)

    def probability(self, theta: npt.ArrayLike) -> FloatArray:
        """[abilities, items]: the expected share of the points."""
        at = np.atleast_1d(np.asarray(theta, dtype=np.float64))[:, None]
        curve: FloatArray = expit(self.discrimination * (at - self.difficulty))
        return self.guessing + (1 - self.guessing) * curve

    def information(self, theta: npt.ArrayLike) -> FloatArray:
        """[abilities]: Fisher information of all items together.

        Source: Lord (1980), Applications of Item Response Theory, eq. 5-5.
        """
        at = np.atleast_1d(np.asarray(theta, dtype=np.float64))[:, None]
        curve: FloatArray = expit(self.discrimination * (at - self.difficulty))
        p = self.guessing + (1 - self.guessing) * curve
        # (P')² / (P Q) with P' = a (1-c) L (1-L) and Q = (1-c)(1-L), so that nothing divides by 0 in the tails.
        share = np.divide(curve, p, out=np.ones_like(p), where=p > 0)
        each = self.discrimination**2 * (1 - self.guessing) * curve * (1 - curve) * share
        total: FloatArray = each.sum(axis=1)
        return total

    def of(self, chosen: npt.NDArray[np.bool_] | npt.NDArray[np.int64]) -> "ItemParameters":
        """The parameters of some of the items."""
        return ItemParameters(self.discrimination[chosen], self.difficulty[chosen], self.guessing[chosen])


def parameters(
    difficulty: npt.ArrayLike, *, discrimination: npt.ArrayLike = 1.0, guessing: npt.ArrayLike = 0.0
) -> ItemParameters:
    """Checked parameters; single numbers hold for every item. Raises BadParameters."""
    b = np.atleast_1d(np.asarray(difficulty, dtype=np.float64))
    try:
        a = np.broadcast_to(np.asarray(discrimination, dtype=np.float64), b.shape).copy()
        c = np.broadcast_to(np.asarray(guessing, dtype=np.float64), b.shape).copy()
    except ValueError as error:
        raise BadParameters("Item parameters must be of one length.") from error
    if b.ndim != 1 or not len(b):
        raise BadParameters("There are no items.")
    if not (are_usable(a) and are_usable(b) and bool(((c >= 0) & (c < 1)).all())):
        raise BadParameters("Item parameters must be finite, and lower asymptotes from 0 to below 1.")
    return ItemParameters(a, b, c)


def expected_score(items: ItemParameters, theta: npt.ArrayLike, *, points: npt.ArrayLike = 1.0) -> FloatArray:
    """[abilities]: the test characteristic curve, Σ points · P(θ). Raises BadParameters unless there is one number of
    points, or one for each item."""
    try:
        worth = np.broadcast_to(np.asarray(points, dtype=np.float64), (len(items),))
    except ValueError as error:
        raise BadParameters("Items and points must be of one length.") from error
    total: FloatArray = items.probability(theta) @ worth
    return total


def ability_at(items: ItemParameters, score: float, *, points: npt.ArrayLike = 1.0) -> float:
    """The ability whose expected score is `score`: the inverse of the test characteristic curve.

    Raises OffTheCurve: at or below Σ points · c, at or above Σ points, or when the curve does not rise.
    """
    low, high = (float(expected_score(items, at, points=points)[0]) for at in (-WIDEST, WIDEST))
    if not low < score < high or not bool((items.discrimination > 0).all()):
        raise OffTheCurve(
            f"The expected score {score:g} is not between {low:g} and {high:g}, or an item's curve falls.",
            score=score,
        )

    def short(theta: float) -> float:
        return float(expected_score(items, theta, points=points)[0]) - score

    return float(brentq(short, -WIDEST, WIDEST, xtol=1e-12))


def score_distribution(probability: npt.ArrayLike) -> FloatArray:
    """[..., items + 1]: the distribution of the number right of independent items, P along the last axis.

    Raises BadProbabilities. Source: Lord & Wingersky (1984), Applied Psychological Measurement 8, 453-461.
    """
    p = np.asarray(probability, dtype=np.float64)
    if p.ndim == 0 or not bool(((p >= 0) & (p <= 1)).all()):
        raise BadProbabilities("Probabilities must be numbers from 0 to 1.")
    found = np.zeros((*p.shape[:-1], p.shape[-1] + 1))
    found[..., 0] = 1.0
    for item in range(p.shape[-1]):
        right = p[..., item, None]
        found[..., 1 : item + 2] = found[..., 1 : item + 2] * (1 - right) + found[..., : item + 1] * right
        found[..., 0] *= 1 - p[..., item]
    return found
