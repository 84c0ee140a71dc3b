"""Several files sent at once: one import each, the refused ones named, and taking what is sound of all of them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session
from uuid_utils.compat import uuid7

from exam_service import clock
from exam_service.actor import Actor
from exam_service.audit import record
from exam_service.bank.access import check_may_author, get_bank, imports_visible_to
from exam_service.bank.imports import NothingChosen, commit_import, preview_import, rows_in, sound_rows
from exam_service.bank.models import ItemImport
from exam_service.db import attempting
from exam_service.errors import Forbidden, NotFound, Refusal
from exam_service.i18n import gettext as _

MAX_FILES = 50
REFUSED = "file_refused"


class TooManyFiles(Refusal):
    code = "too_many_files"
    status = 422
    message = "Mỗi lần gửi tối đa %(limit)s tệp. Hãy chia thành nhiều lần."


@dataclass(frozen=True)
class SentFile:
    """A file as it was sent."""

    name: str
    data: bytes


def preview_files(session: Session, actor: Actor, *, bank_id: UUID, files: Sequence[SentFile]) -> UUID:
    """Each file has an import; one that cannot be read has a discarded import that says why. Returns the batch.

    Raises Forbidden, NotFound, TooManyFiles.
    """
    check_may_author(actor)
    bank = get_bank(session, actor, bank_id=bank_id)
    if len(files) > MAX_FILES:
        raise TooManyFiles(field="file", limit=MAX_FILES)
    batch_id: UUID = uuid7()
    for file in files:
        try:
            with attempting(session):
                preview_import(
                    session,
                    actor,
                    bank_id=bank.id,
                    file_name=file.name,
                    data=file.data,
                    batch_id=batch_id,
                )
        except Forbidden:
            raise
        except Refusal as refusal:
            sentence = _(refusal.message, **refusal.params)
            _note_refused(session, actor, bank.id, batch_id, file.name, sentence)
    return batch_id


def _note_refused(
    session: Session, actor: Actor, bank_id: UUID, batch_id: UUID, name: str, sentence: str
) -> None:
    """The refused file is named in the batch; its bytes are not kept."""
    note = {"code": REFUSED, "severity": "error", "cell": None, "params": {"text": sentence}}
    refused = ItemImport(
        bank_id=bank_id,
        batch_id=batch_id,
        format="",
        file_name=name.replace("\\", "/").rpartition("/")[2][:200],
        file_hash="",
        file=b"",
        state="discarded",
        verdicts=[],
        outcome={"notes": [note]},
        created_by=actor.id,
        created_at=clock.now(),
    )
    session.add(refused)
    session.flush()  # the audit row names its id
    record(session, actor, "import.refuse", ("item_import", refused.id), file=refused.file_name)


def batch_of(session: Session, actor: Actor, batch_id: UUID) -> list[ItemImport]:
    """The imports of a batch, by file name. Raises Forbidden, NotFound."""
    check_may_author(actor)
    found = session.scalars(
        imports_visible_to(actor)
        .where(ItemImport.batch_id == batch_id)
        .order_by(None)
        .order_by(ItemImport.file_name)
    ).all()
    if not found:
        raise NotFound
    return list(found)


def commit_sound_rows(session: Session, actor: Actor, *, batch_id: UUID) -> Counter[str]:
    """The sound rows of every file of the batch that is read are in the bank; the others are left for a person.

    A file with rows that need a decision is not touched. Returns the counts of the outcomes and of `files`.
    Raises Forbidden, NotFound, BankChanged.
    """
    counts: Counter[str] = Counter()
    for found in batch_of(session, actor, batch_id):
        if found.state != "previewed":
            continue
        rows = rows_in(found)
        if any(row.needs_decision for row in rows):
            continue
        try:
            done = commit_import(session, actor, import_id=found.id, choice=sound_rows(rows))
        except NothingChosen:
            continue
        counts["files"] += 1
        for name in ("created", "updated", "unchanged", "left_out"):
            counts[name] += done.outcome[name]
    return counts
