"""Tables of statistics, flags with their decisions, and signs of irregularities."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Float, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from exam_service.db import Base, Keyed, one_of


class FlagVerdict(StrEnum):
    """What people decided about a flag."""

    KEEP = "keep"  # the item counts as it is keyed
    FULL_MARKS = "full_marks"  # everybody who had the item gets its points


class SignKind(StrEnum):
    """What stands out about an attempt; each has an innocent explanation too."""

    PERSON_FIT = "person_fit"
    RAPID_GUESSING = "rapid_guessing"
    PREKNOWLEDGE = "preknowledge"
    EXPOSED_SPEED = "exposed_speed"
    GAIN = "gain"
    SIMILARITY = "similarity"


class StatisticsRun(Keyed, Base):
    """The statistics of a period after one scoring run; one per scoring run. The newest counts."""

    __tablename__ = "statistics_run"
    __table_args__ = (UniqueConstraint("scoring_run_id"),)

    period_id: Mapped[UUID] = mapped_column(ForeignKey("period.id"), index=True)
    scoring_run_id: Mapped[UUID] = mapped_column(ForeignKey("scoring_run.id"))
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime]
    attempts: Mapped[int]
    responses: Mapped[int]
    summary: Mapped[dict[str, Any]]  # analysis.storing.Summary


class ItemFigures(Base):
    """The statistics of an item version in one run. `body` is question_bank.statistics.analysis.ItemStatistics; the
    columns are what lists sort and filter by, and are read across periods.
    """

    __tablename__ = "item_figures"
    __table_args__ = (Index("ix_item_figures_version_id", "version_id", "n"),)

    run_id: Mapped[UUID] = mapped_column(
        ForeignKey("statistics_run.id", ondelete="CASCADE"), primary_key=True
    )
    version_id: Mapped[UUID] = mapped_column(ForeignKey("item_version.id"), primary_key=True)
    n: Mapped[int]
    facility: Mapped[float | None] = mapped_column(Float)
    discrimination: Mapped[float | None] = mapped_column(Float)
    difficulty: Mapped[float | None] = mapped_column(Float)  # logits, mean 0 over the items of the period
    difficulty_error: Mapped[float | None] = mapped_column(Float)
    median_s: Mapped[float | None] = mapped_column(Float)
    body: Mapped[dict[str, Any]]


class ItemFlag(Base):
    """A flag that a run raised. Decisions on it are kept by period, version and code: a later run raises it again."""

    __tablename__ = "item_flag"

    run_id: Mapped[UUID] = mapped_column(
        ForeignKey("statistics_run.id", ondelete="CASCADE"), primary_key=True
    )
    version_id: Mapped[UUID] = mapped_column(ForeignKey("item_version.id"), primary_key=True, index=True)
    code: Mapped[str] = mapped_column(primary_key=True)
    is_serious: Mapped[bool]
    params: Mapped[dict[str, Any]]


class FlagDecision(Keyed, Base):
    """What was decided about a flag, by whom and why. Append-only (trigger); the newest counts."""

    __tablename__ = "flag_decision"
    __table_args__ = (
        CheckConstraint(one_of(FlagVerdict, "verdict"), name="verdict"),
        CheckConstraint("reason <> ''", name="reason"),
        Index("ix_flag_decision_flag", "period_id", "version_id", "code"),
    )

    period_id: Mapped[UUID] = mapped_column(ForeignKey("period.id"))
    version_id: Mapped[UUID] = mapped_column(ForeignKey("item_version.id"))
    code: Mapped[str]
    verdict: Mapped[str]
    reason: Mapped[str]
    decided_by: Mapped[UUID | None]
    decided_at: Mapped[datetime]


class IrregularitySign(Keyed, Base):
    """Something out of pattern about an attempt, for people to look at. Never a verdict, never shown to candidates."""

    __tablename__ = "irregularity_sign"
    __table_args__ = (CheckConstraint(one_of(SignKind, "kind"), name="kind"),)

    run_id: Mapped[UUID] = mapped_column(ForeignKey("statistics_run.id", ondelete="CASCADE"), index=True)
    attempt_id: Mapped[UUID] = mapped_column(ForeignKey("attempt.id"), index=True)
    other_attempt_id: Mapped[UUID | None] = mapped_column(ForeignKey("attempt.id"))
    kind: Mapped[str]
    strength: Mapped[float] = mapped_column(Float)  # in standard deviations beyond chance
    detail: Mapped[dict[str, Any]]
