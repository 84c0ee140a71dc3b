"""Saving an answer: the one path that must be fast, and the one by which a player writes `response` and its history.

Whoever is told "saved" has the answer on disk: saves that arrive together are committed together, in one statement,
and each caller is answered after its commit. The statement itself checks owner, slot, state, pause and deadline (by
the database clock), so nothing can slip between a check and the write. A save and a hand-in exclude each other by the
lock on the attempt: every acknowledged save is part of what is handed in.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import psycopg
from fastapi import Request
from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError
from pydantic_core import to_json

from exam_service.attempts.access import refuse_limited
from exam_service.attempts.answer_shape import LARGEST_SEQUENCE, MalformedSave, check_shape
from exam_service.attempts.batching import Batcher
from exam_service.attempts.evidence_limits import keep_displaced
from exam_service.attempts.leases import HeldElsewhere, holder_of
from exam_service.attempts.models import AttemptState
from exam_service.attempts.pool import Pool, fetch_rows, pool_of
from exam_service.attempts.refusals import refuse, takes_answers
from exam_service.attempts.tokens import Claims, claims_of
from exam_service.attempts.window import TRANSIT_GRACE, Window
from exam_service.errors import NotFound, Refusal

LARGEST_ANSWER = 8 * 1024
LARGEST_BODY = 128 * 1024  # an essay of 20,000 characters, each spelled with at most 6 bytes


class AnswerTooLarge(Refusal):
    code = "answer_too_large"
    status = 413
    message = "Câu trả lời dài hơn mức cho phép (%(limit_kb)s KB)."


class SaveInput(BaseModel):
    """The body of a save: `sequence` rises with every change of the slot; `response` null clears the answer."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", allow_inf_nan=False)

    sequence: int = Field(ge=1, le=LARGEST_SEQUENCE)
    response: dict[str, JsonValue] | None
    flagged: bool = False


@dataclass(frozen=True, slots=True)
class Save:
    """A checked save on its way to the database; `response` is JSON text."""

    attempt_id: UUID
    candidate_id: UUID
    slot: int
    sequence: int
    response: str | None
    is_flagged: bool
    holder: str = ""


@dataclass(frozen=True, slots=True)
class Saved:
    """What stands in the slot after a save: a higher `sequence` than was sent belongs to a newer answer."""

    sequence: int
    saved_at: datetime
    remaining_ms: int


# $1..$7 are parallel arrays, one element per save; then the attempts and the grace in seconds. No row comes back for a
# refused save. What a page sends that has lost the attempt to another one is kept as evidence once it is known why it
# was refused (`attempts.evidence_limits`).
#
# Locks are taken in the order of attempt ids, and only the holder of an attempt's lock touches its responses: two
# batches (or a batch and a hand-in) can wait for each other but never in a circle. After waiting, PostgreSQL checks the
# conditions of `held` again on the newest version of the row, so a save that waited for a hand-in is refused.
#
# A stale or repeated sequence rewrites the row with what it already says: RETURNING then gives the truth.
SAVE = """
WITH sent AS MATERIALIZED (
    SELECT attempt_id, candidate_id, slot, sequence, response::jsonb AS response, is_flagged, holder, place
    FROM unnest(%s::uuid[], %s::uuid[], %s::int[], %s::int[], %s::text[], %s::bool[], %s::text[])
        WITH ORDINALITY AS t (attempt_id, candidate_id, slot, sequence, response, is_flagged, holder, place)
), held AS MATERIALIZED (
    SELECT id, candidate_id, slot_count, deadline_at, lease_holder FROM attempt
    WHERE id = ANY(%s::uuid[]) AND state = 'started' AND paused_at IS NULL
        AND clock_timestamp() < deadline_at + %s::interval
    ORDER BY id FOR NO KEY UPDATE
), own AS MATERIALIZED (
    SELECT sent.*, clock_timestamp() AS at, coalesce(held.lease_holder, sent.holder) = sent.holder AS is_holder,
        greatest(0, extract(epoch FROM held.deadline_at - clock_timestamp()) * 1000)::bigint AS remaining_ms
    FROM sent JOIN held ON held.id = sent.attempt_id AND held.candidate_id = sent.candidate_id
        AND sent.slot BETWEEN 1 AND held.slot_count
), accepted AS MATERIALIZED (
    SELECT * FROM own WHERE is_holder
), current AS (
    INSERT INTO response AS stored (attempt_id, slot, sequence, response, is_flagged, saved_at)
    SELECT DISTINCT ON (attempt_id, slot) attempt_id, slot, sequence, response, is_flagged, at
    FROM accepted ORDER BY attempt_id, slot, sequence DESC, place
    ON CONFLICT (attempt_id, slot) DO UPDATE SET
        sequence = greatest(stored.sequence, excluded.sequence),
        response = CASE WHEN excluded.sequence > stored.sequence THEN excluded.response ELSE stored.response END,
        is_flagged = CASE WHEN excluded.sequence > stored.sequence THEN excluded.is_flagged ELSE stored.is_flagged END,
        saved_at = CASE WHEN excluded.sequence > stored.sequence THEN excluded.saved_at ELSE stored.saved_at END
    RETURNING attempt_id, slot, coalesce(old.sequence, 0) AS sequence_before, new.sequence, new.saved_at
), history AS (
    INSERT INTO response_history (attempt_id, slot, sequence, response, is_flagged, saved_at)
    SELECT DISTINCT ON (attempt_id, slot, accepted.sequence)
        attempt_id, slot, accepted.sequence, accepted.response, accepted.is_flagged, accepted.at
    FROM accepted JOIN current USING (attempt_id, slot)
    WHERE accepted.sequence > current.sequence_before
    ORDER BY attempt_id, slot, accepted.sequence, place
)
SELECT accepted.place, current.sequence, current.saved_at, accepted.remaining_ms
FROM accepted JOIN current USING (attempt_id, slot)
"""

STANDING = """
SELECT state, paused_at, starts_at, late_until, deadline_at, slot_count, candidate_id,
    coalesce(lease_holder, %s) = %s, clock_timestamp()
FROM attempt WHERE id = %s
"""


class ResponseSaver:
    """Saves the answers of one process through `pool` (connections in autocommit mode)."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._batcher: Batcher[Save, Saved | Refusal | None] = Batcher(self._run)

    async def save(self, save: Save) -> Saved:
        """What stands in the slot once `save` is durable (one statement for all saves that arrive together).

        Raises the refusals of `attempts.refusals`, HeldElsewhere, NotFound for a foreign attempt or slot,
        MalformedSave for what the database cannot hold, DatabaseSilent when it did not confirm.
        """
        saved = await self._batcher.submit(save)
        if saved is None:
            await self._refuse(save)
        if isinstance(saved, Refusal):
            raise saved
        assert saved is not None
        return saved

    async def _run(self, saves: Sequence[Save]) -> Sequence[Saved | Refusal | None]:
        try:
            return await self._write(saves)
        except psycopg.DataError:
            # One answer that JSONB cannot hold must not take its neighbours along.
            if len(saves) == 1:
                return [MalformedSave()]
            return [answer for save in saves for answer in await self._run([save])]

    async def _write(self, saves: Sequence[Save]) -> Sequence[Saved | None]:
        columns = (
            [save.attempt_id for save in saves],
            [save.candidate_id for save in saves],
            [save.slot for save in saves],
            [save.sequence for save in saves],
            [save.response for save in saves],
            [save.is_flagged for save in saves],
            [save.holder for save in saves],
        )
        rows = await fetch_rows(self._pool, SAVE, (*columns, list({*columns[0]}), TRANSIT_GRACE))
        answers: list[Saved | None] = [None] * len(saves)
        for place, sequence, saved_at, remaining_ms in rows:
            answers[place - 1] = Saved(sequence, saved_at, remaining_ms)
        return answers

    async def _refuse(self, save: Save) -> None:
        """Raise why `save` was refused."""
        rows = await fetch_rows(self._pool, STANDING, (save.holder, save.holder, save.attempt_id))
        if not rows:
            raise NotFound
        state, paused_at, starts_at, late_until, deadline_at, slot_count, candidate_id, is_holder, now = rows[
            0
        ]
        if candidate_id != save.candidate_id or not 1 <= save.slot <= slot_count:
            raise NotFound
        times = Window(starts_at, late_until, deadline_at)
        if not is_holder and takes_answers(now, times, state=AttemptState(state), paused_at=paused_at):
            await keep_displaced(
                self._pool,
                save.attempt_id,
                holder=save.holder,
                slot=save.slot,
                sequence=save.sequence,
                response=save.response,
                is_flagged=save.is_flagged,
            )
            raise HeldElsewhere
        refuse(now, times, state=AttemptState(state), paused_at=paused_at)


def saver_of(request: Request) -> ResponseSaver:
    """The saver of this process, made with the first save."""
    state = request.app.state
    saver: ResponseSaver | None = getattr(state, "response_saver", None)
    if saver is None:
        saver = state.response_saver = ResponseSaver(pool_of(request))
    return saver


async def read_save(request: Request) -> Save:
    """The save that a request asks for, checked without the database.

    Raises BadAttemptToken, EntryNotProven, NotFound (the token belongs to another attempt, or the address is none),
    AnswerTooLarge, MalformedSave.
    """
    claims = claims_of(request)
    refuse_limited(claims)
    slot = _slot_of(request, claims)
    if int(request.headers.get("content-length", "0") or 0) > LARGEST_BODY:
        raise AnswerTooLarge(limit_kb=LARGEST_BODY // 1024)
    body = await request.body()
    if len(body) > LARGEST_BODY:
        raise AnswerTooLarge(limit_kb=LARGEST_BODY // 1024)
    try:
        given = SaveInput.model_validate_json(body)
    except ValidationError as error:
        raise MalformedSave from error
    response = None
    if given.response is not None:
        check_shape(given.response)
        response = to_json(given.response)
        if len(response) - _prose_size(given.response) > LARGEST_ANSWER:
            raise AnswerTooLarge(limit_kb=LARGEST_ANSWER // 1024)
    return Save(
        attempt_id=claims.attempt_id,
        candidate_id=claims.candidate_id,
        slot=slot,
        sequence=given.sequence,
        response=None if response is None else response.decode(),
        is_flagged=given.flagged,
        holder=holder_of(request),
    )


def _slot_of(request: Request, claims: Claims) -> int:
    """The slot in the address; an attempt in the address must be the token's."""
    attempt, slot = request.path_params.get("attempt_id"), request.path_params["slot"]
    if attempt not in (None, str(claims.attempt_id)) or not (
        slot.isascii() and slot.isdigit() and len(slot) <= 4
    ):
        raise NotFound
    return int(slot)


def _prose_size(response: dict[str, JsonValue]) -> int:
    """The bytes of what is written as `text`, in the response itself or in a part of a case.

    Which type a slot holds is not known on this path: only prose may be long, whatever else an answer carries is
    small for every type.
    """
    parts = response.get("parts")
    holders = [response, *(parts.values() if isinstance(parts, dict) else ())]
    texts = [holder.get("text") for holder in holders if isinstance(holder, dict)]
    return sum(len(to_json(text)) for text in texts if isinstance(text, str))


def saved_json(slot: int, saved: Saved) -> bytes:
    """The answer to a save, written without a general serialiser."""
    saved_at = saved.saved_at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    text = (
        f'{{"slot":{slot},"sequence":{saved.sequence},"saved_at":"{saved_at}",'
        f'"remaining_ms":{saved.remaining_ms}}}'
    )
    return text.encode()
