"""What the pages of the bank share: who may enter, where to go after an act, the tabs of the area."""

from typing import Annotated, Any

from fastapi import Request, Response
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from exam_service.actor import Actor, Permission
from exam_service.auth.access import require
from exam_service.bank.access import items_visible_to, waits_for_review_by
from exam_service.bank.legal.work import count_tasks
from exam_service.bank.preview_files import preview_addresses
from exam_service.http import flash_redirect
from exam_service.i18n import gettext as _
from exam_service.templates import render

Viewer = Annotated[Actor, require(Permission.BANK_VIEW)]
Author = Annotated[Actor, require(Permission.BANK_AUTHOR)]
Reviewer = Annotated[Actor, require(Permission.BANK_REVIEW)]


def go_on(request: Request, url: str, sentence: str) -> Response:
    """After a success: on to `url`, which shows `sentence`; an htmx request is sent there by the browser's script."""
    answer: Response = flash_redirect(url, sentence)
    if request.headers.get("HX-Request"):
        answer.status_code = 204
        del answer.headers["location"]
        answer.headers["HX-Redirect"] = url
    return answer


def show(
    request: Request,
    session: Session,
    actor: Actor,
    name: str,
    *,
    tab: str = "",
    status: int = 200,
    **context: Any,
) -> Response:
    """A page of the bank with the tabs of the area."""
    return render(
        request,
        f"bank/{name}.html",
        status=status,
        tabs=_tabs(session, actor, tab),
        actor=actor,
        preview_files=preview_addresses(),
        **context,
    )


def _tabs(session: Session, actor: Actor, now: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = [
        {"key": "banks", "label": _("Tổng quan"), "href": "/bank"},
        {"key": "items", "label": _("Câu hỏi"), "href": "/bank/items"},
    ]
    if actor.can(Permission.BANK_REVIEW):
        waiting = waits_for_review_by(actor, items_visible_to(actor)).subquery()
        count = session.scalar(select(func.count()).select_from(waiting))
        found.append({"key": "review", "label": _("Thẩm định"), "href": "/bank/review", "count": count})
    if actor.can(Permission.BANK_AUTHOR):
        found.append({"key": "imports", "label": _("Nhập từ tệp"), "href": "/bank/imports"})
    tasks = count_tasks(session, actor) if actor.can(Permission.BANK_AUTHOR) else 0
    found.append(
        {"key": "legal", "label": _("Văn bản pháp luật"), "href": "/bank/legal", "count": tasks or None}
    )
    found.append({"key": "supply", "label": _("Nguồn theo ma trận"), "href": "/bank/supply"})
    found.append({"key": "competencies", "label": _("Năng lực"), "href": "/bank/competencies"})
    return [{**tab, "active": tab["key"] == now} for tab in found]
