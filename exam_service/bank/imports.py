"""Importing a file of items: a dry run that names every row, decisions by a person, one commit, a report."""

import hashlib
import json
from collections import Counter
from pathlib import PurePath
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from exam_service import clock
from exam_service.actor import Actor, Role
from exam_service.audit import record
from exam_service.auth.models import Account, RoleGrant
from exam_service.bank.access import check_may_author, get_bank, imports_visible_to
from exam_service.bank.formats import HowToRead, format_of, kind_of
from exam_service.bank.import_reading import said, understand
from exam_service.bank.import_rows import (
    ImportRow,
    Result,
    StoredItems,
    dumped,
    loaded,
    matched,
    note,
    rows_of,
)
from exam_service.bank.import_writing import Decision, ImportChoice, RowWriter
from exam_service.bank.media.storing import drop_import_media, keep_for_import, take_from_import
from exam_service.bank.models import Bank, Competency, ItemImport
from exam_service.bank.similar.importing import compared
from exam_service.bank.sources import keep_sources
from exam_service.errors import Invalid, NotFound, Refusal
from exam_service.i18n import N_
from exam_service.i18n import gettext as _
from question_bank.text import media_names

__all__ = ["Decision", "ImportChoice"]
SAME_STEM = N_("Cùng phần dẫn trong tệp %(file)s")


class ImportIsOver(Refusal):
    code = "import_is_over"
    message = "Lần nhập này đã ghi hoặc đã bỏ. Hãy tải tệp lên lại nếu muốn nhập tiếp."


class ImportWaits(Refusal):
    """The file was not read for sure yet; nothing of it can be chosen."""

    code = "import_waits"
    message = "Tệp này đang chờ Ông/Bà xác nhận bảng mã hoặc chỉ cột. Hãy trả lời trước khi chọn dòng."


class RowsUndecided(Refusal):
    code = "rows_undecided"
    status = 422
    message = "Còn %(count)s dòng chờ quyết định (dòng %(rows)s). Hãy chọn nhập hay bỏ từng dòng."


class NothingChosen(Refusal):
    code = "nothing_chosen"
    status = 422
    message = "Chưa chọn dòng nào để nhập."


class BankChanged(Refusal):
    """Since the dry run, items were written that chosen rows meet; the verdicts were not those of today."""

    code = "bank_changed"
    message = (
        "Ngân hàng đã thay đổi sau khi kiểm tra tệp (dòng %(rows)s). Hãy bấm “Kiểm tra lại” rồi chọn lại."
    )


def preview_import(
    session: Session,
    actor: Actor,
    *,
    bank_id: UUID,
    file_name: str,
    data: bytes,
    batch_id: UUID | None = None,
) -> ItemImport:
    """The file is read and kept with a verdict for every row, or with the question that it raises; no item is written.

    Raises Forbidden, NotFound, UnknownFormat, UnreadableFile.
    """
    check_may_author(actor)
    bank = get_bank(session, actor, bank_id=bank_id)
    file_name = PurePath(file_name.replace("\\", "/")).name[:200]
    stored_import = ItemImport(
        bank_id=bank.id,
        batch_id=batch_id,
        format=kind_of(file_name, data),
        file_name=file_name,
        file_hash=hashlib.sha256(data).hexdigest(),
        file=data,
        created_by=actor.id,
        created_at=clock.now(),
    )
    read_import(session, actor, found=stored_import, bank=bank, how=HowToRead())
    record_reading(session, actor, stored_import)
    return stored_import


def read_import(session: Session, actor: Actor, *, found: ItemImport, bank: Bank, how: HowToRead) -> None:
    """The rows of the import are those of its file read in this way; it waits where that raises a question.

    Raises UnreadableFile.
    """
    reader = format_of(found.file_name)
    understood = understand(session, actor, bank=bank, reader=reader, data=found.file, how=how)
    rows = rows_of(understood.reading) if understood.question is None else []
    found.verdicts = dumped(compared(session, bank, rows))
    found.reading = said(understood.how, understood.question)
    found.state = "previewed" if understood.question is None else "waiting"
    found.outcome = {"notes": [note(remark) for remark in understood.reading.findings]}
    session.add(found)
    session.flush()  # its images name it
    drop_import_media(session, found)
    keep_for_import(session, found, understood.reading.media)


def record_reading(session: Session, actor: Actor, found: ItemImport) -> None:
    """The audit trail says what was read."""
    counts = Counter(row.standing.value for row in loaded(found.verdicts))
    subject = ("item_import", found.id)
    said_so = {"file": found.file_name, "hash": found.file_hash, "state": found.state, **counts}
    record(session, actor, "import.preview", subject, **said_so)


def get_import(session: Session, actor: Actor, import_id: UUID) -> ItemImport:
    """The import. Raises Forbidden, NotFound."""
    check_may_author(actor)
    found = session.scalar(imports_visible_to(actor).where(ItemImport.id == import_id))
    if found is None:
        raise NotFound
    return found


def lock_import(
    session: Session, actor: Actor, import_id: UUID, *, may_wait: bool = False
) -> tuple[ItemImport, Bank]:
    """The import and its bank, locked until the transaction ends; `may_wait` allows one that waits for an answer.

    Raises Forbidden, NotFound, ImportIsOver, ImportWaits.
    """
    get_import(session, actor, import_id)
    found = session.get_one(ItemImport, import_id, with_for_update=True, populate_existing=True)
    if found.state == "waiting" and not may_wait:
        raise ImportWaits
    if found.state not in ("previewed", "waiting"):
        raise ImportIsOver
    # Two imports into one bank would each miss what the other writes: the second waits here.
    bank = session.get_one(Bank, found.bank_id, with_for_update=True)
    return found, bank


def recheck_import(session: Session, actor: Actor, *, import_id: UUID) -> ItemImport:
    """The verdicts name what the rows meet in the bank now. Raises Forbidden, NotFound, ImportIsOver."""
    found, bank = lock_import(session, actor, import_id)
    found.verdicts = dumped(compared(session, bank, loaded(found.verdicts)))
    return found


def discard_import(session: Session, actor: Actor, *, import_id: UUID) -> None:
    """Nothing of the file will be written. Raises Forbidden, NotFound, ImportIsOver."""
    found, _bank = lock_import(session, actor, import_id, may_wait=True)
    found.state = "discarded"
    drop_import_media(session, found)
    record(session, actor, "import.discard", ("item_import", found.id), file=found.file_name)


def commit_import(session: Session, actor: Actor, *, import_id: UUID, choice: ImportChoice) -> ItemImport:
    """Every chosen row is in the bank as a draft, in one transaction, and the report says what became of each row.

    1. Rows that need a decision must have one. 2. What chosen rows meet in the bank is compared again. 3. A row that
    says what its item says already changes nothing; a row of a known source id gives its item a new draft; others
    become new items. 4. Rows of one stem that were taken together are enemies.
    Raises Forbidden, NotFound, ImportIsOver, RowsUndecided, NothingChosen, BankChanged, Invalid.
    """
    found, bank = lock_import(session, actor, import_id)
    rows = loaded(found.verdicts)
    chosen = _chosen(rows, choice)
    _check_defaults(session, bank, choice)
    taken = [row for row in rows if row.index in chosen]
    items = StoredItems(session, bank, taken)
    again = {row.index: row for row in matched(taken, items)}
    changed = [row for row in rows if row.index in chosen and again[row.index].match != row.match]
    if changed:
        raise BankChanged(rows=_named(changed))
    # Before the items: storing an item notes which images of the bank it shows.
    take_from_import(session, actor, found, _images_of(rows, chosen))
    writer = RowWriter(session, actor, bank, items, choice)
    done = writer.write([again[index] for index in sorted(chosen)])
    writer.declare_enemies(_(SAME_STEM, file=found.file_name))
    keep_sources(session, actor, found, taken, done=done)
    left: tuple[Result, None] = ("left_out", None)
    results = {row.index: done.get(row.index, left) for row in rows}
    found.verdicts = dumped(
        row.model_copy(update={"result": results[row.index][0], "item_code": results[row.index][1]})
        for row in rows
    )
    counts = Counter(result for result, _code in results.values())
    counted = {name: counts[name] for name in ("created", "updated", "unchanged", "left_out")}
    found.outcome = {**found.outcome, **counted}
    found.state, found.committed_at = "committed", clock.now()
    subject = ("item_import", found.id)
    record(session, actor, "import.commit", subject, file=found.file_name, bank=bank.code, **counted)
    return found


def rows_in(found: ItemImport) -> list[ImportRow]:
    """The rows of a stored import, in the order of the file."""
    return loaded(found.verdicts)


def sound_rows(rows: list[ImportRow]) -> ImportChoice:
    """The choice that takes every row that nobody need decide on, and leaves the others."""
    return ImportChoice(
        rows=frozenset(row.index for row in rows if row.is_proposed),
        decisions={row.index: "leave" for row in rows if row.needs_decision},
    )


def _chosen(rows: list[ImportRow], choice: ImportChoice) -> frozenset[int]:
    undecided = [row for row in rows if row.needs_decision and row.index not in choice.decisions]
    if undecided:
        raise RowsUndecided(count=len(undecided), rows=_named(undecided))
    chosen = frozenset(
        row.index
        for row in rows
        if row.can_be_taken
        and (choice.decisions[row.index] != "leave" if row.needs_decision else row.index in choice.rows)
    )
    if not chosen:
        raise NothingChosen
    return chosen


def _images_of(rows: list[ImportRow], chosen: frozenset[int]) -> frozenset[str]:
    return frozenset[str]().union(
        *(media_names(json.dumps([rows[index].draft, rows[index].origin])) for index in chosen)
    )


def _named(rows: list[ImportRow], *, limit: int = 10) -> str:
    names = [str(row.row) for row in rows[:limit]]
    return ", ".join(names) + (", …" if len(rows) > limit else "")


def _check_defaults(session: Session, bank: Bank, choice: ImportChoice) -> None:
    if choice.competency and not session.scalar(
        select(Competency.id).where(Competency.code == choice.competency)
    ):
        raise Invalid(field="competency", reason=_("Hãy chọn một năng lực trong danh sách."))
    if choice.author_id is not None and choice.author_id not in dict(authors_of(session, bank)):
        raise Invalid(field="author", reason=_("Hãy chọn một người soạn của ngân hàng này."))


def authors_of(session: Session, bank: Bank) -> list[tuple[UUID, str]]:
    """(id, name) of the active accounts that may write items of the bank, by name."""
    limits: list[ColumnElement[bool]] = [RoleGrant.position_id.is_(None)]
    if bank.position_id is not None:
        limits.append(RoleGrant.position_id == bank.position_id)
    rows = session.execute(
        select(Account.id, Account.display_name)
        .join(RoleGrant, RoleGrant.account_id == Account.id)
        .where(Account.is_active, RoleGrant.role == Role.AUTHOR.value, or_(*limits))
        .distinct()
        .order_by(Account.display_name)
    )
    return [(account_id, name) for account_id, name in rows]
