"""How much evidence one candidate may send that does not count by itself: answers of a page that has lost the attempt,
and late deliveries.

Nobody honest comes near the limits. What is beyond them is refused with a sentence and counted, so that the room sees
that there was more. Files that staff bring have no limit of this kind.
"""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from exam_service.attempts.evidence_models import EvidenceCount, EvidenceKind
from exam_service.attempts.leases import HeldElsewhere
from exam_service.attempts.pool import Pool, fetch_rows
from exam_service.errors import Refusal


@dataclass(frozen=True)
class Limit:
    """What is kept of one kind for one attempt."""

    most: int
    most_bytes: int


LIMITS = {
    EvidenceKind.DISPLACED: Limit(500, 4 * 2**20),
    EvidenceKind.LATE: Limit(20, 4 * 2**20),
}


class DisplacedIsFull(HeldElsewhere):
    """Another page holds the attempt, and no more is kept of what this one sends (the code stays: a player does the
    same)."""

    message = (
        "Bài thi đang mở ở một cửa sổ hoặc một máy khác. Câu trả lời gửi từ đây không tính và không được giữ thêm, vì "
        "đã quá %(most)s câu hoặc %(most_mb)s MB."
    )


class DeliveriesAreFull(Refusal):
    code = "deliveries_full"
    message = (
        "Đã gửi quá %(most)s lần hoặc %(most_mb)s MB sau giờ thu bài nên hệ thống không nhận thêm. "
        "Hãy tải tệp bài làm và đưa cho giám thị."
    )


# One row per attempt and kind: who comes at the same time waits for it, so that the limit is exact.
COUNT_LATE = """
WITH arrived AS (SELECT %s::uuid AS attempt_id, 'late' AS kind, %s::int AS size, %s::int AS most, %s::int AS most_bytes)
INSERT INTO evidence_count AS counted (attempt_id, kind, kept, kept_bytes, refused)
SELECT attempt_id, kind, 1, size, 0 FROM arrived
ON CONFLICT (attempt_id, kind) DO UPDATE SET (kept, kept_bytes, refused, last_refused_at) = (
    SELECT counted.kept + fits::int, counted.kept_bytes + CASE WHEN fits THEN size ELSE 0 END,
        counted.refused + (NOT fits)::int, CASE WHEN fits THEN counted.last_refused_at ELSE clock_timestamp() END
    FROM (SELECT size, counted.kept < most AND counted.kept_bytes + size <= most_bytes AS fits FROM arrived))
RETURNING new.kept > coalesce(old.kept, 0) AS fits
"""

# Sent again it is neither kept nor counted again, also when both copies come in the same moment: what is counted is the
# row that the insert returns. Who comes later waits at the count and reads it as it stands then; only what comes in the
# very moment of the first of all, when there is no count yet, may go beyond the limit.
KEEP = """
WITH sent AS MATERIALIZED (
    SELECT %s::uuid AS attempt_id, %s::text AS holder, %s::int AS slot, %s::int AS sequence, %s::jsonb AS response,
        %s::bool AS is_flagged
), counted AS MATERIALIZED (
    SELECT kept, kept_bytes FROM evidence_count JOIN sent USING (attempt_id) WHERE kind = 'displaced'
    FOR UPDATE OF evidence_count
), judged AS MATERIALIZED (
    SELECT size, coalesce(kept, 0) < most AND coalesce(kept_bytes, 0) + size <= most_bytes AS fits
    FROM (VALUES (%s::int, %s::int, %s::int)) AS limits (size, most, most_bytes) LEFT JOIN counted ON true
    WHERE NOT EXISTS (SELECT FROM displaced_response JOIN sent USING (attempt_id, holder, slot, sequence))
), kept AS (
    INSERT INTO displaced_response (attempt_id, holder, slot, sequence, response, is_flagged, received_at)
    SELECT sent.*, clock_timestamp() FROM sent, judged WHERE fits
    ON CONFLICT DO NOTHING
    RETURNING slot
), noted AS (
    INSERT INTO evidence_count AS noted (attempt_id, kind, kept, kept_bytes, refused, last_refused_at)
    SELECT attempt_id, 'displaced', count, count * size, (NOT fits)::int, CASE WHEN NOT fits THEN clock_timestamp() END
    FROM sent, judged, (SELECT count(*) FROM kept) AS rows WHERE count > 0 OR NOT fits
    ON CONFLICT (attempt_id, kind) DO UPDATE SET kept = noted.kept + excluded.kept,
        kept_bytes = noted.kept_bytes + excluded.kept_bytes, refused = noted.refused + excluded.refused,
        last_refused_at = coalesce(excluded.last_refused_at, noted.last_refused_at)
)
SELECT fits FROM judged
"""


async def keep_displaced(
    pool: Pool,
    attempt_id: UUID,
    *,
    holder: str,
    slot: int,
    sequence: int,
    response: str | None,
    is_flagged: bool,
) -> None:
    """The answer (JSON text) of a page that has lost the attempt is kept, once. Raises DisplacedIsFull, then counted.

    Raises DatabaseSilent as every statement of the pool does.
    """
    limit, size = LIMITS[EvidenceKind.DISPLACED], len((response or "").encode())
    given = (attempt_id, holder, slot, sequence, response, is_flagged, size, limit.most, limit.most_bytes)
    if await fetch_rows(pool, KEEP, given) == [(False,)]:
        raise DisplacedIsFull(most=limit.most, most_mb=limit.most_bytes // 2**20)


def count_late(session: Session, attempt_id: UUID, *, size: int) -> None:
    """A late delivery of `size` bytes is counted. Raises DeliveriesAreFull: the caller must commit the count."""
    limit = LIMITS[EvidenceKind.LATE]
    row = session.connection().exec_driver_sql(COUNT_LATE, (attempt_id, size, limit.most, limit.most_bytes))
    if not row.scalar_one():
        raise DeliveriesAreFull(most=limit.most, most_mb=limit.most_bytes // 2**20)


def refused_of(session: Session, attempt_id: UUID) -> list[EvidenceCount]:
    """The kinds of which more was sent than is kept."""
    rows = select(EvidenceCount).where(EvidenceCount.attempt_id == attempt_id, EvidenceCount.refused > 0)
    return list(session.scalars(rows.order_by(EvidenceCount.kind)))
