"""Responses in long form: one element per person and item, so that everybody may have had a paper of their own."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from question_bank.statistics.figures import Floats, divide

BLOCK = 1 << 16  # a column of numbers is then half a megabyte and stays in the processor's cache
UNKNOWN = -1


class BadResponses(ValueError):
    """Responses that no statistic can be computed from; `code` is `unequal_lengths`, `index_out_of_range`,
    `share_not_a_number`, `share_out_of_range`, `repeated_response`, `negative_seconds` or `person_in_two_blocks`.
    """

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code


@dataclass(frozen=True, slots=True)
class Pattern:
    """A distinct answer to an item, with the response categories that it falls into."""

    item: int
    categories: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Block:
    """Consecutive responses; the columns of ResponseData as float64 where they are numbers to calculate with."""

    person: NDArray[np.int32]
    item: NDArray[np.int32]
    share: Floats
    pattern: NDArray[np.int32]
    is_answered: NDArray[np.bool_]
    place: NDArray[np.int16]
    seconds: Floats

    def add_by_person(self, total: "NDArray[Any]", values: "Floats | None" = None) -> None:
        """`values` (None: 1 each) are added to the `total` of each response's person, for every person of the data.

        The people of a block mostly stand together, so that only a small part of the total is touched.
        """
        if len(self.person):
            first, last = int(self.person.min()), int(self.person.max())
            total[first : last + 1] += np.bincount(self.person - first, values, last - first + 1)

    def raise_by_person(self, most: NDArray[np.int64], values: NDArray[np.int16]) -> None:
        """`most` of each response's person becomes the largest of itself and the person's `values`."""
        if len(self.person):
            starts = np.flatnonzero(np.append(True, self.person[1:] != self.person[:-1]))
            np.maximum.at(most, self.person[starts], np.maximum.reduceat(values, starts))


@dataclass(frozen=True)
class ResponseData:
    """`share` in [0, 1] of the item's points; `pattern` an index into `patterns` or UNKNOWN; `place` the number of the
    slot in the person's paper from 1; `seconds` the time spent, NaN where it is not known. All of equal length.
    """

    people: int
    items: int
    person: NDArray[np.int32]
    item: NDArray[np.int32]
    share: NDArray[np.float32]
    pattern: NDArray[np.int32]
    is_answered: NDArray[np.bool_]
    place: NDArray[np.int16]
    seconds: NDArray[np.float32]
    patterns: Sequence[Pattern] = ()

    def __len__(self) -> int:
        return len(self.person)

    def blocks(self, size: int = BLOCK) -> Iterator[Block]:
        """The responses in blocks, so that what is computed from them never needs memory for all at once."""
        for start in range(0, len(self), size):
            part = slice(start, start + size)
            yield Block(
                self.person[part],
                self.item[part],
                self.share[part].astype(np.float64),
                self.pattern[part],
                self.is_answered[part],
                self.place[part],
                self.seconds[part].astype(np.float64),
            )


@dataclass
class ResponseBuilder:
    """Takes responses block by block; all of a person's responses come in one block. `build` checks and joins."""

    people: int
    items: int
    _parts: list[tuple[NDArray[np.generic], ...]] = field(default_factory=list)
    _is_seen: NDArray[np.bool_] = field(init=False)

    def __post_init__(self) -> None:
        self._is_seen = np.zeros(self.people, dtype=bool)

    def add(
        self,
        person: ArrayLike,
        item: ArrayLike,
        *,
        share: ArrayLike,
        pattern: ArrayLike | None = None,
        is_answered: ArrayLike | None = None,
        place: ArrayLike | None = None,
        seconds: ArrayLike | None = None,
    ) -> None:
        """A block is added. Unless told: every answer is given, none has a place, a time or a category.

        Raises BadResponses.
        """
        who, what = np.asarray(person, dtype=np.int64), np.asarray(item, dtype=np.int64)
        n = len(who)
        part = (
            who.astype(np.int32),
            what.astype(np.int32),
            np.asarray(share, dtype=np.float32),
            _column(pattern, n, np.dtype(np.int32), UNKNOWN),
            _column(is_answered, n, np.dtype(np.bool_), fill=True),
            _column(place, n, np.dtype(np.int16), 0),
            _column(seconds, n, np.dtype(np.float32), np.nan),
        )
        if any(len(column) != n for column in part):
            raise BadResponses("unequal_lengths", "The columns of a block have different lengths.")
        self._check_places(who, what)
        _check_values(np.asarray(part[2], np.float32), np.asarray(part[6], np.float32))
        self._parts.append(part)

    def _check_places(self, who: NDArray[np.int64], what: NDArray[np.int64]) -> None:
        for index, limit in ((who, self.people), (what, self.items)):
            if len(index) and (index.min() < 0 or index.max() >= limit):
                raise BadResponses("index_out_of_range", f"An index is outside 0..{limit - 1}.")
        key = np.sort(who * self.items + what)
        if (key[1:] == key[:-1]).any():
            raise BadResponses("repeated_response", "Somebody has two responses to one item.")
        here = np.unique(who)
        if self._is_seen[here].any():
            raise BadResponses("person_in_two_blocks", "The responses of one person stand in two blocks.")
        self._is_seen[here] = True

    def build(self, patterns: Sequence[Pattern] = ()) -> ResponseData:
        """The data of all blocks; the builder is empty afterwards."""
        kinds = (np.int32, np.int32, np.float32, np.int32, np.bool_, np.int16, np.float32)
        columns: list[NDArray[np.generic]] = []
        rows = [list(part) for part in self._parts]
        self._parts.clear()
        for place, kind in enumerate(kinds):
            columns.append(np.concatenate([np.empty(0, kind), *(row[place] for row in rows)]))
            for row in rows:
                row[place] = np.empty(0, kind)  # each column is freed as soon as it is joined
        return ResponseData(self.people, self.items, *columns, patterns)  # type: ignore[arg-type, call-arg]  # seven columns of the kinds above


def _column(
    values: ArrayLike | None, n: int, kind: "np.dtype[np.generic]", fill: float
) -> NDArray[np.generic]:
    return np.full(n, fill, kind) if values is None else np.asarray(values).astype(kind)


def _check_values(share: NDArray[np.float32], seconds: NDArray[np.float32]) -> None:
    if np.isnan(share).any():
        raise BadResponses("share_not_a_number", "A share of the points is not a number.")
    if len(share) and (share.min() < 0 or share.max() > 1):
        raise BadResponses("share_out_of_range", "A share of the points is outside 0 and 1.")
    if (seconds < 0).any():
        raise BadResponses("negative_seconds", "Somebody spent less than no time on an item.")


def matrix_responses(scores: ArrayLike) -> ResponseData:
    """The data of a complete people × items matrix of shares; NaN is refused. Raises BadResponses."""
    matrix = np.asarray(scores, dtype=np.float64)
    people, items = matrix.shape
    builder = ResponseBuilder(people, items)
    builder.add(
        np.repeat(np.arange(people), items),
        np.tile(np.arange(items), people),
        share=matrix.ravel(),
        place=np.tile(np.arange(1, items + 1), people),
    )
    return builder.build()


@dataclass(frozen=True)
class Totals:
    """Sums per item and per person. `expected` is the sum of the facilities of the items that a person had."""

    item_n: NDArray[np.int64]
    item_sum: Floats
    item_squares: Floats
    facility: Floats  # mean share, NaN for an item without responses
    is_dichotomous: NDArray[np.bool_]
    person_n: NDArray[np.int64]
    person_sum: Floats
    expected: Floats


def totals_of(data: ResponseData) -> Totals:
    """The sums of all responses, in two passes over them."""
    item_n, person_n = np.zeros(data.items, np.int64), np.zeros(data.people, np.int64)
    item_sum, squares, person_sum = np.zeros(data.items), np.zeros(data.items), np.zeros(data.people)
    partly = np.zeros(data.items, np.int64)
    for block in data.blocks():
        item_n += np.bincount(block.item, minlength=data.items)
        item_sum += np.bincount(block.item, block.share, data.items)
        squares += np.bincount(block.item, block.share**2, data.items)
        is_partial = (block.share > 0) & (block.share < 1)
        partly += np.bincount(block.item[is_partial], minlength=data.items)
        block.add_by_person(person_n)
        block.add_by_person(person_sum, block.share)
    facility = divide(item_sum, item_n.astype(np.float64))
    expected = np.zeros(data.people)
    for block in data.blocks():
        block.add_by_person(expected, facility[block.item])
    return Totals(item_n, item_sum, squares, facility, partly == 0, person_n, person_sum, expected)


def rest_scores(block: Block, totals: Totals) -> Floats:
    """Per response: how much better than expected the person did on the other items of the paper, mean per item; NaN
    where there is no other item.

    The expected score of an item is its mean share, so that an easy paper makes nobody able. On papers that are all
    alike this is the plain rest score shifted by a constant: correlations with it are the classical ones.
    Source: Lord and Novick, Statistical Theories of Mental Test Scores (1968), § 15.2 (the item itself is left out).
    """
    gained = totals.person_sum[block.person] - block.share
    expected = totals.expected[block.person] - totals.facility[block.item]
    others = (totals.person_n[block.person] - 1).astype(np.float64)
    return divide(gained - expected, others)
