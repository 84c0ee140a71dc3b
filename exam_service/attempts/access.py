"""Which candidate is calling: the cookie of the sign-in page."""

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request

from exam_service.actor import ActorKind
from exam_service.auth import sessions
from exam_service.db import database_of
from exam_service.http import SignInNeeded


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
    """The signed-in candidate. Raises SignInNeeded."""
    if found is None:
        raise SignInNeeded
    return found


MaybeCandidate = Annotated[SignedIn | None, Depends(optional_candidate)]
SignedInCandidate = Annotated[SignedIn, Depends(candidate)]
