"""Tables of the conditions for entering, of what proved them, and of waivers."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from exam_service.db import Base, one_of


class Condition(StrEnum):
    NETWORK = "network"  # the machine stands in a network of the room
    BROWSER = "browser"  # Safe Exam Browser runs with the exam's configuration
    CODE = "code"  # the code announced in the room has been typed


class EntryRule(Base):
    """What an exam asks of its candidates; no row: nothing.

    `quit_password_hash` is the SHA-256 in hex that the configuration of Safe Exam Browser carries; empty: no password.
    `settings_key` is what the configuration is encrypted with, in hex (`entry.settings_password`); empty: it is not.
    `browser_exam_keys` are the Browser Exam Keys (64 hex digits) of the versions that may be used; none: any version.
    """

    __tablename__ = "entry_rule"

    exam_id: Mapped[UUID] = mapped_column(ForeignKey("exam.id", ondelete="CASCADE"), primary_key=True)
    needs_browser: Mapped[bool] = mapped_column(default=False)
    needs_code: Mapped[bool] = mapped_column(default=False)
    quit_password_hash: Mapped[str] = mapped_column(default="")
    settings_key: Mapped[str] = mapped_column(default="", server_default="")
    browser_exam_keys: Mapped[list[str]] = mapped_column(default=list, server_default="[]")


class RoomNetwork(Base):
    """The networks (CIDR) of a room in a period; no row or an empty list: any network will do."""

    __tablename__ = "room_network"

    period_id: Mapped[UUID] = mapped_column(ForeignKey("period.id"), primary_key=True)
    room: Mapped[str] = mapped_column(primary_key=True)
    networks: Mapped[list[str]]


class SittingCode(Base):
    """Which access code of a sitting holds; the code itself is derived (entry.codes) and stored nowhere. No row: the
    first."""

    __tablename__ = "sitting_code"
    __table_args__ = (CheckConstraint("generation > 0", name="generation"),)

    sitting_id: Mapped[UUID] = mapped_column(ForeignKey("sitting.id", ondelete="CASCADE"), primary_key=True)
    generation: Mapped[int]


class EntryProof(Base):
    """A candidate has met a condition in one sign-in. Append-only (trigger `entry_proof_append_only`).

    The code is typed once, whatever the machine; the browser is proven per sign-in. `way` says how.
    """

    __tablename__ = "entry_proof"
    __table_args__ = (CheckConstraint(one_of(Condition, "condition"), name="condition"),)

    candidate_id: Mapped[UUID] = mapped_column(ForeignKey("candidate.id"), primary_key=True)
    condition: Mapped[str] = mapped_column(primary_key=True)
    login_id: Mapped[UUID] = mapped_column(primary_key=True)
    way: Mapped[str]
    address: Mapped[str]
    proven_at: Mapped[datetime]


class EntryWaiver(Base):
    """An invigilator lets one candidate enter without a condition, with the reason. Append-only (trigger
    `entry_waiver_append_only`)."""

    __tablename__ = "entry_waiver"
    __table_args__ = (
        CheckConstraint(one_of(Condition, "condition"), name="condition"),
        CheckConstraint("reason <> ''", name="reason"),
    )

    candidate_id: Mapped[UUID] = mapped_column(ForeignKey("candidate.id"), primary_key=True)
    condition: Mapped[str] = mapped_column(primary_key=True)
    reason: Mapped[str]
    waived_by: Mapped[UUID | None]
    waived_by_name: Mapped[str]
    waived_at: Mapped[datetime]
