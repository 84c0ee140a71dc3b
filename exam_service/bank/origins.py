"""Where items come from: the life that a package of the native format tells, kept as a record."""

import hashlib
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from exam_service import clock
from exam_service.actor import Actor
from exam_service.bank.models import Bank, Enemy, Item, ItemOrigin
from exam_service.bank.similar.families import join_family
from exam_service.bank.similar.models import ItemFamily
from question_bank.formats.native_json import NativeOrigin, origin_of
from question_bank.items import canonical_json


def keep_origin(session: Session, item: Item, record: Mapping[str, Any]) -> NativeOrigin:
    """The item has this record of its life elsewhere, once."""
    origin = origin_of(record)
    digest = hashlib.sha256(canonical_json(dict(record))).hexdigest()
    known = select(ItemOrigin.id).where(ItemOrigin.item_id == item.id, ItemOrigin.record_hash == digest)
    if session.scalar(known) is None:
        row = ItemOrigin(
            item_id=item.id,
            origin_id=origin.item.id,
            bank=origin.bank,
            record=dict(record),
            record_hash=digest,
            at=clock.now(),
        )
        session.add(row)
    return origin


def latest_origins(session: Session, item_ids: list[UUID]) -> dict[UUID, NativeOrigin]:
    """Item id → the newest record of its life elsewhere, of those that have one."""
    statement = select(ItemOrigin.item_id, ItemOrigin.record).where(ItemOrigin.item_id.in_(item_ids))
    rows = session.execute(statement.order_by(ItemOrigin.at, ItemOrigin.id))
    return {item_id: origin_of(record) for item_id, record in rows}


def items_by_origin(
    session: Session, bank: Bank, records: Mapping[int, Mapping[str, Any]]
) -> dict[int, Item]:
    """Row index → the item of this bank that its record tells of, by its id elsewhere or here."""
    wanted = {row: UUID(record["item"]["id"]) for row, record in records.items() if record["item"]["id"]}
    if not wanted:
        return {}
    ids = set(wanted.values())
    elsewhere = (
        select(ItemOrigin.origin_id, Item)
        .join(Item, Item.id == ItemOrigin.item_id)
        .where(Item.bank_id == bank.id, ItemOrigin.origin_id.in_(ids))
        .order_by(ItemOrigin.at, ItemOrigin.id)
    )
    known = {origin_id: item for origin_id, item in session.execute(elsewhere) if origin_id}
    own = session.scalars(select(Item).where(Item.bank_id == bank.id, Item.id.in_(ids)))
    known |= {item.id: item for item in own}
    return {row: known[item_id] for row, item_id in wanted.items() if item_id in known}


def declare_enemies_of(session: Session, kept: Mapping[str, tuple[Item, NativeOrigin]]) -> None:
    """Items that were enemies elsewhere are enemies here, where both came in; `kept` is by their code there."""
    for item, origin in kept.values():
        for enemy in origin.item.enemies:
            other = kept.get(enemy.code)
            if other is not None and other[0].id != item.id:
                first, second = sorted((item.id, other[0].id))
                session.merge(Enemy(item_id=first, other_id=second, reason=enemy.reason))


def restore_families_of(
    session: Session, actor: Actor, kept: Mapping[str, tuple[Item, NativeOrigin]]
) -> None:
    """Items that were clones of each other elsewhere are of one family here, where both came in."""
    for item, origin in kept.values():
        for code in origin.item.family:
            other = kept.get(code)
            if other is not None and other[0].id > item.id and not _are_one_family(session, item, other[0]):
                join_family(session, actor, item_id=item.id, other_id=other[0].id)


def _are_one_family(session: Session, one: Item, other: Item) -> bool:
    families = session.scalars(
        select(ItemFamily.family_id).where(ItemFamily.item_id.in_([one.id, other.id]))
    ).all()
    return len(families) > len(set(families))
