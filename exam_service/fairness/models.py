"""Table of fairness reports."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from exam_service.db import Base, Keyed, one_of


class Stage(StrEnum):
    """Which half of the report: what the draw promised, and what the answers showed."""

    DRAWN = "drawn"
    SAT = "sat"


class FairnessReport(Keyed, Base):
    """One half of the report of an exam. Insert only (trigger `fairness_report_append_only`); of the second half there
    is one for each calibration, and the newest counts.

    `missing` is a question_bank.fairness.report.NoFigures; else `figures` are an AssemblyReport of the plain random
    draw (drawn) or SittingFigures (sat).
    """

    __tablename__ = "fairness_report"
    __table_args__ = (
        CheckConstraint(one_of(Stage, "stage"), name="stage"),
        CheckConstraint("(missing IS NULL) = (figures IS NOT NULL)", name="figures"),
        CheckConstraint("(stage = 'sat') = (fitted_at IS NOT NULL)", name="fitted_at"),
        UniqueConstraint("exam_id", "stage", "fitted_at", postgresql_nulls_not_distinct=True),
    )

    exam_id: Mapped[UUID] = mapped_column(ForeignKey("exam.id"))
    stage: Mapped[str]
    fitted_at: Mapped[datetime | None]  # of the calibration
    missing: Mapped[str | None]
    figures: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    made_at: Mapped[datetime]
