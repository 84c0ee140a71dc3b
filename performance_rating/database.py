"""The engine, and the one place where a transaction is opened and committed."""

from collections.abc import Iterator
from typing import Annotated

from fastapi import Depends, Request
from sqlalchemy import Engine, create_engine
from sqlalchemy.orm import Session

from performance_rating.settings import Settings

# A hanging database must turn into a refused delivery, which the sender repeats, and not into a hanging
# sender.
_TIMEOUTS = "-c statement_timeout=10s -c lock_timeout=5s -c idle_in_transaction_session_timeout=30s"


def make_engine(settings: Settings) -> Engine:
    """An engine that connects on first use."""
    return create_engine(
        settings.sqlalchemy_url,
        pool_size=10,
        max_overflow=10,
        pool_timeout=10,
        pool_pre_ping=True,
        connect_args={"connect_timeout": 5, "options": _TIMEOUTS, "application_name": "performance-rating"},
    )


def transaction(request: Request) -> Iterator[Session]:
    """A session that is committed when the endpoint returns and rolled back when it raises.

    Depend on it as `Transaction` only: `scope="function"` commits before the response is sent, so that a
    2xx is never given for an event that is not durable.
    """
    engine: Engine = request.app.state.engine
    with Session(engine, expire_on_commit=False) as session, session.begin():
        yield session


Transaction = Annotated[Session, Depends(transaction, scope="function")]
