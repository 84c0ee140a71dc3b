from datetime import UTC, datetime, timedelta

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import insert, null
from sqlalchemy.orm import Session

from exam_service import clock
from exam_service.actor import Role
from exam_service.attempts.clock_rules import attempt_window
from exam_service.attempts.models import AttemptState, Response
from exam_service.errors import NotFound
from exam_service.invigilation.board import list_sittings, load_board
from exam_service.invigilation.signs import ORDER, Trouble, judge
from exam_service.invigilation.thresholds import USUAL
from exam_service.settings import Settings
from tests.fixtures.attempts import Player, Room, make_room, move_sitting, set_attempt, sign_in
from tests.fixtures.periods import actor_with

START = datetime(2026, 3, 5, 1, 0, tzinfo=UTC)
WINDOW = attempt_window(START, 60, late_limit_min=10)
A, S = AttemptState.ASSIGNED, AttemptState.STARTED


@pytest.fixture
def room(session: Session, settings: Settings) -> Room:
    return make_room(session, settings, people=4)


@pytest.mark.parametrize(
    ("minute", "state", "heard", "is_signed_in", "expected"),
    [
        (-5, A, None, False, Trouble.NOT_SIGNED_IN),
        (-5, A, None, True, Trouble.WAITING),
        (1, A, None, True, Trouble.NOT_STARTED),
        (11, A, None, False, Trouble.NEEDS_ADMISSION),
        (30, S, 30, True, Trouble.NONE),
        (30, S, 29.3, True, Trouble.NONE),
        (30, S, 29.2, True, Trouble.OFFLINE),
        (30, S, None, True, Trouble.OFFLINE),
        (70, S, 30, True, Trouble.DONE),
        (70, A, None, False, Trouble.DONE),
        (30, AttemptState.SUBMITTED, 20, True, Trouble.DONE),
        (30, AttemptState.VOID, 20, True, Trouble.DONE),
    ],
)
def test_who_needs_help(
    minute: float, state: AttemptState, heard: float | None, is_signed_in: bool, expected: Trouble
) -> None:
    heard_at = None if heard is None else START + timedelta(minutes=heard)
    now = START + timedelta(minutes=minute)
    found = judge(now, WINDOW, state=state, paused_at=None, heard_at=heard_at, is_signed_in=is_signed_in)
    assert found is expected


def test_every_kind_of_trouble_has_its_place_on_the_board() -> None:
    assert (set(ORDER), len(ORDER)) == (set(Trouble), len(Trouble))


def test_the_board_shows_trouble_first_then_by_number(
    browser: TestClient, room: Room, session: Session, settings: Settings
) -> None:
    for seat in room.seats[:3]:
        Player(browser, seat, settings).start()
    Player(browser, room.seats[0], settings).submit()
    silent = clock.now() - USUAL.offline_after - timedelta(seconds=1)
    set_attempt(session, room.seats[2], last_seen_at=silent)
    rows = load_board(session, room.world.officer, room.sitting_id).rows
    assert [(row.number, row.trouble) for row in rows] == [
        (room.seats[2].number, Trouble.OFFLINE),
        (room.seats[3].number, Trouble.NOT_STARTED),
        (room.seats[1].number, Trouble.NONE),
        (room.seats[0].number, Trouble.DONE),
    ]


def test_a_fresh_answer_is_a_sign_of_life(
    browser: TestClient, room: Room, session: Session, settings: Settings
) -> None:
    seat = room.seats[0]
    Player(browser, seat, settings).start()
    set_attempt(session, seat, last_seen_at=clock.now() - timedelta(minutes=5))
    saved_at = clock.now()
    for slot, response in ((1, {"choice": "a"}), (2, null())):
        values = {"attempt_id": seat.attempt_id, "slot": slot, "sequence": 1, "response": response}
        session.execute(insert(Response), {**values, "is_flagged": False, "saved_at": saved_at})
    session.commit()
    row = next(
        row
        for row in load_board(session, room.world.officer, room.sitting_id).rows
        if row.number == seat.number
    )
    assert (row.trouble, row.answered, row.total, row.last_saved_at) == (Trouble.NONE, 1, 6, saved_at)


def test_a_candidate_who_signed_in_early_is_shown_as_waiting(
    browser: TestClient, room: Room, session: Session
) -> None:
    move_sitting(session, room, started_ago=timedelta(minutes=-5))
    sign_in(browser, room.seats[1])
    board = load_board(session, room.world.officer, room.sitting_id)
    assert (board.count(Trouble.WAITING), board.count(Trouble.NOT_SIGNED_IN)) == (1, 3)


def test_the_list_counts_each_sitting(
    browser: TestClient, room: Room, session: Session, settings: Settings
) -> None:
    for seat in room.seats[:3]:
        Player(browser, seat, settings).start()
    Player(browser, room.seats[0], settings).submit()
    set_attempt(session, room.seats[1], last_seen_at=clock.now() - timedelta(minutes=5))
    set_attempt(session, room.seats[3], state="void")
    line = next(
        one for one in list_sittings(session, room.world.officer) if one.sitting.id == room.sitting_id
    )
    assert (line.assigned, line.started, line.submitted, line.offline, line.void) == (0, 2, 1, 1, 1)
    assert line.total == 4


def test_a_sitting_long_over_and_collected_leaves_the_list(room: Room, session: Session) -> None:
    move_sitting(session, room, started_ago=timedelta(days=2))
    assert [one.sitting.id for one in list_sittings(session, room.world.officer)] == [room.sitting_id]
    room.world.sitting.collected_at = clock.now()
    session.commit()
    assert list_sittings(session, room.world.officer) == []


def test_a_stranger_sees_no_sitting(room: Room, session: Session) -> None:
    for role in (Role.AUTHOR, Role.HR, Role.AUDITOR, Role.MARKER):
        actor = actor_with(session, role)
        assert list_sittings(session, actor) == []
        with pytest.raises(NotFound):
            load_board(session, actor, room.sitting_id)
