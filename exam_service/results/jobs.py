"""Background work of results."""

from procrastinate import Blueprint, JobContext

from exam_service.db import database_of_job
from exam_service.results.noting_answers import note_released_periods

jobs = Blueprint()


@jobs.periodic(cron="* * * * *")
@jobs.task(name="note_answers", pass_context=True, queueing_lock="results.note_answers")
def note_answers(context: JobContext, timestamp: int) -> None:  # noqa: ARG001 - procrastinate passes the tick
    """The bank knows how many answers the released periods gave to its items."""
    with database_of_job(context).transaction() as session:
        note_released_periods(session)
