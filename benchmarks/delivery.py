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
    rows = [_rows(number, period, exam, (unit.id, position.id)) for number in range(EVENTS)]
    for kind in zip(*rows, strict=True):
        session.add_all(kind)
        session.flush()  # each kind refers to the one before
    write_events(session, [result for _person, _candidate, result in rows])


def _rows(
    number: int, period: Period, exam: Exam, place: tuple[UUID, UUID]
) -> tuple[Person, Candidate, Result]:
    at = clock.now()
    unit_id, position_id = place
    person = Person(
        id=uuid7(),
        staff_code=f"CB{number:05d}",
        family_names="Nguyễn Thị",
        given_name=f"Ánh {number}",
        sort_key=f"{number:06d}",
        search_text=f"nguyen thi anh {number}",
        updated_at=at,
    )
    candidate = Candidate(
        id=uuid7(),
        period_id=period.id,
        exam_id=exam.id,
        person_id=person.id,
        unit_id=unit_id,
        position_id=position_id,
        number=f"{number:04d}",
        full_name=person.full_name,
        sort_key=person.sort_key,
        unit_name="Thành phố Cần Thơ",
        position_title="Tư pháp – hộ tịch",
    )
    result = Result(
        id=uuid7(),
        candidate_id=candidate.id,
        period_id=period.id,
        exam_id=exam.id,
        person_id=person.id,
        unit_id=unit_id,
        position_id=position_id,
        version=1,
        kind="released",
        points=Decimal(number % 61),
        max_points=Decimal(60),
        outcome="pass" if number % 61 >= 30 else "fail",
        band_code="good",
        band_label="Tốt",
        competencies=[],
        was_absent=False,
        reason="",
        released_by=None,
        released_at=at,
    )
    return person, candidate, result


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


def measure(folder: Path) -> dict[str, float | int]:
    url = start_embedded(folder)
    schema.migrate(url)
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = int(probe.getsockname()[1])
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE DATABASE rating_benchmark TEMPLATE template0 ENCODING 'UTF8'")
    rating_url = url.replace("/sat_hach?", "/rating_benchmark?")
    database = Database(url)
    with database.transaction() as session:
        receiver = f"http://127.0.0.1:{port}/webhooks/results"
        secret = subscribe(session, SYSTEM, name="Xếp loại chất lượng", url=receiver).secret
    rating = (sys.executable, "-m", "performance_rating")
    worker = (str(Path(sys.executable).parent / "exam-service"), "worker")
    service = {"DATABASE_URL": url, "EXAM_DATA_DIR": str(folder)}
    with (
        running(
            *rating, RATING_DATABASE_URL=rating_url, RATING_WEBHOOK_SECRETS=secret, RATING_PORT=str(port)
        ),
        psycopg.connect(rating_url, autocommit=True) as connection,
    ):
        wait_for_receiver(port)
        ratings = Ratings(connection)
        with running(*worker, **service) as first:
            time.sleep(3)  # both are up before anything is released: start-up is not delivery
            with database.transaction() as session:
                seed(session)
            wait_for_effects(ratings, 1)
            first_s = wait_for_effects(ratings, KILL_AFTER)
            arrived = ratings.effects()
            os.kill(first.pid, signal.SIGKILL)
        with running(*worker, **service):
            rest_s = wait_for_effects(ratings, EVENTS)
        figures = {
            "deliveries_per_s": round((arrived - 1) / first_s, 1),
            "arrived_before_kill": arrived,
            "rest_s": round(rest_s, 1),
            "effects_missing": EVENTS - ratings.effects(),
            "effects_double": ratings.doubled(),
        }
    database.dispose()
    return figures


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="sat-hach-delivery-", ignore_cleanup_errors=True) as folder:
        print(json.dumps(measure(Path(folder))))


if __name__ == "__main__":
    main()
