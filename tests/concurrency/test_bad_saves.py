"""Saves that somebody has forged, cut off, shuffled or sent from a page that has lost its attempt: over real HTTP."""

import json
import random
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from sqlalchemy import func, select

from exam_service.attempts.evidence_limits import KEEP, LIMITS, Limit, refused_of
from exam_service.attempts.evidence_models import DisplacedResponse, EvidenceCount, EvidenceKind
from exam_service.attempts.tokens import AttemptTokens
from exam_service.settings import Settings
from tests.fixtures.attempts import LiveRoom, history, running_room, stored
from tests.fixtures.serving import served


@pytest.fixture
def live(own_database_url: str, settings: Settings) -> Iterator[LiveRoom]:
    with running_room(own_database_url, settings) as room:
        room.player().start()
        yield room


def state_of(live: LiveRoom) -> tuple[dict[int, Any], list[Any]]:
    with live.database.sessions() as session:
        return stored(session, live.room.seats[0]), history(session, live.room.seats[0])


def test_a_save_with_a_forged_or_expired_token_is_refused_and_stores_nothing(
    live: LiveRoom, settings: Settings
) -> None:
    player, seat = live.player(), live.room.seats[0]
    genuine = player.token
    stranger = AttemptTokens("another-secret-" + "y" * 32).issue(seat.attempt_id, seat.candidate_id)
    over = AttemptTokens(settings.signing_secret()).issue(seat.attempt_id, seat.candidate_id, lifetime_s=-10)
    other = live.player(1).token
    mixed = other.partition(".")[0] + "." + genuine.partition(".")[2]
    for token in ("", "x", genuine[:-2], genuine.swapcase(), stranger, over, mixed):
        player.token = token
        answer = player.save(1, 1, {"choice": "a"})
        assert (answer.status_code, answer.json()["code"]) == (401, "invalid_token"), token
    player.token = other
    assert player.save(1, 1, {"choice": "a"}).status_code == 404, "a genuine token of somebody else"
    assert state_of(live) == ({}, [])


def test_saves_in_any_order_and_any_number_end_with_the_newest_and_each_once_in_the_history(
    live: LiveRoom,
) -> None:
    player, chance = live.player(), random.Random(7)
    sent = [(slot, sequence) for slot in (1, 2) for sequence in (1, 2, 3, 4)] * 2
    chance.shuffle(sent)
    newest = {1: 0, 2: 0}
    for slot, sequence in sent:
        newest[slot] = max(newest[slot], sequence)
        answer = player.save(slot, sequence, {"choice": f"o{sequence}"})
        assert (answer.status_code, answer.json()["sequence"]) == (200, newest[slot])
    current, kept = state_of(live)
    assert current == {1: (4, {"choice": "o4"}), 2: (4, {"choice": "o4"})}
    assert len(kept) == len({(slot, sequence) for slot, sequence, _response in kept})


def test_a_save_cut_off_on_its_way_stores_nothing_and_disturbs_nobody(live: LiveRoom) -> None:
    player = live.player()
    body = json.dumps({"sequence": 1, "response": {"choice": "a"}, "flagged": False}).encode()
    head = (
        f"PUT {player.url('responses/1')} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {player.token}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    ).encode()
    with served(live.client.app) as address:  # type: ignore[arg-type] # the test client types it as any ASGI program
        where = urlsplit(address)
        for cut in (len(head) // 2, len(head), len(head) + len(body) - 1):
            with socket.create_connection((where.hostname or "", where.port or 0)) as line:
                line.sendall((head + body)[:cut])
        assert state_of(live) == ({}, [])
        with socket.create_connection((where.hostname or "", where.port or 0)) as line:
            line.sendall(head + body)
            assert line.recv(65536).startswith(b"HTTP/1.1 200")
    assert state_of(live)[0] == {1: (1, {"choice": "a"})}


def test_what_a_page_sends_after_it_lost_the_attempt_is_kept_once_and_does_not_count(live: LiveRoom) -> None:
    player, client = live.player(), live.client

    def ask(page: str, rest: str, body: dict[str, Any]) -> Any:
        call = client.post if rest == "start" else client.put
        return call(player.url(rest), json=body, headers={**player.headers, "Exam-Page": page})

    assert ask("first", "start", {"take_over": True}).status_code == 200
    assert ask("second", "start", {"take_over": True}).status_code == 200
    losing = {"sequence": 9, "response": {"choice": "late"}, "flagged": False}
    for _again in range(2):
        assert ask("first", "responses/1", losing).json()["code"] == "held_elsewhere"
    assert ask("second", "responses/1", {**losing, "sequence": 1}).status_code == 200
    assert state_of(live)[0] == {1: (1, {"choice": "late"})}
    with live.database.sessions() as session:
        kept = session.scalars(select(DisplacedResponse)).all()
        assert [(row.holder, row.slot, row.sequence) for row in kept] == [("first", 1, 9)]


def test_what_a_lost_page_sends_beyond_the_limit_is_refused_and_counted(
    live: LiveRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(LIMITS, EvidenceKind.DISPLACED, Limit(3, 60))
    player, client = live.player(), live.client

    def ask(page: str, rest: str, body: dict[str, Any]) -> Any:
        call = client.post if rest == "start" else client.put
        return call(player.url(rest), json=body, headers={**player.headers, "Exam-Page": page})

    def send(page: str, choice: str = "a") -> str:
        body = {"sequence": 9, "response": {"choice": choice}, "flagged": False}
        answer = ask(page, "responses/1", body)
        assert answer.json()["code"] == "held_elsewhere", "the player does the same in either case"
        return str(answer.json()["detail"])

    assert ask("holder", "start", {"take_over": True}).status_code == 200
    assert "làm bằng chứng" in send("page-1")
    assert "quá 3 câu" in send("page-2", "a" * 60), "too many bytes"
    with ThreadPoolExecutor(6) as pool:
        told = list(pool.map(send, [f"page-{number}" for number in range(3, 9)]))
    assert sum("làm bằng chứng" in sentence for sentence in told) == 2
    assert "làm bằng chứng" in send("page-1"), "what is kept already stays welcome"
    with live.database.sessions() as session:
        assert session.scalar(select(func.count()).select_from(DisplacedResponse)) == 3
        (counted,) = refused_of(session, live.room.seats[0].attempt_id)
        assert (counted.kind, counted.kept, counted.kept_bytes, counted.refused) == ("displaced", 3, 42, 5)


def test_two_copies_of_a_lost_answer_at_the_same_moment_are_kept_and_counted_once(live: LiveRoom) -> None:
    """As two web processes store them."""
    url, attempt_id = live.database.url, live.room.seats[0].attempt_id

    def keep(sequence: int) -> list[tuple[Any, ...]]:
        with psycopg.connect(url) as connection:
            given = (attempt_id, "lost", 1, sequence, '{"choice": "a"}', False, 15, 500, 10_000)
            return connection.execute(KEEP, given).fetchall()

    assert keep(1) == [(True,)]
    with psycopg.connect(url) as holding, ThreadPoolExecutor(2) as pool:
        holding.execute("SELECT FROM evidence_count FOR UPDATE")
        copies = [pool.submit(keep, 2) for _copy in range(2)]
        _wait_until_waiting(url, 2)
        holding.commit()
        assert [copy.result() for copy in copies] == [[(True,)]] * 2
    with live.database.sessions() as session:
        counted = session.get_one(EvidenceCount, (attempt_id, "displaced"))
        assert (counted.kept, counted.kept_bytes, counted.refused) == (2, 30, 0)
        assert session.scalar(select(func.count()).select_from(DisplacedResponse)) == 2


def _wait_until_waiting(url: str, sessions: int) -> None:
    waiting = """SELECT count(*) FROM pg_stat_activity
        WHERE datname = current_database() AND wait_event_type = 'Lock'"""
    end = time.monotonic() + 10
    with psycopg.connect(url, autocommit=True) as connection:
        while connection.execute(waiting).fetchone() != (sessions,):
            assert time.monotonic() < end, "nobody came"
            time.sleep(0.01)
