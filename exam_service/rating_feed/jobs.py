"""Background work of the feed: sending what is due."""

from procrastinate import Blueprint, JobContext

from exam_service.db import database_of_job
from exam_service.rating_feed.delivery import deliver_due

jobs = Blueprint()


# The sixth field counts seconds.
@jobs.periodic(cron="* * * * * */2")
@jobs.task(name="deliver", pass_context=True, queueing_lock="rating_feed.deliver")
def deliver(context: JobContext, timestamp: int) -> None:  # noqa: ARG001 - procrastinate passes the tick
    """Everything that is due has been tried once; several workers share the work."""
    database = database_of_job(context)
    while deliver_due(database):
        pass
