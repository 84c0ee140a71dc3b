"""Where items cite: the index of places that follows every save."""

from collections.abc import Iterable, Iterator, Mapping
from uuid import UUID

from sqlalchemy import ColumnElement, delete, insert, select
from sqlalchemy.orm import Session
from uuid_utils.compat import uuid7

from exam_service.bank.legal.models import ItemCitation, LegalDocument
from question_bank.citations import document_key
from question_bank.items import ItemDraft
from question_bank.legal.register import title_key

Row = tuple[UUID | None, str | None, str | None, str, str, str]


def index_citations(session: Session, says: Mapping[UUID, Mapping[UUID | None, ItemDraft]]) -> None:
    """The index holds exactly what the items cite; `says` maps item id to version id (None: the draft) to its text.

    One SELECT, and writes only where something changed. The items must be in the table.
    """
    wanted = {(item_id, row) for item_id, texts in says.items() for row in _rows(texts)}
    columns = (
        ItemCitation.item_id,
        ItemCitation.version_id,
        ItemCitation.document_key,
        ItemCitation.title_key,
        ItemCitation.article,
        ItemCitation.clause,
        ItemCitation.point,
    )
    found: dict[tuple[UUID, Row], UUID] = {
        (row[1], (row[2], row[3], row[4], row[5], row[6], row[7])): row[0]
        for row in session.execute(
            select(ItemCitation.id, *columns).where(ItemCitation.item_id.in_(list(says)))
        )
    }
    if gone := [key for row, key in found.items() if row not in wanted]:
        session.execute(delete(ItemCitation).where(ItemCitation.id.in_(gone)))
    if fresh := wanted - found.keys():
        session.execute(insert(ItemCitation), [_values(item_id, row) for item_id, row in fresh])


def index_new_items(session: Session, drafts: Mapping[UUID, ItemDraft]) -> None:
    """Index items that are new, by item id, with one statement."""
    rows = [_values(item_id, row) for item_id, draft in drafts.items() for row in set(_rows({None: draft}))]
    if rows:
        session.execute(insert(ItemCitation), rows)


def _rows(says: Mapping[UUID | None, ItemDraft]) -> Iterator[Row]:
    for version_id, draft in says.items():
        for citation in draft.citations:
            number = document_key(citation.document_number) if citation.document_number else None
            yield (
                version_id,
                number,
                title_key(citation.title) if citation.title else None,
                citation.article or "",
                citation.clause or "",
                citation.point or "",
            )


def _values(item_id: UUID, row: Row) -> dict[str, object]:
    names = ("version_id", "document_key", "title_key", "article", "clause", "point")
    return {"id": uuid7(), "item_id": item_id, **dict(zip(names, row, strict=True))}


def citing(keys: Iterable[str], titles: Iterable[str]) -> ColumnElement[bool]:
    """The condition on `ItemCitation` rows that may mean a document of these numbers or, without one, these names."""
    by_number = ItemCitation.document_key.in_(list(keys))
    by_name = ItemCitation.document_key.is_(None) & ItemCitation.title_key.in_(list(titles))
    return by_number | by_name


def names_of(document: LegalDocument) -> set[str]:
    """The keys under which a citation without a number may mean the document."""
    return {title_key(document.title), title_key(document.short_title)} - {""}
