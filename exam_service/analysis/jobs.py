"""Background work: statistics of what was scored."""

from datetime import timedelta
from uuid import UUID

from procrastinate import Blueprint, JobContext
from sqlalchemy import select
from sqlalchemy.orm import Session

from exam_service import clock
from exam_service.actor import SYSTEM
from exam_service.analysis.calibrated import calibrations_of_run
from exam_service.analysis.models import StatisticsRun
from exam_service.analysis.service import can_be_refreshed, compute_statistics
from exam_service.db import database_of_job
from exam_service.marking.models import ScoringRun
from exam_service.marking.service import newest_run_id
from exam_service.periods.models import Period, PeriodState

jobs = Blueprint()
PATIENCE = timedelta(minutes=10)


def periods_without_statistics(session: Session) -> list[UUID]:
    """The marked periods whose newest scoring run has no statistics yet, or only such as a calibration can better.

    A run that is not calibrated yet is waited for, but not for longer than PATIENCE: statistics need no calibration.
    """
    marked = session.scalars(select(Period.id).where(Period.state == PeriodState.MARKED.value)).all()
    newest = [newest_run_id(session, period_id) for period_id in marked]
    runs = session.scalars(select(ScoringRun).where(ScoringRun.id.in_([run for run in newest if run]))).all()
    known = {
        run.scoring_run_id: run
        for run in session.scalars(
            select(StatisticsRun).where(StatisticsRun.scoring_run_id.in_([run.id for run in runs]))
        )
    }
    return [run.period_id for run in runs if _is_due(session, run, known.get(run.id))]


def _is_due(session: Session, run: ScoringRun, known: StatisticsRun | None) -> bool:
    if known is not None:
        return can_be_refreshed(session, known)
    return bool(calibrations_of_run(session, run.id)) or clock.now() - run.started_at > PATIENCE


# The sixth field counts seconds.
@jobs.periodic(cron="* * * * * */10")
@jobs.task(
    name="statistics", pass_context=True, queueing_lock="analysis.statistics", lock="analysis.statistics"
)
def compute_due(context: JobContext, timestamp: int) -> None:  # noqa: ARG001 - procrastinate passes the tick
    """Every marked period has statistics of its newest scoring run, one transaction per period."""
    database = database_of_job(context)
    with database.reading() as session:
        due = periods_without_statistics(session)
    for period_id in due:
        with database.transaction() as session:
            compute_statistics(session, SYSTEM, period_id=period_id)
