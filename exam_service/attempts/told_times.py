"""What a candidate is told of the time that the room has decided: minutes granted, and when the clock stood still.

A player that had no network while its clock stood still learns of it here, and tells what was entered meanwhile.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy.orm import Session

from exam_service.attempts import window
from exam_service.attempts.clock_rules import ClockEventKind
from exam_service.attempts.decided_clocks import decided_clocks
from exam_service.attempts.models import Attempt
from exam_service.attempts.schemas import GrantedTimeOut, PauseOut


@dataclass(frozen=True)
class ToldTimes:
    """In the order of time; the last pause has no end while it goes on."""

    granted: list[GrantedTimeOut]
    pauses: list[PauseOut]


def told_times(session: Session, attempt: Attempt) -> ToldTimes:
    """What was decided about the time of the attempt; one SELECT."""
    clock = decided_clocks(session, [attempt])[attempt.id]
    granted = [
        GrantedTimeOut(
            minutes=one.event.minutes, reason=one.reason, at=one.event.at, is_for_all=one.event.is_for_all
        )
        for one in clock.decisions
        if one.event.kind is ClockEventKind.EXTRA_TIME
    ]
    pauses = [
        PauseOut(begin_ms=_ms(begin), end_ms=None if end is None else _ms(end))
        for begin, end in clock.state.stood_still
    ]
    return ToldTimes(granted, pauses)


def _ms(moment: datetime) -> int:
    return window.milliseconds(moment - datetime(1970, 1, 1, tzinfo=UTC))
