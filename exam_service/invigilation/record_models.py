"""Tables of what is written down about a room: violations of its rules, and incidents."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from exam_service.db import Base, Keyed, one_of


class ViolationLevel(StrEnum):
    """The four forms of handling, from the mildest. Source: Thông tư 22/2025/TT-BNV, rules of the examination room."""

    REPRIMAND = "reprimand"  # khiển trách
    WARNING = "warning"  # cảnh cáo
    SUSPENSION = "suspension"  # đình chỉ thi: the test ends, its result is cancelled
    ANNULMENT = "annulment"  # hủy kết quả thi


class Signature(StrEnum):
    """Who signed the minutes beside the recorder."""

    VIOLATOR = "violator"
    WITNESSES = "witnesses"  # the violator refused: the two nearest candidates
    NOBODY = "nobody"  # they refused too: the minutes stand and go to the head of the invigilators


class Violation(Keyed, Base):
    """One handled violation. Append-only (trigger `violation_append_only`): withdrawn by a row of its own.

    `witnesses` are the numbers of the two candidates who signed, empty unless `signature` says that they did.
    """

    __tablename__ = "violation"
    __table_args__ = (
        CheckConstraint(one_of(ViolationLevel, "level"), name="level"),
        CheckConstraint(one_of(Signature, "signature"), name="signature"),
        CheckConstraint("description <> ''", name="description"),
        CheckConstraint("(signature = 'witnesses') = (jsonb_array_length(witnesses) = 2)", name="witnesses"),
    )

    sitting_id: Mapped[UUID] = mapped_column(ForeignKey("sitting.id"), index=True)
    attempt_id: Mapped[UUID] = mapped_column(ForeignKey("attempt.id"), index=True)
    level: Mapped[str]
    description: Mapped[str]
    signature: Mapped[str]
    witnesses: Mapped[list[str]]
    recorded_by: Mapped[UUID | None]
    recorded_by_name: Mapped[str]
    at: Mapped[datetime]


class ViolationWithdrawal(Base):
    """A violation was withdrawn: it has no consequence any more. Append-only (trigger
    `violation_withdrawal_append_only`)."""

    __tablename__ = "violation_withdrawal"
    __table_args__ = (CheckConstraint("reason <> ''", name="reason"),)

    violation_id: Mapped[UUID] = mapped_column(ForeignKey("violation.id"), primary_key=True)
    reason: Mapped[str]
    withdrawn_by: Mapped[UUID | None]
    withdrawn_by_name: Mapped[str]
    at: Mapped[datetime]


class IncidentKind(StrEnum):
    POWER = "power"
    NETWORK = "network"
    MACHINE = "machine"
    SOFTWARE = "software"
    PAPER = "paper"  # a mistake in the paper
    HEALTH = "health"
    DISORDER = "disorder"
    OTHER = "other"


class Incident(Keyed, Base):
    """Something that happened in the room. Append-only (trigger `incident_append_only`); without `affected` it
    concerned everybody."""

    __tablename__ = "incident"
    __table_args__ = (
        CheckConstraint(one_of(IncidentKind, "kind"), name="kind"),
        CheckConstraint("description <> ''", name="description"),
    )

    sitting_id: Mapped[UUID] = mapped_column(ForeignKey("sitting.id"), index=True)
    kind: Mapped[str]
    description: Mapped[str]
    handling: Mapped[str]
    happened_at: Mapped[datetime]
    recorded_by: Mapped[UUID | None]
    recorded_by_name: Mapped[str]
    at: Mapped[datetime]

    affected: Mapped[list["IncidentAttempt"]] = relationship()


class IncidentAttempt(Base):
    """A candidate whom an incident concerned. Append-only (trigger `incident_attempt_append_only`)."""

    __tablename__ = "incident_attempt"

    incident_id: Mapped[UUID] = mapped_column(ForeignKey("incident.id"), primary_key=True)
    attempt_id: Mapped[UUID] = mapped_column(ForeignKey("attempt.id"), primary_key=True, index=True)
