"""Requests that no player makes: each is answered with a refusal and a sentence, none with a crash."""

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.websockets import WebSocketDisconnect

from exam_service.actor import Role
from exam_service.http import LARGEST_API_BODY
from exam_service.invigilation.models import RoomDecision
from exam_service.settings import Settings
from tests.fixtures.attempts import Player, Room, make_room, sign_in
from tests.fixtures.auth import SignIn

JSON = {"Content-Type": "application/json"}
OWN_PAGE = {**JSON, "Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def room(session: Session, settings: Settings) -> Room:
    return make_room(session, settings)


@pytest.fixture
def player(browser: TestClient, room: Room, settings: Settings) -> Player:
    player = Player(browser, room.seats[0], settings)
    assert player.start().status_code == 200
    return player


def told(answer: Any) -> tuple[int, str]:
    """Status and code of a refusal that says what to do in Vietnamese."""
    body = answer.json()
    assert any(letter in body["detail"] for letter in "ạảấầẩậắằặếềểệốồộớờợứừựịọụủ"), body
    return answer.status_code, body["code"]


def test_a_start_that_is_no_start_is_refused_with_a_sentence(player: Player) -> None:
    headers = {**player.headers, **JSON, "Exam-Page": "another"}
    for body, expected in (
        (b'{"\\ud800": 1}', (422, "invalid")),
        (b'{"pin": "\\ud800"}', (422, "invalid")),
        (b'{"take_over": NaN}', (422, "invalid")),
        (b"\xff\xfe", (422, "invalid")),
        (b"[" * 100_000, (400, "http_error")),
        (b'{"has_paper": ' + b"9" * 6000 + b"}", (400, "http_error")),
        (b'{"pin": "12\\u000034"}', (409, "wrong_pin")),
    ):
        answer = player.client.post(player.url("start"), content=body, headers=headers)
        assert told(answer) == expected, body[:40]


def test_a_body_without_a_declared_length_is_measured_all_the_same(player: Player) -> None:
    def parts() -> Iterator[bytes]:
        yield b'{"pin": "'
        yield b"x" * LARGEST_API_BODY

    for rest in ("start", "submit", "late"):
        answer = player.client.post(player.url(rest), content=parts(), headers={**player.headers, **JSON})
        assert told(answer) == (413, "body_too_large"), rest


def test_texts_that_no_database_holds_are_refused_at_the_door(
    player: Player, room: Room, session: Session, signed_in: SignIn
) -> None:
    """A NUL in what a candidate or staff types, whichever page or interface takes it."""
    given = b'{"number": "00\\u000042", "code": "x"}'
    again = player.client.post("/api/attempts/sign-in", content=given, headers=OWN_PAGE)
    assert told(again) == (422, "invalid")
    assert sign_in(player.client, room.seats[0], code="a\0b").status_code == 401
    player.client.get("/exam/sign-in")
    token = player.client.cookies["candidate_form"]
    form = {"number": "a\0b", "code": "x", "csrf_token": token}
    assert player.client.post("/exam/sign-in", data=form).status_code == 422
    staff = signed_in(roles={Role.OFFICER})
    address = f"/rooms/{room.sitting_id}/attempts/{room.seats[0].attempt_id}"
    refused = staff.post(f"{address}/extra-time", data={"minutes": "5", "reason": "mất\0điện"})
    assert refused.status_code == 422
    assert "không lưu được" in refused.text
    assert session.scalars(select(RoomDecision)).all() == []
    assert staff.get("/people", params={"q": "a\0b"}).status_code in (200, 422)


def test_a_sign_in_from_an_origin_that_is_none_is_refused(player: Player) -> None:
    for origin in (
        "",
        "null",
        "http://",
        "http://[x",
        "//testserver",
        "http://testserver.evil",
        "http://evil",
    ):
        headers = {**JSON, "Origin": origin}
        answer = player.client.post("/api/attempts/sign-in", json={}, headers=headers)
        assert told(answer) == (403, "foreign_form"), origin
    own = player.client.post("/api/attempts/sign-in", json={}, headers={"Origin": "https://testserver"})
    assert told(own) == (401, "wrong_code"), "behind a proxy that ends TLS"


def test_letters_that_base64_does_not_have_are_refused_wherever_it_is_read(
    player: Player, signed_in: SignIn
) -> None:
    grant = {"grant_type": "client_credentials"}
    token = player.client.post("/oauth/token", data=grant, headers={"Authorization": b"Basic \xe9\xe9"})
    assert (token.status_code, token.json()["error"]) == (401, "invalid_client")
    keeper = signed_in(roles=set(Role))
    page = keeper.post("/bank/legal/import/commit", data={"data": "ộ" * 8, "name": "van-ban.csv"})
    assert "Tệp chưa được gửi trọn vẹn" in page.text


def test_other_ways_of_calling_are_not_answered(player: Player) -> None:
    for method in ("GET", "DELETE", "PATCH", "OPTIONS", "TRACE", "HEAD"):
        for rest in ("start", "submit", "late", "responses/1"):
            answer = player.client.request(method, player.url(rest), headers=player.headers)
            assert answer.status_code == 405, (method, rest)
    for rest in ("clock", "start"):
        with pytest.raises(WebSocketDisconnect), player.client.websocket_connect(player.url(rest)):
            pass


def test_an_odd_token_is_no_token(player: Player) -> None:
    for header in (b"Bearer \xe9.\xff", b"Bearer ...", b"Basic eDp5", b"Bearer", b"Bearer a b", b"bearer \t"):
        for method, rest in (("GET", "paper"), ("POST", "start"), ("PUT", "responses/1")):
            answer = player.client.request(method, player.url(rest), headers={"Authorization": header})
            assert told(answer) == (401, "invalid_token"), header


def test_nothing_that_is_sent_ends_up_in_a_header_of_the_answer(player: Player) -> None:
    split = "/exam%0d%0aSet-Cookie:%20a=b"
    for address in (
        f"/exam/language/vi?next={split}",
        f"/sign-in?next={split}",
        f"/exam/media/{split}",
        f"/exam/language/{split}",
    ):
        answer = player.client.get(address, follow_redirects=False)
        assert answer.status_code < 500
        assert "a=b" not in str(answer.headers)
