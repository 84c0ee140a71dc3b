"""Encrypting the configuration of Safe Exam Browser with a password that the rooms' technicians type to open it.

The container is RNCryptor, data format 3, by password: AES-256-CBC, HMAC-SHA-256 over everything before it, keys by
PBKDF2 with HMAC-SHA-1 in 10,000 rounds. Source: RNCryptor-Spec-v3; safeexambrowser.org, developer documentation,
seb-file-format (prefix `pswd`). The strength is that of the format; what it protects is a configuration without secrets
of candidates or papers.
"""

import gzip
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.hmac import HMAC
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC
from cryptography.hazmat.primitives.padding import PKCS7

from exam_service.entry.safe_exam_browser import as_seb_file, as_xml

PREFIX = b"pswd"
"""Of a configuration encrypted by password for an exam. Source: seb-file-format."""

VERSION, BY_PASSWORD = 3, 1
ROUNDS = 10_000
SALT, KEY, BLOCK = 8, 32, 16


@dataclass(frozen=True)
class SettingsKey:
    """What a password comes to: two salts of 8 bytes and the two keys of 32 bytes that follow. The password is not
    in it, and is stored nowhere."""

    encryption_salt: bytes
    hmac_salt: bytes
    encryption_key: bytes
    hmac_key: bytes

    @classmethod
    def of(cls, password: str) -> "SettingsKey":
        """With fresh salts. The password must not be empty."""
        return cls.with_salts(password, secrets.token_bytes(SALT), secrets.token_bytes(SALT))

    @classmethod
    def with_salts(cls, password: str, encryption_salt: bytes, hmac_salt: bytes) -> "SettingsKey":
        assert password
        keys = (_derived(password, salt) for salt in (encryption_salt, hmac_salt))
        return cls(encryption_salt, hmac_salt, *keys)

    @classmethod
    def from_hex(cls, stored: str) -> "SettingsKey":
        """As `hex` wrote it."""
        data = bytes.fromhex(stored)
        assert len(data) == 2 * (SALT + KEY)
        keys = data[2 * SALT :]
        return cls(data[:SALT], data[SALT : 2 * SALT], keys[:KEY], keys[KEY:])

    def hex(self) -> str:
        return (self.encryption_salt + self.hmac_salt + self.encryption_key + self.hmac_key).hex()


def _derived(password: str, salt: bytes) -> bytes:
    # SHA-1 is what the format says; as the function of PBKDF2 it is not broken.
    return PBKDF2HMAC(algorithm=SHA1(), length=KEY, salt=salt, iterations=ROUNDS).derive(  # noqa: S303 - see above
        password.encode()
    )


def encrypt(data: bytes, key: SettingsKey, *, iv: bytes = b"") -> bytes:
    """The RNCryptor container; `iv` is for vectors, a fresh one is drawn otherwise."""
    start = iv or secrets.token_bytes(BLOCK)
    padder = PKCS7(8 * BLOCK).padder()
    padded = padder.update(data) + padder.finalize()
    encryptor = Cipher(algorithms.AES(key.encryption_key), modes.CBC(start)).encryptor()
    message = (
        bytes((VERSION, BY_PASSWORD))
        + key.encryption_salt
        + key.hmac_salt
        + start
        + encryptor.update(padded)
        + encryptor.finalize()
    )
    code = HMAC(key.hmac_key, SHA256())
    code.update(message)
    return message + code.finalize()


def seb_file(settings: Mapping[str, Any], *, settings_key: str) -> bytes:
    """The .seb file of an exam whose rule keeps `settings_key`: encrypted, or plain where there is no password."""
    if not settings_key:
        return as_seb_file(settings)
    return as_encrypted_seb_file(settings, SettingsKey.from_hex(settings_key))


def as_encrypted_seb_file(settings: Mapping[str, Any], key: SettingsKey) -> bytes:
    """The configuration as a .seb file that asks for the password: gzip(prefix + encrypted gzip(XML)). Its Config Key
    is that of the plain settings. Source: seb-file-format."""
    inner = gzip.compress(as_xml(settings), mtime=0)
    return gzip.compress(PREFIX + encrypt(inner, key), mtime=0)
