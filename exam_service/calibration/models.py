"""Tables of what a calibration says of the people who answered, and of what their marks are worth."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, CheckConstraint, ForeignKey, Integer
from sqlalchemy.orm import Mapped, mapped_column

from exam_service.db import Base, Keyed, one_of


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


class ConversionOutcome(StrEnum):
    CONVERTED = "converted"
    RAW = "raw"


class ExamConversion(Keyed, Base):
    """How the marks of an exam that declared their conversion count after one scoring run. Insert only (trigger
    `exam_conversion_append_only`); the newest of the newest run counts.

    Where the data do not carry a conversion raw marks count, and `reason` ({code, ...}) says why. `error` is the mean
    standard error of a converted mark at the exam's cut, `largest_change` the most that a mark moves; both in percent
    of all points.
    """

    __tablename__ = "exam_conversion"
    __table_args__ = (
        CheckConstraint(one_of(ConversionOutcome, "outcome"), name="outcome"),
        CheckConstraint("(outcome = 'converted') = (calibration_id IS NOT NULL)", name="calibrated"),
        CheckConstraint("outcome = 'converted' OR reason <> '{}'", name="reason"),
    )

    exam_id: Mapped[UUID] = mapped_column(ForeignKey("exam.id"), index=True)
    run_id: Mapped[UUID] = mapped_column(ForeignKey("scoring_run.id"))
    outcome: Mapped[str]
    reason: Mapped[dict[str, Any]]
    calibration_id: Mapped[UUID | None] = mapped_column(ForeignKey("calibration.id"))
    papers: Mapped[int]
    items: Mapped[int]
    estimated: Mapped[int]  # of the items; the others stand at the mean of their competency and level
    largest_change: Mapped[float | None]
    error: Mapped[float | None]
    made_at: Mapped[datetime]


class FormConversion(Base):
    """The conversion table of one paper: `worth[k]` is what k % of its points are worth, in millionths of all points.
    Insert only (trigger `form_conversion_append_only`)."""

    __tablename__ = "form_conversion"

    conversion_id: Mapped[UUID] = mapped_column(ForeignKey("exam_conversion.id"), primary_key=True)
    form_id: Mapped[UUID] = mapped_column(ForeignKey("sealed_form.id"), primary_key=True, index=True)
    worth: Mapped[list[int]] = mapped_column(ARRAY(Integer))
