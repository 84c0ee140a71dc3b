"""How an open player learns within seconds what the room has decided, at the price of the look at the clock it
takes anyway.

A player asks for the clock and says which version of its sitting it knows. When that is still the newest, the
answer waits, up to HOLD_S, until the version rises. One task per process looks up the versions of all sittings
that somebody waits for, once per LOOK_S, in one statement by primary key; nothing runs while nobody waits.
docs/decisions/0004-the-held-clock.md has the figures.
"""

import asyncio
from collections import defaultdict
from contextlib import suppress
from uuid import UUID

from fastapi import Request

from exam_service.attempts.pool import DatabaseSilent, Pool, fetch_rows, pool_of

LOOK_S = 1.0
HOLD_S = 15.0
GONE_S = 3.0
"""How often a held request is asked whether its caller is still there."""

VERSIONS = "SELECT id, room_version FROM sitting WHERE id = ANY(%s::uuid[])"

Waiter = tuple["asyncio.Future[bool]", int]  # to be woken, the version it knows


class RoomWatch:
    """The sittings that requests of this process wait for. A waiter costs nothing until its sitting changes."""

    def __init__(self, pool: Pool, *, look_s: float = LOOK_S) -> None:
        self._pool = pool
        self._look_s = look_s
        self._waiters: dict[UUID, set[Waiter]] = defaultdict(set)
        self._task: asyncio.Task[None] | None = None

    async def wait(self, request: Request, sitting_id: UUID, *, seen: int, hold_s: float = HOLD_S) -> bool:
        """True as soon as the sitting's version is not `seen`; False after `hold_s`, or when the caller has gone."""
        loop = asyncio.get_running_loop()
        woken: asyncio.Future[bool] = loop.create_future()
        waiter = (woken, seen)
        self._waiters[sitting_id].add(waiter)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._look())
        ends_at = loop.time() + hold_s
        try:
            while not woken.done():
                left = ends_at - loop.time()
                if left <= 0 or await request.is_disconnected():
                    break
                await asyncio.wait({woken}, timeout=min(left, GONE_S))
            return woken.done()
        finally:
            woken.cancel()
            self._waiters[sitting_id].discard(waiter)
            if not self._waiters[sitting_id]:
                del self._waiters[sitting_id]

    async def _look(self) -> None:
        """Look until nobody waits. A silent database is asked again at the next look."""
        while self._waiters:
            await asyncio.sleep(self._look_s)
            with suppress(DatabaseSilent):
                for sitting_id, version in await fetch_rows(self._pool, VERSIONS, (list(self._waiters),)):
                    self._wake(sitting_id, version)

    def _wake(self, sitting_id: UUID, version: int) -> None:
        for woken, seen in self._waiters.get(sitting_id, ()):
            if seen != version and not woken.done():
                woken.set_result(True)


def room_watch_of(request: Request) -> RoomWatch:
    """The watch of this process, made with the first request that waits."""
    state = request.app.state
    watch: RoomWatch | None = getattr(state, "room_watch", None)
    if watch is None:
        watch = state.room_watch = RoomWatch(pool_of(request))
    return watch
