"""What an operator wants to know first when something seems wrong."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from exam_service import audit, clock, schema
from exam_service.attempts.models import Attempt, AttemptState
from exam_service.bank.legal.changes import count_overdue
from exam_service.db import Database
from exam_service.postgres import UnusableDataFolder, start_embedded
from exam_service.rating_feed.models import DeliveryState, OutboxDelivery
from exam_service.settings import Settings

LATE = timedelta(minutes=2)


@dataclass(frozen=True)
class Finding:
    """One check: is it fine, and if not, what a person should do."""

    check: str
    is_fine: bool
    advice: str = ""


def examine(settings: Settings) -> list[Finding]:
    """Every check in turn; a database that cannot be reached ends the list."""
    try:
        url = settings.database_url or start_embedded(settings.data_dir)
        current = schema.current_revision(url)
    except Exception as error:
        advice = (
            str(error)
            if isinstance(error, UnusableDataFolder)
            else f"{type(error).__name__}: check DATABASE_URL."
        )
        return [Finding("database", is_fine=False, advice=advice)]
    is_current = current == schema.newest_revision()
    findings = [
        Finding("database", is_fine=True),
        Finding("schema", is_fine=is_current, advice="" if is_current else "Run: exam-service migrate"),
    ]
    if is_current:
        database = Database(url, pool_size=2)
        with database.reading() as session:
            findings += [check(session) for check in CHECKS]
        database.dispose()
    return findings


def _audit_chain(session: Session) -> Finding:
    broken = audit.first_broken_link(session)
    advice = f"Row {broken} was changed behind the service's back: keep a copy of the database and call an auditor."
    return Finding("audit chain", is_fine=broken is None, advice="" if broken is None else advice)


def _collection(session: Session) -> Finding:
    late = session.scalar(
        select(func.count(Attempt.id)).where(
            Attempt.state.in_((AttemptState.ASSIGNED.value, AttemptState.STARTED.value)),
            Attempt.deadline_at < clock.now() - LATE,
        )
    )
    advice = f"{late} attempts are past their deadline and not collected: is `exam-service worker` running?"
    return Finding("collection of papers", is_fine=not late, advice=advice if late else "")


def _deliveries(session: Session) -> Finding:
    parked = session.scalar(
        select(func.count(OutboxDelivery.id)).where(OutboxDelivery.state == DeliveryState.PARKED.value)
    )
    advice = f"{parked} deliveries failed every try: mend the receiver, then run exam-service redeliver."
    return Finding("deliveries", is_fine=not parked, advice=advice if parked else "")


def _changes_of_law(session: Session) -> Finding:
    overdue = count_overdue(session)
    advice = f"{overdue} changes of law are in effect but not applied: is `exam-service worker` running?"
    return Finding("changes of law", is_fine=not overdue, advice=advice if overdue else "")


CHECKS: tuple[Callable[[Session], Finding], ...] = (
    _audit_chain,
    _collection,
    _deliveries,
    _changes_of_law,
)
