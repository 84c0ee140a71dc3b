"""Issuing documents: numbered once, printed as often as needed, corrected only by a new one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, undefer

from exam_service import audit, clock
from exam_service.actor import Actor
from exam_service.documents.kinds import BY_CODE
from exam_service.documents.models import DocumentPrint, DocumentSeries, IssuedDocument, PrintFormat
from exam_service.documents.subjects import Kind, Letterhead, Subject, check_visible
from exam_service.errors import Forbidden, Invalid, NotFound, Refusal
from exam_service.i18n import HOME
from exam_service.i18n import gettext as _
from exam_service.official import pdf, word
from exam_service.official.sheet import Sheet, day_in_words

LONGEST_LINE = 300
FEWEST_REASON = 3


class NotReadyYet(Refusal):
    """The facts are not there yet; `reason` says when they will be."""

    code = "document_not_ready"
    message = "Chưa lập được văn bản này. %(reason)s"


class NothingChanged(Refusal):
    code = "document_unchanged"
    message = (
        "Văn bản %(number)s đã ghi đúng dữ liệu hiện tại. Hãy in lại bản đó; có thay đổi mới lập bản mới."
    )


class DocumentDamaged(Refusal):
    """What is stored does not have the hash it was issued with."""

    code = "document_damaged"
    message = "Nội dung lưu của văn bản không khớp mã kiểm tra nên không in. Hãy báo quản trị viên."


@dataclass(frozen=True)
class PrintedFile:
    name: str
    data: bytes
    media_type: str


def find_subject(session: Session, actor: Actor, *, code: str, subject_id: UUID) -> tuple[Kind, Subject]:
    """The kind and what its document is about. Raises NotFound, also for what the actor may not know of."""
    kind = BY_CODE.get(code)
    if kind is None or not kind.scope.may_view(actor):
        raise NotFound
    subject = kind.scope.find_subject(session, subject_id)
    if subject is None:
        raise NotFound
    check_visible(session, actor, subject)
    return kind, subject


def versions_of(session: Session, subject: Subject) -> Sequence[IssuedDocument]:
    """The issued documents about the subject, the newest first."""
    return session.scalars(
        select(IssuedDocument)
        .where(IssuedDocument.kind == subject.kind, IssuedDocument.subject_id == subject.id)
        .order_by(IssuedDocument.version.desc())
        .options(undefer(IssuedDocument.content))
    ).all()


def sheet_of_document(document: IssuedDocument) -> Sheet:
    """What the document says. Raises DocumentDamaged."""
    sheet = Sheet.model_validate(document.content)
    if sheet.content_hash != document.content_hash:
        raise DocumentDamaged
    return sheet


def draft_sheet(
    session: Session, kind: Kind, subject: Subject, *, letterhead: Letterhead, typed: Mapping[str, str]
) -> Sheet:
    """The document as the facts stand now, without a number. Raises NotReadyYet."""
    reason = kind.missing(subject)
    if reason:
        raise NotReadyYet(reason=reason)
    return kind.compose(session, subject, letterhead, typed)


def is_outdated(session: Session, kind: Kind, subject: Subject, document: IssuedDocument) -> bool:
    """Whether the facts have changed since the document was issued."""
    sheet = sheet_of_document(document)
    letterhead = Letterhead(sheet.organisation, sheet.place)
    return not sheet.says_the_same_as(kind.compose(session, subject, letterhead, document.typed))


def issue_document(
    session: Session,
    actor: Actor,
    *,
    code: str,
    subject_id: UUID,
    letterhead: Letterhead,
    typed: Mapping[str, str],
    reason: str = "",
) -> IssuedDocument:
    """A document with the next number of its series; about a subject that has one already, a correction of it.

    Raises NotFound, Forbidden, NotReadyYet, NothingChanged, Invalid (a correction without a reason, a line too long).
    """
    kind, subject = find_subject(session, actor, code=code, subject_id=subject_id)
    if not kind.scope.may_issue(actor):
        raise Forbidden
    lines = _checked(kind, typed)
    today = clock.now().astimezone(HOME).date()
    # First the number: its lock makes those who issue at the same moment take turns, and the second sees the first.
    number = _next_number(session, kind.symbol, year=today.year)
    newest = next(iter(versions_of(session, subject)), None)
    sheet = draft_sheet(session, kind, subject, letterhead=letterhead, typed=lines)
    if newest is not None:
        sheet = _corrected(sheet, newest, reason=reason)
    sheet = sheet.model_copy(update={"number": number, "issued_on": today})
    document = IssuedDocument(
        kind=kind.code,
        subject_id=subject.id,
        version=newest.version + 1 if newest else 1,
        period_id=subject.period.id,
        sitting_id=subject.sitting.id if subject.sitting else None,
        symbol=kind.symbol,
        year=today.year,
        number=number,
        title=f"{sheet.subject}{' – ' + subject.label if subject.label else ''}",
        typed=lines,
        content=sheet.model_dump(mode="json"),
        content_hash=sheet.content_hash,
        reason=reason.strip() if newest else "",
        issued_by=actor.id,
        issued_by_name=actor.display_name,
        issued_at=clock.now(),
    )
    session.add(document)
    session.flush()  # the audit row names its id
    _record_issue(session, actor, document, newest=newest)
    return document


def _record_issue(
    session: Session, actor: Actor, document: IssuedDocument, *, newest: IssuedDocument | None
) -> None:
    audit.record(
        session,
        actor,
        "document.correct" if newest else "document.issue",
        ("document", document.id),
        kind=document.kind,
        number=document.full_number,
        sha256=document.content_hash,
        **({"replaces": newest.full_number, "reason": document.reason} if newest else {}),
    )


def _checked(kind: Kind, typed: Mapping[str, str]) -> dict[str, str]:
    lines = {field.name: typed.get(field.name, "").strip() for field in kind.typed}
    for name, line in lines.items():
        if len(line) > LONGEST_LINE:
            sentence = _("Ghi nhiều nhất %(count)s ký tự.", count=LONGEST_LINE)
            raise Invalid(field=name, reason=sentence)
    return lines


def _corrected(sheet: Sheet, newest: IssuedDocument, *, reason: str) -> Sheet:
    """The draft that names the document it replaces."""
    if sheet_of_document(newest).says_the_same_as(sheet):
        raise NothingChanged(number=newest.full_number)
    if not FEWEST_REASON <= len(reason.strip()) <= LONGEST_LINE:
        raise Invalid(field="reason", reason=_("Ghi lý do lập bản đính chính, từ 3 đến 300 ký tự."))
    issued_on = newest.issued_at.astimezone(HOME).date()
    sentence = (
        f"(Thay thế văn bản số {newest.full_number}, {day_in_words(issued_on)}. Lý do: {reason.strip()})"
    )
    return sheet.model_copy(update={"replaces": sentence})


def _next_number(session: Session, symbol: str, *, year: int) -> int:
    """The next number of the series, from 1 each year; locked until the transaction ends."""
    statement = (
        insert(DocumentSeries)
        .values(symbol=symbol, year=year, last_number=1)
        .on_conflict_do_update(
            index_elements=[DocumentSeries.symbol, DocumentSeries.year],
            set_={"last_number": DocumentSeries.last_number + 1},
        )
        .returning(DocumentSeries.last_number)
    )
    return session.execute(statement).scalar_one()


def print_document(
    session: Session, actor: Actor, document_id: UUID, *, print_format: PrintFormat
) -> PrintedFile:
    """The file of an issued document; every print is counted, and says at its foot which one it is.

    Raises NotFound, DocumentDamaged.
    """
    document = session.scalar(
        select(IssuedDocument)
        .where(IssuedDocument.id == document_id)
        .options(undefer(IssuedDocument.content))
        .with_for_update()
    )
    if document is None:
        raise NotFound
    find_subject(session, actor, code=document.kind, subject_id=document.subject_id)
    sheet = sheet_of_document(document)
    count = select(func.count()).where(DocumentPrint.document_id == document.id)
    number = (session.scalar(count) or 0) + 1
    at = clock.now()
    session.add(
        DocumentPrint(
            document_id=document.id,
            number=number,
            format=print_format.value,
            printed_by=actor.id,
            printed_by_name=actor.display_name,
            printed_at=at,
        )
    )
    audit.record(
        session, actor, "document.print", ("document", document.id), print=number, format=print_format.value
    )
    note = (
        f"Bản in lần {number}, lúc {at.astimezone(HOME):%H:%M ngày %d/%m/%Y}, người in: {actor.display_name}. "
        f"Mã kiểm tra: {document.content_hash}"
    )
    stem = f"{document.kind.replace('_', '-')}-{document.number:02d}-{document.year}"
    if print_format is PrintFormat.WORD:
        return PrintedFile(f"{stem}.docx", word.write_word(sheet, note=note), word.MEDIA_TYPE)
    return PrintedFile(f"{stem}.pdf", pdf.write_pdf(sheet, note=note)[0], pdf.MEDIA_TYPE)


def prints_of(session: Session, documents: Sequence[IssuedDocument]) -> dict[UUID, list[DocumentPrint]]:
    """Document → its prints in order."""
    found: dict[UUID, list[DocumentPrint]] = {document.id: [] for document in documents}
    rows = session.scalars(
        select(DocumentPrint)
        .where(DocumentPrint.document_id.in_(found))
        .order_by(DocumentPrint.document_id, DocumentPrint.number)
    )
    for row in rows:
        found[row.document_id].append(row)
    return found


def find_by_hash(session: Session, actor: Actor, typed: str) -> IssuedDocument | None:
    """The document whose code stands at the foot of a print, if there is one that the actor may see."""
    code = "".join(typed.split()).lower()
    document = session.scalar(select(IssuedDocument).where(IssuedDocument.content_hash == code))
    if document is None:
        return None
    try:
        find_subject(session, actor, code=document.kind, subject_id=document.subject_id)
    except NotFound:
        return None
    return document
