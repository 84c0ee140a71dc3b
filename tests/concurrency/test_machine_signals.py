"""Trouble of a computer, and answers typed in a pause, as a player tells them: what is kept, and what is refused."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, text

from exam_service.attempts.room_models import AttemptSignal
from exam_service.attempts.signals import MOST_SIGNALS
from exam_service.settings import Settings
from tests.conftest import cloned_database
from tests.fixtures.attempts import LiveRoom, attempt_of, move_sitting, running_room, set_attempt

FIRST = {"number": 1, "kind": "battery", "at_ms": 0, "value": 12}


@pytest.fixture(scope="module")
def live(server_url: str, settings: Settings) -> Iterator[LiveRoom]:
    """A room whose exam does not watch attention; the first has opened the test, the second waits."""
    with cloned_database(server_url) as url, running_room(url, settings, people=2) as live:
        assert live.player(0).start().status_code == 200
        yield live


@pytest.fixture(autouse=True)
def fresh(live: LiveRoom) -> None:
    with live.database.sessions() as session:
        session.execute(text("TRUNCATE attempt_signal"))
        session.commit()


def send(live: LiveRoom, *signals: dict[str, Any], index: int = 0, to: int | None = None) -> int:
    player = live.player(index)
    url = live.player(index if to is None else to).url("signals")
    body = {"signals": list(signals)}
    return live.client.post(url, json=body, headers={**player.headers, "Exam-Page": "page"}).status_code


def kept(live: LiveRoom) -> list[tuple[str, int]]:
    with live.database.sessions() as session:
        rows = session.scalars(select(AttemptSignal).order_by(AttemptSignal.number, AttemptSignal.kind))
        return [(row.kind, row.value) for row in rows]


def test_trouble_is_kept_once_in_an_exam_that_does_not_watch_attention(live: LiveRoom) -> None:
    off = {"number": 2, "kind": "clock_off", "at_ms": 0, "value": -7}
    typed = {"number": 3, "kind": "typed_in_pause", "at_ms": 0, "lasted_ms": 9000, "value": 4}
    away = {"number": 4, "kind": "focus_lost", "at_ms": 0}
    assert [send(live, FIRST, off, typed, away), send(live, FIRST)] == [204, 204]
    assert kept(live) == [("battery", 12), ("clock_off", -7), ("typed_in_pause", 4)]
    with live.database.sessions() as session:
        rows = {row.kind: row.at for row in session.scalars(select(AttemptSignal))}
        attempt = attempt_of(session, live.room.seats[0])
        assert rows["typed_in_pause"] == attempt.started_at, "dated within the test"
        assert rows["battery"] == attempt.starts_at - timedelta(hours=1)


def test_the_waiting_room_tells_trouble_within_the_hour_and_nothing_else(live: LiveRoom) -> None:
    waiting = (
        {**FIRST, "kind": "line_bad", "value": 1},
        {**FIRST, "number": 2, "kind": "typed_in_pause", "value": 1},
    )
    with live.database.sessions() as session:
        move_sitting(session, live.room, started_ago=timedelta(minutes=-90))
    assert send(live, *waiting, index=1) == 204
    assert kept(live) == []
    with live.database.sessions() as session:
        move_sitting(session, live.room, started_ago=timedelta(minutes=-20))
    assert send(live, *waiting, index=1) == 204
    assert kept(live) == [("line_bad", 1)]
    with live.database.sessions() as session:
        move_sitting(session, live.room, started_ago=timedelta(minutes=1))


@pytest.mark.parametrize(
    "changed",
    [
        {"value": 101},
        {"value": -1},
        {"value": "viele"},
        {"kind": "not_kept", "value": 2},
        {"kind": "clock_off", "value": 525_601},
        {"kind": "typed_in_pause", "value": 0},
        {"kind": "typed_in_pause", "value": 10_001},
        {"kind": "copied", "value": 1},
        {"kind": "cut_off_in_pause", "value": 0},
        {"kind": "taken_over", "value": 0},
        {"words": "x"},
    ],
)
def test_what_no_player_says_is_refused(live: LiveRoom, changed: dict[str, Any]) -> None:
    assert send(live, {**FIRST, **changed}) == 422
    assert kept(live) == []


def test_nobody_else_tells_of_a_computer_and_a_flood_is_cut(live: LiveRoom) -> None:
    assert send(live, FIRST, index=1, to=0) == 404
    answer = live.client.post(live.player(0).url("signals"), json={"signals": [FIRST]})
    assert answer.status_code == 401
    assert send(live, *({**FIRST, "number": number} for number in range(1, 52))) == 422
    assert kept(live) == []
    with live.database.sessions() as session:
        session.execute(
            text(
                "INSERT INTO attempt_signal (attempt_id, page, number, kind, at, lasted_ms, value) "
                "SELECT :id, 'flood', number, 'battery', now(), 0, 5 FROM generate_series(1, :most) AS number"
            ),
            {"id": live.room.seats[0].attempt_id, "most": MOST_SIGNALS},
        )
        session.commit()
    assert send(live, FIRST) == 204
    assert len(kept(live)) == MOST_SIGNALS


def test_nothing_is_told_of_a_test_that_does_not_count(live: LiveRoom) -> None:
    seat = live.room.seats[1]
    with live.database.sessions() as session:
        set_attempt(session, seat, state="void")
    assert send(live, FIRST, index=1) == 204
    assert kept(live) == []
