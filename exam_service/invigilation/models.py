"""Tables of decisions taken in the room, and of who may take them."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from exam_service.db import Base, Keyed, one_of


class DecisionKind(StrEnum):
    EXTRA_TIME = "extra_time"  # minutes more, for an incident
    LATE_ADMISSION = "late_admission"  # may start after the late limit
    NEW_CODE = "new_code"  # a fresh login code was issued
    VOID = "void"  # the attempt does not count
    PAUSE = "pause"  # the clock stands still
    RESUME = "resume"
    SHIFT = "shift"  # the whole sitting starts later
    IDENTITY = "identity"  # a document was seen; `detail` says which
    RESTORE = "restore"  # a void attempt stands again as it was


class RoomDecision(Keyed, Base):
    """What an invigilator or officer decided about one attempt, or the whole sitting (`attempt_id` None), always with a
    reason. Append-only; `at` is the database's time under the lock of the sitting, so a sitting's decisions
    have one order.
    """

    __tablename__ = "room_decision"
    __table_args__ = (
        CheckConstraint(one_of(DecisionKind, "kind"), name="kind"),
        CheckConstraint("reason <> ''", name="reason"),
        CheckConstraint(
            "attempt_id IS NOT NULL OR kind IN ('extra_time', 'pause', 'resume', 'shift')",
            name="whole_sitting",
        ),
    )

    sitting_id: Mapped[UUID] = mapped_column(ForeignKey("sitting.id"), index=True)
    attempt_id: Mapped[UUID | None] = mapped_column(ForeignKey("attempt.id"), index=True)
    kind: Mapped[str]
    minutes: Mapped[int] = mapped_column(default=0)
    reason: Mapped[str]
    detail: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    decided_by: Mapped[UUID | None]
    decided_by_name: Mapped[str]
    at: Mapped[datetime]


class SittingInvigilator(Base):
    """An account that watches this sitting. Officers watch every sitting without being named."""

    __tablename__ = "sitting_invigilator"

    sitting_id: Mapped[UUID] = mapped_column(ForeignKey("sitting.id"), primary_key=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"), primary_key=True, index=True)
    named_by: Mapped[UUID | None]
    named_at: Mapped[datetime]


class SeatOrder(StrEnum):
    """How places are numbered from the front left corner."""

    ROWS = "rows"  # each row from left to right
    SNAKE = "snake"  # rows to and fro
    COLUMNS = "columns"  # each column from the front to the back


class SeatPlan(Base):
    """The grid of a sitting's room."""

    __tablename__ = "seat_plan"
    __table_args__ = (
        CheckConstraint("row_count BETWEEN 1 AND 50 AND column_count BETWEEN 1 AND 40", name="size"),
        CheckConstraint(one_of(SeatOrder, "numbering"), name="numbering"),
    )

    sitting_id: Mapped[UUID] = mapped_column(ForeignKey("sitting.id"), primary_key=True)
    row_count: Mapped[int]
    column_count: Mapped[int]
    numbering: Mapped[str]


class Seat(Base):
    """Where a candidate sits: `place` counts from 1 in the numbering of the plan. Two never share one (checked
    at commit, so that two may swap)."""

    __tablename__ = "seat"
    __table_args__ = (
        UniqueConstraint("sitting_id", "place", deferrable=True, initially="DEFERRED"),
        CheckConstraint("place > 0", name="place"),
    )

    attempt_id: Mapped[UUID] = mapped_column(ForeignKey("attempt.id"), primary_key=True)
    sitting_id: Mapped[UUID] = mapped_column(ForeignKey("sitting.id"))
    place: Mapped[int]
