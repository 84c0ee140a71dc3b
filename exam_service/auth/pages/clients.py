"""Pages of the clients of the API, for administrators."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response

from exam_service.actor import Scope
from exam_service.auth import clients
from exam_service.auth.models import ApiClient
from exam_service.auth.names import SCOPE_NAMES
from exam_service.auth.pages.accounts import Administrator
from exam_service.auth.schemas import ActiveForm, ClientForm
from exam_service.db import Reading, Tx, attempting
from exam_service.errors import Refusal
from exam_service.http import flash_redirect, refusal_sentence
from exam_service.i18n import gettext as _
from exam_service.pagination import paginate
from exam_service.templates import render

router = APIRouter(prefix="/admin/clients")


@router.get("")
def list_clients(request: Request, session: Reading, actor: Administrator, page: int = 1) -> Response:
    found = paginate(session, clients.all_clients(), number=page)
    return render(request, "admin/clients.html", page=found, scope_names=SCOPE_NAMES, tab="clients")


@router.get("/new")
def show_new_client(request: Request, actor: Administrator) -> Response:
    return _client_page(request, values=ClientForm())


@router.post("/new")
def create_client(
    request: Request, session: Tx, actor: Administrator, form: Annotated[ClientForm, Form()]
) -> Response:
    try:
        with attempting(session):
            made = clients.create_client(session, actor, name=form.name, scopes=form.scopes)
    except Refusal as refusal:
        return _client_page(request, values=form, refusal=refusal)
    return render(request, "admin/new_secret.html", client=made.client, secret=made.secret)


def _client_page(
    request: Request, *, values: ClientForm, client: ApiClient | None = None, refusal: Refusal | None = None
) -> Response:
    return render(
        request,
        "admin/client.html",
        status=refusal.status if refusal else 200,
        client=client,
        values=values,
        errors={refusal.field or "name": refusal_sentence(refusal)} if refusal else {},
        scopes=[(scope.value, _(SCOPE_NAMES[scope]), scope.value) for scope in Scope],
    )


@router.get("/{id}")
def show_client(request: Request, session: Reading, actor: Administrator, id: UUID) -> Response:
    client = clients.get_client(session, id)
    values = ClientForm(name=client.name, scopes=[Scope(scope) for scope in client.scopes])
    return _client_page(request, values=values, client=client)


@router.post("/{id}")
def update_client(
    request: Request,
    session: Tx,
    actor: Administrator,
    id: UUID,
    form: Annotated[ClientForm, Form()],
) -> Response:
    try:
        with attempting(session):
            client = clients.update_client(session, actor, client_key=id, name=form.name, scopes=form.scopes)
    except Refusal as refusal:
        client = clients.get_client(session, id)
        return _client_page(request, values=form, client=client, refusal=refusal)
    return flash_redirect(f"/admin/clients/{id}", _("Đã lưu kết nối %(name)s.", name=client.name))


@router.post("/{id}/secret")
def rotate_secret(request: Request, session: Tx, actor: Administrator, id: UUID) -> Response:
    made = clients.rotate_secret(session, actor, client_key=id)
    return render(request, "admin/new_secret.html", client=made.client, secret=made.secret)


@router.post("/{id}/state")
def set_state(
    session: Tx,
    actor: Administrator,
    id: UUID,
    form: Annotated[ActiveForm, Form()],
) -> Response:
    client = clients.set_active(session, actor, client_key=id, is_active=form.is_active)
    sentence = (
        _("Kết nối %(name)s dùng lại được.", name=client.name)
        if form.is_active
        else _("Đã ngắt kết nối %(name)s; mọi mã truy cập đã hết giá trị.", name=client.name)
    )
    return flash_redirect(f"/admin/clients/{id}", sentence)
