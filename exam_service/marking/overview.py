"""What a marker looks at: the periods to be scored, their runs, and the answers that could not be read."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Select, false, func, select
from sqlalchemy.orm import Session

from exam_service.actor import Actor, Permission
from exam_service.attempts.models import Attempt, AttemptState
from exam_service.auth.models import Account
from exam_service.bank.models import Item, ItemVersion
from exam_service.errors import NotFound
from exam_service.marking.models import ScoringRun, SlotScore
from exam_service.marking.service import COUNTED
from exam_service.periods.models import Candidate, CandidateStatus, Exam, Period, PeriodState

SHOWN = tuple(
    state.value
    for state in (PeriodState.CLOSED, PeriodState.MARKED, PeriodState.RELEASED, PeriodState.ARCHIVED)
)
LARGEST_LIST = 500


@dataclass(frozen=True)
class PeriodCounts:
    """The attempts of a period by what became of them; `absent` are handed in by the system without a start."""

    entered: int = 0
    handed_in: int = 0
    absent: int = 0
    void: int = 0


@dataclass(frozen=True)
class PeriodLine:
    """A period in the list of those to be scored; `run` is its newest."""

    period: Period
    counts: PeriodCounts
    run_count: int
    run: ScoringRun | None


@dataclass(frozen=True)
class RunLine:
    """A scoring run with who started it and how many answers it could not read."""

    run: ScoringRun
    started_by: str
    invalid_count: int


@dataclass(frozen=True)
class InvalidAnswer:
    """A slot whose stored answer does not fit its item; it counts as not answered."""

    number: str
    candidate_name: str
    exam_title: str
    slot: int
    item_code: str
    problem: str


def markable_periods(actor: Actor) -> Select[Period]:
    """Periods that are closed or beyond; none for who may not see marking."""
    statement = select(Period).where(Period.state.in_(SHOWN))
    return statement if actor.can(Permission.MARKING_VIEW) else statement.where(false())


def get_markable_period(session: Session, actor: Actor, period_id: UUID) -> Period:
    """Raises NotFound: also for a period that is still to be sat, or not for this actor."""
    period = session.scalar(markable_periods(actor).where(Period.id == period_id))
    if period is None:
        raise NotFound
    return period


def list_periods(session: Session, actor: Actor) -> list[PeriodLine]:
    """Every markable period: those that wait for scoring first, then those to be released, then the latest."""
    waiting = {PeriodState.CLOSED.value: 0, PeriodState.MARKED.value: 1}
    statement = markable_periods(actor).order_by(Period.closed_at.desc().nulls_last(), Period.code)
    periods = sorted(session.scalars(statement), key=lambda period: waiting.get(period.state, 2))
    ids = [period.id for period in periods]
    counts = count_attempts(session, ids)
    runs: dict[UUID, list[ScoringRun]] = {}
    for run in session.scalars(
        select(ScoringRun).where(ScoringRun.period_id.in_(ids)).order_by(ScoringRun.started_at.desc())
    ):
        runs.setdefault(run.period_id, []).append(run)
    return [
        PeriodLine(
            period,
            counts.get(period.id, PeriodCounts()),
            len(runs.get(period.id, [])),
            next(iter(runs.get(period.id, [])), None),
        )
        for period in periods
    ]


def count_attempts(session: Session, period_ids: Sequence[UUID]) -> dict[UUID, PeriodCounts]:
    """Period → counts over its entered candidates, with one SELECT."""
    handed_in = Attempt.state.in_(COUNTED)
    rows = session.execute(
        select(
            Candidate.period_id,
            func.count(),
            func.count().filter(handed_in & Attempt.started_at.is_not(None)),
            func.count().filter(handed_in & Attempt.started_at.is_(None)),
            func.count().filter(Attempt.state == AttemptState.VOID.value),
        )
        .join(Attempt, Attempt.candidate_id == Candidate.id)
        .where(Candidate.period_id.in_(period_ids), Candidate.status == CandidateStatus.ENTERED.value)
        .group_by(Candidate.period_id)
    )
    return {period_id: PeriodCounts(*counts) for period_id, *counts in rows}


def list_runs(session: Session, period_id: UUID) -> list[RunLine]:
    """The scoring runs of the period, newest first."""
    invalid = (
        select(func.count())
        .where(SlotScore.run_id == ScoringRun.id, SlotScore.detail.has_key("invalid_response"))
        .correlate(ScoringRun)
        .scalar_subquery()
    )
    rows = session.execute(
        select(ScoringRun, Account.display_name, invalid)
        .outerjoin(Account, Account.id == ScoringRun.started_by)
        .where(ScoringRun.period_id == period_id)
        .order_by(ScoringRun.started_at.desc(), ScoringRun.id.desc())
    )
    return [RunLine(run, name or "", count) for run, name, count in rows]


def list_invalid_answers(session: Session, run_id: UUID) -> list[InvalidAnswer]:
    """The answers that this run could not read, at most LARGEST_LIST, in the order of candidate numbers."""
    rows = session.execute(
        select(
            Candidate.number,
            Candidate.full_name,
            Exam.title,
            SlotScore.slot,
            Item.code,
            SlotScore.detail["invalid_response"].astext,
        )
        .join(Attempt, Attempt.id == SlotScore.attempt_id)
        .join(Candidate, Candidate.id == Attempt.candidate_id)
        .join(Exam, Exam.id == Candidate.exam_id)
        .join(ItemVersion, ItemVersion.id == SlotScore.version_id)
        .join(Item, Item.id == ItemVersion.item_id)
        .where(SlotScore.run_id == run_id, SlotScore.detail.has_key("invalid_response"))
        .order_by(Candidate.number, SlotScore.slot)
        .limit(LARGEST_LIST)
    )
    return [InvalidAnswer(*row) for row in rows]
