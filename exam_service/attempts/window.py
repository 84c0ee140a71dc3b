"""When an attempt may be started, worked on and must be collected: pure functions of explicit times.

All candidates of a sitting share its clock: the time runs from the sitting's start, whether or not somebody has signed
in. What may lengthen it is decided per person and given here as numbers. The statements in `attempts.hot`,
`attempts.starting` and `attempts.collecting` ask the same questions of the database clock; a test sweeps both.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

TRANSIT_GRACE = timedelta(seconds=2)
"""How long after the deadline a save may still arrive: the player stops input at the deadline and sends what it has."""


class Phase(StrEnum):
    """What an attempt is to its candidate at one moment."""

    WAITING = "waiting"  # before the start of the sitting
    STARTABLE = "startable"  # not started yet, may start now
    TOO_LATE = "too_late"  # not started by the late limit: needs an admission
    RUNNING = "running"  # takes answers
    PAUSED = "paused"  # takes no answers, the time stands still
    OVER = "over"  # the time has run out, to be collected
    CLOSED = "closed"  # handed in, collected or void


@dataclass(frozen=True)
class Allowance:
    """One decision in favour of a person: minutes more for an incident, or admission after the late limit."""

    extra_min: int = 0
    is_admitted_late: bool = False


@dataclass(frozen=True)
class Window:
    """`starts_at` ≤ `late_until` ≤ `deadline_at`: who has not started by `late_until` needs an admission."""

    starts_at: datetime
    late_until: datetime
    deadline_at: datetime

    @property
    def closes_at(self) -> datetime:
        """The moment from which nothing is accepted any more and the attempt is collected."""
        return self.deadline_at + TRANSIT_GRACE

    def shifted(self, by: timedelta) -> "Window":
        """The same window, all of it later by `by`."""
        return Window(self.starts_at + by, self.late_until + by, self.deadline_at + by)


def attempt_window(
    sitting_start: datetime,
    duration_min: int,
    *,
    late_limit_min: int,
    planned_extra_min: int = 0,
    allowances: Iterable[Allowance] = (),
) -> Window:
    """The window of one candidate in a sitting.

    deadline = sitting start + duration + planned extra time + extra time of every allowance. The late limit counts from
    the start of the sitting and never lies beyond the deadline; an admission lifts it to the deadline.
    """
    assert duration_min > 0
    assert late_limit_min >= 0
    assert planned_extra_min >= 0
    granted = tuple(allowances)
    assert all(allowance.extra_min >= 0 for allowance in granted)
    minutes = duration_min + planned_extra_min + sum(allowance.extra_min for allowance in granted)
    deadline_at = sitting_start + timedelta(minutes=minutes)
    late_until = min(sitting_start + timedelta(minutes=late_limit_min), deadline_at)
    if any(allowance.is_admitted_late for allowance in granted):
        late_until = deadline_at
    return Window(starts_at=sitting_start, late_until=late_until, deadline_at=deadline_at)


def phase(
    now: datetime,
    window: Window,
    *,
    is_started: bool,
    is_closed: bool = False,
    paused_at: datetime | None = None,
) -> Phase:
    """The phase at `now`.

    `is_closed` (handed in, collected, void) outranks everything; a pause outranks the deadline, because the paused time
    is given back when it ends. A start is refused from the deadline on, a save only from `closes_at` on.
    """
    if is_closed:
        return Phase.CLOSED
    if paused_at is not None:
        return Phase.PAUSED
    if is_started:
        return Phase.RUNNING if now < window.closes_at else Phase.OVER
    if now < window.starts_at:
        return Phase.WAITING
    if now >= window.deadline_at:
        return Phase.OVER
    return Phase.STARTABLE if now <= window.late_until else Phase.TOO_LATE


def remaining(now: datetime, window: Window, *, paused_at: datetime | None = None) -> timedelta:
    """The time left to work, never negative; it stands still from `paused_at` on."""
    return max(timedelta(0), window.deadline_at - (paused_at or now))


def milliseconds(span: timedelta) -> int:
    """`span` in whole milliseconds, rounded down."""
    return span // timedelta(milliseconds=1)
