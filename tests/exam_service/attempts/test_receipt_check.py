"""The public check of a receipt: what anybody with its code sees, and nothing to anybody without."""

import re
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from exam_service import clock
from exam_service.attempts.evidence_models import AnswerDelivery, DeliveredResponse, DeliverySource, Verdict
from exam_service.attempts.models import Attempt, Response, ResponseHistory
from exam_service.attempts.receipt_check import plain_receipt_code, qr_of
from exam_service.attempts.verdicts import VerdictInput, settle
from exam_service.auth.models import SignInFailure
from exam_service.auth.throttle import ADDRESS_LIMIT, NAME_LIMIT
from exam_service.invigilation import on_behalf
from exam_service.invigilation.schemas import ReasonInput, ReopenInput
from exam_service.settings import Settings
from tests.fixtures.attempts import Player, Room, attempt_of, make_room, sign_in

WRONG = "22222-22222"


@pytest.fixture
def room(session: Session, settings: Settings) -> Room:
    return make_room(session, settings)


@pytest.fixture
def handed_in(browser: TestClient, room: Room, settings: Settings, session: Session) -> Attempt:
    """The first seat's attempt with two answers, handed in."""
    player = Player(browser, room.seats[0], settings)
    player.start()
    for slot, sequence, choice in ((1, 1, "a"), (1, 2, "b"), (3, 1, "c")):
        row = {"attempt_id": player.seat.attempt_id, "slot": slot, "sequence": sequence}
        row |= {"response": {"choice": choice}, "is_flagged": False, "saved_at": clock.now()}
        session.execute(insert(ResponseHistory), row)
        if (slot, sequence) != (1, 1):
            session.execute(insert(Response), row)
    session.commit()
    assert player.submit({1: 2, 3: 1}).status_code == 200
    return attempt_of(session, player.seat)


def test_whoever_has_the_code_sees_what_stands_on_the_receipt_and_no_more(
    browser: TestClient, handed_in: Attempt, room: Room
) -> None:
    browser.cookies.clear()
    answer = browser.get(f"/receipt/{handed_in.receipt_code}")
    assert answer.status_code == 200
    assert "Biên nhận thật" in answer.text
    assert handed_in.digest in re.sub(r"\s", "", answer.text)
    for said in (room.seats[0].number, "2 trên 6", str(handed_in.receipt_code)):
        assert said in answer.text
    for hidden in (room.seats[0].full_name, str(handed_in.id), str(handed_in.candidate_id), "choice"):
        assert hidden not in answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "no-referrer"


def test_a_receipt_whose_answers_were_changed_since_is_told_apart(
    browser: TestClient, handed_in: Attempt, session: Session
) -> None:
    late = {"attempt_id": handed_in.id, "slot": 3, "sequence": 2, "response": {"choice": "d"}}
    session.execute(insert(ResponseHistory), {**late, "is_flagged": False, "saved_at": clock.now()})
    session.commit()
    answer = browser.get(f"/receipt/{handed_in.receipt_code}")
    assert "không còn cho ra mã kiểm tra" in answer.text
    assert "Biên nhận thật" not in answer.text


def test_answers_that_the_council_accepted_afterwards_leave_the_receipt_genuine(
    browser: TestClient, handed_in: Attempt, room: Room, session: Session
) -> None:
    at = session.scalar(select(func.clock_timestamp()))
    entered = at - timedelta(minutes=5)
    row = DeliveredResponse(
        slot=3,
        sequence=5,
        response={"choice": "d"},
        is_flagged=False,
        made_at=entered,
        is_steady=True,
        earliest_at=entered,
        latest_at=entered,
        standing={"choice": "c"},
        standing_sequence=1,
    )
    delivery = AnswerDelivery(
        attempt_id=handed_in.id,
        source=DeliverySource.FILE.value,
        digest="0" * 64,
        content=b"",
        entry_count=1,
        clock_changes=0,
        received_at=at,
        received_by_name="",
        responses=[row],
    )
    session.add(delivery)
    session.flush()
    verdict = VerdictInput(verdict=Verdict.ACCEPTED, reason="Mất mạng cả phòng")
    settle(session, room.world.officer, handed_in, [row], data=verdict)
    session.commit()
    assert "Biên nhận thật" in browser.get(f"/receipt/{handed_in.receipt_code}").text


def test_a_receipt_given_before_the_test_was_reopened_is_the_systems_own_and_counts_no_more(
    browser: TestClient, handed_in: Attempt, room: Room, session: Session
) -> None:
    old = handed_in.receipt_code
    again = ReopenInput(minutes=5, reason="Bấm nộp nhầm khi mới làm được một câu")
    on_behalf.reopen(session, room.world.officer, handed_in.id, data=again)
    session.commit()
    answer = browser.get(f"/receipt/{old}")
    assert answer.status_code == 200
    for said in ("Biên nhận đã hết giá trị", "Hết giá trị lúc", str(old), room.seats[0].number):
        assert said in answer.text
    for hidden in ("không phải của hệ thống", "Biên nhận thật", room.seats[0].full_name):
        assert hidden not in answer.text
    assert session.scalars(select(SignInFailure)).all() == [], "not counted as a wrong code"


def test_a_test_that_the_room_handed_in_is_not_said_to_have_run_out_of_time(
    browser: TestClient, room: Room, settings: Settings, session: Session
) -> None:
    player = Player(browser, room.seats[1], settings)
    player.start()
    why = ReasonInput(reason="Thí sinh ngất, đưa đi cấp cứu")
    on_behalf.hand_in_for(session, room.world.officer, player.seat.attempt_id, data=why)
    session.commit()
    page = browser.get(f"/receipt/{attempt_of(session, player.seat).receipt_code}").text
    assert "Được thu, không phải thí sinh tự nộp" in page
    assert "hết giờ" not in page


def test_a_code_that_was_never_given_is_refused_and_slowed_down_apart_from_sign_ins(
    browser: TestClient, handed_in: Attempt, room: Room, session: Session
) -> None:
    answers = [browser.get(f"/receipt/{WRONG}") for _ in range(NAME_LIMIT + 1)]
    assert [answer.status_code for answer in answers] == [404] * NAME_LIMIT + [429]
    assert "không cấp biên nhận nào mang mã" in answers[0].text
    assert "nhiều lần" in answers[-1].text
    # Many wrong ones from one address make everybody there wait a little, even with a right code.
    address = session.scalars(select(SignInFailure.address)).first()
    assert address is not None
    session.execute(insert(SignInFailure), [flood(number, address) for number in range(ADDRESS_LIMIT)])
    session.commit()
    assert browser.get(f"/receipt/{handed_in.receipt_code}").status_code == 429
    assert sign_in(browser, room.seats[1]).status_code == 303


def flood(number: int, address: str) -> dict[str, object]:
    return {"name": f"receipt:{number}", "address": address, "at": clock.now()}


@pytest.mark.parametrize("spell", [str.lower, lambda code: f" {code.replace('-', ' ')}", lambda c: c])
def test_spaces_hyphens_and_case_of_a_typed_code_do_not_matter(
    browser: TestClient, handed_in: Attempt, spell
) -> None:
    answer = browser.get("/receipt", params={"code": spell(handed_in.receipt_code)}, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/receipt/{handed_in.receipt_code}")


@pytest.mark.parametrize("typed", ["", "7KQ4M", "7KQ4M-2XWP0", "x" * 200, "<b>7KQ4M-2X</b>", "../../x"])
def test_what_can_be_no_code_is_asked_for_again(browser: TestClient, typed: str) -> None:
    assert plain_receipt_code(typed) == ""
    answer = browser.get("/receipt", params={"code": typed})
    assert answer.status_code == 422
    assert "Mã biên nhận có mười chữ và số" in answer.text
    assert "<b>" not in answer.text


def test_the_candidate_gets_the_address_of_the_check_as_a_qr_code(
    browser: TestClient, handed_in: Attempt, room: Room, settings: Settings
) -> None:
    sign_in(browser, room.seats[0])
    check = browser.get("/api/attempts/current").json()["receipt_check"]
    assert check["address"] == f"{settings.public_url}/receipt/{handed_in.receipt_code}"
    assert check["qr"] == qr_of(check["address"])
    assert check["qr"].startswith("data:image/svg+xml")
    assert check["qr"] != qr_of(f"{settings.public_url}/receipt/{WRONG}")


def test_who_has_handed_in_leaves_the_computer_without_being_warned_of_the_time(
    browser: TestClient, handed_in: Attempt, room: Room
) -> None:
    for seat, said in ((room.seats[0], "Ông/Bà đã nộp bài."), (room.seats[1], "Nếu chưa nộp bài")):
        sign_in(browser, seat)
        assert said in browser.get("/exam/sign-out").text


def test_there_is_no_check_before_the_hand_in(browser: TestClient, room: Room) -> None:
    sign_in(browser, room.seats[1])
    assert browser.get("/api/attempts/current").json()["receipt_check"] is None
