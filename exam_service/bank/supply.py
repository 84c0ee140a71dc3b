"""What the banks offer to papers: the versions that may be drawn, and taking them into use."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import insert, or_, select, update
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session
from uuid_utils.compat import uuid7

from exam_service import clock
from exam_service.actor import Actor
from exam_service.bank.difficulty.estimates import Expectations, expected_of_pool
from exam_service.bank.legal.register import checked_at, load_register
from exam_service.bank.models import Competency, Enemy, Item, ItemVersion, ReviewStep
from exam_service.bank.sentences import TYPE_NAMES, type_name
from exam_service.bank.similar.models import ItemFamily
from question_bank.items import ItemDraft
from question_bank.legal.currency import Window, usable_windows
from question_bank.legal.register import Register
from question_bank.pool import PoolItem
from question_bank.review import ReviewState
from question_bank.taxonomy import CognitiveLevel

DRAWABLE = (ReviewState.APPROVED.value, ReviewState.OPERATIONAL.value)


@dataclass(frozen=True)
class Supply:
    """The drawable items of some banks: what the draw needs to know, and what each version says (by version id).

    `by_hand` counts the approved items left out because a person would have to mark them: nobody is asked to yet.
    `expected` says how well difficulties are known.
    """

    pool: tuple[PoolItem, ...]
    drafts: dict[str, ItemDraft]
    by_hand: int = 0
    expected: Expectations = field(default_factory=lambda: Expectations((), {}, None))


def load_supply(
    session: Session,
    bank_ids: Iterable[UUID],
    *,
    days: Collection[date] = (),
    with_pretests: bool = False,
) -> Supply:
    """The newest approved or operational version of every item of the banks that is scored by rule and whose basis is
    in force on all `days`.

    The register of legal documents decides together with the dates of the citations themselves. Without days nothing is
    left out, and each entry carries the last span of days on which it may be used. `with_pretests` says that versions
    never used before are for pretest slots only.
    """
    rows = session.execute(
        select(ItemVersion)
        .join(Item, Item.id == ItemVersion.item_id)
        .where(Item.bank_id.in_(list(bank_ids)), ItemVersion.state.in_(DRAWABLE))
        .order_by(ItemVersion.item_id, ItemVersion.number.desc())
        .ext(distinct_on(ItemVersion.item_id))
    ).scalars()
    versions = [(row, _trusted(row)) for row in rows]
    item_ids = [row.item_id for row, _draft in versions]
    enemies, families = _enemies(session, item_ids), _families(session, item_ids)
    register = load_register(session)
    checked = checked_at(session, [row.id for row, _draft in versions])
    pool, drafts, by_hand = [], {}, 0
    for row, draft in versions:
        if draft.content.needs_marker:
            by_hand += 1
            continue
        window = _window(draft, register, checked.get(row.id, row.created_at), days)
        if window is not None:
            entry = replace(
                _pool_item(row, draft, enemies.get(row.item_id, frozenset()), window),
                family=families.get(row.item_id),
                pretest=with_pretests and row.state == ReviewState.APPROVED.value,
            )
            pool.append(entry)
            drafts[entry.version_id] = draft
    pool.sort(key=lambda entry: entry.version_id)
    expected = expected_of_pool(
        session, pool, {version_id: draft.difficulty_rating for version_id, draft in drafts.items()}
    )
    return Supply(expected.pool, drafts, by_hand, expected)


def drafts_of(session: Session, version_ids: Iterable[UUID]) -> dict[str, ItemDraft]:
    """What each of these versions says, whatever has become of it since."""
    rows = session.scalars(select(ItemVersion).where(ItemVersion.id.in_(list(version_ids))))
    return {str(row.id): _trusted(row) for row in rows}


def _window(draft: ItemDraft, register: Register, checked: datetime, days: Collection[date]) -> Window | None:
    """The span of days on which the item may be used and that holds the first of `days`; None where one is outside."""
    windows = usable_windows(draft.citations, register, checked_at=checked)
    if not days:
        # Never in force: a span in the past of everybody, so that it is counted but drawn on no day.
        return windows[-1] if windows else Window(None, date.min + timedelta(days=1))
    holding = [next((window for window in windows if window.holds(day)), None) for day in sorted(days)]
    return None if None in holding else holding[0]


def _trusted(row: ItemVersion) -> ItemDraft:
    # Sanitised when it was written and frozen since: cleaning it again for every draw would only cost time.
    return ItemDraft.model_validate(row.body, context={"trusted": True})


def _pool_item(row: ItemVersion, draft: ItemDraft, enemies: frozenset[str], window: Window) -> PoolItem:
    return PoolItem(
        version_id=str(row.id),
        item_id=str(row.item_id),
        content_hash=row.content_hash,
        competency=row.competency,
        level=CognitiveLevel(row.level),
        item_type=row.type,
        shuffle=draft.content.shuffle_units(),
        enemies=enemies,
        in_force_from=window.start,
        # A window names the first day that is no longer in force, the pool the last day that still is.
        in_force_to=window.end - timedelta(days=1) if window.end else None,
        expected_time_s=draft.expected_time_s,
    )


def _enemies(session: Session, item_ids: list[UUID]) -> dict[UUID, frozenset[str]]:
    rows = session.execute(
        select(Enemy.item_id, Enemy.other_id).where(
            or_(Enemy.item_id.in_(item_ids), Enemy.other_id.in_(item_ids))
        )
    )
    found: dict[UUID, set[str]] = {}
    for one, other in rows:
        found.setdefault(one, set()).add(str(other))
        found.setdefault(other, set()).add(str(one))
    return {item_id: frozenset(others) for item_id, others in found.items()}


def _families(session: Session, item_ids: list[UUID]) -> dict[UUID, str]:
    rows = session.execute(
        select(ItemFamily.item_id, ItemFamily.family_id).where(ItemFamily.item_id.in_(item_ids))
    )
    return {item_id: str(family_id) for item_id, family_id in rows}


def competency_names(session: Session) -> dict[str, str]:
    """Code → name of every competency, for labels of cells and profiles."""
    return dict(session.execute(select(Competency.code, Competency.name)).all())


def label_names(session: Session) -> dict[str, str]:
    """Code → name of every competency and item type, for labels of cells in the language of the request."""
    return competency_names(session) | {code: type_name(code) for code in TYPE_NAMES}


def take_into_use(session: Session, actor: Actor, *, version_ids: Iterable[UUID], reason: str) -> int:
    """The approved versions among these are operational and the versions they replace retired; returns how many."""
    fresh = session.execute(
        select(ItemVersion.id, ItemVersion.item_id)
        .where(ItemVersion.id.in_(list(version_ids)), ItemVersion.state == ReviewState.APPROVED.value)
        .with_for_update()
    ).all()
    replaced = session.scalars(
        select(ItemVersion.id).where(
            ItemVersion.item_id.in_([item_id for _id, item_id in fresh]),
            ItemVersion.state == ReviewState.OPERATIONAL.value,
        )
    ).all()
    _move(session, actor, list(replaced), (ReviewState.OPERATIONAL, ReviewState.RETIRED), reason)
    _move(
        session,
        actor,
        [version_id for version_id, _item in fresh],
        (ReviewState.APPROVED, ReviewState.OPERATIONAL),
        reason,
    )
    heads = select(ItemVersion.item_id).where(ItemVersion.id.in_([version_id for version_id, _ in fresh]))
    session.execute(
        update(Item)
        .where(Item.id.in_(heads), Item.state == ReviewState.APPROVED.value)
        .values(state=ReviewState.OPERATIONAL.value)
    )
    return len(fresh)


def _move(
    session: Session,
    actor: Actor,
    version_ids: list[UUID],
    states: tuple[ReviewState, ReviewState],
    reason: str,
) -> None:
    if not version_ids:
        return
    before, after = states
    session.execute(update(ItemVersion).where(ItemVersion.id.in_(version_ids)).values(state=after.value))
    session.execute(
        insert(ReviewStep),
        [
            {
                "id": uuid7(),
                "version_id": version_id,
                "from_state": before.value,
                "to_state": after.value,
                "actor_id": actor.id,
                "reason": reason,
                "at": clock.now(),
            }
            for version_id in version_ids
        ],
    )
