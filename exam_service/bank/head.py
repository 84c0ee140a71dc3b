"""The head of an item: what lists and search know of it, kept true in one place."""

from collections.abc import Sequence
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


def current_version(versions: list[ItemVersion]) -> ItemVersion | None:
    """The newest version that is not retired, else the newest; None before the first submission."""
    alive = [version for version in versions if version.state != ReviewState.RETIRED.value]
    return (alive or versions or [None])[-1]  # type: ignore[list-item]


def current_draft(item: Item, versions: list[ItemVersion]) -> ItemDraft:
    """What the item says now: its draft, else its current version."""
    if item.draft is not None:
        return trusted_draft(item.draft)
    version = current_version(versions)
    assert version is not None, "an item has a draft or a version"
    return trusted_draft(version.body)


def current_drafts(session: Session, items: Sequence[Item]) -> dict[UUID, ItemDraft]:
    """Item id → what the item says now, for many items with one query."""
    versions: dict[UUID, list[ItemVersion]] = {}
    statement = select(ItemVersion).where(ItemVersion.item_id.in_([item.id for item in items]))
    for version in session.scalars(statement.order_by(ItemVersion.item_id, ItemVersion.number)):
        versions.setdefault(version.item_id, []).append(version)
    return {item.id: current_draft(item, versions.get(item.id, [])) for item in items}


def refresh_head(session: Session, item: Item) -> None:
    """State, type, level, competency, summary, search text, hash and likes follow from draft and versions.

    Every service that changes an item calls this last; the revision rises so that stale pages are refused. A new item
    is in the table afterwards.
    """
    versions = versions_of(session, item)
    draft = current_draft(item, versions)
    version = current_version(versions)
    describe_item(item, draft, version)
    session.add(item)
    session.flush()  # signature, places and facets refer to it
    sign_items(session, {item.id: draft})
    index_places(session, item, versions)
    keep_facets_of(session, item, draft, version)


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


def index_places(session: Session, item: Item, versions: Sequence[ItemVersion]) -> None:
    """The index of cited places follows the item's draft and versions."""
    says: dict[UUID | None, ItemDraft] = {version.id: trusted_draft(version.body) for version in versions}
    if item.draft is not None:
        says[None] = trusted_draft(item.draft)
    index_citations(session, item.id, says)


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
