"""Housekeeping of signing in."""

from datetime import timedelta

from procrastinate import Blueprint, JobContext
from sqlalchemy import delete, or_
from sqlalchemy.orm import Session

from exam_service import clock
from exam_service.auth.clients import sweep_tokens
from exam_service.auth.models import LoginSession
from exam_service.auth.throttle import sweep_failures
from exam_service.db import database_of_job

KEEP_ENDED_SESSIONS = timedelta(days=30)  # where from and with what somebody signed in, for complaints

jobs = Blueprint()


def sweep_sessions(session: Session) -> int:
    """Sessions that ended or expired a month ago are deleted; returns how many."""
    limit = clock.now() - KEEP_ENDED_SESSIONS
    old = delete(LoginSession).where(or_(LoginSession.ended_at < limit, LoginSession.expires_at < limit))
    return session.execute(old).rowcount  # type: ignore[attr-defined, no-any-return] # of a change


@jobs.periodic(cron="17 * * * *")
@jobs.task(name="sweep", pass_context=True)
def sweep(context: JobContext, timestamp: int) -> None:  # noqa: ARG001 - procrastinate passes the time of the tick
    """Old sessions, failures and tokens are gone; running twice or never changes nothing else."""
    with database_of_job(context).transaction() as session:
        sweep_sessions(session)
        sweep_failures(session)
        sweep_tokens(session)
