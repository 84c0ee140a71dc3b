"""The room and its open players at the same time: true commits, two connections and more."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from exam_service.attempts.handing_in import collect_due_attempts, submit_attempt
from exam_service.attempts.models import Attempt
from exam_service.attempts.room_models import AttemptSignal, MessageReceipt
from exam_service.invigilation import acts, clocks, messages, service
from exam_service.invigilation.schemas import ExtraTimeInput, MessageInput, ReasonInput
from exam_service.settings import Settings
from tests.conftest import cloned_database
from tests.fixtures.attempts import LiveRoom, attempt_of, move_sitting, running_room, set_attempt

WHY = ReasonInput(reason="Mất điện")
EXTRA = ExtraTimeInput(minutes=10, reason="Mất điện")


@pytest.fixture(scope="module")
def live(server_url: str, settings: Settings) -> Iterator[LiveRoom]:
    """One room for the module: a seat for each test that needs one of its own."""
    rules = {"watches_focus": True}
    with (
        cloned_database(server_url) as url,
        running_room(url, settings, people=6, exam_rules=rules) as live,
    ):
        for index in range(6):
            assert live.player(index).start().status_code == 200
        yield live


@pytest.fixture(autouse=True)
def fresh(live: LiveRoom) -> None:
    """Everybody is working, one minute after the start, and nothing has been decided."""
    with live.database.sessions() as session:
        session.execute(text("ALTER TABLE attempt DISABLE TRIGGER USER"))
        session.execute(text("TRUNCATE room_decision, message_receipt, room_message, attempt_signal"))
        for seat in live.room.seats:
            set_attempt(session, seat, state="started", submitted_at=None, collected_by=None, paused_at=None)
        session.execute(text("ALTER TABLE attempt ENABLE TRIGGER USER"))
        session.execute(text("ALTER TABLE exam DISABLE TRIGGER USER"))
        session.execute(text("UPDATE exam SET watches_focus = true"))
        session.execute(text("ALTER TABLE exam ENABLE TRIGGER USER"))
        move_sitting(session, live.room, started_ago=timedelta(minutes=1))


def clock(live: LiveRoom, index: int = 0, **query: int) -> Any:
    player = live.player(index)
    return live.client.get(player.url("clock"), params=query, headers=player.headers).json()


def decide(live: LiveRoom, act: Any, *ids: Any, data: Any, **more: Any) -> Any:
    with live.database.transaction() as session:
        return act(session, live.room.world.officer, *ids, data=data, **more)


def test_a_held_look_at_the_clock_tells_a_decision_within_seconds(live: LiveRoom) -> None:
    seen = clock(live)["version"]
    with ThreadPoolExecutor(2) as pool:
        held = [pool.submit(clock, live, index, seen=seen) for index in range(2)]
        time.sleep(0.3)
        assert not any(one.done() for one in held)
        decide(live, clocks.pause_sitting, live.room.sitting_id, data=WHY)
        decided_at = time.monotonic()
        answers = [one.result(timeout=10) for one in held]
    # The look of the process comes once a second; a shared machine gets the rest of the five seconds.
    assert time.monotonic() - decided_at < 5
    assert [(one["paused"], one["version"]) for one in answers] == [(True, seen + 1)] * 2
    assert all(one["waited_ms"] >= 200 for one in answers)
    stopped = [clock(live)["remaining_ms"] for _ in range(2)]
    assert stopped[0] == stopped[1]
    decide(live, clocks.resume_sitting, live.room.sitting_id, data=WHY)
    assert clock(live, seen=seen)["paused"] is False, "an old version is answered at once"


def test_a_test_is_voided_while_its_period_is_marked_and_neither_waits_for_the_other(live: LiveRoom) -> None:
    """Marking holds the period first and then the attempts, one after the other."""
    attempt_id = live.room.seats[5].attempt_id
    with ThreadPoolExecutor(1) as pool:
        with live.database.sessions() as marking:
            marking.execute(text("SELECT FROM period FOR UPDATE"))
            voided = pool.submit(decide, live, service.void_attempt, attempt_id, data=WHY)
            until_blocked(live)
            marking.execute(text("SELECT FROM attempt WHERE id = :id FOR UPDATE"), {"id": attempt_id})
            marking.rollback()
        voided.result()
    with live.database.sessions() as session:
        assert attempt_of(session, live.room.seats[5]).state == "void"


def until_blocked(live: LiveRoom) -> None:
    waiting = "FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    end = time.monotonic() + 10
    while True:
        with live.database.reading() as session:
            if session.scalar(text(f"SELECT count(*) {waiting}")):
                return
        assert time.monotonic() < end, "nobody came"
        time.sleep(0.01)


def test_a_message_is_shown_until_its_receipt_and_only_to_whom_it_was_sent(live: LiveRoom) -> None:
    own, other = live.room.seats[:2]
    sent = decide(
        live,
        messages.send_message,
        live.room.sitting_id,
        data=MessageInput(body="Xin mời Ông/Bà xuống bàn giám thị"),
        attempt_id=own.attempt_id,
    )
    assert [one["body"] for one in clock(live)["messages"]] == [sent.body]
    assert clock(live, 1)["messages"] == []
    player, stranger = live.player(), live.player(1)
    path = f"messages/{sent.id}/read"
    assert live.client.post(stranger.url(path), headers=stranger.headers).status_code == 404
    assert live.client.post(player.url(path), headers=stranger.headers).status_code == 404
    for _ in range(2):
        assert live.client.post(player.url(path), headers=player.headers).status_code == 204
    assert clock(live)["messages"] == []
    with live.database.sessions() as session:
        (receipt,) = session.scalars(select(MessageReceipt))
        assert (receipt.attempt_id, other.attempt_id == own.attempt_id) == (own.attempt_id, False)


def test_signals_are_kept_once_and_only_where_the_exam_asks_for_them(live: LiveRoom) -> None:
    player = live.player()
    now_ms = clock(live)["now_ms"]
    signals = [
        {"number": 1, "kind": "focus_lost", "at_ms": now_ms - 9000, "lasted_ms": 7000},
        {"number": 2, "kind": "copied", "at_ms": 0},
    ]

    def send(body: Any) -> int:
        return live.client.post(
            player.url("signals"), json={"signals": body}, headers=player.headers
        ).status_code

    assert [send(signals), send(signals)] == [204, 204]
    assert [send([{**signals[0], "kind": kind}]) for kind in ("taken_over", "x")] == [422, 422]
    with live.database.sessions() as session:
        kept = session.scalars(select(AttemptSignal).order_by(AttemptSignal.number)).all()
        assert [(one.kind, one.lasted_ms) for one in kept] == [("focus_lost", 7000), ("copied", 0)]
        assert kept[1].at == attempt_of(session, player.seat).started_at, "dated within the test"
        session.execute(text("ALTER TABLE exam DISABLE TRIGGER USER"))
        session.execute(text("UPDATE exam SET watches_focus = false"))
        session.commit()
    assert send([{**signals[0], "number": 3}]) == 204
    with live.database.sessions() as session:
        assert len(session.scalars(select(AttemptSignal)).all()) == 2


@pytest.mark.parametrize(("over_min", "kept"), [(1, 1), (20, 0)])
def test_signals_noted_without_network_may_come_within_the_grace_after_the_end(
    live: LiveRoom, over_min: int, kept: int
) -> None:
    player = live.player()
    with live.database.sessions() as session:
        move_sitting(session, live.room, started_ago=timedelta(minutes=60 + over_min))
        collect_due_attempts(session)
        session.commit()
    signal = {"number": 1, "kind": "focus_lost", "at_ms": 4_000_000_000_000, "lasted_ms": 7000}
    for _ in range(2):
        answer = live.client.post(player.url("signals"), json={"signals": [signal]}, headers=player.headers)
        assert answer.status_code == 204
    with live.database.sessions() as session:
        found = session.scalars(select(AttemptSignal)).all()
        assert len(found) == kept
        assert all(one.at == attempt_of(session, player.seat).submitted_at for one in found)


def test_the_room_sees_what_a_page_could_not_save(live: LiveRoom) -> None:
    clock(live, unsent=4)
    with live.database.sessions() as session:
        assert attempt_of(session, live.room.seats[0]).unsent_count == 4
    clock(live)
    with live.database.sessions() as session:
        assert attempt_of(session, live.room.seats[0]).unsent_count == 0


def test_a_sitting_extended_while_its_deadline_passes_extends_or_has_collected_each_and_never_both(
    live: LiveRoom,
) -> None:
    with live.database.sessions() as session:
        move_sitting(session, live.room, started_ago=timedelta(minutes=61))
    with live.database.sessions() as collector:
        assert collect_due_attempts(collector, limit=2) == 2
        with ThreadPoolExecutor(1) as pool:
            # The sweep holds two attempts: the decision waits for it and takes what is left.
            extended = pool.submit(decide, live, clocks.extend_sitting, live.room.sitting_id, data=EXTRA)
            time.sleep(0.3)
            assert not extended.done()
            collector.commit()
            assert extended.result(timeout=30) == 4
    with live.database.transaction() as session:
        assert collect_due_attempts(session) == 0
    with live.database.sessions() as session:
        attempts = session.scalars(select(Attempt).order_by(Attempt.state)).all()
        assert [one.state for one in attempts] == ["expired"] * 2 + ["started"] * 4
        left = [one.deadline_at - one.starts_at for one in attempts]
    assert left[:2] == [timedelta(minutes=60)] * 2
    assert all(timedelta(minutes=71) <= span < timedelta(minutes=72) for span in left[2:])
    codes = [live.player(index).save(1, 1, {"choice": "a"}).status_code for index in range(6)]
    assert sorted(codes) == [200] * 4 + [409] * 2


def test_a_form_sent_again_while_its_first_sending_is_on_its_way_is_done_once(live: LiveRoom) -> None:
    act_id, sitting_id = uuid4(), live.room.sitting_id
    with live.database.sessions() as session:
        before = attempt_of(session, live.room.seats[0]).deadline_at

    def give(session: Session) -> bool:
        officer = live.room.world.officer

        def extend() -> int:
            return clocks.extend_sitting(session, officer, sitting_id, data=EXTRA)

        return acts.do_once(session, officer, sitting_id, act_id=act_id, act=extend)

    def give_again() -> bool:
        with live.database.transaction() as session:
            return give(session)

    with ThreadPoolExecutor(1) as pool:
        with live.database.transaction() as session:
            assert give(session)
            again = pool.submit(give_again)
            until_blocked(live)
        assert not again.result(timeout=10)
    with live.database.sessions() as session:
        assert attempt_of(session, live.room.seats[0]).deadline_at == before + timedelta(minutes=10)


def test_two_hand_ins_and_a_pause_at_one_moment_leave_one_receipt_or_one_pause(live: LiveRoom) -> None:
    for index, seat in enumerate(live.room.seats[:3]):
        gate = threading.Barrier(3)

        def hand_in(index: int = index, gate: threading.Barrier = gate) -> str:
            gate.wait()
            with live.database.transaction() as session:
                return submit_attempt(session, live.room.seats[index].claims, sequences={}).receipt_code

        def pause(attempt_id: Any = seat.attempt_id, gate: threading.Barrier = gate) -> Any:
            gate.wait()
            return decide(live, clocks.pause_attempt, attempt_id, data=WHY)

        with ThreadPoolExecutor(3) as pool:
            tries = [pool.submit(one) for one in (hand_in, hand_in, pause)]
            first, second, paused = [one.exception(timeout=30) for one in tries]
        with live.database.sessions() as session:
            attempt = attempt_of(session, seat)
            if paused is None:
                assert (attempt.state, attempt.paused_at is not None) == ("started", True)
                assert {first.code, second.code} == {"paused"}
            else:
                assert (attempt.state, first, second) == ("submitted", None, None)
                assert {tries[0].result(), tries[1].result()} == {attempt.receipt_code}


def test_decisions_of_one_moment_leave_the_times_that_a_fold_of_all_of_them_gives(live: LiveRoom) -> None:
    seat = live.room.seats[0]
    with live.database.sessions() as session:
        before = attempt_of(session, seat).deadline_at
    gate = threading.Barrier(4)

    def grant(act: Any, target: Any) -> None:
        gate.wait()
        decide(live, act, target, data=EXTRA)

    sitting_id, attempt_id = live.room.sitting_id, seat.attempt_id
    pairs = [(clocks.extend_sitting, sitting_id), (clocks.grant_extra_time, attempt_id)] * 2
    with ThreadPoolExecutor(4) as pool:
        for one in [pool.submit(grant, act, target) for act, target in pairs]:
            one.result(timeout=30)
    with live.database.sessions() as session:
        assert attempt_of(session, seat).deadline_at == before + timedelta(minutes=40)
        assert attempt_of(session, live.room.seats[1]).deadline_at == before + timedelta(minutes=20)
