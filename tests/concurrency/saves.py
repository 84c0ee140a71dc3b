"""Saves by a saver or over HTTP, and what the database holds afterwards."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from psycopg_pool import AsyncConnectionPool

from exam_service.attempts.hot import ResponseSaver, Save
from tests.fixtures.attempts import (
    LiveRoom,
    Seat,
    history,
    set_attempt,
    stored,
)

T = TypeVar("T")


def with_saver(url: str, story: Callable[[ResponseSaver], Awaitable[T]], *, connections: int = 4) -> T:
    """Run `story` with a saver of its own, as one process of the service has it."""

    async def run() -> T:
        pool: Any = AsyncConnectionPool(
            url, min_size=1, max_size=connections, open=False, kwargs={"autocommit": True}
        )
        async with pool:
            return await story(ResponseSaver(pool))

    return asyncio.run(run())


def save_of(seat: Seat, slot: int = 1, sequence: int = 1, response: str | None = '{"choice": "a"}') -> Save:
    return Save(seat.attempt_id, seat.candidate_id, slot, sequence, response, is_flagged=False)


def state_of(live: LiveRoom, index: int = 0) -> tuple[dict[int, Any], list[Any]]:
    with live.database.sessions() as session:
        seat = live.room.seats[index]
        return stored(session, seat), history(session, seat)


@contextmanager
def changing(live: LiveRoom, index: int = 0, **values: Any) -> Iterator[None]:
    with live.database.sessions() as session:
        set_attempt(session, live.room.seats[index], **values)
    yield
