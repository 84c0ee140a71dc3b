"""Importing in tests: rows of a file, their dry run and the choice of everything."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from exam_service.actor import Actor
from exam_service.bank import imports
from exam_service.bank.import_rows import ImportRow, loaded
from exam_service.bank.imports import ImportChoice
from exam_service.bank.models import Bank, Item, ItemImport
from tests.fixtures.bank import (
    question_file,
)

ONE = ("Ai cấp giấy khai sinh?", "UBND cấp xã", "Công an", "Toà án", "Sở Tư pháp", "A")


TWO = ("Khai sinh trong bao nhiêu ngày?", "15", "60", "30", "90", "B")


OTHER_KEY = ("Ai cấp giấy khai sinh?", "UBND cấp xã", "Công an", "Toà án", "Sở Tư pháp", "D")


NO_STEM = ("", "UBND cấp xã", "Công an", "Toà án", "Sở Tư pháp", "D")


def preview(session: Session, actor: Actor, bank: Bank, *rows: tuple[object, ...]) -> ItemImport:
    data = question_file(*rows)
    return imports.preview_import(session, actor, bank_id=bank.id, file_name="de.xlsx", data=data)


def rows_of(found: ItemImport) -> list[ImportRow]:
    return loaded(found.verdicts)


def everything(found: ItemImport, **values: object) -> ImportChoice:
    """Take every row that can be taken."""
    rows = rows_of(found)
    decisions = {row.index: "take" for row in rows if row.needs_decision}
    return ImportChoice(rows=frozenset(row.index for row in rows), decisions=decisions, **values)


def count_items(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(Item)) or 0
