"""Pauses that did not reach a computer, read for the minutes of a room: what was answered meanwhile, for the council.

Two sources that stand beside each other: what the players tell from their journals, and what the service knows by
itself (nothing was heard of a test all the time that its clock stood still), with how many questions were saved right
after.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from exam_service.attempts.evidence_models import ACCEPTANCE
from exam_service.attempts.models import ResponseHistory

SOON = timedelta(minutes=1)
"""What was answered in a pause comes at once when the line is back; answers given afterwards come one by one."""

NOTED = text(
    """
    SELECT signal.kind, signal.at, signal.at + make_interval(secs => signal.lasted_ms / 1000.0) AS until, signal.value,
        candidate.number || ' – ' || candidate.full_name AS person, attempt.id
    FROM attempt_signal AS signal
    JOIN attempt ON attempt.id = signal.attempt_id AND attempt.sitting_id = :sitting_id
    JOIN candidate ON candidate.id = attempt.candidate_id
    WHERE signal.kind IN ('typed_in_pause', 'cut_off_in_pause')
    ORDER BY signal.kind DESC, signal.at, candidate.number
    """
)

Saves = Mapping[UUID, Sequence[tuple[datetime, int]]]
"""Attempt → when its player saved something, and in which slot."""


class _Noted(NamedTuple):
    """A row of NOTED."""

    kind: str
    at: datetime
    until: datetime
    value: int
    person: str
    attempt_id: UUID


@dataclass(frozen=True)
class PauseFact:
    """`count` answers of each of the `people` between `at` and `until`: told by the player (`is_told`), or saved in the
    first minute after a pause in which nothing was heard."""

    at: datetime
    until: datetime
    people: tuple[tuple[str, int], ...]
    is_told: bool


def pause_facts_of(session: Session, sitting_id: UUID) -> list[PauseFact]:
    """What the players told, one by one, then the silent ones, those of one pause together."""
    rows = [_Noted(*row) for row in session.execute(NOTED, {"sitting_id": sitting_id})]
    silent = [row for row in rows if row.kind == "cut_off_in_pause"]
    return [*_told(rows), *_silent(silent, _saves_of(session, {row.attempt_id for row in silent}))]


def _saves_of(session: Session, attempt_ids: Collection[UUID]) -> Saves:
    """Without what the council has accepted from deliveries: those have a section of their own in the minutes."""
    saves: dict[UUID, list[tuple[datetime, int]]] = defaultdict(list)
    found = session.execute(
        select(ResponseHistory.attempt_id, ResponseHistory.saved_at, ResponseHistory.slot).where(
            ResponseHistory.attempt_id.in_(attempt_ids), ~ACCEPTANCE
        )
    )
    for attempt_id, saved_at, slot in found:
        saves[attempt_id].append((saved_at, slot))
    return saves


def _told(rows: Sequence[_Noted]) -> Iterator[PauseFact]:
    for row in rows:
        if row.kind == "typed_in_pause":
            yield PauseFact(row.at, row.until, ((row.person, row.value),), is_told=True)


def _silent(rows: Sequence[_Noted], saves: Saves) -> Iterator[PauseFact]:
    for at, group in groupby(rows, key=lambda row: row.at):
        together = list(group)
        people = tuple(
            (row.person, _saved_soon(saves.get(row.attempt_id, ()), row.until)) for row in together
        )
        yield PauseFact(at, max(row.until for row in together), people, is_told=False)


def _saved_soon(saves: Sequence[tuple[datetime, int]], until: datetime) -> int:
    """How many questions were saved within `SOON` of the first save after `until`."""
    later = [(saved_at, slot) for saved_at, slot in saves if saved_at > until]
    first = min((saved_at for saved_at, _slot in later), default=until)
    return len({slot for saved_at, slot in later if saved_at <= first + SOON})
