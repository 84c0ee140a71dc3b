"""Tables of attempts and what was entered in them."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from exam_service.db import Base, Keyed, one_of
from exam_service.periods.models import Candidate


class AttemptState(StrEnum):
    ASSIGNED = "assigned"
    STARTED = "started"
    SUBMITTED = "submitted"
    EXPIRED = "expired"
    SCORED = "scored"
    VOID = "void"


class CollectedBy(StrEnum):
    CANDIDATE = "candidate"
    SYSTEM = "system"


class Attempt(Keyed, Base):
    """One candidate's go at the sealed form, made when the period is sealed.

    assigned → started → submitted (by the candidate) or expired (collected at the deadline) → scored; void by decision.
    `starts_at`, `deadline_at` and `late_until` follow from `attempts.window` and are what every statement checks by the
    database clock. After hand-in only `state` may move on, and a decision may
    reopen it (trigger `attempt_handed_in`).
    """

    __tablename__ = "attempt"
    __table_args__ = (
        CheckConstraint(one_of(AttemptState, "state"), name="state"),
        CheckConstraint(one_of(CollectedBy, "collected_by"), name="collected_by"),
        CheckConstraint("deadline_at > starts_at", name="deadline"),
        Index("ix_attempt_due", "deadline_at", postgresql_where=text("state IN ('assigned', 'started')")),
        # `last_seen_at` is rewritten every 20 s while the test runs: room on each page keeps that off the indexes.
        {"postgresql_with": {"fillfactor": 70}},
    )

    candidate_id: Mapped[UUID] = mapped_column(ForeignKey("candidate.id"), unique=True)
    form_id: Mapped[UUID] = mapped_column(ForeignKey("sealed_form.id"), unique=True)
    sitting_id: Mapped[UUID] = mapped_column(ForeignKey("sitting.id"), index=True)
    state: Mapped[str] = mapped_column(default=AttemptState.ASSIGNED.value, index=True)
    slot_count: Mapped[int]
    starts_at: Mapped[datetime]
    deadline_at: Mapped[datetime]
    opening_delay_ms: Mapped[int] = mapped_column(default=0)  # part of the three times: see attempts.opening
    late_until: Mapped[datetime]  # who has not started by then needs an admission with a reason
    started_at: Mapped[datetime | None]
    submitted_at: Mapped[datetime | None]
    collected_by: Mapped[str | None]
    paused_at: Mapped[datetime | None]  # from when the clock stands still: attempts.clock_rules
    digest: Mapped[str | None]  # SHA-256 over the final responses, printed on the receipt
    receipt_code: Mapped[str | None] = mapped_column(unique=True)
    answered_count: Mapped[int | None]
    last_seen_at: Mapped[datetime | None]
    lease_holder: Mapped[
        str | None
    ]  # the open page that may write; any other page is told and its writes are evidence
    lease_login: Mapped[
        UUID | None
    ]  # the sign-in of that page, which may move the test to another page by itself

    unsent_count: Mapped[int] = mapped_column(
        default=0, server_default="0"
    )  # answers that the open page said it could not save yet, as of `last_seen_at`

    candidate: Mapped[Candidate] = relationship()

    @property
    def opening_delay(self) -> timedelta:
        return timedelta(milliseconds=self.opening_delay_ms)


class Response(Base):
    """What stands in a slot now. Written by the save statement in `attempts.hot`, and by `attempts.verdicts` where a
    delivered answer is accepted; either way together with its history."""

    __tablename__ = "response"
    # The save path rewrites rows in place many times: room on each page keeps those updates off the indexes.
    __table_args__ = {"postgresql_with": {"fillfactor": 70}}  # noqa: RUF012 - SQLAlchemy's own declaration

    attempt_id: Mapped[UUID] = mapped_column(ForeignKey("attempt.id"), primary_key=True)
    slot: Mapped[int] = mapped_column(primary_key=True)
    sequence: Mapped[int]
    response: Mapped[dict[str, Any] | None]
    is_flagged: Mapped[bool] = mapped_column(default=False)
    saved_at: Mapped[datetime]


class ResponseHistory(Base):
    """Every accepted save and every delivered answer that was accepted, in order of `sequence`. Append-only (trigger
    `response_history_append_only`)."""

    __tablename__ = "response_history"

    attempt_id: Mapped[UUID] = mapped_column(primary_key=True)
    slot: Mapped[int] = mapped_column(primary_key=True)
    sequence: Mapped[int] = mapped_column(primary_key=True)
    response: Mapped[dict[str, Any] | None]
    is_flagged: Mapped[bool]
    saved_at: Mapped[datetime]


class WithdrawnReceipt(Base):
    """A receipt that a candidate holds and that counts no more, because the test was reopened after it. Append-only
    (trigger `withdrawn_receipt_append_only`)."""

    __tablename__ = "withdrawn_receipt"

    receipt_code: Mapped[str] = mapped_column(primary_key=True)
    attempt_id: Mapped[UUID] = mapped_column(ForeignKey("attempt.id"))
    withdrawn_at: Mapped[datetime]
