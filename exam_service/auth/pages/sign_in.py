"""Pages for everybody of the staff: sign in, sign out, one's own password, and the way to the first area."""

import secrets
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import RedirectResponse

from exam_service.actor import Actor
from exam_service.auth import passwords, service, sessions
from exam_service.auth.access import CsrfMissing, Staff, optional_staff
from exam_service.auth.schemas import PasswordForm, SignInForm
from exam_service.auth.service import Caller
from exam_service.db import Tx, attempting
from exam_service.errors import Refusal
from exam_service.http import (
    client_address,
    flash_redirect,
    local_path,
    refusal_sentence,
    refuse_foreign_form,
)
from exam_service.i18n import gettext as _
from exam_service.templates import AREAS, render

FORM_COOKIE = "sign_in_form"
FORM_LIFETIME_S = 12 * 3600  # a sign-in page may stay open on a machine for a day's work

router = APIRouter()
MaybeStaff = Annotated[Actor | None, Depends(optional_staff)]


def caller_of(request: Request) -> Caller:
    return Caller(address=client_address(request), user_agent=request.headers.get("User-Agent", ""))


@router.get("/")
def go_to_first_area(actor: MaybeStaff) -> Response:
    """On to the first area that the person may enter."""
    if actor is None:
        return RedirectResponse("/sign-in", status_code=303)
    allowed = (path for permissions, path, *_rest in AREAS if any(actor.can(p) for p in permissions))
    return RedirectResponse(next(allowed, "/account/password"), status_code=303)


@router.get("/sign-in")
def show_sign_in(request: Request, actor: MaybeStaff, next: str = "/") -> Response:
    if actor is not None:
        return RedirectResponse(local_path(next), status_code=303)
    return _sign_in_page(request, values=SignInForm(next=next))


def _sign_in_page(request: Request, *, values: SignInForm, refusal: Refusal | None = None) -> Response:
    token = request.cookies.get(FORM_COOKIE) or secrets.token_urlsafe(24)
    request.state.csrf_token = token
    answer = render(
        request,
        "auth/sign_in.html",
        status=refusal.status if refusal else 200,
        values=values,
        next=local_path(values.next),
        error=refusal_sentence(refusal) if refusal else None,
    )
    settings = request.app.state.settings
    sessions.set_cookie(answer, FORM_COOKIE, token, settings, max_age_s=FORM_LIFETIME_S)
    if refusal is not None and "wait_s" in refusal.params:
        answer.headers["Retry-After"] = str(refusal.params["wait_s"])
    return answer


@router.post("/sign-in")
def sign_in(request: Request, session: Tx, form: Annotated[SignInForm, Form()]) -> Response:
    refuse_foreign_form(request)
    expected = request.cookies.get(FORM_COOKIE)
    if expected is None or not sessions.is_same_token(form.csrf_token, expected):
        raise CsrfMissing
    outcome = service.sign_in(
        session, username=form.username, password=form.password, caller=caller_of(request)
    )
    if isinstance(outcome, Refusal):
        return _sign_in_page(request, values=form, refusal=outcome)
    service.end_presented_session(session, request.cookies.get(sessions.STAFF_COOKIE))
    answer = RedirectResponse(local_path(form.next), status_code=303)
    sessions.set_cookie(answer, sessions.STAFF_COOKIE, outcome.token, request.app.state.settings)
    answer.delete_cookie(FORM_COOKIE)
    return answer


@router.post("/sign-out")
def sign_out(session: Tx, actor: Staff) -> Response:
    service.sign_out(session, actor)
    answer = flash_redirect("/sign-in", _("Ông/Bà đã đăng xuất."))
    answer.delete_cookie(sessions.STAFF_COOKIE, path="/")
    # Pages that the browser still holds must not come back by its back button on a shared machine.
    answer.headers["Clear-Site-Data"] = '"cache"'
    return answer


@router.get("/account/password")
def show_password(request: Request, actor: Staff) -> Response:
    return _password_page(request, None)


def _password_page(request: Request, refusal: Refusal | None) -> Response:
    errors = {refusal.field or "current_password": refusal_sentence(refusal)} if refusal else {}
    status = refusal.status if refusal else 200
    return render(request, "auth/password.html", status=status, errors=errors, shortest=passwords.SHORTEST)


@router.post("/account/password")
def change_password(
    request: Request, session: Tx, actor: Staff, form: Annotated[PasswordForm, Form()]
) -> Response:
    outcome: sessions.OpenedSession | Refusal
    try:
        with attempting(session):
            outcome = service.change_password(
                session,
                actor,
                current=form.current_password,
                new=form.new_password,
                repeated=form.repeated_password,
                caller=caller_of(request),
            )
    except Refusal as refusal:
        outcome = refusal
    if isinstance(outcome, Refusal):
        return _password_page(request, outcome)
    sentence = _("Đã đổi mật khẩu. Các máy khác đang dùng tài khoản này đã bị đăng xuất.")
    answer = flash_redirect("/", sentence)
    sessions.set_cookie(answer, sessions.STAFF_COOKIE, outcome.token, request.app.state.settings)
    return answer
