"""Alembic environment: one connection, short lock waits, one migrating process at a time."""

from alembic import context
from sqlalchemy import create_engine, pool, text

import exam_service.tables  # noqa: F401 - registers every table
from exam_service.db import Base

LOCK_TIMEOUT = "5s"
STATEMENT_TIMEOUT = "300s"
MIGRATION_LOCK = 7_361_000

target_metadata = Base.metadata


def is_ours(name: str | None, kind: str, _parents: object) -> bool:
    """The tables of the job queue belong to procrastinate, not to our models."""
    return not (kind == "table" and name is not None and name.startswith("procrastinate_"))


def run_online() -> None:
    url = context.config.attributes["url"]
    engine = create_engine(url, poolclass=pool.NullPool)
    with engine.connect() as connection:
        connection.execute(text(f"SET lock_timeout = '{LOCK_TIMEOUT}'"))
        connection.execute(text(f"SET statement_timeout = '{STATEMENT_TIMEOUT}'"))
        connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": MIGRATION_LOCK})
        connection.commit()
        context.configure(connection=connection, target_metadata=target_metadata, include_name=is_ours)
        with context.begin_transaction():
            context.run_migrations()
    engine.dispose()


run_online()
