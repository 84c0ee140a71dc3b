"""A period is closed while somebody opens a test of it again: it waits for the test, or the test stays closed."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from exam_service import clock
from exam_service.attempts.handing_in import close_collected_sittings
from exam_service.db import Database
from exam_service.invigilation import on_behalf, records
from exam_service.invigilation.record_models import Violation
from exam_service.invigilation.schemas import ReasonInput, ReopenInput, ViolationInput
from exam_service.periods.lifecycle import StillRunning, close_finished_periods, close_period
from exam_service.periods.models import Period, PeriodState, Sitting
from exam_service.settings import Settings
from tests.conftest import cloned_database
from tests.fixtures.attempts import Room, attempt_of, make_room, set_attempt

WHY = ReasonInput(reason="Lập nhầm người")
WAITING = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
)
Act = Callable[[Session, Room], object]


@pytest.fixture(scope="module")
def database(server_url: str) -> Iterator[Database]:
    with cloned_database(server_url) as url:
        made = Database(url, pool_size=4)
        try:
            yield made
        finally:
            made.dispose()


@pytest.fixture(scope="module")
def room(database: Database, settings: Settings) -> Room:
    with database.transaction() as session:
        room = make_room(session, settings, people=2)
        for seat in room.seats:
            set_attempt(session, seat, state="started", started_at=clock.now())
    return room


@pytest.fixture(autouse=True)
def over(database: Database, room: Room) -> None:
    """The period is open and its sitting collected: one has handed in, the other was suspended."""
    officer, (own, other) = room.world.officer, room.seats
    form = {"level": "suspension", "description": "Dùng điện thoại chép bài", "signature": "violator"}
    with database.transaction() as session:
        session.execute(text("ALTER TABLE period DISABLE TRIGGER USER"))
        session.execute(text("UPDATE period SET state = 'open', closed_at = NULL"))
        session.execute(text("ALTER TABLE period ENABLE TRIGGER USER"))
        if attempt_of(session, own).state == "started":
            on_behalf.hand_in_for(session, officer, own.attempt_id, data=WHY)
        if attempt_of(session, other).state == "started":
            data = ViolationInput.model_validate(form)
            records.record_violation(session, officer, other.attempt_id, data=data)
        session.get_one(Sitting, room.sitting_id, populate_existing=True).collected_at = clock.now()


def reopen(session: Session, room: Room) -> None:
    data = ReopenInput(minutes=5, reason="Nộp nhầm")
    on_behalf.reopen(session, room.world.officer, room.seats[0].attempt_id, data=data)


def withdraw(session: Session, room: Room) -> None:
    last = session.scalars(select(Violation.id).order_by(Violation.at.desc())).first()
    assert last
    records.withdraw_violation(session, room.world.officer, last, sitting_id=room.sitting_id, data=WHY)


def close(session: Session, room: Room) -> None:
    close_period(session, room.world.officer, period_id=room.period_id)


def close_by_the_clock(session: Session, _room: Room) -> int:
    return close_finished_periods(session)


def collect(session: Session, _room: Room) -> int:
    return close_collected_sittings(session)


OPENING: list[tuple[Act, int, type[Exception]]] = [
    (reopen, 0, on_behalf.CannotReopen),
    (withdraw, 1, records.CannotWithdraw),
]
each_way = pytest.mark.parametrize(
    ("opens", "place", "refusal"), OPENING, ids=[act.__name__ for act, *_ in OPENING]
)


def after(database: Database, room: Room, first: Act, then: Act) -> "Future[Any]":
    """`then` begins while `first` is done but not committed, and ends after it; what it raised is in the future."""

    def run() -> object:
        with database.transaction() as session:
            return then(session, room)

    with ThreadPoolExecutor(1) as pool:
        with database.transaction() as session:
            first(session, room)
            waits = pool.submit(run)
            end = time.monotonic() + 10
            while not waits.done():
                with database.reading() as looking:
                    if looking.scalar(text(WAITING)):
                        break
                assert time.monotonic() < end, "nobody came"
                time.sleep(0.01)
        waits.exception(timeout=10)
    return waits


@each_way
@pytest.mark.parametrize("closes", [close, close_by_the_clock], ids=lambda act: str(act.__name__))
def test_a_period_is_not_closed_over_a_test_that_is_being_opened_again(
    database: Database, room: Room, opens: Act, place: int, refusal: type[Exception], closes: Act
) -> None:
    closing = after(database, room, opens, closes)
    if closes is close:
        assert isinstance(closing.exception(), StillRunning)
    else:
        assert closing.result() == 0
    with database.sessions() as session:
        assert session.get_one(Period, room.period_id).state == PeriodState.OPEN
        assert attempt_of(session, room.seats[place]).state == "started"


@each_way
def test_a_test_is_not_opened_again_in_a_period_that_is_being_closed(
    database: Database, room: Room, opens: Act, place: int, refusal: type[Exception]
) -> None:
    assert isinstance(after(database, room, close, opens).exception(), refusal)
    with database.sessions() as session:
        assert session.get_one(Period, room.period_id).state == PeriodState.CLOSED
        assert attempt_of(session, room.seats[place]).state != "started"


@each_way
def test_a_sitting_is_not_called_collected_over_a_test_that_is_being_opened_again(
    database: Database, room: Room, opens: Act, place: int, refusal: type[Exception]
) -> None:
    with database.transaction() as session:
        session.get_one(Sitting, room.sitting_id).collected_at = None
    assert after(database, room, opens, collect).result() == 0
    with database.sessions() as session:
        assert session.get_one(Sitting, room.sitting_id).collected_at is None
