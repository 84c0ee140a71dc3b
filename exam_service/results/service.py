"""Results: computing what a period's scores mean, releasing it, and finding it again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Select, exists, false, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session, aliased
from uuid_utils.compat import uuid7

from exam_service import clock
from exam_service.actor import Actor, ActorKind, Permission, Scope
from exam_service.attempts.models import Attempt, AttemptState
from exam_service.audit import record
from exam_service.bank.supply import competency_names
from exam_service.errors import Forbidden, Refusal
from exam_service.invigilation.models import DecisionKind, RoomDecision
from exam_service.marking.models import ScoringRun, SlotScore
from exam_service.periods.lifecycle import step
from exam_service.periods.models import Candidate, CandidateStatus, Exam, Period, PeriodState
from exam_service.results.grading import competency_profile, grade
from exam_service.results.models import Outcome, Result, ResultKind

ABSENT_REASON = "Vắng thi"


class NotMarked(Refusal):
    code = "not_marked"
    message = "Chỉ công bố được kết quả của kỳ đã chấm xong và chưa công bố."


@dataclass(frozen=True)
class Standing:
    """What a candidate's final scores come to, before anything is released."""

    candidate: Candidate
    attempt: Attempt
    run_id: UUID | None
    points: Decimal
    max_points: Decimal
    outcome: Outcome
    band_code: str
    band_label: str
    competencies: list[dict[str, str]]
    was_absent: bool
    kind: ResultKind
    reason: str


def results_visible_to(actor: Actor) -> Select[Result]:
    """The results that the actor may see: staff with the right, clients of HR with the scope, nobody else."""
    allowed = actor.can(Permission.RESULTS_VIEW) or (
        actor.kind is ActorKind.CLIENT and Scope.RESULTS_READ in actor.scopes
    )
    return select(Result) if allowed else select(Result).where(false())


def is_current() -> Any:
    """Condition: no later result supersedes this one."""
    later = aliased(Result)
    return ~exists().where(later.supersedes_id == Result.id)


def compute_standings(session: Session, period_id: UUID) -> list[Standing]:
    """One standing per entered candidate, from the newest score of every slot, in the order of numbers."""
    exams = {exam.id: exam for exam in session.scalars(select(Exam).where(Exam.period_id == period_id))}
    names = competency_names(session)
    scores = _newest_scores(session, period_id)
    voids = _void_reasons(session, period_id)
    rows = session.execute(
        select(Candidate, Attempt)
        .join(Attempt, Attempt.candidate_id == Candidate.id)
        .where(Candidate.period_id == period_id, Candidate.status == CandidateStatus.ENTERED.value)
        .order_by(Candidate.number)
    )
    return [
        _standing(exams[candidate.exam_id], candidate, attempt, scores.get(attempt.id, []), names, voids)
        for candidate, attempt in rows
    ]


ScoreOfSlot = tuple[str, Decimal, Decimal, UUID]


def _newest_scores(session: Session, period_id: UUID) -> dict[UUID, list[ScoreOfSlot]]:
    rows = session.execute(
        select(
            SlotScore.attempt_id,
            SlotScore.competency,
            SlotScore.points,
            SlotScore.max_points,
            SlotScore.run_id,
        )
        .join(ScoringRun, ScoringRun.id == SlotScore.run_id)
        .where(ScoringRun.period_id == period_id)
        .order_by(SlotScore.attempt_id, SlotScore.slot, SlotScore.id.desc())
        .ext(distinct_on(SlotScore.attempt_id, SlotScore.slot))
    )
    scores: dict[UUID, list[ScoreOfSlot]] = {}
    for attempt_id, competency, points, max_points, run_id in rows:
        scores.setdefault(attempt_id, []).append((competency, points, max_points, run_id))
    return scores


def _void_reasons(session: Session, period_id: UUID) -> dict[UUID, str]:
    rows = session.execute(
        select(RoomDecision.attempt_id, RoomDecision.reason)
        .join(Attempt, Attempt.id == RoomDecision.attempt_id)
        .join(Candidate, Candidate.id == Attempt.candidate_id)
        .where(Candidate.period_id == period_id, RoomDecision.kind == DecisionKind.VOID.value)
        .order_by(RoomDecision.at)
    )
    return dict(rows.all())


def _standing(
    exam: Exam,
    candidate: Candidate,
    attempt: Attempt,
    scores: list[ScoreOfSlot],
    names: dict[str, str],
    voids: dict[UUID, str],
) -> Standing:
    is_void = attempt.state == AttemptState.VOID
    was_absent = attempt.started_at is None and not is_void
    points = Decimal(0) if is_void else sum((score[1] for score in scores), Decimal(0))
    max_points = sum((score[2] for score in scores), Decimal(0))
    graded = (
        grade(points, max_points, cut_percent=exam.cut_percent, bands=exam.bands)
        if scores and not is_void
        else None
    )
    worst = exam.bands[-1]
    return Standing(
        candidate=candidate,
        attempt=attempt,
        run_id=scores[0][3] if scores else None,
        points=points,
        max_points=max_points,
        outcome=graded.outcome if graded else Outcome.FAIL,
        band_code=graded.band_code if graded else worst["code"],
        band_label=graded.band_label if graded else worst["label"],
        competencies=[] if is_void else competency_profile([score[:3] for score in scores], names),
        was_absent=was_absent,
        kind=ResultKind.ANNULLED if is_void else ResultKind.RELEASED,
        reason=voids.get(attempt.id, "") if is_void else (ABSENT_REASON if was_absent else ""),
    )


def release_results(session: Session, actor: Actor, *, period_id: UUID) -> list[Result]:
    """Every entered candidate of the marked period has a released result, and the period is released.

    Runs in the caller's transaction, in which `rating_feed.release` also writes the events. Raises Forbidden,
    NotMarked.
    """
    if not actor.can(Permission.RESULTS_RELEASE):
        raise Forbidden
    period = session.scalar(select(Period).where(Period.id == period_id).with_for_update())
    if period is None or period.state != PeriodState.MARKED:
        raise NotMarked
    at = clock.now()
    results = [_result(period, standing, actor, at) for standing in compute_standings(session, period_id)]
    session.add_all(results)
    session.flush()  # events refer to results
    step(session, actor, period_id=period_id, before=PeriodState.MARKED, after=PeriodState.RELEASED)
    passed = sum(result.outcome == Outcome.PASS for result in results)
    record(session, actor, "results.release", ("period", period_id), results=len(results), passed=passed)
    return results


def _result(period: Period, standing: Standing, actor: Actor, at: datetime) -> Result:
    candidate = standing.candidate
    return Result(
        id=uuid7(),
        candidate_id=candidate.id,
        period_id=period.id,
        exam_id=candidate.exam_id,
        person_id=candidate.person_id,
        unit_id=candidate.unit_id,
        position_id=candidate.position_id,
        run_id=standing.run_id,
        version=1,
        supersedes_id=None,
        kind=standing.kind.value,
        points=standing.points,
        max_points=standing.max_points,
        outcome=standing.outcome.value,
        band_code=standing.band_code,
        band_label=standing.band_label,
        competencies=standing.competencies,
        was_absent=standing.was_absent,
        reason=standing.reason,
        released_by=actor.id,
        released_at=at,
    )


def current_result(session: Session, candidate_id: UUID) -> Result | None:
    """The candidate's result that counts now, or None before release."""
    return session.scalar(select(Result).where(Result.candidate_id == candidate_id, is_current()))


def band_counts(standings: Sequence[Standing], bands: Sequence[dict[str, Any]]) -> dict[str, int]:
    """Band code → how many, in the order of the bands, absent and void attempts left out."""
    counts = {band["code"]: 0 for band in bands}
    for standing in standings:
        if not standing.was_absent and standing.kind is not ResultKind.ANNULLED:
            counts[standing.band_code] += 1
    return counts
