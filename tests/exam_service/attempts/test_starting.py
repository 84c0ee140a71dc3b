from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Connection, event, select, update
from sqlalchemy.orm import Session

from exam_service.attempts import starting
from exam_service.attempts.models import AttemptState
from exam_service.attempts.tokens import AttemptTokens
from exam_service.invigilation.clocks import extend_sitting, grant_extra_time
from exam_service.invigilation.schemas import ExtraTimeInput
from exam_service.periods.models import Candidate, SealedForm
from exam_service.settings import Settings
from tests.fixtures.attempts import Player, Room, attempt_of, make_room, move_sitting, set_attempt, sign_in


@pytest.fixture
def room(session: Session, settings: Settings) -> Room:
    return make_room(session, settings)


@pytest.fixture
def player(browser: TestClient, room: Room, settings: Settings) -> Player:
    return Player(browser, room.seats[0], settings)


def test_a_start_gives_the_sealed_paper_the_time_left_and_a_token(
    player: Player, room: Room, session: Session, settings: Settings
) -> None:
    answer = player.start()
    assert answer.status_code == 200
    body = answer.json()
    sealed = session.scalar(
        select(SealedForm.paper).where(SealedForm.candidate_id == player.seat.candidate_id)
    )
    assert body["form"] == sealed
    assert [slot["slot"] for section in body["form"]["sections"] for slot in section["slots"]] == [
        1,
        2,
        3,
        4,
        5,
        6,
    ]
    assert 58 * 60_000 < body["remaining_ms"] <= 59 * 60_000
    assert body["responses"] == []
    claims = AttemptTokens(settings.signing_secret()).check(body["token"])
    assert claims.attempt_id == player.seat.attempt_id
    attempt = attempt_of(session, player.seat)
    assert attempt.state == AttemptState.STARTED
    assert attempt.started_at is not None


def test_a_second_start_resumes_and_keeps_the_first_time(player: Player, session: Session) -> None:
    player.start()
    first = attempt_of(session, player.seat).started_at
    assert player.start().status_code == 200
    assert attempt_of(session, player.seat).started_at == first


def test_a_start_costs_one_update_and_one_read(room: Room, session: Session, connection: Connection) -> None:
    seen: list[str] = []
    event.listen(
        connection,
        "before_cursor_execute",
        lambda _c, _k, statement, *_rest: seen.append(statement.split()[0]),
    )
    starting.start_attempt(session, room.seats[0].claims)
    assert [word for word in seen if word != "SAVEPOINT"] == ["UPDATE", "SELECT"]


def refusal(answer: Any) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json"
    return answer.status_code, answer.json()["code"]


def test_before_the_sitting_a_start_is_told_how_long_to_wait(
    player: Player, room: Room, session: Session
) -> None:
    move_sitting(session, room, started_ago=timedelta(seconds=-30))
    answer = player.start()
    assert refusal(answer) == (409, "too_early")
    assert 25_000 < answer.json()["starts_in_ms"] <= 30_000
    assert attempt_of(session, player.seat).state == AttemptState.ASSIGNED


def test_after_the_late_limit_a_start_needs_an_admission(
    player: Player, room: Room, session: Session
) -> None:
    move_sitting(session, room, started_ago=timedelta(minutes=11))
    assert refusal(player.start()) == (409, "late_entry")
    attempt = attempt_of(session, player.seat)
    set_attempt(session, player.seat, late_until=attempt.deadline_at)
    answer = player.start()
    assert answer.status_code == 200
    assert answer.json()["remaining_ms"] <= 49 * 60_000, "the common clock runs on"


def test_who_started_in_time_may_resume_after_the_late_limit(
    player: Player, room: Room, session: Session
) -> None:
    player.start()
    move_sitting(session, room, started_ago=timedelta(minutes=50))
    assert player.start().status_code == 200


def test_after_the_deadline_nobody_starts(player: Player, room: Room, session: Session) -> None:
    move_sitting(session, room, started_ago=timedelta(minutes=61))
    assert refusal(player.start()) == (409, "time_over")


def test_a_handed_in_or_void_attempt_does_not_start_again(player: Player, session: Session) -> None:
    player.start()
    assert player.submit().status_code == 200
    assert refusal(player.start()) == (409, "already_submitted")
    set_attempt(session, player.seat, state="void")
    assert refusal(player.start()) == (409, "void")


def test_another_candidates_token_does_not_open_the_attempt(
    player: Player, room: Room, session: Session
) -> None:
    stranger = Player(player.client, room.seats[1], Settings(secret_key="test-secret-" + "x" * 32))
    answer = player.client.post(player.url("start"), headers=stranger.headers)
    assert refusal(answer) == (404, "not_found")
    assert attempt_of(session, player.seat).state == AttemptState.ASSIGNED


@pytest.mark.parametrize("header", [{}, {"Authorization": "Bearer x"}, {"Authorization": "Basic x"}])
def test_without_a_valid_token_nothing_is_answered(player: Player, header: dict[str, str]) -> None:
    for method, rest in (("POST", "start"), ("GET", "clock"), ("POST", "submit"), ("PUT", "responses/1")):
        answer = player.client.request(method, player.url(rest), headers=header, json={"slots": {}})
        assert refusal(answer) == (401, "invalid_token"), rest


def test_current_tells_the_waiting_room_everything(player: Player, room: Room, session: Session) -> None:
    move_sitting(session, room, started_ago=timedelta(minutes=-2))
    assert sign_in(player.client, player.seat).status_code == 303
    body = player.client.get("/api/attempts/current").json()
    assert body["attempt_id"] == str(player.seat.attempt_id)
    assert body["state"] == "assigned"
    assert body["candidate"]["number"] == player.seat.number
    assert body["candidate"]["full_name"] == player.seat.full_name
    assert body["exam"] == {
        "title": "Tư pháp – hộ tịch",
        "question_count": 6,
        "duration_min": 60,
        "max_points": "6",
    }
    assert 110_000 < body["sitting"]["starts_in_ms"] <= 120_000
    assert body["sitting"]["late_limit_min"] == 10
    assert body["receipt"] is None
    assert body["result_available"] is False
    assert body["rules"]["vi"]
    assert (
        player.client.post(player.url("start"), headers={"Authorization": f"Bearer {body['token']}"}).json()[
            "code"
        ]
        == "too_early"
    )


def test_current_has_the_rules_in_both_languages_whatever_the_page_speaks(player: Player) -> None:
    sign_in(player.client, player.seat)
    player.client.cookies.set("lang", "en")
    rules = player.client.get("/api/attempts/current").json()["rules"]
    assert all(rule.isascii() for rule in rules["en"])
    assert not any(rule.isascii() for rule in rules["vi"])
    assert len(rules["vi"]) == len(rules["en"]) > 0


def test_planned_time_and_time_for_an_incident_are_told_apart_to_their_owner_alone(
    player: Player, room: Room, session: Session
) -> None:
    decision = "QĐ 15/QĐ-HĐSH ngày 02/11/2026"
    session.execute(
        update(Candidate)
        .where(Candidate.id == player.seat.candidate_id)
        .values(extra_time_min=15, extra_time_reason=decision)
    )
    officer, other = room.world.officer, room.seats[1]
    for_one = ExtraTimeInput(minutes=5, reason="Đổi bàn phím")
    grant_extra_time(session, officer, other.attempt_id, data=for_one)
    for_all = ExtraTimeInput(minutes=10, reason="Mất điện cả phòng")
    extend_sitting(session, officer, room.sitting_id, data=for_all)
    session.commit()
    sign_in(player.client, player.seat)
    body = player.client.get("/api/attempts/current").json()
    assert (body["candidate"]["extra_time_min"], body["candidate"]["extra_time_reason"]) == (15, decision)
    assert [(one["minutes"], one["is_for_all"]) for one in body["sitting"]["granted"]] == [(10, True)]
    sign_in(player.client, other)
    answer = player.client.get("/api/attempts/current")
    assert decision not in answer.text
    assert [(one["minutes"], one["is_for_all"]) for one in answer.json()["sitting"]["granted"]] == [
        (5, False),
        (10, True),
    ]


def test_current_without_a_session_asks_for_a_sign_in(player: Player) -> None:
    assert refusal(player.client.get("/api/attempts/current")) == (401, "sign_in_needed")


def test_current_after_the_hand_in_carries_the_receipt(player: Player) -> None:
    sign_in(player.client, player.seat)
    player.start()
    receipt = player.submit().json()
    body = player.client.get("/api/attempts/current").json()
    assert body["state"] == "submitted"
    assert body["receipt"] == receipt
