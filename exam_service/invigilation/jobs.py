"""Background work of the room: drawing what was confirmed."""

from procrastinate import Blueprint, JobContext

from exam_service.db import database_of_job
from exam_service.invigilation import drawing
from exam_service.periods.vault import Vault

jobs = Blueprint()


# The sixth field counts seconds.
@jobs.periodic(cron="* * * * * */5")
@jobs.task(name="draw", pass_context=True, queueing_lock="invigilation.draw", lock="invigilation.draw")
def draw(context: JobContext, timestamp: int) -> None:  # noqa: ARG001 - procrastinate passes the tick
    """Every large draw that two people have confirmed has its papers, or the reason why not."""
    settings = context.additional_context["settings"]
    vault = Vault(settings.signing_secret())
    drawing.draw_waiting(database_of_job(context), vault, tools=settings.tools)
