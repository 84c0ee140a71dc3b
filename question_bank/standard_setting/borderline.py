"""The borderline zone: marks so near the cut that the error of one paper could have decided."""

from decimal import Decimal
from fractions import Fraction


def binomial_variance(share: Fraction, items: int) -> Fraction | None:
    """The squared conditional standard error of a share of `items` equal marks: share · (1 - share) / (items - 1).

    None for fewer than two items, which say nothing about their own error. Source: Lord (1957), Do tests of the same
    length have the same standard errors of measurement?, Educational and Psychological Measurement 17, 510-521.
    """
    if items < 2:
        return None
    return share * (1 - share) / (items - 1)


def is_borderline(share: Fraction, cut_percent: Decimal | Fraction, *, variance: Fraction | None) -> bool:
    """True within one standard error of the cut on either side, bounds included; compared in squares, so exactly.

    `variance` is that of shares at the cut; without one nothing is borderline.
    """
    if variance is None:
        return False
    return (share - Fraction(cut_percent) / 100) ** 2 <= variance
