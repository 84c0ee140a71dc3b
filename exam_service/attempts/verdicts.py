"""What is decided about delivered answers: accepted ones become the stored answers, refused ones stay evidence."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, StringConstraints
from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, joinedload

from exam_service import audit
from exam_service.actor import Actor, Permission
from exam_service.attempts.deliveries import lock_attempt
from exam_service.attempts.evidence_models import AnswerDelivery, DeliveredResponse, Verdict
from exam_service.attempts.models import Attempt, AttemptState, Response, ResponseHistory
from exam_service.attempts.window import Span, is_within
from exam_service.errors import Forbidden, NotFound, Refusal
from exam_service.periods.models import Candidate, Period, PeriodState

TOO_LATE = (PeriodState.MARKED.value, PeriodState.RELEASED.value, PeriodState.ARCHIVED.value)


class AlreadyDecided(Refusal):
    code = "already_decided"
    message = "Các câu trả lời này đã được quyết định trước đó."


class MarkingIsDone(Refusal):
    code = "marking_is_done"
    message = "Kỳ này đã chấm xong nên không nhận thêm câu trả lời. Hãy xử lý bằng quyết định của hội đồng về kết quả."


class VerdictInput(BaseModel):
    """Accept or refuse, always with the reason."""

    verdict: Verdict
    reason: Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=500)]


@dataclass(frozen=True)
class DeliveryLine:
    """A delivery for the list and the minutes: whose, what it brought, what was decided. `stopped` says when the clock
    stood still."""

    delivery: AnswerDelivery
    number: str
    full_name: str
    attempt_id: UUID
    deadline_at: datetime
    stopped: Sequence[Span] = ()

    def is_in_pause(self, response: DeliveredResponse) -> bool:
        """Whether the answer was entered while the clock stood still."""
        return is_within(response.made_at, self.stopped)

    @property
    def is_decided(self) -> bool:
        return all(response.verdict is not None for response in self.delivery.responses)


def deliveries_of(session: Session, *, sitting_id: UUID) -> list[DeliveryLine]:
    """Every delivery of a sitting, oldest first: what the minutes of the room list."""
    rows = session.execute(
        select(AnswerDelivery, Candidate.number, Candidate.full_name, Attempt.deadline_at)
        .join(Attempt, Attempt.id == AnswerDelivery.attempt_id)
        .join(Candidate, Candidate.id == Attempt.candidate_id)
        .where(Attempt.sitting_id == sitting_id)
        .options(joinedload(AnswerDelivery.responses))
        .order_by(AnswerDelivery.received_at)
        .execution_options(populate_existing=True)
    ).unique()
    return [
        DeliveryLine(delivery, number, full_name, delivery.attempt_id, deadline_at)
        for delivery, number, full_name, deadline_at in rows
    ]


def decide_delivery(
    session: Session, actor: Actor, delivery_id: UUID, *, sitting_id: UUID, data: VerdictInput
) -> None:
    """The undecided answers of a delivery are accepted or refused by the council's officer.

    Raises Forbidden, NotFound, AlreadyDecided, MarkingIsDone.
    """
    if not actor.can(Permission.PERIODS_MANAGE):
        raise Forbidden
    delivery = session.scalar(
        select(AnswerDelivery)
        .join(Attempt, Attempt.id == AnswerDelivery.attempt_id)
        .where(AnswerDelivery.id == delivery_id, Attempt.sitting_id == sitting_id)
    )
    if delivery is None:
        raise NotFound
    attempt = lock_attempt(session, delivery.attempt_id)
    _refuse_after_marking(session, attempt)
    open_rows = _lock_undecided(session, delivery_id)
    if not open_rows:
        raise AlreadyDecided
    settle(session, actor, attempt, open_rows, data=data)


def settle(
    session: Session, actor: Actor, attempt: Attempt, rows: Sequence[DeliveredResponse], *, data: VerdictInput
) -> None:
    """Write the verdict on `rows`; accepted answers are stored and enter the history. The attempt is locked."""
    now = session.execute(select(func.clock_timestamp())).scalar_one()
    for row in rows:
        row.verdict = data.verdict.value
        row.reason = data.reason
        row.decided_by, row.decided_by_name, row.decided_at = actor.id, actor.display_name, now
    if data.verdict is Verdict.ACCEPTED:
        for row in rows:
            _store(session, attempt.id, row, now=now)
    audit.record(
        session,
        actor,
        f"delivery.{data.verdict.value}",
        ("attempt", attempt.id),
        delivery=rows[0].delivery_id if rows else None,
        slots=[row.slot for row in rows],
        reason=data.reason,
    )
    session.flush()


def _store(session: Session, attempt_id: UUID, row: DeliveredResponse, *, now: datetime) -> None:
    standing = session.scalar(
        select(Response.sequence).where(Response.attempt_id == attempt_id, Response.slot == row.slot)
    )
    values = {
        "attempt_id": attempt_id,
        "slot": row.slot,
        "sequence": max(row.sequence, (standing or 0) + 1),
        "response": row.response,
        "is_flagged": row.is_flagged,
        "saved_at": now,
    }
    newer = {name: values[name] for name in ("sequence", "response", "is_flagged", "saved_at")}
    session.execute(
        insert(Response)
        .values(values)
        .on_conflict_do_update(index_elements=["attempt_id", "slot"], set_=newer)
    )
    session.execute(insert(ResponseHistory).values(values))


def _lock_undecided(session: Session, delivery_id: UUID) -> Sequence[DeliveredResponse]:
    return session.scalars(
        select(DeliveredResponse)
        .where(DeliveredResponse.delivery_id == delivery_id, DeliveredResponse.verdict.is_(None))
        .order_by(DeliveredResponse.slot)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()


def _refuse_after_marking(session: Session, attempt: Attempt) -> None:
    state = session.scalar(
        select(Period.state)
        .join(Candidate, Candidate.period_id == Period.id)
        .where(Candidate.id == attempt.candidate_id)
        .with_for_update(of=Period, read=True)
    )
    if state in TOO_LATE or attempt.state in (AttemptState.SCORED, AttemptState.VOID):
        raise MarkingIsDone
