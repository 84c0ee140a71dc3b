"""What the draw expects of items: shares of the points at the abilities of the balance, with their errors."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np

from question_bank.calibration.curves import ItemParameters
from question_bank.calibration.responses import FloatArray
from question_bank.calibration.shrinkage import shrink_to_cells
from question_bank.pool import ABILITIES


@dataclass(frozen=True, slots=True, eq=False)
class ExpectedShares:
    """Expected shares and their standard errors, [items, abilities]."""

    shares: FloatArray
    errors: FloatArray


def expected_shares(
    difficulty: FloatArray, error: FloatArray, *, slope: FloatArray, cells: Sequence[Hashable]
) -> ExpectedShares:
    """From estimates on one scale; an item without one (NaN) stands at the mean of its cell with the median slope.

    Difficulties are drawn towards the mean of their cell as far as their errors say. Raises NothingToShrink.
    """
    shrunken = shrink_to_cells(difficulty, error, cells=cells)
    slopes = np.where(np.isfinite(slope), slope, np.nanmedian(slope))
    shares = ItemParameters(slopes, shrunken.value, np.zeros(len(cells))).probability(ABILITIES).T
    # dP/db = -a P Q
    return ExpectedShares(shares, slopes[:, None] * shares * (1 - shares) * shrunken.error[:, None])
