"""Periods as lists and pages show them: counts, the steps done, what comes next, the acts recorded."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Select, String, cast, func, literal, select, tuple_, union_all
from sqlalchemy.orm import Session

from exam_service.actor import Actor
from exam_service.audit import AuditRow
from exam_service.pagination import Page, paginate
from exam_service.periods.models import Candidate, CandidateStatus, Exam, Period, PeriodState, Sitting
from exam_service.periods.service import periods_visible_to
from question_bank.text import fold

LIFE_CYCLE = (
    PeriodState.DRAFT,
    PeriodState.SEALED,
    PeriodState.OPEN,
    PeriodState.CLOSED,
    PeriodState.MARKED,
    PeriodState.RELEASED,
)


class StepState(StrEnum):
    DONE = "done"
    CURRENT = "current"
    TODO = "todo"


@dataclass(frozen=True)
class Counts:
    """How much a period holds; `entered` leaves out the exempt and the postponed."""

    exams: int = 0
    sittings: int = 0
    candidates: int = 0
    entered: int = 0
    first_start: datetime | None = None


@dataclass(frozen=True)
class Step:
    """A place in the life cycle and when it was reached."""

    state: PeriodState
    progress: StepState
    reached_at: datetime | None


def list_periods(
    session: Session, actor: Actor, *, search: str = "", state: str = "", page: int = 1
) -> tuple[Page[Period], dict[UUID, Counts]]:
    """A page of the periods whose code or name contains `search`, newest first, and the counts of each."""
    statement = periods_visible_to(actor)
    if state:
        statement = statement.where(Period.state == state)
    if search.strip():
        # Few periods ever exist; their names are folded here rather than kept folded in a column.
        wanted = fold(search)
        rows = session.execute(select(Period.id, Period.code, Period.name))
        matching = [key for key, code, name in rows if wanted in fold(f"{code} {name}")]
        statement = statement.where(Period.id.in_(matching))
    found = paginate(session, statement, number=page)
    return found, count_periods(session, [period.id for period in found.rows])


def count_periods(session: Session, period_ids: list[UUID]) -> dict[UUID, Counts]:
    """For each period what it holds; three queries for all of them."""
    exams = dict(
        session.execute(
            select(Exam.period_id, func.count())
            .where(Exam.period_id.in_(period_ids))
            .group_by(Exam.period_id)
        ).all()
    )
    sittings = {
        key: (number, first)
        for key, number, first in session.execute(
            select(Exam.period_id, func.count(), func.min(Sitting.starts_at))
            .join(Sitting, Sitting.exam_id == Exam.id)
            .where(Exam.period_id.in_(period_ids))
            .group_by(Exam.period_id)
        )
    }
    entered = func.count().filter(Candidate.status == CandidateStatus.ENTERED.value)
    candidates = {
        key: (number, sitting)
        for key, number, sitting in session.execute(
            select(Candidate.period_id, func.count(), entered)
            .where(Candidate.period_id.in_(period_ids))
            .group_by(Candidate.period_id)
        )
    }
    found = {}
    for key in period_ids:
        rooms, first_start = sittings.get(key, (0, None))
        found[key] = Counts(exams.get(key, 0), rooms, *candidates.get(key, (0, 0)), first_start)
    return found


def steps_of(period: Period) -> list[Step]:
    """The life cycle of the period; a released or archived one has done every step."""
    times = (
        period.created_at,
        period.sealed_at,
        period.opened_at,
        period.closed_at,
        period.marked_at,
        period.released_at,
    )
    reached = PeriodState(period.state)
    is_over = reached in (PeriodState.RELEASED, PeriodState.ARCHIVED)
    place = len(LIFE_CYCLE) if is_over else LIFE_CYCLE.index(reached)
    return [
        Step(
            state,
            StepState.DONE if at < place else StepState.CURRENT if at == place else StepState.TODO,
            moment,
        )
        for at, (state, moment) in enumerate(zip(LIFE_CYCLE, times, strict=True))
    ]


def running_sittings(session: Session, period: Period) -> int:
    """How many sittings have not been collected; the period is closed when none is left."""
    statement = (
        select(func.count(Sitting.id))
        .join(Exam)
        .where(Exam.period_id == period.id, Sitting.collected_at.is_(None))
    )
    return session.scalar(statement) or 0


def acts_of(period: Period) -> Select[AuditRow]:
    """What the audit trail says of the period, its exams, sittings and candidates, the newest first."""
    subjects = union_all(
        select(literal("period"), literal(str(period.id))),
        select(literal("exam"), cast(Exam.id, String)).where(Exam.period_id == period.id),
        select(literal("sitting"), cast(Sitting.id, String)).join(Exam).where(Exam.period_id == period.id),
        select(literal("candidate"), cast(Candidate.id, String)).where(Candidate.period_id == period.id),
    )
    return (
        select(AuditRow)
        .where(tuple_(AuditRow.subject_type, AuditRow.subject_id).in_(subjects))
        .order_by(AuditRow.sequence.desc())
    )
