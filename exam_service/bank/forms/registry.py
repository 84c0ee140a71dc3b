"""The form of each item type, and the fields that every item has."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from exam_service.bank.forms import choices, cloze, essay, matching, sequences, statements, typed
from exam_service.bank.forms.fields import Fields
from exam_service.bank.forms.numbers import Errors, read_count
from question_bank.items import AnyContent
from question_bank.types.case import MAX_PARTS, Case

FIRST_TYPE = "single_choice"


@dataclass(frozen=True)
class TypeForm:
    """How content of a type stands in fields; `start` gives a fresh item its first rows."""

    show: Callable[[Fields, Any], None]
    read: Callable[[Fields, Errors], dict[str, Any]]
    start: Callable[[Fields], None] = lambda _fields: None


def _show_case(fields: Fields, content: Case) -> None:
    fields.put("parts", *(part.id for part in content.parts))
    for part in content.parts:
        below = fields.below("parts", part.id)
        below.put("weight", str(part.weight))
        show_content(below, part.content)


def _read_case(fields: Fields, errors: Errors) -> dict[str, Any]:
    return {
        "parts": [
            {
                "id": entry,
                "weight": max(1, read_count(below, "weight", errors, default=1, most=1000)),
                "content": read_content(below, errors),
            }
            for entry, below in fields.entries("parts")
        ]
    }


def start_part(below: Fields) -> None:
    """Give a fresh part of a case its type and rows."""
    below.put("type", below.text("type", FIRST_TYPE))
    below.put("weight", below.text("weight", "1"))
    start_content(below)


def _start_case(fields: Fields) -> None:
    if not fields.ids("parts"):
        for _place in range(2):
            _entry, below = fields.add("parts")
            start_part(below)


FORMS: dict[str, TypeForm] = {
    "single_choice": TypeForm(choices.show_single, choices.read_single, choices.start_options),
    "multiple_choice": TypeForm(choices.show_multiple, choices.read_multiple, choices.start_options),
    "true_false": TypeForm(statements.show_true_false, statements.read_true_false),
    "true_false_cluster": TypeForm(
        statements.show_cluster, statements.read_cluster, statements.start_statements
    ),
    "short_text": TypeForm(typed.show_short_text, typed.read_short_text, typed.start_answers),
    "numeric": TypeForm(typed.show_numeric, typed.read_numeric, typed.start_answers),
    "cloze": TypeForm(cloze.show_cloze, cloze.read_cloze, cloze.start_gaps),
    "matching": TypeForm(matching.show_matching, matching.read_matching, matching.start_matching),
    "ordering": TypeForm(sequences.show_ordering, sequences.read_ordering, choices.start_options),
    "ranking": TypeForm(sequences.show_ranking, sequences.read_ranking, choices.start_options),
    "essay": TypeForm(essay.show_essay, essay.read_essay, essay.start_essay),
    "case": TypeForm(_show_case, _read_case, _start_case),
}
"""Every type that can be written in the editor; an unsupported question is rewritten as one of them."""

PART_TYPES = tuple(name for name in FORMS if name != "case")
MOST_PARTS = MAX_PARTS


def type_of(fields: Fields) -> str:
    """The type that the fields are of."""
    name = fields.text("type", FIRST_TYPE)
    known = FORMS if not fields.prefix else PART_TYPES
    return name if name in known else FIRST_TYPE


def show_content(fields: Fields, content: AnyContent) -> None:
    """Put everything that the content says."""
    fields.put("type", content.type)
    fields.put_rich("stem", content.stem)
    fields.put_rich("rationale", content.rationale)
    if content.type in FORMS:
        FORMS[content.type].show(fields, content)


def read_content(fields: Fields, errors: Errors) -> dict[str, Any]:
    """The content that the fields make, as JSON values; what could not be read is in `errors`."""
    name = type_of(fields)
    own = {"type": name, "stem": fields.text("stem"), "rationale": fields.text("rationale")}
    return {**own, **FORMS[name].read(fields, errors)}


def start_content(fields: Fields) -> None:
    """Give the fields the rows that a fresh item of their type begins with."""
    FORMS[type_of(fields)].start(fields)


def fields_of(content: AnyContent) -> Fields:
    """The fields that show the content."""
    fields = Fields()
    show_content(fields, content)
    return fields
