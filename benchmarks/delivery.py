"""Delivery of a whole release to the real rating module, with the worker killed in the middle.

Real processes: the rating module under uvicorn, `exam-service worker` for the deliveries. The first worker is killed
without warning once part of the results has arrived; a second one finishes. Every result must have had
exactly one effect.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen
from uuid import UUID

import psycopg
from sqlalchemy.orm import Session
from uuid_utils.compat import uuid7

from exam_service import clock, schema
from exam_service.actor import SYSTEM
from exam_service.db import Database
from exam_service.people.models import Person, Position, Unit
from exam_service.periods.models import Candidate, Exam, Period, StoredBlueprint
from exam_service.postgres import start_embedded
from exam_service.rating_feed.outbox import subscribe, write_events
from exam_service.results.models import Result

EVENTS = 1_697
KILL_AFTER = EVENTS // 2
LIMIT_S = 55


def seed(session: Session) -> None:
    """One released period with EVENTS results; the sitting itself plays no part here."""
    place = _place(session)
    rows = [(_person(number), number) for number in range(EVENTS)]
    session.add_all(person for person, _number in rows)
    session.flush()  # each kind refers to the one before
    candidates = [_candidate(person, number, place) for person, number in rows]
    session.add_all(candidates)
    session.flush()
    results = [_result(candidate, number) for number, candidate in enumerate(candidates)]
    session.add_all(results)
    session.flush()
    write_events(session, results)


@dataclass(frozen=True)
class Place:
    """What all candidates have in common."""

    period_id: UUID
    exam_id: UUID
    unit_id: UUID
    position_id: UUID


def _place(session: Session) -> Place:
    at = clock.now()
    unit = Unit(code="92", type="city", name="Cần Thơ", sort_key="can tho")
    position = Position(
        code="TPHT", title="Tư pháp – hộ tịch", regime="decree_33_2023", group="civil_servant"
    )
    period = Period(
        code="2026-2",
        name="Kỳ II năm 2026",
        reference_date=date(2026, 10, 1),
        state="released",
        created_at=at,
    )
    blueprint = StoredBlueprint(
        code="MT", version=1, name="Ma trận", body={}, body_hash="", created_by=None, created_at=at
    )
    session.add_all([unit, position, period, blueprint])
    session.flush()
    exam = Exam(
        period_id=period.id,
        code="TPHT",
        title=position.title,
        blueprint_id=blueprint.id,
        bank_ids=[],
        duration_min=60,
        late_limit_min=10,
        unseen_periods=0,
        cut_percent=Decimal(50),
        bands=[],
    )
    session.add(exam)
    session.flush()
    return Place(period.id, exam.id, unit.id, position.id)


def _person(number: int) -> Person:
    return Person(
        id=uuid7(),
        staff_code=f"CB{number:05d}",
        family_names="Nguyễn Thị",
        given_name=f"Ánh {number}",
        sort_key=f"{number:06d}",
        search_text=f"nguyen thi anh {number}",
        updated_at=clock.now(),
    )


def _candidate(person: Person, number: int, place: Place) -> Candidate:
    return Candidate(
        id=uuid7(),
        **vars(place),
        person_id=person.id,
        number=f"{number:04d}",
        full_name=person.full_name,
        sort_key=person.sort_key,
        unit_name="Thành phố Cần Thơ",
        position_title="Tư pháp – hộ tịch",
    )


def _result(candidate: Candidate, number: int) -> Result:
    points = number % 61
    return Result(
        id=uuid7(),
        candidate_id=candidate.id,
        period_id=candidate.period_id,
        exam_id=candidate.exam_id,
        person_id=candidate.person_id,
        unit_id=candidate.unit_id,
        position_id=candidate.position_id,
        version=1,
        kind="released",
        points=Decimal(points),
        max_points=Decimal(60),
        outcome="pass" if points >= 30 else "fail",
        band_code="good",
        band_label="Tốt",
        competencies=[],
        was_absent=False,
        reason="",
        released_by=None,
        released_at=clock.now(),
    )


@contextmanager
def running(*command: str, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(command, env={**os.environ, **environment}, stdout=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


class Ratings:
    """What has had an effect in the rating module, read straight from its tables."""

    def __init__(self, connection: psycopg.Connection) -> None:
        self.connection = connection

    def effects(self) -> int:
        """Person and period pairs with a version that counts."""
        return self._number("SELECT count(*) FROM rating.person_result")

    def doubled(self) -> int:
        """Effects beyond the first of one event."""
        return self._number(
            "SELECT coalesce(sum(n - 1), 0) FROM (SELECT count(*) AS n FROM rating.result_version "
            "JOIN rating.received_event ON received_event.id = result_version.event_id "
            "GROUP BY received_event.webhook_id HAVING count(*) > 1) AS repeated"
        ) + max(0, self._number("SELECT count(*) FROM rating.received_event") - EVENTS)

    def _number(self, query: str) -> int:
        row = self.connection.execute(query.encode()).fetchone()
        assert row is not None
        return int(row[0])


def wait_for_receiver(port: int) -> None:
    until = time.monotonic() + 20
    while time.monotonic() < until:
        try:
            with urlopen(f"http://127.0.0.1:{port}/healthz"):
                return
        except URLError:
            time.sleep(0.05)
    raise SystemExit("The rating module did not start.")


def wait_for_effects(ratings: Ratings, count: int) -> float:
    """Seconds until `count` results have had their effect, at most LIMIT_S."""
    began = time.monotonic()
    while ratings.effects() < count and time.monotonic() - began < LIMIT_S:
        time.sleep(0.02)
    return time.monotonic() - began


@dataclass(frozen=True)
class Setting:
    """Two databases on one server, and the receiver that the service is subscribed to."""

    database: Database
    rating_url: str
    port: int
    secret: str
    worker_environment: dict[str, str]


def prepare(folder: Path) -> Setting:
    url = start_embedded(folder)
    schema.migrate(url)
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = int(probe.getsockname()[1])
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE DATABASE rating_benchmark TEMPLATE template0 ENCODING 'UTF8'")
    database = Database(url)
    with database.transaction() as session:
        receiver = f"http://127.0.0.1:{port}/webhooks/results"
        secret = subscribe(session, SYSTEM, name="Xếp loại chất lượng", url=receiver).secret
    rating_url = url.replace("/sat_hach?", "/rating_benchmark?")
    return Setting(database, rating_url, port, secret, {"DATABASE_URL": url, "EXAM_DATA_DIR": str(folder)})


def measure(folder: Path) -> dict[str, float | int]:
    """The figures of one release, delivered by two workers of which the first is killed."""
    setting = prepare(folder)
    receiver = {
        "RATING_DATABASE_URL": setting.rating_url,
        "RATING_WEBHOOK_SECRETS": setting.secret,
        "RATING_PORT": str(setting.port),
    }
    with (
        running(sys.executable, "-m", "performance_rating", **receiver),
        psycopg.connect(setting.rating_url, autocommit=True) as connection,
    ):
        wait_for_receiver(setting.port)
        figures = deliver_twice(setting, Ratings(connection))
    setting.database.dispose()
    return figures


def deliver_twice(setting: Setting, ratings: Ratings) -> dict[str, float | int]:
    worker = (str(Path(sys.executable).parent / "exam-service"), "worker")
    with running(*worker, **setting.worker_environment) as first:
        time.sleep(3)  # the worker is up before anything is released: start-up is not delivery
        with setting.database.transaction() as session:
            seed(session)
        wait_for_effects(ratings, 1)
        first_s = wait_for_effects(ratings, KILL_AFTER)
        arrived = ratings.effects()
        os.kill(first.pid, signal.SIGKILL)
    with running(*worker, **setting.worker_environment):
        rest_s = wait_for_effects(ratings, EVENTS)
    return {
        "deliveries_per_s": round((arrived - 1) / first_s, 1),
        "arrived_before_kill": arrived,
        "rest_s": round(rest_s, 1),
        "effects_missing": EVENTS - ratings.effects(),
        "effects_double": ratings.doubled(),
    }


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="sat-hach-delivery-", ignore_cleanup_errors=True) as folder:
        print(json.dumps(measure(Path(folder))))


if __name__ == "__main__":
    main()
