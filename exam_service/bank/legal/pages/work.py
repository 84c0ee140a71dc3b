"""“Việc của tôi”: what changes of law ask an author to look at again."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response
from sqlalchemy.orm import Session

from exam_service.actor import Actor
from exam_service.bank.legal import work
from exam_service.bank.legal.schemas import ConfirmInput
from exam_service.bank.legal.sentences import currency_sentence
from exam_service.bank.pages.frame import Author, go_on, show
from exam_service.db import Reading, Tx, attempting
from exam_service.errors import Refusal
from exam_service.http import refusal_sentence
from exam_service.i18n import gettext as _

router = APIRouter(prefix="/tasks")


@router.get("")
def show_work(request: Request, session: Reading, actor: Author) -> Response:
    return _page(request, session, actor)


def _page(
    request: Request,
    session: Session,
    actor: Actor,
    *,
    refusal: Refusal | None = None,
    at: UUID | None = None,
    reason: str = "",
) -> Response:
    return show(
        request,
        session,
        actor,
        "legal/work",
        tab="legal",
        status=refusal.status if refusal else 200,
        tasks=work.my_tasks(session, actor),
        refusal=refusal_sentence(refusal) if refusal else "",
        at=at,
        reason=reason,
        currency_sentence=currency_sentence,
    )


@router.post("/{version_id}/confirm")
def confirm(
    request: Request, session: Tx, actor: Author, version_id: UUID, form: Annotated[ConfirmInput, Form()]
) -> Response:
    try:
        with attempting(session):
            version = work.confirm_still_right(session, actor, version_id=version_id, reason=form.reason)
    except Refusal as refusal:
        if refusal.status in (403, 404):
            raise
        return _page(request, session, actor, refusal=refusal, at=version_id, reason=form.reason)
    sentence = _("Đã gửi câu hỏi %(code)s đi thẩm định lại.", code=version.item.code)
    return go_on(request, "/bank/legal/tasks", sentence)
