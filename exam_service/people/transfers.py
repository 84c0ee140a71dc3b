"""From the appointments that a person has to those that a roster lists: what begins, what ends, what is main."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from exam_service.people.models import Appointment


@dataclass(frozen=True)
class Listed:
    """A position that the roster lists for a person; the first one listed is the main one."""

    unit_id: UUID
    position_id: UUID
    from_date: date
    has_own_date: bool
    row: int


@dataclass(frozen=True)
class Begin:
    listed: Listed
    is_main: bool


@dataclass(frozen=True)
class End:
    appointment: Appointment
    to_date: date


@dataclass(frozen=True)
class Amend:
    """A running appointment becomes main or ceases to be, or begins on the day that the roster states."""

    appointment: Appointment
    is_main: bool
    from_date: date


@dataclass(frozen=True)
class Transfer:
    """What has to be done, or the listed position that cannot begin before the one it replaces."""

    begin: tuple[Begin, ...] = ()
    end: tuple[End, ...] = ()
    amend: tuple[Amend, ...] = ()
    refused: Listed | None = None

    def concerns(self, row: int) -> bool:
        """True when the row of the roster brings something new."""
        return any(begin.listed.row == row for begin in self.begin)


def plan_transfer(running: Sequence[Appointment], listed: Sequence[Listed]) -> Transfer:
    """Pure: `running` are the person's appointments without an end, `listed` those of the roster, main one first.

    A main appointment that the roster no longer lists ends on the day before the new main one begins; other running
    appointments that are not listed stay, because a roster of one unit does not know of those in another.
    """
    have = {(row.unit_id, row.position_id): row for row in running}
    matched = {(want.unit_id, want.position_id): want for want in listed}
    main_key = (listed[0].unit_id, listed[0].position_id)
    begin = tuple(Begin(want, is_main=key == main_key) for key, want in matched.items() if key not in have)
    end: list[End] = []
    amend: list[Amend] = []
    for key, row in have.items():
        want = matched.get(key)
        if want is None and row.is_main:
            if listed[0].from_date <= row.from_date:
                return Transfer(refused=listed[0])
            end.append(End(row, listed[0].from_date - timedelta(days=1)))
        elif want is not None:
            from_date = want.from_date if want.has_own_date else row.from_date
            is_main = key == main_key
            if (is_main, from_date) != (row.is_main, row.from_date):
                amend.append(Amend(row, is_main, from_date))
    return Transfer(begin, tuple(end), tuple(amend))
