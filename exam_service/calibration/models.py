"""Table of abilities: what a calibration says of the people who answered."""

from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from exam_service.db import Base


class AttemptAbility(Base):
    """The ability behind an attempt with its standard error, on the scale of the calibration. Insert only (trigger
    `attempt_ability_append_only`). For statistics: never shown to candidates, never a mark.
    """

    __tablename__ = "attempt_ability"
    __table_args__ = (CheckConstraint("error > 0", name="error"),)

    calibration_id: Mapped[UUID] = mapped_column(ForeignKey("calibration.id"), primary_key=True)
    attempt_id: Mapped[UUID] = mapped_column(ForeignKey("attempt.id"), primary_key=True, index=True)
    theta: Mapped[float]
    error: Mapped[float]
