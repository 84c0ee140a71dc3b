"""Percentages as other engines round them, and the exact shares that they stand for."""

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

_LARGEST_DENOMINATOR = 20
_ROUNDING = Fraction(1, 10_000)
_PERCENT_UNIT = Decimal("0.00001")
"""The digits by which Moodle tells its weights apart."""


def share_text(value: Decimal) -> str:
    """Return the exact share that a rounded one means: 0.3333333 is `1/3`, 0.25 stays `0.25`.

    The nearest fraction with a denominator up to 20 counts, if it is within a ten-thousandth.
    """
    exact = Fraction(value)
    nearest = exact.limit_denominator(_LARGEST_DENOMINATOR)
    if abs(nearest - exact) > _ROUNDING:
        return decimal_text(value)
    numerator, denominator = nearest.numerator, nearest.denominator
    for prime in (2, 5):
        while denominator % prime == 0:
            denominator //= prime
    if denominator != 1:
        return f"{nearest.numerator}/{nearest.denominator}"
    return decimal_text(Decimal(numerator) / Decimal(nearest.denominator))


def percent_text(share: str | Fraction) -> str:
    """Return a share as a percentage of at most five digits after the point: `1/3` is `33.33333`."""
    exact = Fraction(share) * 100
    percent = Decimal(exact.numerator) / Decimal(exact.denominator)
    return decimal_text(percent.quantize(_PERCENT_UNIT, rounding=ROUND_HALF_UP))


def decimal_text(value: Decimal) -> str:
    """Return a number without exponent, needless zeros or a minus before zero."""
    return f"{value.normalize():f}" if value else "0"
