"""A room of candidates in a process of its own: the load generator of the sitting and of the fault drills."""

import asyncio
import json
import resource
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass, field
from pathlib import Path
from time import monotonic
from typing import Any

import psycopg
import uvloop

from benchmarks._candidate import Candidate, Closing, Habits, Ledger, answer_digest

PATIENCE_S = 120.0
"""How long after the end of the working time a candidate may still need for the receipt before it counts as stuck."""


@dataclass
class Room:
    """Who sits where: (attempt, candidate number) of each; they work until `until` (monotonic s) at the latest."""

    port: int
    until: float
    seats: list[tuple[str, str]]
    seed: int = 1
    habits: dict[str, float] = field(default_factory=dict)


@dataclass
class Outcome:
    """What came of it: the ledger as a dict, bytes and CPU seconds of the generator, attempts without a receipt."""

    ledger: dict[str, Any]
    sent_bytes: int
    received_bytes: int
    cpu_s: float
    wall_s: float
    stuck: list[str]


async def hold(room: Room, call: Path) -> Outcome:
    """All candidates at once, each to its receipt or until patience ends; `call`, a file, ends the work early."""
    ledger, began, closing = Ledger(), monotonic(), Closing(room.until)
    people = [
        Candidate(
            attempt,
            number,
            port=room.port,
            ledger=ledger,
            habits=Habits(**room.habits),
            seed=room.seed * 100_003 + place,
        )
        for place, (attempt, number) in enumerate(room.seats)
    ]
    sittings = [asyncio.create_task(person.sit(until=closing)) for person in people]
    done: set[asyncio.Task[None]] = set()
    waiting = set(sittings)
    while waiting and monotonic() < closing.at + PATIENCE_S:
        ended, waiting = await asyncio.wait(waiting, timeout=0.5)
        done |= ended
        if await asyncio.to_thread(call.exists):
            closing.at = min(closing.at, monotonic())
    for task in waiting:
        task.cancel()
    for task in done:
        if (error := task.exception()) is not None:
            ledger.complain(f"{type(error).__name__}: {error}")
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return Outcome(
        ledger=asdict(ledger),
        sent_bytes=sum(person.traffic.sent for person in people),
        received_bytes=sum(person.traffic.received for person in people),
        cpu_s=usage.ru_utime + usage.ru_stime,
        wall_s=monotonic() - began,
        stuck=[person.attempt_id for person in people if person.attempt_id not in ledger.receipts],
    )


class Running:
    """A room whose generator runs; `close` ends the working time, `join` waits for the outcome."""

    def __init__(self, room: Room) -> None:
        self.room = room
        self.folder = tempfile.TemporaryDirectory(prefix="sat-hach-room-")
        self.result = Path(self.folder.name) / "outcome.json"
        self.process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks._room", str(self.result)], stdin=subprocess.PIPE
        )
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(asdict(room)).encode())
        self.process.stdin.close()

    def close(self) -> None:
        self.result.with_name("close").touch()

    def join(self) -> Outcome:
        limit = self.room.until + PATIENCE_S + 60 - monotonic()
        assert self.process.wait(timeout=limit) == 0, "the load generator failed"
        found = Outcome(**json.loads(self.result.read_text()))
        self.folder.cleanup()
        return found


@dataclass(frozen=True)
class Compared:
    """Acknowledged answers that the database does not hold as they were sent; stored answers that nobody sent."""

    lost: int
    foreign: int


DIGESTED = """
SELECT attempt_id::text, slot, sequence, response::text FROM {table} WHERE attempt_id::text = ANY(%s)
"""


def compare(database_url: str, outcome: Outcome) -> Compared:
    """Every acknowledged save against history, current answers and evidence, and the other way round."""
    ledger = outcome.ledger
    sent = {tuple(row) for row in ledger["sent"]}
    acknowledged = {tuple(row) for row in ledger["acknowledged"]}
    displaced = {tuple(row) for row in ledger["displaced"]}
    attempts = sorted({row[0] for row in sent})
    with psycopg.connect(database_url) as connection:
        history = _stored(connection, "response_history", attempts)
        current = _stored(connection, "response", attempts)
        evidence = _stored(connection, "displaced_response", attempts)
    newest: dict[tuple[str, int], int] = {}
    for attempt, slot, sequence, _digest in acknowledged:
        newest[attempt, slot] = max(newest.get((attempt, slot), 0), sequence)
    standing = {(attempt, slot): sequence for attempt, slot, sequence, _digest in current}
    lost = len(acknowledged - history) + len(displaced - evidence)
    lost += sum(standing.get(place, 0) < sequence for place, sequence in newest.items())
    return Compared(lost, len(history - sent) + len(current - sent) + len(evidence - displaced - sent))


def _stored(connection: psycopg.Connection[Any], table: str, attempts: list[str]) -> set[tuple[Any, ...]]:
    rows = connection.execute(DIGESTED.format(table=table).encode(), (attempts,))
    return {
        (attempt, slot, sequence, answer_digest(json.loads(text))) for attempt, slot, sequence, text in rows
    }


def main() -> None:
    room = Room(**json.loads(sys.stdin.read()))
    result = Path(sys.argv[1])
    result.write_text(json.dumps(asdict(uvloop.run(hold(room, result.with_name("close"))))))


if __name__ == "__main__":
    main()
