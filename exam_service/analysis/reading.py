"""The responses of a scored period as arrays: a block of attempts at a time, packed by the database.

A row per response would spend most of the time in the driver. The database therefore packs the responses of an attempt
into one binary value of records of fixed width, which numpy reads as they are.
"""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select
from sqlalchemy.orm import Session

from exam_service.analysis.patterns import PatternIndex, read_patterns
from exam_service.attempts.models import Attempt, AttemptState
from exam_service.marking.decisions import verdicts_of
from exam_service.marking.models import KeyVerdict, ScoringRun
from exam_service.people.models import Person, Unit
from exam_service.periods.models import Candidate
from question_bank.statistics.responses import ResponseBuilder, ResponseData


class AmbiguousVersions(Exception):
    """Two item versions of one block have ids that end alike; no id that this service makes does."""


BLOCK = 5000  # attempts; at 60 responses some 10 MB in the database and here

# A block is a range of attempt ids: a range is read from the index, a list of ids would be looked for in the whole
# table, block after block.
SCORES = """
SELECT attempt_id, string_agg(int2send(slot::int2) || uuid_send(version_id) || float4send(
    (CASE WHEN points = max_points THEN 1 WHEN points = 0 THEN 0 ELSE points / max_points END)::float4), ''::bytea)
FROM slot_score WHERE run_id = %(run_id)s AND attempt_id BETWEEN %(first)s AND %(last)s GROUP BY attempt_id
"""
ANSWERS = """
SELECT attempt_id, string_agg(int2send(slot::int2) || int8send(jsonb_hash_extended(response, 0)), ''::bytea)
FROM response WHERE attempt_id BETWEEN %(first)s AND %(last)s AND response <> 'null' GROUP BY attempt_id
"""
SAVES = """
SELECT attempt_id, string_agg(
    int2send(slot::int2) || float8send(extract(epoch FROM saved_at)::float8), ''::bytea)
FROM response_history WHERE attempt_id BETWEEN %(first)s AND %(last)s GROUP BY attempt_id
"""
SCORE = np.dtype([("slot", ">i2"), ("version", "V16"), ("share", ">f4")])
ANSWER = np.dtype([("slot", ">i2"), ("hash", ">i8")])
SAVE = np.dtype([("slot", ">i2"), ("at", ">f8")])


@dataclass(frozen=True)
class Taker:
    """Who sat an attempt, as far as comparisons of groups and triage need it."""

    attempt_id: UUID
    candidate_id: UUID
    person_id: UUID
    sitting_id: UUID
    sex: str | None
    unit_type: str
    started_at: datetime


@dataclass(frozen=True)
class PeriodResponses:
    """`data` counts people as `takers` (by id) and items as `versions` (as first met)."""

    period_id: UUID
    run_id: UUID
    takers: Sequence[Taker]
    versions: Sequence[UUID]
    data: ResponseData


def read_responses(session: Session, run: ScoringRun) -> PeriodResponses:
    """The responses that `run` scored, of people who started and whose attempts are not void; cancelled items are left
    out.

    Times are those between saves: a slot's is the sum of the intervals that end with a save of it, the first one from
    the start of the attempt. Three SELECTs per BLOCK attempts.
    """
    takers = _takers(session, run.period_id)
    builder, versions, patterns = ResponseBuilder(len(takers), 0), VersionIndex(), PatternIndex()
    cancelled = [
        version_id.bytes
        for version_id, verdict in verdicts_of(session, run.period_id, until=run.started_at).items()
        if verdict is KeyVerdict.FULL_MARKS
    ]
    # Only a cursor of the driver answers in binary, which spares the digits of every byte.
    with closing(session.connection().connection.cursor(binary=True)) as cursor:
        for start in range(0, len(takers), BLOCK):
            reader = _Reader(cursor, run.id, takers[start : start + BLOCK])
            _add_block(
                reader,
                first=start,
                cancelled=np.array(cancelled, "V16"),
                versions=versions,
                builder=builder,
                patterns=patterns,
            )
    found = read_patterns(session, patterns, takers=takers, versions=versions.ids)
    return PeriodResponses(run.period_id, run.id, takers, versions.ids, builder.build(found))


def _takers(session: Session, period_id: UUID) -> list[Taker]:
    rows = session.execute(
        select(
            Attempt.id,
            Candidate.id,
            Candidate.person_id,
            Attempt.sitting_id,
            Person.sex,
            Unit.type,
            Attempt.started_at,
        )
        .join(Candidate, Candidate.id == Attempt.candidate_id)
        .join(Person, Person.id == Candidate.person_id)
        .join(Unit, Unit.id == Candidate.unit_id)
        .where(
            Candidate.period_id == period_id,
            Attempt.state == AttemptState.SCORED.value,
            Attempt.started_at.is_not(None),
        )
        .order_by(Attempt.id)
    )
    return [Taker(*row[:-1], started_at=row[-1]) for row in rows if row[-1] is not None]


@dataclass
class VersionIndex:
    """Numbers item versions in the order in which they are first met."""

    ids: list[UUID] = field(default_factory=list)
    _numbers: dict[bytes, int] = field(default_factory=dict)

    def number(self, packed: NDArray[np.void]) -> NDArray[np.int64]:
        """The number of each version; `packed` holds the 16 bytes of its id."""
        halves = np.ascontiguousarray(packed).view(">u8").reshape(-1, 2)
        # The last 8 bytes of an id are random: they tell versions apart much faster than all 16, and are checked below.
        _half, first, place = np.unique(halves[:, 1], return_index=True, return_inverse=True)
        if (halves[first[place], 0] != halves[:, 0]).any():
            raise AmbiguousVersions
        return np.array([self._number(packed[at].tobytes()) for at in first], np.int64)[place]

    def _number(self, code: bytes) -> int:
        if code not in self._numbers:
            self._numbers[code] = len(self.ids)
            self.ids.append(UUID(bytes=code))
        return self._numbers[code]


@dataclass(frozen=True)
class _Reader:
    """Reads the packed records of a block of takers."""

    cursor: Any
    run_id: UUID
    block: Sequence[Taker]

    def records(self, statement: str, kind: "np.dtype[Any]") -> tuple[NDArray[np.int64], NDArray[np.void]]:
        """The records of the block with the place of their attempt in it; other attempts in the range are left out."""
        first, last = self.block[0].attempt_id, self.block[-1].attempt_id
        self.cursor.execute(statement, {"run_id": self.run_id, "first": first, "last": last})
        places = {taker.attempt_id: place for place, taker in enumerate(self.block)}
        rows = [(places[key], packed) for key, packed in self.cursor if key in places]
        lengths = np.array([len(packed) // kind.itemsize for _place, packed in rows], np.int64)
        records = np.frombuffer(b"".join(packed for _place, packed in rows), kind)
        return np.repeat(np.array([place for place, _packed in rows], np.int64), lengths), records


def _add_block(
    reader: _Reader,
    *,
    first: int,
    cancelled: NDArray[np.void],
    versions: VersionIndex,
    builder: ResponseBuilder,
    patterns: PatternIndex,
) -> None:
    who, scores = reader.records(SCORES, SCORE)
    counts = ~np.isin(scores["version"], cancelled)
    who, scores = who[counts], scores[counts]
    if not len(who):
        return
    width = int(scores["slot"].max()) + 1
    cell = who * width + scores["slot"]
    order = np.argsort(cell)
    who, scores, cell = who[order], scores[order], cell[order]
    item = versions.number(scores["version"])
    builder.items = len(versions.ids)
    hashes, is_answered = _answers(reader, width=width, cell=cell)
    builder.add(
        who + first,
        item,
        share=np.clip(scores["share"], 0, 1),
        pattern=patterns.code(item, hashes, is_answered=is_answered, person=who + first, slot=scores["slot"]),
        is_answered=is_answered,
        place=scores["slot"],
        seconds=_seconds(reader, width=width, cell=cell),
    )


def _answers(
    reader: _Reader, *, width: int, cell: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Per scored cell the hash of its answer, and whether there is one."""
    who, answers = reader.records(ANSWERS, ANSWER)
    size = len(reader.block) * width
    table, is_there = np.zeros(size, np.int64), np.zeros(size, bool)
    is_inside = answers["slot"] < width
    at = (who * width + answers["slot"])[is_inside]
    table[at], is_there[at] = answers["hash"][is_inside], True
    return table[cell], is_there[cell]


def _seconds(reader: _Reader, *, width: int, cell: NDArray[np.int64]) -> NDArray[np.float64]:
    """Per scored cell the seconds before its saves; NaN for a slot that was never saved."""
    who, saves = reader.records(SAVES, SAVE)
    started = np.array([taker.started_at.timestamp() for taker in reader.block])
    order = np.lexsort((saves["slot"], saves["at"], who))
    who, slot, at = who[order], saves["slot"][order].astype(np.int64), saves["at"][order].astype(np.float64)
    before = np.roll(at, 1)
    is_first = np.append(True, who[1:] != who[:-1])[: len(who)]
    before[is_first] = started[who[is_first]]
    is_inside = slot < width
    place = (who * width + slot)[is_inside]
    size = len(reader.block) * width
    spent = np.bincount(place, np.maximum(at - before, 0)[is_inside], size)
    return np.where(np.bincount(place, minlength=size) > 0, spent, np.nan)[cell]
