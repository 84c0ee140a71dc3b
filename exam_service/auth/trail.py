"""Reading the audit trail."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from exam_service import audit, clock
from exam_service.audit import AuditRow


@dataclass(frozen=True)
class TrailFilter:
    """What to show of the trail; empty texts and None do not filter. Days are whole days in `zone`, both included."""

    action: str = ""
    who: str = ""
    subject: str = ""
    from_day: date | None = None
    to_day: date | None = None


@dataclass(frozen=True)
class Verification:
    """The chain was recomputed at `checked_at`: `rows` rows up to `head`, the first broken one (None: whole)."""

    checked_at: datetime
    rows: int
    head: str
    broken_at: int | None


def acts_matching(wanted: TrailFilter, *, zone: ZoneInfo) -> Select[AuditRow]:
    """Acts, the newest first; `subject` matches a type (`account`) or an id."""
    statement = select(AuditRow).order_by(AuditRow.sequence.desc())
    if wanted.action:
        statement = statement.where(AuditRow.action.startswith(wanted.action, autoescape=True))
    if wanted.who:
        statement = statement.where(AuditRow.actor_name.icontains(wanted.who, autoescape=True))
    if wanted.subject:
        statement = statement.where(
            (AuditRow.subject_type == wanted.subject) | (AuditRow.subject_id == wanted.subject)
        )
    if wanted.from_day is not None:
        statement = statement.where(AuditRow.at >= datetime.combine(wanted.from_day, time(), zone))
    if wanted.to_day is not None:
        day_after = datetime.combine(wanted.to_day + timedelta(days=1), time(), zone)
        statement = statement.where(AuditRow.at < day_after)
    return statement


def actions_seen(session: Session) -> list[str]:
    """Every action that stands in the trail, for the filter."""
    return list(session.scalars(select(AuditRow.action).distinct().order_by(AuditRow.action)))


def verify_chain(session: Session) -> Verification:
    """Recompute every hash of the trail; reads all of it, a thousand rows at a time."""
    broken_at = audit.first_broken_link(session)
    rows = session.scalar(select(func.count()).select_from(AuditRow)) or 0
    head = session.scalar(select(AuditRow.hash).order_by(AuditRow.sequence.desc()).limit(1))
    return Verification(clock.now(), rows, head or audit.FIRST_HASH, broken_at)
