"""Clones: a question once more, to be varied, in the family of the first."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from exam_service.actor import Actor
from exam_service.audit import record
from exam_service.bank.access import check_may_author, get_item, items_visible_to
from exam_service.bank.authoring import add_items, next_codes
from exam_service.bank.enemies import NoSuchItem
from exam_service.bank.head import current_draft, note_authors, versions_of
from exam_service.bank.models import Item, ItemAuthor
from exam_service.bank.similar.families import join_family


def clone_item(session: Session, actor: Actor, *, item_id: UUID) -> Item:
    """A new draft of the actor in the same bank that says what the item says now; both are of one family.

    Who wrote the first wrote the words of the clone too, and approves no version of it.
    Raises Forbidden, NotFound.
    """
    check_may_author(actor)
    item = get_item(session, actor, item_id)
    draft = current_draft(item, versions_of(session, item)).model_copy(update={"source_id": None})
    (code,) = next_codes(session, item.bank, 1)
    assert actor.id is not None
    (clone,) = add_items(session, bank=item.bank, coded=[(code, draft)], author_id=actor.id)
    wrote = session.scalars(select(ItemAuthor.account_id).where(ItemAuthor.item_id == item.id))
    note_authors(session, [(clone.id, account_id) for account_id in {*wrote, item.author_id}])
    record(session, actor, "item.clone", ("item", clone.id), code=code, of=item.code)
    join_family(session, actor, item_id=item.id, other_id=clone.id)
    return clone


def join_by_code(session: Session, actor: Actor, *, item_id: UUID, other_code: str) -> UUID:
    """As `join_family`, the other item named by its code. Raises NoSuchItem too."""
    other = session.scalar(items_visible_to(actor).where(Item.code == other_code))
    if other is None:
        raise NoSuchItem(code=other_code, field="other")
    return join_family(session, actor, item_id=item_id, other_id=other.id)
