"""Accounts of the staff: made, given roles, deactivated and given new passwords by an administrator."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Boolean, Select, String, Uuid, column, exists, func, or_, select, table, text
from sqlalchemy.orm import Session, selectinload

from exam_service import audit, clock
from exam_service.actor import Actor, ActorKind, Role
from exam_service.auth import passwords, sessions, throttle
from exam_service.auth.models import Account, RoleGrant
from exam_service.auth.names import ROLE_NAMES
from exam_service.auth.service import account_name
from exam_service.errors import NotFound, Refusal
from exam_service.i18n import gettext

USERNAME = re.compile(r"[a-z0-9][a-z0-9._-]{2,63}")
LONGEST_NAME = 120
LIMITED_ROLES = frozenset({Role.AUTHOR, Role.REVIEWER})
# Whoever keeps the accounts sees neither questions nor answers; whoever runs the periods neither writes nor approves
# questions. A second role must not undo that.
INCOMPATIBLE: tuple[frozenset[Role], ...] = (
    frozenset({Role.ADMIN, Role.AUTHOR}),
    frozenset({Role.ADMIN, Role.REVIEWER}),
    frozenset({Role.ADMIN, Role.OFFICER}),
    frozenset({Role.ADMIN, Role.MARKER}),
    frozenset({Role.OFFICER, Role.AUTHOR}),
    frozenset({Role.OFFICER, Role.REVIEWER}),
)
_ADMINISTRATORS_LOCK = 7_361_003
# Positions belong to people, which imports auth: here the table is known by its name only.
POSITION = table(
    "position",
    column("id", Uuid),
    column("code", String),
    column("title", String),
    column("is_active", Boolean),
)


class BadUsername(Refusal):
    code = "bad_username"
    status = 422
    message = (
        "Tên đăng nhập gồm 3 đến 64 chữ thường không dấu, chữ số, dấu chấm, gạch ngang hoặc gạch dưới, "
        "bắt đầu bằng chữ hoặc số."
    )


class UsernameTaken(Refusal):
    code = "username_taken"
    status = 409
    message = "Đã có tài khoản mang tên đăng nhập này. Hãy chọn tên khác."


class DisplayNameMissing(Refusal):
    code = "display_name_missing"
    status = 422
    message = "Hãy nhập họ và tên (không quá 120 ký tự)."


class UnknownPosition(Refusal):
    code = "unknown_position"
    status = 422
    message = "Vị trí được chọn không còn trong danh mục. Hãy tải lại trang rồi chọn lại."


class IncompatibleRoles(Refusal):
    """`first`, `second`: the roles that one person must not hold together."""

    code = "incompatible_roles"
    status = 422
    message = (
        "Một người không được giữ đồng thời hai vai trò “%(first)s” và “%(second)s”: "
        "người quản lý không được vừa ra đề vừa tổ chức thi."
    )


class OwnAccount(Refusal):
    code = "own_account"
    status = 409
    message = "Không ai tự đổi vai trò, tự khóa hoặc tự cấp lại mật khẩu. Hãy nhờ một quản trị viên khác."


class LastAdministrator(Refusal):
    code = "last_administrator"
    status = 409
    message = "Phải còn ít nhất một quản trị viên đang hoạt động. Hãy giao vai trò này cho người khác trước."


@dataclass(frozen=True)
class NewPassword:
    """An account and the one-time password to hand over; it is shown once and never stored."""

    account: Account
    password: str


def create_account(
    session: Session,
    actor: Actor,
    *,
    username: str,
    display_name: str,
    roles: Collection[Role],
    bank_position_ids: Collection[UUID] = (),
    person_id: UUID | None = None,
) -> NewPassword:
    """A new account with a one-time password that must be changed at the first sign-in.

    `bank_position_ids` limits the roles author and reviewer to the banks of these positions (empty: every bank).
    Raises BadUsername, UsernameTaken, DisplayNameMissing, IncompatibleRoles, UnknownPosition.
    """
    name = username.strip().lower()
    if not USERNAME.fullmatch(name):
        raise BadUsername(field="username")
    if session.scalar(select(exists().where(Account.username == name))):
        raise UsernameTaken(field="username")
    password = passwords.one_time_password()
    account = Account(
        username=name,
        display_name=_checked_display_name(display_name),
        person_id=person_id,
        password_hash=passwords.hash_password(password),
        created_at=clock.now(),
    )
    account.grants = _grants(session, roles=roles, bank_position_ids=bank_position_ids)
    session.add(account)
    # The id of the account names the subject of the audit row.
    session.flush()
    audit.record(
        session,
        actor,
        "account.create",
        ("account", account.id),
        username=name,
        roles=sorted(roles),
        bank_position_ids=sorted(map(str, bank_position_ids)),
    )
    return NewPassword(account, password)


def _checked_display_name(display_name: str) -> str:
    name = " ".join(display_name.split())
    if not name or len(name) > LONGEST_NAME:
        raise DisplayNameMissing(field="display_name")
    return name


def _grants(
    session: Session, *, roles: Collection[Role], bank_position_ids: Collection[UUID]
) -> list[RoleGrant]:
    for pair in INCOMPATIBLE:
        if pair <= set(roles):
            first, second = sorted(pair)
            names = {"first": gettext(ROLE_NAMES[first]), "second": gettext(ROLE_NAMES[second])}
            raise IncompatibleRoles(field="roles", **names)
    wanted = set(bank_position_ids)
    known = set(session.scalars(select(POSITION.c.id).where(POSITION.c.id.in_(wanted)))) if wanted else set()
    if known != wanted:
        raise UnknownPosition(field="bank_position_ids")
    limits: list[UUID | None] = [*sorted(wanted)] or [None]
    return [
        RoleGrant(role=role.value, position_id=limit)
        for role in sorted(set(roles))
        for limit in (limits if role in LIMITED_ROLES else [None])
    ]


def update_account(
    session: Session,
    actor: Actor,
    *,
    account_id: UUID,
    display_name: str,
    roles: Collection[Role],
    bank_position_ids: Collection[UUID] = (),
) -> Account:
    """The account has this name and exactly these roles; author and reviewer share one limit to positions.

    Living sessions act with the new roles from their next request on.
    Raises NotFound, OwnAccount, LastAdministrator, DisplayNameMissing, IncompatibleRoles, UnknownPosition.
    """
    account = get_account(session, account_id)
    before = sorted((grant.role, str(grant.position_id or "")) for grant in account.grants)
    account.display_name = _checked_display_name(display_name)
    grants = _grants(session, roles=roles, bank_position_ids=bank_position_ids)
    after = sorted((grant.role, str(grant.position_id or "")) for grant in grants)
    if before != after:
        _refuse_own(actor, account)
        was_administrator = Role.ADMIN in account.roles
        account.grants.clear()
        # The old grants must be gone before equal new ones are inserted (unique constraint).
        session.flush()
        account.grants.extend(grants)
        if was_administrator:
            _keep_an_administrator(session)
    audit.record(session, actor, "account.update", ("account", account.id), before=before, after=after)
    return account


def _refuse_own(actor: Actor, account: Account) -> None:
    if actor.kind is ActorKind.ACCOUNT and actor.id == account.id:
        raise OwnAccount


def _keep_an_administrator(session: Session) -> None:
    """Two administrators who take each other's role at the same time are judged one after the other."""
    session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADMINISTRATORS_LOCK})
    session.flush()  # the query below must see the change
    left = select(func.count()).select_from(RoleGrant).join(Account)
    if not session.scalar(left.where(RoleGrant.role == Role.ADMIN, Account.is_active)):
        raise LastAdministrator


def set_active(session: Session, actor: Actor, *, account_id: UUID, is_active: bool) -> Account:
    """An inactive account cannot sign in and its sessions have ended; nothing of it is deleted.

    Raises NotFound, OwnAccount, LastAdministrator.
    """
    account = get_account(session, account_id)
    _refuse_own(actor, account)
    account.is_active = is_active
    if not is_active:
        if Role.ADMIN in account.roles:
            _keep_an_administrator(session)
        sessions.end_sessions_of(session, kind=ActorKind.ACCOUNT, subject_id=account.id)
    verb = "account.activate" if is_active else "account.deactivate"
    audit.record(session, actor, verb, ("account", account.id))
    return account


def reset_password(session: Session, actor: Actor, *, account_id: UUID) -> NewPassword:
    """The account has a one-time password, no lock and no living session. Raises NotFound, OwnAccount."""
    account = get_account(session, account_id)
    _refuse_own(actor, account)
    password = passwords.one_time_password()
    account.password_hash = passwords.hash_password(password)
    account.must_change_password = True
    throttle.forget_failures(session, name=account_name(account.username))
    sessions.end_sessions_of(session, kind=ActorKind.ACCOUNT, subject_id=account.id)
    audit.record(session, actor, "account.reset_password", ("account", account.id))
    return NewPassword(account, password)


def get_account(session: Session, account_id: UUID) -> Account:
    """The account with its grants. Raises NotFound."""
    found = session.scalar(
        select(Account).options(selectinload(Account.grants)).where(Account.id == account_id)
    )
    if found is None:
        raise NotFound
    return found


def accounts_matching(
    *, q: str = "", role: Role | None = None, is_active: bool | None = None
) -> Select[Account]:
    """Accounts by name or username, by role and by state, in the order of usernames."""
    statement = select(Account).options(selectinload(Account.grants)).order_by(Account.username)
    if q.strip():
        statement = statement.where(
            or_(
                Account.username.icontains(q.strip(), autoescape=True),
                Account.display_name.icontains(q.strip(), autoescape=True),
            )
        )
    if role is not None:
        statement = statement.where(Account.grants.any(RoleGrant.role == role))
    if is_active is not None:
        statement = statement.where(Account.is_active == is_active)
    return statement


def position_titles(session: Session) -> list[tuple[UUID, str]]:
    """(id, title) of the positions in use, by title: what author and reviewer may be limited to."""
    rows = session.execute(
        select(POSITION.c.id, POSITION.c.title).where(POSITION.c.is_active).order_by(POSITION.c.title)
    )
    return [(row.id, row.title) for row in rows]
