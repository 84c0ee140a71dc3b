"""Pages of the accounts, for administrators."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy.orm import Session

from exam_service.actor import Actor, Permission, Role
from exam_service.auth import accounts
from exam_service.auth.access import require
from exam_service.auth.models import Account
from exam_service.auth.names import ROLE_HINTS, ROLE_NAMES
from exam_service.auth.schemas import AccountForm, ActiveForm
from exam_service.db import Reading, Tx, attempting
from exam_service.errors import Refusal
from exam_service.http import flash_redirect, refusal_sentence
from exam_service.i18n import gettext as _
from exam_service.pagination import paginate
from exam_service.templates import render

router = APIRouter(prefix="/admin")
Administrator = Annotated[Actor, require(Permission.ACCOUNTS_MANAGE)]


@router.get("")
def go_to_first_page(
    actor: Annotated[Actor, require(Permission.ACCOUNTS_MANAGE, Permission.AUDIT_VIEW)],
) -> Response:
    target = "/admin/accounts" if actor.can(Permission.ACCOUNTS_MANAGE) else "/admin/audit"
    return RedirectResponse(target, status_code=303)


@router.get("/accounts")
def list_accounts(
    request: Request,
    session: Reading,
    actor: Administrator,
    q: str = "",
    role: str = "",
    state: str = "",
    page: int = 1,
) -> Response:
    chosen = Role(role) if role in set(Role) else None
    is_active = {"active": True, "inactive": False}.get(state)
    found = accounts.accounts_matching(q=q, role=chosen, is_active=is_active)
    return render(
        request,
        "admin/accounts.html",
        page=paginate(session, found, number=page),
        query={"q": q, "role": role, "state": state},
        role_names=ROLE_NAMES,
        tab="accounts",
    )


@router.get("/accounts/new")
def show_new_account(request: Request, session: Reading, actor: Administrator) -> Response:
    return _account_page(request, session, values=AccountForm())


@router.post("/accounts/new")
def create_account(
    request: Request, session: Tx, actor: Administrator, form: Annotated[AccountForm, Form()]
) -> Response:
    try:
        with attempting(session):
            made = accounts.create_account(
                session,
                actor,
                username=form.username,
                display_name=form.display_name,
                roles=form.roles,
                bank_position_ids=form.bank_position_ids,
            )
    except Refusal as refusal:
        return _account_page(request, session, values=form, refusal=refusal)
    return render(request, "admin/new_password.html", account=made.account, password=made.password)


def _account_page(
    request: Request,
    session: Session,
    *,
    values: AccountForm,
    account: Account | None = None,
    refusal: Refusal | None = None,
) -> Response:
    errors = {refusal.field or "username": refusal_sentence(refusal)} if refusal else {}
    context: dict[str, Any] = {
        "account": account,
        "values": values,
        "errors": errors,
        "roles": [(role.value, _(ROLE_NAMES[role]), _(ROLE_HINTS[role])) for role in Role],
        "positions": accounts.position_titles(session),
    }
    return render(request, "admin/account.html", status=refusal.status if refusal else 200, **context)


def _values_of(account: Account) -> AccountForm:
    limits = {grant.position_id for grant in account.grants if grant.position_id is not None}
    return AccountForm(
        username=account.username,
        display_name=account.display_name,
        roles=sorted(account.roles),
        bank_position_ids=sorted(limits),
    )


@router.get("/accounts/{account_id}")
def show_account(request: Request, session: Reading, actor: Administrator, account_id: UUID) -> Response:
    account = accounts.get_account(session, account_id)
    return _account_page(request, session, values=_values_of(account), account=account)


@router.post("/accounts/{account_id}")
def update_account(
    request: Request,
    session: Tx,
    actor: Administrator,
    account_id: UUID,
    form: Annotated[AccountForm, Form()],
) -> Response:
    try:
        with attempting(session):
            account = accounts.update_account(
                session,
                actor,
                account_id=account_id,
                display_name=form.display_name,
                roles=form.roles,
                bank_position_ids=form.bank_position_ids,
            )
    except Refusal as refusal:
        account = accounts.get_account(session, account_id)
        return _account_page(request, session, values=form, account=account, refusal=refusal)
    return flash_redirect(
        f"/admin/accounts/{account_id}", _("Đã lưu tài khoản %(name)s.", name=account.username)
    )


@router.post("/accounts/{account_id}/state")
def set_state(
    session: Tx, actor: Administrator, account_id: UUID, form: Annotated[ActiveForm, Form()]
) -> Response:
    account = accounts.set_active(session, actor, account_id=account_id, is_active=form.is_active)
    sentence = (
        _("Tài khoản %(name)s dùng lại được.", name=account.username)
        if form.is_active
        else _("Đã khóa tài khoản %(name)s; mọi phiên đăng nhập đã kết thúc.", name=account.username)
    )
    return flash_redirect(f"/admin/accounts/{account_id}", sentence)


@router.post("/accounts/{account_id}/password")
def reset_password(request: Request, session: Tx, actor: Administrator, account_id: UUID) -> Response:
    made = accounts.reset_password(session, actor, account_id=account_id)
    return render(request, "admin/new_password.html", account=made.account, password=made.password)
