"""The tables and the view of `schema.py`, mapped. A test keeps the two alike."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import TypedDict
from uuid import UUID

from sqlalchemy import BigInteger, Computed, ForeignKey, Identity, LargeBinary, MetaData, String, Text, func
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Disposition(StrEnum):
    """What an event meant when it arrived. Never changed afterwards."""

    APPLIED = "applied"
    """The newest word about this result."""
    LATE = "late"
    """Arrived after the version that supersedes it; kept, without effect on the current result."""
    RESTATED = "restated"
    """A version that was already here with the same content, sent again under another webhook-id."""
    IGNORED = "ignored"
    """A type this module has no use for."""


class Verdict(StrEnum):
    """What became of one signed delivery. Unsigned ones leave no row: no stranger can fill the log."""

    ACCEPTED = "accepted"
    REPEATED = "repeated"
    CONFLICTING = "conflicting"
    MALFORMED = "malformed"


class Kind(StrEnum):
    RELEASED = "released"
    CORRECTED = "corrected"
    ANNULLED = "annulled"


class CompetencyRow(TypedDict):
    """Points stay decimal text, as published."""

    code: str
    name: str
    points: str
    max_points: str


class Base(DeclarativeBase):
    metadata = MetaData(schema="rating")
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy's own declaration style
        str: Text,
        datetime: TIMESTAMP(timezone=True),
        list[CompetencyRow]: JSONB,
        bytes: LargeBinary,
    }


class ReceivedEvent(Base):
    """One event, once, with the exact bytes that were signed. Append-only (trigger `append_only`).

    `received_event_webhook_id_key` makes a repeated delivery visible as such.
    """

    __tablename__ = "received_event"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    webhook_id: Mapped[str] = mapped_column(String(200), unique=True)
    type: Mapped[str] = mapped_column(String(100))
    occurred_at: Mapped[datetime]
    received_at: Mapped[datetime] = mapped_column(server_default=func.now())
    disposition: Mapped[str] = mapped_column(String(20))
    body: Mapped[bytes]
    body_sha256: Mapped[bytes] = mapped_column(Computed("sha256(body)", persisted=True))


class ResultColumns:
    """What a result version says. Shared by the append-only table and the view of current results."""

    event_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("rating.received_event.id"), primary_key=True
    )
    kind: Mapped[str] = mapped_column(String(20))
    result_id: Mapped[UUID]
    supersedes: Mapped[UUID | None]
    version: Mapped[int]
    staff_code: Mapped[str] = mapped_column(String(64))
    full_name: Mapped[str] = mapped_column(String(300))
    name_order: Mapped[str]
    """`names.sort_key` of the name; the column has COLLATE "C"."""
    search_text: Mapped[str]
    """`names.search_text` of name and staff code."""
    unit_code: Mapped[str] = mapped_column(String(64))
    unit_name: Mapped[str] = mapped_column(String(300))
    unit_order: Mapped[str]
    """`names.title_key` of the unit's name; the column has COLLATE "C"."""
    unit_type: Mapped[str] = mapped_column(String(64))
    position_code: Mapped[str] = mapped_column(String(64))
    position_title: Mapped[str] = mapped_column(String(300))
    period_code: Mapped[str] = mapped_column(String(64))
    period_name: Mapped[str] = mapped_column(String(300))
    reference_date: Mapped[date]
    exam_code: Mapped[str] = mapped_column(String(64))
    exam_title: Mapped[str] = mapped_column(String(300))
    outcome: Mapped[str] = mapped_column(String(10))
    band_code: Mapped[str] = mapped_column(String(64))
    band_label: Mapped[str] = mapped_column(String(300))
    points: Mapped[Decimal]
    max_points: Mapped[Decimal]
    percent: Mapped[Decimal]
    competencies: Mapped[list[CompetencyRow]]
    finality: Mapped[str] = mapped_column(String(20))
    released_at: Mapped[datetime]
    reason: Mapped[str | None]


class ResultVersion(ResultColumns, Base):
    """One version of a person's result in an exam of a period. Append-only.

    `result_version_once` allows each version of a result only once.
    """

    __tablename__ = "result_version"


class Delivery(Base):
    """One signed HTTP delivery. Append-only.

    `delivery_event_or_body`: it either belongs to a stored event, or was refused and keeps its own body and
    reason.
    """

    __tablename__ = "delivery"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    webhook_id: Mapped[str] = mapped_column(String(200))
    received_at: Mapped[datetime] = mapped_column(server_default=func.now())
    verdict: Mapped[str] = mapped_column(String(20))
    event_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("rating.received_event.id"))
    reason: Mapped[str | None]
    body: Mapped[bytes | None]


class LoginSession(Base):
    """A signed-in browser. The cookie holds the token, the table only its digest."""

    __tablename__ = "login_session"

    token_sha256: Mapped[bytes] = mapped_column(primary_key=True)
    username: Mapped[str] = mapped_column(String(64))
    expires_at: Mapped[datetime]


class SignInAttempt(Base):
    __tablename__ = "sign_in_attempt"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    address: Mapped[str] = mapped_column(String(64))
    attempted_at: Mapped[datetime]
    succeeded: Mapped[bool]


class Views(DeclarativeBase):
    """Views are read, never created, from their mapping."""

    metadata = MetaData(schema="rating")
    type_annotation_map = Base.type_annotation_map


class PersonResult(ResultColumns, Views):
    """The result that counts now: per person, period and exam the greatest version nothing supersedes."""

    __tablename__ = "person_result"

    event_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
