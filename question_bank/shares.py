"""Exact numbers as text: shares of an item's points and decimal values. JSON of an item holds no floats."""

import re
from decimal import Decimal
from fractions import Fraction
from typing import Annotated

from pydantic import AfterValidator, StringConstraints

LARGEST_DENOMINATOR = 20
SHARE_TOLERANCE = Fraction(1, 10_000)
_MAX_DECIMALS = 12


def share_value(text: str) -> Fraction:
    """Return the value of a share's text: "0.25", "1/3", "-1/2"."""
    return Fraction(text)


def share_text(value: Fraction) -> str:
    """Return the one spelling of a share: decimal where that is exact within twelve places, else "a/b"."""
    scaled = value * 10**_MAX_DECIMALS
    if scaled.denominator != 1:
        return f"{value.numerator}/{value.denominator}"
    return decimal_text(Decimal(scaled.numerator).scaleb(-_MAX_DECIMALS))


def decimal_text(value: Decimal) -> str:
    """Return the plain decimal text without trailing zeros: "100", "3.5", "0"."""
    text = f"{value:f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def nearest_share(value: Fraction | Decimal | str) -> str:
    """Return the share that a rounded number of another program means: 0.3333333 becomes "1/3".

    It is the nearest n/d with d ≤ 20 within 1e-4, else the number as it stands.

    Source: the grade options of Moodle, `question/engine/bank.php` (match within a tolerance).
    """
    exact = Fraction(value)
    nearest = exact.limit_denominator(LARGEST_DENOMINATOR)
    return share_text(nearest if abs(nearest - exact) <= SHARE_TOLERANCE else exact)


def _normal_share(text: str) -> str:
    return share_text(share_value(text))


_LEADING_ZEROS = re.compile(r"^(-?)0+(?=[0-9])")


def _normal_decimal(text: str) -> str:
    # By text alone: a Decimal context would round what is longer than its precision.
    text = _LEADING_ZEROS.sub(r"\1", text)
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text


Share = Annotated[
    str,
    StringConstraints(max_length=24, pattern=r"^-?[0-9]{1,6}(\.[0-9]{1,12}|/[1-9][0-9]{0,5})?$"),
    AfterValidator(_normal_share),
]
"""A fraction of an item's points as text; equal values have one spelling."""

DecimalText = Annotated[
    str,
    StringConstraints(max_length=64, pattern=r"^-?[0-9]{1,30}(\.[0-9]{1,30})?$"),
    AfterValidator(_normal_decimal),
]
"""A decimal number as text; equal values have one spelling."""
