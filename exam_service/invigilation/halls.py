"""All rooms at once, for whoever leads the invigilators: where help is needed, by the same judgement as each board."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session, contains_eager

from exam_service.actor import Actor
from exam_service.attempts.models import Attempt
from exam_service.invigilation.board import (
    LOOK_BACK,
    MOST_SITTINGS,
    is_signed_in,
    last_saved,
)
from exam_service.invigilation.board_states import BoardState, shows
from exam_service.invigilation.clocks import paused_sittings, shifted_starts
from exam_service.invigilation.service import sittings_visible_to
from exam_service.invigilation.signals import Signals, load_signals
from exam_service.invigilation.signs import Trouble, signs_of
from exam_service.invigilation.thresholds import USUAL, thresholds_of
from exam_service.periods.models import Exam, Period, Sitting

AHEAD = timedelta(hours=1)
URGENCY = (
    BoardState.OFFLINE,
    BoardState.UNSAVED,
    BoardState.TOO_LATE,
    BoardState.NOT_STARTED,
    BoardState.MACHINE,
    BoardState.ATTENTION,
    BoardState.PAUSED,
    BoardState.VIOLATION,
)
"""What brings a room to the top, the first most; among equals the room where more people need it."""


NOTHING = Signals()


class _Seated(NamedTuple):
    """The columns of an attempt that its signs follow from: whole rows would take thousands of people four times as
    long."""

    attempt_id: UUID
    sitting_id: UUID
    state: str
    starts_at: datetime
    late_until: datetime
    deadline_at: datetime
    paused_at: datetime | None
    last_seen_at: datetime | None
    unsent_count: int
    last_saved_at: datetime | None
    is_signed_in: bool


@dataclass(frozen=True)
class Hall:
    """A room with how many of its candidates are in each state; somebody may be in several."""

    sitting: Sitting
    starts_at: datetime
    people: int
    counts: dict[BoardState, int]


@dataclass(frozen=True)
class Halls:
    """The rooms at work at `now`, whichever needs help most first; `left_out` more are not among them. `periods` are
    all that have rooms at work (id, name), whatever was asked for."""

    rooms: Sequence[Hall]
    now: datetime
    left_out: int = 0
    periods: Sequence[tuple[UUID, str]] = ()

    def total(self, state: BoardState) -> int:
        return sum(room.counts[state] for room in self.rooms)


def load_halls(session: Session, actor: Actor, *, period_id: UUID | None = None) -> Halls:
    """The rooms that the actor may watch, at work or to start within the hour, those of one period where it has any;
    a fixed number of statements for any number."""
    now = session.execute(select(func.clock_timestamp())).scalar_one()
    statement = sittings_visible_to(actor).where(
        Sitting.collected_at.is_(None), Sitting.starts_at.between(now - LOOK_BACK, now + AHEAD)
    )
    found = session.execute(
        statement.with_only_columns(Period.id, Period.name, func.count())
        .group_by(Period.id, Period.name)
        .order_by(func.min(Sitting.starts_at), Period.name, Period.id)
    ).all()
    at_work = {found_id: count for found_id, _name, count in found}
    if period_id in at_work:
        statement = statement.where(Exam.period_id == period_id)
    sittings = session.scalars(
        statement.options(contains_eager(Sitting.exam).contains_eager(Exam.period))
        .order_by(Sitting.starts_at, Sitting.room, Sitting.id)
        .limit(MOST_SITTINGS)
    ).all()
    total = at_work[period_id] if period_id in at_work else sum(at_work.values())
    signs = _signs(session, now, sittings)
    starts = shifted_starts(session, sittings)
    halls = [_hall(sitting, starts[sitting.id], signs.get(sitting.id, [])) for sitting in sittings]
    halls.sort(key=_urgency)  # stable: among equals by start and room
    return Halls(halls, now, total - len(sittings), [(found_id, name) for found_id, name, _count in found])


def _urgency(hall: Hall) -> tuple[int, ...]:
    return tuple(-hall.counts[state] for state in URGENCY)


def _hall(sitting: Sitting, starts_at: datetime, people: list[tuple[Trouble, ...]]) -> Hall:
    seen = Counter(state for signs in people for state in BoardState if shows(signs, state))
    return Hall(sitting, starts_at, len(people), {state: seen[state] for state in BoardState})


def _signs(
    session: Session, now: datetime, sittings: Sequence[Sitting]
) -> dict[UUID, list[tuple[Trouble, ...]]]:
    """Sitting → the signs of each of its candidates."""
    sitting_ids = [sitting.id for sitting in sittings]
    limits = thresholds_of(session, {sitting.exam.period_id for sitting in sittings})
    by_sitting = {sitting.id: limits.get(sitting.exam.period_id, USUAL) for sitting in sittings}
    paused = paused_sittings(session, sitting_ids)
    signals = load_signals(session, sitting_ids)
    rows = session.execute(
        select(
            Attempt.id,
            Attempt.sitting_id,
            Attempt.state,
            Attempt.starts_at,
            Attempt.late_until,
            Attempt.deadline_at,
            Attempt.paused_at,
            Attempt.last_seen_at,
            Attempt.unsent_count,
            last_saved(),
            is_signed_in(),
        ).where(Attempt.sitting_id.in_(sitting_ids))
    )
    found: dict[UUID, list[tuple[Trouble, ...]]] = {}
    for one in (_Seated(*row) for row in rows):
        noticed = signals.get(one.attempt_id, NOTHING)
        signs = signs_of(
            now,
            one,
            noticed,
            last_saved_at=one.last_saved_at,
            is_signed_in=one.is_signed_in,
            limits=by_sitting[one.sitting_id],
            is_room_paused=one.sitting_id in paused,
        )
        found.setdefault(one.sitting_id, []).append(signs)
    return found
