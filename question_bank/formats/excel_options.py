"""The options of a spreadsheet row: in columns of their own, all in one cell, or one below the other."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from question_bank.formats.excel_cells import RowCells
from question_bank.formats.excel_layout import MAX_OPTION_COLUMNS, Column
from question_bank.formats.layout_lines import Emphasis, Line, Stretch
from question_bank.formats.layout_options import find_options, is_starred, without_star
from question_bank.formats.reading import Verdict
from question_bank.text import clean_text, fold, plain
from question_bank.types.content import option_label

_OWN_LETTER = re.compile(r"\s*\(?(?P<letter>[A-Ha-h])\s?(?:[.):]|\s[-–])\s*(?P<text>\S.*)", re.DOTALL)
_TICKS = frozenset({"x", "v", "✓", "✔", "√", "☑", "dung", "d", "đ", "1", "true"})


@dataclass(slots=True)
class RowOptions:
    """Options by index (0 is A) as rich text, and the indexes that a star or an emphasis sets off.

    `is_split` tells that they were told apart inside one cell; then `cell_of` has no cell for each.
    """

    texts: dict[int, str] = field(default_factory=dict)
    starred: set[int] = field(default_factory=set)
    emphasised: set[int] = field(default_factory=set)
    is_split: bool = False

    def place_of(self, index: int) -> Column | int:
        """Return the column in which the option stands."""
        return Column.OPTIONS if self.is_split else index


def read_options(cells: RowCells, *, usual: int = 0) -> RowOptions:
    """Return the options of the row; `usual` is how many most rows of the sheet have."""
    if cells.filled_options():
        return _from_columns(cells)
    if cells.is_filled(Column.OPTIONS) or cells.below:
        return _from_lines(cells, cells.lines(Column.OPTIONS), usual=usual)
    return RowOptions()


def emphasised_options(cells: RowCells) -> frozenset[int]:
    """Return the indexes of the options that stand out by their look, as `read_options` finds them."""
    if indexes := cells.filled_options():
        return frozenset(_emphasised_columns(cells, indexes))
    return frozenset(read_options(cells).emphasised)


def split_stem(cells: RowCells, stem: str) -> tuple[str, RowOptions] | None:
    """Return the stem without the options that stand in its cell, and these, or None where there are none."""
    if cells.is_html or cells.header.options or Column.OPTIONS in cells.header.columns:
        return None
    lines = cells.lines(Column.STEM)
    text = Stretch(lines).text
    found = find_options(text, with_numbers=False)
    if len(found) < 2 or not text[: found[0].marker[0]].strip() or not stem:
        return None
    return clean_text(text[: found[0].marker[0]]), _from_lines(cells, lines, usual=0)


def _from_columns(cells: RowCells) -> RowOptions:
    indexes = cells.filled_options()
    shown = {index: cells.text(index) for index in indexes}
    if cells.header.is_house:  # written by a program: every sign is text
        return RowOptions({index: cells.rich(text) for index, text in shown.items()})
    options = RowOptions(starred={index for index in indexes if is_starred(shown[index])})
    bare = {index: without_star(text) for index, text in shown.items()}
    bare = _without_own_letters(cells, bare)
    options.texts = {index: cells.rich(text) for index, text in bare.items()}
    options.emphasised = _emphasised_columns(cells, indexes)
    return options


def _emphasised_columns(cells: RowCells, indexes: Sequence[int]) -> set[int]:
    return _set_off({index: _emphases(cells, index) for index in indexes})


def _emphases(cells: RowCells, index: int) -> set[Emphasis]:
    stretch = Stretch(cells.lines(index))
    return set(cells.look(index).emphases) | stretch.emphasised(0, len(stretch.text))


def _without_own_letters(cells: RowCells, texts: dict[int, str]) -> dict[int, str]:
    """Return the texts without `A.`, `B.` … where every one of them begins with its own letter."""
    matches = {index: _OWN_LETTER.fullmatch(text) for index, text in texts.items() if text}
    own = [m is not None and m["letter"].upper() == option_label(i) for i, m in matches.items()]
    if len(own) < 2 or not all(own):
        return texts
    cells.say("option_letters_removed", Verdict.OK, min(texts))
    return {index: m["text"] if (m := matches.get(index)) else text for index, text in texts.items()}


def _from_lines(cells: RowCells, lines: Sequence[Line], *, usual: int) -> RowOptions:
    stretch = Stretch(lines)
    found = find_options(stretch.text, with_numbers=True)
    options = RowOptions(is_split=True)
    if not found:
        return _from_bare_lines(cells, lines)
    if stretch.text[: found[0].marker[0]].strip() and Column.OPTIONS in cells.header.columns:
        cells.say("options_unclear", Verdict.HOLD, Column.OPTIONS)
    labels = [option.label for option in found]
    if labels != [option_label(index) for index in range(len(found))]:
        missing = sorted(set(map(option_label, range(ord(max(labels)) - ord("A") + 1))) - set(labels))
        cells.say("option_label_missing", Verdict.HOLD, Column.OPTIONS, text=", ".join(missing))
    looks: dict[int, set[Emphasis]] = {}
    for index, option in enumerate(found):
        options.texts[index] = cells.rich(clean_text(stretch.text[option.start : option.end]))
        looks[index] = stretch.emphasised(option.start, option.end)
        options.starred |= {index} if option.is_starred else set()
    options.emphasised = _set_off(looks)
    _restore_lost_letter(cells, options, usual=usual)
    return options


def _restore_lost_letter(cells: RowCells, options: RowOptions, *, usual: int) -> None:
    """Take the last line of the last option as an option of its own where exactly one is missing."""
    last = len(options.texts) - 1
    head, is_broken, tail = options.texts[last].rpartition("<br>")
    if last + 2 == usual and is_broken and head and tail:
        options.texts[last], options.texts[last + 1] = head, tail
        cells.say(
            "option_letter_restored",
            Verdict.WARNING,
            Column.OPTIONS,
            text=plain(tail)[:80],
            label=option_label(last + 1),
        )


def _from_bare_lines(cells: RowCells, lines: Sequence[Line]) -> RowOptions:
    """Return each line as an option: nothing else tells them apart."""
    options = RowOptions(is_split=True)
    if not 2 <= len(lines) <= MAX_OPTION_COLUMNS:
        if lines:
            cells.say("options_unclear", Verdict.HOLD, Column.OPTIONS)
        return options
    looks: dict[int, set[Emphasis]] = {}
    for index, line in enumerate(lines):
        text = line.text.strip()
        options.texts[index] = cells.rich(without_star(text))
        options.starred |= {index} if is_starred(text) else set()
        looks[index] = Stretch([line]).emphasised(0, len(line.text))
    options.emphasised = _set_off(looks)
    rows = (cells.row, *cells.below)
    if len(rows) == len(lines) and cells.below:
        ticks = {i for i, row in enumerate(rows) if fold(str(cells.value(Column.KEY, row))) in _TICKS}
        options.starred |= ticks if len(ticks) < len(rows) else set()
    else:
        cells.say("options_by_lines", Verdict.WARNING, Column.OPTIONS, count=len(lines))
    return options


def _set_off(looks: dict[int, set[Emphasis]]) -> set[int]:
    """Return the options that the most telling emphasis sets off from the others."""
    for emphasis in Emphasis:
        marked = {index for index, found in looks.items() if emphasis in found}
        if 0 < len(marked) < len(looks):
            return marked
    return set()


_LEAST_ROWS, _SYSTEMATIC = 5, 0.9


def is_systematic(marks: Sequence[frozenset[int]]) -> bool:
    """Tell whether emphasis says nothing about keys: nearly all rows set off the same options."""
    marked = [mark for mark in marks if mark]
    if len(marked) < _LEAST_ROWS:
        return False
    return Counter(marked).most_common(1)[0][1] >= _SYSTEMATIC * len(marks)
