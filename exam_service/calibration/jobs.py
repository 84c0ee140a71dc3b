"""Background work: every marked period is calibrated, without anybody asking."""

from procrastinate import Blueprint, JobContext

from exam_service.actor import SYSTEM
from exam_service.calibration.service import calibrate_due
from exam_service.db import database_of_job

jobs = Blueprint()


# The sixth field counts seconds: the statistics of a scoring run wait for this.
@jobs.periodic(cron="* * * * * */10")
@jobs.task(name="calibrate", pass_context=True, queueing_lock="calibration.calibrate")
def calibrate(context: JobContext, timestamp: int) -> None:  # noqa: ARG001 - procrastinate passes the tick
    """Every marked period whose newest scores are not calibrated yet is; each in a transaction of its own."""
    database = database_of_job(context)
    found = 1
    while found:
        with database.transaction() as session:
            found = calibrate_due(session, SYSTEM)
