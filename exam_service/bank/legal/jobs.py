"""Background work of the register: changes of law take effect on their day."""

from procrastinate import Blueprint, JobContext

from exam_service.bank.legal import changes
from exam_service.db import database_of_job

jobs = Blueprint()


# Every quarter of an hour rather than once at midnight: a worker that was down catches up by itself.
@jobs.periodic(cron="*/15 * * * *")
@jobs.task(name="apply_due_changes", pass_context=True, queueing_lock="legal.apply_due_changes")
def apply_due_changes(context: JobContext, timestamp: int) -> None:  # noqa: ARG001 - procrastinate passes the tick
    """Recorded changes whose day has come have suspended what cites them."""
    with database_of_job(context).transaction() as session:
        changes.apply_due_changes(session)
