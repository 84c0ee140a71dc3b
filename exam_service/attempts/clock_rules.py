"""The clock of one attempt as a fold over what was decided in the room: pure, no database, no present time.

The common clock of a sitting runs from its start, signed in or not. A decision never edits a time: it is an
event, and the times of an attempt always follow from the terms of its sitting and every event so far. The
rules:

- A pause stops the clock, of one person or of the whole sitting; the clock goes on when nothing stops it any more, and
  exactly the time that it stood still is given back. Two pauses at once stop it once.
- What makes an open test void (a suspension, an annulment) stops the clock as a pause does, and its withdrawal gives
  the time since then back: the person could not work. A clock that had run out before does not start again.
- Extra time for an incident adds minutes. Granted after the deadline has passed, while the attempt is still open, the
  minutes count from the moment of the grant: what could not be worked is not taken off them.
- A shift moves the whole sitting to a later time, never to an earlier one. What was paused before the new start cost
  nobody anything, so it is not given back on top.
- An admission lets a latecomer start until the deadline, which stays where it is.

Source: the order of computer-based tests of Thông tư 22/2025/TT-BNV (one programmed clock, late entry,
incidents handled within the sitting); what it leaves open is decided here and listed in docs/exam-room.md.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from exam_service.attempts.window import Span, Window


class ClockEventKind(StrEnum):
    """What may happen to a clock. Of several events at one instant, the one named first here counts first."""

    SHIFT = "shift"
    LATE_ADMISSION = "late_admission"
    EXTRA_TIME = "extra_time"
    PAUSE = "pause"
    RESUME = "resume"
    END = "void"
    RESTORE = "restore"


_RANK = {kind: rank for rank, kind in enumerate(ClockEventKind)}


@dataclass(frozen=True)
class ClockEvent:
    """One decision at the time `at` of the database; `minutes` for a shift and extra time, else 0."""

    kind: ClockEventKind
    at: datetime
    minutes: int = 0
    is_for_all: bool = False


@dataclass(frozen=True)
class Terms:
    """What was fixed before the sitting: its start (with the delay of the opening), minutes, and what was planned."""

    starts_at: datetime
    duration_min: int
    late_limit_min: int
    planned_extra_min: int = 0


@dataclass(frozen=True)
class ClockState:
    """Where a clock stands after its events.

    `stopped_at` is the moment from which it stands still, never before the start; None while it runs. `pauses` are the
    scopes that stop it now: True the whole sitting, False the person; `is_ended` stops it as well. `given_back` are the
    spans that it stood still.
    """

    window: Window
    late_limit_at: datetime
    stopped_at: datetime | None = None
    pauses: frozenset[bool] = frozenset()
    is_ended: bool = False
    is_admitted: bool = False
    given_back: tuple[tuple[datetime, datetime], ...] = ()

    @property
    def stood_still(self) -> tuple[Span, ...]:
        """The spans given back and, while the clock stands still, the one that goes on."""
        return self.given_back if self.stopped_at is None else (*self.given_back, (self.stopped_at, None))

    def remaining(self, now: datetime) -> timedelta:
        """The working time left at `now`, never negative; before the start all of it."""
        moment = max(self.stopped_at or now, self.window.starts_at)
        return max(timedelta(0), self.window.deadline_at - moment)


def fold_clock(terms: Terms, events: Iterable[ClockEvent]) -> ClockState:
    """The state after all `events`, in whatever order they are given: they count in the order of their times."""
    assert terms.duration_min > 0
    assert terms.late_limit_min >= 0
    assert terms.planned_extra_min >= 0
    deadline_at = terms.starts_at + timedelta(minutes=terms.duration_min + terms.planned_extra_min)
    late_limit_at = terms.starts_at + timedelta(minutes=terms.late_limit_min)
    state = ClockState(Window(terms.starts_at, late_limit_at, deadline_at), late_limit_at)
    for event in sorted(events, key=_order):
        state = _step(state, event)
    return _with_late_limit(state)


def attempt_window(
    starts_at: datetime, duration_min: int, *, late_limit_min: int, planned_extra_min: int = 0
) -> Window:
    """The window of a candidate before anything is decided in the room."""
    return fold_clock(Terms(starts_at, duration_min, late_limit_min, planned_extra_min), ()).window


def _order(event: ClockEvent) -> tuple[datetime, int, bool, int]:
    return (event.at, _RANK[event.kind], event.is_for_all, event.minutes)


def _step(state: ClockState, event: ClockEvent) -> ClockState:
    assert event.minutes >= 0, "nothing takes time away"
    match event.kind:
        case ClockEventKind.SHIFT:
            return _shift(state, timedelta(minutes=event.minutes))
        case ClockEventKind.LATE_ADMISSION:
            return replace(state, is_admitted=True)
        case ClockEventKind.EXTRA_TIME:
            return _extend(state, event.at, timedelta(minutes=event.minutes))
        case ClockEventKind.PAUSE:
            return _stop(replace(state, pauses=state.pauses | {event.is_for_all}), event.at)
        case ClockEventKind.RESUME:
            return _release(replace(state, pauses=state.pauses - {event.is_for_all}), event.at)
        case ClockEventKind.END:
            return _stop(replace(state, is_ended=True), event.at)
        case ClockEventKind.RESTORE:
            return _release(replace(state, is_ended=False), event.at)


def _shift(state: ClockState, by: timedelta) -> ClockState:
    starts_at = state.window.starts_at + by
    before = sum(
        (min(end, starts_at) - begin for begin, end in state.given_back if begin < starts_at), timedelta(0)
    )
    # The late limit is worked out when all is folded: `late_until` only has to lie within the window until then.
    window = replace(state.window, starts_at=starts_at, deadline_at=state.window.deadline_at + by - before)
    return replace(
        state,
        window=window,
        late_limit_at=state.late_limit_at + by - before,
        stopped_at=state.stopped_at and max(state.stopped_at, starts_at),
        given_back=tuple((max(begin, starts_at), end) for begin, end in state.given_back if end > starts_at),
    )


def _extend(state: ClockState, at: datetime, by: timedelta) -> ClockState:
    is_running = state.stopped_at is None
    ended_at = state.window.deadline_at
    from_at = max(ended_at, at) if is_running and by else ended_at
    extended = replace(state, window=replace(state.window, deadline_at=from_at + by))
    # A pause that found no time left to stop stops what has just been granted.
    return _stop(extended, at) if is_running and (state.pauses or state.is_ended) else extended


def _stop(state: ClockState, at: datetime) -> ClockState:
    """The clock stands still from `at` on, or from the start where that is later; a clock that has run out does not."""
    if state.stopped_at is not None or at >= state.window.deadline_at:
        return state
    return replace(state, stopped_at=max(at, state.window.starts_at))


def _release(state: ClockState, at: datetime) -> ClockState:
    """The clock goes on unless something else still stops it."""
    if state.pauses or state.is_ended or state.stopped_at is None:
        return state
    stood_still = max(timedelta(0), at - state.stopped_at)
    window = replace(state.window, deadline_at=state.window.deadline_at + stood_still)
    return replace(
        state,
        window=window,
        stopped_at=None,
        late_limit_at=state.late_limit_at + stood_still,
        given_back=(*state.given_back, (state.stopped_at, state.stopped_at + stood_still)),
    )


def _with_late_limit(state: ClockState) -> ClockState:
    """An admission lifts the late limit to the deadline; without one it never lies beyond it."""
    deadline_at = state.window.deadline_at
    late_until = deadline_at if state.is_admitted else min(state.late_limit_at, deadline_at)
    return replace(state, window=replace(state.window, late_until=late_until))


def earliest_submit(window: Window, earliest_submit_min: int) -> datetime:
    """The first moment at which a hand-in is taken: so many minutes after the start, and never later than the deadline.

    With a limit of 0 it is the start itself.
    """
    assert earliest_submit_min >= 0
    return min(window.starts_at + timedelta(minutes=earliest_submit_min), window.deadline_at)
