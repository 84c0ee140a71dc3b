"""What a room does for one candidate beside clock and violations: roll call, notes, handing in, opening again."""

from datetime import timedelta

import pytest
from fastapi.testclient import TestClient
from psycopg.errors import RestrictViolation
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from exam_service import clock
from exam_service.actor import Actor, Role
from exam_service.attempts.handing_in import close_collected_sittings, collect_due_attempts
from exam_service.attempts.leases import HEADER
from exam_service.attempts.models import Response
from exam_service.documents import event_facts
from exam_service.errors import Forbidden
from exam_service.invigilation import on_behalf, roll_call, service
from exam_service.invigilation.board import BoardRow, load_board, row_of
from exam_service.invigilation.models import RoomDecision
from exam_service.invigilation.schemas import IdentityInput, NoteInput, ReasonInput, ReopenInput
from exam_service.invigilation.signs import Trouble
from exam_service.periods.models import PeriodState, Sitting
from exam_service.settings import Settings
from tests.fixtures.attempts import (
    Player,
    Room,
    attempt_of,
    make_room,
    move_sitting,
    name_invigilator,
    set_attempt,
)
from tests.fixtures.auth import SignIn
from tests.fixtures.periods import actor_with

WHY = ReasonInput(reason="Thí sinh ngất, đưa đi cấp cứu")


@pytest.fixture
def room(session: Session, settings: Settings) -> Room:
    return make_room(session, settings)


@pytest.fixture
def officer(room: Room) -> Actor:
    return room.world.officer


@pytest.fixture
def player(browser: TestClient, room: Room, settings: Settings) -> Player:
    return Player(browser, room.seats[0], settings)


def reopened(minutes: int) -> ReopenInput:
    return ReopenInput(minutes=minutes, reason="Bấm nộp nhầm khi mới làm được một câu")


def store(session: Session, room: Room, *, sequence: int) -> None:
    """An answer to the first question of the first person."""
    row = Response(
        attempt_id=room.seats[0].attempt_id,
        slot=1,
        sequence=sequence,
        response={"choice": f"{sequence}"},
        saved_at=clock.now(),
    )
    session.merge(row)
    session.commit()


def test_the_room_hands_in_what_is_stored(
    player: Player, room: Room, session: Session, officer: Actor
) -> None:
    with pytest.raises(on_behalf.NotBegun):
        on_behalf.hand_in_for(session, officer, player.seat.attempt_id, data=WHY)
    player.start()
    store(session, room, sequence=1)
    on_behalf.hand_in_for(session, officer, player.seat.attempt_id, data=WHY)
    session.commit()
    attempt = attempt_of(session, player.seat)
    assert (attempt.state, attempt.collected_by, attempt.answered_count) == ("expired", "system", 1)
    (fact,) = event_facts.incidents_of(session, room.sitting_id)
    assert fact.handling == "Nộp bài thay thí sinh, với các câu đã lưu."
    with pytest.raises(service.AttemptIsOver):
        on_behalf.hand_in_for(session, officer, player.seat.attempt_id, data=WHY)


def test_an_officer_opens_a_handed_in_test_again_and_it_is_worked_on_and_handed_in_anew(
    player: Player, room: Room, session: Session, officer: Actor
) -> None:
    player.start()
    set_attempt(session, player.seat, lease_holder="page-that-hands-in-01")
    player.client.headers[HEADER] = "page-that-hands-in-01"
    store(session, room, sequence=1)
    receipt = player.submit({1: 1}).json()
    deadline_at = attempt_of(session, player.seat).deadline_at
    made = on_behalf.reopen(session, officer, player.seat.attempt_id, data=reopened(0))
    session.commit()
    assert made.detail["receipt_code"] == receipt["receipt_code"]
    attempt = attempt_of(session, player.seat)
    assert (attempt.state, attempt.submitted_at, attempt.deadline_at) == ("started", None, deadline_at)
    assert attempt.lease_holder is None, "the next page works, not the one that shows the old receipt"
    store(session, room, sequence=2)
    again = player.submit({1: 2})
    assert again.status_code == 200
    assert again.json()["receipt_code"] != receipt["receipt_code"]
    (fact,) = event_facts.incidents_of(session, room.sitting_id)
    assert fact.handling == "Mở lại bài đã nộp; biên nhận trước đó hết giá trị."


def test_a_test_collected_at_its_end_needs_minutes_to_go_on_and_its_room_is_collected_again(
    player: Player, room: Room, session: Session, officer: Actor
) -> None:
    player.start()
    move_sitting(session, room, started_ago=timedelta(minutes=61))
    collect_due_attempts(session)
    close_collected_sittings(session)
    session.commit()
    with pytest.raises(on_behalf.NoTimeLeft):
        on_behalf.reopen(session, officer, player.seat.attempt_id, data=reopened(0))
    session.rollback()
    on_behalf.reopen(session, officer, player.seat.attempt_id, data=reopened(5))
    session.commit()
    assert 4 * 60_000 < player.start().json()["remaining_ms"] <= 5 * 60_000
    assert session.get_one(Sitting, room.sitting_id).collected_at is None
    player.submit()
    assert close_collected_sittings(session) == 1


def test_only_an_officer_reopens_only_what_was_worked_on_and_only_while_the_period_is_open(
    player: Player, room: Room, session: Session, officer: Actor
) -> None:
    seat = player.seat
    with pytest.raises(on_behalf.CannotReopen):
        on_behalf.reopen(session, officer, seat.attempt_id, data=reopened(5))
    player.start()
    player.submit()
    invigilator = actor_with(session, Role.INVIGILATOR)
    name_invigilator(session, room, invigilator.id)
    with pytest.raises(Forbidden):
        on_behalf.reopen(session, invigilator, seat.attempt_id, data=reopened(5))
    room.world.period.state = PeriodState.CLOSED.value
    session.commit()
    with pytest.raises(on_behalf.CannotReopen):
        on_behalf.reopen(session, officer, seat.attempt_id, data=reopened(5))


def test_the_database_reopens_nothing_without_a_decision_that_says_so(
    player: Player, session: Session
) -> None:
    player.start()
    player.submit()
    with pytest.raises(IntegrityError) as refused:
        session.execute(
            text("UPDATE attempt SET state = 'started', submitted_at = NULL WHERE id = :id"),
            {"id": player.seat.attempt_id},
        )
    assert isinstance(refused.value.orig, RestrictViolation)


def test_a_refused_identity_stands_on_the_board_and_in_the_minutes_until_one_is_confirmed(
    room: Room, session: Session, officer: Actor
) -> None:
    seat = room.seats[0]
    roll_call.refuse_identity(session, officer, seat.attempt_id, data=ReasonInput(reason="Ảnh không giống"))
    assert seen(session, room).signs[0] is Trouble.IDENTITY_REFUSED
    (fact,) = event_facts.incidents_of(session, room.sitting_id)
    assert (fact.description, len(fact.people)) == ("Ảnh không giống", 1)
    data = IdentityInput.model_validate({"document": "vneid"})
    service.confirm_identity(session, officer, seat.attempt_id, data=data)
    assert Trouble.IDENTITY_REFUSED not in seen(session, room).signs
    assert seen(session, room).signals.identity == "vneid"


def test_a_note_keeps_somebody_in_view_until_the_next_one(
    room: Room, session: Session, officer: Actor
) -> None:
    seat = room.seats[0]
    set_attempt(session, seat, state="started", started_at=clock.now(), last_seen_at=clock.now())
    assert seen(session, room).is_healthy
    flagged = NoteInput(reason="Xin ra ngoài hai lần", flagged=True)
    roll_call.write_note(session, officer, seat.attempt_id, data=flagged)
    row = seen(session, room)
    assert (row.trouble, row.signals.note, row.is_healthy) == (Trouble.FLAGGED, flagged.reason, False)
    quiet = NoteInput(reason="Đã nhắc, thí sinh chấp hành")
    roll_call.write_note(session, officer, seat.attempt_id, data=quiet)
    assert seen(session, room).is_healthy


def seen(session: Session, room: Room) -> BoardRow:
    return row_of(load_board(session, room.world.officer, room.sitting_id), room.seats[0].attempt_id)


def test_these_acts_are_done_by_form_and_listed_on_the_page_of_the_person(
    signed_in: SignIn, room: Room, session: Session
) -> None:
    officer, seat = signed_in(roles={Role.OFFICER}), room.seats[0]
    here = f"/rooms/{room.sitting_id}/attempts/{seat.attempt_id}"
    for verb, form, word in (
        ("absent", {"reason": "Gọi ba lần"}, "Điểm danh: vắng"),
        ("present", {"reason": "Điểm danh"}, "Điểm danh: có mặt"),
        ("identity-refused", {"reason": "Ảnh không giống"}, "Giấy tờ không khớp"),
        ("note", {"reason": "Xin ra ngoài", "flagged": "true"}, "Cần theo dõi"),
    ):
        assert officer.post(f"{here}/{verb}", data=form).status_code == 303, verb
        assert word in officer.get(here).text
    set_attempt(session, seat, state="started", started_at=clock.now(), last_seen_at=clock.now())
    for verb, form in (
        ("hand-in", {"reason": "Thí sinh ngất"}),
        ("reopen", {"reason": "Nộp nhầm", "minutes": "2"}),
    ):
        assert officer.post(f"{here}/{verb}", data={}).status_code == 422
        assert officer.post(f"{here}/{verb}", data=form).status_code == 303, verb
    assert attempt_of(session, seat).state == "started"


def test_a_stranger_calls_no_roll_and_ends_or_reopens_nothing(
    signed_in: SignIn, room: Room, session: Session
) -> None:
    here = f"/rooms/{room.sitting_id}/attempts/{room.seats[0].attempt_id}"
    form = {"reason": "Điểm danh", "minutes": "5", "flagged": "true"}
    for role, status in ((Role.MARKER, 403), (Role.INVIGILATOR, 404)):
        stranger = signed_in(roles={role})
        for verb in ("present", "absent", "identity-refused", "note", "hand-in", "reopen"):
            assert stranger.post(f"{here}/{verb}", data=form).status_code == status, verb
    named = signed_in(roles={Role.INVIGILATOR})
    name_invigilator(session, room, named.account.id)
    assert named.post(f"{here}/reopen", data=form).status_code == 403
    assert session.scalars(select(RoomDecision)).all() == []
