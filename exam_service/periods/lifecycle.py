"""The steps of a period after its seal. Each is one conditional UPDATE: two officers pressing at once make one step."""

from contextlib import suppress
from datetime import timedelta
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from exam_service import clock
from exam_service.actor import SYSTEM, Actor
from exam_service.audit import record
from exam_service.errors import Refusal
from exam_service.periods.ceremony import lock_period
from exam_service.periods.models import Exam, Period, PeriodState, Sitting
from exam_service.periods.service import check_may_manage

OPEN_BEFORE = timedelta(minutes=60)
STAMPS = {
    PeriodState.OPEN: "opened_at",
    PeriodState.CLOSED: "closed_at",
    PeriodState.MARKED: "marked_at",
    PeriodState.RELEASED: "released_at",
}


class WrongStep(Refusal):
    code = "wrong_step"
    message = "Kỳ sát hạch đang ở bước khác nên không làm được việc này. Hãy tải lại trang."


class StillRunning(Refusal):
    code = "still_running"
    message = "Còn %(count)s ca thi chưa kết thúc. Kỳ chỉ đóng được khi mọi ca đã thu bài."


def step(session: Session, actor: Actor, *, period_id: UUID, before: PeriodState, after: PeriodState) -> None:
    """The period goes from `before` to `after`, stamped and audited. Raises WrongStep when it is somewhere else."""
    values: dict[str, object] = {"state": after.value}
    if after in STAMPS:
        values[STAMPS[after]] = clock.now()
    moved = session.execute(
        update(Period)
        .where(Period.id == period_id, Period.state == before.value)
        .values(**values)
        .returning(Period.id)
    ).scalar()
    if moved is None:
        raise WrongStep
    record(session, actor, f"period.{after.value}", ("period", period_id))


def open_period(session: Session, actor: Actor, *, period_id: UUID) -> None:
    """Candidates may sign in and wait for their sitting."""
    check_may_manage(actor)
    step(session, actor, period_id=period_id, before=PeriodState.SEALED, after=PeriodState.OPEN)


def close_period(session: Session, actor: Actor, *, period_id: UUID) -> None:
    """Nothing more is taken in. Raises NotFound, StillRunning while a sitting has not been collected."""
    check_may_manage(actor)
    # Before the sittings are counted: a test that is opened again holds the period, and its sitting is seen here, or
    # finds the period closed.
    lock_period(session, period_id)
    running = session.scalar(
        select(func.count(Sitting.id))
        .join(Exam)
        .where(Exam.period_id == period_id, Sitting.collected_at.is_(None))
    )
    if running:
        raise StillRunning(count=running)
    step(session, actor, period_id=period_id, before=PeriodState.OPEN, after=PeriodState.CLOSED)


def open_due_periods(session: Session) -> int:
    """Sealed periods whose first sitting starts within the hour are open; returns how many were opened.

    One that somebody holds is opened by the next run: whoever waits for a second period while holding a first could be
    waited for by a decision about a person with papers in both.
    """
    first = (
        select(func.min(Sitting.starts_at)).join(Exam).where(Exam.period_id == Period.id).scalar_subquery()
    )
    due = session.scalars(
        select(Period.id)
        .where(Period.state == PeriodState.SEALED.value, first <= clock.now() + OPEN_BEFORE)
        .with_for_update(skip_locked=True)
    ).all()
    for period_id in due:
        open_period(session, SYSTEM, period_id=period_id)
    return len(due)


def close_finished_periods(session: Session) -> int:
    """Open periods whose every sitting has been collected are closed; returns how many were closed.

    One that somebody holds is closed by the next run, as `open_due_periods` opens it.
    """
    running = (
        select(Sitting.id)
        .join(Exam)
        .where(Exam.period_id == Period.id, Sitting.collected_at.is_(None))
        .exists()
    )
    done = session.scalars(
        select(Period.id)
        .where(Period.state == PeriodState.OPEN.value, ~running)
        .with_for_update(skip_locked=True)
    ).all()
    closed = 0
    for period_id in done:
        # A test may have been opened again between the look at the sittings and the lock.
        with suppress(StillRunning):
            close_period(session, SYSTEM, period_id=period_id)
            closed += 1
    return closed
