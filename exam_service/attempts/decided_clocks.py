"""The clocks of attempts as the room has decided about them: read here, and nowhere else.

The decisions are rows of `room_decision`, whose model belongs to the features above this one; so they are asked for by
name. Which of them count for a clock is the matter of this statement, what they do to it of `attempts.clock_rules`.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from exam_service.attempts.clock_rules import ClockEvent, ClockEventKind, ClockState, Terms, fold_clock
from exam_service.attempts.models import Attempt

# What was handed in before it was made void had no clock to stop. A row without an attempt is for the whole sitting.
DECIDED = text(
    """
    WITH planned AS (
        SELECT attempt.id, sitting.starts_at, sitting.duration_min, exam.late_limit_min, candidate.extra_time_min
        FROM attempt
        JOIN candidate ON candidate.id = attempt.candidate_id
        JOIN exam ON exam.id = candidate.exam_id
        JOIN sitting ON sitting.id = attempt.sitting_id
        WHERE attempt.id = ANY(:attempt_ids)
    ), decided AS (
        SELECT attempt_id, kind, at, minutes, reason FROM room_decision
        WHERE sitting_id = :sitting_id AND kind = ANY(:kinds)
            AND (attempt_id IS NULL OR attempt_id = ANY(:attempt_ids))
            AND (kind <> 'void' OR detail->>'state_before' IN ('assigned', 'started'))
    )
    SELECT * FROM planned FULL JOIN decided ON decided.attempt_id = planned.id
    """
)


@dataclass(frozen=True)
class ClockDecision:
    """What was decided about a clock, and why."""

    event: ClockEvent
    reason: str


@dataclass(frozen=True)
class DecidedClock:
    """A clock with every decision that made it what it is, in the order of time."""

    state: ClockState
    decisions: Sequence[ClockDecision]


def decided_clocks(session: Session, attempts: Sequence[Attempt]) -> dict[UUID, DecidedClock]:
    """Attempt → its clock, from the terms of its sitting and what was decided so far; one SELECT. All `attempts` are of
    one sitting."""
    if not attempts:
        return {}
    session.flush()  # a statement in words does not do it, and a decision may just have been added
    delays = {attempt.id: attempt.opening_delay for attempt in attempts}
    values = {
        "attempt_ids": list(delays),
        "sitting_id": attempts[0].sitting_id,
        "kinds": list(ClockEventKind),
    }
    terms: dict[UUID, Terms] = {}
    found: dict[UUID | None, list[ClockDecision]] = defaultdict(list)
    for row in session.execute(DECIDED, values):
        if row.id is not None:
            starts_at = row.starts_at + delays[row.id]
            terms[row.id] = Terms(starts_at, row.duration_min, row.late_limit_min, row.extra_time_min)
        if row.kind is not None:
            event = ClockEvent(ClockEventKind(row.kind), row.at, row.minutes, is_for_all=row.id is None)
            found[row.id].append(ClockDecision(event, row.reason))
    return {
        attempt_id: _folded(planned, [*found[None], *found[attempt_id]])
        for attempt_id, planned in terms.items()
    }


def _folded(terms: Terms, decisions: Sequence[ClockDecision]) -> DecidedClock:
    in_order = sorted(decisions, key=lambda one: one.event.at)
    return DecidedClock(fold_clock(terms, [one.event for one in in_order]), in_order)
