"""Adding a candidate to a sealed period: the paper, the attempt with the clock of its room, and a free place."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from exam_service import clock
from exam_service.actor import Actor
from exam_service.attempts.models import Attempt
from exam_service.invigilation.clocks import apply_clock
from exam_service.invigilation.endings import lock_round_of_period
from exam_service.invigilation.models import Seat, SeatPlan
from exam_service.invigilation.sealing import prepare_papers
from exam_service.invigilation.service import lock_sitting
from exam_service.periods.late import SittingIsOver, check_takes_more, draw_for_late_candidate
from exam_service.periods.models import Sitting
from exam_service.periods.schemas import LateCandidateInput
from exam_service.periods.service import check_may_manage
from exam_service.periods.vault import Vault


def add_late_candidate(
    session: Session, actor: Actor, *, period_id: UUID, data: LateCandidateInput, vault: Vault | None = None
) -> Attempt:
    """The person sits in the room like everybody else there: with a sealed paper, an attempt whose clock knows what the
    room has decided so far, and a place where the room has a plan.

    Raises what `periods.late.draw_for_late_candidate` raises; SittingIsOver also when the time for coming late is over.
    """
    check_may_manage(actor)
    check_takes_more(session, period_id)
    lock_round_of_period(session, period_id)
    sealed = draw_for_late_candidate(session, actor, period_id=period_id, data=data, vault=vault)
    prepare_papers(session, actor, [sealed], period_id=period_id)
    sitting = lock_sitting(session, actor, sealed.sitting_id)
    attempt = session.scalars(select(Attempt).where(Attempt.form_id == sealed.form_id)).one()
    apply_clock(session, [attempt])
    if attempt.late_until <= clock.now():
        raise SittingIsOver(sitting=sitting.name, field="sitting_id")
    _take_place(session, attempt, sitting)
    return attempt


def _take_place(session: Session, attempt: Attempt, sitting: Sitting) -> None:
    """The first free place of the room's plan; without a plan, or without a free place, the room gives one by hand."""
    plan = session.get(SeatPlan, sitting.id)
    if plan is None:
        return
    taken = set(session.scalars(select(Seat.place).where(Seat.sitting_id == sitting.id)))
    for place in range(1, plan.row_count * plan.column_count + 1):
        if place not in taken:
            session.add(Seat(attempt_id=attempt.id, sitting_id=sitting.id, place=place))
            session.flush()
            return
