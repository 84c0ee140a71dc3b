"""Everything on one machine with one command: database, demo data, service, background work, rating module."""

import ctypes
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import uvicorn

from exam_service import schema
from exam_service.actor import SYSTEM
from exam_service.app import create_app
from exam_service.db import Database
from exam_service.postgres import start_embedded
from exam_service.rating_feed.models import Subscription
from exam_service.rating_feed.outbox import subscribe
from exam_service.settings import Settings

RATING_SUBSCRIPTION = "Phần mềm xếp loại chất lượng"
PARENT_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG of Linux


class PortTaken(Exception):
    """Another program listens on a port that the service needs; the message names it and the way out."""


def check_port(host: str, port: int, *, setting: str) -> None:
    """Raises PortTaken when `port` cannot be listened on."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise PortTaken(
                f"Port {port} is taken by another program. Stop it, or choose another port: "
                f"{setting}={port + 100} make run"
            ) from error


def prepare(settings: Settings) -> Database:
    """The database of `settings`, migrated. Raises UnusableDataFolder."""
    url = settings.database_url or start_embedded(settings.data_dir)
    schema.ensure_current(url, may_migrate=True)
    return Database(url, pool_size=settings.pool_size)


def rating_secret(database: Database, settings: Settings) -> str:
    """The signing secret of the rating module beside us; it is subscribed on first use."""
    url = f"http://{settings.host}:{settings.rating_port}/webhooks/results"
    with database.transaction() as session:
        row = session.query(Subscription).filter_by(name=RATING_SUBSCRIPTION).one_or_none()
        if row is None:
            row = subscribe(session, SYSTEM, name=RATING_SUBSCRIPTION, url=url)
        row.url = url
        return row.secret


def _die_with_parent() -> None:
    """Even `kill -9` of the service leaves no rating module behind (Linux; elsewhere nothing happens)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PARENT_DEATH_SIGNAL, signal.SIGTERM)


@contextmanager
def rating_module(database: Database, settings: Settings) -> Iterator[subprocess.Popen[bytes]]:
    """The rating module as a process of its own, stopped when the block ends."""
    environment = {
        **os.environ,
        "RATING_DATABASE_URL": database.url,
        "RATING_WEBHOOK_SECRETS": rating_secret(database, settings),
        "RATING_EXAM_SERVICE_URL": settings.public_url,
        "RATING_HOST": settings.host,
        "RATING_PORT": str(settings.rating_port),
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "performance_rating"],
        env=environment,
        preexec_fn=_die_with_parent,  # noqa: PLW1509 - no thread has been started yet
    )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _leave(_number: int, _frame: FrameType | None) -> None:
    # A plain SIGTERM would skip the clean-up that stops the embedded database.
    raise SystemExit(0)


def serve_all(database: Database, settings: Settings) -> None:
    """Serve until Ctrl-C or SIGTERM; no process stays behind."""
    signal.signal(signal.SIGTERM, _leave)
    with rating_module(database, settings):
        app = create_app(settings, database=database, with_worker=True)
        config = uvicorn.Config(
            app,
            host=settings.host,
            port=settings.port,
            log_level="warning",
            server_header=False,
            proxy_headers=False,  # the application does it, by its own setting
            timeout_graceful_shutdown=5,
        )
        try:
            uvicorn.Server(config).run()
        except KeyboardInterrupt:
            pass
        finally:
            database.dispose()
