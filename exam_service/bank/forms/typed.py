"""Fields of answers that are typed: accepted texts and numbers, of an item or of a gap."""

from typing import Any

from exam_service.bank.forms.fields import Fields
from exam_service.bank.forms.numbers import Errors, percent, read_decimal, read_percent
from question_bank.numerals import vietnamese_number
from question_bank.types.answers import NumberKey, TextKey
from question_bank.types.numeric import Numeric, UnitRule
from question_bank.types.short_text import ShortText

_SWITCHES = ("is_case_sensitive", "ignores_diacritics", "has_wildcards")


def show_texts(fields: Fields, key: TextKey) -> None:
    """Put accepted texts and how they are compared."""
    _clear(fields)
    for answer in key.answers:
        _entry, below = fields.add("answers")
        below.put("text", answer.text)
        below.put("share", percent(answer.share))
    start_answers(fields)
    for name in _SWITCHES:
        fields.tick(name, getattr(key, name))
    fields.put("width", key.width)


def _clear(fields: Fields) -> None:
    for entry in fields.ids("answers"):
        fields.remove("answers", entry)


def read_texts(fields: Fields, errors: Errors) -> dict[str, Any]:
    """Accepted texts; empty rows are no answers."""
    answers = [
        {"text": below.text("text"), "share": read_percent(below, "share", errors, default="1")}
        for _entry, below in fields.entries("answers")
        if below.text("text").strip()
    ]
    width = fields.text("width")
    return {
        "answers": answers,
        "width": width if width in ("s", "m", "l") else "m",
        **{name: fields.is_on(name) for name in _SWITCHES},
    }


def show_numbers(fields: Fields, key: NumberKey) -> None:
    """Put accepted values with their tolerance."""
    _clear(fields)
    for answer in key.answers:
        _entry, below = fields.add("answers")
        below.put("text", vietnamese_number(answer.value))
        below.put("tolerance", vietnamese_number(answer.tolerance))
        below.put("share", percent(answer.share))
    start_answers(fields)
    fields.put("unit", key.unit)
    fields.tick("accepts_either_reading", key.accepts_either_reading)


def read_numbers(fields: Fields, errors: Errors) -> dict[str, Any]:
    """Accepted values; empty rows are no answers."""
    answers = []
    for _entry, below in fields.entries("answers"):
        value = read_decimal(below, "text", errors, default=None)
        if value is not None:
            tolerance = read_decimal(below, "tolerance", errors, default="0")
            share = read_percent(below, "share", errors, default="1")
            answers.append({"value": value, "tolerance": tolerance, "share": share})
    return {
        "answers": answers,
        "unit": fields.text("unit"),
        "accepts_either_reading": fields.is_on("accepts_either_reading"),
    }


def start_answers(fields: Fields) -> None:
    """Give an empty list of answers its first row."""
    if not fields.ids("answers"):
        fields.add("answers")


def show_short_text(fields: Fields, content: ShortText) -> None:
    show_texts(fields, content)


def read_short_text(fields: Fields, errors: Errors) -> dict[str, Any]:
    return read_texts(fields, errors)


def show_numeric(fields: Fields, content: Numeric) -> None:
    show_numbers(fields, content)
    fields.put("unit_rule", content.unit_rule.value)
    fields.put("unit_aliases", "; ".join(content.unit_aliases))


def read_numeric(fields: Fields, errors: Errors) -> dict[str, Any]:
    rule = fields.text("unit_rule")
    aliases = [alias.strip() for alias in fields.text("unit_aliases").split(";") if alias.strip()]
    return {
        **read_numbers(fields, errors),
        "unit_rule": rule if rule in set(UnitRule) else UnitRule.NONE.value,
        "unit_aliases": aliases[:20],
    }
