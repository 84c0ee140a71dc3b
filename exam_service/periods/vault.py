"""Keeping the secret of a draw sealed between its commitment and the end of the period.

Whoever reads the database (a backup, a hurried look in psql) does not learn the secret, and so not the papers: the key
follows from the signing secret of the service, which stands in its settings alone.
"""

import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from fastapi import Request

from exam_service.errors import Refusal
from exam_service.settings import Settings
from question_bank.draw import SECRET_BYTES

PURPOSE = b"sat-hach/draw-secret/1"
NONCE_BYTES = 12


class SecretLost(Refusal):
    """The key of the settings is not the one that sealed the secret, or the bytes were changed."""

    code = "secret_lost"
    status = 500
    message = (
        "Không mở được bí mật của lần cam kết: khóa EXAM_SECRET_KEY đã đổi hoặc dữ liệu hỏng. "
        "Hãy khôi phục khóa cũ, hoặc lập cam kết mới."
    )


class Vault:
    """Seals and opens secrets with AES-256-GCM under a key derived from the signing secret.

    Source: NIST SP 800-38D (GCM with random 96-bit nonces); RFC 5869 (HKDF).
    """

    def __init__(self, signing_secret: str) -> None:
        key = HKDF(algorithm=SHA256(), length=32, salt=None, info=PURPOSE).derive(signing_secret.encode())
        self._cipher = AESGCM(key)

    def seal_fresh(self, place: str) -> tuple[bytes, bytes]:
        """A new secret of 32 random bytes, and its sealed form, which opens at this `place` only."""
        secret = secrets.token_bytes(SECRET_BYTES)
        nonce = secrets.token_bytes(NONCE_BYTES)
        return secret, nonce + self._cipher.encrypt(nonce, secret, place.encode())

    def open(self, sealed: bytes, place: str) -> bytes:
        """The secret. Raises SecretLost."""
        try:
            return self._cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], place.encode())
        except InvalidTag as error:
            raise SecretLost from error


def vault_of(request: Request) -> Vault:
    """The vault of the service that answers the request."""
    settings: Settings = request.app.state.settings
    return Vault(settings.signing_secret())
