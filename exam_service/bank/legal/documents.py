"""Keeping the documents of the register: adding, mending facts, finding, picking for a citation."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from exam_service import clock
from exam_service.actor import Actor
from exam_service.audit import record
from exam_service.bank.facets.keeping import follow_documents
from exam_service.bank.legal.access import check_may_keep_register, documents_visible_to, get_document
from exam_service.bank.legal.citing import citing, names_of
from exam_service.bank.legal.models import ItemCitation, LegalDocument
from exam_service.bank.legal.register import load_register
from exam_service.bank.legal.schemas import DocumentInput
from exam_service.bank.models import Item
from exam_service.bank.search import tsquery
from exam_service.errors import Invalid, Refusal, Stale
from exam_service.i18n import gettext as _
from question_bank.citations import InvalidDocumentNumber, document_key, parse_document_number
from question_bank.legal.currency import Currency, standing_of
from question_bank.legal.register_file import document_type
from question_bank.text import clean_text, fold

FACTS = ("number", "title", "type", "issuer", "short_title", "issued_on", "in_force_from", "notes")
PICKED = 12


class DocumentExists(Refusal):
    code = "document_exists"
    message = "Văn bản %(number)s đã có trong danh mục."


def create_document(session: Session, actor: Actor, *, data: DocumentInput) -> LegalDocument:
    """A new document of the register. Raises Forbidden, Invalid, DocumentExists."""
    check_may_keep_register(actor)
    facts = _checked(data)
    _check_new(session, facts, but=None)
    now = clock.now()
    document = LegalDocument(
        **facts,
        in_force_to=data.in_force_to,
        number_key=document_key(facts["number"]) or facts["number"],
        search_text=_search_text(facts),
        revision=1,
        created_by=actor.id,
        created_at=now,
        updated_at=now,
    )
    session.add(document)
    session.flush()  # the audit row names its id
    follow_documents(session, [document])
    record(session, actor, "legal_document.create", ("legal_document", document.id), **_plain(data))
    return document


def update_document(
    session: Session, actor: Actor, *, document_id: UUID, data: DocumentInput
) -> LegalDocument:
    """The facts of the document are mended. Its end is not among them: that is a change with consequences.

    Raises Forbidden, NotFound, Stale, Invalid, DocumentExists.
    """
    check_may_keep_register(actor)
    document = get_document(session, actor, document_id)
    session.refresh(document, with_for_update=True)
    if document.revision != data.revision:
        raise Stale
    facts = _checked(data.model_copy(update={"in_force_to": document.in_force_to}))
    _check_new(session, facts, but=document.id)
    before = {name: getattr(document, name) for name in FACTS if getattr(document, name) != facts[name]}
    known_as = {document.number_key, *names_of(document)}
    for name, value in facts.items():
        setattr(document, name, value)
    document.number_key = document_key(document.number) or document.number
    document.search_text = _search_text(facts)
    document.revision += 1
    document.updated_at = clock.now()
    session.flush()  # the register is read again
    follow_documents(session, [document], but_known_as=known_as)
    after = {name: facts[name] for name in before}
    record(session, actor, "legal_document.mend", ("legal_document", document.id), before=before, after=after)
    return document


def _checked(data: DocumentInput) -> dict[str, Any]:
    try:
        number = parse_document_number(data.number).text
    except InvalidDocumentNumber as error:
        reason = _("Số, ký hiệu văn bản chưa đúng. Ví dụ: 80/2025/QH15, 150/2025/NĐ-CP, 45-QĐ/TW.")
        raise Invalid(field="number", reason=reason) from error
    title = clean_text(data.title)
    if not title:
        raise Invalid(field="title", reason=_("Hãy nhập tên văn bản."))
    if data.in_force_from and data.in_force_to and data.in_force_to <= data.in_force_from:
        raise Invalid(field="in_force_to", reason=_("Ngày hết hiệu lực phải sau ngày có hiệu lực."))
    if data.issued_on and data.in_force_from and data.in_force_from < data.issued_on:
        raise Invalid(field="in_force_from", reason=_("Văn bản không thể có hiệu lực trước ngày ban hành."))
    facts = {name: getattr(data, name) for name in FACTS}
    return facts | {"number": number, "title": title, "type": data.type or document_type(number, title)}


def _check_new(session: Session, facts: dict[str, Any], *, but: UUID | None) -> None:
    statement = select(LegalDocument.id).where(
        LegalDocument.number_key == document_key(facts["number"]),
        LegalDocument.issuer == facts["issuer"],
        LegalDocument.issued_on.is_not_distinct_from(facts["issued_on"]),
    )
    if but is not None:
        statement = statement.where(LegalDocument.id != but)
    if session.scalar(statement) is not None:
        raise DocumentExists(number=facts["number"], field="number")


def _search_text(facts: dict[str, Any]) -> str:
    return fold(" ".join((facts["number"], facts["title"], facts["short_title"], facts["issuer"])))


def _plain(data: DocumentInput) -> dict[str, Any]:
    return {
        name: value for name, value in data.model_dump(mode="json").items() if value and name != "revision"
    }


def find_documents(actor: Actor, *, q: str = "", kind: str = "") -> Select[LegalDocument]:
    """The documents that hold every word (no diacritics needed) or have this number, of one type, unordered."""
    statement = documents_visible_to(actor)
    if (search := tsquery(q)) is not None:
        key = document_key(q)
        found = LegalDocument.search_vector.bool_op("@@")(search)
        statement = statement.where(or_(found, LegalDocument.number_key == key) if key else found)
    return statement.where(LegalDocument.type == kind) if kind else statement


def standings(session: Session, *, on: date) -> dict[UUID, Currency]:
    """Document → how it stands as a whole on the day."""
    register = load_register(session)
    return {UUID(key): standing_of(document, register, on=on) for key, document in register.documents.items()}


def newest_first(statement: Select[LegalDocument]) -> Select[LegalDocument]:
    """In the order of issue, the newest first; undated ones last, by number."""
    return statement.order_by(LegalDocument.issued_on.desc().nulls_last(), LegalDocument.number)


def pick_documents(session: Session, actor: Actor, *, q: str) -> Sequence[LegalDocument]:
    """The few documents that the words mean most likely, for the editor's citation picker."""
    if not fold(q):
        return ()
    statement = find_documents(actor, q=q)
    return session.scalars(newest_first(statement).limit(PICKED)).all()


def document_types(session: Session, actor: Actor) -> list[tuple[str, int]]:
    """(type, how many documents) by name."""
    visible = documents_visible_to(actor).subquery()
    rows = session.execute(
        select(visible.c.type, func.count()).group_by(visible.c.type).order_by(visible.c.type)
    )
    return [(kind, count) for kind, count in rows]


def count_citing(
    session: Session, documents: Sequence[LegalDocument], items: Select[Item]
) -> dict[UUID, int]:
    """Document → how many of these items cite it anywhere, in draft or version."""
    visible = items.with_only_columns(Item.id)
    keys = {document.number_key for document in documents}
    rows = session.execute(
        select(ItemCitation.document_key, func.count(func.distinct(ItemCitation.item_id)))
        .where(ItemCitation.document_key.in_(keys), ItemCitation.item_id.in_(visible))
        .group_by(ItemCitation.document_key)
    )
    counts = dict(rows.all())
    return {document.id: counts.get(document.number_key, 0) for document in documents}


def items_citing(items: Select[Item], document: LegalDocument) -> Select[Item]:
    """Those of the items that cite the document, by code."""
    cited = select(ItemCitation.item_id).where(citing([document.number_key], names_of(document)))
    return items.where(Item.id.in_(cited)).order_by(Item.code)
