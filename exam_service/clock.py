"""The time that the service acts on, in UTC; tests and drills may set it."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime

_fixed: ContextVar[datetime | None] = ContextVar("fixed_time", default=None)


def now() -> datetime:
    """The current time, timezone-aware in UTC.

    Deadlines are checked again by the database clock in the SQL of the write: this value never decides alone
    whether an answer was in time.
    """
    return _fixed.get() or datetime.now(UTC)


@contextmanager
def fixed_at(moment: datetime) -> Iterator[None]:
    """Within the block `now()` returns `moment` (which must be timezone-aware)."""
    assert moment.tzinfo is not None
    token = _fixed.set(moment.astimezone(UTC))
    try:
        yield
    finally:
        _fixed.reset(token)
