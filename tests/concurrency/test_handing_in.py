"""Hand-ins against saves, sweeps and each other: one receipt, and nothing acknowledged is left out."""

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from psycopg_pool import AsyncConnectionPool
from sqlalchemy import select

from exam_service.attempts import handing_in
from exam_service.attempts.handing_in import collect_due_attempts, submit_attempt
from exam_service.attempts.hot import ResponseSaver, Save
from exam_service.attempts.models import Attempt
from exam_service.attempts.receipts import FinalAnswer, Receipt, digest_of
from exam_service.attempts.refusals import AlreadySubmitted
from exam_service.invigilation.clocks import grant_extra_time
from exam_service.invigilation.schemas import ExtraTimeInput
from exam_service.invigilation.service import AttemptIsOver
from exam_service.settings import Settings
from tests.fixtures.attempts import LiveRoom, attempt_of, move_sitting, running_room, stored


@pytest.fixture
def live(own_database_url: str, settings: Settings) -> Iterator[LiveRoom]:
    with running_room(own_database_url, settings, people=6) as live:
        for index in range(6):
            assert live.player(index).start().status_code == 200
        yield live


def submit(live: LiveRoom, index: int) -> Receipt:
    with live.database.transaction() as session:
        return submit_attempt(session, live.room.seats[index].claims, sequences={})


async def save_until_refused(live: LiveRoom, index: int, *, begun: threading.Event) -> dict[int, int]:
    """Answer question after question until the hand-in stops it; slot → highest acknowledged sequence."""
    seat = live.room.seats[index]
    pool: Any = AsyncConnectionPool(
        live.database.url, min_size=2, max_size=2, open=False, kwargs={"autocommit": True}
    )
    acknowledged: dict[int, int] = {}

    async def answer(saver: ResponseSaver, slot: int) -> None:
        for sequence in range(1, 5000):
            save = Save(
                seat.attempt_id, seat.candidate_id, slot, sequence, f'{{"choice": "{sequence}"}}', False
            )
            try:
                await saver.save(save)
            except AlreadySubmitted:
                return
            acknowledged[slot] = sequence
            if sequence == 5:
                begun.set()

    async with pool:
        saver = ResponseSaver(pool)
        await asyncio.gather(*(answer(saver, slot) for slot in range(1, 7)))
    return acknowledged


def test_no_acknowledged_save_is_missing_from_the_digest_when_submit_races_with_saves(live: LiveRoom) -> None:
    for index in range(6):
        begun = threading.Event()
        with ThreadPoolExecutor(1) as saving:
            saves = saving.submit(asyncio.run, save_until_refused(live, index, begun=begun))
            assert begun.wait(timeout=30)
            receipt = submit(live, index)
            acknowledged = saves.result(timeout=60)
        with live.database.sessions() as session:
            seat = live.room.seats[index]
            final = stored(session, seat)
        assert {slot: sequence for slot, (sequence, _response) in final.items()} == acknowledged
        answers = [FinalAnswer(slot, sequence, response) for slot, (sequence, response) in final.items()]
        assert receipt.digest == digest_of(seat.attempt_id, answers)


def test_submit_and_the_sweep_at_the_same_moment_make_one_receipt(live: LiveRoom) -> None:
    live.player(0).save(1, 1, {"choice": "a"})
    with live.database.sessions() as session:
        move_sitting(session, live.room, started_ago=timedelta(minutes=61))
    gate = threading.Barrier(8)

    def sweep() -> int:
        gate.wait()
        with live.database.transaction() as session:
            return collect_due_attempts(session)

    def hand_in(index: int) -> Receipt:
        gate.wait()
        return submit(live, index)

    with ThreadPoolExecutor(8) as pool:
        sweeps = [pool.submit(sweep) for _ in range(2)]
        receipts = [pool.submit(hand_in, index) for index in range(6)]
        collected = sum(one.result(timeout=60) for one in sweeps)
        handed = [one.result(timeout=60) for one in receipts]
    assert 0 <= collected <= 6
    with live.database.sessions() as session:
        for seat, receipt in zip(live.room.seats, handed, strict=True):
            attempt = attempt_of(session, seat)
            assert (attempt.digest, attempt.receipt_code) == (receipt.digest, receipt.receipt_code)
            assert (attempt.state, attempt.collected_by) == ("expired", "system")


def test_many_workers_collect_every_attempt_once(live: LiveRoom) -> None:
    with live.database.sessions() as session:
        move_sitting(session, live.room, started_ago=timedelta(minutes=61))
    gate = threading.Barrier(4)

    def sweep() -> int:
        gate.wait()
        total = 0
        for _ in range(6):
            with live.database.transaction() as session:
                total += collect_due_attempts(session, limit=2)
        return total

    with ThreadPoolExecutor(4) as pool:
        totals = [one.result(timeout=60) for one in [pool.submit(sweep) for _ in range(4)]]
    assert sum(totals) == 6
    with live.database.sessions() as session:
        codes = session.scalars(select(Attempt.receipt_code)).all()
    assert len(set(codes)) == 6
    assert None not in codes


def test_candidates_pressing_twice_get_one_receipt(live: LiveRoom) -> None:
    with ThreadPoolExecutor(4) as pool:
        receipts = [one.result(timeout=60) for one in [pool.submit(submit, live, 0) for _ in range(4)]]
    assert len({receipt.receipt_code for receipt in receipts}) == 1


def test_extra_time_while_the_deadline_passes_either_counts_or_is_refused(live: LiveRoom) -> None:
    with live.database.sessions() as session:
        move_sitting(session, live.room, started_ago=timedelta(minutes=61))
    gate = threading.Barrier(7)
    data = ExtraTimeInput(minutes=10, reason="Mất điện")

    def grant(index: int) -> bool:
        gate.wait()
        try:
            with live.database.transaction() as session:
                grant_extra_time(
                    session, live.room.world.officer, live.room.seats[index].attempt_id, data=data
                )
        except AttemptIsOver:
            return False
        return True

    def sweep() -> int:
        gate.wait()
        with live.database.transaction() as session:
            return collect_due_attempts(session)

    with ThreadPoolExecutor(7) as pool:
        sweeping = pool.submit(sweep)
        granted = [one.result(timeout=60) for one in [pool.submit(grant, index) for index in range(6)]]
        collected = sweeping.result(timeout=60)
    # A sweep passes over rows that a decision holds: nobody who was granted time is collected.
    assert collected <= 6 - sum(granted)
    for index, was_granted in enumerate(granted):
        answer = live.player(index).save(1, 1, {"choice": "a"})
        assert answer.status_code == (200 if was_granted else 409)


def test_the_collecting_job_works_until_nothing_is_due(
    live: LiveRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    from exam_service.attempts import jobs

    monkeypatch.setattr(handing_in, "LARGEST_SWEEP", 2)
    with live.database.sessions() as session:
        move_sitting(session, live.room, started_ago=timedelta(minutes=61))

    class Context:
        additional_context = {"database": live.database}  # noqa: RUF012 - stands in for procrastinate's

    jobs.collect.func(Context(), 0)
    with live.database.sessions() as session:
        assert set(session.scalars(select(Attempt.state))) == {"expired"}
        assert attempt_of(session, live.room.seats[0]).digest is not None
