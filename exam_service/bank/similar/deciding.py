"""What people decide about two questions that are alike: others, clones, never in one form, or one of them goes."""

from uuid import UUID

from sqlalchemy.orm import Session

from exam_service import clock
from exam_service.actor import Actor
from exam_service.audit import record
from exam_service.bank import authoring, enemies, reviewing
from exam_service.bank.access import get_item
from exam_service.bank.enemies import check_may_pair
from exam_service.bank.head import current_version, versions_of
from exam_service.bank.models import Item
from exam_service.bank.similar.families import join_family, leave_family
from exam_service.bank.similar.models import PairDecision, SimilarPair
from exam_service.errors import NotFound, Refusal
from exam_service.i18n import gettext as _
from question_bank.review import ReviewState


class PairIsDecided(Refusal):
    code = "pair_is_decided"
    message = "Cặp câu này đã được quyết định. Hãy tải lại trang để xem."


class CannotBeUndone(Refusal):
    code = "cannot_be_undone"
    message = "Câu đã thôi dùng không tự trở lại. Hãy mở trang của câu đó."


def decide_pair(
    session: Session, actor: Actor, *, item_id: UUID, other_id: UUID, decision: PairDecision
) -> SimilarPair:
    """The decision is kept and takes effect; the pair is not asked about again.

    FAMILY: a form holds at most one of both. ENEMIES: they never meet in one form. ONE_RETIRED: `other_id` leaves the
    life cycle (a draft that was never submitted is deleted, and the pair with it). DIFFERENT: nothing but that.
    Raises Forbidden, NotFound, PairIsDecided, and what retiring raises.
    """
    check_may_pair(actor)
    item, other = get_item(session, actor, item_id), get_item(session, actor, other_id)
    pair = _lock_pair(session, item_id, other_id)
    if pair.decision is not None:
        raise PairIsDecided
    pair.decision, pair.decided_by, pair.decided_at = decision.value, actor.id, clock.now()
    record(
        session,
        actor,
        "item.decide_pair",
        ("item", item.id),
        code=item.code,
        other=other.code,
        decision=decision,
    )
    match decision:
        case PairDecision.FAMILY:
            join_family(session, actor, item_id=item_id, other_id=other_id)
        case PairDecision.ENEMIES:
            reason = _("Gần giống nhau")
            enemies.add_enemy(session, actor, item_id=item_id, other_code=other.code, reason=reason)
        case PairDecision.ONE_RETIRED:
            _retire(session, actor, other, kept=item)
    return pair


def reopen_pair(session: Session, actor: Actor, *, item_id: UUID, other_id: UUID) -> SimilarPair:
    """The pair waits for a decision again, and the effect of the old one is gone.

    Raises Forbidden, NotFound, CannotBeUndone.
    """
    check_may_pair(actor)
    item, other = get_item(session, actor, item_id), get_item(session, actor, other_id)
    pair = _lock_pair(session, item_id, other_id)
    before = pair.decision
    match before:
        case PairDecision.ONE_RETIRED.value:
            raise CannotBeUndone
        case PairDecision.FAMILY.value:
            leave_family(session, actor, item_id=other_id)
        case PairDecision.ENEMIES.value:
            enemies.remove_enemy(session, actor, item_id=item_id, other_code=other.code)
    pair.decision = pair.decided_by = pair.decided_at = None
    record(
        session, actor, "item.reopen_pair", ("item", item.id), code=item.code, other=other.code, before=before
    )
    return pair


def _lock_pair(session: Session, item_id: UUID, other_id: UUID) -> SimilarPair:
    key = (min(item_id, other_id), max(item_id, other_id))
    pair = session.get(SimilarPair, key, with_for_update=True, populate_existing=True)
    if pair is None:
        raise NotFound
    return pair


def _retire(session: Session, actor: Actor, item: Item, *, kept: Item) -> None:
    session.flush()  # the pair goes with an item that is deleted, and cannot be written after it
    if item.draft is not None and (
        authoring.discard_draft(session, actor, item_id=item.id, revision=item.revision) is None
    ):
        return
    version = current_version(versions_of(session, item))
    if version is not None and version.state != ReviewState.RETIRED.value:
        reason = _("Trùng với câu %(code)s", code=kept.code)
        reviewing.retire_version(session, actor, version_id=version.id, reason=reason)
