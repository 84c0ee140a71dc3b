"""The bank for programs of the staff: `/api/bank/items`, with the session and the token of a signed-in person."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field
from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session, joinedload

from exam_service import http
from exam_service.actor import Actor, Permission
from exam_service.auth.access import require
from exam_service.bank import authoring
from exam_service.bank.access import get_bank, get_item
from exam_service.bank.head import current_draft, versions_of
from exam_service.bank.models import Bank, Item
from exam_service.bank.schemas import DraftInput, ItemInput, RevisionInput
from exam_service.bank.search import ItemFilter, find_items
from exam_service.db import Reading, Tx
from exam_service.pagination import BadCursor, decode_cursor, encode_cursor

router = APIRouter(prefix="/api/bank/items", tags=["bank"])
Viewer = Annotated[Actor, require(Permission.BANK_VIEW)]
Author = Annotated[Actor, require(Permission.BANK_AUTHOR)]


WHY = {
    401: "Nobody is signed in.",
    403: "The person may not do this.",
    404: "There is no such item, or the person may not know of it.",
    409: "The item has moved on: stale revision, or no draft to submit.",
    422: "The content cannot be accepted, or is incomplete.",
}


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The problem documents that an operation on items may answer, for OpenAPI."""
    return http.problems(*((status, WHY[status]) for status in statuses))


class ItemHead(BaseModel):
    """An item as lists show it; level and competency are null while a draft has none."""

    id: UUID
    code: str = Field(examples=["TPHT-0042"])
    bank: str = Field(examples=["TPHT"])
    state: str = Field(examples=["draft"])
    type: str = Field(examples=["single_choice"])
    level: str | None = Field(examples=["understand"])
    competency: str | None = Field(examples=["TPHT.01"])
    summary: str
    revision: int
    updated_at: datetime


class VersionHead(BaseModel):
    number: int
    state: str
    content_hash: str
    created_at: datetime


class ItemDetail(ItemHead):
    """An item with what it says now (its draft, else its current version) and its versions."""

    item: DraftInput
    versions: list[VersionHead]


class ItemList(BaseModel):
    """A page of a list; `next_cursor` is null on the last one."""

    items: list[ItemHead]
    next_cursor: str | None


def _head(item: Item) -> dict[str, Any]:
    names = ("id", "code", "state", "type", "level", "competency", "summary", "revision", "updated_at")
    return {**{name: getattr(item, name) for name in names}, "bank": item.bank.code}


def _detail(session: Session, item: Item) -> ItemDetail:
    versions = versions_of(session, item)
    draft = current_draft(item, versions)
    body = DraftInput(**{name: getattr(draft, name) for name in DraftInput.model_fields})
    heads = [
        VersionHead(number=v.number, state=v.state, content_hash=v.content_hash, created_at=v.created_at)
        for v in versions
    ]
    return ItemDetail(**_head(item), item=body, versions=heads)


@router.get("", responses=problems(401, 403))
def list_items(
    session: Reading,
    actor: Viewer,
    wanted: Annotated[ItemFilter, Query()],
    cursor: str | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> ItemList:
    """Items of the banks that the person works in, oldest code first; filters as on the page."""
    statement = find_items(actor, wanted).options(joinedload(Item.bank)).order_by(Item.code, Item.id)
    if cursor is not None:
        position = decode_cursor(cursor)
        try:
            after = (str(position["code"]), UUID(str(position["id"])))
        except (KeyError, ValueError) as error:
            raise BadCursor from error
        statement = statement.where(tuple_(Item.code, Item.id) > after)
    found = list(session.scalars(statement.limit(limit + 1)))
    last = found[limit - 1] if len(found) > limit else None
    return ItemList(
        items=[ItemHead(**_head(item)) for item in found[:limit]],
        next_cursor=encode_cursor(code=last.code, id=str(last.id)) if last else None,
    )


@router.get("/{item_id}", responses=problems(401, 404))
def show_item(session: Reading, actor: Viewer, item_id: UUID) -> ItemDetail:
    """One item with its content, key and versions."""
    return _detail(session, get_item(session, actor, item_id))


@router.post("", status_code=201, responses=problems(401, 403, 404, 422))
def create_item(session: Tx, actor: Author, data: ItemInput, response: Response) -> ItemDetail:
    """A new draft. Incomplete content is accepted; it is checked when the draft is submitted."""
    bank: Bank = get_bank(session, actor, code=data.bank)
    item = authoring.create_item(session, actor, bank=bank, draft=data.draft())
    response.headers["Location"] = f"/api/bank/items/{item.id}"
    return _detail(session, session.scalars(select(Item).where(Item.id == item.id)).one())


@router.put("/{item_id}/draft", responses=problems(401, 403, 404, 409, 422))
def save_draft(
    session: Tx, actor: Author, item_id: UUID, data: DraftInput, revision: Annotated[int, Query(ge=0)]
) -> ItemDetail:
    """Replace the draft; `revision` is the one that was read, a newer one in the table is a conflict."""
    item = authoring.save_draft(session, actor, item_id=item_id, revision=revision, draft=data.draft())
    return _detail(session, item)


@router.post("/{item_id}/submit", responses=problems(401, 403, 404, 409, 422))
def submit_item(session: Tx, actor: Author, item_id: UUID, data: RevisionInput) -> ItemDetail:
    """Freeze the draft as the next version and send it to review."""
    version = authoring.submit_item(session, actor, item_id=item_id, revision=data.revision)
    return _detail(session, version.item)
