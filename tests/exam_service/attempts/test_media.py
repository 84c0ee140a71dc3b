"""Images of a paper: for the candidate who sits with it, while the attempt is open, and for nobody else."""

import io

import pytest
from fastapi.testclient import TestClient
from PIL import Image
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from exam_service.actor import Role
from exam_service.attempts.models import AttemptState
from exam_service.bank.media.storing import store_image
from exam_service.bank.models import Bank
from exam_service.periods.models import SealedForm
from exam_service.settings import Settings
from tests.fixtures.attempts import Player, Room, make_room, set_attempt, sign_in
from tests.fixtures.bank import make_actor


@pytest.fixture
def room(session: Session, settings: Settings) -> Room:
    return make_room(session, settings)


def picture(colour: str) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (4, 4), colour).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.fixture
def name(session: Session, room: Room) -> str:
    """An image on the paper of the first seat only."""
    bank = session.scalars(select(Bank)).one()
    stored = store_image(session, make_actor(session, Role.AUTHOR), bank_id=bank.id, data=picture("red"))
    form = session.scalars(
        select(SealedForm).where(SealedForm.candidate_id == room.seats[0].candidate_id)
    ).one()
    paper = form.paper
    paper["sections"][0]["slots"][0]["view"]["stem"] += f'<img src="media:{stored.name}" alt="Biểu đồ">'
    session.execute(text("ALTER TABLE sealed_form DISABLE TRIGGER sealed_form_append_only"))
    session.execute(SealedForm.__table__.update().where(SealedForm.id == form.id).values(paper=paper))
    session.execute(text("ALTER TABLE sealed_form ENABLE TRIGGER sealed_form_append_only"))
    session.commit()
    return stored.name


def test_the_candidate_sees_the_images_of_the_own_open_paper(
    browser: TestClient, room: Room, settings: Settings, name: str
) -> None:
    sign_in(browser, room.seats[0])
    assert browser.get(f"/exam/media/{name}").status_code == 404, "the test has not begun"
    Player(browser, room.seats[0], settings).start()
    answer = browser.get(f"/exam/media/{name}")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["cache-control"].startswith("private, ")
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_candidate_with_another_paper_gets_nothing(
    browser: TestClient, room: Room, settings: Settings, name: str
) -> None:
    sign_in(browser, room.seats[1])
    Player(browser, room.seats[1], settings).start()
    assert browser.get(f"/exam/media/{name}").status_code == 404


@pytest.mark.parametrize("state", [AttemptState.SUBMITTED, AttemptState.VOID])
def test_after_the_test_the_images_are_gone(
    browser: TestClient, room: Room, settings: Settings, name: str, session: Session, state: AttemptState
) -> None:
    sign_in(browser, room.seats[0])
    Player(browser, room.seats[0], settings).start()
    assert browser.get(f"/exam/media/{name}").status_code == 200
    set_attempt(session, room.seats[0], state=state.value)
    assert browser.get(f"/exam/media/{name}").status_code == 404


def test_who_is_not_signed_in_gets_nothing_and_staff_images_are_out_of_reach(
    browser: TestClient, room: Room, settings: Settings, name: str
) -> None:
    assert browser.get(f"/exam/media/{name}").status_code == 404
    sign_in(browser, room.seats[0])
    Player(browser, room.seats[0], settings).start()
    assert browser.get(f"/bank/media/{name}").status_code == 303
    assert browser.get(f"/exam/media/{'0' * 32}.png").status_code == 404
