"""Slowing down guesses: a lock for each name, and a gentle brake for each address.

A room of identical machines behind one address signs in within minutes and mistypes; it must never be locked out. So a
lock belongs to a name, and an address is only asked to wait between tries, far above what a room produces.
"""

import math
from datetime import timedelta

from sqlalchemy import delete, func, select, text
from sqlalchemy.orm import Session

from exam_service import clock
from exam_service.auth.models import SignInFailure
from exam_service.errors import Refusal

NAME_LIMIT = 5
NAME_WINDOW = timedelta(minutes=10)
NAME_LOCK = timedelta(minutes=10)
ADDRESS_LIMIT = 300  # a room holds some 60 people
ADDRESS_WINDOW = timedelta(minutes=10)
ADDRESS_PAUSE = timedelta(seconds=3)
_LOCK_SPACE = 7_361_002


class NameLocked(Refusal):
    """`wait_s`: seconds until the name may try again."""

    code = "name_locked"
    status = 429
    message = (
        "Tên này đã nhập sai %(tries)s lần nên tạm khóa. Hãy thử lại sau %(minutes)s phút, "
        "hoặc nhờ quản trị viên cấp mật khẩu mới."
    )


class AddressSlowed(Refusal):
    """`wait_s`: seconds until anybody at the address may try again."""

    code = "address_slowed"
    status = 429
    message = (
        "Từ mạng này đang có quá nhiều lần đăng nhập sai. Hãy đợi %(wait_s)s giây rồi thử lại; "
        "tài khoản của Ông/Bà không bị khóa."
    )


def refuse_while_throttled(session: Session, *, name: str, address: str) -> None:
    """Return when `name` may try now; until the end of the transaction no other try of this name runs.

    `name` carries its kind (`account:anh.nguyen`, `candidate:0042`), so that kinds do not lock each other.
    Raises NameLocked, AddressSlowed.
    """
    # Without the lock, tries that arrive together would all be judged before any of them is counted.
    session.execute(
        text("SELECT pg_advisory_xact_lock(:space, hashtext(:name))"), {"space": _LOCK_SPACE, "name": name}
    )
    at = clock.now()
    latest = session.scalars(
        select(SignInFailure.at)
        .where(SignInFailure.name == name)
        .order_by(SignInFailure.at.desc())
        .limit(NAME_LIMIT)
    ).all()
    if len(latest) == NAME_LIMIT and latest[0] - latest[-1] <= NAME_WINDOW and at < latest[0] + NAME_LOCK:
        wait_s = math.ceil((latest[0] + NAME_LOCK - at).total_seconds())
        raise NameLocked(tries=NAME_LIMIT, minutes=math.ceil(wait_s / 60), wait_s=wait_s)
    count, last = session.execute(
        select(func.count(), func.max(SignInFailure.at)).where(
            SignInFailure.address == address, SignInFailure.at > at - ADDRESS_WINDOW
        )
    ).one()
    if count >= ADDRESS_LIMIT and at < last + ADDRESS_PAUSE:
        raise AddressSlowed(wait_s=math.ceil((last + ADDRESS_PAUSE - at).total_seconds()))


def count_failure(session: Session, *, name: str, address: str) -> None:
    """The refused try counts for its name and its address."""
    session.add(SignInFailure(name=name[:200], address=address[:64], at=clock.now()))


def forget_failures(session: Session, *, name: str) -> None:
    """A right password, or a new one from the administrator, unlocks the name."""
    session.execute(delete(SignInFailure).where(SignInFailure.name == name))


def sweep_failures(session: Session) -> int:
    """Failures older than a day are deleted; returns how many."""
    old = delete(SignInFailure).where(SignInFailure.at < clock.now() - timedelta(days=1))
    return session.execute(old).rowcount  # type: ignore[attr-defined, no-any-return] # of a change
