"""The permitted documents of an exam: reading a file, looking at what came of it, confirming, removing.

A document is for candidates only after somebody has seen the preview and confirmed it. All before the seal.
"""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from pathlib import PurePath
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, StringConstraints
from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from exam_service import audit, clock
from exam_service.actor import Actor
from exam_service.aids.content import Content, figures_of, make_content
from exam_service.aids.models import PermittedDocument, StatuteContent
from exam_service.aids.register import Named, name_document
from exam_service.errors import NotFound, Refusal
from exam_service.i18n import language
from exam_service.periods.models import Exam
from exam_service.periods.service import get_draft, get_period
from question_bank.formats.refusal import UnreadableFile
from question_bank.legal.statute_file import read_statute
from question_bank.legal.statute_text import StatuteText

MOST_DOCUMENTS = 20  # of an exam
MOST_BYTES = 8_000_000  # of the texts of an exam together: every machine holds all of them
LIMIT_MB = 20  # of an uploaded file


class UnreadableDocument(Refusal):
    """Nothing in the file that candidates could read; `reason` says what to do."""

    code = "unreadable_statute"
    status = 422
    message = "%(reason)s"


class DocumentAttached(Refusal):
    code = "statute_attached"
    message = "Nội dung này đã có đúng văn bản đó."


class TooManyDocuments(Refusal):
    code = "too_many_statutes"
    message = "Một nội dung có nhiều nhất %(count)s văn bản, tổng cộng %(megabytes)s MB chữ."


class AlreadyConfirmed(Refusal):
    code = "statute_confirmed"
    message = "Văn bản này đã được xác nhận."


def _day(value: object) -> object:
    return None if value == "" else value


class DocumentInput(BaseModel):
    """What the document is; where the register knows the number, blanks are filled from there."""

    model_config = ConfigDict(frozen=True)

    number: Annotated[str, StringConstraints(strip_whitespace=True, max_length=100)] = ""
    title: Annotated[str, StringConstraints(strip_whitespace=True, max_length=500)] = ""
    issued_on: Annotated[date | None, BeforeValidator(_day)] = None


def add_document(
    session: Session,
    actor: Actor,
    *,
    period_id: UUID,
    exam_id: UUID,
    data: DocumentInput,
    file: bytes,
    file_name: str,
) -> PermittedDocument:
    """The file has been read; candidates get the document once it is confirmed.

    Raises Forbidden, NotFound, PeriodIsSealed, UnreadableDocument, Invalid, DocumentAttached, TooManyDocuments.
    """
    get_draft(session, actor, period_id)
    exam = _exam(session, period_id, exam_id)
    named = name_document(session, number=data.number, title=data.title, issued_on=data.issued_on)
    parsed = _read(file, file_name)
    content = make_content(parsed, number=named.number, title=named.title, issued_on=named.issued_on)
    _check_room(session, exam.id, content)
    document = _document(actor, exam, named, parsed)
    document.sha256 = _keep(session, content)
    document.file_name, document.file_sha256 = (
        PurePath(file_name).name[:200],
        hashlib.sha256(file).hexdigest(),
    )
    session.add(document)
    session.flush()  # the audit row names its id
    facts = {"number": named.number, "title": named.title, "sha256": content.sha256}
    audit.record(session, actor, "statute.read", ("exam", exam.id), **facts, file_sha256=document.file_sha256)
    return document


def _document(actor: Actor, exam: Exam, named: Named, parsed: StatuteText) -> PermittedDocument:
    return PermittedDocument(
        exam_id=exam.id,
        legal_document_id=named.legal_document_id,
        number=named.number,
        title=named.title,
        issued_on=named.issued_on,
        figures=figures_of(parsed),
        findings=[
            {"vi": finding.sentence("vi"), "en": finding.sentence("en")} for finding in parsed.findings
        ],
        added_by=actor.id,
        added_by_name=actor.display_name,
        added_at=clock.now(),
    )


def _read(file: bytes, file_name: str) -> StatuteText:
    try:
        return read_statute(file, file_name)
    except UnreadableFile as error:
        raise UnreadableDocument(field="file", reason=error.message(language().value)) from error


def _check_room(session: Session, exam_id: UUID, content: Content) -> None:
    attached = session.execute(
        select(PermittedDocument.sha256, StatuteContent.size)
        .join(StatuteContent, StatuteContent.sha256 == PermittedDocument.sha256)
        .where(PermittedDocument.exam_id == exam_id)
    ).all()
    if content.sha256 in {sha256 for sha256, _size in attached}:
        raise DocumentAttached(field="file")
    if len(attached) >= MOST_DOCUMENTS or sum(size for _sha, size in attached) + content.size > MOST_BYTES:
        raise TooManyDocuments(field="file", count=MOST_DOCUMENTS, megabytes=MOST_BYTES // 1_000_000)


def _keep(session: Session, content: Content) -> str:
    # Another period may be adding the same text at this moment.
    values = {"sha256": content.sha256, "packed": content.packed, "size": content.size}
    session.execute(insert(StatuteContent).values(values).on_conflict_do_nothing())
    return content.sha256


def confirm_document(
    session: Session, actor: Actor, *, period_id: UUID, document_id: UUID
) -> PermittedDocument:
    """Candidates of the exam may use the document as it was shown.

    Raises Forbidden, NotFound, PeriodIsSealed, AlreadyConfirmed.
    """
    get_draft(session, actor, period_id)
    document = _own(session, period_id, document_id)
    if document.is_confirmed:
        raise AlreadyConfirmed
    document.confirmed_at, document.confirmed_by_name = clock.now(), actor.display_name
    audit.record(
        session,
        actor,
        "statute.permit",
        ("exam", document.exam_id),
        number=document.number,
        sha256=document.sha256,
    )
    return document


def remove_document(
    session: Session, actor: Actor, *, period_id: UUID, document_id: UUID
) -> PermittedDocument:
    """The exam no longer has the document. Raises Forbidden, NotFound, PeriodIsSealed."""
    get_draft(session, actor, period_id)
    document = _own(session, period_id, document_id)
    session.delete(document)
    audit.record(
        session,
        actor,
        "statute.remove",
        ("exam", document.exam_id),
        number=document.number,
        sha256=document.sha256,
    )
    return document


def get_document(session: Session, actor: Actor, *, period_id: UUID, document_id: UUID) -> PermittedDocument:
    """The document of one of the period's exams, for who may see the period. Raises NotFound."""
    get_period(session, actor, period_id)
    return _own(session, period_id, document_id)


def packed_content(session: Session, sha256: str) -> bytes:
    """What candidates receive, packed. Raises NotFound."""
    packed = session.scalar(select(StatuteContent.packed).where(StatuteContent.sha256 == sha256))
    if packed is None:
        raise NotFound
    return packed


def documents_of(
    session: Session, exam_ids: Collection[UUID], *, only_confirmed: bool = False
) -> Mapping[UUID, Sequence[PermittedDocument]]:
    """Exam → its documents in the order in which they were added."""
    statement = select(PermittedDocument).where(PermittedDocument.exam_id.in_(exam_ids))
    if only_confirmed:
        statement = statement.where(PermittedDocument.confirmed_at.is_not(None))
    found: dict[UUID, list[PermittedDocument]] = {exam_id: [] for exam_id in exam_ids}
    for document in session.scalars(statement.order_by(PermittedDocument.added_at, PermittedDocument.id)):
        found[document.exam_id].append(document)
    return found


def sizes_of(session: Session, hashes: Collection[str]) -> dict[str, int]:
    """Hash → bytes on the wire."""
    rows = session.execute(
        select(StatuteContent.sha256, func.length(StatuteContent.packed)).where(
            StatuteContent.sha256.in_(hashes)
        )
    )
    return dict(rows.all())


def _exam(session: Session, period_id: UUID, exam_id: UUID) -> Exam:
    exam = session.scalar(select(Exam).where(Exam.id == exam_id, Exam.period_id == period_id))
    if exam is None:
        raise NotFound
    return exam


def _own(session: Session, period_id: UUID, document_id: UUID) -> PermittedDocument:
    document = session.scalar(
        select(PermittedDocument)
        .join(Exam, Exam.id == PermittedDocument.exam_id)
        .where(PermittedDocument.id == document_id, Exam.period_id == period_id)
    )
    if document is None:
        raise NotFound
    return document
