"""What a change of law touches: versions in use, in review, drafts, and every version that papers may hold."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from exam_service import clock
from exam_service.bank.head import trusted_draft
from exam_service.bank.legal.citing import citing, names_of
from exam_service.bank.legal.models import ItemCitation, LegalDocument, LegalRelation
from exam_service.bank.legal.register import change_of, checked_at, load_register
from exam_service.bank.models import Bank, Item, ItemVersion
from exam_service.i18n import HOME
from question_bank.citations import Citation, format_citation
from question_bank.legal.currency import affected_by
from question_bank.legal.documents import Change
from question_bank.legal.register import Register
from question_bank.review import ReviewState

SUSPENDABLE = (ReviewState.APPROVED.value, ReviewState.OPERATIONAL.value)
UNDER_WAY = ReviewState.IN_REVIEW.value


@dataclass(frozen=True)
class Touched:
    """A version (or, `version_id` None, a draft) that cites what changes; `is_vague` if by no place or no one law."""

    item_id: UUID
    version_id: UUID | None
    code: str
    bank: str
    state: str
    author_id: UUID
    citations: tuple[str, ...]
    is_vague: bool


@dataclass(frozen=True)
class Preview:
    """What a change would do: the versions it suspends, what else cites the place; `fingerprint` names this list."""

    relation: LegalRelation
    start: date
    is_due: bool
    suspended: tuple[Touched, ...]
    in_review: tuple[Touched, ...]
    drafts: tuple[Touched, ...]
    version_ids: frozenset[UUID]  # every version that ever cited the place: what sealed papers may hold

    @property
    def fingerprint(self) -> str:
        change = self.relation
        parts = [change.kind, str(change.target_id), str(change.by_id), str(change.places), str(self.start)]
        ids = sorted(str(touched.version_id) for touched in self.suspended)
        return hashlib.sha256("\n".join([*parts, *ids]).encode()).hexdigest()

    @property
    def author_ids(self) -> frozenset[UUID]:
        return frozenset(touched.author_id for touched in (*self.suspended, *self.drafts))


def today() -> date:
    """The day at home: laws change at midnight there."""
    return clock.now().astimezone(HOME).date()


def preview_of(session: Session, relation: LegalRelation) -> Preview:
    """What the change would do if it were recorded now. Three queries and the register."""
    register = load_register(session)
    # Nobody has checked an item against a change that is not recorded yet.
    change = replace(change_of(relation), recorded_at=None)
    start = register.starts(change)
    versions = touched_versions(session, relation.target, change, register)
    return Preview(
        relation,
        start,
        start <= today(),
        tuple(touched for touched in versions if touched.state in SUSPENDABLE),
        tuple(touched for touched in versions if touched.state == UNDER_WAY),
        _touched_drafts(session, relation.target, change, register),
        frozenset(touched.version_id for touched in versions if touched.version_id),
    )


def _candidates(document: LegalDocument) -> Select[UUID | None]:
    return select(ItemCitation.version_id).where(citing([document.number_key], names_of(document)))


def touched_versions(
    session: Session,
    document: LegalDocument,
    change: Change,
    register: Register,
    *,
    states: Sequence[str] = (),
) -> tuple[Touched, ...]:
    """The versions that cite what changes and were not checked knowing it, by code; without `states` of any state."""
    statement = (
        select(ItemVersion, Item, Bank.code)
        .join(Item, Item.id == ItemVersion.item_id)
        .join(Bank, Bank.id == Item.bank_id)
        .where(ItemVersion.id.in_(_candidates(document)))
        .order_by(Item.code, ItemVersion.number)
    )
    if states:
        statement = statement.where(ItemVersion.state.in_(states))
    rows = {version.id: (version, item, bank) for version, item, bank in session.execute(statement)}
    cited = {key: trusted_draft(version.body).citations for key, (version, _item, _bank) in rows.items()}
    found = affected_by(change, cited, register, checked_at=checked_at(session, rows))
    return tuple(_touched(*rows[hit.item], hit.citations, is_vague=hit.is_vague) for hit in found)


def _touched(
    version: ItemVersion, item: Item, bank: str, citations: tuple[Citation, ...], *, is_vague: bool
) -> Touched:
    texts = tuple(format_citation(citation) for citation in citations)
    return Touched(item.id, version.id, item.code, bank, version.state, item.author_id, texts, is_vague)


def _touched_drafts(
    session: Session, document: LegalDocument, change: Change, register: Register
) -> tuple[Touched, ...]:
    cited = select(ItemCitation.item_id).where(
        ItemCitation.version_id.is_(None), citing([document.number_key], names_of(document))
    )
    statement = select(Item, Bank.code).join(Bank, Bank.id == Item.bank_id).where(Item.id.in_(cited))
    rows = {
        item.id: (item, bank) for item, bank in session.execute(statement.order_by(Item.code)) if item.draft
    }
    says = {key: trusted_draft(item.draft or {}).citations for key, (item, _bank) in rows.items()}
    return tuple(
        Touched(
            hit.item,
            None,
            rows[hit.item][0].code,
            rows[hit.item][1],
            ReviewState.DRAFT.value,
            rows[hit.item][0].author_id,
            tuple(format_citation(citation) for citation in hit.citations),
            hit.is_vague,
        )
        for hit in affected_by(change, says, register)
    )
