"""How forms spread about the mean form, as columns to draw: counts in steps of half a mark."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

BIN: Final = 0.5
"""Width of a column of the distribution, in marks."""

LARGEST_BIN: Final = 16
"""Columns on either side of the mean form; what lies beyond counts in the outermost."""


def columns_of(away: NDArray[np.float64]) -> tuple[int, ...]:
    """How many forms lie in each step; `away` are marks of 100 above or below the mean form."""
    column = np.clip(np.floor(away / BIN).astype(np.int64), -LARGEST_BIN, LARGEST_BIN - 1) + LARGEST_BIN
    return tuple(np.bincount(column, minlength=2 * LARGEST_BIN).tolist())
