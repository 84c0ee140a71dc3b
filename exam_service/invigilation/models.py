"""Tables of decisions taken in the room."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from exam_service.db import Base, Keyed, one_of


class DecisionKind(StrEnum):
    EXTRA_TIME = "extra_time"  # minutes more for one person, for an incident
    LATE_ADMISSION = "late_admission"  # may start after the late limit
    NEW_CODE = "new_code"  # a fresh login code was issued
    VOID = "void"  # the attempt does not count


class RoomDecision(Keyed, Base):
    """What an invigilator or officer decided about one attempt, always with a reason. Append-only."""

    __tablename__ = "room_decision"
    __table_args__ = (
        CheckConstraint(one_of(DecisionKind, "kind"), name="kind"),
        CheckConstraint("reason <> ''", name="reason"),
    )

    attempt_id: Mapped[UUID] = mapped_column(ForeignKey("attempt.id"), index=True)
    kind: Mapped[str]
    minutes: Mapped[int] = mapped_column(default=0)
    reason: Mapped[str]
    decided_by: Mapped[UUID | None]
    decided_by_name: Mapped[str]
    at: Mapped[datetime]
