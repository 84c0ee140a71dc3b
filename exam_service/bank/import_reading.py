"""Reading an uploaded file for its dry run: at once, or after somebody has said how it is to be read."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from exam_service import clock
from exam_service.actor import Actor
from exam_service.bank.formats import DESCRIBERS, ColumnsUnknown, HowToRead, Reader
from exam_service.bank.models import Bank, ImportMapping, ItemImport
from question_bank.formats.column_mapping import ColumnMapping, Place, SheetColumns, parse_place, place_code
from question_bank.formats.encoding import Encoding
from question_bank.formats.excel_layout import MAX_OPTION_COLUMNS, Column
from question_bank.formats.reading import ImportReading, RowFinding, Verdict
from question_bank.formats.refusal import UnreadableFile

Question = Literal["encoding", "columns"]
_ENCODING_CODES = frozenset({"legacy_encoding", "double_encoded", "encoding_converted"})


@dataclass(frozen=True)
class Understood:
    """What came of reading a file: its rows, or the question that has to be answered first."""

    reading: ImportReading
    question: Question | None = None
    how: HowToRead = field(default_factory=HowToRead)


def understand(
    session: Session, actor: Actor, *, bank: Bank, reader: Reader, data: bytes, how: HowToRead
) -> Understood:
    """The file as far as it can be read for sure, by what this person said before of the same headings.

    Raises UnreadableFile.
    """
    describe = DESCRIBERS.get(reader.name)
    if describe is not None and not how.columns:
        how = HowToRead(
            how.encoding, _remembered(session, actor, bank=bank, sheets=_described(describe, data))
        )
    try:
        reading = reader.read(data, how)
    except ColumnsUnknown as refusal:
        if describe is None or not describe(data):
            raise
        note = RowFinding("columns_unknown", Verdict.HOLD, None, {"text": str(refusal.params["reason"])})
        return Understood(ImportReading((), (note,)), "columns", how)
    if how.columns:
        remembered = RowFinding("columns_remembered", Verdict.OK, None, {"sheet": ", ".join(how.columns)})
        reading = replace(reading, findings=(remembered, *reading.findings))
    is_guess = any(found.code in _ENCODING_CODES for found in reading.findings)
    return Understood(reading, "encoding" if is_guess and how.encoding is None else None, how)


def _described(
    describe: Callable[[bytes], tuple[SheetColumns, ...]], data: bytes
) -> tuple[SheetColumns, ...]:
    try:
        return describe(data)
    except UnreadableFile:
        return ()  # reading it refuses it in words


def _remembered(
    session: Session, actor: Actor, *, bank: Bank, sheets: tuple[SheetColumns, ...]
) -> dict[str, ColumnMapping]:
    """The columns of the sheets whose headings this person has explained before, where the file needs it."""
    known = {
        mapping.fingerprint: mapping.places
        for mapping in session.scalars(
            select(ImportMapping).where(
                ImportMapping.bank_id == bank.id, ImportMapping.account_id == actor.id
            )
        )
    }
    return {
        sheet.sheet: mapping_of(known[sheet.fingerprint], header_row=sheet.guess.header_row)
        for sheet in sheets
        if sheet.fingerprint in known
    }


def mapping_of(places: Mapping[str, str], *, header_row: int) -> ColumnMapping:
    """The mapping of posted or kept place codes by column."""
    found = {
        int(column): place for column, code in places.items() if (place := parse_place(code)) is not None
    }
    return ColumnMapping(header_row, found)


def remember(
    session: Session, actor: Actor, *, bank_id: UUID, sheet: SheetColumns, mapping: ColumnMapping
) -> None:
    """The next file of this person with these headings is read the same way."""
    places = {str(column): place_code(place) for column, place in mapping.places.items()}
    statement = insert(ImportMapping).values(
        bank_id=bank_id,
        account_id=actor.id,
        fingerprint=sheet.fingerprint,
        places=places,
        used_at=clock.now(),
    )
    session.execute(
        statement.on_conflict_do_update(
            index_elements=["bank_id", "account_id", "fingerprint"],
            set_={"places": places, "used_at": clock.now()},
        )
    )


def kept_how(found: ItemImport) -> HowToRead:
    """What was said about a stored import."""
    encoding = found.reading.get("encoding")
    columns = {
        name: mapping_of(kept["places"], header_row=kept["header_row"])
        for name, kept in found.reading.get("columns", {}).items()
    }
    return HowToRead(Encoding(encoding) if encoding else None, columns)


def column_places() -> list[Place]:
    """What a column can hold, in the order of the house template."""
    return [Column.STEM, Column.OPTIONS, *range(MAX_OPTION_COLUMNS), Column.KEY] + [
        column
        for column in Column
        if column not in (Column.STEM, Column.OPTIONS, Column.KEY, Column.MARKUP, Column.PINNED)
    ]


def said(how: HowToRead, question: Question | None) -> dict[str, Any]:
    """`how` and the open question as the column `item_import.reading` keeps them."""
    columns = {
        name: {
            "header_row": mapping.header_row,
            "places": {str(column): place_code(place) for column, place in mapping.places.items()},
        }
        for name, mapping in how.columns.items()
    }
    kept: dict[str, Any] = {"columns": columns} if columns else {}
    if how.encoding is not None:
        kept["encoding"] = how.encoding.value
    return kept | ({"question": question} if question else {})
