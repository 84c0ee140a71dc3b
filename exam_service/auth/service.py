"""Signing in and out, and changing one's own password."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from exam_service import audit, clock
from exam_service.actor import Actor, ActorKind
from exam_service.auth import passwords, sessions, throttle
from exam_service.auth.models import Account, LoginSession
from exam_service.auth.sessions import OpenedSession
from exam_service.errors import NotFound, Refusal


class WrongPassword(Refusal):
    """The name is unknown, the account is inactive or the password is wrong: which of them is never told."""

    code = "wrong_password"
    status = 401
    message = "Tên đăng nhập hoặc mật khẩu chưa đúng. Hãy kiểm tra phím Caps Lock và bộ gõ rồi nhập lại."


class CurrentPasswordWrong(Refusal):
    code = "current_password_wrong"
    status = 422
    message = "Mật khẩu hiện tại chưa đúng."


class PasswordsDiffer(Refusal):
    code = "passwords_differ"
    status = 422
    message = "Hai lần nhập mật khẩu mới không giống nhau."


class PasswordUnchanged(Refusal):
    code = "password_unchanged"
    status = 422
    message = "Mật khẩu mới phải khác mật khẩu hiện tại."


@dataclass(frozen=True)
class Caller:
    """Where a request comes from, as kept with its session."""

    address: str
    user_agent: str


def account_name(username: str) -> str:
    """The name under which failures of this account are counted."""
    return f"account:{username.strip().lower()}"


def sign_in(session: Session, *, username: str, password: str, caller: Caller) -> OpenedSession | Refusal:
    """A new session for the account, or the refusal.

    The refusal (WrongPassword, throttle.NameLocked, throttle.AddressSlowed) is returned and not raised: the failure has
    to be committed. The session is always a new one, so a cookie planted before the sign-in is worth nothing.
    """
    name = account_name(username)
    try:
        throttle.refuse_while_throttled(session, name=name, address=caller.address)
    except Refusal as refusal:
        return refusal
    account = session.scalar(
        select(Account)
        .options(selectinload(Account.grants))
        .where(Account.username == username.strip().lower(), Account.is_active)
    )
    is_right, fresh_hash = passwords.verify_password(password, account.password_hash if account else None)
    if account is None or not is_right:
        throttle.count_failure(session, name=name, address=caller.address)
        return WrongPassword()
    throttle.forget_failures(session, name=name)
    if fresh_hash is not None:
        account.password_hash = fresh_hash
    account.last_signed_in_at = clock.now()
    actor = Actor(ActorKind.ACCOUNT, account.id, account.display_name, roles=account.roles)
    audit.record(session, actor, "account.sign_in", ("account", account.id), address=caller.address)
    return _open(session, account.id, caller)


def _open(session: Session, account_id: UUID, caller: Caller) -> OpenedSession:
    return sessions.open_session(
        session,
        kind=ActorKind.ACCOUNT,
        subject_id=account_id,
        address=caller.address,
        user_agent=caller.user_agent,
    )


def end_presented_session(session: Session, token: str | None) -> None:
    """The session of a cookie that a browser still shows ends; nothing happens when there is none."""
    row: LoginSession | None = sessions.find_session(session, token, kind=ActorKind.ACCOUNT)
    if row is not None:
        sessions.end_session(session, row.id)


def sign_out(session: Session, actor: Actor) -> None:
    """The session of this browser ends; the cookie is worth nothing any more."""
    assert actor.session_id is not None
    sessions.end_session(session, actor.session_id)
    audit.record(session, actor, "account.sign_out", ("account", actor.id))


def change_password(
    session: Session, actor: Actor, *, current: str, new: str, repeated: str, caller: Caller
) -> OpenedSession | CurrentPasswordWrong:
    """The new password counts from now, every session of the account has ended, and a new one is returned.

    CurrentPasswordWrong is returned and not raised: the failure has to be committed, as for sign_in. Raises
    PasswordsDiffer, PasswordUnchanged, throttle.NameLocked, throttle.AddressSlowed and what
    passwords.check_password raises.
    """
    account = session.get(Account, actor.id)
    if account is None:
        raise NotFound
    name = account_name(account.username)
    throttle.refuse_while_throttled(session, name=name, address=caller.address)
    is_right, _fresh = passwords.verify_password(current, account.password_hash)
    if not is_right:
        throttle.count_failure(session, name=name, address=caller.address)
        return CurrentPasswordWrong(field="current_password")
    passwords.check_password(new, username=account.username)
    if new == current:
        raise PasswordUnchanged(field="new_password")
    if new != repeated:
        raise PasswordsDiffer(field="repeated_password")
    account.password_hash = passwords.hash_password(new)
    account.must_change_password = False
    sessions.end_sessions_of(session, kind=ActorKind.ACCOUNT, subject_id=account.id)
    audit.record(session, actor, "account.change_password", ("account", account.id))
    return _open(session, account.id, caller)
