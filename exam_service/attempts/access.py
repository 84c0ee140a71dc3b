"""Which candidate is calling (the cookie of the sign-in page), and whether the exam lets this machine in."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request
from sqlalchemy.orm import Session

from exam_service.actor import ActorKind
from exam_service.attempts.tokens import Claims
from exam_service.auth import sessions
from exam_service.db import database_of
from exam_service.entry import proving
from exam_service.entry.models import Condition
from exam_service.entry.networks import is_inside
from exam_service.entry.refusals import ENTRY_PAGE, EntryNotProven, WrongNetwork
from exam_service.http import SignInNeeded, client_address
from exam_service.settings import Settings


class CandidateSignInNeeded(SignInNeeded):
    """No candidate is signed in; the page of the staff would not help, and Safe Exam Browser would not open it."""

    page = "/exam/sign-in"


@dataclass(frozen=True)
class SignedIn:
    """A candidate's browser: whose it is, which session, and the token that its forms must carry."""

    candidate_id: UUID
    session_id: UUID
    csrf_token: str


def optional_candidate(request: Request) -> SignedIn | None:
    """The signed-in candidate, or None."""
    cookie = request.cookies.get(sessions.CANDIDATE_COOKIE)
    if not cookie:
        return None
    with database_of(request).reading() as session:
        row = sessions.find_session(session, cookie, kind=ActorKind.CANDIDATE)
        if row is None:
            return None
        request.state.csrf_token = row.csrf_token
        return SignedIn(candidate_id=row.subject_id, session_id=row.id, csrf_token=row.csrf_token)


def candidate(found: Annotated[SignedIn | None, Depends(optional_candidate)]) -> SignedIn:
    """The signed-in candidate. Raises CandidateSignInNeeded."""
    if found is None:
        raise CandidateSignInNeeded
    return found


@dataclass(frozen=True)
class Limits:
    """What the token of an attempt says about entering: see `tokens.Claims`."""

    is_limited: bool = False
    networks: Sequence[str] = ()


NO_LIMITS = Limits()


def limits_of(session: Session, request: Request, candidate: SignedIn) -> Limits:
    """What keeps this sign-in from entering, by what it has shown before and what the request itself shows."""
    entry = proving.load_entry(session, candidate.candidate_id, login_id=candidate.session_id)
    if not entry.asked:
        return NO_LIMITS
    missing = entry.unmet(client_address(request))
    if Condition.BROWSER in missing:
        settings: Settings = request.app.state.settings
        if proving.proves_browser(settings, entry, proving.evidence_in(request)):
            missing.remove(Condition.BROWSER)
    # The network is looked at again with the start itself: the token only says which networks will do.
    missing = [one for one in missing if one is not Condition.NETWORK]
    return Limits(is_limited=bool(missing), networks=entry.networks)


def refuse_limited(claims: Claims) -> None:
    """Return when the conditions for entering were met as the token was given. Raises EntryNotProven."""
    if claims.is_limited:
        raise EntryNotProven(entry_page=ENTRY_PAGE)


def refuse_foreign_network(request: Request, claims: Claims) -> None:
    """Return when the attempt may be started from the caller's address. Raises WrongNetwork."""
    if claims.networks and not is_inside(client_address(request), claims.networks):
        raise WrongNetwork(entry_page=ENTRY_PAGE)


MaybeCandidate = Annotated[SignedIn | None, Depends(optional_candidate)]
SignedInCandidate = Annotated[SignedIn, Depends(candidate)]
