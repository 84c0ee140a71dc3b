"""What is decided about delivered answers: accepted ones become the stored answers, refused ones stay evidence."""

from collections.abc import Callable, Mapping, Sequence
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
from exam_service.attempts.deliveries import accepted_moments, entry_times, hold_period, lock_attempt
from exam_service.attempts.entry_times import EntryTimes
from exam_service.attempts.evidence_models import AnswerDelivery, DeliveredResponse, Verdict
from exam_service.attempts.models import Attempt, AttemptState, Response, ResponseHistory
from exam_service.attempts.refusals import AttemptVoid
from exam_service.attempts.window import Span
from exam_service.errors import Forbidden, NotFound, Refusal
from exam_service.periods.models import Candidate, PeriodState

OPEN = (AttemptState.ASSIGNED.value, AttemptState.STARTED.value)
NEWER_STANDS = "Đã có câu trả lời mới hơn nên giữ câu đó."
TOO_LATE = (PeriodState.MARKED.value, PeriodState.RELEASED.value, PeriodState.ARCHIVED.value)


class AlreadyDecided(Refusal):
    code = "already_decided"
    message = "Các câu trả lời này đã được quyết định trước đó."


class StillAtWork(Refusal):
    """The candidate may change the answers that are to be decided about."""

    code = "still_at_work"
    message = (
        "Bài làm đang mở, thí sinh còn sửa được câu trả lời. Hãy quyết định sau khi bài đã nộp hoặc đã thu."
    )


class MarkingIsDone(Refusal):
    code = "marking_is_done"
    message = "Kỳ này đã chấm xong nên không nhận thêm câu trả lời. Hãy xử lý bằng quyết định của hội đồng về kết quả."


class VerdictInput(BaseModel):
    """Accept or refuse, always with the reason."""

    verdict: Verdict
    reason: Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=500)]


@dataclass(frozen=True)
class DeliveryLine:
    """A delivery for the list and the minutes: whose, what it brought, what was decided. `state` is that of the test;
    `times` says when its answers may have been entered."""

    delivery: AnswerDelivery
    number: str
    full_name: str
    attempt_id: UUID
    state: AttemptState
    times: EntryTimes

    @property
    def is_open(self) -> bool:
        """Whether the candidate may still answer, so that nothing can be decided yet."""
        return self.state in OPEN

    @property
    def is_void(self) -> bool:
        """Whether the test does not count, so that nothing is decided."""
        return self.state is AttemptState.VOID

    @property
    def is_decided(self) -> bool:
        return all(response.verdict is not None for response in self.delivery.responses)


def deliveries_of(
    session: Session,
    *,
    sitting_id: UUID,
    stood_still: Callable[[Sequence[Attempt]], Mapping[UUID, Sequence[Span]]],
) -> list[DeliveryLine]:
    """Every delivery of a sitting, oldest first: what the minutes of the room list. `stood_still` is asked when the
    clocks of the attempts stood still."""
    rows = (
        session.execute(
            select(AnswerDelivery, Candidate.number, Candidate.full_name, Attempt)
            .join(Attempt, Attempt.id == AnswerDelivery.attempt_id)
            .join(Candidate, Candidate.id == Attempt.candidate_id)
            .where(Attempt.sitting_id == sitting_id)
            .options(joinedload(AnswerDelivery.responses))
            .order_by(AnswerDelivery.received_at)
            .execution_options(populate_existing=True)
        )
        .unique()
        .all()
    )
    stopped = stood_still(list({row[3].id: row[3] for row in rows}.values()))
    return [
        DeliveryLine(
            delivery,
            number,
            full_name,
            attempt.id,
            AttemptState(attempt.state),
            entry_times(attempt, stopped=stopped[attempt.id]),
        )
        for delivery, number, full_name, attempt in rows
    ]


def decide_delivery(
    session: Session, actor: Actor, delivery_id: UUID, *, sitting_id: UUID, data: VerdictInput
) -> list[int]:
    """The undecided answers of a delivery are accepted or refused by the council's officer. Returns the slots in which
    something newer stands: they keep it, and the delivered answer is refused with that reason.

    Raises Forbidden, NotFound, AlreadyDecided, StillAtWork, AttemptVoid, MarkingIsDone.
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
    period_state = hold_period(session, delivery.attempt_id)
    attempt = lock_attempt(session, delivery.attempt_id)
    if attempt.state in OPEN:
        raise StillAtWork
    if attempt.state == AttemptState.VOID:
        raise AttemptVoid
    if period_state in TOO_LATE or attempt.state == AttemptState.SCORED:
        raise MarkingIsDone
    open_rows = _lock_undecided(session, delivery_id)
    if not open_rows:
        raise AlreadyDecided
    return settle(session, actor, attempt, open_rows, data=data)


def settle(
    session: Session, actor: Actor, attempt: Attempt, rows: Sequence[DeliveredResponse], *, data: VerdictInput
) -> list[int]:
    """Write the verdict on `rows`; accepted answers are stored and enter the history, except where something newer
    stands: returns those slots. The attempt is locked."""
    now = session.execute(select(func.clock_timestamp())).scalar_one()
    is_accepted = data.verdict is Verdict.ACCEPTED
    newer = _superseded(session, attempt.id, rows) if is_accepted else []
    for row in rows:
        is_kept_out = row.slot in newer
        row.verdict = (Verdict.REFUSED if is_kept_out else data.verdict).value
        row.reason = f"{NEWER_STANDS} {data.reason}" if is_kept_out else data.reason
        row.decided_by, row.decided_by_name, row.decided_at = actor.id, actor.display_name, now
        if is_accepted and not is_kept_out:
            _store(session, attempt.id, row, now=now)
    audit.record(
        session,
        actor,
        f"delivery.{data.verdict.value}",
        ("attempt", attempt.id),
        delivery=rows[0].delivery_id if rows else None,
        slots=[row.slot for row in rows if row.slot not in newer],
        newer=newer,
        reason=data.reason,
    )
    session.flush()
    return newer


def _superseded(session: Session, attempt_id: UUID, rows: Sequence[DeliveredResponse]) -> list[int]:
    """The slots of `rows` whose stored answer has changed since the delivery came and is not older than what came:
    saved by the candidate, or accepted from another delivery."""
    stored = session.scalars(
        select(Response)
        .where(Response.attempt_id == attempt_id, Response.slot.in_([row.slot for row in rows]))
        .execution_options(populate_existing=True)
    ).all()
    sequences = {response.slot: response.sequence for response in stored}
    accepted = accepted_moments(session, stored)
    return [
        row.slot
        for row in rows
        if sequences.get(row.slot, 0) != row.standing_sequence
        and (row.slot not in accepted or accepted[row.slot] > row.made_at)
    ]


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
