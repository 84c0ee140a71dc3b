"""Login sessions: opening, finding and ending them. The cookie's value exists only in the browser."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from fastapi import Response
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from exam_service import clock
from exam_service.actor import ActorKind
from exam_service.auth.models import LoginSession
from exam_service.settings import Settings

STAFF_COOKIE = "staff_session"
CANDIDATE_COOKIE = "candidate_session"
STAFF_IDLE = timedelta(minutes=60)
STAFF_LONGEST = timedelta(hours=12)
CANDIDATE_LONGEST = timedelta(hours=12)
TOUCH_EVERY = timedelta(minutes=1)


@dataclass(frozen=True)
class OpenedSession:
    """A new session and the secret that goes into the browser's cookie."""

    session: LoginSession
    token: str


def hash_token(token: str) -> str:
    """SHA-256 in hex; enough for tokens of 256 random bits."""
    return hashlib.sha256(token.encode()).hexdigest()


def open_session(
    session: Session, *, kind: ActorKind, subject_id: UUID, address: str, user_agent: str
) -> OpenedSession:
    """A session row for the subject; the token is returned once and never stored."""
    token = secrets.token_urlsafe(32)
    at = clock.now()
    longest = CANDIDATE_LONGEST if kind is ActorKind.CANDIDATE else STAFF_LONGEST
    row = LoginSession(
        token_hash=hash_token(token),
        subject_kind=kind.value,
        subject_id=subject_id,
        csrf_token=secrets.token_urlsafe(24),
        created_at=at,
        last_seen_at=at,
        expires_at=at + longest,
        address=address[:64],
        user_agent=user_agent[:300],
    )
    session.add(row)
    return OpenedSession(row, token)


def find_session(session: Session, token: str | None, *, kind: ActorKind) -> LoginSession | None:
    """The living session of this cookie, or None; staff sessions also end after an hour without a request."""
    if not token:
        return None
    at = clock.now()
    row = session.scalar(
        select(LoginSession).where(
            LoginSession.token_hash == hash_token(token),
            LoginSession.subject_kind == kind.value,
            LoginSession.ended_at.is_(None),
            LoginSession.expires_at > at,
        )
    )
    if row is None or (kind is ActorKind.ACCOUNT and row.last_seen_at < at - STAFF_IDLE):
        return None
    return row


def touch_session(session: Session, row: LoginSession) -> None:
    """Note that the session is in use, at most once a minute, so that reading pages stays cheap."""
    at = clock.now()
    if row.last_seen_at < at - TOUCH_EVERY:
        session.execute(update(LoginSession).where(LoginSession.id == row.id).values(last_seen_at=at))


def end_session(session: Session, row_id: UUID) -> None:
    session.execute(
        update(LoginSession)
        .where(LoginSession.id == row_id, LoginSession.ended_at.is_(None))
        .values(ended_at=clock.now())
    )


def end_sessions_of(session: Session, *, kind: ActorKind, subject_id: UUID, but: UUID | None = None) -> int:
    """Every living session of the subject ends (but one, when named); returns how many."""
    statement = update(LoginSession).where(
        LoginSession.subject_kind == kind.value,
        LoginSession.subject_id == subject_id,
        LoginSession.ended_at.is_(None),
    )
    if but is not None:
        statement = statement.where(LoginSession.id != but)
    return session.execute(statement.values(ended_at=clock.now())).rowcount  # type: ignore[attr-defined, no-any-return] # of a change


def set_cookie(
    response: Response, name: str, token: str, settings: Settings, *, max_age_s: int | None = None
) -> None:
    """HttpOnly, SameSite=Lax, Secure where the service is public over https.

    Without an age the cookie ends with the browser.
    """
    response.set_cookie(
        name,
        token,
        max_age=max_age_s,
        httponly=True,
        samesite="lax",
        secure=settings.public_url.startswith("https://"),
        path="/",
    )


def is_same_token(given: str | None, expected: str) -> bool:
    return given is not None and hmac.compare_digest(given.encode(), expected.encode())
