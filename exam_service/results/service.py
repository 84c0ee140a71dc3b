"""Results: releasing what a period's scores mean, and finding it again."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, exists, false, select
from sqlalchemy.orm import Session, aliased
from uuid_utils.compat import uuid7

from exam_service import clock
from exam_service.actor import Actor, ActorKind, Permission, Scope
from exam_service.analysis.decisions import refuse_unreviewed
from exam_service.attempts.models import Attempt
from exam_service.audit import record
from exam_service.errors import Forbidden, NotFound, Refusal, Stale
from exam_service.marking.service import newest_run_id
from exam_service.periods.lifecycle import step
from exam_service.periods.models import Candidate, Period, PeriodState
from exam_service.results.converting import refuse_unconverted
from exam_service.results.models import Outcome, Result
from exam_service.results.standings import Standing, compute_standings

RELEASED = (PeriodState.RELEASED.value, PeriodState.ARCHIVED.value)


class NotMarked(Refusal):
    code = "not_marked"
    message = "Chỉ công bố được kết quả của kỳ đã chấm xong và chưa công bố."


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


def released_periods(actor: Actor) -> Select[Period]:
    """Periods whose results are released, newest first; none for who may not see results."""
    statement = (
        select(Period)
        .where(Period.state.in_(RELEASED))
        .order_by(Period.released_at.desc().nulls_last(), Period.code)
    )
    return statement if actor.can(Permission.RESULTS_VIEW) else statement.where(false())


def get_released_period(session: Session, actor: Actor, period_id: UUID) -> Period:
    """Raises NotFound: also when its results are not released, or not for this actor."""
    period = session.scalar(released_periods(actor).where(Period.id == period_id))
    if period is None:
        raise NotFound
    return period


def release_results(
    session: Session, actor: Actor, *, period_id: UUID, run_id: UUID | None = None
) -> list[Result]:
    """Every entered candidate of the marked period has a released result, and the period is released.

    `run_id` is the newest scoring run that the officer has seen; a newer one refuses the release. Runs in the caller's
    transaction, in which `rating_feed.outbox` also writes the events.

    Raises Forbidden, NotFound, NotMarked, Stale, ConversionWaits, and what `analysis.decisions.refuse_unreviewed`
    refuses.
    """
    if not actor.can(Permission.RESULTS_RELEASE):
        raise Forbidden
    period = session.scalar(select(Period).where(Period.id == period_id).with_for_update())
    if period is None:
        raise NotFound
    if period.state != PeriodState.MARKED:
        raise NotMarked
    if run_id is not None and run_id != newest_run_id(session, period_id):
        raise Stale
    refuse_unreviewed(session, period_id)
    refuse_unconverted(session, period_id)
    _hold_attempts(session, period_id)
    at = clock.now()
    results = [_result(period, standing, actor, at) for standing in compute_standings(session, period_id)]
    session.add_all(results)
    session.flush()  # events refer to results
    step(session, actor, period_id=period_id, before=PeriodState.MARKED, after=PeriodState.RELEASED)
    passed = sum(result.outcome == Outcome.PASS for result in results)
    record(session, actor, "results.release", ("period", period_id), results=len(results), passed=passed)
    return results


def _hold_attempts(session: Session, period_id: UUID) -> None:
    # An attempt that is being voided at this moment is either void in the release or waits for its end.
    session.execute(
        select(Attempt.id)
        .join(Candidate, Candidate.id == Attempt.candidate_id)
        .where(Candidate.period_id == period_id)
        .order_by(Attempt.id)
        .with_for_update(read=True, of=Attempt)
    ).all()


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
        converted_points=standing.converted_points,
        conversion_id=standing.conversion.id if standing.conversion else None,
        max_points=standing.max_points,
        cut_percent=standing.cut_percent,
        outcome=standing.outcome.value,
        checks=[check.record() for check in standing.checks],
        band_code=standing.band_code,
        band_label=standing.band_label,
        competencies=standing.competencies,
        was_absent=standing.was_absent,
        reason=standing.reason,
        released_by=actor.id,
        released_at=at,
    )


def current_result(session: Session, candidate_id: UUID) -> Result | None:
    """The candidate's result that counts now, or None before release. For the candidate's own page: no permission."""
    return session.scalar(select(Result).where(Result.candidate_id == candidate_id, is_current()))


def result_versions(session: Session, actor: Actor, candidate_id: UUID) -> Sequence[Result]:
    """Every version of the candidate's result, newest first. Raises NotFound when there is none to see."""
    versions = session.scalars(
        results_visible_to(actor).where(Result.candidate_id == candidate_id).order_by(Result.version.desc())
    ).all()
    if not versions:
        raise NotFound
    return versions
