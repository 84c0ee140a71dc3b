"""Making forms equally hard by exchanging items between two forms, which leaves every item's exposure as it
was.

Source: the exchange of items between parallel forms is the oldest of the heuristics for parallel test
assembly; here it works on forms dealt from decks, whose exposure is already as even as arithmetic allows.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from question_bank.assembly.plan import IntArray, ItemArray, Plan
from question_bank.stream import ByteStream, derive

BLOCK_FORMS: Final = 8_192
"""Forms are balanced in blocks of at most this many: it bounds memory, and a block offers more partners
than anyone needs.
"""

PATIENCE_ROUNDS: Final = 24
MOST_ROUNDS: Final = 1_000
"""Exchanging stops when this many rounds have brought no further form within the tolerance, or after so many in all."""

STRAGGLER_MOVES: Final = 60
STRAGGLER_PARTNERS: Final = 256
"""A form that stays outside makes at most this many exchanges, each with the best of this many forms in turn."""

STRAGGLER_PATIENCE: Final = 12
"""It gives up when so many exchanges have brought it no nearer."""

HOPELESS: Final = 20
BLOCK_MOVES: Final = 20_000
"""Settling a block ends when this many forms in a row gave up, or after so many exchanges."""

MOST_REPLACED: Final = 60
"""A form takes at most this many other items from the bank."""

_NEVER: Final = np.int64(1) << 60


class Bench:
    """Some forms under balancing: what they hold, how far they are from the target, and what each must not
    receive.

    `selection` int32 [forms, length]; `deviation` int64 [forms, abilities], millionths of a mark;
    `blocked` int16 [forms, items + 1], how many reasons there are not to give the form that item (the last
    column is padding).
    """

    def __init__(self, plan: Plan, selection: ItemArray, *, seen: Sequence[frozenset[int]]) -> None:
        assert plan.marks is not None
        self.plan = plan
        self.marks = plan.marks
        self.selection = selection
        self.deviation: IntArray = np.tile(-plan.target, (len(selection), 1))
        self.excludes = plan.padded_excludes
        self.blocked: npt.NDArray[np.int16] = np.zeros((len(selection), len(plan.items) + 1), dtype=np.int16)
        rows = np.arange(len(selection))
        for cell, marks in zip(plan.cells, self.marks, strict=True):
            for column in range(cell.start, cell.start + cell.count):
                items = selection[:, column]
                self.deviation += marks[items]
                self.blocked[rows[:, None], self.excludes[items]] += 1
        for row, items_seen in enumerate(seen):
            if items_seen:
                self.blocked[row, list(items_seen)] += 1

    def outside(self, tolerance: int) -> npt.NDArray[np.bool_]:
        """Which forms are more than `tolerance` from the target at some ability."""
        return np.asarray((np.abs(self.deviation) > tolerance).any(axis=1))

    def distance(self, row: np.intp) -> int:
        """How far the form is from the target, in millionths of a mark, at the ability where it is furthest."""
        return int(np.abs(self.deviation[row]).max())

    def place(
        self, rows: npt.NDArray[np.intp], columns: npt.NDArray[np.intp], *, cell: int, items: ItemArray
    ) -> None:
        """Put `items` into the cells at (rows, columns); no row may occur twice."""
        old = self.selection[rows, columns]
        self.deviation[rows] += self.marks[cell][items] - self.marks[cell][old]
        self.blocked[rows[:, None], self.excludes[old]] -= 1
        self.blocked[rows[:, None], self.excludes[items]] += 1
        self.selection[rows, columns] = items


def swap_between_forms(bench: Bench, *, tolerance: int, seed: bytes) -> None:
    """Exchange items of one cell between pairs of forms while some form is outside `tolerance` (in place).

    Round by round every form outside is paired: in even rounds the hardest with the easiest, in odd rounds
    at random. A pair makes, cell by cell, the exchange that lowers the sum of its squared deviations most.
    """
    forms = len(bench.selection)
    if forms < 2:
        return
    fewest, since = forms + 1, 0
    for number in range(MOST_ROUNDS):
        outside = bench.outside(tolerance)
        left = int(outside.sum())
        fewest, since = (left, number) if left < fewest else (fewest, since)
        if not left or number - since > PATIENCE_ROUNDS:
            return
        if number % 2 == 0:
            order = np.argsort(bench.deviation.sum(axis=1), kind="stable")
        else:
            order = np.array(ByteStream(derive(seed, "round", number)).shuffled(range(forms)))
        half = forms // 2
        first, second = order[:half], order[::-1][:half]
        _swap_pairs(bench, first=first, second=second, tolerance=tolerance)


def _swap_pairs(
    bench: Bench, *, first: npt.NDArray[np.intp], second: npt.NDArray[np.intp], tolerance: int
) -> None:
    for number, cell in enumerate(bench.plan.cells):
        outside = bench.outside(tolerance)
        needed = outside[first] | outside[second]
        if not needed.any():
            return
        first, second = first[needed], second[needed]
        ours = bench.selection[first, cell.columns]
        theirs = bench.selection[second, cell.columns]
        x_marks, y_marks = bench.marks[number][ours], bench.marks[number][theirs]
        gap = (bench.deviation[first] - bench.deviation[second])[:, None, :]
        # When the first form gives x for y it gains g = y - x, and the squares change by 2 Σ g (g + gap). The sum is
        # multiplied out, so that the arrays have three axes (pairs, our items, their items) and not four.
        cost = -2 * np.matmul(x_marks, y_marks.transpose(0, 2, 1))
        cost += (x_marks * (x_marks - gap)).sum(axis=2)[:, :, None]
        cost += (y_marks * (y_marks + gap)).sum(axis=2)[:, None, :]
        refused = (bench.blocked[first[:, None], theirs] > 0)[:, None, :] | (
            bench.blocked[second[:, None], ours] > 0
        )[:, :, None]
        cost[refused] = _NEVER
        flat = cost.reshape(len(first), -1)
        best = flat.argmin(axis=1)
        better = flat[np.arange(len(first)), best] < 0
        x, y = np.divmod(best[better], cell.count)
        a, b = first[better], second[better]
        given, received = ours[better, x], theirs[better, y]
        bench.place(a, cell.start + x, cell=number, items=received)
        bench.place(b, cell.start + y, cell=number, items=given)


def settle_stragglers(bench: Bench, *, tolerance: int) -> None:
    """Bring in the few forms that no pairing brought within `tolerance` (in place).

    Each makes exchange after exchange with forms within the tolerance that stay within it, every time the one that
    leaves itself nearest the target, even if that is further than before; what it gave away it does not take back.
    Where the bank is too thin for the tolerance that ends after `HOPELESS` forms in a row, or `BLOCK_MOVES` exchanges.
    """
    within = np.flatnonzero(~bench.outside(tolerance))
    if not len(within):
        return
    moves = in_vain = 0
    for row in np.flatnonzero(bench.outside(tolerance)):
        if in_vain == HOPELESS or moves >= BLOCK_MOVES:
            return
        moves += _settle_one(bench, row, within=within, tolerance=tolerance)
        in_vain = in_vain + 1 if bench.distance(row) > tolerance else 0


def _settle_one(bench: Bench, row: np.intp, *, within: npt.NDArray[np.intp], tolerance: int) -> int:
    """Exchange until the form is within the tolerance or gives up; how many exchanges were tried."""
    given: list[int] = []
    nearest, nearest_at = bench.distance(row), 0
    move = 0
    while (
        bench.distance(row) > tolerance and move < STRAGGLER_MOVES and move - nearest_at < STRAGGLER_PATIENCE
    ):
        partners = np.roll(within, -move * STRAGGLER_PARTNERS)[:STRAGGLER_PARTNERS]
        item = settle_once(bench, row, partners=partners, tolerance=tolerance)
        if item is not None:
            given.append(item)
            bench.blocked[row, item] += 1
        move += 1
        if bench.distance(row) < nearest:
            nearest, nearest_at = bench.distance(row), move
    bench.blocked[row, given] -= 1
    return move


class _Swap(NamedTuple):
    """An exchange of one cell's items: `mine` is a column of the form, `other` one of the form `partner`. The smallest
    is the best: nearest to the target, and of equals the first.
    """

    cost: int
    cell: int
    partner: int
    mine: int
    other: int


def settle_once(bench: Bench, row: np.intp, *, partners: npt.NDArray[np.intp], tolerance: int) -> int | None:
    """Make the exchange of `row` with one of the partners, all of them within the tolerance, that leaves it nearest to
    the target and the partner within; of equals the first by cell, partner and column. The item given away, or None.
    """
    best: _Swap | None = None
    for number in range(len(bench.plan.cells)):
        limit = int(_NEVER) if best is None else best.cost
        found = _nearest_swap(bench, row, number=number, partners=partners, tolerance=tolerance, below=limit)
        best = found or best
    if best is None:
        return None
    partner = partners[best.partner]
    given, received = bench.selection[row, best.mine], bench.selection[partner, best.other]
    bench.place(np.array([row]), np.array([best.mine]), cell=best.cell, items=np.array([received]))
    bench.place(np.array([partner]), np.array([best.other]), cell=best.cell, items=np.array([given]))
    return int(given)


def _nearest_swap(
    bench: Bench,
    row: np.intp,
    *,
    number: int,
    partners: npt.NDArray[np.intp],
    tolerance: int,
    below: int,
) -> _Swap | None:
    """The best exchange within one cell, if it leaves the form nearer to the target than `below`."""
    cell, marks = bench.plan.cells[number], bench.marks[number]
    ours, theirs = bench.selection[row, cell.columns], bench.selection[partners, cell.columns]
    offered = np.unique(theirs)
    offered = offered[bench.blocked[row, offered] == 0]
    gains = marks[offered][None, :, :] - marks[ours][:, None, :]
    costs = np.abs(bench.deviation[row] + gains).max(axis=2)
    # A partner that is within the tolerance and stays there moves by twice the tolerance at most.
    wanted = (costs < below) & (np.abs(gains).max(axis=2) <= 2 * tolerance)
    mine, theirs_at = np.nonzero(wanted)
    best: _Swap | None = None
    for pair in np.argsort(costs[wanted], kind="stable").tolist():
        x, item = mine[pair], offered[theirs_at[pair]]
        cost = int(costs[x, theirs_at[pair]])
        if best is not None and cost > best.cost:
            break
        stays = (np.abs(bench.deviation[partners] - gains[x, theirs_at[pair]]) <= tolerance).all(axis=1)
        may = (theirs == item) & (stays & (bench.blocked[partners, ours[x]] == 0))[:, None]
        partner, other = divmod(int(may.argmax()), cell.count)
        if may[partner, other]:
            swap = _Swap(cost, number, partner, cell.start + int(x), cell.start + other)
            best = swap if best is None else min(best, swap)
    return best


def replace_from_bank(bench: Bench, uses: IntArray, *, tolerance: int, slack: int = 0) -> None:
    """Replace items of forms still outside `tolerance` by less used ones (in place, `uses` included).

    An item may only be replaced by one with fewer uses (or at most `slack` more than that), so the spread
    of exposure does not grow. This is what balances a handful of forms, or a single late one, which have no
    partners to swap with. A form does so at most `MOST_REPLACED` times.
    """
    for row in np.flatnonzero(bench.outside(tolerance)):
        for _ in range(MOST_REPLACED):
            if bench.distance(row) <= tolerance or not _replace_one(bench, uses, row=int(row), slack=slack):
                break


def _replace_one(bench: Bench, uses: IntArray, *, row: int, slack: int) -> bool:
    best_cost, best = np.int64(0), None
    deviation = bench.deviation[row]
    for number, cell in enumerate(bench.plan.cells):
        ours = bench.selection[row, cell.columns]
        others = bench.plan.decks[number]
        others = others[bench.blocked[row, others] == 0]
        if not len(others):
            continue
        x_marks, y_marks = bench.marks[number][ours], bench.marks[number][others]
        # The squares change by Σ g (g + 2 deviation) with g = y - x, multiplied out as in `_swap_pairs`.
        cost = -2 * np.matmul(x_marks, y_marks.T)
        cost += (x_marks * (x_marks - 2 * deviation)).sum(axis=1)[:, None]
        cost += (y_marks * (y_marks + 2 * deviation)).sum(axis=1)[None, :]
        cost[uses[others][None, :] >= uses[ours][:, None] + slack] = _NEVER
        place = int(cost.argmin())
        if cost.flat[place] < best_cost:
            best_cost = cost.flat[place]
            x, y = divmod(place, len(others))
            best = (number, cell.start + x, others[y])
    if best is None:
        return False
    number, column, item = best
    uses[bench.selection[row, column]] -= 1
    uses[item] += 1
    bench.place(np.array([row]), np.array([column]), cell=number, items=np.array([item], dtype=np.int32))
    return True
