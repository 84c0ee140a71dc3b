"""The secrets that one attempt and one paper have to themselves, derived so that none of them is stored.

A paper is encrypted under a key of its form and can be fetched before the start; the key leaves the service with the
start. The journal in the browser is encrypted, and its entries are authenticated, under two keys of the attempt.
docs/decisions/0003-the-player-without-network.md says what they prove and what they cannot.
"""

import base64
import hmac
import os
import zlib
from dataclasses import dataclass
from hashlib import sha256
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from fastapi import Request

from exam_service.settings import Settings

KEY_BYTES = 32
NONCE_BYTES = 12
PIN_ROOT = b"handover-pin"


class CannotOpen(Exception):
    """The bytes are not what was sealed under this key and this label, or not whole."""


@dataclass(frozen=True, slots=True)
class ReleasedKeys:
    """What the start hands to the player; each is 256 bits in URL-safe Base64 without padding."""

    paper: str
    journal: str
    chain: str


class AttemptKeys:
    """Derives the keys from the secret of the service. Source: RFC 5869 (HKDF with SHA-256)."""

    def __init__(self, secret: str) -> None:
        self._secret = secret.encode()

    def paper(self, form_id: UUID) -> bytes:
        return self._derive(f"paper:{form_id}")

    def journal(self, attempt_id: UUID) -> bytes:
        return self._derive(f"journal:{attempt_id}")

    def chain(self, attempt_id: UUID) -> bytes:
        return self._derive(f"chain:{attempt_id}")

    def released(self, attempt_id: UUID, form_id: UUID) -> ReleasedKeys:
        return ReleasedKeys(
            paper=_spell(self.paper(form_id)),
            journal=_spell(self.journal(attempt_id)),
            chain=_spell(self.chain(attempt_id)),
        )

    def pin_hash(self, attempt_id: UUID, pin: str) -> str:
        """What is stored of a PIN: a keyed hash, because a million PINs are tried in no time."""
        key = self._derive(PIN_ROOT.decode())
        return hmac.new(key, f"{attempt_id}:{pin}".encode(), sha256).hexdigest()

    def _derive(self, purpose: str) -> bytes:
        info = f"sat-hach:{purpose}".encode()
        return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=info).derive(self._secret)


def seal_paper(paper: str, *, key: bytes, attempt_id: UUID) -> bytes:
    """Nonce and AES-256-GCM ciphertext of the deflated paper; only the player of this attempt accepts it."""
    return seal(zlib.compress(paper.encode(), 6), key=key, label=str(attempt_id))


def seal(data: bytes, *, key: bytes, label: str) -> bytes:
    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, data, label.encode())


def unseal(sealed: bytes, *, key: bytes, label: str) -> bytes:
    """The bytes that were sealed under this key and label. Raises CannotOpen."""
    if len(sealed) <= NONCE_BYTES:
        raise CannotOpen
    try:
        return AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], label.encode())
    except InvalidTag as error:
        raise CannotOpen from error


def _spell(key: bytes) -> str:
    return base64.urlsafe_b64encode(key).decode().rstrip("=")


def keys_of(request: Request) -> AttemptKeys:
    settings: Settings = request.app.state.settings
    return AttemptKeys(settings.signing_secret())
