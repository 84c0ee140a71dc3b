"""Clients of the API and their access tokens (OAuth 2.0 client credentials)."""

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import Select, delete, select
from sqlalchemy.orm import Session

from exam_service import audit, clock
from exam_service.actor import Actor, ActorKind, Scope
from exam_service.auth.models import ApiClient, ApiToken
from exam_service.auth.sessions import hash_token, is_same_token
from exam_service.errors import NotFound, Refusal

TOKEN_LIFETIME = timedelta(hours=1)
LONGEST_NAME = 120


class ClientNameMissing(Refusal):
    code = "client_name_missing"
    status = 422
    message = "Hãy nhập tên hệ thống kết nối (không quá 120 ký tự)."


class ScopesMissing(Refusal):
    code = "scopes_missing"
    status = 422
    message = "Hãy chọn ít nhất một phạm vi."


class InvalidClient(Refusal):
    """RFC 6749 §5.2 `invalid_client`: unknown, inactive or with a wrong secret; which of them is not told."""

    code = "invalid_client"
    status = 401
    message = "Unknown client, wrong secret, or the client is inactive"


class InvalidScope(Refusal):
    """RFC 6749 §5.2 `invalid_scope`: more than the client was granted."""

    code = "invalid_scope"
    status = 400
    message = "The requested scope exceeds the scope granted to this client"


@dataclass(frozen=True)
class NewSecret:
    """A client and its secret, which is shown once; only its SHA-256 is stored."""

    client: ApiClient
    secret: str


@dataclass(frozen=True)
class IssuedToken:
    """An access token, its scopes and how long it lives in seconds."""

    token: str
    scopes: tuple[Scope, ...]
    expires_in_s: int


def create_client(session: Session, actor: Actor, *, name: str, scopes: Collection[Scope]) -> NewSecret:
    """A new client with a secret of 256 random bits. Raises ClientNameMissing, ScopesMissing."""
    secret = secrets.token_urlsafe(32)
    client = ApiClient(
        client_id=f"client-{secrets.token_hex(8)}",
        name=_checked_name(name),
        secret_hash=hash_token(secret),
        scopes=_checked_scopes(scopes),
        created_at=clock.now(),
    )
    session.add(client)
    # The id of the client names the subject of the audit row.
    session.flush()
    audit.record(
        session, actor, "api_client.create", ("api_client", client.id), name=client.name, scopes=client.scopes
    )
    return NewSecret(client, secret)


def update_client(
    session: Session, actor: Actor, *, client_key: UUID, name: str, scopes: Collection[Scope]
) -> ApiClient:
    """The client has this name and these scopes; living tokens lose a scope that was taken away at once.

    Raises NotFound, ClientNameMissing, ScopesMissing.
    """
    client = get_client(session, client_key)
    before = client.scopes
    client.name, client.scopes = _checked_name(name), _checked_scopes(scopes)
    audit.record(
        session,
        actor,
        "api_client.update",
        ("api_client", client_key),
        name=client.name,
        before=before,
        after=client.scopes,
    )
    return client


def _checked_name(name: str) -> str:
    clean = " ".join(name.split())
    if not clean or len(clean) > LONGEST_NAME:
        raise ClientNameMissing(field="name")
    return clean


def _checked_scopes(scopes: Collection[Scope]) -> list[str]:
    if not scopes:
        raise ScopesMissing(field="scopes")
    return sorted({scope.value for scope in scopes})


def rotate_secret(session: Session, actor: Actor, *, client_key: UUID) -> NewSecret:
    """The client has a new secret; the old one and every token have ended. Raises NotFound."""
    client = get_client(session, client_key)
    secret = secrets.token_urlsafe(32)
    client.secret_hash = hash_token(secret)
    end_tokens(session, client)
    audit.record(session, actor, "api_client.rotate", ("api_client", client_key))
    return NewSecret(client, secret)


def set_active(session: Session, actor: Actor, *, client_key: UUID, is_active: bool) -> ApiClient:
    """An inactive client gets no tokens and those it has are worth nothing. Raises NotFound."""
    client = get_client(session, client_key)
    client.is_active = is_active
    if not is_active:
        end_tokens(session, client)
    verb = "api_client.activate" if is_active else "api_client.deactivate"
    audit.record(session, actor, verb, ("api_client", client_key))
    return client


def end_tokens(session: Session, client: ApiClient) -> None:
    session.execute(delete(ApiToken).where(ApiToken.client_id == client.id))


def get_client(session: Session, client_key: UUID) -> ApiClient:
    """Raises NotFound."""
    client = session.get(ApiClient, client_key)
    if client is None:
        raise NotFound
    return client


def all_clients() -> Select[ApiClient]:
    return select(ApiClient).order_by(ApiClient.name, ApiClient.client_id)


def issue_token(session: Session, *, client_id: str, secret: str, scope: str | None) -> IssuedToken:
    """An access token for an hour with the scopes asked for (all that the client has when `scope` is None).

    Source: RFC 6749 §4.4 and §3.3. Raises InvalidClient, InvalidScope.
    """
    client = session.scalar(select(ApiClient).where(ApiClient.client_id == client_id))
    # The secret has 256 random bits, so a fast hash is enough; it is compared even for unknown clients.
    is_right = is_same_token(hash_token(secret), client.secret_hash if client else hash_token(""))
    if client is None or not client.is_active or not is_right:
        raise InvalidClient
    wanted = set(client.scopes) if scope is None else set(scope.split())
    if not wanted or not wanted <= set(client.scopes):
        raise InvalidScope
    token = secrets.token_urlsafe(32)
    at = clock.now()
    scopes = tuple(Scope(value) for value in sorted(wanted))
    session.add(
        ApiToken(
            token_hash=hash_token(token),
            client_id=client.id,
            scopes=[value.value for value in scopes],
            created_at=at,
            expires_at=at + TOKEN_LIFETIME,
        )
    )
    client.last_used_at = at
    actor = Actor(ActorKind.CLIENT, client.id, client.name)
    audit.record(session, actor, "api_client.token", ("api_client", client.id), scopes=scopes)
    return IssuedToken(token, scopes, int(TOKEN_LIFETIME.total_seconds()))


def sweep_tokens(session: Session) -> int:
    """Tokens that have ended are deleted; returns how many."""
    ended = delete(ApiToken).where(ApiToken.expires_at < clock.now())
    return session.execute(ended).rowcount  # type: ignore[attr-defined, no-any-return] # of a change
