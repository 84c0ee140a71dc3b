from datetime import timedelta

import pytest
from fastapi.testclient import TestClient
from psycopg.errors import RestrictViolation
from sqlalchemy import insert, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from exam_service import clock
from exam_service.attempts import handing_in
from exam_service.attempts.models import AttemptState, Response
from exam_service.attempts.receipts import FinalAnswer, digest_of
from exam_service.audit import AuditRow
from exam_service.periods.models import Sitting
from exam_service.settings import Settings
from tests.fixtures.attempts import Player, Room, Seat, attempt_of, make_room, move_sitting, set_attempt


@pytest.fixture
def room(session: Session, settings: Settings) -> Room:
    return make_room(session, settings)


@pytest.fixture
def player(browser: TestClient, room: Room, settings: Settings) -> Player:
    player = Player(browser, room.seats[0], settings)
    assert player.start().status_code == 200
    return player


def put_response(session: Session, seat: Seat, slot: int, sequence: int, response: object) -> None:
    """As the save statement leaves it; saving itself is tested with true commits."""
    values = {"attempt_id": seat.attempt_id, "slot": slot, "sequence": sequence, "response": response}
    session.execute(insert(Response), {**values, "is_flagged": False, "saved_at": clock.now()})
    session.commit()


def test_the_receipt_proves_what_was_handed_in(player: Player, session: Session) -> None:
    put_response(session, player.seat, 1, 3, {"choice": "a"})
    put_response(session, player.seat, 4, 1, {"choices": []})
    receipt = player.submit({1: 3, 4: 1}).json()
    answers = [FinalAnswer(1, 3, {"choice": "a"}), FinalAnswer(4, 1, {"choices": []})]
    assert receipt["digest"] == digest_of(player.seat.attempt_id, answers)
    assert (receipt["answered"], receipt["total"], receipt["collected_by"]) == (1, 6, "candidate")
    assert attempt_of(session, player.seat).state == AttemptState.SUBMITTED


def test_submitting_again_gives_the_same_receipt(player: Player) -> None:
    first = player.submit()
    assert first.status_code == 200
    assert player.submit({1: 99}).json() == first.json()


def test_an_answer_that_the_server_does_not_hold_yet_stops_the_hand_in(
    player: Player, session: Session
) -> None:
    put_response(session, player.seat, 1, 3, {"choice": "a"})
    answer = player.submit({1: 4, 2: 1})
    assert (answer.status_code, answer.json()["code"], answer.json()["slots"]) == (409, "unsaved", [1, 2])
    assert attempt_of(session, player.seat).state == AttemptState.STARTED


def test_a_newer_answer_from_another_computer_does_not_stop_the_hand_in(
    player: Player, session: Session
) -> None:
    put_response(session, player.seat, 1, 9, {"choice": "a"})
    assert player.submit({1: 3}).status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        {"slots": {"0": 1}},
        {"slots": {"7": 1}},
        {"slots": {"x": 1}},
        {"slots": {"1": 0}},
        {"slots": {"1": "many"}},
        {"slots": []},
        {"slots": {str(n): 1 for n in range(1, 1002)}},
        {"extra": 1},
        [],
        None,
    ],
)
def test_a_malformed_hand_in_is_refused_and_changes_nothing(
    player: Player, session: Session, body: object
) -> None:
    answer = player.client.post(player.url("submit"), json=body, headers=player.headers)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
    assert attempt_of(session, player.seat).state == AttemptState.STARTED


def test_an_attempt_that_was_not_started_is_not_handed_in(
    browser: TestClient, room: Room, settings: Settings, session: Session
) -> None:
    other = Player(browser, room.seats[1], settings)
    assert other.submit().json()["code"] == "not_started"
    move_sitting(session, room, started_ago=timedelta(minutes=-5))
    assert other.submit().json()["code"] == "too_early"


def test_a_paused_attempt_is_not_handed_in(player: Player, session: Session) -> None:
    set_attempt(session, player.seat, paused_at=clock.now())
    assert player.submit().json()["code"] == "paused"


def test_after_the_time_the_system_collects_whatever_the_player_names(
    player: Player, room: Room, session: Session
) -> None:
    put_response(session, player.seat, 1, 1, {"choice": "a"})
    move_sitting(session, room, started_ago=timedelta(minutes=61))
    receipt = player.submit({1: 5, 2: 7}).json()
    assert (receipt["collected_by"], receipt["answered"]) == ("system", 1)
    assert attempt_of(session, player.seat).state == AttemptState.EXPIRED


def test_a_hand_in_on_its_way_at_the_deadline_is_the_candidates(
    player: Player, room: Room, session: Session
) -> None:
    move_sitting(session, room, started_ago=timedelta(minutes=60))
    assert player.submit().json()["collected_by"] == "candidate"


def test_the_sweep_collects_started_and_never_opened_attempts_after_the_time(
    player: Player, room: Room, session: Session
) -> None:
    put_response(session, player.seat, 2, 5, {"choice": "b"})
    move_sitting(session, room, started_ago=timedelta(minutes=61))
    assert handing_in.collect_due_attempts(session) == 2
    assert handing_in.collect_due_attempts(session) == 0
    session.commit()
    worked, absent = (attempt_of(session, seat) for seat in room.seats)
    assert {worked.state, absent.state} == {"expired"}
    assert {worked.collected_by, absent.collected_by} == {"system"}
    assert (worked.answered_count, absent.answered_count) == (1, 0)
    assert absent.started_at is None
    assert worked.digest == digest_of(worked.id, [FinalAnswer(2, 5, {"choice": "b"})])
    row = session.scalars(select(AuditRow).where(AuditRow.action == "sitting.collect")).one()
    assert sorted(row.detail["attempts"]) == sorted(str(seat.attempt_id) for seat in room.seats)


def test_the_sweep_leaves_running_paused_and_void_attempts_alone(
    player: Player, room: Room, session: Session
) -> None:
    assert handing_in.collect_due_attempts(session) == 0
    move_sitting(session, room, started_ago=timedelta(minutes=61))
    set_attempt(session, room.seats[0], paused_at=clock.now())
    set_attempt(session, room.seats[1], state="void")
    assert handing_in.collect_due_attempts(session) == 0


def test_the_sweep_takes_no_more_than_its_limit_at_once(room: Room, session: Session) -> None:
    move_sitting(session, room, started_ago=timedelta(minutes=61))
    assert [handing_in.collect_due_attempts(session, limit=1) for _ in range(3)] == [1, 1, 0]


def test_a_sitting_is_collected_when_nobody_can_work_in_it_any_more(
    player: Player, room: Room, session: Session
) -> None:
    assert handing_in.close_collected_sittings(session) == 0
    player.submit()
    assert handing_in.close_collected_sittings(session) == 0, "the other candidate may still come"
    move_sitting_end(session, room)
    handing_in.collect_due_attempts(session)
    session.flush()
    assert handing_in.close_collected_sittings(session) == 1
    session.commit()
    session.expire_all()
    assert session.get_one(Sitting, room.sitting_id).collected_at is not None


def move_sitting_end(session: Session, room: Room) -> None:
    """The time of whoever has not handed in is over."""
    open_seat = room.seats[1]
    deadline = clock.now() - timedelta(minutes=1)
    start = deadline - timedelta(minutes=60)
    set_attempt(session, open_seat, starts_at=start, late_until=start, deadline_at=deadline)


@pytest.mark.parametrize(
    "change",
    [
        "digest = 'x'",
        "answered_count = 9",
        "submitted_at = now()",
        "deadline_at = now()",
        "paused_at = now()",
    ],
)
def test_nothing_but_the_state_of_a_handed_in_attempt_can_change(
    player: Player, session: Session, change: str
) -> None:
    player.submit()
    with pytest.raises(IntegrityError) as refused:
        session.execute(text(f"UPDATE attempt SET {change} WHERE submitted_at IS NOT NULL"))
    assert isinstance(refused.value.orig, RestrictViolation)


def test_a_hand_in_is_in_the_audit_trail_with_counts_and_without_answers(
    player: Player, session: Session
) -> None:
    put_response(session, player.seat, 1, 1, {"choice": "tuyệt-mật"})
    player.submit()
    row = session.scalars(select(AuditRow).where(AuditRow.action == "attempt.submit")).one()
    assert (row.actor_kind, row.detail) == ("candidate", {"answered": 1})
