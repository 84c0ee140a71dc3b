"""What only true commits show: no reader passes a release by, and nothing is lost when a worker dies."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import psycopg
import pytest
from sqlalchemy import func, select

from exam_service import clock
from exam_service.actor import SYSTEM, Actor, ActorKind, Scope
from exam_service.db import Database
from exam_service.rating_feed.delivery import LEASE, deliver_due
from exam_service.rating_feed.models import OutboxDelivery, OutboxEvent
from exam_service.rating_feed.outbox import release_period, subscribe
from exam_service.rating_feed.pull import PullQuery, pull_results
from exam_service.results.models import Result
from tests.fixtures.results import make_marked_period, make_released_period
from tests.performance_rating.conftest import empty_database

HR = Actor(ActorKind.CLIENT, None, "HR", scopes=frozenset({Scope.RESULTS_READ}))


@pytest.fixture
def committing(own_database_url: str) -> Iterator[Database]:
    database = Database(own_database_url, pool_size=6)
    yield database
    database.dispose()


def pulled(database: Database, cursor: str | None = None) -> tuple[list[str], str]:
    with database.reading() as session:
        page = pull_results(session, HR, query=PullQuery(page_size=200, cursor=cursor))
        return [item.period.code for item in page.items], page.resume_cursor


def test_a_release_that_commits_late_is_not_passed_by_a_cursor(committing: Database):
    with committing.sessions() as session:
        early, late = make_marked_period(session, right=(6, 3)), make_marked_period(session, right=(5,))
        for world in (early, late):
            session.refresh(world.period)
    done = threading.Event()

    def release_late() -> None:
        with committing.transaction() as session:
            release_period(session, late.officer, period_id=late.period.id)
        done.set()

    other = threading.Thread(target=release_late)
    with committing.transaction() as session:
        release_period(session, early.officer, period_id=early.period.id)
        other.start()
        assert not done.wait(0.7), "the second release waits: its sequences must not become visible first"
        found, cursor = pulled(committing)
        assert found == []
    other.join()
    found, cursor = pulled(committing, cursor)
    assert found == [early.period.code] * 2 + [late.period.code]
    assert pulled(committing, cursor)[0] == []


def test_a_release_and_a_subscription_at_the_same_moment_miss_each_other_never(committing: Database):
    with committing.sessions() as session:
        world = make_marked_period(session, right=(6, 3))
        session.refresh(world.period)
    done = threading.Event()

    def subscribe_meanwhile() -> None:
        with committing.transaction() as session:
            subscribe(session, SYSTEM, name="Mới", url="https://new.example/")
        done.set()

    other = threading.Thread(target=subscribe_meanwhile)
    with committing.transaction() as session:
        release_period(session, world.officer, period_id=world.period.id)
        other.start()
        assert not done.wait(0.7)
    other.join()
    with committing.reading() as session:
        assert session.scalar(select(func.count()).select_from(OutboxDelivery)) == 2


def test_two_officers_release_a_period_once(committing: Database):
    with committing.sessions() as session:
        world = make_marked_period(session, right=(6, 3))
        session.refresh(world.period)
    outcomes: list[Any] = []

    def release() -> None:
        try:
            with committing.transaction() as session:
                outcomes.append(release_period(session, world.officer, period_id=world.period.id))
        except Exception as refusal:
            outcomes.append(type(refusal).__name__)

    threads = [threading.Thread(target=release) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes, key=str) == [2, "NotMarked"]
    with committing.reading() as session:
        assert session.scalar(select(func.count()).select_from(Result)) == 2


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def is_up(url: str) -> bool:
    try:
        return httpx2.get(url).status_code == 200
    except httpx2.HTTPError:
        return False


def wait_until(is_true: Any, *, limit_s: float = 40) -> None:
    until = time.monotonic() + limit_s
    while not is_true():
        assert time.monotonic() < until, "waited in vain"
        time.sleep(0.01)


@contextmanager
def process(*command: str, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    running = subprocess.Popen(
        command, env={**os.environ, **environment}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        yield running
    finally:
        running.kill()
        running.wait()


def test_a_worker_killed_during_delivery_loses_nothing_and_doubles_nothing(
    committing: Database, own_database_url: str, server_url: str, tmp_path: Path
):
    total, port = 160, free_port()
    with committing.transaction() as session:
        secret = subscribe(
            session, SYSTEM, name="Xếp loại", url=f"http://127.0.0.1:{port}/webhooks/results"
        ).secret
    with committing.sessions() as session:
        make_released_period(session, right=(3,) * total)
    with (
        empty_database(server_url) as rating_url,
        process(
            sys.executable, "-m", "performance_rating",
            RATING_DATABASE_URL=rating_url, RATING_WEBHOOK_SECRETS=secret, RATING_PORT=str(port),
        ),
        psycopg.connect(rating_url, autocommit=True) as rating,
    ):  # fmt: skip

        def count(table: str) -> int:
            row = rating.execute(f"SELECT count(*) FROM rating.{table}".encode()).fetchone()
            assert row is not None
            return int(row[0])

        wait_until(lambda: is_up(f"http://127.0.0.1:{port}/healthz"))
        with process(
            str(Path(sys.executable).parent / "exam-service"), "worker",
            DATABASE_URL=own_database_url, EXAM_DATA_DIR=str(tmp_path),
        ) as worker:  # fmt: skip
            wait_until(lambda: count("delivery") >= 30)
            os.kill(worker.pid, signal.SIGKILL)
            worker.wait()
        with committing.reading() as session:
            noted = session.scalar(
                select(func.count()).select_from(OutboxDelivery).where(OutboxDelivery.state == "delivered")
            )
        assert (noted or 0) < count("delivery"), "the kill came before what had arrived was noted"
        with clock.fixed_at(datetime.now(UTC) + LEASE + timedelta(seconds=1)):
            while deliver_due(committing):
                pass
        assert count("received_event") == total, "each event once"
        assert count("result_version") == total, "each effect once"
        assert count("delivery") > total, "what was not noted was sent again"
    with committing.reading() as session:
        assert session.scalars(select(OutboxDelivery.state).distinct()).all() == ["delivered"]
        assert session.scalar(select(func.count()).select_from(OutboxEvent)) == total
