"""Settings of the service, read once from the environment (prefix `EXAM_`)."""

import secrets
from enum import StrEnum
from ipaddress import ip_network
from pathlib import Path
from zoneinfo import ZoneInfo

from pydantic import AliasChoices, Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

SHORTEST_SECRET = 32
PLAYER_TOOLS = ("highlight", "eliminate", "mask", "line_focus", "notes", "calculator", "statutes")


class Environment(StrEnum):
    DEVELOPMENT = "development"
    PRODUCTION = "production"


class Settings(BaseSettings):
    """Everything that an operator may set; see docs/operations.md for the meaning of each.

    Raises pydantic.ValidationError in production when a secret or the database address is missing or too short.
    """

    model_config = SettingsConfigDict(env_prefix="EXAM_", extra="ignore", populate_by_name=True)

    environment: Environment = Environment.DEVELOPMENT
    database_url: str | None = Field(
        default=None, validation_alias=AliasChoices("DATABASE_URL", "EXAM_DATABASE_URL")
    )
    data_dir: Path = Path("var")
    secret_key: SecretStr | None = None
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=1, le=65535)
    public_url: str = "http://localhost:8000"
    rating_port: int = Field(default=8001, ge=1, le=65535)
    time_zone: str = "Asia/Ho_Chi_Minh"
    pool_size: int = Field(default=12, ge=2, le=200)
    save_pool_size: int = Field(default=4, ge=1, le=64)
    deliver_over_http: bool = False  # in production: also plain http, inside a closed network
    statistics_from: int = Field(default=30, ge=2, le=10_000)  # answers before figures of an item are shown
    late_grace_min: int = Field(
        default=10, ge=0, le=1440
    )  # answers made in time may still arrive so long after the end
    # Records of leaving the page, of copying and of trouble of a computer.
    signals_keep_days: int = Field(default=90, ge=1, le=3650)
    # What candidates may use besides zoom and contrast, in exams about which nobody has decided otherwise.
    player_tools: str = "highlight,eliminate,mask,line_focus,notes,calculator,statutes"
    organisation: str = "Ủy ban nhân dân thành phố Cần Thơ"
    place: str = "Cần Thơ"  # before the date of documents
    # Addresses or networks whose X-Forwarded-For and X-Forwarded-Proto are believed, comma-separated.
    trusted_proxies: str = "127.0.0.1, ::1"

    @model_validator(mode="after")
    def check(self) -> "Settings":
        """Production never starts on defaults that everybody knows."""
        if unknown := set(self.tools) - set(PLAYER_TOOLS):
            raise ValueError(
                f"EXAM_PLAYER_TOOLS knows {', '.join(PLAYER_TOOLS)}, not {', '.join(sorted(unknown))}."
            )
        for proxy in self.proxies:
            ip_network(
                proxy, strict=False
            )  # ValueError names the one that is neither an address nor a network
        if self.environment is not Environment.PRODUCTION:
            return self
        if self.database_url is None:
            raise ValueError("Set DATABASE_URL: in production the database is not embedded.")
        if self.secret_key is None or len(self.secret_key.get_secret_value()) < SHORTEST_SECRET:
            raise ValueError(
                f"Set EXAM_SECRET_KEY to a random text of at least {SHORTEST_SECRET} characters."
            )
        return self

    @property
    def is_production(self) -> bool:
        return self.environment is Environment.PRODUCTION

    @property
    def is_embedded(self) -> bool:
        """True when the database is the one that the service itself starts under `data_dir`."""
        return self.database_url is None

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    @property
    def tools(self) -> list[str]:
        """The names in `player_tools`."""
        return [name.strip() for name in self.player_tools.split(",") if name.strip()]

    @property
    def proxies(self) -> list[str]:
        """The addresses and networks in `trusted_proxies`."""
        return [one.strip() for one in self.trusted_proxies.split(",") if one.strip()]

    def signing_secret(self) -> str:
        """The secret that signs tokens; in development it is made once and kept under `data_dir`."""
        if self.secret_key is not None:
            return self.secret_key.get_secret_value()
        path = self.data_dir / "secret"
        if not path.exists():
            self.data_dir.mkdir(parents=True, exist_ok=True)
            fresh = path.with_suffix(f".{secrets.token_hex(4)}")
            fresh.touch(mode=0o600)
            fresh.write_text(secrets.token_urlsafe(48))
            # A hard link fails when another process was first: both then read the same secret.
            try:
                path.hardlink_to(fresh)
            except FileExistsError:
                pass
            finally:
                fresh.unlink()
        return path.read_text()
