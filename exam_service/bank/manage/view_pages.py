"""Saving and deleting views of the list of items."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response

from exam_service.bank.manage import views
from exam_service.bank.manage.schemas import ViewInput
from exam_service.bank.manage.selecting import BadFilter, filter_of
from exam_service.bank.pages.frame import Viewer, go_on
from exam_service.bank.pages.items import list_page
from exam_service.db import Tx, attempting
from exam_service.errors import Refusal
from exam_service.i18n import gettext as _

router = APIRouter(prefix="/views")


@router.post("")
def save_view(request: Request, session: Tx, actor: Viewer, form: Annotated[ViewInput, Form()]) -> Response:
    try:
        with attempting(session):
            view = views.save_view(session, actor, data=form)
    except BadFilter:
        raise
    except Refusal as refusal:
        return list_page(request, session, actor, wanted=filter_of(form.query), refusal=refusal)
    return go_on(request, f"/bank/items?{view.query}", _("Đã lưu chế độ xem “%(name)s”.", name=view.name))


@router.post("/{view_id}/delete")
def delete_view(
    request: Request, session: Tx, actor: Viewer, view_id: UUID, query: Annotated[str, Form()] = ""
) -> Response:
    views.delete_view(session, actor, view_id=view_id)
    target = f"/bank/items?{query}" if query.isprintable() and query else "/bank/items"
    return go_on(request, target, _("Đã xóa chế độ xem."))
