"""Tables of calibrations: what the answers of a period said about its items."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from exam_service.db import Base, Keyed, one_of


class CalibrationOutcome(StrEnum):
    FITTED = "fitted"
    REFUSED = "refused"


class CalibrationModel(StrEnum):
    RASCH = "rasch"
    TWO_PL = "2pl"


class Calibration(Keyed, Base):
    """One calibration of a group of items that people of a period had in common. Insert only (trigger
    `calibration_append_only`); the newest of a period and group counts.

    A refused one says why in `reason` ({code, ...}); a fitted Rasch model that was meant to be a two-parameter one says
    there why it is not. `scale_id` is shared by calibrations whose difficulties can be compared: linked by anchors to
    the period that founded the scale, whose people are N(0, 1) on it.
    """

    __tablename__ = "calibration"
    __table_args__ = (
        CheckConstraint(one_of(CalibrationOutcome, "outcome"), name="outcome"),
        CheckConstraint(f"model IS NULL OR {one_of(CalibrationModel, 'model')}", name="model"),
        CheckConstraint("(outcome = 'fitted') = (model IS NOT NULL)", name="fitted_model"),
        CheckConstraint("(outcome = 'fitted') = (scale_id IS NOT NULL)", name="fitted_scale"),
    )

    period_id: Mapped[UUID] = mapped_column(ForeignKey("period.id"), index=True)
    run_id: Mapped[UUID] = mapped_column(ForeignKey("scoring_run.id"), index=True)
    number: Mapped[int]  # of the group in this calibration of the period, the largest first
    outcome: Mapped[str]
    model: Mapped[str | None]
    reason: Mapped[dict[str, Any]]
    scale_id: Mapped[UUID | None] = mapped_column(index=True)
    persons: Mapped[int]
    items: Mapped[int]
    anchors: Mapped[int]
    reliability: Mapped[float | None]
    population_mean: Mapped[float | None]
    population_sd: Mapped[float | None]
    log_likelihood: Mapped[float | None]
    left_out: Mapped[list[Any]]  # [{version_id, reason}]: items that everybody had right or wrong
    fitted_by: Mapped[UUID | None]
    fitted_at: Mapped[datetime]


class ItemCalibration(Base):
    """What one calibration says of an item version, on the scale of the calibration. Insert only (trigger
    `item_calibration_append_only`).

    P(θ) = 1 / (1 + exp(-discrimination (θ - difficulty))). `shift` is how far an anchor moved since, in logits.
    `location` is the log-odds of a wrong answer of the period's average person, from its answers alone.
    """

    __tablename__ = "item_calibration"
    __table_args__ = (
        CheckConstraint("difficulty_error > 0", name="error"),
        Index("ix_item_calibration_version_id", "version_id", "calibration_id"),
    )

    calibration_id: Mapped[UUID] = mapped_column(ForeignKey("calibration.id"), primary_key=True)
    version_id: Mapped[UUID] = mapped_column(ForeignKey("item_version.id"), primary_key=True)
    responses: Mapped[int]
    discrimination: Mapped[float]
    difficulty: Mapped[float]
    discrimination_error: Mapped[float]
    difficulty_error: Mapped[float]
    location: Mapped[float]
    location_error: Mapped[float]
    infit: Mapped[float | None]  # None: scored in parts, where its expected size is not 1
    shift: Mapped[float | None]
    is_anchor: Mapped[bool]  # kept its earlier parameters
    is_drifted: Mapped[bool]
