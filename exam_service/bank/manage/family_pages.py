"""Cloning an item, and the page of a family of clones."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response
from sqlalchemy.orm import Session

from exam_service.actor import Actor
from exam_service.bank.access import get_item
from exam_service.bank.enemies import NoSuchItem, OwnEnemy
from exam_service.bank.manage.cloning import clone_item, join_by_code
from exam_service.bank.pages.frame import Author, Viewer, go_on, show
from exam_service.bank.schemas import EnemyInput
from exam_service.bank.similar.families import family_of, leave_family
from exam_service.db import Reading, Tx, attempting
from exam_service.errors import Refusal
from exam_service.http import refusal_sentence
from exam_service.i18n import gettext as _

router = APIRouter(prefix="/items/{item_id}")


@router.post("/clone")
def clone(request: Request, session: Tx, actor: Author, item_id: UUID) -> Response:
    made = clone_item(session, actor, item_id=item_id)
    sentence = _("Đã tạo câu %(code)s cùng họ. Hãy sửa cho khác câu gốc.", code=made.code)
    return go_on(request, f"/bank/items/{made.id}/edit", sentence)


@router.get("/family")
def show_family(request: Request, session: Reading, actor: Viewer, item_id: UUID) -> Response:
    return _page(request, session, actor, item_id)


@router.post("/family")
def join(
    request: Request, session: Tx, actor: Viewer, item_id: UUID, form: Annotated[EnemyInput, Form()]
) -> Response:
    try:
        with attempting(session):
            join_by_code(session, actor, item_id=item_id, other_code=form.other)
    except (NoSuchItem, OwnEnemy) as refusal:
        return _page(request, session, actor, item_id, refusal=refusal, other=form.other)
    return go_on(
        request, f"/bank/items/{item_id}/family", _("Hai câu là một họ: mỗi đề có nhiều nhất một câu.")
    )


@router.post("/family/leave")
def leave(request: Request, session: Tx, actor: Viewer, item_id: UUID) -> Response:
    leave_family(session, actor, item_id=item_id)
    return go_on(request, f"/bank/items/{item_id}", _("Câu hỏi không còn thuộc họ nào."))


def _page(
    request: Request,
    session: Session,
    actor: Actor,
    item_id: UUID,
    *,
    refusal: Refusal | None = None,
    other: str = "",
) -> Response:
    item = get_item(session, actor, item_id)
    others, hidden = family_of(session, actor, item_id=item_id)
    return show(
        request,
        session,
        actor,
        "manage/family",
        tab="items",
        status=refusal.status if refusal else 200,
        item=item,
        members=sorted([item, *others], key=lambda member: member.code) if others or hidden else [],
        hidden=hidden,
        other=other,
        error=refusal_sentence(refusal) if refusal else "",
    )
