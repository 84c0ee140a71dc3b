"""Background work: statistics of what was scored."""

from uuid import UUID

from procrastinate import Blueprint, JobContext
from sqlalchemy import select
from sqlalchemy.orm import Session

from exam_service.actor import SYSTEM
from exam_service.analysis.models import StatisticsRun
from exam_service.analysis.service import compute_statistics
from exam_service.db import database_of_job
from exam_service.marking.service import newest_run_id
from exam_service.periods.models import Period, PeriodState

jobs = Blueprint()


def periods_without_statistics(session: Session) -> list[UUID]:
    """The marked periods whose newest scoring run has no statistics yet."""
    marked = session.scalars(select(Period.id).where(Period.state == PeriodState.MARKED.value)).all()
    newest = {period_id: newest_run_id(session, period_id) for period_id in marked}
    known = set(
        session.scalars(
            select(StatisticsRun.scoring_run_id).where(StatisticsRun.scoring_run_id.in_(newest.values()))
        )
    )
    return [period_id for period_id, run_id in newest.items() if run_id is not None and run_id not in known]


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
