"""One item as the cells of its row in the house template: written for a person to change, read back with a verdict."""

from collections.abc import Mapping
from datetime import date

from pydantic import ValidationError

from question_bank.formats.excel_cells import RowCells
from question_bank.formats.excel_facts import (
    read_citations,
    read_competency,
    read_expected_time,
    read_level,
    read_rating,
)
from question_bank.formats.excel_layout import HOUSE_HEADER, TEMPLATE, Column
from question_bank.formats.excel_rows import RowReader
from question_bank.formats.excel_writing import row_cells, unsupported
from question_bank.formats.reading import RowVerdict, Verdict
from question_bank.formats.workbook import Sheet
from question_bank.items import ItemDraft
from question_bank.text import plain
from question_bank.types.case import Case

Place = Column | int
FACTS = (
    Column.BASIS,
    Column.IN_FORCE_FROM,
    Column.IN_FORCE_TO,
    Column.COMPETENCY,
    Column.LEVEL,
    Column.RATING,
    Column.EXPECTED_TIME,
    Column.TAGS,
)
"""What can be changed of every item, whatever its type."""


def fits_a_row(draft: ItemDraft) -> bool:
    """Tell whether the whole item can be changed by its cells; of others only `FACTS` can."""
    return not isinstance(draft.content, Case) and unsupported(draft) is None


def form_cells(draft: ItemDraft) -> dict[Place, str]:
    """Return the cells of the item as text; those of `FACTS` alone for an item that does not fit a row."""
    cells = row_cells(draft, facts_only=not fits_a_row(draft))
    return {place: _shown(value) for place, value in cells.items()}


def _shown(value: str | int | date) -> str:
    return value.strftime("%d/%m/%Y") if isinstance(value, date) else str(value)


def read_form(cells: Mapping[Place, str], *, sheet: str, row: int) -> RowVerdict:
    """Return the verdict on the item that these cells say; `sheet` and `row` are where it stood in its file."""
    verdict = RowReader(_row(cells)).read()
    return RowVerdict(sheet, row, verdict.severity, verdict.findings, verdict.draft, verdict.preview)


def read_facts(draft: ItemDraft, cells: Mapping[Place, str], *, sheet: str, row: int) -> RowVerdict:
    """Return the verdict on the item with `FACTS` as these cells say them; its content stays."""
    reader = _row(cells)
    update = {
        "level": read_level(reader),
        "competency": read_competency(reader),
        "citations": read_citations(reader),
        "difficulty_rating": read_rating(reader),
        "expected_time_s": read_expected_time(reader),
        "tags": tuple(tag.strip() for tag in reader.text(Column.TAGS).split(",")),
    }
    try:
        changed: ItemDraft | None = ItemDraft.model_validate({**draft.model_dump(), **update})
    except ValidationError:
        reader.say("value_refused", Verdict.ERROR, field="tags")
        changed = None
    for problem in draft.problems():
        reader.say(problem.code, Verdict.HOLD, None, **problem.params)
    severity = max((found.severity for found in reader.findings), key=lambda s: s.rank, default=Verdict.OK)
    preview = plain(draft.content.stem)[:200]
    return RowVerdict(sheet, row, severity, tuple(reader.findings), changed, preview)


def _row(cells: Mapping[Place, str]) -> RowCells:
    values = [cells.get(place, "") for place in TEMPLATE]
    return RowCells(Sheet("", [list(values)], {}), HOUSE_HEADER, row=0)
