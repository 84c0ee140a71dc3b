"""Reviewing: every step of a version after its submission, taken by somebody who did not write it."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from exam_service.actor import Actor
from exam_service.audit import record
from exam_service.bank.access import check_may_review, lock_version
from exam_service.bank.authoring import add_step, retire_returned
from exam_service.bank.head import refresh_head, refresh_state, trusted_draft, versions_of
from exam_service.bank.models import Item, ItemAuthor, ItemVersion
from exam_service.bank.refusals import review_rules
from exam_service.i18n import gettext as _
from question_bank.review import ReviewState, check_transition


def author_ids_of(session: Session, item: Item, version: ItemVersion) -> frozenset[UUID]:
    """Everybody who wrote any part of the item, this version's submitter and the draft's holder included."""
    wrote = session.scalars(select(ItemAuthor.account_id).where(ItemAuthor.item_id == item.id))
    return frozenset(wrote) | {item.author_id, version.author_id}


def approve_version(session: Session, actor: Actor, *, version_id: UUID, reason: str = "") -> ItemVersion:
    """The version may be drawn; an earlier version that was only approved, or suspended, is retired by it.

    Raises Forbidden, NotFound, AuthorApprovesOwnItem, TransitionNotAllowed (decided meanwhile), ItemHasProblems.
    """
    version, item = _move(session, actor, version_id, to=ReviewState.APPROVED, reason=reason)
    reason = _("Thay bằng phiên bản %(number)s", number=version.number)
    versions = versions_of(session, item)
    earlier = [other for other in versions if other.number < version.number]
    retire_returned(session, actor, earlier, reason=reason)
    for other in earlier:
        if other.state in (ReviewState.APPROVED.value, ReviewState.SUSPENDED.value):
            states = (ReviewState(other.state), ReviewState.RETIRED)
            other.state = ReviewState.RETIRED.value
            add_step(session, actor, other, states=states, reason=reason)
    return _finish(session, actor, item, version, "approve", versions=versions)


def return_version(session: Session, actor: Actor, *, version_id: UUID, reason: str) -> ItemVersion:
    """The item is a draft again for its author, with the reason. Raises as `approve_version`, and ReasonMissing."""
    version, item = _move(session, actor, version_id, to=ReviewState.DRAFT, reason=reason)
    if item.draft is None:  # a newer draft, begun while the version was in use, is not overwritten
        item.draft = version.body
    return _finish(session, actor, item, version, "return")


def retire_version(session: Session, actor: Actor, *, version_id: UUID, reason: str) -> ItemVersion:
    """The version is never drawn again; sealed papers keep it. Raises as `return_version`."""
    version, item = _move(session, actor, version_id, to=ReviewState.RETIRED, reason=reason)
    return _finish(session, actor, item, version, "retire")


def suspend_version(session: Session, actor: Actor, *, version_id: UUID, reason: str) -> ItemVersion:
    """The version is not drawn until a review has looked at it again. Raises as `return_version`."""
    version, item = _move(session, actor, version_id, to=ReviewState.SUSPENDED, reason=reason)
    return _finish(session, actor, item, version, "suspend")


def reopen_review(session: Session, actor: Actor, *, version_id: UUID) -> ItemVersion:
    """A suspended version waits for review again. Raises as `approve_version`."""
    version, item = _move(session, actor, version_id, to=ReviewState.IN_REVIEW, reason="")
    return _finish(session, actor, item, version, "reopen")


def _move(
    session: Session, actor: Actor, version_id: UUID, *, to: ReviewState, reason: str
) -> tuple[ItemVersion, Item]:
    check_may_review(actor)
    assert actor.id is not None
    version = lock_version(session, actor, version_id)
    item = version.item
    before = ReviewState(version.state)
    with review_rules():
        check_transition(
            before,
            to,
            actor_id=actor.id,
            author_ids=author_ids_of(session, item, version),
            problems=trusted_draft(version.body).problems(),
            reason=reason,
        )
    version.state = to.value
    add_step(session, actor, version, states=(before, to), reason=reason.strip())
    session.flush()  # the head is computed from the version's new state
    return version, item


def _finish(
    session: Session,
    actor: Actor,
    item: Item,
    version: ItemVersion,
    verb: str,
    *,
    versions: Sequence[ItemVersion] | None = None,
) -> ItemVersion:
    """With `versions`, all of the item's, its texts are known to be as they were."""
    if versions is None:
        refresh_head(session, item)
    else:
        refresh_state(session, item, versions)
    record(session, actor, f"item.{verb}", ("item", item.id), code=item.code, number=version.number)
    return version
