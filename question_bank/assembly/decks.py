"""Which deck an item belongs to when it fits several cells, and the smallest exposure any draw can have.

Items are counted by atom: the set of cells they fit. Both answers are maximum flows on the small graph of
cells and atoms.
"""

from collections import defaultdict
from collections.abc import Sequence
from fractions import Fraction

from question_bank.stream import ByteStream, derive


class _Supply:
    """Items of each atom given to cells; `give` moves earlier gifts aside along an augmenting path when it
    must.
    """

    def __init__(self, cells: int, *, atoms: Sequence[frozenset[int]], sizes: Sequence[int]) -> None:
        self.free = list(sizes)
        self.given = [[0] * cells for _ in atoms]
        self._fits = [[a for a, atom in enumerate(atoms) if cell in atom] for cell in range(cells)]
        self._atoms = atoms

    def give(self, start: int, amount: int) -> int:
        """Give cell `start` up to `amount` more items along one path; the number given, 0 when there is no
        path.
        """
        came_from: dict[int, tuple[int, int]] = {}
        queue = [start]
        reached = {start}
        for cell in queue:
            for atom in self._fits[cell]:
                if self.free[atom]:
                    return self._move(start, cell, atom=atom, came_from=came_from, amount=amount)
                for other in self._atoms[atom]:
                    if other not in reached and self.given[atom][other]:
                        reached.add(other)
                        came_from[other] = (cell, atom)
                        queue.append(other)
        return 0

    def _move(
        self, start: int, end: int, *, atom: int, came_from: dict[int, tuple[int, int]], amount: int
    ) -> int:
        path = [(end, atom)]
        cell = end
        amount = min(amount, self.free[atom])
        while cell != start:
            taker, shared = came_from[cell]
            amount = min(amount, self.given[shared][cell])
            path.append((taker, shared))
            cell = taker
        self.free[atom] -= amount
        loser: int | None = None
        for taker, shared in path:
            self.given[shared][taker] += amount
            if loser is not None:
                self.given[shared][loser] -= amount
            loser = taker
        return amount

    def give_all(self, demands: Sequence[int]) -> bool:
        """Whether every cell can be given what it demands."""
        for cell, demand in enumerate(demands):
            missing = demand
            while missing:
                given = self.give(cell, missing)
                if not given:
                    return False
                missing -= given
        return True


def _atoms(members: Sequence[Sequence[int]]) -> dict[frozenset[int], list[int]]:
    fits: dict[int, set[int]] = defaultdict(set)
    for cell, items in enumerate(members):
        for item in items:
            fits[item].add(cell)
    atoms: dict[frozenset[int], list[int]] = defaultdict(list)
    for item in sorted(fits):
        atoms[frozenset(fits[item])].append(item)
    return atoms


def split_decks(
    counts: Sequence[int], members: Sequence[Sequence[int]], *, seed: bytes
) -> tuple[tuple[int, ...], ...]:
    """Each item in exactly one deck of a cell it fits, so that the scarcest cell has as many items per
    wanted item as possible.

    Water-filling: again and again the cell with the fewest items per wanted item receives one more, taking
    it from a richer cell if need be, until it can get none. The caller has shown that every cell can be
    filled.
    """
    atoms = _atoms(members)
    if all(len(fits) == 1 for fits in atoms):
        return tuple(tuple(items) for items in members)
    keys = sorted(atoms, key=sorted)
    supply = _Supply(len(counts), atoms=keys, sizes=[len(atoms[key]) for key in keys])
    sizes = [0] * len(counts)
    open_cells = set(range(len(counts)))
    while open_cells:
        cell = min(open_cells, key=lambda c: (Fraction(sizes[c], counts[c]), c))
        if supply.give(cell, 1):
            sizes[cell] += 1
        else:
            open_cells.remove(cell)
    decks: list[list[int]] = [[] for _ in counts]
    for number, (key, given) in enumerate(zip(keys, supply.given, strict=True)):
        items = ByteStream(derive(seed, "split", number)).shuffled(atoms[key])
        for cell, amount in enumerate(given):
            decks[cell] += items[:amount]
            items = items[amount:]
    return tuple(tuple(sorted(deck)) for deck in decks)


def can_supply(demands: Sequence[int], members: Sequence[Sequence[int]]) -> bool:
    """Whether each cell can have as many items of its own as it demands, no item going to two cells."""
    atoms = _atoms(members)
    keys = sorted(atoms, key=sorted)
    return _Supply(len(demands), atoms=keys, sizes=[len(atoms[key]) for key in keys]).give_all(demands)


def smallest_exposure(counts: Sequence[int], members: Sequence[Sequence[int]], *, forms: int) -> int:
    """The least number of forms in which the most used item must stand when `forms` forms are drawn.

    With disjoint cells this is the largest ⌈forms · n_c / N_c⌉. Source: a max-flow bound;
    shared/hypergeometric case in Chang & Zhang (2002), Psychometrika 67, 387-398.
    """
    atoms = _atoms(members)
    keys = sorted(atoms, key=sorted)
    low, high = 0, forms
    while low < high:
        middle = (low + high) // 2
        supply = _Supply(len(counts), atoms=keys, sizes=[len(atoms[key]) * middle for key in keys])
        if supply.give_all([count * forms for count in counts]):
            high = middle
        else:
            low = middle + 1
    return low
