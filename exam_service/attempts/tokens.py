"""Attempt tokens: what the player shows with every save, checked without the database."""

import hashlib
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from time import time
from typing import NewType
from uuid import UUID

from fastapi import Request
from itsdangerous import BadSignature, Signer
from itsdangerous.encoding import base64_decode, base64_encode

from exam_service.errors import Refusal
from exam_service.settings import Settings

AttemptId = NewType("AttemptId", UUID)
CandidateId = NewType("CandidateId", UUID)

NO_LOGIN = UUID(int=0)

# Attempt, candidate and sign-in, expiry (Unix seconds), whether it is limited.
CLAIMS = struct.Struct(">16s16s16sI?")
CLAIMS_LENGTH = len(base64_encode(bytes(CLAIMS.size)))

LIFETIME_S = 2 * 3600
"""The player renews its token silently while the candidate is signed in, so this only bounds a stolen one."""


class BadAttemptToken(Refusal):
    """No token, a forged one, or one that has expired."""

    code = "invalid_token"
    status = 401
    message = "Phiên làm bài đã hết. Hãy đăng nhập lại; các câu trả lời trên máy này vẫn được giữ."


@dataclass(frozen=True, slots=True)
class Claims:
    """What a valid token says: this candidate works on this attempt, until `expires_at` (Unix seconds).

    `login_id` is the sign-in that the token was given to. With `is_limited` a condition for entering was not met when
    it was given: it neither starts nor saves. `networks` (CIDR) are those from which the attempt may be started; none:
    any.
    """

    attempt_id: AttemptId
    candidate_id: CandidateId
    expires_at: int
    login_id: UUID = NO_LOGIN
    is_limited: bool = False
    networks: tuple[str, ...] = ()


def _short_digest(data: bytes = b"") -> hashlib.blake2s:
    """BLAKE2s of 128 bits. Source: RFC 7693; keyed by HMAC as itsdangerous does it."""
    return hashlib.blake2s(data, digest_size=16)


class AttemptTokens:
    """Signs and checks tokens: the claims and the networks, then an HMAC of 128 bits.

    Every save carries one, so on a thin line each character counts.
    """

    def __init__(self, secret: str) -> None:
        self._signer = Signer(
            secret, salt="attempt-token", sep=".", key_derivation="hmac", digest_method=_short_digest
        )
        # Checking costs 20 µs, and the player shows the same token with each of its saves.
        self._opened = lru_cache(maxsize=20_000)(self._open)

    def issue(
        self,
        attempt_id: UUID,
        candidate_id: UUID,
        *,
        login_id: UUID = NO_LOGIN,
        lifetime_s: int = LIFETIME_S,
        is_limited: bool = False,
        networks: Sequence[str] = (),
    ) -> str:
        """A token for `lifetime_s` seconds from now."""
        expires_at = int(time()) + lifetime_s
        claims = CLAIMS.pack(attempt_id.bytes, candidate_id.bytes, login_id.bytes, expires_at, is_limited)
        return self._signer.sign(base64_encode(claims) + ",".join(networks).encode()).decode()

    def check(self, token: str) -> Claims:
        """The claims of `token`. Raises BadAttemptToken."""
        claims = self._opened(token)
        if claims.expires_at <= time():
            raise BadAttemptToken
        return claims

    def _open(self, token: str) -> Claims:
        try:
            text = self._signer.unsign(token).decode()
        except BadSignature as error:
            raise BadAttemptToken from error
        claims, networks = text[:CLAIMS_LENGTH], text[CLAIMS_LENGTH:]
        attempt_id, candidate_id, login_id, expires_at, is_limited = CLAIMS.unpack(base64_decode(claims))
        return Claims(
            AttemptId(UUID(bytes=attempt_id)),
            CandidateId(UUID(bytes=candidate_id)),
            expires_at,
            login_id=UUID(bytes=login_id),
            is_limited=is_limited,
            networks=tuple(networks.split(",")) if networks else (),
        )


def tokens_of(request: Request) -> AttemptTokens:
    """The signer of this application, made at the first use so that nothing reads the secret at import."""
    state = request.app.state
    tokens: AttemptTokens | None = getattr(state, "attempt_tokens", None)
    if tokens is None:
        settings: Settings = state.settings
        tokens = state.attempt_tokens = AttemptTokens(settings.signing_secret())
    return tokens


def claims_of(request: Request) -> Claims:
    """The claims of the bearer token of a request. Raises BadAttemptToken."""
    kind, _space, token = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "bearer" or not token:
        raise BadAttemptToken
    return tokens_of(request).check(token)
