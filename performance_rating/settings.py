"""Settings of the rating module, read from environment variables that start with `RATING_`."""

import base64
import binascii
from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, HttpUrl, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict
from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

# Known to everybody who reads this file, hence refused in production.
DEVELOPMENT_WEBHOOK_SECRET = "whsec_c2F0LWhhY2gtZGV2ZWxvcG1lbnQtb25seS1zZWNyZXQ="  # noqa: S105 - for development, refused elsewhere
DEVELOPMENT_ADMIN_PASSWORD = "xep-loai-demo-2026"  # noqa: S105 - as above

_SECRET_PREFIX = "whsec_"  # noqa: S105 - how a secret begins, none itself
_SECRET_BYTES = range(24, 65)
_MIN_PASSWORD_CHARACTERS = 12


class Environment(StrEnum):
    DEV = "dev"
    PRODUCTION = "production"


class Settings(BaseSettings):
    """What an operator may set. Production refuses to start with a secret that is printed in the source."""

    model_config = SettingsConfigDict(env_prefix="RATING_", extra="ignore", hide_input_in_errors=True)

    environment: Environment = Environment.DEV
    database_url: SecretStr
    """PostgreSQL URL. The module keeps to the schema `rating` of that database."""
    webhook_secrets: Annotated[tuple[SecretStr, ...], NoDecode] = (SecretStr(DEVELOPMENT_WEBHOOK_SECRET),)
    """Comma-separated `whsec_…` secrets, any of which may sign. Two during a rotation, otherwise one."""
    admin_username: Annotated[str, Field(min_length=1, max_length=64)] = "nhansu"
    admin_password: SecretStr = SecretStr(DEVELOPMENT_ADMIN_PASSWORD)
    """The password of the one account, or its argon2 hash as printed by pwdlib."""
    exam_service_url: HttpUrl = HttpUrl("http://localhost:8000")
    """Where the pages point to for the exam behind a result."""
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=1, le=65535)] = 8001

    @field_validator("database_url")
    @classmethod
    def _require_postgresql(cls, value: SecretStr) -> SecretStr:
        try:
            backend = make_url(value.get_secret_value()).get_backend_name()
        except ArgumentError as error:
            raise ValueError("must be a URL such as postgresql://user:password@host/database") from error
        if backend != "postgresql":
            raise ValueError("must be a postgresql:// URL; no other database is supported")
        return value

    @field_validator("webhook_secrets", mode="before")
    @classmethod
    def _split_at_commas(cls, value: object) -> object:
        return (
            tuple(part.strip() for part in value.split(",") if part.strip())
            if isinstance(value, str)
            else value
        )

    @field_validator("webhook_secrets")
    @classmethod
    def _require_standard_secrets(cls, value: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
        if not value:
            raise ValueError("needs at least one whsec_… secret")
        for position, secret in enumerate(value, start=1):
            if not _is_standard_secret(secret.get_secret_value()):
                raise ValueError(
                    f"secret {position} must be whsec_ followed by the base64 of 24 to 64 random bytes"
                )
        return value

    @model_validator(mode="after")
    def _refuse_development_secrets_in_production(self) -> Self:
        if self.environment is not Environment.PRODUCTION:
            return self
        if DEVELOPMENT_WEBHOOK_SECRET in self.webhook_secret_texts:
            raise ValueError(
                "production needs RATING_WEBHOOK_SECRETS of its own; the development secret is public"
            )
        password = self.admin_password.get_secret_value()
        if password == DEVELOPMENT_ADMIN_PASSWORD or len(password) < _MIN_PASSWORD_CHARACTERS:
            raise ValueError(
                "production needs a RATING_ADMIN_PASSWORD of its own, "
                f"at least {_MIN_PASSWORD_CHARACTERS} characters or an argon2 hash"
            )
        return self

    @property
    def webhook_secret_texts(self) -> tuple[str, ...]:
        return tuple(secret.get_secret_value() for secret in self.webhook_secrets)

    @property
    def sqlalchemy_url(self) -> URL:
        """The database URL with the driver this module is written for."""
        return make_url(self.database_url.get_secret_value()).set(drivername="postgresql+psycopg")


def _is_standard_secret(text: str) -> bool:
    """Source: Standard Webhooks 1.0, "Signature scheme": prefix `whsec_`, base64, 24 to 64 bytes."""
    if not text.startswith(_SECRET_PREFIX):
        return False
    try:
        key = base64.b64decode(text.removeprefix(_SECRET_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        return False
    return len(key) in _SECRET_BYTES
