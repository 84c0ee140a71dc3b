"""Who is calling: dependencies that turn a cookie or a bearer token into an Actor, or refuse."""

from typing import Annotated, Any

from fastapi import Depends, Request, Security
from fastapi.openapi.models import OAuthFlowClientCredentials, OAuthFlows
from fastapi.security import OAuth2
from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from exam_service import clock
from exam_service.actor import Actor, ActorKind, Permission, Role, Scope, permissions_of
from exam_service.auth import sessions
from exam_service.auth.models import Account, ApiClient, ApiToken, LoginSession
from exam_service.db import database_of
from exam_service.errors import Forbidden, NotFound, Refusal
from exam_service.http import SignInNeeded

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
PASSWORD_PAGE = "/account/password"  # noqa: S105 - a path, not a password
PAGES_BEFORE_CHANGE = (PASSWORD_PAGE, "/sign-out")


class CsrfMissing(Refusal):
    """A form came without the token of its session: a stale page, or another site's form."""

    code = "csrf"
    status = 403
    message = "Trang đã cũ hoặc yêu cầu không đến từ hệ thống này. Hãy tải lại trang rồi làm lại."


class PasswordChangeNeeded(Refusal):
    code = "password_change_needed"
    status = 403
    message = "Hãy đổi mật khẩu lần đầu trước khi tiếp tục."
    page = PASSWORD_PAGE


class BadToken(Refusal):
    code = "invalid_token"
    status = 401
    message = "Mã truy cập thiếu, sai hoặc đã hết hạn. Hãy lấy mã mới tại /oauth/token."


class ScopeMissing(Refusal):
    code = "insufficient_scope"
    status = 403
    message = "Mã truy cập không có phạm vi %(scope)s."


async def check_csrf(request: Request, expected: str) -> None:
    """Raises CsrfMissing unless an unsafe request carries the session's token in its form or header."""
    if request.method in SAFE_METHODS:
        return
    given = request.headers.get("X-CSRF-Token")
    if given is None and request.headers.get("content-type", "").startswith(
        ("application/x-www-form-urlencoded", "multipart/form-data")
    ):
        form = await request.form()
        value = form.get("csrf_token")
        given = value if isinstance(value, str) else None
    if not sessions.is_same_token(given, expected):
        raise CsrfMissing


def account_actor(account: Account, row: LoginSession | None = None) -> Actor:
    """The Actor of a signed-in account; author and reviewer share one limit to positions (accounts.update_account)."""
    roles = account.roles
    limits = {g.position_id for g in account.grants if g.role in (Role.AUTHOR, Role.REVIEWER)}
    return Actor(
        kind=ActorKind.ACCOUNT,
        id=account.id,
        display_name=account.display_name,
        permissions=permissions_of(roles),
        roles=roles,
        bank_position_ids=None if not limits or None in limits else frozenset(p for p in limits if p),
        session_id=row.id if row else None,
    )


def actor_named(session: Session, username: str) -> Actor:
    """The Actor of an active account, for the command line. Raises NotFound."""
    account = session.scalar(
        select(Account)
        .options(selectinload(Account.grants))
        .where(Account.username == username.strip().lower(), Account.is_active)
    )
    if account is None:
        raise NotFound
    return account_actor(account)


def _load_staff(request: Request) -> tuple[Actor, LoginSession, Account] | None:
    token = request.cookies.get(sessions.STAFF_COOKIE)
    with database_of(request).transaction() as session:
        row = sessions.find_session(session, token, kind=ActorKind.ACCOUNT)
        if row is None:
            return None
        account = session.scalar(
            select(Account)
            .options(selectinload(Account.grants))
            .where(Account.id == row.subject_id, Account.is_active)
        )
        if account is None:
            return None
        sessions.touch_session(session, row)
        return account_actor(account, row), row, account


def _found_staff(request: Request) -> tuple[Actor, LoginSession, Account] | None:
    return _load_staff(request) if request.cookies.get(sessions.STAFF_COOKIE) else None


async def optional_staff(
    request: Request, found: Annotated[tuple[Actor, LoginSession, Account] | None, Depends(_found_staff)]
) -> Actor | None:
    """The signed-in member of the staff, or None; pages then know whom they greet."""
    if found is None:
        return None
    actor, row, account = found
    request.state.actor, request.state.csrf_token = actor, row.csrf_token
    await check_csrf(request, row.csrf_token)
    if account.must_change_password and request.url.path not in PAGES_BEFORE_CHANGE:
        raise PasswordChangeNeeded
    return actor


async def staff(actor: Annotated[Actor | None, Depends(optional_staff)]) -> Actor:
    """The signed-in member of the staff. Raises SignInNeeded, CsrfMissing, PasswordChangeNeeded."""
    if actor is None:
        raise SignInNeeded
    return actor


Staff = Annotated[Actor, Depends(staff)]


def require(*permissions: Permission) -> Any:
    """A dependency: the signed-in member of the staff who holds at least one of `permissions`.

    Usage: `actor: Annotated[Actor, require(Permission.BANK_VIEW)]`. Raises Forbidden.
    """

    def check(actor: Staff) -> Actor:
        if not any(actor.can(permission) for permission in permissions):
            raise Forbidden
        return actor

    return Depends(check)


def client_actor(session: Session, token: str) -> Actor | None:
    """The client that holds this living access token, or None."""
    found = session.execute(
        select(ApiClient, ApiToken)
        .join(ApiToken, ApiToken.client_id == ApiClient.id)
        .where(
            ApiToken.token_hash == sessions.hash_token(token),
            ApiToken.expires_at > clock.now(),
            ApiClient.is_active,
        )
    ).one_or_none()
    if found is None:
        return None
    client, issued = found
    # A scope taken from the client counts at once, not only when the token ends.
    scopes = frozenset(Scope(s) for s in issued.scopes if s in client.scopes)
    return Actor(kind=ActorKind.CLIENT, id=client.id, display_name=client.name, scopes=scopes)


SCOPE_MEANINGS = {
    Scope.RESULTS_READ: "read released results",
    Scope.PEOPLE_WRITE: "send rosters of persons and appointments",
}
bearer = OAuth2(
    scheme_name="client_credentials",
    flows=OAuthFlows(
        clientCredentials=OAuthFlowClientCredentials(
            tokenUrl="/oauth/token", scopes={s.value: meaning for s, meaning in SCOPE_MEANINGS.items()}
        )
    ),
    auto_error=False,
)


def require_scope(scope: Scope) -> Any:
    """A dependency: the API client whose token carries `scope`.

    Usage: `actor: Annotated[Actor, require_scope(Scope.RESULTS_READ)]`. Raises BadToken, ScopeMissing.
    """

    def check(request: Request, authorization: Annotated[str | None, Depends(bearer)]) -> Actor:
        kind, _space, token = (authorization or "").partition(" ")
        if kind.lower() != "bearer" or not token:
            raise BadToken
        with database_of(request).reading() as session:
            actor = client_actor(session, token)
        if actor is None:
            raise BadToken
        if scope not in actor.scopes:
            raise ScopeMissing(scope=scope.value)
        return actor

    return Security(check, scopes=[scope.value])
