"""Families of clones: a form holds at most one question of a family."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session
from uuid_utils.compat import uuid7

from exam_service.actor import Actor
from exam_service.audit import record
from exam_service.bank.access import get_item, items_visible_to
from exam_service.bank.enemies import OwnEnemy, check_may_pair
from exam_service.bank.models import Item
from exam_service.bank.similar.models import ItemFamily


def join_family(session: Session, actor: Actor, *, item_id: UUID, other_id: UUID) -> UUID:
    """Both items are of one family, with all that belonged to the families of either; returns the family's id.

    Raises Forbidden, NotFound, OwnEnemy (an item is no clone of itself).
    """
    check_may_pair(actor)
    item, other = get_item(session, actor, item_id), get_item(session, actor, other_id)
    if item.id == other.id:
        raise OwnEnemy(field="other")
    known = session.execute(
        select(ItemFamily.item_id, ItemFamily.family_id)
        .where(ItemFamily.item_id.in_([item_id, other_id]))
        .with_for_update()
    ).all()
    families: dict[UUID, UUID] = dict(known)
    family_id = families.get(item_id) or families.get(other_id) or uuid7()
    for old in set(families.values()) - {family_id}:
        session.execute(update(ItemFamily).where(ItemFamily.family_id == old).values(family_id=family_id))
    for member_id in (item_id, other_id):
        if member_id not in families:
            session.add(ItemFamily(item_id=member_id, family_id=family_id))
    session.flush()  # who reads the family next must find both
    record(session, actor, "item.join_family", ("item", item.id), code=item.code, other=other.code)
    return family_id


def leave_family(session: Session, actor: Actor, *, item_id: UUID) -> None:
    """The item is no clone any more; a family of one left behind is none. Raises Forbidden, NotFound."""
    check_may_pair(actor)
    item = get_item(session, actor, item_id)
    family_id = session.scalar(
        delete(ItemFamily).where(ItemFamily.item_id == item_id).returning(ItemFamily.family_id)
    )
    if family_id is None:
        return
    left = select(func.count()).select_from(ItemFamily).where(ItemFamily.family_id == family_id)
    if session.scalar(left) == 1:
        session.execute(delete(ItemFamily).where(ItemFamily.family_id == family_id))
    record(session, actor, "item.leave_family", ("item", item.id), code=item.code)


def family_of(session: Session, actor: Actor, *, item_id: UUID) -> tuple[Sequence[Item], int]:
    """The other members that the actor may see, by code, and how many there are besides. Raises NotFound."""
    get_item(session, actor, item_id)
    family = select(ItemFamily.family_id).where(ItemFamily.item_id == item_id).scalar_subquery()
    others = select(ItemFamily.item_id).where(ItemFamily.family_id == family, ItemFamily.item_id != item_id)
    seen = session.scalars(items_visible_to(actor).where(Item.id.in_(others)).order_by(Item.code)).all()
    total = session.scalar(select(func.count()).select_from(others.subquery())) or 0
    return seen, total - len(seen)
