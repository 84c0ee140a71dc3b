"""What every statistic is given as: a value with its error, its interval and its n, or the reason why there is none."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Z95 = 1.959963984540054
"""The 97.5 % point of the standard normal distribution: half the width of a 95 % interval, in standard errors."""


class Missing(StrEnum):
    """Why a figure has no value."""

    NO_RESPONSES = "no_responses"
    TOO_FEW = "too_few"
    NO_VARIATION = "no_variation"  # all right, all wrong, or everybody equally able
    NOT_DICHOTOMOUS = "not_dichotomous"  # shares of the points, where the model knows right and wrong only
    NO_TIMES = "no_times"
    NO_GROUPS = "no_groups"  # one of the groups to be compared has nobody
    NO_EARLIER = "no_earlier"  # nothing earlier to compare with


@dataclass(frozen=True, slots=True)
class Figure:
    """A statistic of `n` responses (or people). `value` is None exactly where `missing` says why; `error` is its
    standard error, `low` and `high` its 95 % interval, where the statistic has them.
    """

    n: int
    value: float | None = None
    error: float | None = None
    low: float | None = None
    high: float | None = None
    missing: Missing | None = None

    def __post_init__(self) -> None:
        assert (self.value is None) == (self.missing is not None), "a figure has a value or a reason"


def figures(
    n: NDArray[np.int64],
    value: Floats,
    *,
    error: Floats | None = None,
    low: Floats | None = None,
    high: Floats | None = None,
    missing: Missing = Missing.NO_VARIATION,
) -> list[Figure]:
    """One Figure per element; where `value` is NaN the reason is `missing`, or no or too few responses."""

    def at(values: Floats | None, index: int) -> float | None:
        return None if values is None or np.isnan(values[index]) else float(values[index])

    found = []
    for index, count in enumerate(n.tolist()):
        if np.isnan(value[index]):
            reason = {0: Missing.NO_RESPONSES, 1: Missing.TOO_FEW, 2: Missing.TOO_FEW}.get(count, missing)
            found.append(Figure(count, missing=reason))
        else:
            found.append(
                Figure(count, float(value[index]), at(error, index), at(low, index), at(high, index))
            )
    return found


def divide(above: Floats, below: Floats) -> Floats:
    """Elementwise quotient, NaN wherever the divisor is not positive; never a warning."""
    safe = np.where(below > 0, below, 1.0)
    return np.where(below > 0, above / safe, np.nan)
