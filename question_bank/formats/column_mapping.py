"""Telling the columns of a spreadsheet with unknown headings: a guess, and what a person says instead."""

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from question_bank.formats.excel_layout import (
    MAX_OPTION_COLUMNS,
    Column,
    Header,
    column_named,
    option_named,
)
from question_bank.formats.workbook import CellValue, Sheet, cell_name, number_text
from question_bank.text import clean_text, fold
from question_bank.types.content import option_label

_SEARCHED_ROWS = 30
_SAMPLED_ROWS = 40
_SHOWN_SAMPLES = 3
_MAX_SHOWN_CHARS = 120
_KEY_VALUE = re.compile(r"\(?[A-Ha-h1-8]\)?(?:\s*[,;]\s*[A-Ha-h])*\.?")
_WORDS: tuple[tuple[Column, tuple[str, ...]], ...] = (
    (Column.KEY, ("dap an dung", "tra loi dung", "correct", "key", "dap an", "ket qua", "da")),
    (Column.STEM, ("cau hoi", "noi dung", "question", "de bai", "phan dan", "stem")),
    (Column.RATIONALE, ("giai thich", "loi giai", "huong dan", "explanation", "ghi chu dap an")),
    (Column.BASIS, ("can cu", "co so phap ly", "trich dan", "dieu khoan", "van ban", "nguon")),
    (Column.LEVEL, ("muc do", "cap do", "do kho", "level")),
    (Column.COMPETENCY, ("nang luc", "chuyen de", "hang muc", "linh vuc", "chu de")),
    (Column.TYPE, ("loai", "dang", "type")),
    (Column.PASSAGE, ("doan", "ngu lieu", "tinh huong", "passage")),
    (Column.TAGS, ("tu khoa", "tag", "nhan")),
    (Column.SEQUENCE, ("stt", "so thu tu", "so tt", "no")),
    (Column.SOURCE_ID, ("ma cau", "ma", "id", "code")),
)

Place = Column | int
"""What a column holds: a fact, or the option of that index."""
_Give = Callable[[int, Place | None], None]


@dataclass(frozen=True, slots=True)
class ColumnMapping:
    """What a person says of one sheet: the row of its headings (from 0; -1 for none) and the place of each column."""

    header_row: int
    places: Mapping[int, Place]

    def header(self) -> Header:
        """Return the header that the sheet is read by; columns that were given no place are left out."""
        columns = {place: column for column, place in self.places.items() if isinstance(place, Column)}
        options = {place: column for column, place in self.places.items() if isinstance(place, int)}
        return Header(self.header_row, columns, options)

    @property
    def is_enough(self) -> bool:
        """Tell whether questions can be read: there is a column of questions and one of keys or of options."""
        known = set(self.places.values())
        options = sum(isinstance(place, int) for place in known)
        return Column.STEM in known and (bool(known & {Column.KEY, Column.OPTIONS}) or options > 1)


@dataclass(frozen=True, slots=True)
class SheetColumns:
    """A sheet as a person is asked about it: the headings with samples of what stands below, and the guess.

    `fingerprint` names the headings, whatever the sheet is called: the same headings have the same meaning.
    """

    sheet: str
    headings: tuple[tuple[int, str], ...]
    samples: Mapping[int, tuple[str, ...]]
    guess: ColumnMapping
    fingerprint: str = field(default="")


def place_code(place: Place | None) -> str:
    """Return how a place is kept and posted: `STEM`, `option:2`; empty for none."""
    if place is None:
        return ""
    return f"option:{place}" if isinstance(place, int) else place.name


def parse_place(code: str) -> Place | None:
    """Return the place of a code, or None where it names none."""
    option = re.fullmatch(r"option:([0-9]{1,2})", code)
    if option:
        return int(option[1]) if int(option[1]) < MAX_OPTION_COLUMNS else None
    return Column[code] if code in Column.__members__ else None


def place_name(place: Place) -> str:
    """Return the heading of the place in the house template."""
    return option_label(place) if isinstance(place, int) else place.value


def describe_columns(sheet: Sheet) -> SheetColumns | None:
    """Return the sheet's columns with a guess at what they hold, or None for a sheet with nothing to ask about."""
    row = _heading_row(sheet)
    if row is None:
        return None
    below = sheet.rows[row + 1 : row + 1 + _SAMPLED_ROWS]
    width = max((len(cells) for cells in sheet.rows[row : row + 1 + _SAMPLED_ROWS]), default=0)
    headings = {column: _shown(_at(sheet.rows[row], column)) if row >= 0 else "" for column in range(width)}
    samples = {column: _samples(below, column) for column in range(width)}
    used = [column for column in range(width) if headings[column] or samples[column]]
    if len(used) < 2 or not any(samples.values()):
        return None
    return SheetColumns(
        sheet.name,
        tuple((column, headings[column] or cell_name(0, column)[:-1]) for column in used),
        {column: samples[column][:_SHOWN_SAMPLES] for column in used},
        ColumnMapping(row, _guess({c: headings[c] for c in used}, {c: samples[c] for c in used})),
        fingerprint([headings[column] for column in used]),
    )


def fingerprint(headings: Sequence[str]) -> str:
    """Return the name under which the meaning of these headings is remembered."""
    return hashlib.sha256("\n".join(fold(heading) for heading in headings).encode()).hexdigest()


def _heading_row(sheet: Sheet) -> int | None:
    """Return the first row of two texts or more that has another row as wide below it; titles stand alone."""
    widths = [sum(_shown(value) != "" for value in row) for row in sheet.rows[: _SEARCHED_ROWS + 1]]
    for index, width in enumerate(widths[:-1]):
        if width >= 2 and max(widths[index + 1 : index + 4]) >= 2:
            texts = [value for value in sheet.rows[index] if isinstance(value, str) and value.strip()]
            return index if len(texts) >= 2 else None
    return None


def _at(cells: Sequence[CellValue], column: int) -> CellValue:
    return cells[column] if column < len(cells) else ""


def _shown(value: CellValue) -> str:
    if isinstance(value, str):
        return clean_text(value)[:_MAX_SHOWN_CHARS]
    if isinstance(value, int | float) and not isinstance(value, bool):
        return number_text(value)
    return str(value)


def _samples(rows: Sequence[Sequence[CellValue]], column: int) -> tuple[str, ...]:
    return tuple(text for cells in rows if (text := _shown(_at(cells, column))))


def _guess(headings: Mapping[int, str], samples: Mapping[int, tuple[str, ...]]) -> dict[int, Place]:
    """Return the likely place of each column: by its heading, by words in it, then by what stands below."""
    places: dict[int, Place] = {}

    def give(column: int, place: Place | None) -> None:
        if place is not None and column not in places and place not in places.values():
            places[column] = place

    for column, heading in headings.items():
        give(column, option_named(heading) if option_named(heading) is not None else column_named(heading))
    for place, words in _WORDS:
        for column, heading in headings.items():
            if _has_word(heading, words):
                give(column, place)
    free = [column for column in headings if column not in places]
    _guess_key(free, samples, give)
    _guess_stem(free, samples, give)
    _guess_options(headings, samples, places)
    return places


def _has_word(heading: str, words: Sequence[str]) -> bool:
    padded = f" {fold(heading)} "
    return any(f" {word} " in padded for word in words)


def _guess_key(free: Sequence[int], samples: Mapping[int, tuple[str, ...]], give: _Give) -> None:
    for column in reversed(free):
        values = samples[column]
        letters = sum(_KEY_VALUE.fullmatch(value) is not None and not value.isdigit() for value in values)
        if values and letters >= 0.8 * len(values):
            give(column, Column.KEY)


def _guess_stem(free: Sequence[int], samples: Mapping[int, tuple[str, ...]], give: _Give) -> None:
    weights = {column: _question_weight(samples[column]) for column in free}
    best = max(free, key=lambda column: weights[column], default=None)
    if best is not None and weights[best] >= _LEAST_WEIGHT:
        give(best, Column.STEM)


_LEAST_WEIGHT = 15
_QUESTION_MARK_WEIGHT = 60


def _question_weight(values: Sequence[str]) -> float:
    """Return how likely texts are questions: long ones, and those that end as questions do."""
    if not values:
        return 0.0
    asking = sum(value.rstrip().endswith(("?", ":", "…", "...")) for value in values)
    return (sum(map(len, values)) + _QUESTION_MARK_WEIGHT * asking) / len(values)


def _guess_options(
    headings: Mapping[int, str], samples: Mapping[int, tuple[str, ...]], places: dict[int, Place]
) -> None:
    if any(isinstance(place, int) for place in places.values()):
        return
    stem = next((column for column, place in places.items() if place is Column.STEM), None)
    free = [c for c in headings if c not in places and samples[c] and (stem is None or c > stem)]
    lettered = [c for c in free if sum(re.match(r"\s*A\s?[.)]", v) is not None for v in samples[c]) > 0]
    if lettered and all("b" in fold(value) for value in samples[lettered[0]][:1]) and len(free) < 3:
        places[lettered[0]] = Column.OPTIONS
        return
    run = _first_run(free)
    if 2 <= len(run) <= MAX_OPTION_COLUMNS:
        places.update({column: index for index, column in enumerate(run)})


def _first_run(columns: Sequence[int]) -> list[int]:
    run: list[int] = []
    for column in columns:
        if run and column != run[-1] + 1:
            if len(run) > 1:
                break
            run = []
        run.append(column)
    return run
