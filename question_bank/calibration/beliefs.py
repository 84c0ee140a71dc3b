"""What is believed of the difficulty of items before a draw: from answers where there are any, else from ratings."""

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np

from question_bank.calibration.curves import ItemParameters
from question_bank.calibration.responses import FloatArray
from question_bank.calibration.shrinkage import Shrunken, shrink_to_cells
from question_bank.pool import ABILITIES
from question_bank.taxonomy import DifficultyRating

RATED_LOGITS: Final = {rating: float(step) for step, rating in enumerate(DifficultyRating, start=-2)}
"""What the words of authors stand for: of average candidates 88, 73, 50, 27 and 12 % answer such an item right."""

RATING_ERROR: Final = 1.0
"""Standard deviation, in logits, of the error of a rating: ratings correlate about 0.67 with difficulties."""

USUAL_SPREAD: Final = 0.9
"""Standard deviation of true difficulties within a competency and level, where no answers tell it."""


class Calibrated(NamedTuple):
    """The parameters of an item from answers; `error` is that of the difficulty, in logits."""

    discrimination: float
    difficulty: float
    error: float


class Basis(NamedTuple):
    """How many items are known from answers, from ratings, and not at all (they stand at the mean of their cell)."""

    calibrated: int
    rated: int
    assumed: int


@dataclass(frozen=True, slots=True, eq=False)
class Beliefs:
    """Expected shares of the points and the errors of these, float64 [items, abilities]."""

    shares: FloatArray
    errors: FloatArray
    basis: Basis


def believe(
    known: Sequence[Calibrated | None],
    ratings: Sequence[DifficultyRating | None],
    *,
    cells: Sequence[Hashable],
) -> Beliefs | None:
    """The expected shares of the items; None where there are neither answers nor ratings.

    Estimates and ratings are drawn towards the mean of their cell as far as their errors say. Where some items have
    both, the ratings are moved as a whole to where the answers say they belong.
    """
    fitted = np.array([one.difficulty if one else math.nan for one in known])
    said = np.array([math.nan if one is None else RATED_LOGITS[one] for one in ratings])
    has_fit, has_word = np.isfinite(fitted), np.isfinite(said)
    if not (has_fit | has_word).any():
        return None
    value = np.where(has_fit, fitted, said + _offset(fitted, said))
    error = np.array([one.error if one else RATING_ERROR for one in known])
    spread = USUAL_SPREAD
    if has_fit.sum() > len({cell for cell, there in zip(cells, has_fit, strict=True) if there}):
        spread = shrink_to_cells(fitted, error, cells=cells).spread
    shrunken = shrink_to_cells(value, error, cells=cells, spread=spread)
    usual = float(np.median([one.discrimination for one in known if one])) if has_fit.any() else 1.0
    slope = np.array([one.discrimination if one else usual for one in known])
    calibrated = int(has_fit.sum())
    basis = Basis(calibrated, int((has_word & ~has_fit).sum()), int((~has_fit & ~has_word).sum()))
    return _beliefs(slope, shrunken, basis)


def _offset(fitted: FloatArray, said: FloatArray) -> float:
    """How far ratings lie from the scale of the answers: on items with both, else the distance of the two means."""
    both = np.isfinite(fitted) & np.isfinite(said)
    if both.any():
        return float((fitted[both] - said[both]).mean())
    if np.isfinite(fitted).any() and np.isfinite(said).any():
        return float(np.nanmean(fitted) - np.nanmean(said))
    return 0.0


def _beliefs(slope: FloatArray, shrunken: Shrunken, basis: Basis) -> Beliefs:
    shares = ItemParameters(slope, shrunken.value, np.zeros(len(slope))).probability(ABILITIES).T
    # dP/db = -a P Q
    errors = slope[:, None] * shares * (1 - shares) * shrunken.error[:, None]
    return Beliefs(shares, errors, basis)
