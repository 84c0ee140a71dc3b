"""Marks of one form as marks of another: conversion tables by item response theory and by observed scores."""

from dataclasses import dataclass
from math import hypot, sqrt

import numpy as np
import numpy.typing as npt

from question_bank.calibration.curves import ItemParameters, ability_at, expected_score
from question_bank.calibration.refusals import CalibrationRefused
from question_bank.calibration.responses import FloatArray


class NoConversion(CalibrationRefused):
    """The scores or items do not determine a conversion."""

    code = "no_conversion"


@dataclass(frozen=True, slots=True, eq=False)
class Conversion:
    """`equated[i]` is what `raw[i]` is worth on the reference: both rise, and the ends are fixed."""

    raw: FloatArray
    equated: FloatArray

    def of(self, score: npt.ArrayLike) -> FloatArray:
        """The worth of scores between the table's, by straight lines."""
        return np.asarray(np.interp(np.asarray(score, dtype=np.float64), self.raw, self.equated))


@dataclass(frozen=True, slots=True, eq=False)
class Paper:
    """Items with the points that each is worth."""

    items: ItemParameters
    points: FloatArray

    @property
    def most(self) -> float:
        """The points of the whole paper."""
        return float(self.points.sum())


def paper(items: ItemParameters, *, points: npt.ArrayLike = 1.0) -> Paper:
    """A paper; one number of points holds for every item. Raises NoConversion."""
    try:
        worth = np.broadcast_to(np.asarray(points, dtype=np.float64), (len(items),)).copy()
    except ValueError as error:
        raise NoConversion("Items and points must be of one length.") from error
    if not bool((np.isfinite(worth) & (worth > 0)).all()):
        raise NoConversion("Points must be positive numbers.")
    return Paper(items, worth)


def true_score_conversion(
    form: Paper, reference: Paper, *, raw: npt.ArrayLike, scale: float = 100.0
) -> Conversion:
    """What each raw score of the form is worth on the reference, on a scale from 0 to `scale`.

    Raw score → the ability with that expected score on the form → its expected score on the reference. The ends are
    fixed (0 → 0, all points → scale); at and below the sum of lower asymptotes the line from 0 is straight.
    `raw` must rise and lie within the form's points. Raises NoConversion, OffTheCurve.
    Source: Kolen & Brennan (2004), ch. 6.6 (IRT true score equating).
    """
    scores = np.asarray(raw, dtype=np.float64)
    inside = scores.ndim == 1 and len(scores) > 0 and bool(np.isfinite(scores).all())
    if not inside or bool((np.diff(scores) <= 0).any()) or scores[0] < 0 or scores[-1] > form.most:
        raise NoConversion("Raw scores must rise from 0 to the points of the form.")
    floor = float(form.items.guessing @ form.points)
    bottom = float(reference.items.guessing @ reference.points) * scale / reference.most
    equated = np.empty(len(scores))
    for place, score in enumerate(scores):
        if score <= floor:
            equated[place] = bottom * score / floor if floor else 0.0
        elif score >= form.most:
            equated[place] = scale
        else:
            theta = ability_at(form.items, float(score), points=form.points)
            there = expected_score(reference.items, theta, points=reference.points)[0]
            equated[place] = there * scale / reference.most
    return Conversion(scores, np.maximum.accumulate(equated))


def identity(raw: npt.ArrayLike) -> Conversion:
    """Every score is worth itself: for fewer people than any method can use."""
    scores = np.asarray(raw, dtype=np.float64)
    return Conversion(scores, scores.copy())


@dataclass(frozen=True, slots=True, eq=False)
class Scores:
    """How many people of a group had each whole score 0, 1, ..., n."""

    counts: FloatArray

    @property
    def points(self) -> FloatArray:
        return np.arange(len(self.counts), dtype=np.float64)

    @property
    def people(self) -> float:
        return float(self.counts.sum())

    @property
    def mean(self) -> float:
        return float(self.counts @ self.points) / self.people

    @property
    def sd(self) -> float:
        return sqrt(self._moment(2))

    @property
    def skewness(self) -> float:
        """0 when both sides are alike. Raises NoConversion when the scores do not differ."""
        return self._moment(3) / self._spread() ** 3

    @property
    def kurtosis(self) -> float:
        """3 for a normal distribution. Raises NoConversion when the scores do not differ."""
        return self._moment(4) / self._spread() ** 4

    def _moment(self, order: int) -> float:
        return float(self.counts @ (self.points - self.mean) ** order) / self.people

    def _spread(self) -> float:
        if self.sd == 0:
            raise NoConversion("Everybody has the same score.")
        return self.sd


def scores(counts: npt.ArrayLike) -> Scores:
    """A checked distribution of whole scores. Raises NoConversion."""
    held = np.asarray(counts, dtype=np.float64)
    if held.ndim != 1 or len(held) < 2 or not bool((np.isfinite(held) & (held >= 0)).all()):
        raise NoConversion("Counts of scores are numbers from 0 up, one for each score.")
    if held.sum() < 2:
        raise NoConversion("Fewer than two people cannot be compared with others.")
    return Scores(held)


def mean_conversion(form: Scores, reference: Scores) -> Conversion:
    """y = x + mean difference. Source: Kolen & Brennan (2004), ch. 2."""
    return Conversion(form.points, form.points + reference.mean - form.mean)


def linear_conversion(form: Scores, reference: Scores) -> Conversion:
    """Equal standard scores. Raises NoConversion when the scores of the form do not differ."""
    if form.sd == 0:
        raise NoConversion("Everybody has the same score.")
    slope = reference.sd / form.sd
    return Conversion(form.points, slope * (form.points - form.mean) + reference.mean)


def equipercentile_conversion(form: Scores, reference: Scores) -> Conversion:
    """Equal percentile ranks of scores spread evenly over ± 1/2, unsmoothed.

    Source: Kolen & Brennan (2004), eq. 2.17-2.18 (upper).
    """
    below = np.concatenate([[0.0], np.cumsum(form.counts)]) / form.people
    rank = (below[:-1] + below[1:]) / 2
    edges = np.concatenate([[0.0], np.cumsum(reference.counts)]) / reference.people
    # The smallest score whose cumulative share exceeds the rank; a rank of 1 stands at the upper end.
    cell = np.minimum(np.searchsorted(edges[1:], rank, side="right"), len(reference.counts) - 1)
    width = edges[cell + 1] - edges[cell]
    inside = np.divide(rank - edges[cell], width, out=np.ones_like(rank), where=width > 0)
    return Conversion(form.points, np.clip(cell - 0.5 + inside, -0.5, len(reference.counts) - 0.5))


@dataclass(frozen=True, slots=True)
class Arc:
    """The arc through the ends and the middle, drawn on the difference from the straight line between the ends."""

    centre: tuple[float, float]
    radius: float


def circle_arc(
    low: tuple[float, float], middle: tuple[float, float], *, high: tuple[float, float]
) -> Arc | None:
    """The arc of the simplified method, or None when the three points lie on one line. Raises NoConversion.

    Source: Livingston & Kim (2009), Journal of Educational Measurement 46, 330-343 (simplified circle-arc).
    """
    (x1, y1), (x2, y2), (x3, y3) = low, middle, high
    if not (x1 < x2 < x3 and y1 < y2 < y3):
        raise NoConversion("The ends and the means must rise from low to high.")
    rise = y2 - (y1 + (x2 - x1) * (y3 - y1) / (x3 - x1))
    if abs(rise) < 1e-9 * (y3 - y1):
        return None
    x = (x1 + x3) / 2
    y = (rise**2 - (x2 - x1) * (x3 - x2)) / (2 * rise)
    return Arc((x, y), hypot(x3 - x, y))


def circle_arc_conversion(
    form: Scores, reference: Scores, *, low: tuple[float, float], high: tuple[float, float]
) -> Conversion:
    """The arc through the fixed ends and the means: for single forms and small groups. Raises NoConversion."""
    arc = circle_arc(low, (form.mean, reference.mean), high=high)
    x = np.clip(form.points, low[0], high[0])
    line = low[1] + (x - low[0]) * (high[1] - low[1]) / (high[0] - low[0])
    if arc is None:
        return Conversion(form.points, line)
    reach = np.sqrt(np.maximum(arc.radius**2 - (x - arc.centre[0]) ** 2, 0.0))
    return Conversion(form.points, line + arc.centre[1] + (reach if arc.centre[1] < 0 else -reach))
