"""What is to be seen of a person at a test, and how much it needs somebody: pure, from times and counts."""

from datetime import datetime
from enum import Enum, auto
from typing import Protocol

from exam_service.attempts import window
from exam_service.attempts.models import AttemptState
from exam_service.attempts.window import Phase, Window
from exam_service.invigilation.signals import REFUSED, Signals
from exam_service.invigilation.thresholds import USUAL, Thresholds


class Trouble(Enum):
    """What is to be seen of a person, in the order of the board: what needs somebody now, then what runs well, at last
    what is done."""

    OFFLINE = auto()  # was working, and has not been heard of
    UNSAVED = auto()  # is heard of, and cannot save what was answered
    IDENTITY_REFUSED = auto()  # the person does not match the documents
    NEEDS_ADMISSION = auto()  # and may not any more without an admission
    NOT_STARTED = auto()  # the sitting runs, the person has not opened the test
    MACHINE = auto()  # something is wrong with the computer
    TAKEN_OVER = auto()  # the test has moved between pages or machines
    TYPED_IN_PAUSE = auto()  # answered without network while the clock stood still
    FOCUS_LOST = auto()  # has left the page, or copied from it
    FLAGGED = auto()  # a note keeps the person in view
    PAUSED = auto()
    VIOLATION = auto()  # a violation was recorded
    NOT_SIGNED_IN = auto()  # before the start
    WAITING = auto()  # signed in, before the start
    ROOM_PAUSED = auto()  # stands still with the whole room
    NONE = auto()
    ABSENT = auto()  # was called, and did not come
    DONE = auto()


ORDER = tuple(Trouble)
NOT_THERE_YET = frozenset(
    (Trouble.NOT_SIGNED_IN, Trouble.WAITING, Trouble.NOT_STARTED, Trouble.NEEDS_ADMISSION)
)
HEALTHY = frozenset(
    (
        Trouble.NOT_SIGNED_IN,
        Trouble.WAITING,
        Trouble.ROOM_PAUSED,
        Trouble.NONE,
        Trouble.ABSENT,
        Trouble.DONE,
    )
)
"""Rows that need nobody: they can be folded away, and come back by themselves."""


HEARD = frozenset((Trouble.NONE, Trouble.ROOM_PAUSED))


def judge(
    now: datetime,
    times: Window,
    *,
    state: AttemptState,
    paused_at: datetime | None,
    heard_at: datetime | None,
    is_signed_in: bool,
    limits: Thresholds = USUAL,
) -> Trouble:
    """How much the person at this attempt needs somebody."""
    is_open = state in (AttemptState.ASSIGNED, AttemptState.STARTED)
    is_started = state is AttemptState.STARTED
    match window.phase(now, times, is_started=is_started, is_closed=not is_open, paused_at=paused_at):
        case Phase.CLOSED | Phase.OVER:
            return Trouble.DONE
        case Phase.PAUSED:
            return Trouble.PAUSED
        case Phase.WAITING:
            return Trouble.WAITING if is_signed_in else Trouble.NOT_SIGNED_IN
        case Phase.STARTABLE if now < times.starts_at + limits.not_started_after:
            return Trouble.WAITING if is_signed_in else Trouble.NOT_SIGNED_IN
        case Phase.STARTABLE:
            return Trouble.NOT_STARTED
        case Phase.TOO_LATE:
            return Trouble.NEEDS_ADMISSION
        case Phase.RUNNING:
            return Trouble.OFFLINE if limits.is_silent(now, heard_at) else Trouble.NONE


class Looked(Protocol):
    """What of an attempt its signs follow from."""

    @property
    def state(self) -> str: ...
    @property
    def starts_at(self) -> datetime: ...
    @property
    def late_until(self) -> datetime: ...
    @property
    def deadline_at(self) -> datetime: ...
    @property
    def paused_at(self) -> datetime | None: ...
    @property
    def last_seen_at(self) -> datetime | None: ...
    @property
    def unsent_count(self) -> int: ...


def heard_at_of(attempt: Looked, last_saved_at: datetime | None) -> datetime | None:
    """A save is as good a sign of life as a look at the clock."""
    return max(filter(None, (attempt.last_seen_at, last_saved_at)), default=None)


def signs_of(
    now: datetime,
    attempt: Looked,
    signals: Signals,
    *,
    last_saved_at: datetime | None,
    is_signed_in: bool,
    limits: Thresholds = USUAL,
    is_room_paused: bool = False,
) -> tuple[Trouble, ...]:
    """Everything that is to be seen, the most urgent first. Who is done or was called in vain needs nobody; who stands
    still with the whole room needs somebody only when nothing is heard of the test."""
    trouble = judge(
        now,
        Window(attempt.starts_at, attempt.late_until, attempt.deadline_at),
        state=AttemptState(attempt.state),
        paused_at=attempt.paused_at,
        heard_at=heard_at_of(attempt, last_saved_at),
        is_signed_in=is_signed_in,
        limits=limits,
    )
    if trouble is Trouble.DONE:
        return (trouble,)
    if trouble is Trouble.PAUSED and is_room_paused:
        is_silent = attempt.state == AttemptState.STARTED and limits.is_silent(
            now, heard_at_of(attempt, last_saved_at)
        )
        trouble = Trouble.OFFLINE if is_silent else Trouble.ROOM_PAUSED
    if trouble in NOT_THERE_YET and signals.is_present is False:
        return (Trouble.ABSENT,)
    seen = {
        trouble: True,
        Trouble.UNSAVED: attempt.unsent_count >= limits.unsaved_from and trouble in HEARD,
        Trouble.IDENTITY_REFUSED: signals.identity == REFUSED,
        Trouble.FLAGGED: bool(signals.note),
        Trouble.MACHINE: bool(signals.machine),
        Trouble.TAKEN_OVER: signals.taken_over > 0,
        Trouble.TYPED_IN_PAUSE: signals.typed_in_pause > 0,
        Trouble.FOCUS_LOST: signals.focus_lost + signals.copied >= limits.focus_lost_from,
        Trouble.VIOLATION: bool(signals.violations),
    }
    found = sorted((sign for sign, is_seen in seen.items() if is_seen), key=ORDER.index)
    others = [sign for sign in found if sign is not Trouble.NONE]
    return tuple(others or found)
