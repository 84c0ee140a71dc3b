"""Decisions about the key of an item in one period: its answers count as keyed, or everybody gets its points."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Exists, exists, func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from exam_service import clock
from exam_service.actor import Actor, Permission
from exam_service.attempts.models import Attempt
from exam_service.audit import record
from exam_service.errors import Forbidden, Invalid, NotFound, Refusal
from exam_service.i18n import gettext as _
from exam_service.marking.models import KeyDecision, KeyVerdict, ScoringRun
from exam_service.periods.models import Candidate, FormSlot, Period, PeriodState

SHORTEST_REASON = 3


class NotDecidable(Refusal):
    """Before the first scoring there is nothing to decide about, after the release it is too late."""

    code = "not_decidable"
    message = "Chỉ quyết định được về câu hỏi khi kỳ đã chấm và chưa công bố kết quả."


def decide_key(
    session: Session, actor: Actor, *, period_id: UUID, version_id: UUID, verdict: KeyVerdict, reason: str
) -> bool:
    """The version counts by `verdict` from the next scoring run of the period on; False when it does so already.

    Raises Forbidden, NotFound (also: no paper of the period has the version), NotDecidable, Invalid (no reason).
    """
    if not actor.can(Permission.MARKING_RUN):
        raise Forbidden
    # The lock keeps the decision on one side of a scoring run or a release.
    period = session.scalar(select(Period).where(Period.id == period_id).with_for_update())
    if period is None or not session.scalar(select(_is_used(period_id, version_id))):
        raise NotFound
    if period.state != PeriodState.MARKED:
        raise NotDecidable
    if len(reason.strip()) < SHORTEST_REASON:
        raise Invalid(field="reason", reason=_("Hãy ghi lý do của quyết định."))
    if verdicts_of(session, period_id).get(version_id, KeyVerdict.AS_KEYED) is verdict:
        return False
    session.add(
        KeyDecision(
            period_id=period_id,
            version_id=version_id,
            verdict=verdict.value,
            reason=reason.strip(),
            decided_by=actor.id,
            decided_at=clock.now(),
        )
    )
    session.flush()  # the next decision must see it
    record(
        session,
        actor,
        "key.decide",
        ("period", period_id),
        version=version_id,
        verdict=verdict.value,
        reason=reason,
    )
    return True


def _is_used(period_id: UUID, version_id: UUID) -> Exists:
    return exists(
        select(FormSlot.slot)
        .join(Attempt, Attempt.form_id == FormSlot.form_id)
        .join(Candidate, Candidate.id == Attempt.candidate_id)
        .where(Candidate.period_id == period_id, FormSlot.version_id == version_id)
    )


def verdicts_of(
    session: Session, period_id: UUID, *, until: datetime | None = None
) -> dict[UUID, KeyVerdict]:
    """Version → how it counts (or counted at the moment `until`), for every version that was decided about."""
    is_meant = KeyDecision.period_id == period_id
    if until is not None:
        is_meant &= KeyDecision.decided_at <= until
    rows = session.execute(
        select(KeyDecision.version_id, KeyDecision.verdict)
        .where(is_meant)
        .order_by(KeyDecision.version_id, KeyDecision.id.desc())
        .ext(distinct_on(KeyDecision.version_id))
    )
    return {version_id: KeyVerdict(verdict) for version_id, verdict in rows}


def needs_rescoring(session: Session, period_id: UUID) -> bool:
    """True when a key decision was made after the newest scoring run of the period began."""
    started = select(func.max(ScoringRun.started_at)).where(ScoringRun.period_id == period_id)
    statement = select(KeyDecision.id).where(
        KeyDecision.period_id == period_id, KeyDecision.decided_at > started.scalar_subquery()
    )
    return session.scalar(statement.limit(1)) is not None
