"""Where items came in: file, row, day and person, and the markup of what could not be held as it was."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.orm import Session
from uuid_utils.compat import uuid7

from exam_service import clock
from exam_service.actor import Actor
from exam_service.auth.models import Account
from exam_service.bank.head import trusted_draft
from exam_service.bank.import_rows import ImportRow, Result
from exam_service.bank.models import Item, ItemImport, ItemOrigin, ItemSource
from question_bank.items import ItemDraft
from question_bank.types.unsupported import Unsupported


@dataclass(frozen=True)
class Arrival:
    """One way in which an item, or a draft of it, came in; `bank` and `code` name it in the place it had before."""

    at: datetime
    by: str = ""
    import_id: UUID | None = None
    file_name: str = ""
    sheet: str = ""
    row: int = 0
    is_new: bool = True
    bank: str = ""
    code: str = ""
    versions: int = 0


@dataclass(frozen=True)
class KeptSource:
    """The markup of a question that the bank could not hold."""

    format: str
    text: str
    reason: str
    at: datetime


def keep_sources(
    session: Session,
    actor: Actor,
    found: ItemImport,
    taken: Iterable[ImportRow],
    *,
    done: Mapping[int, tuple[Result, str | None]],
) -> None:
    """Every item that the import wrote knows its row and, if the bank could not hold the question, its markup.

    `done` says by a row's index what became of it.
    """
    written = [(row, *done[row.index]) for row in taken if done[row.index][0] in ("created", "updated")]
    codes = [code for _row, _result, code in written if code]
    ids = dict(session.execute(select(Item.code, Item.id).where(Item.code.in_(codes))).all())
    rows = [
        {
            "id": uuid7(),
            "item_id": ids[code],
            "import_id": found.id,
            "sheet": row.sheet,
            "row": row.row,
            "is_new": result == "created",
            "by_id": actor.id,
            "at": clock.now(),
            **_markup(row.item_draft()),
        }
        for row, result, code in written
        if code
    ]
    if rows:
        session.execute(insert(ItemSource), rows)


def keep_replaced_source(session: Session, actor: Actor, item: Item, *, after: ItemDraft) -> None:
    """The markup of a draft that is written anew stays readable beside the item."""
    before = trusted_draft(item.draft) if item.draft else None
    markup = _markup(before)
    if markup["source"] is None or isinstance(after.content, Unsupported):
        return
    known = select(ItemSource.id).where(ItemSource.item_id == item.id, ItemSource.source == markup["source"])
    if session.scalar(known.limit(1)) is None:
        row = ItemSource(
            item_id=item.id, sheet="", row=0, is_new=False, by_id=actor.id, at=clock.now(), **markup
        )
        session.add(row)


def _markup(draft: ItemDraft | None) -> dict[str, str | None]:
    content = draft.content if draft is not None else None
    if not isinstance(content, Unsupported):
        return {"source_format": None, "source": None, "reason": None}
    return {"source_format": content.source_format, "source": content.source, "reason": content.reason}


def arrivals_of(session: Session, item: Item) -> list[Arrival]:
    """Every import that wrote the item, and every earlier place that a package told of, newest first."""
    rows = session.execute(
        select(ItemSource, ItemImport.file_name, Account.display_name)
        .join(ItemImport, ItemImport.id == ItemSource.import_id)
        .outerjoin(Account, Account.id == ItemSource.by_id)
        .where(ItemSource.item_id == item.id)
    )
    found = [
        Arrival(
            row.at,
            name or "",
            import_id=row.import_id,
            file_name=file_name,
            sheet=row.sheet,
            row=row.row,
            is_new=row.is_new,
        )
        for row, file_name, name in rows
    ]
    records = session.execute(
        select(ItemOrigin.at, ItemOrigin.bank, ItemOrigin.record).where(ItemOrigin.item_id == item.id)
    )
    found += [
        Arrival(at, bank=bank, code=record["item"]["code"], versions=len(record["item"]["versions"]))
        for at, bank, record in records
    ]
    return sorted(found, key=lambda arrival: arrival.at, reverse=True)


def kept_source_of(session: Session, item: Item) -> KeptSource | None:
    """The newest markup that was kept for the item, or None."""
    if item.draft and (markup := _markup(trusted_draft(item.draft)))["source"] is not None:
        return KeptSource(
            str(markup["source_format"]), str(markup["source"]), str(markup["reason"]), item.updated_at
        )
    row = session.scalar(
        select(ItemSource)
        .where(ItemSource.item_id == item.id, ItemSource.source.is_not(None))
        .order_by(ItemSource.at.desc(), ItemSource.id.desc())
        .limit(1)
    )
    return KeptSource(row.source_format or "", row.source or "", row.reason or "", row.at) if row else None
