"""Lists of questions in data files: JSON, JSON lines, and arrays and objects written in JavaScript.

JavaScript is never run: what stands behind an assignment is read as JSON5, and anything that is not data is refused.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import pyjson5

from question_bank.formats.encoding import UnreadableText
from question_bank.text import fold

MAX_DEPTH = 60
LONGEST_SHOWN = 80
_ASSIGNED = re.compile(
    r"^[ \t]*(?:(?:export[ \t]+)?(?:const|let|var)[ \t]+[\w$]+[ \t]*=|export[ \t]+default\b|"
    r"(?:module\.)?exports(?:\.[\w$]+)?[ \t]*=|(?:window|globalThis|self)\.[\w$]+[ \t]*=)\s*(?=[\[{])"
    # `{a, b}` only names what stands elsewhere.
    r"(?!\{[\s\w$,]*\})",
    re.MULTILINE,
)
# A brace of GIFT or of cloze text holds an answer, not a name with a colon.
_OPENING = re.compile(
    r"""\{\s*(?:"[^"\n]*"|'[^'\n]*'|[A-Za-z_$][\w$]*)\s*:|\[\s*[{\["']""",
)
_COMMENT = re.compile(r"\s*(?://[^\n]*\n|/\*.*?\*/)", re.DOTALL)
_PLACE = re.compile(r"near (\d+)")
_WORD_BORDER = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[_\-.\s]+")
_LETTER = re.compile(r"[a-h]")


@dataclass(frozen=True, slots=True)
class Entry:
    """A member of a list: the number by which a person finds it (its line, or its place from 1), and what it says.

    `record` is None where it could not be read or is no object.
    """

    number: int
    record: Mapping[str, object] | None
    code: str = ""


@dataclass(frozen=True, slots=True)
class QuestionList:
    """A list of questions; `name` is the path to it in the file."""

    name: str
    entries: tuple[Entry, ...] = field(default=())


def looks_like_data(text: str) -> bool:
    """Tell whether a text is data rather than prose: it begins as JSON does, or assigns an array or object."""
    return (
        _OPENING.match(text, _after_comments(text)) is not None or _ASSIGNED.search(text[:20_000]) is not None
    )


def question_lists(text: str) -> tuple[QuestionList, ...]:
    """Return every list in the file most of whose members look like questions, in the order of the file.

    Raises:
        UnreadableText: `data_malformed` with the line, `data_without_questions`.
    """
    lines = _json_lines(text)
    if lines is not None:
        found = [QuestionList("JSON", lines)] if _is_questions(lines) else []
    else:
        found = [one for value in _values(text) for one in _lists_in(value, ())]
    if not found:
        raise UnreadableText("data_without_questions")
    return _with_own_names(found)


def spelled(name: str) -> str:
    """Return the name of a field as words: `correctAnswer` is "correct answer"."""
    return " ".join(_WORD_BORDER.sub(" ", name).split()).lower()


def is_text(value: object) -> bool:
    """Tell whether a value is a text or a number that can stand for one."""
    return isinstance(value, str | int | float) and not isinstance(value, bool)


def is_options(value: object) -> bool:
    """Tell whether a value is two options or more: texts, objects with a text, or texts by their letters."""
    if isinstance(value, Mapping):
        names = [fold(str(name)) for name in value]
        return len(names) > 1 and all(map(_LETTER.fullmatch, names)) and all(map(is_text, value.values()))
    if not isinstance(value, list) or len(value) < 2:
        return False
    if all(map(is_text, value)):
        return True
    return all(isinstance(one, Mapping) and any(isinstance(v, str) for v in one.values()) for one in value)


def _json_lines(text: str) -> tuple[Entry, ...] | None:
    """Return the entries of a file that holds one object a line, or None where it is no such file."""
    lines = [(number, line) for number, line in enumerate(text.split("\n"), start=1) if line.strip()]
    objects = [line for _number, line in lines if line.strip()[:1] == "{" and line.strip()[-1:] == "}"]
    if len(lines) < 2 or len(objects) < 0.5 * len(lines) or not _is_object(objects[0]):
        return None
    return tuple(_line_entry(number, line) for number, line in lines)


def _is_object(text: str) -> bool:
    try:
        return isinstance(pyjson5.decode(text, MAX_DEPTH), Mapping)
    except pyjson5.Json5Exception:
        return False


def _line_entry(number: int, line: str) -> Entry:
    try:
        value = pyjson5.decode(line, MAX_DEPTH)
    except pyjson5.Json5Exception:
        return Entry(number, None, "data_line_malformed")
    return _entry(number, value)


def _entry(number: int, value: object) -> Entry:
    is_question = isinstance(value, Mapping) and _is_question(value)
    if isinstance(value, Mapping) and is_question:
        return Entry(number, value)
    return Entry(number, None, "data_not_a_question")


def _values(text: str) -> Iterator[object]:
    start = _after_comments(text)
    places = [start] if text[start : start + 1] in ("{", "[") else []
    places = places or [match.end() for match in _ASSIGNED.finditer(text)]
    if not places:
        raise UnreadableText("data_without_questions")
    for place in places:
        try:
            # What stands behind the value is a semicolon, an export, or a program: it is not looked at.
            yield pyjson5.decode(text[place:], MAX_DEPTH, True)
        except pyjson5.Json5Exception as error:
            near = _PLACE.search(str(error))
            line = text.count("\n", 0, place + int(near[1]) if near else place) + 1
            raise UnreadableText("data_malformed", {"line": line}) from error


def _after_comments(text: str) -> int:
    place = 0
    while match := _COMMENT.match(text, place):
        place = match.end()
    return place + len(text[place : place + 1000]) - len(text[place : place + 1000].lstrip())


def _lists_in(value: object, path: Sequence[str]) -> Iterator[QuestionList]:
    if isinstance(value, list):
        entries = tuple(_entry(number, one) for number, one in enumerate(value, start=1))
        if _is_questions(entries):
            yield QuestionList(".".join(path)[:LONGEST_SHOWN] or "JSON", entries)
            return
        for number, one in enumerate(value, start=1):
            yield from _lists_in(one, [*path, str(number)])
    elif isinstance(value, Mapping):
        if _is_question(value) and not path:
            yield QuestionList("JSON", (Entry(1, value),))
            return
        for name, one in value.items():
            yield from _lists_in(one, [*path, str(name)])


def _is_questions(entries: Sequence[Entry]) -> bool:
    count = sum(entry.record is not None for entry in entries)
    return count > 0 and count >= 0.5 * len(entries)


def _is_question(record: Mapping[str, object]) -> bool:
    has_text = any(isinstance(value, str) and len(value) > 5 for value in record.values())
    letters = sum(_LETTER.fullmatch(fold(str(name))) is not None for name in record)
    has_options = any(is_options(value) for value in record.values()) or letters > 1
    has_both = {"question", "answer"} <= {spelled(str(name)) for name in record}
    return has_text and (has_options or has_both)


def _with_own_names(found: Sequence[QuestionList]) -> tuple[QuestionList, ...]:
    """Two lists of one name are told apart by a number: a person names the columns of each."""
    seen: dict[str, int] = {}
    named = []
    for one in found:
        seen[one.name] = seen.get(one.name, 0) + 1
        name = one.name if seen[one.name] == 1 else f"{one.name} ({seen[one.name]})"
        named.append(QuestionList(name, one.entries))
    return tuple(named)
