"""A blueprint and a pool made ready for drawing: items as numbers, cells with their members, marks in whole
millionths.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import cached_property
from typing import Final

import numpy as np
import numpy.typing as npt

from question_bank.blueprint import Blueprint, Cell, CellLabel, Names
from question_bank.pool import ABILITIES, SHARE_UNIT, PoolItem

MARK_UNIT: Final = 1_000_000
"""Balances are whole millionths of a mark on the scale to 100."""

IntArray = npt.NDArray[np.int64]
ItemArray = npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class PlannedCell:
    """`members` are all items the cell accepts; `deck` those dealt to it, so that every item is in one deck
    only.

    The cell's items stand in columns `start` to `start + count` of a selection.
    """

    cell: Cell
    section: int
    start: int
    members: tuple[int, ...]
    deck: tuple[int, ...]

    @property
    def count(self) -> int:
        return self.cell.count

    @property
    def columns(self) -> slice:
        return slice(self.start, self.start + self.count)


@dataclass(frozen=True)
class Plan:
    """Items in order of version id. `excludes[i]` holds i itself and whatever cannot stand beside it.

    `marks[c]` is int64 [items, abilities]: the expected mark of each item in cell c in millionths of a mark
    out of 100, and after these columns what else is balanced (assembly.features); None when there is nothing
    to balance. `is_rated` says that the first columns are marks. `unrated` counts items whose marks are their cell's
    mean for want of a rating, `left_out` those in no deck because the mean form would not be as asked with them.
    """

    blueprint: Blueprint
    items: tuple[PoolItem, ...]
    cells: tuple[PlannedCell, ...]
    excludes: tuple[frozenset[int], ...]
    groups: tuple[int, ...]
    marks: tuple[IntArray, ...] | None
    is_rated: bool
    unrated: int
    by_item_id: dict[str, tuple[int, ...]]
    left_out: int = 0

    @property
    def length(self) -> int:
        """Items in a form."""
        return sum(cell.count for cell in self.cells)

    def labels(self, names: Names) -> tuple[CellLabel, ...]:
        return tuple(cell.cell.label(names) for cell in self.cells)

    def seen_by(self, seen_item_ids: frozenset[str]) -> frozenset[int]:
        by_item_id = self.by_item_id
        return frozenset(index for item_id in seen_item_ids for index in by_item_id.get(item_id, ()))

    @property
    def supplies(self) -> list[tuple[int, ...]]:
        """What each cell draws on: all that it accepts, or its deck where items are left out."""
        return [cell.deck if self.left_out else cell.members for cell in self.cells]

    @cached_property
    def loners(self) -> frozenset[int]:
        """Items that exclude nothing but themselves."""
        return frozenset(index for index, others in enumerate(self.excludes) if len(others) == 1)

    @cached_property
    def padded_excludes(self) -> ItemArray:
        """int32 [items, widest]: what each item excludes, filled up with the padding index `len(items)`."""
        widest = max(map(len, self.excludes))
        padded = np.full((len(self.items), widest), len(self.items), dtype=np.int32)
        for row, others in zip(padded, self.excludes, strict=True):
            row[: len(others)] = sorted(others)
        return padded

    @cached_property
    def decks(self) -> tuple[ItemArray, ...]:
        """The decks as arrays."""
        return tuple(np.array(cell.deck, dtype=np.int32) for cell in self.cells)

    @cached_property
    def target(self) -> IntArray:
        """int64 [features]: the expected mark of a form drawn from every deck evenly, the only one that
        exposure leaves free.
        """
        assert self.marks is not None
        total = [Fraction(0)] * self.marks[0].shape[1]
        for cell, marks in zip(self.cells, self.marks, strict=True):
            deck_sum = marks[list(cell.deck)].sum(axis=0)
            total = [
                part + Fraction(int(s) * cell.count, len(cell.deck))
                for part, s in zip(total, deck_sum, strict=True)
            ]
        return np.array([round(part) for part in total], dtype=np.int64)


def usable_items(blueprint: Blueprint, pool: Sequence[PoolItem], *, on: date | None) -> tuple[PoolItem, ...]:
    """The items in force on the day that fit at least one cell, in order of version id."""
    cells = blueprint.cells
    fitting = (item for item in pool if on is None or item.is_in_force_on(on))
    return tuple(
        sorted((i for i in fitting if any(c.accepts(i) for c in cells)), key=lambda item: item.version_id)
    )


def exclusions(items: Sequence[PoolItem]) -> tuple[frozenset[int], ...]:
    """For each item itself, its enemies both ways, its clones and other versions of the same item."""
    by_item: dict[str, list[int]] = defaultdict(list)
    by_family: dict[str, list[int]] = defaultdict(list)
    for index, item in enumerate(items):
        by_item[item.item_id].append(index)
        if item.family is not None:
            by_family[item.family].append(index)
    found: list[set[int]] = [{index} for index in range(len(items))]
    for index, item in enumerate(items):
        found[index].update(by_item[item.item_id])
        if item.family is not None:
            found[index].update(by_family[item.family])
        for enemy in item.enemies:
            for other in by_item.get(enemy, ()):
                found[index].add(other)
                found[other].add(index)
    return tuple(map(frozenset, found))


def clique_groups(excludes: Sequence[frozenset[int]]) -> tuple[int, ...]:
    """A partition into sets whose items all exclude each other, as the smallest item of each item's set.

    Greedy in item order: exact for clone families and separate cliques of enemies, which is what banks hold.
    """
    group = [-1] * len(excludes)
    for index, together in enumerate(excludes):
        if group[index] >= 0:
            continue
        clique = [index]
        for other in sorted(together):
            if other != index and group[other] < 0 and excludes[other].issuperset(clique):
                clique.append(other)
        for item in clique:
            group[item] = index
    return tuple(group)


def cell_marks(
    blueprint: Blueprint, items: Sequence[PoolItem], *, members: Sequence[Sequence[int]]
) -> tuple[tuple[IntArray, ...] | None, int]:
    """Marks per cell (rows of items outside the cell are zero), and how many items have no expected score.

    Such an item takes the mean share of the rated items of its cell, or of all rated items if the cell has
    none.
    """
    shares = [item.expected_millionths for item in items]
    rated = [share for share in shares if share is not None]
    if not rated:
        return None, len(items)
    total = blueprint.cell_points_sum
    marks = []
    for cell, accepted in zip(blueprint.cells, members, strict=True):
        in_cell = [share for index in accepted if (share := shares[index]) is not None]
        points = Fraction(0) if cell.pretest else Fraction(cell.points_per_item)
        weight = points * 100 * MARK_UNIT / (Fraction(total) * SHARE_UNIT)
        marks.append(_marks_of(weight, accepted, shares=shares, mean=_mean(in_cell or rated)))
    return tuple(marks), len(items) - len(rated)


def _mean(shares: Sequence[tuple[int, ...]]) -> tuple[int, ...]:
    return tuple(round(Fraction(sum(column), len(shares))) for column in zip(*shares, strict=True))


def _marks_of(
    weight: Fraction,
    accepted: Sequence[int],
    *,
    shares: Sequence[tuple[int, ...] | None],
    mean: tuple[int, ...],
) -> IntArray:
    marks = np.zeros((len(shares), len(ABILITIES)), dtype=np.int64)
    # The nearest integer, halves up, in integer arithmetic: no float decides a balance.
    double, half = 2 * weight.numerator, weight.denominator
    for index in accepted:
        marks[index] = [(double * share + half) // (2 * half) for share in shares[index] or mean]
    return marks
