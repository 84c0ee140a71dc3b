"""The candidate's pages: signing in and out, and the shell of the player."""

import secrets
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response

from exam_service.attempts import sign_in
from exam_service.attempts.access import MaybeCandidate, SignedIn
from exam_service.attempts.codes import code_hasher_of
from exam_service.attempts.entry_pages import (
    QUIT_PAGE,
    has_open_attempt,
    leaves_safe_exam_browser,
    must_prove,
)
from exam_service.attempts.player_files import player_addresses
from exam_service.attempts.schemas import SignInInput
from exam_service.auth import sessions
from exam_service.auth.access import CsrfMissing, check_csrf
from exam_service.db import Reading, Tx, attempting
from exam_service.entry.refusals import ENTRY_PAGE
from exam_service.errors import Refusal
from exam_service.http import client_address, refusal_sentence
from exam_service.i18n import gettext as _
from exam_service.settings import Settings
from exam_service.templates import render

SIGN_IN = "/exam/sign-in"
FORM_COOKIE = "candidate_form"
PLAYER_URLS = {
    "api": "/api/attempts",
    "login": SIGN_IN,
    "result": "/exam/result",
    "leave": "/exam/sign-out",
    "worker": "/exam/worker.js",
}

router = APIRouter(prefix="/exam", include_in_schema=False)


@router.get("")
def player(request: Request, session: Reading, candidate: MaybeCandidate) -> Response:
    """The player; the sign-in page for who has not signed in, the page of conditions for who has not met them."""
    if candidate is None:
        return RedirectResponse(SIGN_IN, status_code=303)
    if must_prove(session, request, candidate):
        return RedirectResponse(ENTRY_PAGE, status_code=303)
    answer = render(request, "attempts/player.html", player_urls=PLAYER_URLS, player_files=player_addresses())
    # Asked for again each time, but kept: the service worker takes its copy from the browser's own store.
    answer.headers["Cache-Control"] = "private, no-cache"
    return answer


@router.get("/sign-in")
def sign_in_page(request: Request) -> Response:
    """The form; its token also stands in a cookie, because nobody has a session yet."""
    return _sign_in_form(request, SignInInput(), errors={})


async def _check_form(request: Request) -> None:
    """Raises CsrfMissing unless the form came from the page that this browser was shown."""
    expected = request.cookies.get(FORM_COOKIE)
    if not expected:
        raise CsrfMissing
    await check_csrf(request, expected)


@router.post("/sign-in", dependencies=[Depends(_check_form)])
def sign_in_candidate(request: Request, session: Tx, given: Annotated[SignInInput, Form()]) -> Response:
    """Into the player, or the form again with what is wrong."""
    errors = _missing(given)
    if errors:
        return _sign_in_form(request, given, errors=errors, status=422)
    try:
        with attempting(session):
            opened = sign_in.sign_in(
                session,
                number=given.number,
                code=given.code,
                hasher=code_hasher_of(request),
                address=client_address(request),
            )
    except Refusal as refusal:
        if isinstance(refusal, sign_in.WrongCode):
            sign_in.note_failure(session, number=given.number, address=client_address(request))
        return _sign_in_form(
            request, given, errors={"code": refusal_sentence(refusal)}, status=refusal.status
        )
    settings: Settings = request.app.state.settings
    answer = RedirectResponse("/exam", status_code=303)
    sessions.set_cookie(answer, sessions.CANDIDATE_COOKIE, opened.token, settings)
    answer.delete_cookie(FORM_COOKIE)
    return answer


def _missing(given: SignInInput) -> dict[str, str]:
    errors = {}
    if not given.number:
        errors["number"] = _("Nhập số báo danh ghi trên phiếu dự thi.")
    if not given.code:
        errors["code"] = _("Nhập mã dự thi ghi trên phiếu dự thi.")
    return errors


def _sign_in_form(
    request: Request, given: SignInInput, *, errors: dict[str, str], status: int = 200
) -> Response:
    request.state.csrf_token = request.cookies.get(FORM_COOKIE) or secrets.token_urlsafe(24)
    answer = render(request, "attempts/sign_in.html", status=status, number=given.number, errors=errors)
    settings: Settings = request.app.state.settings
    sessions.set_cookie(answer, FORM_COOKIE, request.state.csrf_token, settings)
    return answer


@router.get("/sign-out")
def sign_out_page(request: Request, session: Reading, candidate: MaybeCandidate) -> Response:
    """Asks before ending the session: on a shared computer the next person must not find this one's test."""
    if candidate is None:
        return RedirectResponse(SIGN_IN, status_code=303)
    return render(
        request, "attempts/sign_out.html", is_handed_in=not has_open_attempt(session, candidate.candidate_id)
    )


async def _leaving(request: Request, candidate: MaybeCandidate) -> SignedIn | None:
    """Who signs out, by a form of their own page. Raises CsrfMissing."""
    if candidate is not None:
        await check_csrf(request, candidate.csrf_token)
    return candidate


@router.post("/sign-out")
def sign_out_candidate(session: Tx, candidate: Annotated[SignedIn | None, Depends(_leaving)]) -> Response:
    """Back to the sign-in page, signed out; Safe Exam Browser is told that it may close once the test is handed in."""
    answer = RedirectResponse(SIGN_IN, status_code=303)
    if candidate is not None:
        if leaves_safe_exam_browser(session, candidate):
            answer = RedirectResponse(QUIT_PAGE, status_code=303)
        sign_in.sign_out(session, session_id=candidate.session_id)
        answer.delete_cookie(sessions.CANDIDATE_COOKIE)
    return answer
