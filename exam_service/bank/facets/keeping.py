"""Keeping the facets of items true: after every save, after every change of the register, after every period."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy import Select, func, select, true, update
from sqlalchemy.dialects.postgresql import Range, insert
from sqlalchemy.orm import Session

from exam_service.bank.facets.models import ItemFacet, ItemUse
from exam_service.bank.legal.citing import citing, names_of
from exam_service.bank.legal.models import ItemCitation, LegalDocument, LegalRelation
from exam_service.bank.legal.register import checked_at, load_register, register_for
from exam_service.bank.models import Item, ItemVersion
from question_bank.citations import Citation
from question_bank.items import ItemDraft
from question_bank.legal.currency import Window, last_change, usable_windows
from question_bank.legal.register import Register
from question_bank.review import ReviewState

BATCH = 2000
_CITATIONS: TypeAdapter[tuple[Citation, ...]] = TypeAdapter(tuple[Citation, ...])


@dataclass(frozen=True)
class Said:
    """What an item says now, and when its current version was approved (None: a draft, checked by nobody yet)."""

    citations: tuple[Citation, ...]
    tags: tuple[str, ...]
    checked_at: datetime | None = None

    @classmethod
    def of(cls, draft: ItemDraft, *, checked: datetime | None = None) -> "Said":
        return cls(draft.citations, draft.tags, checked)


@dataclass(frozen=True)
class EndedPeriod:
    """A period that is over, as the bank keeps it."""

    id: UUID
    code: str
    name: str
    sealed_at: datetime | None


def keep_facets(session: Session, items: Mapping[UUID, Said], *, register: Register | None = None) -> None:
    """The facets of these items follow what they say. The items must be in the table already."""
    if not items:
        return
    if register is None:
        register = register_for(session, [one for said in items.values() for one in said.citations])
    rows = [_row(item_id, said, register) for item_id, said in items.items()]
    for start in range(0, len(rows), BATCH):
        statement = insert(ItemFacet).values(rows[start : start + BATCH])
        names = ("tags", "has_basis", "usable", "changes_on")
        session.execute(
            statement.on_conflict_do_update(
                index_elements=["item_id"], set_={name: statement.excluded[name] for name in names}
            )
        )


def _row(item_id: UUID, said: Said, register: Register) -> dict[str, object]:
    windows = usable_windows(said.citations, register, checked_at=said.checked_at)
    return {
        "item_id": item_id,
        "tags": list(said.tags),
        "has_basis": bool(said.citations),
        "usable": [_span(window) for window in windows],
        "changes_on": last_change(said.citations, register, checked_at=said.checked_at),
    }


def _span(window: Window) -> Range[date]:
    return Range(window.start, window.end, bounds="[)")


def keep_facets_of(session: Session, says: Mapping[Item, tuple[ItemDraft, ItemVersion | None]]) -> None:
    """As `keep_facets` for items with what they say now and their current version."""
    current = {
        item.id: version.id
        for item, (_draft, version) in says.items()
        if item.draft is None and version is not None
    }
    times = checked_at(session, current.values()) if current else {}
    checked = {item_id: times.get(version_id) for item_id, version_id in current.items()}
    keep_facets(
        session,
        {item.id: Said.of(draft, checked=checked.get(item.id)) for item, (draft, _version) in says.items()},
    )


def follow_documents(
    session: Session, documents: Iterable[LegalDocument], *, but_known_as: Collection[str] = ()
) -> None:
    """The facets of every item that cites one of the documents, or what one of them changes, follow the register.

    `but_known_as` are keys and names that a document had before.
    """
    found = list(documents)
    changed = select(LegalRelation.target_id).where(LegalRelation.by_id.in_([one.id for one in found]))
    found += session.scalars(select(LegalDocument).where(LegalDocument.id.in_(changed)))
    keys = {one.number_key for one in found}.union(but_known_as)
    names = set().union(*(names_of(one) for one in found), but_known_as)
    cited = select(ItemCitation.item_id).where(citing(keys, names)).distinct()
    ids = session.scalars(cited.order_by(ItemCitation.item_id)).all()
    register = load_register(session) if ids else None
    for start in range(0, len(ids), BATCH):
        keep_facets(session, _said_now(session, ids[start : start + BATCH]), register=register)


def keep_missing(session: Session, *, most: int = BATCH) -> int:
    """Up to `most` items without facets get theirs; returns how many. Nothing is left to do in a bank kept by the
    services: only what was written past them (an update of the tables, rows loaded in bulk)."""
    missing = select(Item.id).where(~select(ItemFacet.item_id).where(ItemFacet.item_id == Item.id).exists())
    ids = session.scalars(missing.order_by(Item.id).limit(most)).all()
    keep_facets(session, _said_now(session, ids), register=load_register(session) if ids else None)
    _follow_answers(session, ids)
    return len(ids)


def _said_now(session: Session, item_ids: Sequence[UUID]) -> dict[UUID, Said]:
    """What the items say now, without reading their contents."""
    # "No draft" is null of SQL or of JSON, by who wrote the row.
    is_version = func.coalesce(func.jsonb_typeof(Item.draft) != "object", true())
    is_alive = ItemVersion.state != ReviewState.RETIRED.value
    current = (
        select(
            ItemVersion.id,
            ItemVersion.body["citations"].label("citations"),
            ItemVersion.body["tags"].label("tags"),
        )
        .where(ItemVersion.item_id == Item.id)
        .order_by(is_alive.desc(), ItemVersion.number.desc())
        .limit(1)
        .lateral()
    )
    rows = session.execute(
        select(
            Item.id,
            is_version,
            func.coalesce(Item.draft["citations"], current.c.citations),
            func.coalesce(Item.draft["tags"], current.c.tags),
            current.c.id,
        )
        .outerjoin(current, is_version)
        .where(Item.id.in_(item_ids))
    ).all()
    times = checked_at(session, [version_id for *_rest, version_id in rows if version_id])
    return {
        item_id: Said(
            _CITATIONS.validate_python(citations or ()),
            tuple(tags or ()),
            times.get(version_id) if is_current else None,
        )
        for item_id, is_current, citations, tags, version_id in rows
    }


def note_use(session: Session, period: EndedPeriod, *, version_ids: Iterable[UUID]) -> int:
    """Papers of the period held these versions; noted once however often it is said. Returns how many are new."""
    rows = session.execute(
        select(ItemVersion.id, ItemVersion.item_id).where(ItemVersion.id.in_(list(version_ids)))
    )
    values = [
        {
            "version_id": version_id,
            "period_id": period.id,
            "item_id": item_id,
            "period_code": period.code,
            "period_name": period.name,
            "sealed_at": period.sealed_at,
        }
        for version_id, item_id in rows
    ]
    if not values:
        return 0
    statement = insert(ItemUse).values(values).on_conflict_do_nothing().returning(ItemUse.version_id)
    return len(session.execute(statement).all())


def note_answers(session: Session, *, period_id: UUID, answers: Mapping[UUID, int]) -> None:
    """Version → how many answers of the period's released results there are; 0 for every other version it used."""
    session.execute(update(ItemUse).where(ItemUse.period_id == period_id).values(answers=0))
    if answers:
        by_key = [
            {"version_id": version_id, "period_id": period_id, "answers": count}
            for version_id, count in answers.items()
        ]
        session.execute(update(ItemUse), by_key)
    _follow_answers(session, select(ItemUse.item_id).where(ItemUse.period_id == period_id))


def _follow_answers(session: Session, item_ids: Select[UUID] | Sequence[UUID]) -> None:
    """`ItemFacet.answers` of these items is the most that one of their versions has."""
    of_version = (
        select(ItemUse.item_id, func.sum(ItemUse.answers).label("answers"))
        .group_by(ItemUse.item_id, ItemUse.version_id)
        .subquery()
    )
    most = select(func.max(of_version.c.answers)).where(of_version.c.item_id == ItemFacet.item_id)
    session.execute(
        update(ItemFacet)
        .where(ItemFacet.item_id.in_(item_ids))
        .values(answers=func.coalesce(most.scalar_subquery(), 0))
        .execution_options(synchronize_session=False)
    )
