"""Starts per second in the minute in which everybody starts, against an echo that sends the same bytes.

Every attempt is started once over 64 keep-alive connections: one UPDATE, one read, a paper of 60 questions. The echo
sends the same paper from memory through the same frame, compression included.
"""

import json
from itertools import cycle

import psycopg

from benchmarks._load import Outcome, Plan, percentile, run_load
from benchmarks._seed import Place, make_places
from benchmarks._server import SECRET, Site, running_site
from exam_service.attempts.models import AttemptState
from exam_service.attempts.tokens import AttemptTokens

CANDIDATES = 2000
CONNECTIONS = 64
ECHO_S = 5.0
START_S = 12.0


def plan(site: Site, places: list[Place], *, path: str, seconds: float) -> Plan:
    """Each place once, dealt over the connections."""
    tokens = AttemptTokens(SECRET)
    lines: list[list[str]] = [[] for _ in range(CONNECTIONS)]
    for line, place in zip(cycle(lines), places, strict=False):
        token = tokens.issue(place.attempt_id, place.candidate_id)
        line.append(f"/api/{path}/{place.attempt_id}/start|{token}")
    connections = [{"method": "POST", "path": " ".join(line)} for line in lines]
    return Plan(port=site.port, seconds=seconds, connections=connections, kind="once")


def started_in_database(site: Site) -> int:
    with psycopg.connect(site.database_url) as connection:
        row = connection.execute("SELECT count(*) FROM attempt WHERE state = 'started'").fetchone()
    assert row is not None
    return int(row[0])


def per_s(outcome: Outcome) -> float:
    return sum(outcome.acknowledged) / outcome.seconds


def main() -> None:
    with running_site() as site:
        places = make_places(site.database, CANDIDATES, state=AttemptState.ASSIGNED)
        echo = run_load(plan(site, places, path="echo", seconds=ECHO_S))
        start = run_load(plan(site, places, path="attempts", seconds=START_S))
        assert echo.refused == start.refused == 0, "a start or an echo was refused"
        missing = sum(start.acknowledged) - started_in_database(site)
    print(
        f"start: p50 {percentile(start.latencies_ms, 0.5):.1f} ms, p99 {percentile(start.latencies_ms, 0.99):.1f} ms"
    )
    print(
        json.dumps(
            {
                "start_per_s": round(per_s(start)),
                "echo_per_s": round(per_s(echo)),
                "start_echo_ratio": round(per_s(start) / per_s(echo), 3),
                "started": sum(start.acknowledged),
                "missing": missing,
                "start_p99_ms": round(percentile(start.latencies_ms, 0.99), 1),
            }
        )
    )


if __name__ == "__main__":
    main()
