"""The stored responses of a run, packed by the database: blocks of attempts as arrays of fixed-width records.

A row per response would spend most of the time in the driver. The database therefore packs each response into eight
bytes, joins those of an attempt, and those of a block of attempts; numpy reads the bytes as they are. While one block
is worked on, a second thread waits for the next.
"""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from exam_service.bank.models import ItemVersion

BLOCK = 5000  # attempts; at 60 responses some 10 MB in the database and here
VERSION_MASK = -1 << 18  # what SCORES leaves of the hash of a version: its upper 46 bits
ANSWER_MASK = -1 << 16  # what ANSWERS leaves of the hash of an answer: its upper 48 bits
SLOT_BITS = 16  # as many as an int2 has: the cast fails rather than that a slot spills over

# A block is a range of attempt ids: a range is read from the index, a list of ids would be looked for in the whole
# table, block after block. Attempts of the range that are not wanted fall out with the second join.
PACKED = """
SELECT string_agg(int4send(place::int4), ''), string_agg(int4send(length(records)), ''), string_agg(records, '')
FROM (SELECT attempt_id, string_agg({record}, ''::bytea) AS records FROM {source} GROUP BY attempt_id) AS packed
JOIN unnest(%(attempts)s::uuid[]) WITH ORDINALITY AS wanted (attempt_id, place) USING (attempt_id)
"""
RANGE = "attempt_id BETWEEN %(first)s AND %(last)s"
SCORED = f"slot_score WHERE run_id = %(run_id)s AND {RANGE}"
# The lowest two bits of a score: 0 no points, 1 all points, 2 some of them, which are asked for when there are any.
SOME = 2
SCORES = PACKED.format(
    record=f"int8send((uuid_hash_extended(version_id, 0) & {VERSION_MASK}) | (slot::int2::int8 << 2)"
    f" | CASE WHEN points = max_points THEN 1 WHEN points = 0 THEN 0 ELSE {SOME} END)",
    source=SCORED,
)
SHARES = PACKED.format(
    record="int4send(slot) || float4send((points / max_points)::float4)",
    source=f"{SCORED} AND points <> 0 AND points <> max_points",
)
ANSWERS = PACKED.format(
    record=f"int8send((jsonb_hash_extended(response, 0) & {ANSWER_MASK}) | slot::int2::int8)",
    source=f"response WHERE {RANGE}",
)
# What was accepted from a delivery was stored when that was decided: its time says nothing of the candidate.
ACCEPTED = """
SELECT delivery.attempt_id, delivered.slot, delivered.decided_at FROM delivered_response AS delivered
JOIN answer_delivery AS delivery ON delivery.id = delivered.delivery_id WHERE delivered.verdict = 'accepted'
"""
SAVES = PACKED.format(
    record="timestamptz_send(saved_at) || int2send(slot::int2)",
    source=f"response_history WHERE {RANGE} AND (attempt_id, slot, saved_at) NOT IN ({ACCEPTED})",
)
NUMBER = np.dtype(">i8")
SHARE = np.dtype([("slot", ">i4"), ("share", ">f4")])
SAVE = np.dtype([("at", ">i8"), ("slot", ">i2")])

# The planner knows nothing of how dear these aggregates are. One process that hashes beats two that sort on disk.
TUNING = {
    "max_parallel_workers_per_gather": "0",
    "jit": "off",
    "work_mem": "64MB",
    "enable_sort": "off",
}


@dataclass(frozen=True)
class Records:
    """Records of a kind, attempt after attempt, each with the place of its attempt in the block."""

    who: NDArray[np.int64]
    what: NDArray[Any]


@dataclass(frozen=True)
class Block:
    """What stands in the database about `people` attempts from number `first` on; `shares` are those between none and
    all of the points.
    """

    first: int
    people: int
    scores: Records
    shares: Records
    answers: Records
    saves: Records


def version_hashes(session: Session) -> dict[int, list[UUID]]:
    """What SCORES calls each item version, with the versions of that name: one, but for a chance of one in billions."""
    name = func.uuid_hash_extended(ItemVersion.id, 0).op("&")(VERSION_MASK)
    found: dict[int, list[UUID]] = {}
    for version_id, number in session.execute(select(ItemVersion.id, name)):
        found.setdefault(number, []).append(version_id)
    return found


def hash_of_nothing(session: Session) -> int:
    """What ANSWERS calls an answer that was cleared."""
    cleared = func.jsonb_hash_extended(func.jsonb("null"), 0).op("&")(ANSWER_MASK)
    return int(session.execute(select(cleared)).scalar_one())


def read_blocks(session: Session, run_id: UUID, attempts: Sequence[UUID]) -> Iterator[Block]:
    """The blocks of the attempts, which are in the order of their ids. The session is not to be used meanwhile."""
    starts = range(0, len(attempts), BLOCK)
    with (
        _tuned(session),
        # Only a cursor of the driver answers in binary, which spares the digits of every byte.
        closing(session.connection().connection.cursor(binary=True)) as cursor,
        ThreadPoolExecutor(1, "responses") as reader,
    ):

        def read(start: int) -> Block:
            return _read(cursor, run_id, attempts[start : start + BLOCK], first=start)

        coming = reader.submit(read, 0) if starts else None
        for start in starts:
            assert coming is not None
            block = coming.result()
            if start + BLOCK < len(attempts):
                coming = reader.submit(read, start + BLOCK)
            yield block


@contextmanager
def _tuned(session: Session) -> Iterator[None]:
    """The settings of TUNING hold for as long as the block lasts; when it fails, until the rollback that follows."""
    before = {name: session.scalar(select(func.current_setting(name))) for name in TUNING}
    _set(session, TUNING)
    yield
    _set(session, before)


def _set(session: Session, values: Mapping[str, str | None]) -> None:
    for name, value in values.items():
        session.execute(select(func.set_config(name, value, True)))


def _read(cursor: Any, run_id: UUID, attempts: Sequence[UUID], *, first: int) -> Block:
    params = {
        "run_id": run_id,
        "attempts": list(attempts),
        "first": attempts[0],
        "last": attempts[-1],
    }
    scores = _records(cursor, SCORES, params, NUMBER)
    has_shares = bool((scores.what & SOME).any())
    return Block(
        first,
        len(attempts),
        scores,
        _records(cursor, SHARES, params, SHARE) if has_shares else _unpack((None, None, None), SHARE),
        _records(cursor, ANSWERS, params, NUMBER),
        _records(cursor, SAVES, params, SAVE),
    )


def _records(cursor: Any, statement: str, params: dict[str, Any], kind: "np.dtype[Any]") -> Records:
    return _unpack(cursor.execute(statement, params).fetchone(), kind)


def _unpack(row: "tuple[bytes | None, ...]", kind: "np.dtype[Any]") -> Records:
    """The records in the order of the attempts; the database gives the attempts in any."""
    places, lengths, packed = (value or b"" for value in row)
    place, count = (np.frombuffer(part, ">i4").astype(np.int64) for part in (places, lengths))
    count //= kind.itemsize
    starts = np.cumsum(count) - count
    order = np.argsort(place)
    place, count, starts = place[order] - 1, count[order], starts[order]
    moved = np.repeat(starts - (np.cumsum(count) - count), count)
    records = np.frombuffer(packed, kind)[moved + np.arange(len(moved))]
    return Records(np.repeat(place, count), records.astype(kind.newbyteorder("=")))
