"""Decisions taken in the room. Each is an append-only row with its reason, and changes the attempt with it."""

from uuid import UUID

from sqlalchemy import Select, false, select
from sqlalchemy.orm import Session

from exam_service import audit, clock
from exam_service.actor import Actor, Permission
from exam_service.attempts.codes import CodeHasher, IssuedCode, renew_code
from exam_service.attempts.models import Attempt, AttemptState
from exam_service.attempts.window import Allowance, Window, attempt_window
from exam_service.errors import Forbidden, NotFound, Refusal
from exam_service.invigilation.models import DecisionKind, RoomDecision
from exam_service.invigilation.schemas import ExtraTimeInput, ReasonInput
from exam_service.periods.models import Candidate, Exam, Period, PeriodState, Sitting


class AttemptIsOver(Refusal):
    code = "attempt_over"
    message = "Bài làm đã nộp, đã thu hoặc đã hủy nên không thay đổi được nữa."


class ResultsAreOut(Refusal):
    code = "results_are_out"
    message = (
        "Kết quả của kỳ này đã công bố nên không hủy bài tại phòng thi được nữa. Hãy báo hội đồng sát hạch."
    )


class AlreadyVoid(Refusal):
    code = "already_void"
    message = "Bài làm này đã hủy trước đó."


class NotLate(Refusal):
    code = "not_late"
    message = "Thí sinh này đã vào thi nên không cần cho vào muộn."


def sittings_visible_to(actor: Actor) -> Select[Sitting]:
    """The sittings that the actor may watch: those of sealed and open periods, for whoever invigilates."""
    statement = (
        select(Sitting)
        .join(Exam, Exam.id == Sitting.exam_id)
        .join(Period, Period.id == Exam.period_id)
        .where(Period.state != PeriodState.DRAFT.value)
    )
    return statement if actor.can(Permission.INVIGILATE) else statement.where(false())


def _visible_ids(actor: Actor) -> Select[UUID]:
    return sittings_visible_to(actor).with_only_columns(Sitting.id)


def get_sitting(session: Session, actor: Actor, sitting_id: UUID) -> Sitting:
    """Raises NotFound."""
    sitting = session.scalar(sittings_visible_to(actor).where(Sitting.id == sitting_id))
    if sitting is None:
        raise NotFound
    return sitting


def check_seated(session: Session, actor: Actor, *, sitting_id: UUID, attempt_id: UUID) -> None:
    """Return when the attempt belongs to this sitting, which the actor may watch. Raises NotFound."""
    get_sitting(session, actor, sitting_id)
    seated = select(Attempt.id).where(Attempt.id == attempt_id, Attempt.sitting_id == sitting_id)
    if session.scalar(seated) is None:
        raise NotFound


def grant_extra_time(
    session: Session, actor: Actor, attempt_id: UUID, *, data: ExtraTimeInput
) -> RoomDecision:
    """The person has `minutes` more; an open player shows it with its next look at the clock.

    Raises Forbidden, NotFound, AttemptIsOver.
    """
    attempt = _lock_open(session, actor, attempt_id)
    decision = _decide(
        session, actor, attempt, DecisionKind.EXTRA_TIME, reason=data.reason, minutes=data.minutes
    )
    _apply_decisions(session, attempt)
    return decision


def admit_late(session: Session, actor: Actor, attempt_id: UUID, *, data: ReasonInput) -> RoomDecision:
    """The person may start although the late limit has passed; the common deadline stays.

    Raises Forbidden, NotFound, AttemptIsOver, NotLate.
    """
    attempt = _lock_open(session, actor, attempt_id)
    if attempt.state == AttemptState.STARTED:
        raise NotLate
    decision = _decide(session, actor, attempt, DecisionKind.LATE_ADMISSION, reason=data.reason)
    _apply_decisions(session, attempt)
    return decision


def give_new_code(
    session: Session, actor: Actor, attempt_id: UUID, *, data: ReasonInput, hasher: CodeHasher
) -> IssuedCode:
    """The person has a fresh login code and is signed out everywhere; answers and time are untouched.

    Raises Forbidden, NotFound, AttemptIsOver.
    """
    attempt = _lock_open(session, actor, attempt_id)
    _decide(session, actor, attempt, DecisionKind.NEW_CODE, reason=data.reason)
    return renew_code(session, attempt.candidate_id, hasher=hasher)


def void_attempt(session: Session, actor: Actor, attempt_id: UUID, *, data: ReasonInput) -> RoomDecision:
    """The attempt does not count, whatever its state was, until results are released.

    Raises Forbidden, NotFound, AlreadyVoid, ResultsAreOut.
    """
    attempt = _lock(session, actor, attempt_id)
    if attempt.state == AttemptState.VOID:
        raise AlreadyVoid
    # The lock on the period makes a release either see this decision or be seen by it.
    period_state = session.scalar(
        select(Period.state)
        .join(Candidate, Candidate.period_id == Period.id)
        .where(Candidate.id == attempt.candidate_id)
        .with_for_update(of=Period, read=True)
    )
    if period_state in (PeriodState.RELEASED, PeriodState.ARCHIVED):
        raise ResultsAreOut
    state_before = attempt.state
    attempt.state = AttemptState.VOID.value
    return _decide(session, actor, attempt, DecisionKind.VOID, reason=data.reason, state_before=state_before)


def _lock(session: Session, actor: Actor, attempt_id: UUID) -> Attempt:
    if not actor.can(Permission.INVIGILATE):
        raise Forbidden
    attempt = session.scalar(
        select(Attempt)
        .where(Attempt.id == attempt_id, Attempt.sitting_id.in_(_visible_ids(actor)))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if attempt is None:
        raise NotFound
    return attempt


def _lock_open(session: Session, actor: Actor, attempt_id: UUID) -> Attempt:
    """The attempt under its lock, while it is still to be handed in."""
    attempt = _lock(session, actor, attempt_id)
    if attempt.state not in (AttemptState.ASSIGNED, AttemptState.STARTED):
        raise AttemptIsOver
    return attempt


def _decide(
    session: Session,
    actor: Actor,
    attempt: Attempt,
    kind: DecisionKind,
    *,
    reason: str,
    minutes: int = 0,
    **detail: object,
) -> RoomDecision:
    decision = RoomDecision(
        attempt_id=attempt.id,
        kind=kind.value,
        minutes=minutes,
        reason=reason,
        decided_by=actor.id,
        decided_by_name=actor.display_name,
        at=clock.now(),
    )
    session.add(decision)
    audit.record(
        session,
        actor,
        f"attempt.{kind.value}",
        ("attempt", attempt.id),
        reason=reason,
        minutes=minutes,
        **detail,
    )
    return decision


def _apply_decisions(session: Session, attempt: Attempt) -> None:
    """The attempt's times follow from the sitting and every decision so far, never from the times before."""
    session.flush()  # the new decision counts as well
    window = decided_window(session, attempt)
    attempt.late_until, attempt.deadline_at = window.late_until, window.deadline_at


def decided_window(session: Session, attempt: Attempt) -> Window:
    """The window of the attempt, from the sitting, the planned extra time and the decisions of the room."""
    starts_at, duration_min, late_limit_min, planned_extra_min = session.execute(
        select(Sitting.starts_at, Sitting.duration_min, Exam.late_limit_min, Candidate.extra_time_min)
        .select_from(Candidate)
        .join(Exam, Exam.id == Candidate.exam_id)
        .join(Sitting, Sitting.id == attempt.sitting_id)
        .where(Candidate.id == attempt.candidate_id)
    ).one()
    allowances = [
        Allowance(extra_min=minutes, is_admitted_late=kind == DecisionKind.LATE_ADMISSION)
        for kind, minutes in session.execute(
            select(RoomDecision.kind, RoomDecision.minutes).where(RoomDecision.attempt_id == attempt.id)
        )
    ]
    return attempt_window(
        starts_at,
        duration_min,
        late_limit_min=late_limit_min,
        planned_extra_min=planned_extra_min,
        allowances=allowances,
    ).shifted(attempt.opening_delay)


def decisions_of(session: Session, actor: Actor, attempt_id: UUID) -> list[RoomDecision]:
    """The decisions about one attempt, newest first. Raises Forbidden, NotFound."""
    if not actor.can(Permission.INVIGILATE):
        raise Forbidden
    visible = select(Attempt.id).where(Attempt.id == attempt_id, Attempt.sitting_id.in_(_visible_ids(actor)))
    if session.scalar(visible) is None:
        raise NotFound
    return list(
        session.scalars(
            select(RoomDecision).where(RoomDecision.attempt_id == attempt_id).order_by(RoomDecision.at.desc())
        )
    )
