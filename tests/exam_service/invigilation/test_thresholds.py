"""From when on the board calls something trouble, as the officer of the period says."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from exam_service import clock
from exam_service.actor import Role
from exam_service.attempts.room_models import AttemptSignal
from exam_service.invigilation.board import list_sittings, load_board
from exam_service.invigilation.board_states import BoardState
from exam_service.invigilation.halls import load_halls
from exam_service.invigilation.signs import Trouble
from exam_service.invigilation.thresholds import USUAL, ThresholdInput, save_thresholds
from exam_service.settings import Settings
from tests.fixtures.attempts import Room, make_room, move_sitting, set_attempt
from tests.fixtures.auth import SignIn


@pytest.fixture
def room(session: Session, settings: Settings) -> Room:
    return make_room(session, settings, people=4)


def limits(**changed: int) -> ThresholdInput:
    usual = {name: getattr(USUAL, name) for name in ThresholdInput.model_fields}
    return ThresholdInput(**(usual | changed))


def troubles(session: Session, room: Room) -> list[Trouble]:
    rows = load_board(session, room.world.officer, room.sitting_id).rows
    by_number = {row.number: row.trouble for row in rows}
    return [by_number[seat.number] for seat in room.seats]


def test_board_list_and_halls_judge_by_the_thresholds_of_the_period(session: Session, room: Room) -> None:
    officer, (silent, unsaved, away, _unopened) = room.world.officer, room.seats
    now = clock.now()
    move_sitting(session, room, started_ago=timedelta(minutes=4))
    for seat in (silent, unsaved, away):
        set_attempt(session, seat, state="started", started_at=now, last_seen_at=now)
    set_attempt(session, silent, last_seen_at=now - timedelta(seconds=100))
    set_attempt(session, unsaved, unsent_count=2)
    page = "một trang"
    session.add(AttemptSignal(attempt_id=away.attempt_id, page=page, number=1, kind="focus_lost", at=now))
    session.commit()
    expected = [Trouble.OFFLINE, Trouble.UNSAVED, Trouble.FOCUS_LOST, Trouble.NOT_STARTED]
    assert troubles(session, room) == expected
    assert list_sittings(session, officer)[0].offline == 1
    data = limits(offline_after_s=300, unsaved_from=3, focus_lost_from=2, not_started_after_min=10)
    save_thresholds(session, officer, period_id=room.period_id, data=data)
    session.commit()
    calm = [Trouble.NONE, Trouble.NONE, Trouble.NONE, Trouble.NOT_SIGNED_IN]
    assert troubles(session, room) == calm
    assert list_sittings(session, officer)[0].offline == 0
    assert load_halls(session, officer).total(BoardState.HELP) == 0


def test_the_legend_names_the_thresholds_and_an_officer_changes_them_by_form(
    signed_in: SignIn, room: Room
) -> None:
    officer = signed_in(roles={Role.OFFICER})
    here, page = f"/rooms/{room.sitting_id}", f"/periods/{room.period_id}/board-thresholds"
    assert "45 giây không có tín hiệu" in officer.get(here).text
    assert page in officer.get(here).text
    form = {name: str(value) for name, value in limits(offline_after_s=120).model_dump().items()}
    wrong = officer.post(page, data={**form, "offline_after_s": "10"})
    assert (wrong.status_code, "Nhập số giây từ 40 đến 900." in wrong.text) == (422, True)
    assert officer.post(page, data=form).status_code == 303
    assert 'value="120"' in officer.get(page).text
    assert "120 giây không có tín hiệu" in officer.get(here).text


def test_a_stranger_sets_no_thresholds(signed_in: SignIn, room: Room) -> None:
    page = f"/periods/{room.period_id}/board-thresholds"
    for role in (Role.INVIGILATOR, Role.MARKER, Role.AUDITOR):
        stranger = signed_in(roles={role})
        assert stranger.get(page).status_code == 403
        assert stranger.post(page, data=limits().model_dump()).status_code == 403
    assert signed_in(roles={Role.OFFICER}).get(page.replace("periods/0", "periods/f")).status_code == 404
