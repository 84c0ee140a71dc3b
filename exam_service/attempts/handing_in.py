"""Handing in: by the candidate, or by the system when the time is over. After it nothing in the attempt changes."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import exists, func, select, update
from sqlalchemy.orm import Session

from exam_service import audit
from exam_service.actor import SYSTEM, Actor, ActorKind
from exam_service.attempts import refusals, window
from exam_service.attempts.clock_rules import earliest_submit
from exam_service.attempts.leases import HeldElsewhere
from exam_service.attempts.models import Attempt, AttemptState, CollectedBy, Response, WithdrawnReceipt
from exam_service.attempts.receipts import (
    FinalAnswer,
    Receipt,
    answered_count,
    digest_of,
    new_receipt_code,
    receipt_of,
)
from exam_service.attempts.tokens import Claims
from exam_service.attempts.window import TRANSIT_GRACE, Window
from exam_service.errors import Invalid, NotFound, Refusal
from exam_service.i18n import gettext as _
from exam_service.periods.models import Candidate, Exam, Period, PeriodState, Sitting

LARGEST_SWEEP = 200
NOBODY_WORKS = ~exists().where(
    Attempt.sitting_id == Sitting.id,
    Attempt.state.in_((AttemptState.ASSIGNED.value, AttemptState.STARTED.value)),
)


class Unsaved(Refusal):
    """The candidate vouches for answers that the server does not hold yet: the player sends `slots` again."""

    code = "unsaved"
    message = "Còn câu trả lời chưa được lưu. Hệ thống sẽ gửi lại trước khi nộp bài."


class TooEarlyToSubmit(Refusal):
    """The exam takes hand-ins from a certain minute on; `wait_min` is how long it still is."""

    code = "too_early_to_submit"
    message = (
        "Chưa đến giờ được nộp bài. Ông/Bà có thể nộp sau %(wait_min)s phút nữa; câu trả lời vẫn được lưu."
    )


def submit_attempt(
    session: Session, claims: Claims, *, sequences: Mapping[int, int], holder: str = ""
) -> Receipt:
    """The attempt is handed in with what is stored; returns its receipt, the same one however often it is called.

    `sequences` names the newest sequence per slot that the candidate saw saved. After the deadline (and its grace) the
    system collects instead, and nothing is asked of `sequences`. The row lock makes every save either part of the
    digest or refused.

    Raises NotFound, Unsaved, Invalid, NotStarted, TooEarly, Paused, TimeOver, AttemptVoid, HeldElsewhere,
    TooEarlyToSubmit.
    """
    attempt, number, now = _lock(session, claims)
    if attempt.submitted_at is not None and attempt.state != AttemptState.VOID:
        receipt = receipt_of(attempt)
        assert receipt is not None
        return receipt
    times = Window(attempt.starts_at, attempt.late_until, attempt.deadline_at)
    if attempt.state != AttemptState.STARTED or attempt.paused_at is not None:
        refusals.refuse(now, times, state=AttemptState(attempt.state), paused_at=attempt.paused_at)
    answers = _answers_of(session, [attempt.id])[attempt.id]
    actor = Actor(kind=ActorKind.CANDIDATE, id=claims.candidate_id, display_name=number)
    collected_by = CollectedBy.SYSTEM
    if window.phase(now, times, is_started=True) is window.Phase.RUNNING:
        collected_by = CollectedBy.CANDIDATE
        if attempt.lease_holder not in (None, holder):
            raise HeldElsewhere
        _refuse_early(session, attempt, times, now)
        _check_saved(attempt, answers, sequences)
    _close(attempt, answers, now=now, collected_by=collected_by)
    audit.record(session, actor, "attempt.submit", ("attempt", attempt.id), answered=attempt.answered_count)
    receipt = receipt_of(attempt)
    assert receipt is not None
    return receipt


def _lock(session: Session, claims: Claims) -> tuple[Attempt, str, datetime]:
    """The attempt, locked against saves and the collector, its candidate's number and the database clock."""
    found = session.execute(
        select(Attempt, Candidate.number, func.clock_timestamp())
        .join(Candidate, Candidate.id == Attempt.candidate_id)
        .where(Attempt.id == claims.attempt_id, Attempt.candidate_id == claims.candidate_id)
        .with_for_update(of=Attempt)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if found is None:
        raise NotFound
    attempt, number, now = found
    return attempt, number, now


def _refuse_early(session: Session, attempt: Attempt, times: Window, now: datetime) -> None:
    minutes = session.scalar(
        select(Exam.earliest_submit_min)
        .join(Candidate, Candidate.exam_id == Exam.id)
        .where(Candidate.id == attempt.candidate_id)
    )
    wait = earliest_submit(times, minutes or 0) - now
    if wait > timedelta(0):
        raise TooEarlyToSubmit(wait_min=-(-wait // timedelta(minutes=1)))


def _answers_of(session: Session, attempt_ids: Sequence[UUID]) -> dict[UUID, list[FinalAnswer]]:
    rows = session.execute(
        select(Response.attempt_id, Response.slot, Response.sequence, Response.response).where(
            Response.attempt_id.in_(attempt_ids)
        )
    )
    answers: dict[UUID, list[FinalAnswer]] = defaultdict(list)
    for attempt_id, slot, sequence, response in rows:
        answers[attempt_id].append(FinalAnswer(slot, sequence, response))
    return answers


def _check_saved(attempt: Attempt, answers: Iterable[FinalAnswer], sequences: Mapping[int, int]) -> None:
    if any(not 1 <= slot <= attempt.slot_count for slot in sequences):
        raise Invalid(field="slots", reason=_("Bài thi không có câu số này."))
    stored = {answer.slot: answer.sequence for answer in answers}
    missing = sorted(slot for slot, sequence in sequences.items() if stored.get(slot, 0) < sequence)
    if missing:
        raise Unsaved(slots=missing)


def _close(
    attempt: Attempt, answers: Sequence[FinalAnswer], *, now: datetime, collected_by: CollectedBy
) -> None:
    by_candidate = collected_by is CollectedBy.CANDIDATE
    attempt.state = (AttemptState.SUBMITTED if by_candidate else AttemptState.EXPIRED).value
    attempt.submitted_at = now
    attempt.collected_by = collected_by.value
    attempt.digest = digest_of(attempt.id, answers)
    attempt.answered_count = answered_count(answers)
    attempt.receipt_code = new_receipt_code()


def collect_attempt(session: Session, attempt: Attempt) -> None:
    """The open attempt, whose lock the caller holds, is collected now with what is stored, as at its deadline."""
    assert attempt.submitted_at is None
    now = session.execute(select(func.clock_timestamp())).scalar_one()
    _close(attempt, _answers_of(session, [attempt.id])[attempt.id], now=now, collected_by=CollectedBy.SYSTEM)


def reopen_attempt(session: Session, attempt: Attempt) -> None:
    """The handed-in attempt, whose lock the caller holds, is being worked on again: nothing of its hand-in is left but
    the code of its receipt, so that whoever checks the old paper learns why it counts no more.

    The database allows it only under a decision to reopen (trigger `attempt_handed_in`), which keeps the old receipt.
    """
    now = session.execute(select(func.clock_timestamp())).scalar_one()
    session.add(WithdrawnReceipt(receipt_code=attempt.receipt_code, attempt_id=attempt.id, withdrawn_at=now))
    attempt.state = AttemptState.STARTED.value
    attempt.submitted_at = attempt.collected_by = attempt.digest = None
    attempt.receipt_code = attempt.answered_count = None
    attempt.lease_holder = attempt.lease_login = (
        None  # the page that handed in shows a receipt: the next one works
    )


def collect_due_attempts(session: Session, *, limit: int = LARGEST_SWEEP) -> int:
    """Up to `limit` attempts whose time is over (by the database clock) are collected; returns how many.

    Attempts that nobody opened are collected as well, empty. Many workers may run this at once: each takes rows that no
    other holds. Paused attempts wait, because their time is given back.
    """
    due = session.scalars(
        select(Attempt)
        .where(
            Attempt.state.in_((AttemptState.ASSIGNED.value, AttemptState.STARTED.value)),
            Attempt.paused_at.is_(None),
            # now() is the start of the transaction: not after the clock, and an index can use it.
            Attempt.deadline_at <= func.now() - TRANSIT_GRACE,
        )
        .order_by(Attempt.deadline_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    ).all()
    if not due:
        return 0
    now = session.execute(select(func.clock_timestamp())).scalar_one()
    answers = _answers_of(session, [attempt.id for attempt in due])
    by_sitting: dict[UUID, list[str]] = defaultdict(list)
    for attempt in due:
        _close(attempt, answers[attempt.id], now=now, collected_by=CollectedBy.SYSTEM)
        by_sitting[attempt.sitting_id].append(str(attempt.id))
    for sitting_id, attempts in by_sitting.items():
        audit.record(session, SYSTEM, "sitting.collect", ("sitting", sitting_id), attempts=attempts)
    return len(due)


def close_collected_sittings(session: Session) -> int:
    """Sittings that have begun and in which nobody can work any more are marked as collected; returns how many.

    Two statements: whoever opens a test again holds its sitting, and one that waited for it would still judge by what
    it saw before. A sitting that somebody holds is left to the next run.
    """
    held = session.scalars(
        select(Sitting.id)
        .join(Exam, Exam.id == Sitting.exam_id)
        .join(Period, Period.id == Exam.period_id)
        .where(
            Sitting.collected_at.is_(None),
            Sitting.starts_at <= func.now(),
            Period.state.in_((PeriodState.SEALED.value, PeriodState.OPEN.value)),
            NOBODY_WORKS,
        )
        .order_by(Sitting.id)
        .with_for_update(of=Sitting, key_share=True, skip_locked=True)
    ).all()
    if not held:
        return 0
    done = session.scalars(
        update(Sitting)
        .where(Sitting.id.in_(held), NOBODY_WORKS)
        .values(collected_at=func.clock_timestamp())
        .returning(Sitting.id)
        .execution_options(synchronize_session=False)
    )
    return len(done.all())
