"""Signing in: one configured account, sessions kept by the server, guessing slowed down per address."""

import hashlib
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Annotated
from urllib.parse import quote, urlsplit

from fastapi import Depends, Request
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from sqlalchemy import Engine, delete, func, select, update
from sqlalchemy.orm import Session

from performance_rating.database import Transaction
from performance_rating.problems import Refusal, SeeOther
from performance_rating.settings import Environment, Settings
from performance_rating.tables import LoginSession, SignInAttempt

COOKIE = "rating_session"
SESSION_LASTS = timedelta(hours=8)
GUESSING_WINDOW = timedelta(minutes=15)
MAX_FAILURES_IN_WINDOW = 10
ATTEMPTS_KEPT = timedelta(days=90)


class WrongCredentials(Refusal):
    status = 401
    code = "wrong-credentials"
    title = "The account name or the password is wrong"


class TooManyAttempts(Refusal):
    status = 429
    code = "too-many-attempts"
    title = "Too many failed attempts"


class CrossSite(Refusal):
    status = 403
    code = "cross-site"
    title = "The form was sent from another site"


class Account:
    """The one account. Its password is held as an argon2 hash only."""

    def __init__(self, settings: Settings) -> None:
        self.username = settings.admin_username
        self._hasher = PasswordHash((Argon2Hasher(),))
        configured = settings.admin_password.get_secret_value()
        self._password_hash = (
            configured if Argon2Hasher.identify(configured) else self._hasher.hash(configured)
        )

    def accepts(self, username: str, password: str) -> bool:
        """Whether the credentials are right. Takes as long for a wrong name as for a wrong password."""
        is_right_password = self._hasher.verify(password, self._password_hash)
        return secrets.compare_digest(username.encode(), self.username.encode()) and is_right_password


def sign_in(
    engine: Engine, account: Account, *, username: str, password: str, address: str, now: datetime
) -> str:
    """A new session's token, for the cookie; it ends at `now` + `SESSION_LASTS`.

    The attempt is committed as failed before the password is looked at, so that parallel guesses count each
    other.

    Raises: TooManyAttempts, WrongCredentials.
    """
    with Session(engine) as session, session.begin():
        attempt = SignInAttempt(address=address[:64], attempted_at=now, succeeded=False)
        session.add(attempt)
        session.flush()  # counted by the SELECT below
        attempt_id = attempt.id
        failures = _count_failures(session, address=address[:64], since=now - GUESSING_WINDOW)
    if failures > MAX_FAILURES_IN_WINDOW:
        raise TooManyAttempts(
            "Wait 15 minutes before the next attempt.",
            headers={"Retry-After": str(int(GUESSING_WINDOW.total_seconds()))},
        )
    if not account.accepts(username, password):
        raise WrongCredentials(
            "Check the account name, the password and the keyboard's Vietnamese input mode."
        )
    token = secrets.token_urlsafe(32)
    with Session(engine) as session, session.begin():
        session.execute(update(SignInAttempt).where(SignInAttempt.id == attempt_id).values(succeeded=True))
        session.execute(delete(SignInAttempt).where(SignInAttempt.attempted_at < now - ATTEMPTS_KEPT))
        session.execute(delete(LoginSession).where(LoginSession.expires_at <= now))
        session.add(
            LoginSession(
                token_sha256=_digest(token), username=account.username, expires_at=now + SESSION_LASTS
            )
        )
    return token


def sign_out(session: Session, *, token: str) -> None:
    """The session of `token` no longer opens anything. One DELETE."""
    session.execute(delete(LoginSession).where(LoginSession.token_sha256 == _digest(token)))


def find_user(session: Session, *, token: str, username: str, now: datetime) -> str | None:
    """The name of the account that `token` belongs to while it lasts and is still the configured one."""
    return session.scalar(
        select(LoginSession.username).where(
            LoginSession.token_sha256 == _digest(token),
            LoginSession.username == username,
            LoginSession.expires_at > now,
        )
    )


def require_user(request: Request, session: Transaction) -> str:
    """The signed-in account's name; strangers are led to the sign-in page and back."""
    token = request.cookies.get(COOKIE)
    account: Account = request.app.state.account
    clock: Callable[[], datetime] = request.app.state.now
    user = find_user(session, token=token, username=account.username, now=clock()) if token else None
    if user is None:
        wanted = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        raise SeeOther(f"/sign-in?next={quote(wanted, safe='')}" if request.method == "GET" else "/sign-in")
    request.state.user = user
    return user


SignedIn = Annotated[str, Depends(require_user, scope="function")]


def require_same_site(request: Request) -> None:
    """The form was sent by a page of this application.

    Browsers say so in `Sec-Fetch-Site`, older ones in `Origin`; a request with neither comes from no
    browser and carries nobody's cookie. The session cookie is SameSite=Lax besides.

    Raises: CrossSite.
    """
    fetch_site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    if fetch_site is not None:
        is_ours = fetch_site in {"same-origin", "none"}
    else:
        is_ours = origin is None or urlsplit(origin).netloc == request.headers.get("host")
    if not is_ours:
        raise CrossSite("Open the page of this application and send the form from there.")


def cookie_is_secure(settings: Settings) -> bool:
    return settings.environment is Environment.PRODUCTION


def local_path(wanted: str | None) -> str:
    """`wanted` if it is a path of this application, otherwise the overview: no open redirects."""
    if wanted and wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and wanted.isprintable():
        return wanted
    return "/overview"


def _count_failures(session: Session, *, address: str, since: datetime) -> int:
    counted = select(func.count()).where(
        SignInAttempt.address == address, SignInAttempt.attempted_at > since, ~SignInAttempt.succeeded
    )
    return session.scalar(counted) or 0


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
