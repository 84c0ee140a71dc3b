"""Group commit: calls that arrive together are run as one, and each caller waits for its own answer."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from exam_service.errors import Refusal

Job = TypeVar("Job")
Answer = TypeVar("Answer")


TURNS_AT_THE_DOOR = 24
"""Each lets the loop read what has arrived; a lone save costs one or two of them, some microseconds."""


class Overloaded(Refusal):
    """More calls wait than can be served soon; the caller keeps its data and comes back."""

    code = "overloaded"
    status = 503
    message = "Hệ thống đang bận. Câu trả lời vẫn được giữ trên máy và sẽ được gửi lại."


class Batcher(Generic[Job, Answer]):
    """Runs jobs in batches on one event loop.

    A job that finds a free lane runs at once, with those whose requests have arrived meanwhile; nobody waits for
    company. While a lane is busy (its batch is being committed) newcomers gather, and the next batch takes them
    together. `run` gets up to `largest` jobs and returns their answers in the same order; when it raises, every job of
    the batch gets the exception.
    """

    def __init__(
        self,
        run: Callable[[Sequence[Job]], Awaitable[Sequence[Answer]]],
        *,
        lanes: int = 1,
        largest: int = 64,
        queue_limit: int = 10_000,
    ) -> None:
        self._run = run
        self._lanes = lanes
        self._largest = largest
        self._queue_limit = queue_limit
        self._waiting: deque[tuple[Job, asyncio.Future[Answer]]] = deque()
        self._busy = 0
        self._tasks: set[asyncio.Task[None]] = set()  # the loop itself keeps only weak references

    async def submit(self, job: Job) -> Answer:
        """The answer to `job`, after its batch has run. Raises what the batch raised, or Overloaded."""
        if len(self._waiting) >= self._queue_limit:
            raise Overloaded
        future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting.append((job, future))
        if self._busy < self._lanes:
            self._busy += 1
            lane = asyncio.create_task(self._drain())
            self._tasks.add(lane)
            lane.add_done_callback(self._tasks.discard)
        return await future

    async def _drain(self) -> None:
        # The lane counts as free in the same step in which it finds nothing waiting: a job can never be left behind.
        try:
            while self._waiting:
                await self._gather()
                size = min(len(self._waiting), self._largest)
                batch = [self._waiting.popleft() for _ in range(size)]
                await self._answer([(job, future) for job, future in batch if not future.done()])
        finally:
            self._busy -= 1

    async def _gather(self) -> None:
        """Let those come in who already stand at the door: the fuller a batch, the less each of it costs."""
        for _turn in range(TURNS_AT_THE_DOOR):
            before = len(self._waiting)
            await asyncio.sleep(0)
            if len(self._waiting) in (before, self._largest):
                return

    async def _answer(self, batch: list[tuple[Job, asyncio.Future[Answer]]]) -> None:
        if not batch:
            return
        try:
            answers = await self._run([job for job, _future in batch])
            assert len(answers) == len(batch)
        except BaseException as error:
            # Whoever waits must be told, whatever happened; a cancelled lane (shutdown) tells them so as well.
            for _job, future in batch:
                if not future.done():
                    future.set_exception(error if isinstance(error, Exception) else Overloaded())
            if not isinstance(error, Exception):
                raise
            return
        for (_job, future), answer in zip(batch, answers, strict=True):
            if not future.done():
                future.set_result(answer)
