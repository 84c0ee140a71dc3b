"""Background work of the facets: what was written past the services gets its facets."""

from procrastinate import Blueprint, JobContext

from exam_service.bank.facets.keeping import keep_missing
from exam_service.db import database_of_job

jobs = Blueprint()


@jobs.periodic(cron="*/2 * * * *")
@jobs.task(name="keep_facets", pass_context=True, queueing_lock="facets.keep_facets")
def keep_facets(context: JobContext, timestamp: int) -> None:  # noqa: ARG001 - procrastinate passes the tick
    """Every item has facets; in a bank that only the services wrote there is nothing to do."""
    database = database_of_job(context)
    done = True
    while done:
        with database.transaction() as session:
            done = keep_missing(session) > 0
