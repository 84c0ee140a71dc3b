"""Passwords: how they are stored, what is asked of them, and the one-time ones that an administrator hands over."""

import secrets
import unicodedata
from threading import BoundedSemaphore

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from exam_service.errors import Refusal

SHORTEST = 10
LONGEST = 200
# Source: OWASP Password Storage Cheat Sheet, Argon2id with 19 MiB, 2 iterations, 1 lane.
_hasher = PasswordHash((Argon2Hasher(time_cost=2, memory_cost=19 * 1024, parallelism=1),))
# Each hash takes 19 MiB and a core: a flood of sign-ins queues here instead of starving the people who work.
_slots = BoundedSemaphore(2)
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # no 0/o, 1/l/i: it is read from paper
_COMMON_PARTS = (
    "matkhau",
    "password",
    "passw0rd",
    "p@ssw0rd",
    "qwerty",
    "abc123",
    "abc@123",
    "123456",
    "abcdef",
    "admin",
    "sathach",
    "cantho",
    "vietnam",
)
_SMALLEST_REST = 6  # characters beside a common part, which alone would be guessed at once


class PasswordTooShort(Refusal):
    code = "password_too_short"
    status = 422
    message = "Mật khẩu cần có ít nhất %(shortest)s ký tự."


class PasswordTooLong(Refusal):
    code = "password_too_long"
    status = 422
    message = "Mật khẩu dài quá %(longest)s ký tự. Hãy chọn mật khẩu ngắn hơn."


class PasswordLikeName(Refusal):
    code = "password_like_name"
    status = 422
    message = "Mật khẩu không được chứa tên đăng nhập."


class PasswordTooCommon(Refusal):
    code = "password_too_common"
    status = 422
    message = "Mật khẩu này dễ đoán (từ hoặc dãy ký tự quen thuộc). Hãy chọn mật khẩu khác."


def _normal(password: str) -> str:
    # The same letters typed on another keyboard driver may arrive decomposed.
    return unicodedata.normalize("NFC", password)


def check_password(password: str, *, username: str, field: str = "new_password") -> None:
    """Return when `password` may be used by `username`.

    Raises PasswordTooShort, PasswordTooLong, PasswordLikeName, PasswordTooCommon.
    """
    plain = _normal(password)
    folded = plain.casefold()
    if len(plain) < SHORTEST:
        raise PasswordTooShort(field=field, shortest=SHORTEST)
    if len(plain) > LONGEST:
        raise PasswordTooLong(field=field, longest=LONGEST)
    if username.casefold() in folded:
        raise PasswordLikeName(field=field)
    rest = folded
    for part in _COMMON_PARTS:
        rest = rest.replace(part, "")
    is_common = rest != folded and len(rest) < _SMALLEST_REST
    if is_common or len(set(folded)) < SHORTEST // 2:
        raise PasswordTooCommon(field=field)


def hash_password(password: str) -> str:
    """Argon2id of the password with a salt of its own, in PHC format; takes some 30 ms of one core."""
    with _slots:
        return _hasher.hash(_normal(password))


# Compared with for names that do not exist, so that the time of the answer does not tell which names do.
_NOBODY = _hasher.hash(secrets.token_urlsafe(24))


def verify_password(password: str, stored: str | None) -> tuple[bool, str | None]:
    """(is right, fresh hash when the stored one was made with older parameters); `None` costs the same time."""
    with _slots:
        is_right, fresh = _hasher.verify_and_update(_normal(password[:LONGEST]), stored or _NOBODY)
    return (is_right and stored is not None, fresh if stored is not None else None)


def one_time_password() -> str:
    """Three groups of four letters and digits (59 bits), easy to read aloud; must be changed at the first sign-in."""
    return "-".join("".join(secrets.choice(_ALPHABET) for _ in range(4)) for _ in range(3))
