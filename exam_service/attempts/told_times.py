"""What a candidate is told of the time that the room has decided: minutes granted, and when the clock stood still.

A player that had no network while its clock stood still learns of it here, and tells what was entered meanwhile.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from exam_service.attempts import window
from exam_service.attempts.clock_rules import ClockEvent, ClockEventKind, Terms, fold_clock
from exam_service.attempts.models import Attempt
from exam_service.attempts.schemas import GrantedTimeOut, PauseOut
from exam_service.periods.models import Candidate, Exam, Sitting

# What was handed in before it was made void had no clock to stop.
DECIDED = text(
    """
    SELECT kind, minutes, reason, at, attempt_id IS NULL AS is_for_all FROM room_decision
    WHERE kind = ANY(:kinds) AND sitting_id = :sitting_id AND coalesce(attempt_id, :attempt_id) = :attempt_id
        AND (kind <> 'void' OR detail->>'state_before' IN ('assigned', 'started'))
    ORDER BY at
    """
)


@dataclass(frozen=True)
class ToldTimes:
    """In the order of time; the last pause has no end while it goes on."""

    granted: list[GrantedTimeOut]
    pauses: list[PauseOut]


def told_times(
    session: Session, attempt: Attempt, *, candidate: Candidate, sitting: Sitting, exam: Exam
) -> ToldTimes:
    """What was decided about the time of the attempt; one SELECT."""
    values = {"sitting_id": attempt.sitting_id, "attempt_id": attempt.id, "kinds": list(ClockEventKind)}
    decided = session.execute(DECIDED, values).all()
    state = fold_clock(
        Terms(
            sitting.starts_at + attempt.opening_delay,
            sitting.duration_min,
            exam.late_limit_min,
            candidate.extra_time_min,
        ),
        [ClockEvent(ClockEventKind(one.kind), one.at, one.minutes, one.is_for_all) for one in decided],
    )
    pauses = [PauseOut(begin_ms=_ms(begin), end_ms=_ms(end)) for begin, end in state.given_back]
    if state.stopped_at is not None:
        pauses.append(PauseOut(begin_ms=_ms(state.stopped_at), end_ms=None))
    granted = [GrantedTimeOut.model_validate(one) for one in decided if one.kind == ClockEventKind.EXTRA_TIME]
    return ToldTimes(granted, pauses)


def _ms(moment: datetime) -> int:
    return window.milliseconds(moment - datetime(1970, 1, 1, tzinfo=UTC))
