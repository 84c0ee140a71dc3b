"""How an open player learns within seconds what the room has decided, at the price of the look at the clock it
takes anyway.

A player asks for the clock and says which version of its sitting it knows. When that is still the newest, the
answer waits, up to HOLD_S, until the version rises. One task per process looks up the versions of all sittings
that somebody waits for, once per LOOK_S, in one statement by primary key; nothing runs while nobody waits.
docs/decisions/0004-the-held-clock.md has the figures.
"""

import asyncio
from collections import Counter
from contextlib import suppress
from uuid import UUID

from fastapi import Request

from exam_service.attempts.pool import DatabaseSilent, Pool, fetch_rows, pool_of

LOOK_S = 1.0
HOLD_S = 15.0

VERSIONS = "SELECT id, room_version FROM sitting WHERE id = ANY(%s::uuid[])"


class RoomWatch:
    """The sittings that requests of this process wait for."""

    def __init__(self, pool: Pool, *, look_s: float = LOOK_S) -> None:
        self._pool = pool
        self._look_s = look_s
        self._waiting: Counter[UUID] = Counter()
        self._versions: dict[UUID, int] = {}
        self._looked = asyncio.Condition()
        self._task: asyncio.Task[None] | None = None

    async def wait(self, request: Request, sitting_id: UUID, *, seen: int, hold_s: float = HOLD_S) -> bool:
        """True as soon as the sitting's version is not `seen`; False after `hold_s`, or when the caller has gone."""
        self._waiting[sitting_id] += 1
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._look())
        ends_at = asyncio.get_running_loop().time() + hold_s
        try:
            while self._versions.get(sitting_id, seen) == seen:
                left = ends_at - asyncio.get_running_loop().time()
                if left <= 0 or await request.is_disconnected():
                    return False
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._next_look(), left)
            return True
        finally:
            self._waiting[sitting_id] -= 1
            if self._waiting[sitting_id] == 0:
                del self._waiting[sitting_id]
                self._versions.pop(sitting_id, None)

    async def _next_look(self) -> None:
        async with self._looked:
            await self._looked.wait()

    async def _look(self) -> None:
        """Look until nobody waits. A silent database is asked again at the next look."""
        while self._waiting:
            await asyncio.sleep(self._look_s)
            with suppress(DatabaseSilent):
                rows = await fetch_rows(self._pool, VERSIONS, (list(self._waiting),))
                self._versions.update(row for row in rows if row[0] in self._waiting)
            async with self._looked:
                self._looked.notify_all()


def room_watch_of(request: Request) -> RoomWatch:
    """The watch of this process, made with the first request that waits."""
    state = request.app.state
    watch: RoomWatch | None = getattr(state, "room_watch", None)
    if watch is None:
        watch = state.room_watch = RoomWatch(pool_of(request))
    return watch
