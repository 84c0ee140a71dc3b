"""A list of questions in data as a table, so that it is read by the same rules as a spreadsheet."""

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from question_bank.formats.column_mapping import place_name
from question_bank.formats.excel_layout import MAX_OPTION_COLUMNS, Column
from question_bank.formats.json_records import QuestionList, is_options, is_text, spelled
from question_bank.formats.workbook import CellValue, Sheet
from question_bank.text import fold
from question_bank.types.content import option_label

_OPTION_WORDS = frozenset({"options", "choices", "answers", "alternatives", "phuong", "lua", "dap"})
_KEY_WORDS = frozenset({"answer", "answers", "correct", "key", "keys", "solution", "right", "dap"})
_TEXT_WORDS = ("text", "content", "answer", "option", "choice", "title", "value", "noi dung")
_FLAG_WORDS = frozenset({"correct", "right", "true", "is correct", "iscorrect", "dung", "key", "answer"})
_OWN_LABEL = re.compile(r"\s*\(?[A-Ha-h]\s?[.):]")


@dataclass(slots=True)
class DataTable:
    """The table; `fields` names the field behind each column. By row (from 0): `ambiguous`, a key that is a number
    of which nobody can tell where counting begins, and `option_counts`, how many options it has.
    `sheet.rows[0]` are the headings, row n is `numbers[n - 1]`.
    """

    sheet: Sheet
    numbers: list[int]
    fields: list[str]
    ambiguous: dict[int, str] = field(default_factory=dict)
    option_counts: list[int] = field(default_factory=list)


def table_of(found: QuestionList) -> DataTable:
    """Return the table of the list's readable entries: one row each, one column for each field or option."""
    records = [entry.record for entry in found.entries if entry.record is not None]
    options = _options_field(records)
    key = _key_field(records, options)
    width = max((len(_texts(record.get(options))) for record in records), default=0) if options else 0
    scalars = list(dict.fromkeys(name for record in records for name in _flat(record, options)))
    fields = [*scalars, *[options or ""] * width]
    headings: list[CellValue] = [spelled(name) for name in scalars]
    headings += [
        place_name(index) if index < MAX_OPTION_COLUMNS else option_label(index) for index in range(width)
    ]
    is_marked = options is not None and any(_flagged(record.get(options)) for record in records)
    comments = options is not None and any(_comments(record.get(options)) for record in records)
    headings += [Column.KEY.value] * is_marked + [Column.RATIONALE.value] * comments
    fields += [options or ""] * (is_marked + comments)
    base = _base(records, options, key)
    table = DataTable(Sheet(found.name, [headings], {}), [], fields)
    for entry in (entry for entry in found.entries if entry.record is not None):
        record = entry.record or {}
        held = record.get(options) if options is not None else None
        flat, texts = _flat(record, options), _texts(held)
        if key is not None and key in record:
            flat[key] = _key_text(record[key], held, base=base)
            if isinstance(record[key], int) and not isinstance(record[key], bool) and base is None and texts:
                table.ambiguous[len(table.numbers)] = str(record[key])
        row: list[CellValue] = [flat.get(name, "") for name in scalars]
        row += [*texts, *[""] * (width - len(texts))]
        row += [_flagged(held)] * is_marked + [_comments(held)] * comments
        table.sheet.rows.append(row)
        table.numbers.append(entry.number)
        table.option_counts.append(len(texts))
    return table


def _options_field(records: Sequence[Mapping[str, object]]) -> str | None:
    """Return the field in which most records have their options; a name that says so, or marks, decide."""
    counts = Counter(name for record in records for name, value in record.items() if is_options(value))
    frequent = [name for name, count in counts.items() if count > 0.3 * len(records)]

    def weight(name: str) -> tuple[int, int]:
        named = bool(_OPTION_WORDS & set(fold(spelled(name)).split()))
        marked = any(_flagged(record.get(name)) for record in records)
        return 2 * named + 3 * marked, counts[name]

    return max(frequent, key=weight, default=None)


def _key_field(records: Sequence[Mapping[str, object]], options: str | None) -> str | None:
    names = dict.fromkeys(name for record in records for name in record if name != options)
    named = [name for name in names if _KEY_WORDS & set(fold(spelled(name)).split())]
    return next((name for name in named if any(_is_key(record.get(name)) for record in records)), None)


def _is_key(value: object) -> bool:
    return isinstance(value, str | int) or (isinstance(value, list) and all(map(is_text, value)))


def _flat(record: Mapping[str, object], options: str | None, before: str = "") -> dict[str, CellValue]:
    """Return every field but the options; those of objects inside by their path, lists as one text."""
    found: dict[str, CellValue] = {}
    for name, value in record.items():
        path = f"{before}{name}"
        if path == options or value is None:
            continue
        if isinstance(value, Mapping):
            found |= _flat(value, None, f"{path}.")
        elif isinstance(value, list):
            found[path] = ", ".join(_shown(one) for one in value)
        else:
            found[path] = value if isinstance(value, str | bool) else _shown(value)
    return found


def _shown(value: object) -> str:
    return str(value) if is_text(value) else json.dumps(value, ensure_ascii=False)


def _members(options: object) -> list[tuple[str, object]]:
    """Return (id, option) in order; letters of an object put its texts in order."""
    if isinstance(options, Mapping):
        return sorted((str(name), value) for name, value in options.items())
    if not isinstance(options, list):
        return []
    return [(_id_of(option), option) for option in options]


def _id_of(option: object) -> str:
    if not isinstance(option, Mapping):
        return ""
    names = ("id", "key", "label", "letter")
    return next((str(option[name]) for name in names if name in option and is_text(option[name])), "")


def _texts(options: object) -> list[str]:
    return [_text_of(option) for _id, option in _members(options)]


def _text_of(option: object) -> str:
    if not isinstance(option, Mapping):
        return _shown(option)
    texts = {fold(spelled(str(name))): value for name, value in option.items() if isinstance(value, str)}
    named = next((texts[name] for name in _TEXT_WORDS if name in texts), None)
    return named if named is not None else next(iter(texts.values()), "")


def _flag_of(option: object) -> bool | None:
    """Return whether the option is marked as right; None where nothing in it says so."""
    if not isinstance(option, Mapping):
        return None
    flags = {fold(spelled(str(name))): value for name, value in option.items()}
    for name, value in flags.items():
        if isinstance(value, bool) or (name in _FLAG_WORDS and value in (0, 1)):
            return bool(value)
    return None


def _flagged(options: object) -> str:
    """Return the letters of the options that are marked as right, as a key column has them."""
    flags = [_flag_of(option) for _id, option in _members(options)]
    if not flags or None in flags:
        return ""
    return ", ".join(option_label(index) for index, flag in enumerate(flags) if flag)


def _comments(options: object) -> str:
    """Return what is said beside each option, by its letter: it explains the key."""
    lines = []
    for index, (_id, option) in enumerate(_members(options)):
        if not isinstance(option, Mapping):
            continue
        text = _text_of(option)
        said = [v for v in option.values() if isinstance(v, str) and v not in (text, _id) and len(v) > 2]
        lines += [f"{option_label(index)}. {'; '.join(said)}"] if said else []
    return "\n".join(lines)


def _base(records: Sequence[Mapping[str, object]], options: str | None, key: str | None) -> int | None:
    """Return where keys that are numbers begin to count, as all records together show it; None where they do not."""
    if key is None or options is None:
        return None
    pairs = [(record.get(key), len(_texts(record.get(options)))) for record in records]
    numbers = [(number, count) for value, count in pairs for number in _numbers(value) if count]
    if any(number == 0 for number, _count in numbers) or "index" in spelled(key).split():
        return 0
    return 1 if any(number == count for number, count in numbers) else None


def _numbers(value: object) -> list[int]:
    values = value if isinstance(value, list) else [value]
    return [one for one in values if isinstance(one, int) and not isinstance(one, bool)]


def _key_text(value: object, options: object, *, base: int | None) -> CellValue:
    """Return the key as a key column has it: letters where it names options, else as it stands."""
    if isinstance(value, bool):
        return value
    members = _members(options)
    values = value if isinstance(value, list) else [value]
    letters = [_letter(one, members, base=base) for one in values]
    if all(letters) and members:
        return ", ".join(letters)
    return ", ".join(_shown(one) for one in values if one is not None) if not _numbers(value) else ""


def _letter(value: object, members: Sequence[tuple[str, object]], *, base: int | None) -> str:
    """Return the letter of the option that a key names by number, id or text; empty where it names none."""
    if isinstance(value, int) and not isinstance(value, bool):
        place = value - base if base is not None else -1
        return option_label(place) if 0 <= place < len(members) else ""
    text = str(value).strip()
    places = [place for place, (own, option) in enumerate(members) if text in (own, _text_of(option).strip())]
    is_label = re.fullmatch(r"[A-Ha-h]", text) is not None and not places
    if is_label:
        return text.upper() if ord(text.upper()) - ord("A") < len(members) else ""
    return option_label(places[0]) if len(places) == 1 else ""
