"""Enemies: pairs of items that must not meet in one form."""

from uuid import UUID

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from exam_service.actor import Actor, Permission
from exam_service.audit import record
from exam_service.bank.access import get_item, items_visible_to
from exam_service.bank.models import Enemy, Item
from exam_service.errors import Forbidden, Refusal


class NoSuchItem(Refusal):
    code = "no_such_item"
    status = 422
    message = "Không tìm thấy câu hỏi có mã %(code)s trong các ngân hàng Ông/Bà phụ trách."


class OwnEnemy(Refusal):
    code = "own_enemy"
    status = 422
    message = "Một câu hỏi không thể xung khắc với chính nó. Hãy nhập mã của câu khác."


def check_may_pair(actor: Actor) -> None:
    """Raises Forbidden unless the actor writes or reviews items."""
    if not (actor.can(Permission.BANK_AUTHOR) or actor.can(Permission.BANK_REVIEW)):
        raise Forbidden


def enemies_of(session: Session, item: Item) -> list[tuple[Item, str]]:
    """The items that must not meet this one, by code, each with the reason."""
    rows = session.execute(
        select(Item, Enemy.reason)
        .join(Enemy, or_(Enemy.item_id == Item.id, Enemy.other_id == Item.id))
        .where(or_(Enemy.item_id == item.id, Enemy.other_id == item.id), Item.id != item.id)
        .order_by(Item.code)
    )
    return [(other, reason) for other, reason in rows]


def add_enemy(session: Session, actor: Actor, *, item_id: UUID, other_code: str, reason: str = "") -> Enemy:
    """Both items never meet in one form; adding the pair again changes only its reason.

    Raises Forbidden, NotFound, NoSuchItem, OwnEnemy.
    """
    check_may_pair(actor)
    item = get_item(session, actor, item_id)
    other = session.scalar(items_visible_to(actor).where(Item.code == other_code))
    if other is None:
        raise NoSuchItem(code=other_code, field="other")
    if other.id == item.id:
        raise OwnEnemy(field="other")
    first, second = sorted((item.id, other.id))
    enemy = session.merge(Enemy(item_id=first, other_id=second, reason=reason))
    record(session, actor, "item.add_enemy", ("item", item.id), other=other.code, reason=reason)
    return enemy


def remove_enemy(session: Session, actor: Actor, *, item_id: UUID, other_code: str) -> None:
    """Both items may meet again. Raises Forbidden, NotFound, NoSuchItem (also for a pair that is none)."""
    check_may_pair(actor)
    item = get_item(session, actor, item_id)
    other = session.scalar(items_visible_to(actor).where(Item.code == other_code))
    if other is None:
        raise NoSuchItem(code=other_code, field="other")
    first, second = sorted((item.id, other.id))
    gone = session.execute(
        delete(Enemy).where(Enemy.item_id == first, Enemy.other_id == second).returning(Enemy.item_id)
    ).first()
    if gone is None:
        raise NoSuchItem(code=other_code, field="other")
    record(session, actor, "item.remove_enemy", ("item", item.id), other=other.code)
