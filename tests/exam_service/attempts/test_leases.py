"""One page holds an attempt; others take over by choice or by PIN. The sealed paper opens only with the start."""

import base64
import json
import zlib
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from fastapi.testclient import TestClient
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from exam_service.actor import Role
from exam_service.attempts.evidence_models import HandoverPin
from exam_service.attempts.leases import MOST_TRIES
from exam_service.attempts.tokens import AttemptTokens
from exam_service.audit import AuditRow
from exam_service.settings import Settings
from tests.fixtures.attempts import Player, Room, make_room, move_sitting, name_invigilator, sign_in
from tests.fixtures.auth import SignedIn, SignIn

LAPTOP, TABLET = UUID(int=11), UUID(int=12)


@pytest.fixture
def room(session: Session, settings: Settings) -> Room:
    return make_room(session, settings)


@pytest.fixture
def staff(signed_in: SignIn, room: Room, session: Session) -> SignedIn:
    staff = signed_in(roles={Role.INVIGILATOR})
    name_invigilator(session, room, staff.account.id)
    return staff


class Page(Player):
    """A page of the player: its own id, and the sign-in of its machine."""

    def __init__(self, client: TestClient, room: Room, settings: Settings, *, page: str, login: UUID) -> None:
        super().__init__(client, room.seats[0], settings)
        self.page = page
        tokens = AttemptTokens(settings.signing_secret())
        self.token = tokens.issue(self.seat.attempt_id, self.seat.candidate_id, login_id=login)

    @property
    def headers(self) -> dict[str, str]:
        return {**super().headers, "Exam-Page": self.page}

    def open(self, **claim: Any) -> Any:
        return self.client.post(self.url("start"), headers=self.headers, json=claim)


@pytest.fixture
def pages(browser: TestClient, room: Room, settings: Settings) -> tuple[Page, Page, Page]:
    """Two tabs of one sign-in, and another machine."""
    return (
        Page(browser, room, settings, page="tab-1", login=LAPTOP),
        Page(browser, room, settings, page="tab-2", login=LAPTOP),
        Page(browser, room, settings, page="tablet", login=TABLET),
    )


def give_pin(staff: SignedIn, room: Room) -> str:
    address = f"/rooms/{room.sitting_id}/attempts/{room.seats[0].attempt_id}/pin"
    page = staff.post(address, data={"reason": "Máy hỏng"}).text
    return page.split("Mã chuyển máy: ")[1][:6]


def code_of(answer: Any) -> str:
    assert answer.status_code == 409
    return str(answer.json()["code"])


def test_a_second_tab_is_told_and_takes_over_only_when_the_candidate_says_so(
    pages: tuple[Page, Page, Page], session: Session
) -> None:
    first, second, _other = pages
    assert first.open().status_code == 200
    assert first.open().status_code == 200, "a reload goes on"
    refused = second.open()
    assert (code_of(refused), refused.json()["same_login"]) == ("held_elsewhere", True)
    assert second.open(take_over=True).status_code == 200
    assert code_of(first.open()) == "held_elsewhere"
    assert code_of(first.submit()) == "held_elsewhere"
    assert session.scalars(select(AuditRow.action).where(AuditRow.action == "attempt.take_over")).all()
    assert second.submit().status_code == 200


def test_another_machine_needs_the_pin_which_works_once(
    pages: tuple[Page, Page, Page], staff: SignedIn, room: Room
) -> None:
    first, second, other = pages
    first.open()
    refused = other.open(take_over=True)
    assert (code_of(refused), refused.json()["same_login"]) == ("held_elsewhere", False)
    pin = give_pin(staff, room)
    assert other.open(pin=f" {pin} ").status_code == 200
    assert other.open(pin=pin).status_code == 200, "sent again after a lost answer"
    assert code_of(first.open(pin=pin)) == "wrong_pin"
    assert code_of(second.open(take_over=True)) == "held_elsewhere", "the sign-in has moved as well"


def test_a_pin_dies_by_a_new_one_by_time_and_by_guessing(
    pages: tuple[Page, Page, Page], staff: SignedIn, room: Room, session: Session
) -> None:
    first, _second, other = pages
    first.open()
    replaced, pin = give_pin(staff, room), give_pin(staff, room)
    if replaced != pin:
        assert code_of(other.open(pin=replaced)) == "wrong_pin"
    session.execute(update(HandoverPin).values(expires_at=func.clock_timestamp() - timedelta(seconds=1)))
    session.commit()
    assert code_of(other.open(pin=pin)) == "wrong_pin"
    pin = give_pin(staff, room)
    wrong = f"{(int(pin) + 1) % 10**6:06d}"
    for _try in range(MOST_TRIES):
        assert code_of(other.open(pin=wrong)) == "wrong_pin"
    assert code_of(other.open(pin=pin)) == "wrong_pin"
    stored = session.scalars(select(HandoverPin.pin_hash)).all()
    assert not [each for each in stored if pin in each]


def test_a_pin_is_given_with_a_reason_and_only_while_the_test_is_open(
    pages: tuple[Page, Page, Page], staff: SignedIn, room: Room
) -> None:
    address = f"/rooms/{room.sitting_id}/attempts/{room.seats[0].attempt_id}/pin"
    assert staff.get(address).status_code == 200
    assert staff.post(address, data={"reason": " "}).status_code == 422
    pages[0].open()
    pages[0].submit()
    assert staff.post(address, data={"reason": "Máy hỏng"}).status_code == 409


def test_an_odd_page_id_is_refused(pages: tuple[Page, Page, Page]) -> None:
    pages[0].page = "x" * 65
    assert pages[0].open().status_code == 422


def test_the_sealed_paper_comes_early_and_opens_only_by_the_secret_of_the_start(
    session: Session, room: Room, pages: tuple[Page, Page, Page]
) -> None:
    page = pages[0]
    move_sitting(session, room, started_ago=timedelta(hours=-3))
    too_early = page.client.get(page.url("paper"), headers=page.headers)
    assert code_of(too_early) == "too_early"
    assert too_early.json()["starts_in_ms"] > 0
    move_sitting(session, room, started_ago=timedelta(minutes=-10))
    sealed = page.client.get(page.url("paper"), headers=page.headers)
    assert sealed.headers["Cache-Control"] == "no-store"
    assert code_of(page.open()) == "too_early", "no secret before the start"
    move_sitting(session, room, started_ago=timedelta(seconds=1))
    started = page.open(has_paper=True).json()
    assert started["form"] is None
    key = base64.urlsafe_b64decode(started["secrets"]["paper"] + "=")
    packed = AESGCM(key).decrypt(sealed.content[:12], sealed.content[12:], str(page.seat.attempt_id).encode())
    assert json.loads(zlib.decompress(packed)) == page.open().json()["form"]
    other = f"/api/attempts/{room.seats[1].attempt_id}/paper"
    assert page.client.get(other, headers=page.headers).status_code == 404
    page.submit()
    assert code_of(page.client.get(page.url("paper"), headers=page.headers)) == "already_submitted"


def test_the_sign_in_names_itself_in_the_token(browser: TestClient, room: Room, settings: Settings) -> None:
    sign_in(browser, room.seats[0])
    current = browser.get("/api/attempts/current").json()
    claims = AttemptTokens(settings.signing_secret()).check(current["token"])
    assert claims.login_id != UUID(int=0)
    assert current["policy"]["late_grace_min"] == settings.late_grace_min
