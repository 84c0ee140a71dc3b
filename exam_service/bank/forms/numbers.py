"""Numbers as authors type them: shares as percentages or fractions, decimals with a comma."""

from fractions import Fraction

from pydantic import TypeAdapter, ValidationError

from exam_service.bank.forms.fields import Fields
from exam_service.i18n import gettext as _
from question_bank.numerals import read_number, vietnamese_number
from question_bank.shares import DecimalText, Share, decimal_text, nearest_share, share_text, share_value

Errors = dict[str, str]
"""Whole name of a field → why what stands in it could not be taken over."""

_share: TypeAdapter[str] = TypeAdapter(Share)
_decimal: TypeAdapter[str] = TypeAdapter(DecimalText)
_PERCENT_PLACES = 4


def percent(share: str) -> str:
    """A share as its author edits it: "50", "12,5"; "1/3" where the percentage does not end."""
    hundredths = share_value(share) * 100
    if (hundredths * 10**_PERCENT_PLACES).denominator != 1:
        return share
    return vietnamese_number(share_text(hundredths))


def read_percent(fields: Fields, name: str, errors: Errors, *, default: str) -> str:
    """The share typed as "50", "12,5 %" or "1/3"; `default` where nothing stands, or nothing readable."""
    typed = fields.text(name).strip().rstrip("%").strip()
    if not typed:
        return default
    try:
        if "/" in typed:
            return _share.validate_python(typed.replace(" ", ""))
        number = read_number(typed)
        if number is not None and not number.unit:
            return _share.validate_python(nearest_share(Fraction(number.readings[0]) / 100))
    except (ValidationError, ValueError):
        pass
    errors[fields.name(name)] = _("Tỷ lệ điểm phải là số phần trăm như 50 hoặc phân số như 1/3.")
    return default


def read_share(typed: str) -> str | None:
    """The share typed as a part of one ("0,25", "1/3"), or None."""
    text = typed.strip()
    try:
        if "/" in text:
            return _share.validate_python(text.replace(" ", ""))
        number = read_number(text)
        return None if number is None else _share.validate_python(decimal_text(number.readings[0]))
    except (ValidationError, ValueError):
        return None


def read_decimal(fields: Fields, name: str, errors: Errors, *, default: str | None) -> str | None:
    """The decimal number typed in Vietnamese, as exact text; `default` where nothing readable stands."""
    typed = fields.text(name).strip()
    if not typed:
        return default
    number = read_number(typed)
    if number is not None and not number.unit:
        try:
            return _decimal.validate_python(decimal_text(number.readings[0]))
        except ValidationError:
            pass
    errors[fields.name(name)] = _("“%(text)s” không phải là số. Hãy ghi như 3,5.", text=typed[:40])
    return default


def read_count(fields: Fields, name: str, errors: Errors, *, default: int = 0, most: int = 100_000) -> int:
    """The whole number typed, 0 or more."""
    typed = fields.text(name).strip().replace(".", "")
    if not typed:
        return default
    if typed.isascii() and typed.isdecimal() and int(typed) <= most:
        return int(typed)
    errors[fields.name(name)] = _("Hãy ghi một số nguyên từ 0 đến %(most)s.", most=most)
    return default
