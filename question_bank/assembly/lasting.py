"""For how many periods a bank lasts, if nobody may meet an item again."""

from collections.abc import Sequence
from datetime import date

from question_bank.assembly.decks import can_supply
from question_bank.assembly.plan import usable_items
from question_bank.blueprint import Blueprint
from question_bank.pool import PoolItem

MOST_PERIODS = 1_000


def periods_lasting(blueprint: Blueprint, pool: Sequence[PoolItem], *, on: date | None = None) -> int:
    """How many papers in a row one person can be given without meeting an item twice, all cells counted at once.

    Cells that share items are not counted twice (a maximum flow); enemies, which only concern items of one paper, are
    not looked at. 0 for a blueprint without cells or with a short one, at most `MOST_PERIODS`.
    """
    cells = blueprint.cells
    if not cells:
        return 0
    items = usable_items(blueprint, pool, on=on)
    members = [[number for number, item in enumerate(items) if cell.accepts(item)] for cell in cells]
    low, high = (
        0,
        min(MOST_PERIODS, *(len(found) // c.count for c, found in zip(cells, members, strict=True))),
    )
    while low < high:
        middle = (low + high + 1) // 2
        if can_supply([cell.count * middle for cell in cells], members):
            low = middle
        else:
            high = middle - 1
    return low
