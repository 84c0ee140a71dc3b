"""What a suspension and an annulment end, and how a withdrawal gives it back.

Both make the attempt void. A suspension also bars the person from later papers. Source: Thông tư 22/2025/TT-BNV. A
period has one paper per person, so later papers are those of other periods of the same round: with the same reference
date and not yet begun by the person. One that is sealed when the suspension is recorded is barred then; one that is
sealed later (a late draw, a period drawn afterwards) is barred as it is sealed (`bar_suspended`).
"""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, Uuid, any_, exists, func, literal, select
from sqlalchemy.orm import Session, aliased

from exam_service.actor import Actor, Permission
from exam_service.attempts.models import Attempt, AttemptState
from exam_service.errors import Forbidden, NotFound
from exam_service.i18n import HOME
from exam_service.invigilation.clocks import apply_clock
from exam_service.invigilation.models import DecisionKind, RoomDecision
from exam_service.invigilation.record_models import Violation, ViolationLevel, ViolationWithdrawal
from exam_service.invigilation.schemas import ReasonInput
from exam_service.invigilation.service import decide, get_sitting, raise_version, void_locked
from exam_service.periods.models import Candidate, Period, PeriodState, Sitting

ENDING = {ViolationLevel.SUSPENSION: "Đình chỉ thi", ViolationLevel.ANNULMENT: "Hủy kết quả thi"}
"""Levels that make the attempt void, and how the reason of that decision begins."""

LONGEST_REASON = 500
ROUND_LOCK = 7_361_003
"""Advisory lock of a round (with its reference date): whoever suspends sees every paper sealed before, and who
seals sees every suspension. It is taken before any sitting; sittings, periods and attempts follow in this order, those
of one kind in the order of their ids. Who seals holds the period that is sealed before the round: still a draft, it is
no period of `lock_round`. The periods in which a person has other papers are held by `lock_round` already, so that
`end_attempt`, which looks at them again attempt by attempt (`_bar`), waits for none while it holds attempts. Who opens
or closes several periods at once holds no sitting and waits for no period (`periods.lifecycle`)."""


def lock_round(session: Session, actor: Actor, attempt_id: UUID) -> None:
    """The round is locked, and in the order of their ids the sittings, then the periods in which the person has a paper
    of it: two rooms that suspend at one moment never wait for each other, no paper is added meanwhile, and no period of
    them is closed.

    Raises Forbidden, NotFound.
    """
    if not actor.can(Permission.INVIGILATE):
        raise Forbidden
    sitting_id = session.scalar(select(Attempt.sitting_id).where(Attempt.id == attempt_id))
    if sitting_id is None:
        raise NotFound
    get_sitting(session, actor, sitting_id)
    candidate_id = select(Attempt.candidate_id).where(Attempt.id == attempt_id).scalar_subquery()
    _lock_dates(session, _entered(Candidate.id == candidate_id))
    others = _papers_of_round(session, attempt_id)
    for each in sorted({sitting_id, *(sitting for _other, sitting in others)}):
        raise_version(session, each)
    _hold_periods(session, [attempt_id, *(other for other, _sitting in others)])


def _hold_periods(session: Session, attempt_ids: Collection[UUID]) -> None:
    """The periods of the attempts stay in their states until the transaction ends, as `hold_period` keeps one."""
    of_attempts = (
        select(Candidate.period_id)
        .join(Attempt, Attempt.candidate_id == Candidate.id)
        .where(Attempt.id.in_(attempt_ids))
    )
    periods = select(Period.id).where(Period.id.in_(of_attempts)).order_by(Period.id)
    session.execute(periods.with_for_update(read=True)).all()


def lock_round_of_period(session: Session, period_id: UUID) -> None:
    """The round is locked for a period that is sealed already: somebody is to be added to it."""
    _lock_dates(session, Period.id == period_id)


def _entered(whose: ColumnElement[bool]) -> ColumnElement[bool]:
    """The periods in which these candidates are entered."""
    return Period.id.in_(select(Candidate.period_id).where(whose))


def _lock_dates(session: Session, which: ColumnElement[bool]) -> None:
    """The rounds of these periods are locked, always before the sittings."""
    dates = select(Period.reference_date).where(which).distinct().order_by(Period.reference_date)
    for day in session.scalars(dates).all():
        session.execute(select(func.pg_advisory_xact_lock(ROUND_LOCK, day.toordinal())))


def _papers_of_round(session: Session, attempt_id: UUID) -> Sequence[tuple[UUID, UUID]]:
    """(attempt, sitting) of the person's other papers of the same round."""
    own, own_period = aliased(Candidate), aliased(Period)
    rows = session.execute(
        select(Attempt.id, Attempt.sitting_id)
        .join(Candidate, Candidate.id == Attempt.candidate_id)
        .join(Period, Period.id == Candidate.period_id)
        .join(own, own.person_id == Candidate.person_id)
        .join(own_period, own_period.id == own.period_id)
        .where(
            own.id == select(Attempt.candidate_id).where(Attempt.id == attempt_id).scalar_subquery(),
            Candidate.id != own.id,
            Period.reference_date == own_period.reference_date,
            Period.state.in_((PeriodState.SEALED.value, PeriodState.OPEN.value)),
        )
    )
    return [(attempt, sitting) for attempt, sitting in rows]


def end_attempt(session: Session, actor: Actor, attempt: Attempt, *, violation: Violation) -> None:
    """The attempt is void because of the violation; a suspension bars later papers. The locks of `lock_round` are held.

    Raises AlreadyVoid, ResultsAreOut.
    """
    level = ViolationLevel(violation.level)
    reason = f"{ENDING[level]}: {violation.description}"[:LONGEST_REASON]
    void_locked(session, actor, attempt, data=ReasonInput(reason=reason), violation=violation.id)
    if level is not ViolationLevel.SUSPENSION:
        return
    later = [attempt_id for attempt_id, _sitting in _papers_of_round(session, attempt.id)]
    for barred in _locked(session, later, AttemptState.ASSIGNED):
        _bar(session, actor, barred, violation=violation)


def _bar(session: Session, actor: Actor, attempt: Attempt, *, violation: Violation) -> None:
    """The paper, which the person has not begun, does not count because of a suspension elsewhere in the round."""
    sitting = session.get_one(Sitting, violation.sitting_id)
    day = violation.at.astimezone(HOME)
    why = f"Không được dự thi tiếp: đã bị đình chỉ ở {sitting.name}, {sitting.room}, ngày {day:%d/%m/%Y}"
    void_locked(session, actor, attempt, data=ReasonInput(reason=why), violation=violation.id)


def bar_suspended(
    session: Session, actor: Actor, candidate_ids: Collection[UUID], *, but: UUID | None = None
) -> None:
    """Papers of these candidates that were not begun are barred where a suspension in the same round stands; `but` is
    one that is being withdrawn. Follows every sealing (`invigilation.sealing`)."""
    _lock_dates(session, _entered(Candidate.id == any_(literal(list(candidate_ids), ARRAY(Uuid)))))
    first, first_period = aliased(Candidate), aliased(Period)
    first_attempt = aliased(Attempt)
    rows = session.execute(
        select(Attempt.id, Attempt.sitting_id, Violation)
        .join(Candidate, Candidate.id == Attempt.candidate_id)
        .join(Period, Period.id == Candidate.period_id)
        .join(first, (first.person_id == Candidate.person_id) & (first.id != Candidate.id))
        .join(
            first_period,
            (first_period.id == first.period_id) & (first_period.reference_date == Period.reference_date),
        )
        .join(first_attempt, first_attempt.candidate_id == first.id)
        .join(Violation, Violation.attempt_id == first_attempt.id)
        .where(
            Candidate.id == any_(literal(list(candidate_ids), ARRAY(Uuid))),
            Violation.level == ViolationLevel.SUSPENSION.value,
            Violation.id.is_distinct_from(but),
            ~exists().where(ViolationWithdrawal.violation_id == Violation.id),
        )
        .order_by(Violation.at)
    ).all()
    why = {attempt_id: violation for attempt_id, _sitting, violation in reversed(rows)}
    for sitting_id in sorted({sitting for _attempt, sitting, _violation in rows}):
        raise_version(session, sitting_id)
    for attempt in _locked(session, list(why), AttemptState.ASSIGNED):
        _bar(session, actor, attempt, violation=why[attempt.id])


def undo_ending(session: Session, actor: Actor, violation: Violation, *, data: ReasonInput) -> None:
    """What the violation ended stands again as it was: the attempt and the papers that the person was barred from.

    Times follow from the decisions about the sitting meanwhile, and what was left when the attempt was ended is left
    again: the time until now is given back. An attempt whose time had run out before is collected. A paper
    of a period that has been closed meanwhile stays void: nobody would mark it with the others any more. The locks of
    `lock_round` are held.
    """
    still_open = {
        violation.attempt_id,
        *(other for other, _ in _papers_of_round(session, violation.attempt_id)),
    }
    voids = session.scalars(
        select(RoomDecision).where(
            RoomDecision.kind == DecisionKind.VOID.value,
            (RoomDecision.detail["violation"].astext == str(violation.id))
            | ((RoomDecision.attempt_id == violation.attempt_id) & (RoomDecision.at >= violation.at)),
        )
    ).all()
    before = {one.attempt_id: one for one in voids if one.attempt_id in still_open}
    restored = _locked(session, list(before), AttemptState.VOID)
    for attempt in restored:
        void = before[attempt.id]
        attempt.state = AttemptState(str(void.detail["state_before"])).value
        session.flush()
        decide(
            session,
            actor,
            DecisionKind.RESTORE,
            sitting_id=attempt.sitting_id,
            attempt=attempt,
            data=data,
            violation=violation.id,
            ended_at=void.at.isoformat(),
        )
        if attempt.submitted_at is None:
            apply_clock(session, [attempt])
            session.get_one(
                Sitting, attempt.sitting_id
            ).collected_at = None  # collected again when this test is
    # Another suspension may stand, in whose shadow this one barred the paper.
    bar_suspended(session, actor, [attempt.candidate_id for attempt in restored], but=violation.id)


def _locked(session: Session, attempt_ids: Sequence[UUID], state: AttemptState) -> Sequence[Attempt]:
    """Those of the attempts that are in `state`, locked in the order that every other statement locks them in."""
    return session.scalars(
        select(Attempt)
        .where(Attempt.id.in_(attempt_ids), Attempt.state == state.value)
        .order_by(Attempt.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
