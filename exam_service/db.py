"""Sessions and transactions: the only place that commits."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Annotated, Any, ClassVar
from uuid import UUID

from anyio import CapacityLimiter
from anyio.lowlevel import RunVar
from fastapi import Depends, Request
from fastapi.concurrency import contextmanager_in_threadpool
from procrastinate import JobContext
from sqlalchemy import DateTime, Engine, MetaData, String, create_engine, event
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, sessionmaker
from uuid_utils.compat import uuid7

POOL_SIZE = 12
MOMENTARY = 4
"""Connections for what asks the database between two steps of a request, as finding out who is calling does."""

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """Parent of every table; times are timezone-aware, JSON is JSONB, text without a length is VARCHAR."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map: ClassVar = {
        datetime: DateTime(timezone=True),
        dict[str, Any]: JSONB,
        list[Any]: JSONB,
        list[str]: JSONB,
        str: String,
    }


class Keyed:
    """Mixin: a UUIDv7 primary key, made in the process so that rows can refer to each other before the flush."""

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)


def one_of(enum: type[Any], column: str) -> str:
    """The CHECK expression that keeps `column` to the values of a StrEnum."""
    values = ", ".join(f"'{member.value}'" for member in enum)
    return f"{column} IN ({values})"


def sqlalchemy_url(url: str) -> str:
    """The same address for SQLAlchemy with psycopg 3 as driver."""
    for prefix in ("postgresql://", "postgres://"):
        if url.startswith(prefix):
            return "postgresql+psycopg://" + url.removeprefix(prefix)
    return url


class Database:
    """The connection pool of one process and the factory of its sessions."""

    def __init__(self, url: str, *, pool_size: int = POOL_SIZE, bind: Any = None) -> None:
        """Nothing connects until the first session is used; `bind` replaces the pool by one connection (tests)."""
        self.url = url
        self.engine: Engine = create_engine(
            sqlalchemy_url(url),
            pool_size=pool_size,
            max_overflow=MOMENTARY,
            pool_pre_ping=True,
            pool_timeout=15,
        )
        self._pool_size = pool_size
        self._turns: RunVar[CapacityLimiter] = RunVar("turns at the database")
        # Shares the pool. Its transactions begin as READ ONLY, so that a session that only reads takes a connection
        # with its first statement and not before: a request that held one while another part of it waited for a
        # second would lock the pool as soon as many come at once.
        self._reading_bind = bind or self.engine.execution_options(postgresql_readonly=True)
        options: dict[str, Any] = {"join_transaction_mode": "create_savepoint"} if bind is not None else {}
        self.sessions = sessionmaker(
            bind=bind or self.engine, expire_on_commit=False, autoflush=True, **options
        )
        event.listen(self.sessions, "before_commit", _run_before_commit)

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """A session whose changes are committed when the block ends and rolled back when it raises."""
        with self.sessions() as session:
            try:
                yield session
                session.commit()
            except BaseException:
                session.rollback()
                raise

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session that cannot write."""
        with self.sessions(bind=self._reading_bind) as session:
            yield session

    def turns(self) -> CapacityLimiter:
        """Lets as many requests have a session at a time as the pool has connections; the others queue in order.

        A request holds its connection while its answer is made, for which it needs a thread of the server. Without a
        queue before it, all threads would wait for connections, and all connections for threads.
        """
        try:
            return self._turns.get()
        except LookupError:
            self._turns.set(limiter := CapacityLimiter(self._pool_size))
            return limiter

    def dispose(self) -> None:
        self.engine.dispose()


_before_commit: list[Callable[[Session], None]] = []


def before_commit(function: Callable[[Session], None]) -> Callable[[Session], None]:
    """Register `function` to run once, in the transaction, just before every outermost commit."""
    _before_commit.append(function)
    return function


def _run_before_commit(session: Session) -> None:
    if session.in_nested_transaction():
        return
    for function in _before_commit:
        function(session)


@contextmanager
def attempting(session: Session) -> Iterator[None]:
    """A savepoint: when the block raises, its writes and its audit rows are undone and the session stays usable.

    Pages use it to show a form again with the reason of a refusal.
    """
    pending: list[Any] = session.info.setdefault("audit", [])
    kept = len(pending)
    try:
        with session.begin_nested():
            yield
    except BaseException:
        del pending[kept:]
        raise


def database_of(request: Request) -> Database:
    database: Database = request.app.state.database
    return database


def database_of_job(context: JobContext) -> Database:
    """The database that a background job works on."""
    database: Database = context.additional_context["database"]
    return database


async def _transaction(request: Request) -> AsyncIterator[Session]:
    database = database_of(request)
    async with database.turns(), contextmanager_in_threadpool(database.transaction()) as session:
        yield session


async def _reading(request: Request) -> AsyncIterator[Session]:
    database = database_of(request)
    async with database.turns(), contextmanager_in_threadpool(database.reading()) as session:
        yield session


# FastAPI ends a dependency after the response is sent unless told otherwise: a failing commit would still answer 200.
Tx = Annotated[Session, Depends(_transaction, scope="function")]
Reading = Annotated[Session, Depends(_reading, scope="function")]
