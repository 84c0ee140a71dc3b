"""What is written down about a room: violations with their consequence, and incidents.

A violation is handled at one of four levels. A reprimand and a warning may cost percents of the points, as the
exam says (`results.standings` takes them off); a suspension ends the test and an annulment cancels it: both
make the attempt void, with the reason that the result then carries to whoever rates the person (`endings`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from exam_service import audit
from exam_service.actor import Actor, Permission
from exam_service.attempts.deliveries import hold_period
from exam_service.attempts.models import Attempt
from exam_service.errors import Forbidden, Invalid, NotFound, Refusal
from exam_service.i18n import gettext as _
from exam_service.invigilation.endings import ENDING, end_attempt, lock_round, undo_ending
from exam_service.invigilation.record_models import (
    Incident,
    IncidentAttempt,
    Signature,
    Violation,
    ViolationLevel,
    ViolationWithdrawal,
)
from exam_service.invigilation.schemas import IncidentInput, ReasonInput, ViolationInput
from exam_service.invigilation.service import (
    OPEN,
    AttemptIsOver,
    get_sitting,
    lock_attempt,
    lock_sitting,
    refuse_after_release,
)
from exam_service.periods.models import Candidate, PeriodState


class CannotWithdraw(Refusal):
    code = "cannot_withdraw"
    message = "Chỉ rút được quyết định đình chỉ hoặc hủy kết quả khi kỳ sát hạch còn mở. Hãy trình hội đồng xem xét."


class AlreadyWithdrawn(Refusal):
    code = "already_withdrawn"
    message = "Biên bản này đã được rút trước đó."


@dataclass(frozen=True)
class ViolationLine:
    violation: Violation
    withdrawal: ViolationWithdrawal | None
    number: str
    full_name: str


def record_violation(session: Session, actor: Actor, attempt_id: UUID, *, data: ViolationInput) -> Violation:
    """The violation is kept with who signed, and has its consequence at once.

    Raises Forbidden, NotFound, Invalid (witnesses), ResultsAreOut, AttemptIsOver (a suspension after the hand-in: annul
    instead), AlreadyVoid.
    """
    if data.level in ENDING:
        lock_round(session, actor, attempt_id)
    attempt = lock_attempt(session, actor, attempt_id, also_when_closed=True)
    refuse_after_release(session, attempt)
    if data.level is ViolationLevel.SUSPENSION and attempt.state not in OPEN:
        raise AttemptIsOver
    violation = Violation(
        sitting_id=attempt.sitting_id,
        attempt_id=attempt.id,
        level=data.level.value,
        description=data.description,
        signature=data.signature.value,
        witnesses=_witnesses(session, attempt, data),
        recorded_by=actor.id,
        recorded_by_name=actor.display_name,
        at=session.execute(select(func.clock_timestamp())).scalar_one(),
    )
    session.add(violation)
    session.flush()  # the decisions that follow from it name its id
    if data.level in ENDING:
        end_attempt(session, actor, attempt, violation=violation)
    audit.record(
        session,
        actor,
        "attempt.violation",
        ("attempt", attempt.id),
        level=violation.level,
        description=data.description,
        signature=violation.signature,
        witnesses=violation.witnesses,
    )
    session.flush()
    return violation


def _witnesses(session: Session, attempt: Attempt, data: ViolationInput) -> list[str]:
    """The numbers of the two candidates who signed in the violator's place. Raises Invalid."""
    if data.signature is not Signature.WITNESSES:
        return []
    numbers = [data.witness_1, data.witness_2]
    known = set(
        session.scalars(
            select(Candidate.number)
            .join(Attempt, Attempt.candidate_id == Candidate.id)
            .where(
                Attempt.sitting_id == attempt.sitting_id,
                Attempt.id != attempt.id,
                Candidate.number.in_(numbers),
            )
        )
    )
    if len(known) != len(numbers):
        raise Invalid(
            field="witness_1",
            reason=_("Ghi số báo danh của hai thí sinh khác nhau trong phòng, không phải người vi phạm."),
        )
    return numbers


def withdraw_violation(
    session: Session, actor: Actor, violation_id: UUID, *, sitting_id: UUID, data: ReasonInput
) -> ViolationWithdrawal:
    """An officer withdraws a violation: it costs nothing any more, and what it ended stands again as it was.

    Raises Forbidden, NotFound, CannotWithdraw (an ended test in a closed period), AlreadyWithdrawn, ResultsAreOut.
    """
    if not actor.can(Permission.PERIODS_MANAGE):
        raise Forbidden
    violation = session.get(Violation, violation_id)
    if violation is None or violation.sitting_id != sitting_id:
        raise NotFound
    is_ending = ViolationLevel(violation.level) in ENDING
    if is_ending:
        lock_round(session, actor, violation.attempt_id)
    lock_sitting(session, actor, sitting_id)
    if session.get(ViolationWithdrawal, violation_id) is not None:
        raise AlreadyWithdrawn
    attempt = session.get_one(Attempt, violation.attempt_id)
    refuse_after_release(session, attempt)
    if is_ending:
        _refuse_after_closing(session, attempt)
        undo_ending(session, actor, violation, data=data)
    withdrawal = ViolationWithdrawal(
        violation_id=violation_id,
        reason=data.reason,
        withdrawn_by=actor.id,
        withdrawn_by_name=actor.display_name,
        at=session.execute(select(func.clock_timestamp())).scalar_one(),
    )
    session.add(withdrawal)
    subject = ("attempt", violation.attempt_id)
    audit.record(
        session, actor, "attempt.withdraw_violation", subject, violation=violation_id, reason=data.reason
    )
    session.flush()
    return withdrawal


def _refuse_after_closing(session: Session, attempt: Attempt) -> None:
    """Answers that stand again must still be collected and marked with the others. Raises CannotWithdraw."""
    # Held: a closing, which takes the period before it counts sittings, sees the open test or is seen here.
    if hold_period(session, attempt.id) not in (PeriodState.SEALED, PeriodState.OPEN):
        raise CannotWithdraw


def violations_of(
    session: Session, actor: Actor, *, sitting_id: UUID, attempt_id: UUID | None = None
) -> list[ViolationLine]:
    """The violations of a sitting (or of one attempt in it), oldest first. Raises NotFound."""
    get_sitting(session, actor, sitting_id)
    rows = (
        select(Violation, ViolationWithdrawal, Candidate.number, Candidate.full_name)
        .join(Attempt, Attempt.id == Violation.attempt_id)
        .join(Candidate, Candidate.id == Attempt.candidate_id)
        .outerjoin(ViolationWithdrawal, ViolationWithdrawal.violation_id == Violation.id)
        .where(Violation.sitting_id == sitting_id)
        .order_by(Violation.at)
    )
    if attempt_id is not None:
        rows = rows.where(Violation.attempt_id == attempt_id)
    return [ViolationLine(*row) for row in session.execute(rows)]


def record_incident(session: Session, actor: Actor, sitting_id: UUID, *, data: IncidentInput) -> Incident:
    """What happened in the room is kept. Raises Forbidden, NotFound, Invalid (a time that has not come)."""
    sitting = lock_sitting(session, actor, sitting_id)
    now = session.execute(select(func.clock_timestamp())).scalar_one()
    happened_at = data.happened_at or now
    if happened_at > now:
        raise Invalid(field="happened_at", reason=_("Thời điểm xảy ra phải ở trong quá khứ."))
    seated = set(session.scalars(select(Attempt.id).where(Attempt.sitting_id == sitting.id)))
    if not seated.issuperset(data.affected):
        raise NotFound
    incident = Incident(
        sitting_id=sitting.id,
        kind=data.kind.value,
        description=data.description,
        handling=data.handling,
        happened_at=happened_at,
        recorded_by=actor.id,
        recorded_by_name=actor.display_name,
        at=now,
        affected=[IncidentAttempt(attempt_id=attempt_id) for attempt_id in dict.fromkeys(data.affected)],
    )
    session.add(incident)
    session.flush()
    audit.record(
        session,
        actor,
        "sitting.incident",
        ("sitting", sitting.id),
        incident=incident.id,
        kind=incident.kind,
        description=data.description,
        affected=len(incident.affected),
    )
    return incident


def incidents_of(session: Session, actor: Actor, sitting_id: UUID) -> Sequence[Incident]:
    """The incidents of a sitting, in the order in which they happened. Raises NotFound."""
    get_sitting(session, actor, sitting_id)
    rows = select(Incident).where(Incident.sitting_id == sitting_id).options(joinedload(Incident.affected))
    return session.scalars(rows.order_by(Incident.happened_at)).unique().all()
