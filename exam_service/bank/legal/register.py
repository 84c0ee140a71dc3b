"""The stored register as the domain's: every document, every change that still stands, when versions were checked."""

from collections.abc import Collection, Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session, aliased

from exam_service.bank.legal.models import LegalDocument, LegalRelation
from exam_service.bank.models import ReviewStep
from question_bank.citations import Citation, document_key
from question_bank.legal import documents
from question_bank.legal.documents import Change, ChangeKind, Place
from question_bank.legal.register import Register
from question_bank.review import ReviewState

_FACTS = (
    LegalDocument.id,
    LegalDocument.number,
    LegalDocument.title,
    LegalDocument.type,
    LegalDocument.issuer,
    LegalDocument.short_title,
    LegalDocument.issued_on,
    LegalDocument.in_force_from,
    LegalDocument.in_force_to,
)


def load_register(session: Session, *, extra: Iterable[Change] = ()) -> Register:
    """The whole register without the changes that were taken back; `extra` are changes only tried out (preview)."""
    found = _documents(session)
    return Register(found, [*(change_of(row) for row in standing_relations(session)), *extra])


def register_for(session: Session, citations: Collection[Citation]) -> Register:
    """As much of the register as says the same of these citations: saving one item need not read all of it."""
    if any(citation.document_number is None for citation in citations):
        return load_register(session)  # any document may bear the name
    if not citations:
        return Register(())
    keys = {document_key(citation.document_number or "") for citation in citations}
    cited = _documents(session, LegalDocument.number_key.in_(keys))
    ids = {document.id for document in cited}
    changes = [
        change_of(row)
        for row in standing_relations(session, LegalRelation.target_id.in_([UUID(key) for key in ids]))
    ]
    behind = [UUID(change.by_id) for change in changes if change.by_id and change.by_id not in ids]
    changing = _documents(session, LegalDocument.id.in_(behind))
    return Register([*cited, *changing], changes)


def _documents(session: Session, *wanted: ColumnElement[bool]) -> list[documents.LegalDocument]:
    return [
        documents.LegalDocument(id=str(row.id), **{name: getattr(row, name) for name in row._fields[1:]})
        for row in session.execute(select(*_FACTS).where(*wanted))
    ]


def standing_relations(session: Session, *wanted: ColumnElement[bool]) -> list[LegalRelation]:
    """Every recorded change that nobody took back (and is `wanted`), in the order of recording."""
    undoing = aliased(LegalRelation)
    taken_back = select(undoing.id).where(undoing.undoes_id == LegalRelation.id).exists()
    statement = select(LegalRelation).where(LegalRelation.undoes_id.is_(None), ~taken_back, *wanted)
    return list(session.scalars(statement.order_by(LegalRelation.recorded_at, LegalRelation.id)))


def change_of(row: LegalRelation) -> Change:
    """The stored change as the domain's."""
    return Change(
        str(row.id),
        ChangeKind(row.kind),
        str(row.target_id),
        str(row.by_id) if row.by_id else None,
        tuple(Place(**place) for place in row.places),
        row.effective_on,
        row.effective_to,
        row.recorded_at,
    )


def checked_at(session: Session, version_ids: Iterable[UUID]) -> dict[UUID, datetime]:
    """Version → when somebody last approved it, knowing the register of that moment."""
    rows = session.execute(
        select(ReviewStep.version_id, func.max(ReviewStep.at))
        .where(
            ReviewStep.version_id.in_(list(version_ids)), ReviewStep.to_state == ReviewState.APPROVED.value
        )
        .group_by(ReviewStep.version_id)
    )
    return dict(rows.all())
