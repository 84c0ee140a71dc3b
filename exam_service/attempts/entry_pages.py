"""The candidate's page of conditions for entering: what this machine must show, and how to put it right."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from exam_service.attempts.access import SignedIn, SignedInCandidate
from exam_service.attempts.models import Attempt, AttemptState
from exam_service.auth.access import check_csrf
from exam_service.db import Reading, Tx, attempting
from exam_service.entry import proving
from exam_service.entry.codes import sitting_codes_of
from exam_service.entry.models import Condition
from exam_service.entry.proving import Entry
from exam_service.entry.refusals import ENTRY_PAGE, WrongSittingCode
from exam_service.entry.service import get_rule
from exam_service.entry.settings_password import seb_file
from exam_service.errors import Refusal
from exam_service.http import client_address, refusal_sentence
from exam_service.settings import Settings
from exam_service.templates import render

QUIT_PAGE = "/exam/quit"
OPEN = (AttemptState.ASSIGNED.value, AttemptState.STARTED.value)
SEB_TYPE = "application/seb"

router = APIRouter(prefix="/exam", include_in_schema=False)


async def _own_form(request: Request, candidate: SignedInCandidate) -> SignedIn:
    """Who sends a form of their own page. Raises SignInNeeded, CsrfMissing."""
    await check_csrf(request, candidate.csrf_token)
    return candidate


Sender = Annotated[SignedIn, Depends(_own_form)]
Line = Annotated[str, Form(max_length=500)]


def must_prove(session: Session, request: Request, candidate: SignedIn) -> list[Condition]:
    """The conditions that are not met; none once the attempt has been handed in."""
    if not has_open_attempt(session, candidate.candidate_id):
        return []
    entry = proving.load_entry(session, candidate.candidate_id, login_id=candidate.session_id)
    missing = entry.unmet(client_address(request))
    settings: Settings = request.app.state.settings
    if Condition.BROWSER in missing and proving.proves_browser(settings, entry, proving.evidence_in(request)):
        missing.remove(Condition.BROWSER)
    return missing


def leaves_safe_exam_browser(session: Session, candidate: SignedIn) -> bool:
    """Whether the test is handed in and was bound to Safe Exam Browser, which may then be closed."""
    entry = proving.load_entry(session, candidate.candidate_id, login_id=candidate.session_id)
    return Condition.BROWSER in entry.asked and not has_open_attempt(session, candidate.candidate_id)


def has_open_attempt(session: Session, candidate_id: UUID) -> bool:
    """Whether the candidate may still work: neither handed in nor collected nor void."""
    state = session.scalar(select(Attempt.state).where(Attempt.candidate_id == candidate_id))
    return state in OPEN


@router.get("/access")
def access_page(request: Request, session: Reading, candidate: SignedInCandidate) -> Response:
    """What is missing, one thing after the other; the player when nothing is."""
    return _page(request, session, candidate)


@router.post("/access/browser")
def prove_browser(
    request: Request, session: Tx, candidate: Sender, key: Line = "", exam_key: Line = "", page: Line = ""
) -> Response:
    """Safe Exam Browser shows its key, by a header or by its script interface for the page that it stands on."""
    entry = _entry(session, candidate)
    settings: Settings = request.app.state.settings
    evidence = proving.evidence_in(request, key=key, exam_key=exam_key, page=page)
    try:
        with attempting(session):
            proving.prove_browser(
                session,
                entry,
                evidence,
                settings=settings,
                login_id=candidate.session_id,
                address=client_address(request),
            )
    except Refusal as refusal:
        return _page(request, session, candidate, refusal=refusal)
    return RedirectResponse(ENTRY_PAGE, status_code=303)


@router.post("/access/code")
def prove_code(request: Request, session: Tx, candidate: Sender, code: Line = "") -> Response:
    """The code of the sitting, typed once."""
    entry = _entry(session, candidate)
    address = client_address(request)
    try:
        with attempting(session):
            proving.prove_code(
                session,
                entry,
                code,
                codes=sitting_codes_of(request),
                login_id=candidate.session_id,
                address=address,
            )
    except Refusal as refusal:
        if isinstance(refusal, WrongSittingCode):
            proving.note_wrong_code(session, entry, address=address)
        return _page(request, session, candidate, refusal=refusal)
    return RedirectResponse(ENTRY_PAGE, status_code=303)


@router.get("/access/sat-hach.seb")
def browser_file(request: Request, session: Reading, candidate: SignedInCandidate) -> Response:
    """The configuration of the candidate's exam, to be opened with Safe Exam Browser: as the rooms have it."""
    settings: Settings = request.app.state.settings
    rule = get_rule(session, _entry(session, candidate).exam_id)
    data = seb_file(proving.settings_of_rule(settings, rule), settings_key=rule.settings_key)
    headers = {"Content-Disposition": 'attachment; filename="sat-hach.seb"', "Cache-Control": "no-store"}
    return Response(data, media_type=SEB_TYPE, headers=headers)


@router.get("/quit")
def quit_page(request: Request) -> Response:
    """Safe Exam Browser closes when it is sent here; any other browser shows that it may be closed."""
    return render(request, "entry/quit.html")


def _entry(session: Session, candidate: SignedIn) -> Entry:
    return proving.load_entry(session, candidate.candidate_id, login_id=candidate.session_id)


def _page(
    request: Request, session: Session, candidate: SignedIn, *, refusal: Refusal | None = None
) -> Response:
    missing = must_prove(session, request, candidate)
    if not missing:
        return RedirectResponse("/exam", status_code=303)
    entry = _entry(session, candidate)
    return render(
        request,
        "entry/access.html",
        status=refusal.status if refusal else 200,
        missing=missing,
        now=missing[0],
        asked=[one for one in Condition if one in entry.asked],
        Condition=Condition,
        number=entry.number,
        address=client_address(request),
        refusal=refusal_sentence(refusal) if refusal else "",
    )
