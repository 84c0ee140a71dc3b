"""What the player tells the room beside the answers: a message was read, the page was left, text was copied, something
is wrong with the computer, questions were answered while the clock stood still.

Leaving the page and copying are recorded only in an exam that says so. Trouble of the computer is told in every exam,
from the waiting room on, so that somebody comes to help. All of it is kind, time and number, never content; the waiting
room tells the candidate. It is for a person to look at and has no consequence by itself.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
    model_validator,
)
from pydantic_core import PydanticOmit
from sqlalchemy.orm import Session

from exam_service.attempts.models import Attempt
from exam_service.attempts.pool import Pool, fetch_rows
from exam_service.attempts.room_models import ATTENTION, TROUBLES, SignalKind
from exam_service.attempts.tokens import Claims
from exam_service.errors import NotFound

MOST_SIGNALS = 500
"""Kept per attempt of attention, and as many of everything else; beyond it the count is evidence enough."""

LONGEST_MS = 24 * 3600 * 1000
BEFORE_START = timedelta(hours=1)
"""How long before the start a computer in the waiting room may tell of its trouble: from when on the paper is given."""

MOST_QUESTIONS = 9999
"""As in a chain: no paper counts its questions further."""

FARTHEST_MIN = 525_600
RANGES = {
    SignalKind.BATTERY: range(101),
    SignalKind.CLOCK_OFF: range(-FARTHEST_MIN, FARTHEST_MIN + 1),
    SignalKind.NOT_KEPT: range(2),
    SignalKind.LINE_BAD: range(2),
    SignalKind.WINDOW_BAD: range(2),
    SignalKind.BROWSER_BAD: range(2),
    SignalKind.TYPED_IN_PAUSE: range(1, MOST_QUESTIONS + 1),
}
"""Kind → what its `value` may be; of the others it is 0."""

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

# A signal is dated by the player and believed only within the time in which the test was open, trouble of a computer
# from an hour before its start on. Who had no network at the end may still tell it within a grace.
SIGNALS = """
INSERT INTO attempt_signal (attempt_id, page, number, kind, at, lasted_ms, value)
SELECT attempt.id, %s, sent.number, sent.kind,
    least(greatest(sent.at, CASE WHEN sent.is_trouble THEN attempt.starts_at - open.before ELSE attempt.started_at END),
        coalesce(attempt.submitted_at, clock_timestamp())), sent.lasted_ms, sent.value
FROM (SELECT *, kind = ANY(%s) AS is_attention, kind = ANY(%s) AS is_trouble
    FROM unnest(%s::int[], %s::text[], %s::timestamptz[], %s::int[], %s::int[])
        AS one (number, kind, at, lasted_ms, value)
) AS sent
CROSS JOIN (SELECT %s::interval AS before) AS open
JOIN attempt ON attempt.id = %s AND attempt.candidate_id = %s
    AND (attempt.started_at IS NOT NULL OR sent.is_trouble AND clock_timestamp() >= attempt.starts_at - open.before)
    AND (attempt.state = 'started'
        OR attempt.state <> 'void' AND clock_timestamp() <= attempt.deadline_at + %s::interval)
JOIN candidate ON candidate.id = attempt.candidate_id
JOIN exam ON exam.id = candidate.exam_id AND (exam.watches_focus OR NOT sent.is_attention)
WHERE (SELECT count(*) FROM attempt_signal AS kept WHERE kept.attempt_id = attempt.id
    AND (kept.kind = ANY(%s)) = sent.is_attention) < %s
ON CONFLICT DO NOTHING
"""


class SignalInput(BaseModel):
    """`number` rises from 1 in the page; `at_ms` is milliseconds since 1970 by the server's clock as the page
    knows it; `value` is what its kind says (RANGES)."""

    model_config = ConfigDict(extra="forbid")

    number: int = Field(ge=1, le=2**31 - 1)
    kind: Literal[
        SignalKind.FOCUS_LOST,
        SignalKind.COPIED,
        SignalKind.BATTERY,
        SignalKind.CLOCK_OFF,
        SignalKind.NOT_KEPT,
        SignalKind.LINE_BAD,
        SignalKind.WINDOW_BAD,
        SignalKind.BROWSER_BAD,
        SignalKind.TYPED_IN_PAUSE,
    ]
    at_ms: int = Field(ge=0, le=4_102_444_800_000)
    lasted_ms: int = Field(default=0, ge=0, le=LONGEST_MS)
    value: int = 0

    @model_validator(mode="after")
    def _is_of_its_kind(self) -> Self:
        if self.value not in RANGES.get(self.kind, range(1)):
            raise ValueError("the value is none of this kind")
        return self


class SignalsInput(BaseModel):
    model_config = ConfigDict(extra="forbid")

    signals: Annotated[list[SignalInput], Field(min_length=1, max_length=50)]


async def note_read(pool: Pool, claims: Claims, message_id: UUID) -> None:
    """The candidate has confirmed the message; the first time counts. Raises NotFound for a message to somebody
    else."""
    ids = (message_id, claims.attempt_id, claims.candidate_id)
    if not await fetch_rows(pool, READ, ids) and not await fetch_rows(pool, KNOWN, ids):
        raise NotFound


def _or_omit(value: object, read: ValidatorFunctionWrapHandler) -> object:
    try:
        return read(value)
    except ValidationError as error:
        raise PydanticOmit from error


def _or_none(value: object, read: ValidatorFunctionWrapHandler) -> object:
    try:
        return read(value)
    except ValidationError:
        return None


class CarriedSignals(BaseModel):
    """What the journal of `page` had not sent, in an answer file: as many signals as are kept, without those that
    cannot be read."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    page: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
    signals: Annotated[
        list[Annotated[SignalInput, WrapValidator(_or_omit)]],
        AfterValidator(lambda readable: readable[:MOST_SIGNALS]),
    ]


ReadableSignals = Annotated[CarriedSignals | None, WrapValidator(_or_none)]
"""None where nothing can be read: no answer is lost for a signal beside it."""


async def note_signals(
    pool: Pool, claims: Claims, *, page: str, given: SignalsInput, grace: timedelta
) -> None:
    """Kept once, however often they are sent; attention is not kept where the exam does not ask for it, and nothing
    later than `grace` after the end."""
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
        [signal.value for signal in signals],
    )
    attention, troubles = list(ATTENTION), list(TROUBLES)
    return (page, attention, troubles, *columns, BEFORE_START, *ids, grace, attention, MOST_SIGNALS)
