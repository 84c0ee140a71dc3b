"""Items with all that is known of them, as the native format takes them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from exam_service import clock
from exam_service.auth.models import Account
from exam_service.bank.head import trusted_draft
from exam_service.bank.media.showing import media_of
from exam_service.bank.models import Bank, Enemy, Item, ItemAuthor, ItemVersion, ReviewStep
from exam_service.bank.origins import latest_origins
from exam_service.bank.similar.models import ItemFamily
from question_bank.formats.native_json import (
    NativeBank,
    NativeEnemy,
    NativeItem,
    NativeStep,
    NativeVersion,
    write_bank,
)
from question_bank.items import ItemDraft
from question_bank.review import ReviewState


def write_native(
    session: Session,
    bank: Bank,
    items: Sequence[Item],
    drafts: Mapping[UUID, ItemDraft],
    *,
    is_zip: bool = True,
) -> bytes:
    """The package of these items of the bank; `drafts` is what they say now, by item id.

    A handful of queries, however many items. People are named as they are called now.
    """
    ids = [item.id for item in items]
    names = dict(session.execute(select(Account.id, Account.display_name)).all())
    versions = _versions(session, ids, names)
    authors, enemies = _authors(session, ids, names), _enemies(session, ids)
    families = _families(session, items)
    origins = latest_origins(session, ids)
    records = [
        NativeItem(
            id=item.id,
            code=item.code,
            state=ReviewState(item.state),
            draft=drafts[item.id],
            author=names.get(item.author_id, ""),
            authors=tuple(authors[item.id]),
            versions=tuple(versions[item.id]),
            enemies=tuple(enemies[item.id]),
            family=tuple(families[item.id]),
            origin=origins.get(item.id),
        )
        for item in items
    ]
    shown = [*drafts.values(), *(v.draft for kept in versions.values() for v in kept)]
    shown += [origin.item.draft for origin in origins.values()]
    about = NativeBank(code=bank.code, name=bank.name, exported_at=clock.now())
    return write_bank(about, records, media=media_of(session, shown), is_zip=is_zip)


def _versions(
    session: Session, ids: list[UUID], names: Mapping[UUID, str]
) -> dict[UUID, list[NativeVersion]]:
    steps: dict[UUID, list[NativeStep]] = defaultdict(list)
    of_items = select(ReviewStep).join(ItemVersion, ItemVersion.id == ReviewStep.version_id)
    for step in session.scalars(
        of_items.where(ItemVersion.item_id.in_(ids)).order_by(ReviewStep.at, ReviewStep.id)
    ):
        by = names.get(step.actor_id, "") if step.actor_id else ""
        states = {"from_state": ReviewState(step.from_state), "to_state": ReviewState(step.to_state)}
        steps[step.version_id].append(NativeStep(**states, by=by, reason=step.reason, at=step.at))
    found: dict[UUID, list[NativeVersion]] = defaultdict(list)
    statement = select(ItemVersion).where(ItemVersion.item_id.in_(ids))
    for version in session.scalars(statement.order_by(ItemVersion.item_id, ItemVersion.number)):
        kept = NativeVersion(
            number=version.number,
            state=ReviewState(version.state),
            draft=trusted_draft(version.body),
            content_hash=version.content_hash,
            author=names.get(version.author_id, ""),
            created_at=version.created_at,
            steps=tuple(steps[version.id]),
        )
        found[version.item_id].append(kept)
    return found


def _authors(session: Session, ids: list[UUID], names: Mapping[UUID, str]) -> dict[UUID, list[str]]:
    found: dict[UUID, list[str]] = defaultdict(list)
    statement = select(ItemAuthor.item_id, ItemAuthor.account_id).where(ItemAuthor.item_id.in_(ids))
    for item_id, account_id in session.execute(statement.order_by(ItemAuthor.account_id)):
        found[item_id].append(names.get(account_id, ""))
    return found


def _enemies(session: Session, ids: list[UUID]) -> dict[UUID, list[NativeEnemy]]:
    """Enemies among these items only: others may stand in banks that the actor does not see."""
    known = set(ids)
    pairs = session.scalars(select(Enemy).where(or_(Enemy.item_id.in_(ids), Enemy.other_id.in_(ids)))).all()
    codes = dict(session.execute(select(Item.id, Item.code).where(Item.id.in_(ids))).all())
    found: dict[UUID, list[NativeEnemy]] = defaultdict(list)
    for pair in pairs:
        if {pair.item_id, pair.other_id} <= known:
            found[pair.item_id].append(NativeEnemy(code=codes[pair.other_id], reason=pair.reason))
            found[pair.other_id].append(NativeEnemy(code=codes[pair.item_id], reason=pair.reason))
    return found


def _families(session: Session, items: Sequence[Item]) -> dict[UUID, list[str]]:
    """Item → the codes of its clones among these items, for the same reason."""
    codes = {item.id: item.code for item in items}
    rows = session.execute(
        select(ItemFamily.family_id, ItemFamily.item_id).where(ItemFamily.item_id.in_(list(codes)))
    )
    members: dict[UUID, list[UUID]] = defaultdict(list)
    for family_id, item_id in rows:
        members[family_id].append(item_id)
    found: dict[UUID, list[str]] = defaultdict(list)
    for family in members.values():
        for item_id in family:
            found[item_id] = sorted(codes[other] for other in family if other != item_id)
    return found
