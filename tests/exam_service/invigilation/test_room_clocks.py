"""Decisions about clocks, of one person and of a whole sitting, as the database and the player have them."""

from datetime import timedelta

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from exam_service import clock
from exam_service.actor import Role
from exam_service.attempts.models import Attempt
from exam_service.attempts.told_times import told_times
from exam_service.audit import AuditRow
from exam_service.errors import Forbidden, NotFound
from exam_service.invigilation import clocks, service
from exam_service.invigilation.models import RoomDecision
from exam_service.invigilation.schemas import ExtraTimeInput, ReasonInput, ShiftInput
from exam_service.invigilation.service import AttemptIsOver
from exam_service.periods.models import Sitting
from exam_service.settings import Settings
from tests.fixtures.attempts import Player, Room, attempt_of, make_room, move_sitting, set_attempt
from tests.fixtures.periods import actor_with

WHY = ReasonInput(reason="Mất điện 10 phút")
EXTRA = ExtraTimeInput(minutes=10, reason="Mất điện 10 phút")
SHIFT = ShiftInput(minutes=30, reason="Đề tới muộn")


@pytest.fixture
def room(session: Session, settings: Settings) -> Room:
    return make_room(session, settings, people=3)


@pytest.fixture
def player(browser: TestClient, room: Room, settings: Settings) -> Player:
    player = Player(browser, room.seats[0], settings)
    assert player.start().status_code == 200
    return player


def test_a_paused_person_takes_no_start_and_hand_in_and_gets_the_time_back(
    player: Player, room: Room, session: Session
) -> None:
    officer, (seat, other, _third) = room.world.officer, room.seats
    before, untouched = attempt_of(session, seat).deadline_at, attempt_of(session, other).deadline_at
    paused = clocks.pause_attempt(session, officer, seat.attempt_id, data=WHY)
    session.commit()
    assert player.submit().json()["code"] == "paused"
    assert attempt_of(session, seat).paused_at == paused.at
    with pytest.raises(clocks.AlreadyPaused):
        clocks.pause_attempt(session, officer, seat.attempt_id, data=WHY)
    resumed = clocks.resume_attempt(session, officer, seat.attempt_id, data=WHY)
    session.commit()
    assert attempt_of(session, seat).deadline_at == before + (resumed.at - paused.at)
    assert attempt_of(session, other).deadline_at == untouched
    with pytest.raises(clocks.NotPaused):
        clocks.resume_attempt(session, officer, seat.attempt_id, data=WHY)


def test_a_paused_sitting_stops_everybody_and_lets_go_all_but_who_was_paused_alone(
    player: Player, room: Room, session: Session
) -> None:
    officer, first = room.world.officer, room.seats[0]
    assert clocks.pause_sitting(session, officer, room.sitting_id, data=WHY) == 3
    clocks.pause_attempt(session, officer, first.attempt_id, data=WHY)
    session.commit()
    assert all(attempt_of(session, seat).paused_at for seat in room.seats)
    assert player.start().status_code == 200, "a paused test can be opened again"
    with pytest.raises(clocks.AlreadyPaused):
        clocks.pause_sitting(session, officer, room.sitting_id, data=WHY)
    clocks.resume_sitting(session, officer, room.sitting_id, data=WHY)
    session.commit()
    assert [attempt_of(session, seat).paused_at is None for seat in room.seats] == [False, True, True]
    with pytest.raises(clocks.NotPaused):
        clocks.resume_sitting(session, officer, room.sitting_id, data=WHY)


def test_extra_time_for_all_spares_who_has_handed_in(player: Player, room: Room, session: Session) -> None:
    before = {seat.number: attempt_of(session, seat).deadline_at for seat in room.seats}
    player.submit()
    assert clocks.extend_sitting(session, room.world.officer, room.sitting_id, data=EXTRA) == 2
    session.commit()
    moved = [attempt_of(session, seat).deadline_at - before[seat.number] for seat in room.seats]
    assert moved == [timedelta(0), timedelta(minutes=10), timedelta(minutes=10)]


def test_a_sitting_is_shifted_only_while_nobody_has_begun(
    browser: TestClient, room: Room, session: Session, settings: Settings
) -> None:
    officer, seat = room.world.officer, room.seats[0]
    before = attempt_of(session, seat)
    times = (before.starts_at, before.late_until, before.deadline_at)
    assert clocks.shift_sitting(session, officer, room.sitting_id, data=SHIFT) == 3
    session.commit()
    after = attempt_of(session, seat)
    by = timedelta(minutes=30)
    assert (after.starts_at, after.late_until, after.deadline_at) == tuple(time + by for time in times)
    assert Player(browser, seat, settings).start().json()["code"] == "too_early"
    sitting = session.get_one(Sitting, room.sitting_id)
    assert clocks.shifted_start(session, sitting) == sitting.starts_at + by
    set_attempt(session, seat, state="started", started_at=clock.now())
    with pytest.raises(clocks.HasBegun):
        clocks.shift_sitting(session, officer, room.sitting_id, data=SHIFT)


def test_nothing_stops_a_clock_that_has_run_out(player: Player, room: Room, session: Session) -> None:
    move_sitting(session, room, started_ago=timedelta(minutes=61))
    with pytest.raises(AttemptIsOver):
        clocks.pause_attempt(session, room.world.officer, player.seat.attempt_id, data=WHY)


def test_a_decision_about_all_is_one_row_one_audit_act_and_one_version(room: Room, session: Session) -> None:
    officer = room.world.officer
    clocks.extend_sitting(session, officer, room.sitting_id, data=EXTRA)
    session.commit()
    row = session.scalars(select(RoomDecision)).one()
    assert (row.sitting_id, row.attempt_id, row.minutes, row.reason) == (
        *(room.sitting_id, None),
        *(10, EXTRA.reason),
    )
    act = session.scalars(select(AuditRow).where(AuditRow.action == "sitting.extra_time")).one()
    assert (act.subject_id, act.detail["minutes"]) == (str(room.sitting_id), 10)
    session.expire_all()
    assert session.get_one(Sitting, room.sitting_id).room_version == 1


def test_an_invigilator_of_another_sitting_and_a_stranger_decide_nothing(
    room: Room, session: Session
) -> None:
    for role, refusal in ((Role.INVIGILATOR, NotFound), (Role.MARKER, Forbidden), (Role.ADMIN, Forbidden)):
        actor = actor_with(session, role)
        with pytest.raises(refusal):
            clocks.pause_sitting(session, actor, room.sitting_id, data=WHY)
        with pytest.raises(refusal):
            clocks.extend_sitting(session, actor, room.sitting_id, data=EXTRA)
        with pytest.raises(refusal):
            clocks.pause_attempt(session, actor, room.seats[0].attempt_id, data=WHY)
    assert session.scalars(select(RoomDecision)).all() == []


def test_a_hand_in_before_the_first_minute_allowed_says_how_long_to_wait(
    browser: TestClient, session: Session, settings: Settings
) -> None:
    room = make_room(session, settings, exam_rules={"earliest_submit_min": 20})
    player = Player(browser, room.seats[0], settings)
    player.start()
    refused = player.submit().json()
    assert (refused["code"], refused["wait_min"]) == ("too_early_to_submit", 19)
    move_sitting(session, room, started_ago=timedelta(minutes=21))
    assert player.submit().status_code == 200


def test_the_player_and_the_room_read_one_clock_each_with_one_statement(room: Room, session: Session) -> None:
    """Also of a test that was made void after its hand-in: there was no clock to stop any more."""
    officer, (seat, other, third) = room.world.officer, room.seats
    clocks.pause_sitting(session, officer, room.sitting_id, data=WHY)
    clocks.pause_attempt(session, officer, seat.attempt_id, data=WHY)
    clocks.resume_sitting(session, officer, room.sitting_id, data=WHY)
    clocks.extend_sitting(session, officer, room.sitting_id, data=EXTRA)
    handed_in = {"submitted_at": clock.now(), "collected_by": "candidate", "digest": "a1" * 32}
    set_attempt(session, third, state="submitted", **handed_in)
    for one in (other, third):
        service.void_attempt(session, officer, one.attempt_id, data=WHY)
    session.commit()
    loaded = {one.id: one for one in session.scalars(select(Attempt)).all()}
    attempts = [loaded[one.attempt_id] for one in (seat, other, third)]
    said: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        said.append(statement)

    connection = session.connection()
    event.listen(connection, "before_cursor_execute", note)
    stood_still = clocks.stood_still(session, attempts)
    told = [told_times(session, attempt) for attempt in attempts]
    event.remove(connection, "before_cursor_execute", note)
    assert len(said) == 4
    assert [len(stood_still[attempt.id]) for attempt in attempts] == [1, 2, 1]
    assert [[pause.end_ms is None for pause in one.pauses] for one in told] == [
        [True],
        [False, True],
        [False],
    ]
    assert [[one.minutes for one in each.granted] for each in told] == [[10]] * 3
