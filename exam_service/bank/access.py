"""Who may see and change what in the banks: every read of the feature starts from a select of this module."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Select, exists, false, select
from sqlalchemy.orm import Session

from exam_service.actor import Actor, Permission
from exam_service.bank.models import Bank, Item, ItemAuthor, ItemImport, ItemVersion
from exam_service.errors import Forbidden, NotFound
from question_bank.review import ReviewState


class StructureIsForAllBanks(Forbidden):
    """Somebody limited to some positions wants to change what every bank shares."""

    code = "structure_is_for_all_banks"
    message = "Chỉ người thẩm định phụ trách mọi ngân hàng mới được thêm ngân hàng và sửa cây năng lực."


def banks_visible_to(actor: Actor) -> Select[Bank]:
    """The banks that the actor may know of, by code.

    `Actor.bank_position_ids` limits to the banks of these positions; shared banks are then out of reach as well.
    """
    statement = select(Bank).order_by(Bank.code)
    if not actor.can(Permission.BANK_VIEW):
        return statement.where(false())
    if actor.bank_position_ids is not None:
        return statement.where(Bank.position_id.in_(actor.bank_position_ids))
    return statement


def items_visible_to(actor: Actor) -> Select[Item]:
    """The items of the banks that the actor may know of."""
    visible = banks_visible_to(actor).order_by(None).with_only_columns(Bank.id)
    return select(Item).where(Item.bank_id.in_(visible))


def imports_visible_to(actor: Actor) -> Select[ItemImport]:
    """The imports into banks that the actor may know of, newest first."""
    visible = banks_visible_to(actor).order_by(None).with_only_columns(Bank.id)
    return select(ItemImport).where(ItemImport.bank_id.in_(visible)).order_by(ItemImport.created_at.desc())


def waits_for_review_by(actor: Actor, statement: Select[Item]) -> Select[Item]:
    """Only the items in review that the actor may decide on: those that somebody else wrote."""
    wrote = exists().where(ItemAuthor.item_id == Item.id, ItemAuthor.account_id == actor.id)
    statement = statement.where(
        Item.state == ReviewState.IN_REVIEW.value, ~wrote, Item.author_id.is_distinct_from(actor.id)
    )
    return statement if actor.can(Permission.BANK_REVIEW) else statement.where(false())


def check_may_author(actor: Actor) -> None:
    """Raises Forbidden unless the actor writes items."""
    if not actor.can(Permission.BANK_AUTHOR):
        raise Forbidden


def check_may_review(actor: Actor) -> None:
    """Raises Forbidden unless the actor reviews items."""
    if not actor.can(Permission.BANK_REVIEW):
        raise Forbidden


def check_may_shape(actor: Actor) -> None:
    """Raises Forbidden unless the actor answers for every bank: banks and competencies are common to all."""
    check_may_review(actor)
    if actor.bank_position_ids is not None:
        raise StructureIsForAllBanks


def get_bank(session: Session, actor: Actor, *, bank_id: UUID | None = None, code: str = "") -> Bank:
    """The bank by id or code. Raises NotFound."""
    wanted = Bank.id == bank_id if bank_id is not None else Bank.code == code
    bank = session.scalar(banks_visible_to(actor).where(wanted))
    if bank is None:
        raise NotFound
    return bank


def get_item(session: Session, actor: Actor, item_id: UUID) -> Item:
    """The item. Raises NotFound."""
    item = session.scalar(items_visible_to(actor).where(Item.id == item_id))
    if item is None:
        raise NotFound
    return item


def lock_item(session: Session, actor: Actor, item_id: UUID) -> Item:
    """The item, locked until the transaction ends and read again. Raises NotFound."""
    statement = items_visible_to(actor).where(Item.id == item_id).with_for_update(of=Item)
    item = session.scalar(statement.execution_options(populate_existing=True))
    if item is None:
        raise NotFound
    return item


def lock_items(session: Session, actor: Actor, item_ids: Sequence[UUID]) -> list[Item]:
    """The items in the order of the ids, locked and read again as by `lock_item`. Raises NotFound."""
    # Locked in one order, so that two people who act at once cannot wait for each other.
    statement = (
        items_visible_to(actor).where(Item.id.in_(item_ids)).order_by(Item.id).with_for_update(of=Item)
    )
    found = {one.id: one for one in session.scalars(statement.execution_options(populate_existing=True))}
    if len(found) < len(item_ids):
        raise NotFound
    return [found[item_id] for item_id in item_ids]


def lock_version(session: Session, actor: Actor, version_id: UUID) -> ItemVersion:
    """The version with its item locked and both read again. Raises NotFound."""
    item_id = session.scalar(select(ItemVersion.item_id).where(ItemVersion.id == version_id))
    if item_id is None:
        raise NotFound
    lock_item(session, actor, item_id)
    version = session.get(ItemVersion, version_id, populate_existing=True)
    assert version is not None
    return version
