"""Two pages racing for one attempt, with true commits: one holds it, the other's answers are kept and never count."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import select, text, update

from exam_service.attempts.evidence_models import DisplacedResponse, HandoverPin
from exam_service.attempts.keys import AttemptKeys
from exam_service.attempts.leases import MOST_TRIES, WrongPin, issue_pin, redeem_pin
from exam_service.attempts.models import Attempt
from exam_service.settings import Settings
from tests.fixtures.attempts import LiveRoom, running_room, stored

PAGES = [f"page-{number}" for number in range(6)]


@pytest.fixture
def live(own_database_url: str, settings: Settings) -> Iterator[LiveRoom]:
    with running_room(own_database_url, settings, people=1) as live:
        yield live


def call(live: LiveRoom, page: str, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
    player = live.player()
    headers = {**player.headers, "Exam-Page": page}
    return live.client.request(method, player.url(path), json=body, headers=headers)


def at_once(live: LiveRoom, body: dict[str, Any]) -> list[str]:
    """Every page asks for the attempt at the same time; the pages that got it."""
    with ThreadPoolExecutor(len(PAGES)) as pool:
        answers = list(pool.map(lambda page: call(live, page, "POST", "start", body), PAGES))
    assert {answer.status_code for answer in answers} <= {200, 409}
    return [page for page, answer in zip(PAGES, answers, strict=True) if answer.status_code == 200]


def save(live: LiveRoom, page: str, slot: int, sequence: int, choice: str) -> Any:
    body = {"sequence": sequence, "response": {"choice": choice}, "flagged": False}
    return call(live, page, "PUT", f"responses/{slot}", body)


def test_of_pages_that_start_together_one_holds_the_attempt(live: LiveRoom) -> None:
    winners = at_once(live, {})
    assert len(winners) == 1
    clocks = {page: call(live, page, "GET", "clock").json()["held"] for page in PAGES}
    assert [page for page, held in clocks.items() if held] == winners


def test_of_machines_that_use_one_pin_together_one_gets_the_attempt(
    live: LiveRoom, settings: Settings
) -> None:
    assert call(live, "old", "POST", "start", {}).status_code == 200
    keys = AttemptKeys(settings.signing_secret())
    with live.database.transaction() as session:
        attempt = session.get_one(Attempt, live.room.seats[0].attempt_id)
        pin = issue_pin(session, live.room.world.officer, attempt, keys=keys, reason="Máy hỏng").pin
    assert len(at_once(live, {"pin": pin})) == 1


def test_pins_that_are_tried_together_wait_for_each_others_count(live: LiveRoom, settings: Settings) -> None:
    assert call(live, "old", "POST", "start", {}).status_code == 200
    keys, seat = AttemptKeys(settings.signing_secret()), live.room.seats[0]
    with live.database.transaction() as session:
        attempt = session.get_one(Attempt, seat.attempt_id)
        pin = issue_pin(session, live.room.world.officer, attempt, keys=keys, reason="Máy hỏng").pin
        session.execute(update(HandoverPin).values(failures=MOST_TRIES - 1))

    def guess_right() -> None:
        with live.database.transaction() as session:
            redeem_pin(session, seat.claims, pin, keys=keys)

    with ThreadPoolExecutor(1) as pool, live.database.sessions() as last, live.database.sessions() as looking:
        with pytest.raises(WrongPin):
            redeem_pin(last, seat.claims, "wrong", keys=keys)
        at_the_same_time = pool.submit(guess_right)
        while not looking.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted")):
            assert not at_the_same_time.done(), "it judged without waiting for the count"
        last.commit()
        with pytest.raises(WrongPin):
            at_the_same_time.result()
    with live.database.sessions() as session:
        assert session.scalars(select(HandoverPin.failures)).one() == MOST_TRIES


def test_saves_racing_with_a_takeover_count_or_are_kept_but_are_never_lost(live: LiveRoom) -> None:
    assert call(live, "old", "POST", "start", {}).status_code == 200
    with ThreadPoolExecutor(4) as pool:
        saves = [pool.submit(save, live, "old", slot, 1, "old") for slot in range(1, 5)]
        taken = pool.submit(call, live, "new", "POST", "start", {"take_over": True})
        saves += [pool.submit(save, live, "old", slot, 1, "old") for slot in range(5, 7)]
    assert taken.result().status_code == 200
    answers = {slot: future.result() for slot, future in enumerate(saves, start=1)}
    assert save(live, "old", 1, 9, "late").json()["code"] == "held_elsewhere"
    assert save(live, "old", 1, 9, "late").json()["code"] == "held_elsewhere", "sent again, kept once"
    assert save(live, "new", 2, 10, "new").status_code == 200
    with live.database.sessions() as session:
        counted = stored(session, live.room.seats[0])
        kept = [
            (one.slot, one.sequence, one.holder) for one in session.scalars(select(DisplacedResponse)).all()
        ]
    acknowledged = {slot for slot, answer in answers.items() if answer.status_code == 200}
    assert acknowledged <= set(counted)
    assert {(slot, 1, "old") for slot in set(answers) - acknowledged} | {(1, 9, "old")} == set(kept)
    assert counted[2] == (10, {"choice": "new"})
