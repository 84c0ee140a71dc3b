"""How hard items are: the mean share of the points, as those found it who had the item in their paper."""

import numpy as np

from question_bank.statistics.figures import Z95, Figure, Floats, divide, figures
from question_bank.statistics.responses import Totals


def facility_of(totals: Totals) -> list[Figure]:
    """Mean share per item with its standard error and the Wilson interval.

    The error is s/sqrt(n) with s of the shares (n in the denominator), which is sqrt(p(1 - p)/n) for right and wrong.
    With shares between 0 and 1 the interval is wider than need be, since no share varies more than right and wrong.
    Source: Wilson, JASA 22 (1927), 209–212; Brown, Cai and DasGupta, Statistical Science 16 (2001), 101–133.
    """
    n = totals.item_n.astype(np.float64)
    mean = totals.facility
    variance = np.maximum(divide(totals.item_squares, n) - mean**2, 0.0)
    low, high = wilson(mean, n)
    return figures(totals.item_n, mean, error=np.sqrt(divide(variance, n)), low=low, high=high)


def wilson(share: Floats, n: Floats, *, z: float = Z95) -> tuple[Floats, Floats]:
    """The score interval of a share of `n`; NaN without anybody and for what is no share."""
    square = z * z
    share = np.where((share >= 0) & (share <= 1), share, np.nan)
    centre = divide(n * share + square / 2, np.where(n > 0, n + square, 0.0))
    inside = np.maximum(n * share * (1 - share) + square / 4, 0.0)
    half = divide(z * np.sqrt(inside), np.where(n > 0, n + square, 0.0))
    return np.clip(centre - half, 0, 1), np.clip(centre + half, 0, 1)
