"""Difficulties for the draw: estimates drawn towards the mean of their cell as far as their errors say."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from question_bank.calibration.refusals import CalibrationRefused, are_usable
from question_bank.calibration.responses import FloatArray


class NothingToShrink(CalibrationRefused):
    """No estimates, or estimates and errors that are not finite and of one length."""

    code = "nothing_to_shrink"


@dataclass(frozen=True, slots=True, eq=False)
class Shrunken:
    """`value` and the standard deviation of its error, [items]; `spread` is that of true values within a cell."""

    value: FloatArray
    error: FloatArray
    spread: float


def shrink_to_cells(
    value: npt.ArrayLike, error: npt.ArrayLike, *, cells: Sequence[Hashable], spread: float | None = None
) -> Shrunken:
    """Empirical Bayes estimates; an item without an estimate (NaN value) takes its cell's mean and the full spread.

    A cell without any estimate takes the mean of all. `spread` is that of true values within a cell where it is known
    from elsewhere. Raises NothingToShrink.
    Source: DerSimonian & Laird (1986), Controlled Clinical Trials 7, 177-188, for the spread, pooled over cells;
    Efron & Morris (1973), Journal of the American Statistical Association 68, 117-130, for the shrinkage.
    """
    found, spread_of = np.asarray(value, dtype=np.float64), np.asarray(error, dtype=np.float64)
    known = np.isfinite(found)
    if found.shape != spread_of.shape or len(found) != len(cells) or not known.any():
        raise NothingToShrink("Needs at least one estimate, and an error and a cell for every value.")
    if not (are_usable(found[known]) and are_usable(spread_of[known]) and bool((spread_of[known] > 0).all())):
        raise NothingToShrink("Every estimate and its standard error must be numbers, the error above 0.")
    codes = {cell: number for number, cell in enumerate(dict.fromkeys(cells))}
    cell = np.array([codes[one] for one in cells])
    precision = np.where(known, 1 / np.where(known, spread_of, 1.0) ** 2, 0.0)
    variance = _spread(found, precision, cell=cell, known=known) if spread is None else spread**2
    weight = np.where(known, 1 / (variance + 1 / np.where(known, precision, 1.0)), 0.0)
    mean = _means(found, weight, cell=cell, known=known)
    trust = np.where(known, variance * weight, 0.0)
    shrunken = mean + trust * (np.where(known, found, mean) - mean)
    left = np.where(known, trust / np.where(known, precision, 1.0), variance)
    return Shrunken(shrunken, np.sqrt(left), float(np.sqrt(variance)))


def _means(
    found: FloatArray,
    weight: FloatArray,
    *,
    cell: npt.NDArray[np.int64],
    known: npt.NDArray[np.bool_],
) -> FloatArray:
    """The weighted mean of each item's cell; that of all items where the cell has no estimate."""
    total = np.bincount(cell, weights=weight)
    summed = np.bincount(cell, weights=weight * np.where(known, found, 0.0))
    overall = float(summed.sum() / total.sum())
    return np.where(total > 0, summed / np.where(total > 0, total, 1.0), overall)[cell]


def _spread(
    found: FloatArray,
    precision: FloatArray,
    *,
    cell: npt.NDArray[np.int64],
    known: npt.NDArray[np.bool_],
) -> float:
    """Variance of true values within cells: (Q - df) / C summed over the cells, not below 0."""
    mean = _means(found, precision, cell=cell, known=known)
    heterogeneity = float((precision * (np.where(known, found, mean) - mean) ** 2).sum())
    count = np.bincount(cell, weights=known.astype(np.float64))
    total = np.bincount(cell, weights=precision)
    squares = np.bincount(cell, weights=precision**2)
    freedom = float(np.maximum(count - 1, 0).sum())
    scale = float((total - squares / np.where(total > 0, total, 1.0)).sum())
    return max(0.0, (heterogeneity - freedom) / scale) if scale > 0 else 0.0
