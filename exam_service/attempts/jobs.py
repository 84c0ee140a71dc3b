"""Background work of attempts: collecting what is due, forgetting what was noticed."""

from procrastinate import Blueprint, JobContext

from exam_service.attempts import handing_in
from exam_service.attempts.signal_retention import delete_old_signals
from exam_service.db import database_of_job

jobs = Blueprint()


# The sixth field counts seconds.
@jobs.periodic(cron="* * * * * */5")
@jobs.task(name="collect", pass_context=True, queueing_lock="attempts.collect")
def collect(context: JobContext, timestamp: int) -> None:  # noqa: ARG001 - procrastinate passes the tick
    """Every attempt whose time is over is collected, and every sitting without open attempts is closed."""
    database = database_of_job(context)
    collected = handing_in.LARGEST_SWEEP
    while collected == handing_in.LARGEST_SWEEP:
        with database.transaction() as session:
            collected = handing_in.collect_due_attempts(session)
    with database.transaction() as session:
        handing_in.close_collected_sittings(session)


@jobs.periodic(cron="41 3 * * *")
@jobs.task(name="forget", pass_context=True)
def forget(context: JobContext, timestamp: int) -> None:  # noqa: ARG001 - procrastinate passes the tick
    """What was noticed of candidates' attention is deleted when the period told to them is over."""
    keep_days = context.additional_context["settings"].signals_keep_days
    with database_of_job(context).transaction() as session:
        delete_old_signals(session, keep_days=keep_days)
