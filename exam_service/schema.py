"""The database schema: is it the one this code knows, and bringing it there."""

import os
from pathlib import Path
from time import monotonic, sleep

import alembic.command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine
from sqlalchemy.exc import OperationalError

from exam_service.db import sqlalchemy_url

DATABASE_WAIT_S = 60.0
MIGRATIONS = Path(os.environ.get("EXAM_MIGRATIONS") or Path(__file__).parent.parent / "migrations")


class SchemaOutdated(Exception):
    """The database has an older (or newer) schema than this code; the message says which command helps."""


def _config(url: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["url"] = sqlalchemy_url(url)
    return config


def migrate(url: str) -> None:
    """Bring the schema to the newest version; safe to call from several processes at once (advisory lock)."""
    alembic.command.upgrade(_config(url), "head")


def current_revision(url: str) -> str | None:
    """The revision that the database is at, or None when it is empty."""
    engine = create_engine(sqlalchemy_url(url))
    try:
        with engine.connect() as connection:
            return MigrationContext.configure(connection).get_current_revision()
    finally:
        engine.dispose()


def newest_revision() -> str | None:
    return ScriptDirectory(str(MIGRATIONS)).get_current_head()


def wait_for_database(url: str, *, limit_s: float = DATABASE_WAIT_S) -> None:
    """Return when the database takes connections: one that is starting, or recovering from a crash, is waited for.

    Raises sqlalchemy.exc.OperationalError when it still does not after `limit_s` seconds.
    """
    until = monotonic() + limit_s
    while True:
        try:
            current_revision(url)
        except OperationalError:
            if monotonic() > until:
                raise
            sleep(0.25)
        else:
            return


def ensure_current(url: str, *, may_migrate: bool) -> None:
    """Return when the schema is current, migrating first where that is allowed. Raises SchemaOutdated."""
    if current_revision(url) == newest_revision():
        return
    if not may_migrate:
        raise SchemaOutdated("The database schema is not the one of this version. Run: exam-service migrate")
    migrate(url)
