"""The comments of an item: a part of the item's page, of the review and of the editor, and a page without script."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy.orm import Session

from exam_service.actor import Actor
from exam_service.bank.access import get_item
from exam_service.bank.manage import comments
from exam_service.bank.manage.schemas import CommentInput
from exam_service.bank.pages.frame import Viewer, show
from exam_service.db import Reading, Tx, attempting
from exam_service.errors import Invalid
from exam_service.http import refusal_sentence

router = APIRouter(prefix="/items/{item_id}/comments")


@router.get("")
def show_comments(request: Request, session: Reading, actor: Viewer, item_id: UUID) -> Response:
    return _threads(request, session, actor, item_id=item_id)


@router.post("")
def add_comment(
    request: Request, session: Tx, actor: Viewer, item_id: UUID, form: Annotated[CommentInput, Form()]
) -> Response:
    try:
        with attempting(session):
            comments.add_comment(
                session, actor, item_id=item_id, text=form.text, thread_id=form.thread or None
            )
    except Invalid as refusal:
        return _threads(request, session, actor, item_id=item_id, refusal=refusal)
    return _after(request, session, actor, item_id)


@router.post("/{thread_id}/{verb}")
def settle_thread(
    request: Request,
    session: Tx,
    actor: Viewer,
    item_id: UUID,
    thread_id: UUID,
    verb: Literal["resolve", "reopen"],
) -> Response:
    comments.settle_thread(
        session, actor, item_id=item_id, thread_id=thread_id, is_resolved=verb == "resolve"
    )
    return _after(request, session, actor, item_id)


def _after(request: Request, session: Session, actor: Actor, item_id: UUID) -> Response:
    if request.headers.get("HX-Request"):
        return _threads(request, session, actor, item_id=item_id)
    return RedirectResponse(f"/bank/items/{item_id}/comments", status_code=303)


def _threads(
    request: Request, session: Session, actor: Actor, *, item_id: UUID, refusal: Invalid | None = None
) -> Response:
    is_part = bool(request.headers.get("HX-Request"))
    return show(
        request,
        session,
        actor,
        "manage/_comments" if is_part else "manage/comments",
        # htmx shows no answer of an error status.
        status=refusal.status if refusal and not is_part else 200,
        tab="items",
        item=get_item(session, actor, item_id),
        threads=comments.threads_of(session, actor, item_id=item_id),
        comment_error=refusal_sentence(refusal) if refusal else "",
    )
