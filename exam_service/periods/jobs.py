"""Background work of periods: the clock opens and closes what people forget to."""

from procrastinate import Blueprint, JobContext

from exam_service.db import database_of_job
from exam_service.periods import lifecycle
from exam_service.periods.committing import commit_waiting
from exam_service.periods.noting_use import note_ended_periods
from exam_service.periods.vault import Vault

jobs = Blueprint()


# The sixth field counts seconds.
@jobs.periodic(cron="* * * * * */10")
@jobs.task(name="advance", pass_context=True, queueing_lock="periods.advance")
def advance(context: JobContext, timestamp: int) -> None:  # noqa: ARG001 - procrastinate passes the tick
    """Periods are open an hour before their first sitting and closed after their last collection."""
    with database_of_job(context).transaction() as session:
        lifecycle.open_due_periods(session)
        lifecycle.close_finished_periods(session)


@jobs.periodic(cron="* * * * * */5")
@jobs.task(name="commit", pass_context=True, queueing_lock="periods.commit", lock="periods.commit")
def commit(context: JobContext, timestamp: int) -> None:  # noqa: ARG001 - procrastinate passes the tick
    """Every commitment of a large period that was asked for is made, or the reason why not is kept."""
    vault = Vault(context.additional_context["settings"].signing_secret())
    commit_waiting(database_of_job(context), vault)


@jobs.periodic(cron="* * * * *")
@jobs.task(name="note_use", pass_context=True, queueing_lock="periods.note_use")
def note_use(context: JobContext, timestamp: int) -> None:  # noqa: ARG001 - procrastinate passes the tick
    """The bank knows which items the periods that are over used."""
    with database_of_job(context).transaction() as session:
        note_ended_periods(session)
