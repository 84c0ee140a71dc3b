"""Pauses that did not reach a computer, read for the minutes of a room: what was answered meanwhile, for the council.

Two sources that stand beside each other: what the players tell from their journals, and what the service knows by
itself (nothing was heard of a test all the time that its clock stood still), with how many questions were saved right
after.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

SOON = timedelta(minutes=1)
"""What was answered in a pause comes at once when the line is back; answers given afterwards come one by one."""

NOTED = text(
    """
    SELECT signal.kind, signal.at, signal.at + make_interval(secs => signal.lasted_ms / 1000.0) AS until, signal.value,
        candidate.number || ' – ' || candidate.full_name AS person, (
            SELECT count(DISTINCT slot) FROM response_history AS saved
            WHERE saved.attempt_id = signal.attempt_id
                AND saved.saved_at BETWEEN first.saved_at AND first.saved_at + :soon
        ) AS saved_soon
    FROM attempt_signal AS signal
    JOIN attempt ON attempt.id = signal.attempt_id AND attempt.sitting_id = :sitting_id
    JOIN candidate ON candidate.id = attempt.candidate_id
    LEFT JOIN LATERAL (
        SELECT min(saved_at) AS saved_at FROM response_history
        WHERE attempt_id = signal.attempt_id
            AND saved_at > signal.at + make_interval(secs => signal.lasted_ms / 1000.0)
    ) AS first ON true
    WHERE signal.kind IN ('typed_in_pause', 'cut_off_in_pause')
    ORDER BY signal.kind DESC, signal.at, candidate.number
    """
)


class _Noted(NamedTuple):
    """A row of NOTED."""

    kind: str
    at: datetime
    until: datetime
    value: int
    person: str
    saved_soon: int


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
    rows = [_Noted(*row) for row in session.execute(NOTED, {"sitting_id": sitting_id, "soon": SOON})]
    return [*_told(rows), *_silent(rows)]


def _told(rows: Sequence[_Noted]) -> Iterator[PauseFact]:
    for row in rows:
        if row.kind == "typed_in_pause":
            yield PauseFact(row.at, row.until, ((row.person, row.value),), is_told=True)


def _silent(rows: Sequence[_Noted]) -> Iterator[PauseFact]:
    silent = (row for row in rows if row.kind == "cut_off_in_pause")
    for at, group in groupby(silent, key=lambda row: row.at):
        together = list(group)
        people = tuple((row.person, row.saved_soon) for row in together)
        yield PauseFact(at, max(row.until for row in together), people, is_told=False)
