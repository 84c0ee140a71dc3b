"""Which cells can be filled from which items, when an item may fit several cells and some items exclude one
another.

Counting the items of each cell is wrong as soon as cells overlap: three items that fit two cells cannot
serve both with two each. Matching decides it exactly, and when it fails names the cells that compete (the
violator of Hall's condition).
"""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Matching:
    """`chosen[c]` are the items given to cell c; `short[c]` how many it still lacks; `rivals[c]` the cells
    it competes with.
    """

    chosen: tuple[tuple[int, ...], ...]
    short: tuple[int, ...]
    rivals: tuple[frozenset[int], ...]

    @property
    def is_complete(self) -> bool:
        return not any(self.short)


def match_cells(
    counts: Sequence[int], members: Sequence[Sequence[int]], *, groups: Sequence[int]
) -> Matching:
    """A largest assignment of items to cells with at most one item of each group.

    `counts[c]` items are wanted by cell c, which accepts `members[c]`, preferred first; `groups[i]` is the
    group of item i.
    Source: maximum bipartite matching by augmenting paths (Kuhn 1955; Berge 1957), on cells with capacities.
    """
    owner: dict[int, int] = {}
    item_in: dict[tuple[int, int], int] = {}
    options: list[list[int]] = []
    for cell, items in enumerate(members):
        for item in items:
            item_in.setdefault((cell, groups[item]), item)
        options.append(list(dict.fromkeys(groups[item] for item in items)))
    short = [0] * len(counts)
    rivals: list[frozenset[int]] = [frozenset()] * len(counts)
    for cell, count in enumerate(counts):
        for filled in range(count):
            reached = _augment(cell, options, owner=owner)
            if reached is not None:
                short[cell] = count - filled
                rivals[cell] = reached - {cell}
                break
    chosen: list[list[int]] = [[] for _ in counts]
    for group, cell in owner.items():
        chosen[cell].append(item_in[cell, group])
    return Matching(tuple(tuple(sorted(items)) for items in chosen), tuple(short), tuple(rivals))


def _augment(start: int, options: Sequence[Sequence[int]], *, owner: dict[int, int]) -> frozenset[int] | None:
    """Give `start` one more group; if that is impossible, return the cells that share its exhausted supply."""
    came_from: dict[int, tuple[int, int]] = {}
    visited = {start}
    queue = [start]
    for cell in queue:
        for group in options[cell]:
            holder = owner.get(group)
            if holder is None:
                _take(cell, group, came_from=came_from, owner=owner)
                return None
            if holder not in visited:
                visited.add(holder)
                came_from[holder] = (cell, group)
                queue.append(holder)
    return frozenset(visited)


def _take(cell: int, group: int, *, came_from: dict[int, tuple[int, int]], owner: dict[int, int]) -> None:
    owner[group] = cell
    while cell in came_from:
        cell, group = came_from[cell]
        owner[group] = cell


SEARCH_LIMIT = 2_000
"""Matchings tried before the search for a form among enemies is given up."""


@dataclass(frozen=True, slots=True)
class Unfilled:
    """No form was found. `matching` shows the cells that are short even if items excluded nobody; when it is
    complete, enemies alone are the cause and `blocked` are the cells they leave unfilled. `is_proven` is false
    only when the search was given up at `SEARCH_LIMIT`.
    """

    matching: Matching
    blocked: tuple[int, ...]
    is_proven: bool


def find_form(
    counts: Sequence[int],
    members: Sequence[Sequence[int]],
    *,
    groups: Sequence[int],
    excludes: Sequence[frozenset[int]],
) -> tuple[tuple[int, ...], ...] | Unfilled:
    """Items for every cell with no two that exclude each other, or why there are none.

    `excludes[i]` are the items that cannot stand beside item i. Groups settle cliques within the matching
    itself; what remains is settled by branching: of two chosen enemies, one or the other is left out.
    """
    root = match_cells(counts, members, groups=groups)
    if not root.is_complete:
        return Unfilled(root, (), is_proven=True)
    blocked: tuple[int, ...] = ()
    matching = root
    barred: frozenset[int] = frozenset()
    open_branches: list[frozenset[int]] = []
    for _ in range(SEARCH_LIMIT):
        if matching.is_complete:
            clash = _first_clash(matching, excludes)
            if clash is None:
                return matching.chosen
            open_branches += [barred | {clash[1]}, barred | {clash[0]}]
        else:
            blocked = blocked or tuple(cell for cell, short in enumerate(matching.short) if short)
            if not open_branches:
                return Unfilled(root, blocked, is_proven=True)
        barred = open_branches.pop()
        matching = match_cells(
            counts, [[i for i in items if i not in barred] for items in members], groups=groups
        )
    return Unfilled(root, blocked, is_proven=False)


def _first_clash(matching: Matching, excludes: Sequence[frozenset[int]]) -> tuple[int, int] | None:
    items = sorted(item for chosen in matching.chosen for item in chosen)
    present = set(items)
    for item in items:
        others = (excludes[item] & present) - {item}
        if others:
            return item, min(others)
    return None
