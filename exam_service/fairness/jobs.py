"""Background work: the halves of fairness reports, as soon as there is something to report."""

from procrastinate import Blueprint, JobContext

from exam_service.actor import SYSTEM
from exam_service.db import database_of_job
from exam_service.fairness.service import report_due

jobs = Blueprint()


@jobs.periodic(cron="* * * * *")
@jobs.task(name="report", pass_context=True, queueing_lock="fairness.report", lock="fairness.report")
def report(context: JobContext, timestamp: int) -> None:  # noqa: ARG001 - procrastinate passes the tick
    """Every drawn exam and every calibrated one has its half of the report; each in a transaction of its own."""
    database = database_of_job(context)
    found = 1
    while found:
        with database.transaction() as session:
            found = report_due(session, SYSTEM)
