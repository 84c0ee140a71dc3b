"""Fields of single and multiple choice: options with text and pin, the keyed ones, shares of the points."""

from typing import Any

from exam_service.bank.forms.fields import Fields
from exam_service.bank.forms.numbers import Errors, percent, read_count, read_percent
from question_bank.types.multiple_choice import MultipleChoice, MultipleChoiceRule
from question_bank.types.options import Option
from question_bank.types.single_choice import SingleChoice

FRESH_OPTIONS = 4


def show_options(fields: Fields, options: tuple[Option, ...], *, name: str = "options") -> None:
    """Put a list of options."""
    fields.put(name, *(option.id for option in options))
    for option in options:
        below = fields.below(name, option.id)
        below.put_rich("text", option.text)
        below.tick("pinned", option.pinned)


def read_options(fields: Fields, *, name: str = "options") -> list[dict[str, Any]]:
    """The list of options."""
    return [
        {"id": entry, "text": below.text("text"), "pinned": below.is_on("pinned")}
        for entry, below in fields.entries(name)
    ]


def start_options(fields: Fields, *, name: str = "options", count: int = FRESH_OPTIONS) -> None:
    """Give an empty list its first entries."""
    if not fields.ids(name):
        for _place in range(count):
            fields.add(name)


def _show_shares(fields: Fields, shares: dict[str, str]) -> None:
    for option, share in shares.items():
        fields.below("options", option).put("share", percent(share))


def _read_shares(fields: Fields, errors: Errors) -> dict[str, str]:
    found = {}
    for entry, below in fields.entries("options"):
        share = read_percent(below, "share", errors, default="0")
        if share != "0":
            found[entry] = share
    return found


def show_single(fields: Fields, content: SingleChoice) -> None:
    show_options(fields, content.options)
    fields.put("key", *([content.key] if content.key else []))
    fields.tick("order_locked", content.order_locked)
    _show_shares(fields, content.partial)
    fields.tick("has_partial", bool(content.partial))


def read_single(fields: Fields, errors: Errors) -> dict[str, Any]:
    keys = [key for key in fields.ids("options") if key in fields.all("key")]
    shares = _read_shares(fields, errors) if fields.is_on("has_partial") else {}
    return {
        "options": read_options(fields),
        "key": keys[0] if keys else None,
        "order_locked": fields.is_on("order_locked"),
        "partial": {option: share for option, share in shares.items() if option not in keys[:1]},
    }


def show_multiple(fields: Fields, content: MultipleChoice) -> None:
    show_options(fields, content.options)
    fields.put("key", *content.keys)
    fields.tick("order_locked", content.order_locked)
    fields.put("rule", content.rule.value)
    fields.put("max_choices", str(content.max_choices or ""))
    fields.put("floor", percent(content.floor))
    _show_shares(fields, content.weights)


def read_multiple(fields: Fields, errors: Errors) -> dict[str, Any]:
    rule = fields.text("rule", MultipleChoiceRule.ALL_OR_NOTHING.value)
    is_weighted = rule == MultipleChoiceRule.WEIGHTED.value
    return {
        "options": read_options(fields),
        "keys": [key for key in fields.ids("options") if key in fields.all("key")],
        "order_locked": fields.is_on("order_locked"),
        "rule": rule if rule in set(MultipleChoiceRule) else MultipleChoiceRule.ALL_OR_NOTHING.value,
        "weights": _read_shares(fields, errors) if is_weighted else {},
        "floor": read_percent(fields, "floor", errors, default="0") if is_weighted else "0",
        "max_choices": read_count(fields, "max_choices", errors, most=26),
    }
