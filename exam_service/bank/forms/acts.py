"""What the buttons of the editor do to its fields: rows are added, removed and moved, gaps made, a part's type changed.

An act is a verb and arguments, `verb:list:entry`, where the list is named in full, such as `parts.a1.options`.
"""

from collections.abc import Callable

from exam_service.bank.forms import cloze, essay, sequences
from exam_service.bank.forms.fields import MOST_ENTRIES, Fields
from exam_service.bank.forms.numbers import Errors
from exam_service.bank.forms.registry import MOST_PARTS, start_content, start_part

_MOST = {
    "options": 26,
    "targets": 26,
    "prompts": 26,
    "parts": MOST_PARTS,
    "levels": 20,
    "rubric": 20,
    "answers": 50,
}


def carry_out(fields: Fields, act: str, errors: Errors) -> str:
    """Change the fields as the act says; return the id of the element to focus. Unknown acts change nothing."""
    verb, *arguments = act.split(":")
    step = _VERBS.get(verb)
    return "" if step is None else step(fields, arguments, errors)


def _place(fields: Fields, path: str) -> tuple[Fields, str]:
    """The fields around a list, and its own name."""
    *steps, name = path.split(".")
    return fields.below(*steps) if steps else fields, name


def _add(fields: Fields, arguments: list[str], errors: Errors) -> str:
    around, name = _place(fields, arguments[0] if arguments else "")
    if name not in _MOST or len(around.ids(name)) >= min(_MOST[name], MOST_ENTRIES):
        return ""
    entry, below = around.add(name)
    if name == "parts":
        start_part(below)
        return below.anchor("stem")
    if name == "rubric":
        essay.start_levels(around, entry)
        return below.anchor("name")
    return below.anchor("description" if name == "levels" else "text")


def _remove(fields: Fields, arguments: list[str], errors: Errors) -> str:
    if len(arguments) == 2:
        around, name = _place(fields, arguments[0])
        if name == "gaps":
            cloze.remove_gap(around, arguments[1])
        else:
            around.remove(name, arguments[1])
    return ""


def _mover(step: int) -> Callable[[Fields, list[str], Errors], str]:
    def move(fields: Fields, arguments: list[str], errors: Errors) -> str:
        if len(arguments) != 2:
            return ""
        around, name = _place(fields, arguments[0])
        around.move(name, arguments[1], step=step)
        return around.below(name, arguments[1]).anchor("text" if name != "parts" else "stem")

    return move


def _retype(fields: Fields, arguments: list[str], errors: Errors) -> str:
    around = fields.below(*arguments[0].split(".")) if arguments and arguments[0] else fields
    start_content(around)
    return around.anchor("type")


def _make_gaps(fields: Fields, arguments: list[str], errors: Errors) -> str:
    around = fields.below(*arguments[0].split(".")) if arguments and arguments[0] else fields
    cloze.make_gaps(around)
    return around.anchor("stem")


def _take_judgements(fields: Fields, arguments: list[str], errors: Errors) -> str:
    around = fields.below(*arguments[0].split(".")) if arguments and arguments[0] else fields
    sequences.take_judgements(around, errors)
    return around.anchor("judgements")


_VERBS: dict[str, Callable[[Fields, list[str], Errors], str]] = {
    "add": _add,
    "remove": _remove,
    "up": _mover(-1),
    "down": _mover(1),
    "retype": _retype,
    "gaps": _make_gaps,
    "consensus": _take_judgements,
}
