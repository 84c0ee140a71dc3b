"""Tables of scoring."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, Numeric
from sqlalchemy.orm import Mapped, mapped_column

from exam_service.db import Base, Keyed, one_of


class ScoringRun(Keyed, Base):
    """One pass of automatic scoring over the handed-in attempts of a period."""

    __tablename__ = "scoring_run"

    period_id: Mapped[UUID] = mapped_column(ForeignKey("period.id"), index=True)
    started_by: Mapped[UUID | None]
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    attempt_count: Mapped[int] = mapped_column(default=0)
    reason: Mapped[str]


class SlotScore(Base):
    """The points of one slot in one run. Append-only: the newest run that scored the slot counts."""

    __tablename__ = "slot_score"
    __table_args__ = (Index("ix_slot_score_attempt", "attempt_id", "slot"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    run_id: Mapped[UUID] = mapped_column(ForeignKey("scoring_run.id"), index=True)
    attempt_id: Mapped[UUID] = mapped_column(ForeignKey("attempt.id"))
    slot: Mapped[int]
    version_id: Mapped[UUID]
    competency: Mapped[str]
    points: Mapped[Decimal] = mapped_column(Numeric(12, 6))
    max_points: Mapped[Decimal] = mapped_column(Numeric(12, 6))
    detail: Mapped[dict[str, Any]]


class KeyVerdict(StrEnum):
    """How the answers to an item version count in a period."""

    AS_KEYED = "as_keyed"
    FULL_MARKS = "full_marks"  # the item is cancelled: everybody who had it gets its points


class KeyDecision(Keyed, Base):
    """How an item version counts in a period, by whom decided and why. Append-only (trigger): the newest counts, from
    the next scoring run on.
    """

    __tablename__ = "key_decision"
    __table_args__ = (
        CheckConstraint(one_of(KeyVerdict, "verdict"), name="verdict"),
        CheckConstraint("reason <> ''", name="reason"),
        Index("ix_key_decision_version", "period_id", "version_id"),
    )

    period_id: Mapped[UUID] = mapped_column(ForeignKey("period.id"))
    version_id: Mapped[UUID] = mapped_column(ForeignKey("item_version.id"))
    verdict: Mapped[str]
    reason: Mapped[str]
    decided_by: Mapped[UUID | None]
    decided_at: Mapped[datetime]
