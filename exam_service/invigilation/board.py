"""What the room sees: its sittings with live counts, and the board of one sitting, trouble first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Exists, Row, ScalarSelect, Select, exists, func, select
from sqlalchemy.orm import Session, contains_eager

from exam_service.actor import Actor, ActorKind
from exam_service.attempts.models import Attempt, AttemptState, Response
from exam_service.auth.models import LoginSession
from exam_service.errors import NotFound
from exam_service.invigilation.clocks import is_sitting_paused, shifted_start
from exam_service.invigilation.models import BoardThreshold
from exam_service.invigilation.seats import Grid, load_seats
from exam_service.invigilation.service import get_sitting, sittings_visible_to
from exam_service.invigilation.signals import Signals, load_signals
from exam_service.invigilation.signs import HEALTHY, ORDER, Trouble, heard_at_of, signs_of
from exam_service.invigilation.thresholds import USUAL, Thresholds, thresholds_of
from exam_service.periods.models import Candidate, Exam, Sitting

LOOK_BACK = timedelta(hours=24)
LOOK_AHEAD = timedelta(days=7)
MOST_SITTINGS = 300


@dataclass(frozen=True)
class SittingLine:
    """A sitting with its counts; `offline` is part of `started`."""

    sitting: Sitting
    assigned: int
    started: int
    submitted: int
    offline: int
    void: int

    @property
    def total(self) -> int:
        return self.assigned + self.started + self.submitted + self.void


@dataclass(frozen=True)
class BoardRow:
    """One candidate on the board."""

    attempt_id: UUID
    number: str
    full_name: str
    unit_name: str
    state: AttemptState
    trouble: Trouble
    answered: int
    total: int
    last_saved_at: datetime | None
    last_heard_at: datetime | None
    deadline_at: datetime
    extra_min: int
    signs: tuple[Trouble, ...]  # everything that is to be seen of this person, `trouble` first
    signals: Signals
    is_started: bool
    place: int | None

    @property
    def is_healthy(self) -> bool:
        return self.trouble in HEALTHY


@dataclass(frozen=True)
class Board:
    """A sitting as it stands: `starts_at` is its start after every shift, `is_paused` says that all of it is paused,
    `limits` are what its signs were judged by."""

    sitting: Sitting
    rows: Sequence[BoardRow]
    now: datetime
    starts_at: datetime
    is_paused: bool
    grid: Grid | None
    limits: Thresholds = USUAL

    @property
    def troubled(self) -> list[BoardRow]:
        return [row for row in self.rows if not row.is_healthy]

    @property
    def healthy(self) -> list[BoardRow]:
        return [row for row in self.rows if row.is_healthy]

    @property
    def by_place(self) -> dict[int, BoardRow]:
        """Who sits at each taken place."""
        return {row.place: row for row in self.rows if row.place is not None}

    def count(self, *troubles: Trouble) -> int:
        return sum(row.trouble in troubles for row in self.rows)


def last_saved() -> ScalarSelect[datetime]:
    """When the newest answer of the attempt was stored; a save is as good a sign of life as a look at the clock."""
    return (
        select(func.max(Response.saved_at))
        .where(Response.attempt_id == Attempt.id)
        .correlate(Attempt)
        .scalar_subquery()
    )


def is_signed_in() -> Exists:
    """Whether the candidate of the attempt is signed in anywhere."""
    return exists().where(
        LoginSession.subject_kind == ActorKind.CANDIDATE.value,
        LoginSession.subject_id == Attempt.candidate_id,
        LoginSession.ended_at.is_(None),
        LoginSession.expires_at > func.now(),
    )


def list_sittings(session: Session, actor: Actor, *, room: str = "") -> list[SittingLine]:
    """The sittings of yesterday to next week, and older ones not yet collected, by start: all or those of one room, the
    first MOST_SITTINGS of them."""
    now = session.execute(select(func.clock_timestamp())).scalar_one()
    statement = _listed(actor, now).options(contains_eager(Sitting.exam).contains_eager(Exam.period))
    if room:
        statement = statement.where(Sitting.room == room)
    sittings = session.scalars(
        statement.order_by(Sitting.starts_at, Sitting.room, Sitting.id).limit(MOST_SITTINGS)
    ).all()
    counts = _counts(session, [sitting.id for sitting in sittings], now)
    return [SittingLine(sitting, *counts.get(sitting.id, (0, 0, 0, 0, 0))) for sitting in sittings]


def rooms_listed(session: Session, actor: Actor) -> dict[str, int]:
    """Room → how many sittings `list_sittings` is about, with those beyond its limit."""
    now = session.execute(select(func.clock_timestamp())).scalar_one()
    rows = _listed(actor, now).with_only_columns(Sitting.room, func.count()).group_by(Sitting.room)
    return {row[0]: row[1] for row in session.execute(rows.order_by(Sitting.room))}


def _listed(actor: Actor, now: datetime) -> Select[Sitting]:
    return sittings_visible_to(actor).where(
        Sitting.starts_at < now + LOOK_AHEAD,
        (Sitting.starts_at > now - LOOK_BACK) | Sitting.collected_at.is_(None),
    )


def _counts(
    session: Session, sitting_ids: Sequence[UUID], now: datetime
) -> dict[UUID, tuple[int, int, int, int, int]]:
    heard = func.greatest(Attempt.last_seen_at, last_saved())
    seconds = func.coalesce(BoardThreshold.offline_after_s, USUAL.offline_after_s)
    offline_after = func.make_interval(0, 0, 0, 0, 0, 0, seconds)
    started = Attempt.state == AttemptState.STARTED.value
    handed_in = (AttemptState.SUBMITTED.value, AttemptState.EXPIRED.value, AttemptState.SCORED.value)
    rows = session.execute(
        select(
            Attempt.sitting_id,
            func.count().filter(Attempt.state == AttemptState.ASSIGNED.value),
            func.count().filter(started),
            func.count().filter(Attempt.state.in_(handed_in)),
            func.count().filter(started, func.coalesce(heard < now - offline_after, True)),
            func.count().filter(Attempt.state == AttemptState.VOID.value),
        )
        .join(Sitting, Sitting.id == Attempt.sitting_id)
        .join(Exam, Exam.id == Sitting.exam_id)
        .outerjoin(BoardThreshold, BoardThreshold.period_id == Exam.period_id)
        .where(Attempt.sitting_id.in_(sitting_ids))
        .group_by(Attempt.sitting_id)
    )
    return {row[0]: (row[1], row[2], row[3], row[4], row[5]) for row in rows}


def load_board(session: Session, actor: Actor, sitting_id: UUID) -> Board:
    """The board of a sitting, one query for all its rows, whoever needs help first. Raises NotFound."""
    sitting = get_sitting(session, actor, sitting_id)
    seats = load_seats(session, actor, sitting_id)
    signals = load_signals(session, [sitting_id])
    found = _seated(session, sitting_id)
    period_id = sitting.exam.period_id
    limits = thresholds_of(session, [period_id]).get(period_id, USUAL)
    is_paused = is_sitting_paused(session, sitting_id)
    now = session.execute(select(func.clock_timestamp())).scalar_one()
    rows = [
        _row(
            now,
            attempt,
            candidate,
            answered=count,
            last_saved_at=saved_at,
            is_signed_in=is_signed_in,
            duration_min=sitting.duration_min,
            signals=signals.get(attempt.id, Signals()),
            place=seats.places.get(attempt.id),
            limits=limits,
            is_room_paused=is_paused,
        )
        for attempt, candidate, count, saved_at, is_signed_in in found
    ]
    rows.sort(key=lambda row: (ORDER.index(row.trouble), row.number))
    return Board(
        sitting=sitting,
        rows=rows,
        now=now,
        starts_at=shifted_start(session, sitting),
        is_paused=is_paused,
        grid=seats.grid,
        limits=limits,
    )


def _seated(
    session: Session, sitting_id: UUID
) -> Sequence[Row[Attempt, Candidate, int, datetime | None, bool]]:
    """Attempt, candidate, answered questions, last save, and whether the person is signed in."""
    answered = (
        select(func.count())
        .where(Response.attempt_id == Attempt.id, Response.response.is_not(None))
        .correlate(Attempt)
        .scalar_subquery()
    )
    return session.execute(
        select(Attempt, Candidate, answered, last_saved(), is_signed_in())
        .join(Candidate, Candidate.id == Attempt.candidate_id)
        .where(Attempt.sitting_id == sitting_id)
    ).all()


def row_of(board: Board, attempt_id: UUID) -> BoardRow:
    """The row of one attempt of the sitting. Raises NotFound."""
    for row in board.rows:
        if row.attempt_id == attempt_id:
            return row
    raise NotFound


def _row(
    now: datetime,
    attempt: Attempt,
    candidate: Candidate,
    *,
    answered: int,
    last_saved_at: datetime | None,
    is_signed_in: bool,
    duration_min: int,
    signals: Signals,
    place: int | None,
    limits: Thresholds,
    is_room_paused: bool,
) -> BoardRow:
    signs = signs_of(
        now,
        attempt,
        signals,
        last_saved_at=last_saved_at,
        is_signed_in=is_signed_in,
        limits=limits,
        is_room_paused=is_room_paused,
    )
    common_deadline = attempt.starts_at + timedelta(minutes=duration_min)
    return BoardRow(
        attempt_id=attempt.id,
        number=candidate.number,
        full_name=candidate.full_name,
        unit_name=candidate.unit_name,
        state=AttemptState(attempt.state),
        trouble=signs[0],
        answered=answered,
        total=attempt.slot_count,
        last_saved_at=last_saved_at,
        last_heard_at=heard_at_of(attempt, last_saved_at),
        deadline_at=attempt.deadline_at,
        extra_min=max(0, (attempt.deadline_at - common_deadline) // timedelta(minutes=1)),
        signs=signs,
        signals=signals,
        is_started=attempt.started_at is not None,
        place=place,
    )
