"""Background work: procrastinate on the service's own PostgreSQL.

Jobs are hints. Every job looks at the domain tables for what is due, so a lost, doubled or late job changes nothing.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from procrastinate import App, PsycopgConnector

from exam_service import jobs
from exam_service.db import Database
from exam_service.settings import Settings

CONCURRENCY = 4
KEEP_JOBS_H = 24

log = logging.getLogger(__name__)


def create_worker_app(url: str) -> App:
    """The procrastinate application with the jobs of every feature; nothing connects yet."""
    app = App(connector=PsycopgConnector(conninfo=url))
    for namespace, blueprint in jobs.BLUEPRINTS.items():
        app.add_tasks_from(blueprint, namespace=namespace)
    return app


async def run_worker(database: Database, settings: Settings, *, install_signal_handlers: bool) -> None:
    """Work until cancelled (or, with signal handlers, until SIGINT or SIGTERM)."""
    app = create_worker_app(database.url)
    async with app.open_async():
        await app.run_worker_async(
            concurrency=CONCURRENCY,
            install_signal_handlers=install_signal_handlers,
            additional_context={"database": database, "settings": settings},
            delete_jobs="successful",
            shutdown_graceful_timeout=5,
        )


async def keep_working(database: Database, settings: Settings, *, install_signal_handlers: bool) -> None:
    """`run_worker`, started again after every crash: the database may go away and come back."""
    while True:
        try:
            await run_worker(database, settings, install_signal_handlers=install_signal_handlers)
        except Exception:
            log.exception("The background worker stopped; it starts again in two seconds.")
            await asyncio.sleep(2)
        else:
            return


@asynccontextmanager
async def running_worker(database: Database, settings: Settings) -> AsyncIterator[None]:
    """A worker in this process for as long as the block lasts; when it crashes it is started again."""
    task = asyncio.create_task(keep_working(database, settings, install_signal_handlers=False))
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
