"""Tables of released results."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Numeric, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from exam_service.db import Base, Keyed, one_of

# Advisory lock: transactions that write results take turns (trigger `result_in_order`).
RESULTS_LOCK = 7_361_002


class Outcome(StrEnum):
    PASS = "pass"  # noqa: S105 - not a password
    FAIL = "fail"


class ResultKind(StrEnum):
    RELEASED = "released"
    CORRECTED = "corrected"
    ANNULLED = "annulled"


class Result(Keyed, Base):
    """The released row of one candidate. Append-only: a correction is a new row that `supersedes` the last.

    `sequence` orders every change for those who pull, and becomes visible in its order (trigger `result_in_order`);
    `version` rises per candidate from 1.
    """

    __tablename__ = "result"
    __table_args__ = (
        UniqueConstraint("candidate_id", "version"),
        CheckConstraint(one_of(Outcome, "outcome"), name="outcome"),
        CheckConstraint(one_of(ResultKind, "kind"), name="kind"),
    )

    sequence: Mapped[int] = mapped_column(BigInteger, Identity(always=True), unique=True)
    candidate_id: Mapped[UUID] = mapped_column(ForeignKey("candidate.id"), index=True)
    period_id: Mapped[UUID] = mapped_column(ForeignKey("period.id"), index=True)
    exam_id: Mapped[UUID] = mapped_column(ForeignKey("exam.id"), index=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    unit_id: Mapped[UUID] = mapped_column(ForeignKey("unit.id"), index=True)
    position_id: Mapped[UUID] = mapped_column(ForeignKey("position.id"), index=True)
    run_id: Mapped[UUID | None] = mapped_column(ForeignKey("scoring_run.id"))
    version: Mapped[int]
    supersedes_id: Mapped[UUID | None] = mapped_column(ForeignKey("result.id"), unique=True)
    kind: Mapped[str]
    points: Mapped[Decimal] = mapped_column(Numeric(12, 6))
    max_points: Mapped[Decimal] = mapped_column(Numeric(12, 6))
    # What `points` are worth on the mean paper, where the exam converts marks; outcome and band follow from it.
    converted_points: Mapped[Decimal | None] = mapped_column(Numeric(12, 6))
    # How marks were converted, or why they were not though the exam declared it. None: it did not.
    conversion_id: Mapped[UUID | None] = mapped_column(ForeignKey("exam_conversion.id"))
    cut_percent: Mapped[Decimal | None] = mapped_column(
        Numeric(6, 3)
    )  # None: before cuts were kept per result
    outcome: Mapped[str]
    checks: Mapped[list[Any]] = mapped_column(
        default=list, server_default="[]"
    )  # question_bank.pass_rules.Check
    band_code: Mapped[str]
    band_label: Mapped[str]
    competencies: Mapped[list[Any]]  # [{code, name, points, max_points}]
    was_absent: Mapped[bool]  # entered, but never started
    reason: Mapped[str]
    released_by: Mapped[UUID | None]
    released_at: Mapped[datetime]

    @property
    def counted_points(self) -> Decimal:
        """The mark that is published and compared: the converted one where there is one."""
        return self.points if self.converted_points is None else self.converted_points
