"""Linking two calibrations through common items: the line θ_to = A θ_from + B.

Source: Kolen & Brennan (2004), Test Equating, Scaling, and Linking, ch. 6.
"""

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

import numpy as np
from scipy.optimize import minimize

from question_bank.calibration.curves import ItemParameters
from question_bank.calibration.refusals import CalibrationRefused, are_usable
from question_bank.calibration.responses import FloatArray

GRID: Final = np.linspace(-4.0, 4.0, 41)
BOUNDS: Final = ((0.05, 20.0), (-20.0, 20.0))
"""Of slope and shift: scales further apart have no items in common."""

Direction: TypeAlias = Literal["forward", "both"]


class NoCommonScale(CalibrationRefused):
    """The common items do not determine a line."""

    code = "no_common_scale"


@dataclass(frozen=True, slots=True)
class Link:
    """θ_to = slope · θ_from + shift."""

    slope: float
    shift: float

    def theta(self, theta: FloatArray) -> FloatArray:
        moved: FloatArray = self.slope * theta + self.shift
        return moved

    def items(self, items: ItemParameters) -> ItemParameters:
        """The same curves on the other scale: a / A, A b + B, c."""
        return ItemParameters(
            items.discrimination / self.slope, self.slope * items.difficulty + self.shift, items.guessing
        )

    def back(self, items: ItemParameters) -> ItemParameters:
        """Curves of the other scale on this one: the inverse of `items`."""
        return ItemParameters(
            items.discrimination * self.slope, (items.difficulty - self.shift) / self.slope, items.guessing
        )


def mean_mean(source: ItemParameters, target: ItemParameters) -> Link:
    """A = mean a_from / mean a_to, B from the mean difficulties. Raises NoCommonScale. Source: Loyd & Hoover (1980)."""
    _ensure_common(source, target, least=1)
    slope = float(source.discrimination.mean() / target.discrimination.mean())
    return Link(slope, float(target.difficulty.mean() - slope * source.difficulty.mean()))


def mean_sigma(source: ItemParameters, target: ItemParameters) -> Link:
    """A = sd b_to / sd b_from. Raises NoCommonScale. Source: Marco (1977)."""
    _ensure_common(source, target, least=2)
    if source.difficulty.std() == 0 or target.difficulty.std() == 0:
        raise NoCommonScale("The difficulties of the common items do not differ.")
    slope = float(target.difficulty.std() / source.difficulty.std())
    return Link(slope, float(target.difficulty.mean() - slope * source.difficulty.mean()))


def mean_shift(source: ItemParameters, target: ItemParameters) -> Link:
    """The Rasch link: A = 1, B = mean (b_to - b_from). Raises NoCommonScale."""
    _ensure_common(source, target, least=1)
    return Link(1.0, float((target.difficulty - source.difficulty).mean()))


def haebara(
    source: ItemParameters,
    target: ItemParameters,
    *,
    grid: FloatArray = GRID,
    weights: FloatArray | None = None,
    direction: Direction = "both",
) -> Link:
    """The line with the least weighted sum of squared differences of the curves of every item.

    `weights` of the grid's points are normal unless given; "both" adds the differences on the scale of `source`.
    Raises NoCommonScale. Source: Haebara (1980), Japanese Psychological Research 22, 144-149.
    """
    return _by_curves(source, target, grid=grid, weights=weights, direction=direction, summed=False)


def stocking_lord(
    source: ItemParameters,
    target: ItemParameters,
    *,
    grid: FloatArray = GRID,
    weights: FloatArray | None = None,
    direction: Direction = "both",
) -> Link:
    """As `haebara`, for the difference of the sums of the curves.

    Raises NoCommonScale. Source: Stocking & Lord (1983), Applied Psychological Measurement 7, 201-210.
    """
    return _by_curves(source, target, grid=grid, weights=weights, direction=direction, summed=True)


def _by_curves(
    source: ItemParameters,
    target: ItemParameters,
    *,
    grid: FloatArray,
    weights: FloatArray | None,
    direction: Direction,
    summed: bool,
) -> Link:
    _ensure_common(source, target, least=2)
    weight = np.exp(-0.5 * grid**2) if weights is None else weights
    is_sound = grid.shape == weight.shape and are_usable(grid) and are_usable(weight)
    if not is_sound or bool((weight < 0).any()) or not weight.sum() > 0:
        raise NoCommonScale("The grid needs abilities with weights from 0 up, not all 0.")
    weight = weight / weight.sum()

    def loss(line: FloatArray) -> float:
        link = Link(float(line[0]), float(line[1]))
        apart = [target.probability(grid) - link.items(source).probability(grid)]
        if direction == "both":
            apart.append(source.probability(grid) - link.back(target).probability(grid))
        return sum(_squares(difference, weight, summed=summed) for difference in apart)

    start = mean_mean(source, target)
    found = minimize(
        loss,
        np.array([start.slope, start.shift]),
        method="L-BFGS-B",
        bounds=BOUNDS,
        options={"ftol": 1e-15, "gtol": 1e-10, "maxiter": 500},
    )
    at_the_end = any(not low < one < high for one, (low, high) in zip(found.x, BOUNDS, strict=True))
    if not np.isfinite(found.fun) or at_the_end:
        raise NoCommonScale("The curves of the common items do not determine a line.")
    return Link(float(found.x[0]), float(found.x[1]))


def _squares(difference: FloatArray, weight: FloatArray, *, summed: bool) -> float:
    each = difference.sum(axis=1) ** 2 if summed else (difference**2).sum(axis=1)
    return float(weight @ each)


def _ensure_common(source: ItemParameters, target: ItemParameters, *, least: int) -> None:
    if len(source) != len(target) or len(source) < least:
        raise NoCommonScale(
            f"{len(source)} and {len(target)} items: the same items, at least {least}, must stand on both sides."
        )
    if not bool((source.discrimination > 0).all() and (target.discrimination > 0).all()):
        raise NoCommonScale("A common item discriminates the wrong way; leave it out.")
