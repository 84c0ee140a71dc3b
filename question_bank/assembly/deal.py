"""Dealing forms from reshuffled decks, so that no item is used more often than it must be."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from question_bank.assembly.matching import Unfilled, find_form
from question_bank.assembly.plan import ItemArray, Plan
from question_bank.stream import ByteStream, derive


@dataclass(frozen=True, slots=True)
class Dealt:
    """`selection` is int32 [forms, items per form], cell by cell; rows of `stuck` takers are not filled."""

    selection: ItemArray
    stuck: dict[int, Unfilled]


class _Deck:
    """The cards of one cell, top last. An exhausted deck is followed by a fresh shuffle of all cards."""

    __slots__ = ("_cards", "_cell", "_items", "_round", "_seed")

    def __init__(self, cell: int, items: Sequence[int], *, seed: bytes) -> None:
        self._cell = cell
        self._items = items
        self._seed = seed
        self._round = 0
        self._cards: list[int] = []

    def _open(self) -> None:
        self._cards = ByteStream(derive(self._seed, "deck", self._cell, self._round)).shuffled(self._items)
        self._round += 1

    def deal(self, count: int, banned: set[int], *, plan: Plan) -> list[int] | None:
        """The topmost `count` cards that are not banned; skipped cards stay on top. What they exclude is banned.

        None, with the deck as it was, when not even a whole fresh deck holds enough.
        """
        cards = self._cards
        top = cards[: -count - 1 : -1]
        together = set(top)
        # A skipped card may lie on top of its own successor, hence the comparison of lengths.
        if len(together) == count and banned.isdisjoint(together):
            # Most cards exclude nothing but themselves and stand in this deck alone: they need no look one by one.
            others = [plan.excludes[card] for card in together - plan.loners]
            if all(len(together & excluded) == 1 for excluded in others):
                del cards[-count:]
                banned.update(*others)
                return top
        return self._deal_slowly(count, banned, excludes=plan.excludes)

    def _deal_slowly(
        self, count: int, banned: set[int], *, excludes: Sequence[frozenset[int]]
    ) -> list[int] | None:
        before, before_round = self._cards.copy(), self._round
        cards = self._cards
        taken: list[int] = []
        skipped: list[int] = []
        while len(taken) < count:
            if not cards:
                if self._round > before_round:
                    self._cards, self._round = before, before_round
                    return None
                self._open()
                cards = self._cards
            card = cards.pop()
            if card in banned:
                skipped.append(card)
            else:
                taken.append(card)
                banned |= excludes[card]
        skipped.reverse()
        cards += skipped
        return taken

    def put_back(self, cards: Iterable[int]) -> None:
        self._cards += cards

    def withdraw(self, card: int) -> None:
        if card in self._cards:
            self._cards.reverse()
            self._cards.remove(card)
            self._cards.reverse()


def deal_forms(plan: Plan, seen: Sequence[frozenset[int]], *, seed: bytes) -> Dealt:
    """One form per taker in order; `seen[f]` are the items barred for taker f.

    The taker whose cells the decks cannot fill in order (enemies met in the wrong order, a long history,
    overlapping cells) gets a form by exact search; the taker for whom there is provably none is `stuck`.
    """
    decks = [_Deck(index, cell.deck, seed=seed) for index, cell in enumerate(plan.cells)]
    # Scarcest cells first: they have the fewest ways around an enemy.
    order = sorted(range(len(decks)), key=lambda c: len(plan.cells[c].deck) / plan.cells[c].count)
    selection = np.zeros((len(seen), plan.length), dtype=np.int32)
    stuck: dict[int, Unfilled] = {}
    for row, barred in enumerate(seen):
        chosen = _deal_one(plan, decks, order=order, barred=barred)
        if chosen is None:
            prefer = ByteStream(derive(seed, "search", row)).shuffled(range(len(plan.items)))
            found = search_form(plan, barred, prefer=prefer)
            if isinstance(found, Unfilled):
                stuck[row] = found
                continue
            chosen = dict(enumerate(map(list, found)))
            for cell, cards in chosen.items():
                for card in cards:
                    decks[cell].withdraw(card)
        selection[row] = [card for cell in range(len(decks)) for card in chosen[cell]]
    return Dealt(selection, stuck)


def _deal_one(
    plan: Plan, decks: Sequence[_Deck], *, order: Sequence[int], barred: frozenset[int]
) -> dict[int, list[int]] | None:
    banned = set(barred)
    chosen: dict[int, list[int]] = {}
    for cell in order:
        taken = decks[cell].deal(plan.cells[cell].count, banned, plan=plan)
        if taken is None:
            for other, cards in chosen.items():
                decks[other].put_back(reversed(cards))
            return None
        chosen[cell] = taken
    return chosen


def search_form(
    plan: Plan, barred: frozenset[int], *, prefer: Sequence[int]
) -> tuple[tuple[int, ...], ...] | Unfilled:
    """A form by matching over all members of each cell, items with the smallest `prefer` first."""
    members = [[item for item in cell.members if item not in barred] for cell in plan.cells]
    for items in members:
        items.sort(key=prefer.__getitem__)
    counts = [cell.count for cell in plan.cells]
    return find_form(counts, members, groups=plan.groups, excludes=plan.excludes)


def level_exposure(plan: Plan, selection: ItemArray, *, seen: Sequence[frozenset[int]]) -> None:
    """Within each deck the uses of any two items differ by at most one, wherever the histories leave a way
    (in place).

    Skipped cards let some items fall behind; a form that may have the lagging item gives up one that ran
    ahead, if need be through a chain of forms and items.
    """
    uses = np.bincount(selection.ravel(), minlength=len(plan.items)).tolist()
    for cell in plan.cells:
        if max(uses[i] for i in cell.deck) - min(uses[i] for i in cell.deck) > 1:
            _Levelling(plan, selection, seen=seen, columns=cell.columns, deck=cell.deck, uses=uses).run()


class _Levelling:
    """The moves of one cell. `holders[i]` are the rows with item i in this cell."""

    def __init__(
        self,
        plan: Plan,
        selection: ItemArray,
        *,
        seen: Sequence[frozenset[int]],
        columns: slice,
        deck: Sequence[int],
        uses: list[int],
    ) -> None:
        self._plan = plan
        self._selection = selection
        self._seen = seen
        self._columns = columns
        self._deck = deck
        self._uses = uses
        self._holders: dict[int, list[int]] = defaultdict(list)
        for row, items in enumerate(selection[:, columns].tolist()):
            for item in items:
                self._holders[item].append(row)

    def run(self) -> None:
        uses = self._uses
        hopeless: set[int] = set()
        while True:
            low = min(uses[i] for i in self._deck)
            ahead = [i for i in self._deck if uses[i] > low + 1 and i not in hopeless]
            if not ahead:
                return
            start = max(ahead, key=lambda i: (uses[i], -i))
            chain = self._chain(start, uses[start] - 2)
            if chain is None:
                hopeless.add(start)
                continue
            for row, old, new in chain:
                self._replace(row, old=old, new=new)

    def _chain(self, start: int, limit: int) -> list[tuple[int, int, int]] | None:
        """Replacements (row, old, new) that take one use from `start` and give it to an item with at most
        `limit` uses.
        """
        came_from: dict[int, tuple[int, int]] = {}
        queue = [start]
        reached = {start}
        for item in queue:
            for row in self._holders[item]:
                banned = self._banned(row)
                for new in self._deck:
                    if new in reached or new in banned:
                        continue
                    reached.add(new)
                    came_from[new] = (row, item)
                    if self._uses[new] <= limit:
                        return self._trace(new, start, came_from=came_from)
                    queue.append(new)
        return None

    def _trace(
        self, end: int, start: int, *, came_from: dict[int, tuple[int, int]]
    ) -> list[tuple[int, int, int]] | None:
        chain = []
        item = end
        while item != start:
            row, old = came_from[item]
            chain.append((row, old, item))
            item = old
        # Two steps in one form could bring enemies together that were checked apart.
        if len({row for row, _, _ in chain}) < len(chain):
            return None
        return chain

    def _banned(self, row: int) -> set[int]:
        banned = set(self._seen[row])
        for item in self._selection[row].tolist():
            banned |= self._plan.excludes[item]
        return banned

    def _replace(self, row: int, *, old: int, new: int) -> None:
        items = self._selection[row, self._columns]
        items[items == old] = new
        self._holders[old].remove(row)
        self._holders[new].append(row)
        self._uses[old] -= 1
        self._uses[new] += 1
