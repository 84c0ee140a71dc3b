"""Saves that race with a pause, with the deadline, and with the hand-in at the deadline: what was confirmed is there,
and what stands still takes nothing. And two who decide the same at once."""

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from psycopg_pool import AsyncConnectionPool
from sqlalchemy import func, select, text

from exam_service.actor import ActorKind, Role
from exam_service.attempts.handing_in import collect_due_attempts, submit_attempt
from exam_service.attempts.hot import ResponseSaver, Save
from exam_service.attempts.models import ResponseHistory
from exam_service.attempts.receipts import FinalAnswer, Receipt, digest_of
from exam_service.attempts.refusals import AlreadySubmitted, JustChanged, Paused, TimeOver
from exam_service.attempts.window import TRANSIT_GRACE
from exam_service.auth.sessions import STAFF_COOKIE, open_session
from exam_service.entry.models import Condition
from exam_service.entry.service import waive
from exam_service.invigilation import clocks
from exam_service.invigilation.models import RoomDecision
from exam_service.invigilation.schemas import ReasonInput
from exam_service.settings import Settings
from tests.fixtures.attempts import LiveRoom, attempt_of, running_room, set_attempt, stored
from tests.fixtures.auth import make_account

WHY = ReasonInput(reason="Mất điện")
SLOTS = range(1, 7)
WAITING = text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
)


@pytest.fixture
def live(own_database_url: str, settings: Settings) -> Iterator[LiveRoom]:
    with running_room(own_database_url, settings, people=1) as live:
        assert live.player().start().status_code == 200
        yield live


class Confirmed(dict[tuple[int, int], datetime]):
    """(slot, sequence) → when it was saved, of every save that was confirmed."""

    begun: threading.Event

    def newest(self) -> dict[int, int]:
        return {slot: max(sequence for one, sequence in self if one == slot) for slot, _sequence in self}


async def save_until_closed(live: LiveRoom, found: Confirmed) -> None:
    """Six questions answered one change after the other; in a pause each goes on trying."""
    seat = live.room.seats[0]
    pool: Any = AsyncConnectionPool(
        live.database.url, min_size=2, max_size=2, open=False, kwargs={"autocommit": True}
    )

    async def answer(saver: ResponseSaver, slot: int) -> None:
        sequence = 1
        while True:
            try:
                save = Save(
                    seat.attempt_id, seat.candidate_id, slot, sequence, f'{{"text": "{sequence}"}}', False
                )
                found[slot, sequence] = (await saver.save(save)).saved_at
                sequence += 1
            except (
                Paused,
                JustChanged,
            ):  # as players do: the one waits for the room, the other is a moment's
                await asyncio.sleep(0.005)
            except (AlreadySubmitted, TimeOver):
                return
            if sequence == 3:
                found.begun.set()

    async with pool:
        saver = ResponseSaver(pool)
        await asyncio.gather(*(answer(saver, slot) for slot in SLOTS))


def race(live: LiveRoom, story: Any) -> Confirmed:
    """What was confirmed while `story` ran beside the saves."""
    found = Confirmed()
    found.begun = threading.Event()
    with ThreadPoolExecutor(1) as saving:
        saves = saving.submit(asyncio.run, save_until_closed(live, found))
        assert found.begun.wait(timeout=30)
        story()
        saves.result(timeout=60)
    return found


def submit(live: LiveRoom) -> Receipt:
    with live.database.transaction() as session:
        return submit_attempt(session, live.room.seats[0].claims, sequences={})


def check_all_are_there(live: LiveRoom, found: Confirmed) -> None:
    with live.database.sessions() as session:
        kept = session.execute(select(ResponseHistory.slot, ResponseHistory.sequence)).all()
        final, attempt = stored(session, live.room.seats[0]), attempt_of(session, live.room.seats[0])
    assert {(slot, sequence) for slot, sequence in kept} == set(found)
    assert {slot: sequence for slot, (sequence, _response) in final.items()} == found.newest()
    answers = [FinalAnswer(slot, sequence, response) for slot, (sequence, response) in final.items()]
    assert attempt.digest == digest_of(attempt.id, answers)


def test_nothing_is_confirmed_in_a_pause_and_nothing_confirmed_is_lost_by_it(live: LiveRoom) -> None:
    attempt_id = live.room.seats[0].attempt_id
    acts = [(clocks.pause_attempt, attempt_id), (clocks.resume_attempt, attempt_id)]
    acts += [(clocks.pause_sitting, live.room.sitting_id), (clocks.resume_sitting, live.room.sitting_id)]

    def story() -> None:
        for act, target in acts * 3:
            with live.database.transaction() as session:
                act(session, live.room.world.officer, target, data=WHY)  # type: ignore[operator] # one shape, two results
            threading.Event().wait(0.03)
        submit(live)

    found = race(live, story)
    check_all_are_there(live, found)
    with live.database.sessions() as session:
        moments = session.scalars(select(RoomDecision.at).order_by(RoomDecision.at)).all()
    stops = list(zip(moments[::2], moments[1::2], strict=True))
    assert len(stops) == 6
    assert not [at for at in found.values() for begin, end in stops if begin < at < end]
    assert min(found.values()) < moments[0] < moments[-1] < max(found.values()), (
        "it was at work before and after"
    )


def test_at_the_deadline_two_hand_ins_the_sweep_and_saves_leave_one_receipt_with_every_confirmed_answer(
    live: LiveRoom,
) -> None:
    def story() -> None:
        with live.database.sessions() as session:
            now = session.execute(select(func.clock_timestamp())).scalar_one()
            closes_at = now + timedelta(seconds=0.4)
            set_attempt(session, live.room.seats[0], deadline_at=closes_at - TRANSIT_GRACE)
        gate = threading.Barrier(3)

        def sweep() -> str:
            gate.wait()
            for _try in range(500):
                with live.database.transaction() as session:
                    if collect_due_attempts(session):
                        return ""
                    if attempt_of(session, live.room.seats[0]).submitted_at is not None:
                        return ""
            raise AssertionError("never collected")

        def hand_in() -> str:
            gate.wait()
            threading.Event().wait(0.39)
            return submit(live).receipt_code

        with ThreadPoolExecutor(3) as pool:
            tries = [pool.submit(one) for one in (hand_in, hand_in, sweep)]
            codes = [one.result(timeout=30) for one in tries]
        assert codes[0] == codes[1]

    found = race(live, story)
    check_all_are_there(live, found)
    with live.database.sessions() as session:
        attempt = attempt_of(session, live.room.seats[0])
    assert max(found.values()) < attempt.deadline_at + TRANSIT_GRACE
    assert max(found.values()) <= attempt.submitted_at


def test_what_two_officers_do_in_one_moment_is_done_once_and_the_second_is_told(live: LiveRoom) -> None:
    with live.database.sessions() as session:
        account = make_account(session, roles={Role.OFFICER})
        opened = open_session(
            session, kind=ActorKind.ACCOUNT, subject_id=account.id, address="here", user_agent="tests"
        )
        session.commit()
        token, csrf = opened.token, opened.session.csrf_token
    live.client.cookies.set(STAFF_COOKIE, token)
    seat, reason = live.room.seats[0], "Máy của phòng hỏng"
    form = {"attempt_id": str(seat.attempt_id), "condition": "code", "reason": reason, "csrf_token": csrf}
    address = f"/rooms/{live.room.sitting_id}/access/waivers"
    with live.database.sessions() as first, ThreadPoolExecutor(1) as pool:
        waive(first, live.room.world.officer, seat.candidate_id, condition=Condition.CODE, reason=reason)
        first.flush()
        second = pool.submit(live.client.post, address, data=form)
        for _try in range(3000):  # until the second stands at what the first has not committed yet
            with live.database.sessions() as session:
                if session.scalar(WAITING):
                    break
            assert not second.done(), second.result().text
            threading.Event().wait(0.01)
        first.commit()
        answer = second.result(timeout=30)
    assert answer.status_code == 409
    assert "đã được người khác thay đổi" in answer.text
