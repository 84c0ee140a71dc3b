"""The save path with true commits: order, refusals, batches, and what a broken connection may not do."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

import psycopg
import pytest
from psycopg_pool import AsyncConnectionPool
from sqlalchemy import func, select, text

from exam_service import clock
from exam_service.attempts import hot, starting
from exam_service.attempts.hot import MalformedSave, ResponseSaver, Saved
from exam_service.attempts.models import Response
from exam_service.attempts.pool import DatabaseSilent
from exam_service.attempts.window import Phase, Window, phase
from exam_service.errors import NotFound, Refusal
from exam_service.settings import Settings
from tests.concurrency.saves import changing, save_of, state_of, with_saver
from tests.fixtures.attempts import (
    LiveRoom,
    Seat,
    attempt_of,
    move_sitting,
    running_room,
    set_attempt,
)


@pytest.fixture
def live(own_database_url: str, settings: Settings) -> Iterator[LiveRoom]:
    """A running room of two whose candidates have started."""
    with running_room(own_database_url, settings) as live:
        for index in range(2):
            assert live.player(index).start().status_code == 200
        yield live


def test_a_save_is_stored_with_its_history_and_told_back(live: LiveRoom) -> None:
    answer = live.player().save(3, 7, {"choice": "b"}, flagged=True)
    body = answer.json()
    assert answer.status_code == 200
    assert (body["slot"], body["sequence"]) == (3, 7)
    assert 58 * 60_000 < body["remaining_ms"] <= 59 * 60_000
    assert datetime.fromisoformat(body["saved_at"]).tzinfo == UTC
    assert state_of(live) == ({3: (7, {"choice": "b"})}, [(3, 7, {"choice": "b"})])
    resumed = live.player().start().json()["responses"]
    assert [(r["slot"], r["sequence"], r["response"], r["flagged"]) for r in resumed] == [
        (3, 7, {"choice": "b"}, True)
    ]


def test_a_cleared_answer_is_stored_as_cleared(live: LiveRoom) -> None:
    player = live.player()
    player.save(1, 1, {"choice": "a"})
    player.save(1, 2, None)
    assert state_of(live) == ({1: (2, None)}, [(1, 1, {"choice": "a"}), (1, 2, None)])


@pytest.mark.parametrize("late", [1, 4, 5])
def test_a_stale_or_repeated_sequence_is_answered_with_what_stands_and_changes_nothing(
    live: LiveRoom, late: int
) -> None:
    player = live.player()
    first = player.save(1, 5, {"choice": "new"}).json()
    again = player.save(1, late, {"choice": "old"})
    assert again.status_code == 200
    assert (again.json()["sequence"], again.json()["saved_at"]) == (5, first["saved_at"])
    assert state_of(live) == ({1: (5, {"choice": "new"})}, [(1, 5, {"choice": "new"})])


@pytest.mark.parametrize("slot", ["0", "7", "-1", "1.0", "x", "99999999999", "٣"])
def test_a_slot_that_the_form_does_not_have_is_not_found(live: LiveRoom, slot: str) -> None:
    player = live.player()
    body = {"sequence": 1, "response": {"choice": "a"}, "flagged": False}
    answer = live.client.put(player.url(f"responses/{slot}"), json=body, headers=player.headers)
    assert answer.status_code == 404
    assert state_of(live) == ({}, [])


def test_a_save_goes_to_nobody_elses_attempt(live: LiveRoom) -> None:
    mine, other = live.room.seats
    forged = replace(save_of(other), candidate_id=mine.candidate_id)
    with pytest.raises(NotFound):
        with_saver(live.database.url, lambda saver: saver.save(forged))
    assert state_of(live, 1) == ({}, [])


def test_saves_are_refused_with_the_reason(live: LiveRoom) -> None:
    player = live.player()

    def code() -> str:
        answer = player.save(1, 1, {"choice": "a"})
        assert answer.status_code == 409
        return str(answer.json()["code"])

    with changing(live, state="assigned", started_at=None):
        assert code() == "not_started"
    with changing(live, state="started", paused_at=clock.now()):
        assert code() == "paused"
    with live.database.sessions() as session:
        set_attempt(session, live.room.seats[0], paused_at=None)
        move_sitting(session, live.room, started_ago=timedelta(minutes=61))
    assert code() == "time_over"
    with live.database.sessions() as session:
        move_sitting(session, live.room, started_ago=timedelta(minutes=1))
    assert player.submit().status_code == 200
    assert code() == "already_submitted"
    with changing(live, state="void"):
        assert code() == "void"
    assert state_of(live) == ({}, [])


def test_the_clock_of_the_service_cannot_keep_a_save_in_time(live: LiveRoom) -> None:
    with live.database.sessions() as session:
        move_sitting(session, live.room, started_ago=timedelta(minutes=61))
    with clock.fixed_at(clock.now() - timedelta(minutes=30)):
        assert live.player().save(1, 1, {"choice": "a"}).json()["code"] == "time_over"


def test_extra_time_lets_saves_in_again(live: LiveRoom) -> None:
    with live.database.sessions() as session:
        move_sitting(session, live.room, started_ago=timedelta(minutes=61))
        deadline = attempt_of(session, live.room.seats[0]).deadline_at
        set_attempt(session, live.room.seats[0], deadline_at=deadline + timedelta(minutes=5))
    answer = live.player().save(1, 1, {"choice": "a"})
    assert answer.status_code == 200
    assert answer.json()["remaining_ms"] <= 4 * 60_000
    assert live.player().clock().json()["remaining_ms"] <= 4 * 60_000


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'{"sequence": 1}',
        b'{"sequence": 0, "response": null}',
        b'{"sequence": -1, "response": null}',
        b'{"sequence": 2147483648, "response": null}',
        b'{"sequence": "1", "response": null}',
        b'{"sequence": 1.5, "response": null}',
        b'{"sequence": true, "response": null}',
        b'{"sequence": 1, "response": []}',
        b'{"sequence": 1, "response": "a"}',
        b'{"sequence": 1, "response": {"a": NaN}}',
        b'{"sequence": 1, "response": {"a": Infinity}}',
        b'{"sequence": 1, "response": {"a": 1e999}}',
        b'{"sequence": 1, "response": {"a": "\\u0000"}}',
        b'{"sequence": 1, "response": {"\\u0000": 1}}',
        b'{"sequence": 1, "response": {"a": "\\ud800"}}',
        b'{"sequence": 1, "response": {"a": ' + b"9" * 5000 + b"}}",
        b'{"sequence": 1, "response": {"a": "\xff"}}',
        b'{"sequence": 1, "response": {"a": ' + b"[" * 9 + b"]" * 9 + b"}}",
        b'{"sequence": 1, "response": {"a": [' + b"1," * 1500 + b"1]}}",
        b'{"sequence": 1, "response": null, "flagged": "yes"}',
        b'{"sequence": 1, "response": null, "other": 1}',
    ],
)
def test_a_malformed_save_is_refused_and_stores_nothing(live: LiveRoom, body: bytes) -> None:
    player = live.player()
    answer = live.client.put(player.url("responses/1"), content=body, headers=player.headers)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
    assert state_of(live) == ({}, [])


@pytest.mark.parametrize(
    "response", [{}, {"choice": "no such option"}, {"text": "“Đúng” – 100 %\n\t\\u0000 🙂"}]
)
def test_an_odd_answer_is_kept_as_it_was_entered(live: LiveRoom, response: dict[str, Any]) -> None:
    assert live.player().save(1, 1, response).status_code == 200
    assert state_of(live)[0] == {1: (1, response)}


def test_an_oversize_answer_is_refused_with_the_limit(live: LiveRoom) -> None:
    largest = {"text": "ộ\n" * 10_000}
    assert live.player().save(1, 1, largest).status_code == 200
    for too_large, limit_kb in (({"text": "x" * hot.LARGEST_BODY}, 128), ({"choices": ["x" * 32] * 300}, 8)):
        answer = live.player().save(1, 2, too_large)
        assert (answer.status_code, answer.json()["code"]) == (413, "answer_too_large")
        assert answer.json()["limit_kb"] == limit_kb
    player = live.player()
    parts = (part for part in [b'{"sequence": 3, "response": {"a": "', b"x" * 9000, b'"}}'])
    chunked = live.client.put(player.url("responses/1"), content=parts, headers=player.headers)
    assert chunked.status_code == 413, "without a declared length it is counted"


def test_saves_that_arrive_together_are_all_kept_and_the_highest_sequence_stands(live: LiveRoom) -> None:
    seat, other = live.room.seats

    async def story(saver: ResponseSaver) -> list[Saved]:
        saves = [save_of(seat, 1, sequence, f'{{"choice": "{sequence}"}}') for sequence in (5, 2, 9, 1, 9, 7)]
        saves += [save_of(seat, slot, 1) for slot in range(2, 7)] + [save_of(other, 1, 1)]
        return await asyncio.gather(*(saver.save(save) for save in saves))

    saved = with_saver(live.database.url, story)
    assert [one.sequence for one in saved[-6:]] == [1] * 6
    current, rows = state_of(live)
    assert current[1] == (9, {"choice": "9"})
    kept = [sequence for slot, sequence, _response in rows if slot == 1]
    assert kept == sorted(set(kept))
    assert {5, 9} <= set(kept)
    assert state_of(live, 1)[0] == {1: (1, {"choice": "a"})}


def test_one_batch_of_sixty_four_is_one_transaction(live: LiveRoom) -> None:
    seats = live.room.seats

    async def story(saver: ResponseSaver) -> None:
        batches = saver._write([save_of(seats[n % 2], n // 2 % 6 + 1, n + 1) for n in range(64)])
        assert all(saved is not None for saved in await batches)

    with_saver(live.database.url, story)
    with live.database.sessions() as session:
        rows, transactions = session.execute(
            text("SELECT count(*), count(DISTINCT xmin::text) FROM response_history")
        ).one()
        current = session.scalar(select(func.count()).select_from(Response))
    assert (rows, transactions, current) == (64, 1, 12)


def test_a_refused_save_does_not_take_its_neighbours_along(live: LiveRoom) -> None:
    good, bad = live.room.seats
    with changing(live, 1, paused_at=clock.now()):
        pass

    async def story(saver: ResponseSaver) -> list[Any]:
        saves = [save_of(good), save_of(bad), save_of(good, 99), save_of(good, 2)]
        return await asyncio.gather(*(saver.save(save) for save in saves), return_exceptions=True)

    first, paused, no_slot, last = with_saver(live.database.url, story)
    assert isinstance(first, Saved)
    assert isinstance(last, Saved)
    assert (paused.code, no_slot.code) == ("paused", "not_found")


def test_an_answer_that_the_database_cannot_hold_does_not_take_its_neighbours_along(live: LiveRoom) -> None:
    good, other = live.room.seats

    async def story(saver: ResponseSaver) -> list[Any]:
        saves = [save_of(good), save_of(other, response='{"a": "\\u0000"}'), save_of(good, 2)]
        return await asyncio.gather(*(saver.save(save) for save in saves), return_exceptions=True)

    first, bad, last = with_saver(live.database.url, story)
    assert isinstance(bad, MalformedSave)
    assert isinstance(first, Saved)
    assert isinstance(last, Saved)


def test_two_processes_saving_the_same_slots_never_block_each_other_for_good(live: LiveRoom) -> None:
    seats = live.room.seats

    async def story() -> None:
        pools: list[Any] = [
            AsyncConnectionPool(
                live.database.url, min_size=2, max_size=4, open=False, kwargs={"autocommit": True}
            )
            for _ in range(2)
        ]
        async with pools[0], pools[1]:
            savers = [ResponseSaver(pool) for pool in pools]
            await asyncio.gather(
                *(
                    savers[(n + turn) % 2].save(save_of(seats[(n * 7) % 2], (n * 5) % 6 + 1, n + 1))
                    for n in range(300)
                    for turn in range(2)
                )
            )

    asyncio.run(asyncio.wait_for(story(), timeout=60))
    for index in range(2):
        current, rows = state_of(live, index)
        newest: dict[int, int] = {}
        for slot, sequence, _response in rows:
            newest[slot] = max(sequence, newest.get(slot, 0))
        assert {slot: sequence for slot, (sequence, _response) in current.items()} == newest


def waiting_save(connection: psycopg.Connection[Any]) -> int | None:
    """The process id of the save statement that waits for a lock, if there is one."""
    row = connection.execute(
        "SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%WITH sent%' "
        "AND datname = current_database() AND pid <> pg_backend_pid()"
    ).fetchone()
    return None if row is None else row[0]


def test_a_connection_killed_in_mid_batch_acknowledges_nothing_and_a_retry_succeeds(live: LiveRoom) -> None:
    seat = live.room.seats[0]

    async def story(saver: ResponseSaver) -> list[Any]:
        url = live.database.url
        with psycopg.connect(url) as holder, psycopg.connect(url, autocommit=True) as killer:
            holder.execute("SELECT FROM attempt WHERE id = %s FOR UPDATE", (seat.attempt_id,))
            saves = [asyncio.create_task(saver.save(save_of(seat, slot))) for slot in (1, 2, 3)]
            outcomes = asyncio.gather(*saves, return_exceptions=True)
            while not outcomes.done():
                if (pid := waiting_save(killer)) is not None:
                    killer.execute("SELECT pg_terminate_backend(%s)", (pid,))
                await asyncio.wait([outcomes], timeout=0.02)
            return await outcomes

    outcomes = with_saver(live.database.url, story)
    assert [type(outcome) for outcome in outcomes] == [DatabaseSilent] * 3
    assert state_of(live) == ({}, [])
    assert isinstance(with_saver(live.database.url, lambda saver: saver.save(save_of(seat))), Saved)


def test_a_silent_database_is_answered_with_try_again_later(live: LiveRoom) -> None:
    async def close() -> None:
        await live.client.app.state.save_pool.close()

    live.client.portal.call(close)
    for answer in (live.player().save(1, 1, {"choice": "a"}), live.player().clock()):
        assert (answer.status_code, answer.json()["code"]) == (503, "saving_unavailable")
        assert int(answer.headers["Retry-After"]) > 0
    assert state_of(live) == ({}, [])


# Seconds from the start of a sitting of one hour with a late limit of ten minutes, away from the edges by more than a
# statement takes.
SWEEP = [-600, -2, 2, 300, 598, 603, 1800, 3597, 3601, 3603, 4000]


def test_the_statements_decide_as_the_pure_function_does(live: LiveRoom) -> None:
    for second, is_started, is_paused in product(SWEEP, (False, True), (False, True)):
        check_decisions(live, second=second, is_started=is_started, is_paused=is_paused)


def check_decisions(live: LiveRoom, *, second: int, is_started: bool, is_paused: bool) -> None:
    seat = live.room.seats[0]
    with live.database.sessions() as session:
        move_sitting(session, live.room, started_ago=timedelta(seconds=second))
        state = "started" if is_started else "assigned"
        set_attempt(session, seat, state=state, paused_at=clock.now() if is_paused else None)
        attempt = attempt_of(session, seat)
        now = session.execute(select(func.clock_timestamp())).scalar_one()
        times = Window(attempt.starts_at, attempt.late_until, attempt.deadline_at)
        expected = phase(now, times, is_started=is_started, paused_at=attempt.paused_at)
        session.rollback()
        is_saved = takes_save(live, seat)
        assert is_saved is (expected is Phase.RUNNING), (second, is_started, is_paused, expected)
        may_start = expected in (Phase.STARTABLE, Phase.RUNNING) or (is_started and is_paused)
        try:
            starting.start_attempt(session, seat.claims)
            has_started = True
        except Refusal:
            has_started = False
        session.rollback()
    assert has_started is may_start, (second, is_started, is_paused, expected)


def takes_save(live: LiveRoom, seat: Seat) -> bool:
    try:
        with_saver(live.database.url, lambda saver: saver.save(save_of(seat)), connections=1)
    except Refusal:
        return False
    return True


def test_the_clock_shows_the_room_that_the_player_is_there(live: LiveRoom) -> None:
    with changing(live, last_seen_at=None):
        body = live.player().clock().json()
    assert body["state"] == "started"
    assert body["paused"] is False
    with live.database.sessions() as session:
        assert attempt_of(session, live.room.seats[0]).last_seen_at is not None


def test_the_clock_stands_still_in_a_pause(live: LiveRoom) -> None:
    with live.database.sessions() as session:
        attempt = attempt_of(session, live.room.seats[0])
        paused_at = attempt.deadline_at - timedelta(minutes=7)
        set_attempt(session, live.room.seats[0], paused_at=paused_at)
    body = live.player().clock().json()
    assert (body["paused"], body["remaining_ms"]) == (True, 7 * 60_000)


def test_the_clock_after_the_hand_in_says_so(live: LiveRoom) -> None:
    live.player().submit()
    assert live.player().clock().json()["state"] == "submitted"
