from datetime import timedelta

import pytest
from fastapi.testclient import TestClient
from psycopg.errors import RestrictViolation
from pydantic import ValidationError
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from exam_service.actor import Role
from exam_service.attempts.codes import CodeHasher
from exam_service.audit import AuditRow
from exam_service.errors import Forbidden, NotFound
from exam_service.invigilation import clocks, service
from exam_service.invigilation.models import RoomDecision
from exam_service.invigilation.schemas import ExtraTimeInput, ReasonInput
from exam_service.settings import Settings
from tests.fixtures.attempts import (
    Player,
    Room,
    attempt_of,
    make_room,
    move_sitting,
    name_invigilator,
    sign_in,
)
from tests.fixtures.periods import actor_with

REASON = ReasonInput(reason="Mất điện 10 phút")


def extra(minutes: int) -> ExtraTimeInput:
    return ExtraTimeInput(minutes=minutes, reason=REASON.reason)


@pytest.fixture
def room(session: Session, settings: Settings) -> Room:
    return make_room(session, settings)


@pytest.fixture
def player(browser: TestClient, room: Room, settings: Settings) -> Player:
    return Player(browser, room.seats[0], settings)


def test_extra_time_moves_the_deadline_of_one_person_and_adds_up(room: Room, session: Session) -> None:
    officer, (seat, other) = room.world.officer, room.seats
    before = attempt_of(session, seat).deadline_at
    untouched = attempt_of(session, other).deadline_at
    for minutes in (10, 5):
        clocks.grant_extra_time(session, officer, seat.attempt_id, data=extra(minutes))
        session.commit()
    assert attempt_of(session, seat).deadline_at == before + timedelta(minutes=15)
    assert attempt_of(session, other).deadline_at == untouched


def test_a_player_whose_time_was_over_has_all_of_the_extra_time(
    player: Player, room: Room, session: Session
) -> None:
    player.start()
    move_sitting(session, room, started_ago=timedelta(minutes=61))
    assert player.start().json()["code"] == "time_over"
    clocks.grant_extra_time(session, room.world.officer, player.seat.attempt_id, data=extra(5))
    session.commit()
    assert 4 * 60_000 < player.start().json()["remaining_ms"] <= 5 * 60_000


def test_an_admission_lets_a_latecomer_start_within_the_common_clock(
    player: Player, room: Room, session: Session
) -> None:
    move_sitting(session, room, started_ago=timedelta(minutes=20))
    deadline = attempt_of(session, player.seat).deadline_at
    assert player.start().json()["code"] == "late_entry"
    clocks.admit_late(session, room.world.officer, player.seat.attempt_id, data=REASON)
    session.commit()
    assert player.start().status_code == 200
    assert attempt_of(session, player.seat).deadline_at == deadline


def test_who_has_started_needs_no_admission(player: Player, room: Room, session: Session) -> None:
    player.start()
    with pytest.raises(clocks.NotLate):
        clocks.admit_late(session, room.world.officer, player.seat.attempt_id, data=REASON)


def test_a_new_code_signs_the_old_browsers_out_and_leaves_the_test_as_it_is(
    player: Player, room: Room, session: Session, settings: Settings
) -> None:
    sign_in(player.client, player.seat)
    player.token = player.client.get("/api/attempts/current").json()["token"]
    assert player.start().status_code == 200
    hasher = CodeHasher(settings.signing_secret())
    issued = service.give_new_code(
        session, room.world.officer, player.seat.attempt_id, data=REASON, hasher=hasher
    )
    session.commit()
    assert player.client.get("/api/attempts/current").status_code == 401
    assert player.start().json()["code"] == "invalid_token", "an old token gets no fresh one"
    assert sign_in(player.client, player.seat).status_code == 401
    assert sign_in(player.client, player.seat, code=issued.code).status_code == 303
    assert attempt_of(session, player.seat).state == "started"
    assert issued.code not in str(session.scalars(select(AuditRow.detail)).all())


def test_a_void_attempt_takes_nothing_more(player: Player, room: Room, session: Session) -> None:
    player.start()
    service.void_attempt(session, room.world.officer, player.seat.attempt_id, data=REASON)
    session.commit()
    assert player.submit().json()["code"] == "void"
    with pytest.raises(service.AlreadyVoid):
        service.void_attempt(session, room.world.officer, player.seat.attempt_id, data=REASON)


def test_a_handed_in_attempt_can_still_be_made_void_but_gets_no_more_time(
    player: Player, room: Room, session: Session, settings: Settings
) -> None:
    player.start()
    player.submit()
    officer, attempt_id = room.world.officer, player.seat.attempt_id
    with pytest.raises(service.AttemptIsOver):
        clocks.grant_extra_time(session, officer, attempt_id, data=extra(5))
    with pytest.raises(service.AttemptIsOver):
        clocks.admit_late(session, officer, attempt_id, data=REASON)
    hasher = CodeHasher(settings.signing_secret())
    with pytest.raises(service.AttemptIsOver):
        service.give_new_code(session, officer, attempt_id, data=REASON, hasher=hasher)
    service.void_attempt(session, officer, attempt_id, data=REASON)
    session.commit()
    attempt = attempt_of(session, player.seat)
    assert (attempt.state, attempt.digest is not None) == ("void", True)


def test_every_decision_is_kept_with_reason_and_person_and_cannot_be_changed(
    room: Room, session: Session
) -> None:
    officer, seat = room.world.officer, room.seats[0]
    clocks.grant_extra_time(session, officer, seat.attempt_id, data=extra(5))
    session.commit()
    row = session.scalars(select(RoomDecision)).one()
    assert (row.kind, row.minutes, row.reason) == ("extra_time", 5, REASON.reason)
    assert (row.decided_by, row.decided_by_name) == (officer.id, officer.display_name)
    act = session.scalars(select(AuditRow).where(AuditRow.action == "attempt.extra_time")).one()
    assert act.detail == {"reason": REASON.reason, "minutes": 5}
    with pytest.raises(IntegrityError) as refused:
        session.execute(text("UPDATE room_decision SET minutes = 60"))
    assert isinstance(refused.value.orig, RestrictViolation)


def test_a_stranger_decides_nothing_and_sees_no_attempt(room: Room, session: Session) -> None:
    attempt_id = room.seats[0].attempt_id
    for role in (Role.AUTHOR, Role.REVIEWER, Role.MARKER, Role.AUDITOR, Role.HR, Role.ADMIN):
        actor = actor_with(session, role)
        with pytest.raises(Forbidden):
            clocks.grant_extra_time(session, actor, attempt_id, data=extra(5))
        with pytest.raises(Forbidden):
            service.void_attempt(session, actor, attempt_id, data=REASON)
        with pytest.raises(Forbidden):
            service.decisions_of(session, actor, attempt_id)
        with pytest.raises(NotFound):
            service.get_sitting(session, actor, room.sitting_id)


def test_an_invigilator_of_the_sitting_may_decide(room: Room, session: Session) -> None:
    actor = actor_with(session, Role.INVIGILATOR)
    name_invigilator(session, room, actor.id)
    clocks.grant_extra_time(session, actor, room.seats[0].attempt_id, data=extra(5))


@pytest.mark.parametrize(
    "data",
    [
        {"minutes": 0, "reason": "Mất điện"},
        {"minutes": 181, "reason": "Mất điện"},
        {"minutes": "x", "reason": "Mất điện"},
        {"minutes": 5, "reason": ""},
        {"minutes": 5, "reason": "  x "},
        {"minutes": 5, "reason": "x" * 501},
        {"minutes": 5},
    ],
)
def test_a_decision_without_sound_minutes_and_reason_is_refused(data: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        ExtraTimeInput.model_validate(data)
