"""What an open player asks again and again: how much time is left, by the database's clock, and what the room says."""

import time
from dataclasses import dataclass, field
from uuid import UUID

from exam_service.attempts.models import AttemptState
from exam_service.attempts.pool import Pool, fetch_rows
from exam_service.attempts.schemas import ClockOut, MessageOut
from exam_service.attempts.tokens import Claims
from exam_service.errors import NotFound

LARGEST_UNSENT = 10_000

CLOCK = """
WITH seen AS (
    UPDATE attempt SET last_seen_at = clock_timestamp(), unsent_count = %s
    WHERE id = %s AND candidate_id = %s AND state = 'started' AND coalesce(lease_holder, %s) = %s
        AND (last_seen_at IS NULL OR last_seen_at < clock_timestamp() - interval '5 seconds' OR unsent_count <> %s)
)
SELECT state, paused_at IS NOT NULL, coalesce(lease_holder, %s) = %s,
    floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint,
    floor(greatest(0, extract(epoch FROM deadline_at
        - greatest(attempt.starts_at, coalesce(paused_at, clock_timestamp())))) * 1000)::bigint,
    ceil(greatest(0, extract(epoch FROM attempt.starts_at - clock_timestamp())) * 1000)::bigint,
    sitting.id, sitting.room_version,
    (SELECT jsonb_agg(jsonb_build_object('id', id, 'body', body, 'sent_at', sent_at) ORDER BY sent_at)
     FROM room_message WHERE room_message.sitting_id = sitting.id
        AND coalesce(room_message.attempt_id, attempt.id) = attempt.id
        AND NOT EXISTS (SELECT FROM message_receipt
            WHERE message_id = room_message.id AND message_receipt.attempt_id = attempt.id))
FROM attempt JOIN sitting ON sitting.id = attempt.sitting_id
WHERE attempt.id = %s AND candidate_id = %s
"""


@dataclass(frozen=True)
class Looked:
    """A look at the clock, and when it was taken: it can be told a little later without another."""

    clock: ClockOut
    sitting_id: UUID
    taken_at: float = field(default_factory=time.monotonic)

    @property
    def waited_ms(self) -> int:
        """How long ago it was taken."""
        return int((time.monotonic() - self.taken_at) * 1000)

    def now(self) -> ClockOut:
        """The clock as it stands at this moment, for a look that nothing has changed since."""
        passed = self.waited_ms
        clock = self.clock
        worked = 0 if clock.paused else max(0, passed - clock.starts_in_ms)
        return clock.model_copy(
            update={
                "remaining_ms": max(0, clock.remaining_ms - worked),
                "starts_in_ms": max(0, clock.starts_in_ms - passed),
                "now_ms": clock.now_ms + passed,
                "waited_ms": passed,
            }
        )


async def read_clock(pool: Pool, claims: Claims, *, holder: str = "", unsent_count: int = 0) -> Looked:
    """The time left by the database clock; the room sees that the player is alive and what it could not save yet.

    Raises NotFound, DatabaseSilent.
    """
    ids = (claims.attempt_id, claims.candidate_id)
    given = (unsent_count, *ids, holder, holder, unsent_count, holder, holder, *ids)
    rows = await fetch_rows(pool, CLOCK, given)
    if not rows:
        raise NotFound
    state, is_paused, is_held, now_ms, remaining_ms, starts_in_ms, sitting_id, version, messages = rows[0]
    clock = ClockOut(
        remaining_ms=remaining_ms,
        starts_in_ms=starts_in_ms,
        state=AttemptState(state),
        paused=is_paused,
        held=is_held,
        now_ms=now_ms,
        version=version,
        messages=[MessageOut.model_validate(message) for message in messages or ()],
    )
    return Looked(clock, sitting_id)
