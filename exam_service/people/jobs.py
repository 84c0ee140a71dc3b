"""Housekeeping of people."""

from procrastinate import Blueprint, JobContext

from exam_service.db import database_of_job
from exam_service.people.roster import sweep_previews

jobs = Blueprint()


@jobs.periodic(cron="23 3 * * *")
@jobs.task(name="sweep", pass_context=True)
def sweep(context: JobContext, timestamp: int) -> None:  # noqa: ARG001 - procrastinate passes the tick
    """Dry runs of rosters that nobody committed hold no personal data after a week."""
    with database_of_job(context).transaction() as session:
        sweep_previews(session)
