"""The states of a board as filters in its address, and all rooms at once for whoever leads the invigilators."""

import re
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from exam_service import clock
from exam_service.actor import Role
from exam_service.invigilation import board, halls
from exam_service.invigilation.board import load_board
from exam_service.invigilation.board_states import SIGNS, BoardState, BoardView, read_state
from exam_service.invigilation.signs import Trouble
from exam_service.settings import Settings
from tests.fixtures.attempts import Room, make_room, move_sitting, set_attempt
from tests.fixtures.auth import SignedIn, SignIn


@pytest.fixture
def room(session: Session, settings: Settings) -> Room:
    """Four people: the first is silent, the second works, the third has handed in, the fourth has not come."""
    room = make_room(session, settings, people=4)
    now = clock.now()
    for seat, seen_ago in zip(room.seats, (5, 0, 0), strict=False):
        seen_at = now - timedelta(minutes=seen_ago)
        set_attempt(session, seat, state="started", started_at=now, last_seen_at=seen_at)
    set_attempt(session, room.seats[2], state="submitted", submitted_at=now)
    return room


def names_on(page: str, room: Room) -> list[int]:
    """Which of the seats have a row."""
    return [at for at, seat in enumerate(room.seats) if f'id="row-{seat.attempt_id}"' in page]


def test_every_sign_is_found_by_a_state_and_what_needs_nobody_is_not_called_trouble() -> None:
    assert frozenset().union(*SIGNS.values()) == frozenset(Trouble)
    assert SIGNS[BoardState.HELP].isdisjoint(SIGNS[BoardState.DONE] | SIGNS[BoardState.WORKING])
    assert [read_state(text) for text in ("offline", "", "'; --")] == [BoardState.OFFLINE, None, None]


SHOWN = {
    "": [0, 1, 2, 3],
    "help": [0, 3],
    "offline": [0],
    "not-started": [3],
    "working": [1],
    "done": [2],
    "violation": [],
    "nonsense": [0, 1, 2, 3],
}


def test_the_address_of_the_board_holds_the_filter(staff: SignedIn, room: Room) -> None:
    for state, expected in SHOWN.items():
        page = staff.get(f"/rooms/{room.sitting_id}?state={state}").text
        assert names_on(page, room) == expected, state
        kept = f"?state={state}" if read_state(state) else ""
        assert f'hx-get="/rooms/{room.sitting_id}{kept}"' in page, "a refresh keeps the filter"
        (current,) = re.findall(r'id="state-([\w-]+)"[^>]*aria-current="true"', page)
        assert current == (state if read_state(state) else "all")


def test_the_counts_are_those_of_the_whole_board_whatever_is_shown(session: Session, room: Room) -> None:
    board = load_board(session, room.world.officer, room.sitting_id)
    counts = BoardView(board, BoardState.OFFLINE).counts
    found = {state.value: count for state, count in counts.items() if count}
    assert found == {"help": 2, "offline": 1, "not-started": 1, "working": 1, "done": 1}


def test_all_rooms_stand_in_the_order_of_their_need_with_the_counts_of_their_boards(
    session: Session, settings: Settings, room: Room
) -> None:
    calm = make_room(session, settings, people=1, started_ago=timedelta(minutes=2))
    set_attempt(session, calm.seats[0], state="started", started_at=clock.now(), last_seen_at=clock.now())
    soon = make_room(session, settings, people=1, started_ago=timedelta(minutes=-30))
    make_room(session, settings, people=1, started_ago=timedelta(hours=-3))
    over = make_room(session, settings, people=1)
    over.world.sitting.collected_at = clock.now()
    session.commit()
    found = halls.load_halls(session, room.world.officer)
    assert [one.sitting.id for one in found.rooms] == [room.sitting_id, calm.sitting_id, soon.sitting_id]
    for one in found.rooms:
        board = load_board(session, room.world.officer, one.sitting.id)
        assert (one.counts, one.people) == (BoardView(board).counts, len(board.rows))
    assert found.total(BoardState.HELP) == 2
    move_sitting(session, room, started_ago=timedelta(hours=-5))
    assert room.sitting_id not in {
        one.sitting.id for one in halls.load_halls(session, room.world.officer).rooms
    }


def test_the_page_of_all_rooms_leads_to_the_people_and_keeps_to_one_period(
    signed_in: SignIn, session: Session, settings: Settings, room: Room
) -> None:
    other = make_room(session, settings, people=1)
    officer = signed_in(roles={Role.OFFICER})
    page = officer.get("/rooms/all").text
    assert f'href="/rooms/{room.sitting_id}?state=offline"' in page
    assert f'href="/rooms/{other.sitting_id}"' in page
    one = officer.get(f"/rooms/all?period={room.period_id}").text
    assert f'href="/rooms/{room.sitting_id}"' in one
    assert f'href="/rooms/{other.sitting_id}"' not in one
    assert f'hx-get="/rooms/all?period={room.period_id}"' in one
    assert f'href="/rooms/{other.sitting_id}"' in officer.get("/rooms/all?period=nonsense").text


def test_an_invigilator_sees_only_the_rooms_named_and_a_stranger_none(
    signed_in: SignIn, staff: SignedIn, session: Session, settings: Settings, room: Room
) -> None:
    other = make_room(session, settings, people=1)
    page = staff.get("/rooms/all").text
    assert str(room.sitting_id) in page
    assert str(other.sitting_id) not in page
    for role in (Role.AUTHOR, Role.REVIEWER, Role.MARKER, Role.AUDITOR, Role.HR, Role.ADMIN):
        assert signed_in(roles={role}).get("/rooms/all").status_code == 403


def test_rooms_beyond_the_limit_are_not_left_out_in_silence(
    session: Session, settings: Settings, room: Room, monkeypatch: pytest.MonkeyPatch, signed_in: SignIn
) -> None:
    other = make_room(session, settings, people=1)
    officer = signed_in(roles={Role.OFFICER})
    for page in ("/rooms", "/rooms/all"):
        assert "không hiện" not in officer.get(page).text
    for module in (board, halls):
        monkeypatch.setattr(module, "MOST_SITTINGS", 1)
    assert "1 ca thi nữa không hiện" in officer.get("/rooms").text
    assert "1 phòng nữa không hiện" in officer.get("/rooms/all").text
    assert len(halls.load_halls(session, room.world.officer).periods) == 2, "whichever rooms are shown"
    filtered = officer.get(f"/rooms/all?period={other.period_id}").text
    assert "không hiện" not in filtered
    assert f"/rooms/{other.sitting_id}" in filtered
