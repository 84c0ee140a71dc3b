"""From stored answers to response categories: each distinct answer to an item is read once, however many gave it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol
from uuid import UUID

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from exam_service.attempts.models import Response
from exam_service.bank.head import trusted_draft
from exam_service.bank.models import ItemVersion
from question_bank.items import AnyContent
from question_bank.statistics.responses import Pattern
from question_bank.types.content import InvalidResponse

BATCH = 500


class _HasAttempt(Protocol):
    @property
    def attempt_id(self) -> UUID: ...


@dataclass
class PatternIndex:
    """Numbers every distinct (item, answer) in the order in which it is first met, with one example of each.

    Answers are told apart by 64-bit hashes of their JSON, per item: that two answers to one item share a hash is not to
    be expected among fewer than billions. `omitted` answers are the pattern with hash None.
    """

    items: list[int] = field(default_factory=list)
    examples: list[tuple[int, int] | None] = field(
        default_factory=list
    )  # (person, slot); None: nothing entered
    _numbers: dict[tuple[int, int | None], int] = field(default_factory=dict)

    def code(
        self,
        item: NDArray[np.int64],
        hashes: NDArray[np.int64],
        *,
        is_answered: NDArray[np.bool_],
        person: NDArray[np.int64],
        slot: NDArray[np.int16],
    ) -> NDArray[np.int32]:
        """The pattern number of each response of a block."""
        key = np.empty(len(item), dtype=[("item", np.int64), ("answered", np.int8), ("hash", np.int64)])
        key["item"], key["answered"], key["hash"] = item, is_answered, np.where(is_answered, hashes, 0)
        order = np.lexsort((key["hash"], key["answered"], key["item"]))
        ordered = key[order]
        is_new = np.append(True, ordered[1:] != ordered[:-1])[: len(ordered)]
        first = order[is_new]
        numbers = np.array([self._number(key[at], person[at], slot[at]) for at in first], np.int32)
        found = np.empty(len(item), np.int32)
        found[order] = numbers[np.cumsum(is_new) - 1]
        return found

    def _number(self, key: np.void, person: np.int64, slot: np.int16) -> int:
        item, is_answered, answer = (int(part) for part in key.tolist())
        known = (item, answer if is_answered else None)
        if known not in self._numbers:
            self._numbers[known] = len(self.items)
            self.items.append(item)
            self.examples.append((int(person), int(slot)) if is_answered else None)
        return self._numbers[known]


def read_patterns(
    session: Session, index: PatternIndex, *, takers: Sequence[_HasAttempt], versions: Sequence[UUID]
) -> list[Pattern]:
    """The categories of every numbered answer; one that does not fit its item counts as nothing entered."""
    contents = _contents(session, versions)
    raws = _examples(session, index, takers)
    return [
        Pattern(item, categories_of(contents[item], raw)) for item, raw in zip(index.items, raws, strict=True)
    ]


def categories_of(content: AnyContent, raw: object) -> tuple[str, ...]:
    """The categories of a stored answer; scored as not answered, and so counted, when it cannot be read."""
    try:
        found = content.categories(None if raw is None else content.parse_response(raw))
    except InvalidResponse:
        found = content.categories(None)
    return tuple(dict.fromkeys(found))


def _contents(session: Session, versions: Sequence[UUID]) -> list[AnyContent]:
    rows = session.execute(select(ItemVersion.id, ItemVersion.body).where(ItemVersion.id.in_(versions)))
    bodies: dict[UUID, dict[str, object]] = dict(rows.all())
    return [trusted_draft(bodies[version_id]).content for version_id in versions]


def _examples(session: Session, index: PatternIndex, takers: Sequence[_HasAttempt]) -> list[object]:
    """The raw answer of each pattern."""
    wanted = {
        (takers[example[0]].attempt_id, example[1]): number
        for number, example in enumerate(index.examples)
        if example is not None
    }
    raws: list[object] = [None] * len(index.items)
    keys = list(wanted)
    for start in range(0, len(keys), BATCH):
        rows = session.execute(
            select(Response.attempt_id, Response.slot, Response.response).where(
                tuple_(Response.attempt_id, Response.slot).in_(keys[start : start + BATCH])
            )
        )
        for attempt_id, slot, raw in rows:
            raws[wanted[attempt_id, slot]] = raw
    return raws
