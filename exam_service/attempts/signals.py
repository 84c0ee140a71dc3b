"""What the player tells the room beside the answers: a message was read, the page was left, text was copied.

Leaving the page and copying are recorded only in an exam that says so, as kind and time and never as content;
the waiting room tells the candidate. They are evidence for a person to look at and have no consequence by
themselves.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from sqlalchemy.orm import Session

from exam_service.attempts.models import Attempt
from exam_service.attempts.pool import Pool, fetch_rows
from exam_service.attempts.room_models import SignalKind
from exam_service.attempts.tokens import Claims
from exam_service.errors import NotFound

MOST_SIGNALS = 500
"""Kept per attempt; beyond it the count is evidence enough."""

LONGEST_MS = 24 * 3600 * 1000
WHENEVER = timedelta(days=3650)

READ = """
INSERT INTO message_receipt (message_id, attempt_id, read_at)
SELECT room_message.id, attempt.id, clock_timestamp()
FROM room_message JOIN attempt ON attempt.sitting_id = room_message.sitting_id
    AND coalesce(room_message.attempt_id, attempt.id) = attempt.id
WHERE room_message.id = %s AND attempt.id = %s AND attempt.candidate_id = %s
ON CONFLICT (message_id, attempt_id) DO UPDATE SET read_at = message_receipt.read_at WHERE false
RETURNING 1
"""

KNOWN = """
SELECT 1 FROM message_receipt JOIN attempt ON attempt.id = message_receipt.attempt_id
WHERE message_id = %s AND attempt_id = %s AND candidate_id = %s
"""

# A signal is dated by the player and believed only within the time in which the test was open. Who had no network at
# the end may still tell it within a grace.
SIGNALS = """
INSERT INTO attempt_signal (attempt_id, page, number, kind, at, lasted_ms)
SELECT attempt.id, %s, sent.number, sent.kind,
    least(greatest(sent.at, attempt.started_at), coalesce(attempt.submitted_at, clock_timestamp())), sent.lasted_ms
FROM unnest(%s::int[], %s::text[], %s::timestamptz[], %s::int[]) AS sent (number, kind, at, lasted_ms)
JOIN attempt ON attempt.id = %s AND attempt.candidate_id = %s AND attempt.started_at IS NOT NULL
    AND (attempt.state = 'started'
        OR attempt.state <> 'void' AND clock_timestamp() <= attempt.deadline_at + %s::interval)
JOIN candidate ON candidate.id = attempt.candidate_id
JOIN exam ON exam.id = candidate.exam_id AND exam.watches_focus
WHERE (SELECT count(*) FROM attempt_signal WHERE attempt_signal.attempt_id = attempt.id) < %s
ON CONFLICT DO NOTHING
"""


class SignalInput(BaseModel):
    """`number` rises from 1 in the page; `at_ms` is milliseconds since 1970 by the server's clock as the page
    knows it."""

    model_config = ConfigDict(extra="forbid")

    number: int = Field(ge=1, le=2**31 - 1)
    kind: Literal[SignalKind.FOCUS_LOST, SignalKind.COPIED]
    at_ms: int = Field(ge=0, le=4_102_444_800_000)
    lasted_ms: int = Field(default=0, ge=0, le=LONGEST_MS)


class SignalsInput(BaseModel):
    model_config = ConfigDict(extra="forbid")

    signals: Annotated[list[SignalInput], Field(min_length=1, max_length=50)]


async def note_read(pool: Pool, claims: Claims, message_id: UUID) -> None:
    """The candidate has confirmed the message; the first time counts. Raises NotFound for a message to somebody
    else."""
    ids = (message_id, claims.attempt_id, claims.candidate_id)
    if not await fetch_rows(pool, READ, ids) and not await fetch_rows(pool, KNOWN, ids):
        raise NotFound


class CarriedSignals(BaseModel):
    """What the journal of `page` had not sent, in an answer file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    page: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
    signals: Annotated[list[SignalInput], Field(min_length=1, max_length=MOST_SIGNALS)]


async def note_signals(
    pool: Pool, claims: Claims, *, page: str, given: SignalsInput, grace: timedelta
) -> None:
    """Kept once, however often they are sent; nothing is kept where the exam does not ask for it, or later than
    `grace` after the end."""
    ids = (claims.attempt_id, claims.candidate_id)
    await fetch_rows(pool, SIGNALS + "RETURNING 1", _values(given.signals, page=page, ids=ids, grace=grace))


def keep_carried(session: Session, attempt: Attempt, carried: CarriedSignals | None) -> None:
    """The signals of an answer file, whenever it is brought: by the same rules as those that came by network."""
    if carried is not None:
        ids = (attempt.id, attempt.candidate_id)
        values = _values(carried.signals, page=carried.page, ids=ids, grace=WHENEVER)
        session.connection().exec_driver_sql(SIGNALS, values)


def _values(
    signals: Sequence[SignalInput], *, page: str, ids: tuple[UUID, UUID], grace: timedelta
) -> tuple[object, ...]:
    """What fills the places of SIGNALS."""
    zero = datetime(1970, 1, 1, tzinfo=UTC)
    columns = (
        [signal.number for signal in signals],
        [signal.kind.value for signal in signals],
        [zero + timedelta(milliseconds=signal.at_ms) for signal in signals],
        [signal.lasted_ms for signal in signals],
    )
    return (page, *columns, *ids, grace, MOST_SIGNALS)
