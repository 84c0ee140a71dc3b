"""When the answers of a test may have been entered: until its end, and while its clock ran. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from exam_service.attempts.window import TRANSIT_GRACE, Span


class Dated(Protocol):
    """A delivered answer: entered between `earliest_at` and `latest_at` for certain, at `made_at` by the clock that the
    player had."""

    @property
    def made_at(self) -> datetime: ...
    @property
    def earliest_at(self) -> datetime: ...
    @property
    def latest_at(self) -> datetime: ...


@dataclass(frozen=True)
class EntryTimes:
    """What bounds the entries of one attempt. `submitted_at`: the hand-in, by the candidate or by the room, or the
    collection; `stopped`: when the clock stood still."""

    deadline_at: datetime
    submitted_at: datetime | None
    stopped: Sequence[Span] = ()

    @property
    def ends_at(self) -> datetime:
        """Until when an answer may have been entered: nothing follows a hand-in."""
        limit = self.deadline_at + TRANSIT_GRACE
        return limit if self.submitted_at is None else min(self.submitted_at, limit)

    @property
    def is_stopped(self) -> bool:
        """Whether the clock stands still now."""
        return any(end is None for _begin, end in self.stopped)

    def is_after_end(self, one: Dated) -> bool:
        """Whether the answer's own time lies after the end. The order of its journal did not prove that, else it would
        not have been taken: such a time is by the computer's clock."""
        return one.made_at > self.ends_at

    def is_in_pause(self, one: Dated) -> bool:
        """Whether the answer was entered while the clock stood still, for certain; what was under way as it stopped was
        not."""
        return any(
            begin + TRANSIT_GRACE < one.earliest_at and (end is None or one.latest_at < end)
            for begin, end in self.stopped
        )

    def may_be_in_pause(self, one: Dated) -> bool:
        """Whether nothing proves that the clock ran as the answer was entered: a computer's clock does not."""
        return any(
            begin + TRANSIT_GRACE < one.latest_at and (end is None or one.earliest_at < end)
            for begin, end in self.stopped
        )
