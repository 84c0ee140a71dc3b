"""Conversion tables: what the marks of each paper are worth on the reference paper, to be printed and applied exactly.

Estimation is done in floating point; what is kept are whole millionths at every percent, and a mark between two lines
of the table follows by a straight line in exact fractions. So the printed table alone decides, on any machine.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from scipy.interpolate import CubicHermiteSpline
from scipy.sparse import csr_array
from scipy.special import expit

from question_bank.calibration.curves import WIDEST, ItemParameters, expected_score
from question_bank.calibration.equating import NoConversion
from question_bank.calibration.responses import FloatArray, IntArray

KNOTS: Final = 100
WHOLE: Final = 1_000_000
GRID: Final = np.linspace(-WIDEST, WIDEST, 1601)
NEWTON_STEPS: Final = 2
SLACK: Final = 1e-6
CHUNK: Final = 1000

Exact = Fraction | Decimal | int


@dataclass(frozen=True, slots=True)
class MarkTable:
    """`worth[k]`: what k % of the paper's points are worth, in millionths of all; from 0 to WHOLE, never falling.

    Raises NoConversion for anything else.
    """

    worth: tuple[int, ...]

    def __post_init__(self) -> None:
        rises = all(low <= high for low, high in zip(self.worth, self.worth[1:], strict=False))
        if len(self.worth) != KNOTS + 1 or self.worth[0] != 0 or self.worth[-1] != WHOLE or not rises:
            raise NoConversion("A conversion table rises from 0 to the whole in steps of one percent.")

    def share(self, share: Fraction) -> Fraction:
        """What a share of the points, from 0 to 1, is worth: exact, straight between two lines of the table."""
        if not 0 <= share <= 1:
            raise NoConversion("A share of the points lies between 0 and 1.")
        at = min(int(share * KNOTS), KNOTS - 1)
        low, high = self.worth[at], self.worth[at + 1]
        return (low + (high - low) * (share * KNOTS - at)) / WHOLE

    def mark(self, points: Exact, max_points: Exact, *, step: Decimal) -> Decimal:
        """The converted mark: rounded half up to the nearest `step`, never above all points, and all points for all.

        Raises NoConversion when there is nothing to gain or the step is not above 0.
        """
        if max_points <= 0 or step <= 0:
            raise NoConversion("Points and the step of rounding must be above 0.")
        whole = Fraction(max_points)
        exact = self.share(Fraction(points) / whole) * whole
        if exact == whole:
            return _decimal(whole)
        steps = int(exact / Fraction(step) + Fraction(1, 2))
        return min(steps * step, _decimal(whole))


def _decimal(value: Fraction) -> Decimal:
    return Decimal(value.numerator) / Decimal(value.denominator)


IDENTITY: Final = MarkTable(tuple(range(0, WHOLE + 1, WHOLE // KNOTS)))


def mean_paper(points: npt.ArrayLike, *, papers: int, groups: Sequence[Hashable]) -> FloatArray:
    """The reference paper: points of each item when every item of a group stands in it alike. [items]

    `points` are those of each item summed over all papers; `groups` names the group of each item (its cell and its
    points). A group weighs as much as in the mean paper. Raises NoConversion without papers.
    """
    summed = np.asarray(points, dtype=np.float64)
    sound = (
        papers > 0 and summed.shape == (len(groups),) and bool((np.isfinite(summed) & (summed >= 0)).all())
    )
    if not sound:
        raise NoConversion("There are no papers, or not one group for every item.")
    place = {group: number for number, group in enumerate(dict.fromkeys(groups))}
    group = np.array([place[one] for one in groups], dtype=np.int64)
    used = summed > 0
    total = np.bincount(group, weights=summed / papers, minlength=len(place))
    count = np.bincount(group[used], minlength=len(place))
    return np.where(used, total[group] / np.maximum(count[group], 1), 0.0)


def mark_tables(items: ItemParameters, papers: csr_array, *, reference: FloatArray) -> IntArray:
    """The table of every paper: `worth` in rows, [papers, KNOTS + 1].

    IRT true score equating at every percent of the points: the ability with that expected mark on the paper → its
    expected mark on the reference paper; the ends are fixed, and at and below the sum of lower asymptotes the line
    from 0 is straight. `papers` holds points, [papers, items]; `reference` the points of the reference paper, [items].
    Raises NoConversion: an empty paper, a curve that falls, or marks that no ability reaches.
    Source: Kolen & Brennan (2004), ch. 6.6.
    """
    _ensure_convertible(items, papers, reference=reference)
    tables = [
        _tables(items, papers[start : start + CHUNK], reference=reference)
        for start in range(0, papers.shape[0], CHUNK)
    ]
    return np.vstack(tables)


def _ensure_convertible(items: ItemParameters, papers: Any, *, reference: FloatArray) -> None:
    if papers.shape[1] != len(items) or len(reference) != len(items) or not papers.shape[0]:
        raise NoConversion("Papers and the reference must be about the same items.")
    sound = bool(np.isfinite(papers.data).all() and (papers.data > 0).all() and np.isfinite(reference).all())
    if not sound or not bool((np.diff(papers.indptr) > 0).all()) or not reference.sum() > 0:
        raise NoConversion("Every paper needs items that are worth points.")
    used = (reference > 0) | (np.asarray(papers.sum(axis=0)).ravel() > 0)
    known = np.isfinite(items.difficulty[used]) & np.isfinite(items.discrimination[used])
    if not bool(known.all() and (items.discrimination[used] > 0).all()):
        raise NoConversion("An item has no parameters, or its curve falls.")


def _tables(items: ItemParameters, papers: Any, *, reference: FloatArray) -> IntArray:
    most = np.asarray(papers.sum(axis=1), dtype=np.float64).ravel()
    floor = papers @ items.guessing / most
    knots = np.arange(1, KNOTS) / KNOTS
    theta = _abilities(items, papers, share=np.maximum(knots, floor[:, None]), most=most)
    worth = _reference_curve(items, reference)(theta)
    bottom = float(reference @ items.guessing) / float(reference.sum())
    below = knots <= floor[:, None]
    line = bottom * knots / np.where(floor > 0, floor, 1.0)[:, None]
    whole = np.rint(np.where(below, line, worth) * WHOLE).astype(np.int64)
    rows = np.hstack([np.zeros((len(most), 1)), whole, np.full((len(most), 1), WHOLE)])
    return np.maximum.accumulate(rows, axis=1).astype(np.int64)


def _reference_curve(items: ItemParameters, reference: FloatArray) -> CubicHermiteSpline:
    """The expected share of the reference paper through GRID with its slopes: exact to 1e-8 for a up to 3."""
    used = reference > 0
    a, c = items.discrimination[used], items.guessing[used]
    p = items.of(used).probability(GRID)
    weight = reference[used] / reference.sum()
    return CubicHermiteSpline(GRID, p @ weight, (a * (p - c) * (1 - p) / (1 - c)) @ weight)


def expected_share(items: ItemParameters, points: FloatArray, theta: npt.ArrayLike) -> FloatArray:
    """[abilities]: the expected share of all points of a paper with these points per item."""
    used = points > 0
    at = np.asarray(theta, dtype=np.float64)
    parts = [
        expected_score(items.of(used), at[start : start + CHUNK], points=points[used])
        for start in range(0, len(at), CHUNK)
    ]
    return np.concatenate(parts) / float(points.sum()) if parts else np.zeros(0)


def _abilities(items: ItemParameters, papers: Any, *, share: FloatArray, most: FloatArray) -> FloatArray:
    """The ability with each expected share on each paper, [papers, shares]; that of shares at the floor is the lowest.

    From a grid, then by Newton's steps, which double the digits each.
    """
    curve = papers @ items.probability(GRID).T / most[:, None]
    if bool((curve[:, 0] > share.min(axis=1) + SLACK).any() or (curve[:, -1] < share.max(axis=1)).any()):
        raise NoConversion("Some marks of a paper are not expected at any ability.")
    theta: FloatArray = np.stack(
        [np.interp(wanted, row, GRID) for wanted, row in zip(share, curve, strict=True)]
    )
    starts, item, points = papers.indptr[:-1], papers.indices, papers.data[:, None]
    of = np.repeat(np.arange(len(most)), np.diff(papers.indptr))
    a, b, c = (part[item][:, None] for part in (items.discrimination, items.difficulty, items.guessing))
    for _step in range(NEWTON_STEPS):
        right = expit(a * (theta[of] - b))
        found = np.add.reduceat(points * (c + (1 - c) * right), starts) / most[:, None]
        slope = np.add.reduceat(points * (1 - c) * a * right * (1 - right), starts) / most[:, None]
        step = np.divide(share - found, slope, out=np.zeros_like(found), where=slope > 1e-12)
        theta = theta + np.clip(step, -0.05, 0.05)
    return theta


def conversion_errors(
    items: ItemParameters, papers: csr_array, *, reference: FloatArray, error: FloatArray, theta: float
) -> FloatArray:
    """Standard error of each paper's converted share at an ability, from the errors of the difficulties. [papers]

    √ Σ (d P' e)² with d the difference of an item's share of the points on the paper and on the reference: errors of
    different items are taken as independent.
    """
    _ensure_convertible(items, papers, reference=reference)
    p = items.probability(theta)[0]
    curve = np.where(reference > 0, items.discrimination * (p - items.guessing) * (1 - p), 0.0)
    moved = (curve / (1 - items.guessing) * np.where(reference > 0, error, 0.0)) ** 2
    most = np.asarray(papers.sum(axis=1), dtype=np.float64).ravel()
    there = reference / reference.sum()
    square = (papers**2) @ moved / most**2 - 2 * (papers @ (there * moved)) / most + there**2 @ moved
    errors: FloatArray = np.sqrt(np.maximum(square, 0.0))
    return errors
