"""From stored answers to response categories: each distinct answer to an item is read once, however many gave it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol
from uuid import UUID

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from exam_service.analysis.numbering import Numbering
from exam_service.bank.head import trusted_draft
from exam_service.bank.models import ItemVersion
from question_bank.items import AnyContent
from question_bank.statistics.responses import Pattern
from question_bank.types.content import InvalidResponse

BATCH = 10_000
GOLDEN = np.int64(-7046029254386353131)  # 2^64 over the golden ratio, odd: multiples of it spread evenly


EXAMPLES = text(
    "SELECT number, response FROM response JOIN unnest(CAST(:numbers AS int[]), CAST(:attempts AS uuid[]),"
    " CAST(:slots AS int[])) AS wanted (number, attempt_id, slot) USING (attempt_id, slot)"
)


class _HasAttempt(Protocol):
    @property
    def attempt_id(self) -> UUID: ...


@dataclass
class PatternIndex:
    """Numbers every distinct (item, answer) in the order in which it is first met, with one example of each.

    Answers are told apart by hashes of 48 bits of their JSON, per item: that two answers to one item share a hash is
    not to be expected among fewer than millions. No answer is a pattern as well.
    """

    items: list[int] = field(default_factory=list)
    examples: list[tuple[int, int] | None] = field(
        default_factory=list
    )  # (person, slot); None: nothing entered
    _numbering: Numbering = field(default_factory=Numbering)

    def code(
        self,
        item: NDArray[np.int32],
        hashes: NDArray[np.int64],
        *,
        is_answered: NDArray[np.bool_],
        person: NDArray[np.int64],
        slot: NDArray[np.int64],
    ) -> NDArray[np.int32]:
        """The pattern number of each response of a block; the lower 16 bits of `hashes` are 0."""

        def decide(at: int) -> int:
            self.items.append(int(item[at]))
            self.examples.append((int(person[at]), int(slot[at])) if is_answered[at] else None)
            return len(self.items) - 1

        # Each item has a number of its own to be mixed in; an odd one for answers, an even one for none.
        mixed = (item.astype(np.int64) * 2 + is_answered) * GOLDEN
        return self._numbering.of(np.where(is_answered, hashes, 0) ^ mixed, decide)


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
    raws: list[object] = [None] * len(index.items)
    wanted = [
        (number, takers[example[0]].attempt_id, example[1])
        for number, example in enumerate(index.examples)
        if example is not None
    ]
    for start in range(0, len(wanted), BATCH):
        numbers, attempts, slots = (
            list(column) for column in zip(*wanted[start : start + BATCH], strict=True)
        )
        rows = session.execute(EXAMPLES, {"numbers": numbers, "attempts": attempts, "slots": slots})
        for number, raw in rows:
            raws[number] = raw
    return raws
