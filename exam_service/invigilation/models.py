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
    IDENTITY_REFUSED = "identity_refused"  # the person is not, or cannot be shown to be, who is expected
    PRESENT = "present"  # roll call
    ABSENT = "absent"
    HAND_IN = "hand_in"  # handed in by the room on the candidate's behalf
    REOPEN = "reopen"  # a test that was handed in goes on
    NOTE = "note"  # said beside everything else; `detail.flagged` keeps the person in view


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
    is_head: Mapped[bool] = mapped_column(default=False)  # may give extra time, as officers may


class BoardThreshold(Base):
    """From when on the boards of a period call something trouble; no row: `thresholds.USUAL`."""

    __tablename__ = "board_threshold"
    __table_args__ = (
        CheckConstraint("offline_after_s BETWEEN 40 AND 900", name="offline"),
        CheckConstraint("unsaved_from BETWEEN 1 AND 100", name="unsaved"),
        CheckConstraint("not_started_after_min BETWEEN 0 AND 60", name="not_started"),
        CheckConstraint("focus_lost_from BETWEEN 1 AND 100", name="focus"),
    )

    period_id: Mapped[UUID] = mapped_column(ForeignKey("period.id", ondelete="CASCADE"), primary_key=True)
    offline_after_s: Mapped[int]
    unsaved_from: Mapped[int]
    not_started_after_min: Mapped[int]
    focus_lost_from: Mapped[int]


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
