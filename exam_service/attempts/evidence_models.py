"""Tables of what happened to answers beside the straight way: displaced, delivered late or as a file; and of PINs."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from exam_service.attempts.models import ResponseHistory
from exam_service.db import Base, Keyed, one_of


class DisplacedResponse(Base):
    """An answer sent by a page that had lost the attempt to another one: kept, never counted. Append-only (trigger
    `displaced_response_append_only`)."""

    __tablename__ = "displaced_response"

    attempt_id: Mapped[UUID] = mapped_column(ForeignKey("attempt.id"), primary_key=True)
    holder: Mapped[str] = mapped_column(primary_key=True)
    slot: Mapped[int] = mapped_column(primary_key=True)
    sequence: Mapped[int] = mapped_column(primary_key=True)
    response: Mapped[dict[str, Any] | None]
    is_flagged: Mapped[bool]
    received_at: Mapped[datetime]


class EvidenceKind(StrEnum):
    DISPLACED = "displaced"
    LATE = "late"


class EvidenceCount(Base):
    """How much evidence of one kind a candidate has sent and how much was refused (`attempts.evidence_limits`)."""

    __tablename__ = "evidence_count"
    __table_args__ = (CheckConstraint(one_of(EvidenceKind, "kind"), name="kind"),)

    attempt_id: Mapped[UUID] = mapped_column(ForeignKey("attempt.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    kept: Mapped[int]
    kept_bytes: Mapped[int]
    refused: Mapped[int]
    last_refused_at: Mapped[datetime | None]


class HandoverPin(Keyed, Base):
    """Leave for another machine to take the attempt over: once, within minutes, with the PIN that only the candidate
    was told."""

    __tablename__ = "handover_pin"
    __table_args__ = (CheckConstraint("reason <> ''", name="reason"),)

    attempt_id: Mapped[UUID] = mapped_column(ForeignKey("attempt.id"), index=True)
    pin_hash: Mapped[str]
    reason: Mapped[str]
    issued_by: Mapped[UUID | None]
    issued_by_name: Mapped[str]
    issued_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    failures: Mapped[int] = mapped_column(default=0)


class DeliverySource(StrEnum):
    NETWORK = "network"  # the player sent it after the deadline
    FILE = "file"  # staff uploaded the file that the player had saved


class Verdict(StrEnum):
    ACCEPTED = "accepted"
    REFUSED = "refused"


class AnswerDelivery(Keyed, Base):
    """Answers that came with the chain of their journal instead of one by one: `content` is what arrived, byte for
    byte. Append-only (trigger `answer_delivery_append_only`)."""

    __tablename__ = "answer_delivery"
    __table_args__ = (
        UniqueConstraint("attempt_id", "digest"),
        CheckConstraint(one_of(DeliverySource, "source"), name="source"),
    )

    attempt_id: Mapped[UUID] = mapped_column(ForeignKey("attempt.id"), index=True)
    source: Mapped[str]
    digest: Mapped[str]  # SHA-256 over what makes the delivery this one: it is received once
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    entry_count: Mapped[int]
    clock_changes: Mapped[int]  # how often the computer's clock jumped while the answers were entered
    received_at: Mapped[datetime]
    received_by: Mapped[UUID | None]
    received_by_name: Mapped[str]

    responses: Mapped[list["DeliveredResponse"]] = relationship(order_by="DeliveredResponse.slot")


class DeliveredResponse(Base):
    """One answer of a delivery that differs from what stood. It counts only once accepted; a verdict is final (trigger
    `delivered_response_verdict`)."""

    __tablename__ = "delivered_response"
    __table_args__ = (
        CheckConstraint(f"verdict IS NULL OR {one_of(Verdict, 'verdict')}", name="verdict"),
        CheckConstraint("verdict IS NULL OR reason <> ''", name="reason"),
        CheckConstraint("earliest_at <= made_at AND made_at <= latest_at", name="entered"),
    )

    delivery_id: Mapped[UUID] = mapped_column(ForeignKey("answer_delivery.id"), primary_key=True)
    slot: Mapped[int] = mapped_column(primary_key=True)
    sequence: Mapped[int]
    response: Mapped[dict[str, Any] | None]
    is_flagged: Mapped[bool]
    made_at: Mapped[datetime]  # by the clock of the server as the player knew it
    is_steady: Mapped[bool]  # false: after a restart without network, by the computer's clock
    earliest_at: Mapped[datetime]  # what the order of the journal proves; `made_at` where that is steady
    latest_at: Mapped[datetime]
    standing: Mapped[dict[str, Any] | None]  # what was stored when it arrived
    standing_sequence: Mapped[int]
    verdict: Mapped[str | None]
    reason: Mapped[str] = mapped_column(default="")
    decided_by: Mapped[UUID | None]
    decided_by_name: Mapped[str] = mapped_column(default="")
    decided_at: Mapped[datetime | None]


ACCEPTANCE = (
    select(DeliveredResponse.slot)
    .join(AnswerDelivery, AnswerDelivery.id == DeliveredResponse.delivery_id)
    .where(
        AnswerDelivery.attempt_id == ResponseHistory.attempt_id,
        DeliveredResponse.slot == ResponseHistory.slot,
        DeliveredResponse.verdict == Verdict.ACCEPTED.value,
        DeliveredResponse.decided_at == ResponseHistory.saved_at,
    )
    .correlate(ResponseHistory)
    .exists()
)
"""Whether a row of the history was written as a delivered answer was accepted: the candidate did not save it then."""
