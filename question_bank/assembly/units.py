"""Exposure within a unit: colleagues who compare their papers must not find one question in most of them.

Forms have been dealt and balanced before; the few items that too many colleagues hold are exchanged with forms of other
units, so that the use of every item over all forms stays as it was.
"""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Final, NamedTuple

import numpy as np

from question_bank.assembly.plan import IntArray, ItemArray, Plan
from question_bank.assembly.result import feature_sums
from question_bank.assembly.swap import STRAGGLER_PARTNERS, Bench, settle_once
from question_bank.blueprint import CellLabel, Reason
from question_bank.pool import Taker


def unit_allowance(limit: Fraction, size: int) -> int:
    """In how many of a unit's `size` forms one item may stand: the share rounded down, but at least one."""
    return max(1, int(limit * size))


SETTLING_MOVES: Final = 20
"""A form that an exchange put outside the tolerance makes at most so many more to come back."""


class _Exchange(NamedTuple):
    """`item` of the form `row` for `card` of the form `other`, both in one cell."""

    cell: int
    row: int
    other: int
    item: int
    card: int


class UnitSpread:
    """The forms of all units, and how often each unit holds each item."""

    def __init__(
        self,
        plan: Plan,
        selection: ItemArray,
        *,
        takers: Sequence[Taker],
        seen: Sequence[frozenset[int]],
        limit: Fraction,
        tolerance: int,
    ) -> None:
        self.plan, self.selection, self.seen, self.tolerance = plan, selection, seen, tolerance
        self.names = sorted({taker.unit or "" for taker in takers})
        number = {name: index for index, name in enumerate(self.names)}
        self.unit = [number[taker.unit or ""] for taker in takers]
        self.sizes = np.bincount(self.unit).tolist()
        self.allowed = [unit_allowance(limit, size) for size in self.sizes]
        self.uses: IntArray = np.zeros((len(self.names), len(plan.items)), dtype=np.int64)
        for column in range(plan.length):
            np.add.at(self.uses, (np.array(self.unit), selection[:, column]), 1)
        self.off: IntArray | None = None
        if plan.marks is not None:
            self.off = feature_sums(plan, selection) - plan.target

    def impossible(self, labels: Sequence[CellLabel]) -> list[Reason]:
        """Cells of which some unit needs more cards than its allowance of every item gives."""
        found = []
        for cell, label in zip(self.plan.cells, labels, strict=True):
            for name, size, allowed in zip(self.names, self.sizes, self.allowed, strict=True):
                if size * cell.count > allowed * len(cell.deck):
                    found.append(_short(label, name, size * cell.count, allowed=allowed, have=len(cell.deck)))
                    break
        return found

    def spread(self) -> int:
        """Exchange until no unit holds an item too often; returns how many such pairs are left."""
        left = 0
        allowed = np.array(self.allowed)[:, None]
        for unit, item in np.argwhere(self.uses > allowed).tolist():
            while self.uses[unit, item] > self.allowed[unit]:
                if not self._give_away(unit, item):
                    left += 1
                    break
        return left

    def _give_away(self, unit: int, item: int) -> bool:
        """Exchange `item` of one form of the unit away: the exchange that upsets the balance least, which the two forms
        then restore with others as far as it goes. The limit is a rule, the balance an aim."""
        best: tuple[int, _Exchange] | None = None
        for number, cell in enumerate(self.plan.cells):
            held = self.selection[:, cell.columns]
            for row in np.flatnonzero((held == item).any(axis=1)).tolist():
                if self.unit[row] != unit:
                    continue
                for exchange in self._exchanges(number, row, item):
                    cost = self._cost(exchange)
                    if best is None or cost < best[0]:
                        best = (cost, exchange)
                    if cost <= self.tolerance:
                        self._make(exchange)
                        return True
        if best is None:
            return False
        self._make(best[1])
        for row in (best[1].row, best[1].other):
            self._settle(row)
        return True

    def _exchanges(self, number: int, row: int, item: int) -> Iterator["_Exchange"]:
        """`item` of the form `row` for a card of each form of another unit that may have it."""
        cell = self.plan.cells[number]
        ours, own = self._banned(row, without=item), self.unit[row]
        forms = len(self.selection)
        for step in range(1, forms):
            other = (row + step) % forms
            theirs = self.unit[other]
            if theirs == own or self.uses[theirs, item] >= self.allowed[theirs]:
                continue
            for card in self.selection[other, cell.columns].tolist():
                if (
                    card not in ours
                    and self.uses[own, card] < self.allowed[own]
                    and item not in self._banned(other, without=card)
                ):
                    yield _Exchange(number, row, other, item, card)

    def _banned(self, row: int, *, without: int) -> set[int]:
        banned = set(self.seen[row])
        for item in self.selection[row].tolist():
            if item != without:
                banned |= self.plan.excludes[item]
        return banned

    def _cost(self, exchange: "_Exchange") -> int:
        """How far the further of the two forms would be from the target; 0 when nothing is balanced."""
        if self.off is None or self.plan.marks is None:
            return 0
        marks = self.plan.marks[exchange.cell]
        gain = marks[exchange.card] - marks[exchange.item]
        after = (self.off[exchange.row] + gain, self.off[exchange.other] - gain)
        return max(int(np.abs(one).max()) for one in after)

    def _make(self, exchange: "_Exchange") -> None:
        self._move(exchange.cell, exchange.row, old=exchange.item, new=exchange.card)
        self._move(exchange.cell, exchange.other, old=exchange.card, new=exchange.item)

    def _settle(self, row: int) -> None:
        """Bring the form back by exchanges with forms that stay inside, none of which breaks an allowance."""
        for move in range(SETTLING_MOVES):
            if self.off is None or np.abs(self.off[row]).max() <= self.tolerance:
                return
            inside = np.flatnonzero((np.abs(self.off) <= self.tolerance).all(axis=1))
            partners = np.roll(inside, -move * STRAGGLER_PARTNERS)[:STRAGGLER_PARTNERS]
            rows = [row, *partners.tolist()]
            bench = Bench(self.plan, self.selection[rows], seen=[self.seen[one] for one in rows])
            full = self.uses >= np.array(self.allowed)[:, None]
            bench.blocked[:, :-1] += full[[self.unit[one] for one in rows]]
            before = bench.selection.copy()
            settle_once(bench, np.intp(0), partners=np.arange(1, len(rows)), tolerance=self.tolerance)
            changed = np.argwhere(bench.selection != before)
            if not len(changed):
                return
            for one, column in changed.tolist():
                number = next(
                    at
                    for at, cell in enumerate(self.plan.cells)
                    if cell.start <= column < cell.start + cell.count
                )
                old, new = int(before[one, column]), int(bench.selection[one, column])
                self._move(number, rows[one], old=old, new=new)

    def _move(self, number: int, row: int, *, old: int, new: int) -> None:
        cell = self.plan.cells[number]
        items = self.selection[row, cell.columns]
        items[items == old] = new
        self.uses[self.unit[row], old] -= 1
        self.uses[self.unit[row], new] += 1
        if self.off is not None and self.plan.marks is not None:
            self.off[row] += self.plan.marks[number][new] - self.plan.marks[number][old]


def _short(label: CellLabel, unit: str, need: int, *, allowed: int, have: int) -> Reason:
    return Reason(
        "unit_exposure_impossible",
        f"{label.vi}: đơn vị {unit} cần {need} lượt câu, nhưng {have} câu, mỗi câu nhiều nhất {allowed} đề, "
        "là không đủ. Hãy bổ sung câu hỏi hoặc nâng giới hạn trong một đơn vị.",
        f"{label.en}: unit {unit} needs {need} uses, but {have} items in at most {allowed} forms each are not enough. "
        "Add items or raise the limit within a unit.",
        {"cell": label.vi, "unit": unit, "need": need, "allowed": allowed, "have": have},
    )


def unit_limit_not_met(pairs: int) -> Reason:
    """Enemies and histories leave no exchange for some unit and item."""
    return Reason(
        "unit_exposure_not_met",
        f"Còn {pairs} câu đứng trong quá nhiều đề của một đơn vị mà không đổi được. "
        "Hãy nâng giới hạn trong một đơn vị hoặc bổ sung câu hỏi.",
        f"{pairs} items stand in too many forms of a unit and cannot be exchanged. "
        "Raise the limit within a unit or add items.",
        {"pairs": pairs},
    )
