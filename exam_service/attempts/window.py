"""When an attempt may be started, worked on and must be collected: pure functions of explicit times.

How the times of an attempt come about is the matter of `attempts.clock_rules`; here they are asked. The statements in
`attempts.hot`, `attempts.starting` and `attempts.handing_in` ask the same questions of the database clock; a
test sweeps both.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

TRANSIT_GRACE = timedelta(seconds=2)
"""How long after the deadline a save may still arrive: the player stops input at the deadline and sends what it has."""

Span = tuple[datetime, datetime | None]
"""From when to when a clock stood still; None: it still does."""


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
