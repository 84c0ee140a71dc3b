"""The head of an item: what lists and search know of it, kept true in one place."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from exam_service import clock
from exam_service.bank.facets.keeping import keep_facets_of
from exam_service.bank.legal.citing import index_citations
from exam_service.bank.models import Item, ItemAuthor, ItemVersion
from exam_service.bank.similar.signing import sign_items
from question_bank.citations import format_citation
from question_bank.items import ItemDraft, semantic_hash
from question_bank.review import ReviewState
from question_bank.text import fold, plain

SUMMARY_CHARS = 400


def trusted_draft(body: dict[str, object]) -> ItemDraft:
    """A draft read back from our own table: sanitised when it was written, so not cleaned again."""
    return ItemDraft.model_validate(body, context={"trusted": True})


def stored(draft: ItemDraft) -> dict[str, object]:
    """The draft as it stands in the columns `item.draft` and `item_version.body`."""
    return draft.model_dump(mode="json")


def versions_of(session: Session, item: Item) -> list[ItemVersion]:
    """Every version of the item, oldest first."""
    statement = select(ItemVersion).where(ItemVersion.item_id == item.id).order_by(ItemVersion.number)
    return list(session.scalars(statement))


def versions_by_item(session: Session, items: Sequence[Item]) -> dict[UUID, list[ItemVersion]]:
    """Item id → every version of the item, oldest first, with one query."""
    versions: dict[UUID, list[ItemVersion]] = {item.id: [] for item in items}
    statement = select(ItemVersion).where(ItemVersion.item_id.in_(list(versions)))
    for version in session.scalars(statement.order_by(ItemVersion.item_id, ItemVersion.number)):
        versions[version.item_id].append(version)
    return versions


def current_version(versions: Sequence[ItemVersion]) -> ItemVersion | None:
    """The newest version that is not retired, else the newest; None before the first submission."""
    alive = [version for version in versions if version.state != ReviewState.RETIRED.value]
    return next(reversed(alive or versions), None)


def current_draft(item: Item, versions: Sequence[ItemVersion]) -> ItemDraft:
    """What the item says now: its draft, else its current version."""
    if item.draft is not None:
        return trusted_draft(item.draft)
    version = current_version(versions)
    assert version is not None, "an item has a draft or a version"
    return trusted_draft(version.body)


def current_drafts(session: Session, items: Sequence[Item]) -> dict[UUID, ItemDraft]:
    """Item id → what the item says now, for many items with one query."""
    versions = versions_by_item(session, items)
    return {item.id: current_draft(item, versions[item.id]) for item in items}


def refresh_head(session: Session, item: Item) -> None:
    """State, type, level, competency, summary, search text, hash and likes follow from draft and versions.

    Every service that changes an item calls this last; the revision rises so that stale pages are refused. A new item
    is in the table afterwards.
    """
    refresh_heads(session, [item])


def refresh_heads(session: Session, items: Sequence[Item]) -> None:
    """As `refresh_head` for many items, with as many statements as for one."""
    if not items:
        return
    versions = versions_by_item(session, items)
    says = _described(items, versions)
    session.add_all(items)
    session.flush()  # signatures, places and facets refer to them
    sign_items(session, {item.id: draft for item, (draft, _version) in says.items()})
    index_places(session, items, versions)
    keep_facets_of(session, says)


def refresh_state(session: Session, item: Item, versions: Sequence[ItemVersion]) -> None:
    """As `refresh_head` after a change of states alone: what the item says, and so its likes and cited places, is as it
    was. `versions` are all of the item's.
    """
    says = _described([item], {item.id: versions})
    session.flush()
    keep_facets_of(session, says)


def _described(
    items: Sequence[Item], versions: Mapping[UUID, Sequence[ItemVersion]]
) -> dict[Item, tuple[ItemDraft, ItemVersion | None]]:
    """Item → what it says now and its current version, which its columns then tell."""
    says = {}
    for item in items:
        draft, version = current_draft(item, versions[item.id]), current_version(versions[item.id])
        describe_item(item, draft, version)
        says[item] = draft, version
    return says


def describe_item(item: Item, draft: ItemDraft, version: ItemVersion | None) -> None:
    """What lists filter on is that of the draft, the state that of the version without one; likes are not touched."""
    is_draft = item.draft is not None or version is None
    item.state = ReviewState.DRAFT.value if is_draft or version is None else version.state
    item.type = draft.content.type
    item.level = draft.level.value if draft.level else None
    item.competency = draft.competency
    item.summary = plain(draft.content.texts()[0][1])[:SUMMARY_CHARS]
    item.search_text = search_text(item.code, draft)
    item.semantic_hash = semantic_hash(draft)
    item.revision = (item.revision or 0) + 1
    item.updated_at = clock.now()


def index_places(
    session: Session, items: Sequence[Item], versions: Mapping[UUID, Sequence[ItemVersion]]
) -> None:
    """The index of cited places follows the items' drafts and versions (by item id)."""
    says: dict[UUID, dict[UUID | None, ItemDraft]] = {}
    for item in items:
        says[item.id] = {version.id: trusted_draft(version.body) for version in versions[item.id]}
        if item.draft is not None:
            says[item.id][None] = trusted_draft(item.draft)
    index_citations(session, says)


def search_text(code: str, draft: ItemDraft) -> str:
    """Everything an item may be found by, folded: no diacritics, no case, no punctuation."""
    texts = [code, draft.source_id or "", *(plain(text) for _place, text in draft.content.texts())]
    texts += [format_citation(citation) for citation in draft.citations]
    return fold(" ".join([*texts, *draft.tags]))


def note_author(session: Session, item: Item, account_id: UUID) -> None:
    """`account_id` is among those who wrote the item, and so never among its approvers."""
    note_authors(session, [(item.id, account_id)])


def note_authors(session: Session, pairs: Sequence[tuple[UUID, UUID]]) -> None:
    """As `note_author` for many (item id, account id), with one statement."""
    if pairs:
        rows = [{"item_id": item_id, "account_id": account_id} for item_id, account_id in pairs]
        session.execute(insert(ItemAuthor).on_conflict_do_nothing(), rows)
