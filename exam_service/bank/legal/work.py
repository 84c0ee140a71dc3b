"""The work that changes of law make: what an author must look at again, and confirming that it is still right."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, joinedload

from exam_service.actor import Actor
from exam_service.audit import record
from exam_service.bank.access import check_may_author, items_visible_to, lock_version
from exam_service.bank.authoring import add_step
from exam_service.bank.head import refresh_head, trusted_draft
from exam_service.bank.legal.models import LegalRelation, LegalSuspension
from exam_service.bank.legal.register import change_of, load_register
from exam_service.bank.legal.sentences import change_sentence
from exam_service.bank.legal.touching import today
from exam_service.bank.models import Item, ItemAuthor, ItemVersion
from exam_service.bank.refusals import review_rules
from exam_service.errors import Forbidden, Invalid, Refusal
from exam_service.i18n import gettext as _
from question_bank.items import ItemDraft
from question_bank.legal.currency import Currency, CurrencyState, currency, worst
from question_bank.legal.register import Register
from question_bank.review import ReviewState, check_transition

ENDED = frozenset({CurrencyState.EXPIRED, CurrencyState.REPLACED, CurrencyState.SUSPENDED})


class NotYourItem(Forbidden):
    code = "not_your_item"
    message = "Chỉ người soạn câu hỏi mới xác nhận được nội dung vẫn đúng."


class BasisHasEnded(Refusal):
    """The cited place is no longer law: no reason makes the question drawable as it is."""

    code = "basis_has_ended"
    message = (
        "Căn cứ của câu hỏi không còn hiệu lực: %(basis)s Hãy soạn phiên bản mới với căn cứ đang có hiệu lực."
    )


@dataclass(frozen=True)
class Task:
    """A suspended version that waits for its author: what changed, and whether it can be confirmed as it is."""

    item: Item
    version: ItemVersion
    changes: tuple[str, ...]
    basis: Currency | None

    @property
    def can_confirm(self) -> bool:
        return self.basis is None or self.basis.state not in ENDED

    @property
    def has_draft(self) -> bool:
        return self.item.draft is not None


def my_tasks(session: Session, actor: Actor) -> list[Task]:
    """What changes of law suspended among the items that the actor wrote, the longest waiting first."""
    wrote = select(ItemAuthor.item_id).where(ItemAuthor.account_id == actor.id)
    visible = items_visible_to(actor).with_only_columns(Item.id)
    since = (
        select(func.min(LegalSuspension.at))
        .where(LegalSuspension.version_id == ItemVersion.id)
        .scalar_subquery()
    )
    statement = (
        select(ItemVersion)
        .join(Item, Item.id == ItemVersion.item_id)
        .where(
            ItemVersion.state == ReviewState.SUSPENDED.value,
            since.is_not(None),
            Item.id.in_(visible),
            or_(Item.author_id == actor.id, Item.id.in_(wrote)),
        )
        .options(joinedload(ItemVersion.item).joinedload(Item.bank))
        .order_by(since, Item.code)
    )
    versions = session.scalars(statement).all()
    if not versions:
        return []
    register = load_register(session)
    why = _reasons(session, [version.id for version in versions], register)
    return [
        Task(
            version.item,
            version,
            tuple(why.get(version.id, ())),
            basis_of(trusted_draft(version.body), register, on=today()),
        )
        for version in versions
    ]


def count_tasks(session: Session, actor: Actor) -> int:
    """How many tasks `my_tasks` would give."""
    wrote = select(ItemAuthor.item_id).where(ItemAuthor.account_id == actor.id)
    visible = items_visible_to(actor).with_only_columns(Item.id)
    statement = (
        select(func.count(func.distinct(LegalSuspension.version_id)))
        .join(ItemVersion, ItemVersion.id == LegalSuspension.version_id)
        .join(Item, Item.id == ItemVersion.item_id)
        .where(
            ItemVersion.state == ReviewState.SUSPENDED.value,
            Item.id.in_(visible),
            or_(Item.author_id == actor.id, Item.id.in_(wrote)),
        )
    )
    return session.scalar(statement) or 0


def basis_of(draft: ItemDraft, register: Register, *, on: date) -> Currency | None:
    """How the worst of the cited places stands on the day; None without citations."""
    return worst([currency(citation, register, on=on) for citation in draft.citations])


def _reasons(session: Session, version_ids: Iterable[UUID], register: Register) -> dict[UUID, list[str]]:
    rows = session.execute(
        select(LegalSuspension.version_id, LegalRelation)
        .join(LegalRelation, LegalRelation.id == LegalSuspension.relation_id)
        .where(LegalSuspension.version_id.in_(list(version_ids)))
        .options(joinedload(LegalRelation.target), joinedload(LegalRelation.by))
        .order_by(LegalSuspension.at)
    )
    found: dict[UUID, list[str]] = {}
    for version_id, relation in rows:
        sentence = change_sentence(relation, register.starts(change_of(relation)))
        undone = session.scalar(select(LegalRelation.id).where(LegalRelation.undoes_id == relation.id))
        if undone is not None:
            sentence += " " + _("(đã rút lại)")
        found.setdefault(version_id, []).append(sentence)
    return found


def confirm_still_right(session: Session, actor: Actor, *, version_id: UUID, reason: str) -> ItemVersion:
    """The suspended version goes through review again, with its author's reason why the change does not touch it.

    Raises Forbidden, NotFound, NotYourItem, Invalid (no reason), TransitionNotAllowed, and BasisHasEnded while a cited
    place is no longer law.
    """
    check_may_author(actor)
    assert actor.id is not None
    version = lock_version(session, actor, version_id)
    item = version.item
    wrote = session.get(ItemAuthor, (item.id, actor.id))
    if wrote is None and item.author_id != actor.id:
        raise NotYourItem
    if not reason.strip():
        raise Invalid(field="reason", reason=_("Hãy ghi vì sao câu hỏi vẫn đúng."))
    draft = trusted_draft(version.body)
    with review_rules():
        check_transition(
            ReviewState(version.state),
            ReviewState.IN_REVIEW,
            actor_id=actor.id,
            author_ids=(),
            problems=draft.problems(),
        )
    basis = basis_of(draft, load_register(session), on=today())
    if basis is not None and basis.state in ENDED:
        raise BasisHasEnded(basis=basis.sentence())
    states = (ReviewState(version.state), ReviewState.IN_REVIEW)
    version.state = ReviewState.IN_REVIEW.value
    add_step(session, actor, version, states=states, reason=reason.strip())
    session.flush()  # the head is computed from the version's new state
    refresh_head(session, item)
    record(session, actor, "item.confirm", ("item", item.id), code=item.code, number=version.number)
    return version
