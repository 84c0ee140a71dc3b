"""Attempts of sealed papers: every sealed candidate gets the attempt that the start only opens."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session
from uuid_utils.compat import uuid7

from exam_service import audit
from exam_service.actor import Actor
from exam_service.attempts.clock_rules import attempt_window
from exam_service.attempts.models import Attempt, AttemptState
from exam_service.attempts.opening import draw_opening_delay
from exam_service.attempts.window import Window
from exam_service.periods.models import Candidate, Exam, Sitting
from exam_service.periods.sealing import SealedCandidate

CHUNK = 1000


def prepare_attempts(
    session: Session, actor: Actor, sealed: Sequence[SealedCandidate], *, period_id: UUID
) -> int:
    """Each of `sealed` has an attempt in state `assigned` with its times; returns how many. Only for
    `invigilation.sealing`, which bars those papers that must not be sat."""
    together = _starting_together(session, period_id)
    for start in range(0, len(sealed), CHUNK):
        some = sealed[start : start + CHUNK]
        windows = _windows(session, [one.candidate_id for one in some])
        rows = [_attempt_row(one, windows[one.candidate_id], together) for one in some]
        session.execute(insert(Attempt), rows)
    audit.record(session, actor, "period.prepare_attempts", ("period", period_id), count=len(sealed))
    return len(sealed)


def _attempt_row(one: SealedCandidate, window: Window, together: Mapping[datetime, int]) -> dict[str, object]:
    delay = draw_opening_delay(together[window.starts_at])
    times = window.shifted(delay)
    return {
        "id": uuid7(),
        "candidate_id": one.candidate_id,
        "form_id": one.form_id,
        "sitting_id": one.sitting_id,
        "state": AttemptState.ASSIGNED.value,
        "slot_count": one.slot_count,
        "opening_delay_ms": delay // timedelta(milliseconds=1),
        "starts_at": times.starts_at,
        "late_until": times.late_until,
        "deadline_at": times.deadline_at,
    }


def _starting_together(session: Session, period_id: UUID) -> dict[datetime, int]:
    """Start → how many seated candidates of the period begin then."""
    counted = (
        select(Sitting.starts_at, func.count())
        .join(Candidate, Candidate.sitting_id == Sitting.id)
        .where(Candidate.period_id == period_id)
        .group_by(Sitting.starts_at)
    )
    return dict(session.execute(counted).all())


def _windows(session: Session, candidate_ids: Sequence[UUID]) -> dict[UUID, Window]:
    """Candidate → times, for seated candidates."""
    found = session.execute(
        select(
            Candidate.id,
            Candidate.extra_time_min,
            Sitting.starts_at,
            Sitting.duration_min,
            Exam.late_limit_min,
        )
        .join(Sitting, Sitting.id == Candidate.sitting_id)
        .join(Exam, Exam.id == Candidate.exam_id)
        .where(Candidate.id.in_(candidate_ids))
    )
    return {
        candidate_id: attempt_window(
            starts_at, duration_min, late_limit_min=late_limit_min, planned_extra_min=extra_time_min
        )
        for candidate_id, extra_time_min, starts_at, duration_min, late_limit_min in found
    }
