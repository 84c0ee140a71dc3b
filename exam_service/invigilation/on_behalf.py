"""Ending and reopening a test for somebody: the room hands in for a candidate, an officer lets the test go on."""

from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from exam_service.actor import Actor, Permission
from exam_service.attempts.deliveries import hold_period
from exam_service.attempts.handing_in import collect_attempt, reopen_attempt
from exam_service.attempts.models import Attempt, AttemptState
from exam_service.errors import Forbidden, Refusal
from exam_service.invigilation.clocks import apply_clock
from exam_service.invigilation.models import DecisionKind, RoomDecision
from exam_service.invigilation.schemas import ReasonInput, ReopenInput
from exam_service.invigilation.service import decide, lock_attempt, lock_open_attempt
from exam_service.periods.models import PeriodState, Sitting

HANDED_IN = (AttemptState.SUBMITTED.value, AttemptState.EXPIRED.value)


class NotBegun(Refusal):
    code = "not_begun"
    message = "Thí sinh chưa vào làm bài nên chưa có gì để nộp."


class CannotReopen(Refusal):
    code = "cannot_reopen"
    message = "Chỉ mở lại được bài đã làm và đã nộp hoặc đã thu, khi kỳ sát hạch còn mở."


class NoTimeLeft(Refusal):
    code = "no_time_left"
    message = "Giờ làm bài đã hết. Hãy ghi số phút được làm thêm."


def hand_in_for(session: Session, actor: Actor, attempt_id: UUID, *, data: ReasonInput) -> RoomDecision:
    """The test is collected now with what is stored, paused or not. Raises Forbidden, NotFound, AttemptIsOver,
    NotBegun."""
    attempt = lock_open_attempt(session, actor, attempt_id)
    if attempt.state != AttemptState.STARTED:
        raise NotBegun
    kind, sitting_id = DecisionKind.HAND_IN, attempt.sitting_id
    decision = decide(session, actor, kind, sitting_id=sitting_id, attempt=attempt, data=data)
    collect_attempt(session, attempt)
    session.flush()
    return decision


def reopen(session: Session, actor: Actor, attempt_id: UUID, *, data: ReopenInput) -> RoomDecision:
    """An officer lets a test that was handed in go on: with what is left of its time and `minutes` more.

    The receipt given before holds no more; the decision keeps it. Raises Forbidden, NotFound, CannotReopen, NoTimeLeft.
    """
    if not actor.can(Permission.PERIODS_MANAGE):
        raise Forbidden
    attempt = lock_attempt(session, actor, attempt_id, also_when_closed=True)
    sitting = session.get_one(Sitting, attempt.sitting_id)
    if attempt.state not in HANDED_IN or attempt.started_at is None or not _is_open(session, attempt):
        raise CannotReopen
    decision = _decide_to_reopen(session, actor, attempt, data=data)
    reopen_attempt(session, attempt)
    apply_clock(session, [attempt])
    now = session.execute(select(func.clock_timestamp())).scalar_one()
    if attempt.paused_at is None and attempt.deadline_at <= now:
        raise NoTimeLeft(field="minutes")
    sitting.collected_at = None  # collected again when this test is
    session.flush()
    return decision


def _decide_to_reopen(session: Session, actor: Actor, attempt: Attempt, *, data: ReopenInput) -> RoomDecision:
    sitting_id = attempt.sitting_id
    decision = decide(
        session,
        actor,
        DecisionKind.REOPEN,
        sitting_id=sitting_id,
        attempt=attempt,
        data=data,
        submitted_at=attempt.submitted_at,
        receipt_code=attempt.receipt_code,
        digest=attempt.digest,
        answered=attempt.answered_count,
    )
    if data.minutes:
        kind = DecisionKind.EXTRA_TIME
        decide(session, actor, kind, sitting_id=sitting_id, attempt=attempt, data=data, minutes=data.minutes)
    return decision


def _is_open(session: Session, attempt: Attempt) -> bool:
    # Under this lock: a closing, which takes the period before it counts sittings, either sees the open test or is
    # seen here.
    return hold_period(session, attempt.id) in (PeriodState.SEALED, PeriodState.OPEN)
