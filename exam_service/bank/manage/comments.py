"""Comments on items: threads of the staff of a bank, never shown to a candidate."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session
from uuid_utils.compat import uuid7

from exam_service import clock
from exam_service.actor import Actor
from exam_service.audit import record
from exam_service.auth.models import Account
from exam_service.bank.access import get_item
from exam_service.bank.enemies import check_may_pair
from exam_service.bank.head import current_version, versions_of
from exam_service.bank.manage.models import ItemComment
from exam_service.bank.models import Item, ItemVersion
from exam_service.errors import Invalid, NotFound
from exam_service.i18n import gettext as _


@dataclass(frozen=True)
class Said:
    """A comment with the name of its author; `number` is the version it was said about, 0 for a draft."""

    comment: ItemComment
    author: str
    number: int


@dataclass(frozen=True)
class Thread:
    """A comment and what was answered, oldest first."""

    first: Said
    answers: list[Said] = field(default_factory=list)

    @property
    def is_resolved(self) -> bool:
        return self.first.comment.resolved_at is not None


def threads_of(session: Session, actor: Actor, *, item_id: UUID) -> Sequence[Thread]:
    """The threads about the item, open ones first, then by age. Raises NotFound."""
    get_item(session, actor, item_id)
    rows = session.execute(
        select(ItemComment, Account.display_name, func.coalesce(ItemVersion.number, 0))
        .join(Account, Account.id == ItemComment.author_id)
        .outerjoin(ItemVersion, ItemVersion.id == ItemComment.version_id)
        .where(ItemComment.item_id == item_id)
        .order_by(ItemComment.created_at, ItemComment.id)
    )
    threads: dict[UUID, Thread] = {}
    answers: list[Said] = []
    for row in rows:
        said = Said(*row)
        if said.comment.thread_id is None:
            threads[said.comment.id] = Thread(said)
        else:
            answers.append(said)
    for said in answers:
        assert said.comment.thread_id is not None
        threads[said.comment.thread_id].answers.append(said)
    return sorted(threads.values(), key=lambda thread: thread.is_resolved)


def open_threads(session: Session, item: Item) -> int:
    """How many threads about the item wait for somebody."""
    statement = select(func.count()).select_from(ItemComment)
    waiting = ItemComment.thread_id.is_(None), ItemComment.resolved_at.is_(None)
    return session.scalar(statement.where(ItemComment.item_id == item.id, *waiting)) or 0


def add_comment(
    session: Session, actor: Actor, *, item_id: UUID, text: str, thread_id: UUID | None = None
) -> ItemComment:
    """The text stands in the thread, or begins one, about the item as it is now; an answer opens a settled thread.

    Raises Forbidden, NotFound, Invalid.
    """
    check_may_pair(actor)
    item = get_item(session, actor, item_id)
    if not text.strip():
        raise Invalid(field="text", reason=_("Hãy nhập nội dung trao đổi."))
    if thread_id is not None:
        first = _first_of(session, item, thread_id)
        first.resolved_at = first.resolved_by = None
    version = None if item.draft is not None else current_version(versions_of(session, item))
    assert actor.id is not None
    comment = ItemComment(
        id=uuid7(),
        item_id=item.id,
        version_id=version.id if version else None,
        thread_id=thread_id,
        author_id=actor.id,
        text=text.strip(),
        created_at=clock.now(),
    )
    session.add(comment)
    session.flush()
    record(session, actor, "item.comment", ("item", item.id), code=item.code, comment=comment.id)
    return comment


def settle_thread(
    session: Session, actor: Actor, *, item_id: UUID, thread_id: UUID, is_resolved: bool
) -> ItemComment:
    """The thread is settled, or open again; who settled it is kept. Raises Forbidden, NotFound."""
    check_may_pair(actor)
    item = get_item(session, actor, item_id)
    first = _first_of(session, item, thread_id)
    first.resolved_at = clock.now() if is_resolved else None
    first.resolved_by = actor.id if is_resolved else None
    verb = "item.resolve_comment" if is_resolved else "item.reopen_comment"
    record(session, actor, verb, ("item", item.id), code=item.code, comment=first.id)
    return first


def _first_of(session: Session, item: Item, thread_id: UUID) -> ItemComment:
    first = session.get(ItemComment, thread_id, with_for_update=True)
    if first is None or first.item_id != item.id or first.thread_id is not None:
        raise NotFound
    return first
