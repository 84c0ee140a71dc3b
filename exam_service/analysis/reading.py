"""The responses of a scored period as arrays: a block of attempts at a time, packed by the database."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import UUID

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select
from sqlalchemy.orm import Session

from exam_service.analysis.numbering import Numbering
from exam_service.analysis.packing import (
    ANSWER_MASK,
    SLOT_BITS,
    SOME,
    VERSION_MASK,
    Block,
    Records,
    hash_of_nothing,
    read_blocks,
    version_hashes,
)
from exam_service.analysis.patterns import PatternIndex, read_patterns
from exam_service.attempts.models import Attempt, AttemptState
from exam_service.marking.decisions import verdicts_of
from exam_service.marking.models import KeyVerdict, ScoringRun
from exam_service.people.models import Person, Unit
from exam_service.periods.models import Candidate
from question_bank.statistics.responses import ResponseBuilder, ResponseData

POSTGRES_EPOCH = datetime(
    2000, 1, 1, tzinfo=UTC
).timestamp()  # what timestamps are counted from, in microseconds
CANCELLED = -1
SLOT_MASK = (1 << SLOT_BITS) - 1


class AmbiguousVersions(Exception):
    """Two item versions of a period have ids of the same hash; to be expected once in billions of periods."""


class Taker(NamedTuple):
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
    the start of the attempt. Three SELECTs per block of attempts, four where points were given in part.
    """
    takers = _takers(session, run.period_id)
    cancelled = {
        version_id
        for version_id, verdict in verdicts_of(session, run.period_id, until=run.started_at).items()
        if verdict is KeyVerdict.FULL_MARKS
    }
    versions = VersionIndex(version_hashes(session), cancelled)
    builder, patterns = ResponseBuilder(len(takers), 0), PatternIndex()
    nothing = hash_of_nothing(session)
    started = np.array([taker.started_at.timestamp() for taker in takers])
    for block in read_blocks(session, run.id, [taker.attempt_id for taker in takers]):
        _add_block(
            block,
            started=started[block.first : block.first + block.people],
            nothing=nothing,
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
    return [Taker._make(row) for row in rows]


@dataclass
class VersionIndex:
    """Numbers item versions in the order in which they are first met; `names` is `packing.version_hashes`."""

    names: Mapping[int, Sequence[UUID]]
    cancelled: AbstractSet[UUID]
    ids: list[UUID] = field(default_factory=list)
    _numbering: Numbering = field(default_factory=Numbering)

    def number(self, hashes: NDArray[np.int64]) -> NDArray[np.int32]:
        """The number of each version by its hash, -1 for the cancelled ones. Raises AmbiguousVersions."""
        return self._numbering.of(hashes, lambda at: self._new(int(hashes[at])))

    def _new(self, name: int) -> int:
        ids = self.names[name]
        if len(ids) > 1:
            raise AmbiguousVersions
        if ids[0] in self.cancelled:
            return CANCELLED
        self.ids.append(ids[0])
        return len(self.ids) - 1


def _add_block(
    block: Block,
    *,
    started: NDArray[np.float64],
    nothing: int,
    versions: VersionIndex,
    builder: ResponseBuilder,
    patterns: PatternIndex,
) -> None:
    """The responses of the block are added, attempt after attempt in the order of their slots."""
    scores = block.scores
    slot = (scores.what >> 2) & SLOT_MASK
    width = int(slot.max(initial=0)) + 1
    cell = scores.who * width + slot
    item = versions.number(scores.what & VERSION_MASK)
    order = np.flatnonzero(item != CANCELLED)
    if not (cell[1:] > cell[:-1]).all():
        order = order[np.argsort(cell[order], kind="stable")]
    who, slot, cell, item = scores.who[order], slot[order], cell[order], item[order]
    builder.items = len(versions.ids)
    hashes, is_answered = _answers(block, nothing=nothing, width=width, cell=cell)
    person = who + block.first
    builder.add(
        person,
        item,
        share=_shares(block, scores.what[order], width=width, cell=cell),
        pattern=patterns.code(item, hashes, is_answered=is_answered, person=person, slot=slot),
        is_answered=is_answered,
        place=slot,
        seconds=_seconds(block, started, width=width, cell=cell),
    )


def _table(
    records: Records, slot: NDArray[np.int64], values: NDArray[Any], *, people: int, width: int
) -> NDArray[Any]:
    """The values at their cells of people × slots, 0 elsewhere; slots that were not scored are left out."""
    table = np.zeros(people * width, values.dtype)
    is_inside = slot < width
    table[(records.who * width + slot)[is_inside]] = values[is_inside]
    return table


def _shares(
    block: Block, scores: NDArray[np.int64], *, width: int, cell: NDArray[np.int64]
) -> NDArray[np.float32]:
    """Per scored cell the share of the points."""
    share = (scores & 1).astype(np.float32)
    is_some = (scores & SOME) > 0
    if is_some.any():
        part = block.shares
        table = _table(part, part.what["slot"], part.what["share"], people=block.people, width=width)
        share[is_some] = np.clip(table[cell[is_some]], 0, 1)
    return share


def _answers(
    block: Block, *, nothing: int, width: int, cell: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Per scored cell the hash of its answer, and whether there is one."""
    slot, hashes = block.answers.what & SLOT_MASK, block.answers.what & ANSWER_MASK
    people = block.people
    is_there = _table(block.answers, slot, hashes != nothing, people=people, width=width)
    return _table(block.answers, slot, hashes, people=people, width=width)[cell], is_there[cell]


def _seconds(
    block: Block, started: NDArray[np.float64], *, width: int, cell: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Per scored cell the seconds before its saves; NaN for a slot that was never saved."""
    who, at, slot = block.saves.who, block.saves.what["at"], block.saves.what["slot"].astype(np.int64)
    is_later = (at[1:] > at[:-1]) | ((at[1:] == at[:-1]) & (slot[1:] >= slot[:-1]))
    if not (is_later | (who[1:] > who[:-1])).all():  # saves are stored as they come: mostly in order
        order = np.lexsort((slot, at, who))
        who, at, slot = who[order], at[order], slot[order]
    since_start = at / 1e6 - (started - POSTGRES_EPOCH)[who]
    is_first = np.append(True, who[1:] != who[:-1])[: len(who)]
    spent = np.diff(since_start, prepend=0.0)
    spent[is_first] = since_start[is_first]
    is_inside = slot < width
    place = (who * width + slot)[is_inside]
    size = block.people * width
    total = np.bincount(place, np.maximum(spent, 0)[is_inside], size)
    return np.where(np.bincount(place, minlength=size) > 0, total, np.nan)[cell]
