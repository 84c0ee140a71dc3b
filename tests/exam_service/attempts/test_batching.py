import asyncio
from collections.abc import Sequence
from itertools import chain

import pytest

from exam_service.attempts.batching import Batcher, Overloaded


class Desk:
    """Counts the batches it is given and answers with the double, as slowly as `gate` allows."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.is_asked = asyncio.Event()
        self.gate = asyncio.Event()
        self.gate.set()

    async def run(self, jobs: Sequence[int]) -> list[int]:
        self.batches.append(list(jobs))
        self.is_asked.set()
        await self.gate.wait()
        return [2 * job for job in jobs]


def test_a_lone_job_is_run_at_once() -> None:
    async def story() -> None:
        desk = Desk()
        assert await Batcher(desk.run).submit(21) == 42
        assert desk.batches == [[21]]

    asyncio.run(story())


def test_jobs_that_arrive_together_run_together() -> None:
    async def story() -> None:
        desk = Desk()
        batcher = Batcher(desk.run)
        assert await asyncio.gather(*(batcher.submit(number) for number in range(9))) == list(range(0, 18, 2))
        assert desk.batches == [list(range(9))]

    asyncio.run(story())


def test_jobs_that_arrive_while_a_batch_runs_go_together_and_each_gets_its_own_answer() -> None:
    async def story() -> None:
        desk = Desk()
        desk.gate.clear()
        batcher = Batcher(desk.run, lanes=1, largest=64)
        waiting = [asyncio.create_task(batcher.submit(number)) for number in range(100)]
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        desk.gate.set()
        assert await asyncio.gather(*waiting) == [2 * number for number in range(100)]
        assert max(map(len, desk.batches)) == 64
        assert sorted(chain.from_iterable(desk.batches)) == list(range(100))

    asyncio.run(story())


def test_a_failing_batch_tells_everyone_in_it_and_the_next_one_runs() -> None:
    async def story() -> None:
        calls = 0

        async def run(jobs: Sequence[int]) -> list[int]:
            nonlocal calls
            calls += 1
            if calls == 1:
                raise ConnectionError("gone")
            return list(jobs)

        batcher = Batcher(run, lanes=1)
        first = await asyncio.gather(*(batcher.submit(n) for n in range(3)), return_exceptions=True)
        assert [type(error) for error in first] == [ConnectionError] * 3
        assert await batcher.submit(7) == 7

    asyncio.run(story())


def test_no_job_is_left_behind_when_it_arrives_as_a_lane_goes_idle() -> None:
    async def story() -> None:
        desk = Desk()
        batcher = Batcher(desk.run, lanes=1)

        async def chain(number: int) -> None:
            for _ in range(50):
                assert await batcher.submit(number) == 2 * number

        await asyncio.wait_for(asyncio.gather(*(chain(number) for number in range(7))), timeout=20)

    asyncio.run(story())


def test_a_full_queue_refuses_instead_of_growing() -> None:
    async def story() -> None:
        desk = Desk()
        desk.gate.clear()
        batcher = Batcher(desk.run, lanes=1, largest=1, queue_limit=2)
        waiting = [asyncio.create_task(batcher.submit(number)) for number in range(3)]
        for _ in range(3):
            await asyncio.sleep(0)
        refused = [task for task in waiting if task.done()]
        assert len(refused) <= 1
        waiting.append(asyncio.create_task(batcher.submit(3)))
        await asyncio.sleep(0)
        with pytest.raises(Overloaded):
            await batcher.submit(4)
        desk.gate.set()
        await asyncio.gather(*waiting, return_exceptions=True)

    asyncio.run(story())


def test_whoever_stopped_waiting_is_not_run_and_disturbs_nobody() -> None:
    async def story() -> None:
        desk = Desk()
        desk.gate.clear()
        batcher = Batcher(desk.run, lanes=1)
        first = asyncio.create_task(batcher.submit(1))
        await desk.is_asked.wait()
        gone, last = (asyncio.create_task(batcher.submit(number)) for number in (2, 3))
        await asyncio.sleep(0)
        gone.cancel()
        await asyncio.sleep(0)
        desk.gate.set()
        assert await asyncio.gather(first, last) == [2, 6]
        assert desk.batches == [[1], [3]]

    asyncio.run(story())
