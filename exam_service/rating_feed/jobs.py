"""Background work of the feed: sending what is due."""

import time
from threading import Lock

from procrastinate import Blueprint, JobContext

from exam_service.db import database_of_job
from exam_service.rating_feed.delivery import deliver_due
from exam_service.rating_feed.destinations import Destinations

jobs = Blueprint()
LONGEST_RUN_S = 30.0
# One delivery job at a time in a process: the collection of papers must never wait behind a slow receiver.
_delivering = Lock()


# The sixth field counts seconds.
@jobs.periodic(cron="* * * * * */2")
@jobs.task(name="deliver", pass_context=True, queueing_lock="rating_feed.deliver")
def deliver(context: JobContext, timestamp: int) -> None:  # noqa: ARG001 - procrastinate passes the tick
    """What is due has been tried, for at most LONGEST_RUN_S; several workers share the work."""
    if not _delivering.acquire(blocking=False):
        return
    try:
        database = database_of_job(context)
        allowed = Destinations.of(context.additional_context["settings"])
        until = time.monotonic() + LONGEST_RUN_S
        while time.monotonic() < until and deliver_due(database, allowed=allowed):
            pass
    finally:
        _delivering.release()
