"""Reading the numbers that people type in Vietnam, exactly.

The comma is the decimal sign and dots or spaces part thousands; other habits are read where they are not
ambiguous:

| typed | value | why |
|---|---|---|
| 1.234,5 · 1 234,5 | 1234.5 | Vietnamese |
| 1,234.5 | 1234.5 | of two signs the last one is the decimal sign |
| 33,333 | 33.333 | a lone comma is the decimal sign |
| 33.333 | 33333 | a lone dot before exactly three digits parts thousands |
| 3.14 · 0.125 · 1234.567 | 3.14 · 0.125 · 1234.567 | no thousands can be meant |
| 1.234.567 · 1,234,567 | 1234567 | a repeated sign parts thousands |
| 1e3 · 1,5×10^3 | 1000 · 1500 | scientific |
| −5 · –5 | -5 | typographic minus signs |
| 1.23.4 · 1,23,4 · 12 34 | none | no thousands, no decimals |
"""

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from question_bank.answer_text import answer_key

_NUMBER = re.compile(
    r"(?P<sign>[-+]?) ?(?P<digits>[0-9]+(?:[., ][0-9]+)*|[.,][0-9]+)"
    r"(?:(?:e|E| ?[x×*·] ?10 ?\^ ?)(?P<exponent>[-+]?[0-9]{1,2})(?![0-9]))?"
)
_THOUSANDS = {sign: re.compile(rf"[0-9]{{1,3}}(?:{re.escape(sign)}[0-9]{{3}})+") for sign in (".", ",", " ")}
_LONE_THOUSANDS = re.compile(r"[1-9][0-9]{0,2}[.,][0-9]{3}")
_MAX_DIGITS = 64


@dataclass(frozen=True, slots=True)
class TypedNumber:
    """A number as typed: its readings, the Vietnamese one first, and what stands behind it (the unit)."""

    readings: tuple[Decimal, ...]
    unit: str


def read_number(text: str) -> TypedNumber | None:
    """Return the number at the beginning of the text and the rest as its unit; None where there is none.

    There are two readings only where a lone comma or dot could be either sign, as in "33.333".
    """
    cleaned = answer_key(text, is_case_sensitive=True)
    match = _NUMBER.match(cleaned)
    if match is None or len(match["digits"]) > _MAX_DIGITS:
        return None
    plain = [_plain_decimal(match["digits"], sign) for sign in _decimal_signs(match["digits"])]
    sign, exponent = match["sign"], match["exponent"] or "0"
    # Made from text: arithmetic would round to the precision of the context.
    readings = tuple(Decimal(f"{sign}{number}e{exponent}") for number in plain if number)
    return TypedNumber(readings, cleaned[match.end() :].strip()) if readings else None


Sign = Literal[".", ",", ""]


def _decimal_signs(digits: str) -> tuple[Sign, ...]:
    """Return what may be the decimal sign, the likeliest first; "" where nothing is."""
    dots, commas = digits.count("."), digits.count(",")
    if dots and commas:
        return (".",) if digits.rindex(".") > digits.rindex(",") else (",",)
    if dots + commas != 1:
        return ("",)
    sign: Sign = "." if dots else ","
    if not _LONE_THOUSANDS.fullmatch(digits):
        return (sign,)
    return ("", ".") if dots else (",", "")


def _plain_decimal(digits: str, decimal_sign: Sign) -> str | None:
    whole, _, decimals = digits.rpartition(decimal_sign) if decimal_sign else (digits, "", "")
    if decimals and not decimals.isdecimal():
        return None
    parting = [sign for sign in _THOUSANDS if sign in whole]
    if len(parting) > 1 or any(not _THOUSANDS[sign].fullmatch(whole) for sign in parting):
        return None
    whole = re.sub(r"[., ]", "", whole)
    return f"{whole or '0'}.{decimals or '0'}"


def vietnamese_number(text: str) -> str:
    """Return a decimal text with the comma as decimal sign: "3.5" becomes "3,5"."""
    return text.replace(".", ",")
