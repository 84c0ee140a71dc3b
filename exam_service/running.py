"""The service as processes: web workers that recover by themselves, and everything on one machine with one command."""

import gc
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from types import FrameType

import uvicorn

from exam_service import schema
from exam_service.actor import SYSTEM
from exam_service.app import create_app
from exam_service.attempts.player_files import pack_player
from exam_service.db import Database
from exam_service.postgres import kept_running, restart_when_dead, start_embedded
from exam_service.rating_feed.models import Subscription
from exam_service.rating_feed.outbox import subscribe
from exam_service.settings import Settings
from exam_service.web_processes import KEEP_ALIVE_S, die_with_parent, serve_with_processes

RATING_SUBSCRIPTION = "Phần mềm xếp loại chất lượng"


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
        preexec_fn=die_with_parent,  # noqa: PLW1509 - no thread has been started yet
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


def forget_garbage_of_start() -> None:
    """The objects of the finished application are left out of garbage collection for good.

    There are hundreds of thousands of them and none is ever garbage, yet each full collection would look at all of
    them: a pause of a quarter of a second for everybody whose answer is being saved.
    """
    gc.collect()
    gc.freeze()


def serve_web(database: Database, settings: Settings, *, workers: int) -> None:
    """Serve until SIGTERM; a worker that dies is replaced, and so is the database where it is the embedded one."""

    def meanwhile() -> None:
        if settings.is_embedded:
            restart_when_dead(settings.data_dir)

    # The workers use the database that is kept here and never start one of their own.
    app = create_app(settings.model_copy(update={"database_url": database.url}))
    pack_player()
    database.dispose()
    forget_garbage_of_start()
    address = (settings.host, settings.port)
    serve_with_processes(app, address, count=workers, meanwhile=meanwhile)


def serve_all(database: Database, settings: Settings) -> None:
    """Serve until Ctrl-C or SIGTERM; no process stays behind."""
    signal.signal(signal.SIGTERM, _leave)
    with ExitStack() as stack:
        stack.enter_context(rating_module(database, settings))
        if settings.is_embedded:
            stack.enter_context(kept_running(settings.data_dir))
        app = create_app(settings, database=database, with_worker=True)
        pack_player()
        forget_garbage_of_start()
        config = uvicorn.Config(
            app,
            host=settings.host,
            port=settings.port,
            log_level="warning",
            server_header=False,
            proxy_headers=False,  # the application does it, by its own setting
            timeout_keep_alive=KEEP_ALIVE_S,
            timeout_graceful_shutdown=5,
        )
        try:
            uvicorn.Server(config).run()
        except KeyboardInterrupt:
            pass
        finally:
            database.dispose()
