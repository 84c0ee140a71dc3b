"""Naming a permitted document by the register of legal documents.

Everybody may know which law exists: the register is read here without the right to see a bank.
"""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from exam_service.bank.legal.documents import standings
from exam_service.bank.legal.models import LegalDocument
from exam_service.errors import Invalid
from exam_service.i18n import gettext as _
from question_bank.citations import document_key
from question_bank.legal.currency import Currency
from question_bank.text import clean_text

OFFERED = 300


@dataclass(frozen=True)
class Named:
    """How the document is called; `legal_document_id` where the register knows it."""

    number: str
    title: str
    issued_on: date | None
    legal_document_id: UUID | None


def name_document(session: Session, *, number: str, title: str, issued_on: date | None) -> Named:
    """What was typed, its blanks filled from the register where the number (and the day) names one document of it.

    Raises Invalid: neither title nor known number; a number that several documents of the register have.
    """
    typed_number, typed_title = clean_text(number), clean_text(title)
    known = _known(session, typed_number, issued_on)
    if known is not None:
        return Named(known.number, typed_title or known.title, issued_on or known.issued_on, known.id)
    if not typed_title:
        sentence = (
            _("Danh mục văn bản không có số này. Hãy nhập tên văn bản.")
            if typed_number
            else _("Hãy nhập tên văn bản.")
        )
        raise Invalid(field="title", reason=sentence)
    return Named(typed_number, typed_title, issued_on, None)


def _known(session: Session, number: str, issued_on: date | None) -> LegalDocument | None:
    key = document_key(number) if number else None
    if key is None:
        return None
    found = session.scalars(select(LegalDocument).where(LegalDocument.number_key == key)).all()
    if issued_on is not None and len(found) > 1:
        found = [one for one in found if one.issued_on == issued_on]
    if len(found) > 1:
        raise Invalid(
            field="issued_on", reason=_("Danh mục có nhiều văn bản số này. Hãy nhập ngày ban hành.")
        )
    return found[0] if found else None


def offered_documents(session: Session) -> list[tuple[str, str]]:
    """(number, title) of the newest documents of the register, to choose from while typing."""
    rows = session.execute(
        select(LegalDocument.number, LegalDocument.title)
        .order_by(LegalDocument.issued_on.desc().nulls_last(), LegalDocument.number)
        .limit(OFFERED)
    )
    return [(number, title) for number, title in rows]


def standings_on(session: Session, document_ids: set[UUID], *, on: date) -> dict[UUID, Currency]:
    """Document of the register → how it stands on the day."""
    if not document_ids:
        return {}
    return {key: found for key, found in standings(session, on=on).items() if key in document_ids}
