"""Where a bank leaves the draw the least choice, for papers that could not be made equally hard."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

import numpy as np

from question_bank.assembly.plan import Plan
from question_bank.blueprint import CellLabel

MOST_NAMED: Final = 3


@dataclass(frozen=True, slots=True)
class ScarceCell:
    """A cell from whose `items` so many `places` are filled; they have `difficulties` different difficulties."""

    vi: str
    en: str
    places: int
    items: int
    difficulties: int


def scarcest_cells(plan: Plan, labels: Sequence[CellLabel]) -> tuple[ScarceCell, ...]:
    """The scored cells with the fewest different difficulties to a place (of equals the fewest items), scarcest first:
    items added there give exchanges most to choose from. At most `MOST_NAMED`; none where nothing is balanced.
    """
    if plan.marks is None:
        return ()
    cells = [
        ScarceCell(label.vi, label.en, cell.count, len(deck), len(np.unique(marks[deck], axis=0)))
        for cell, deck, marks, label in zip(plan.cells, plan.decks, plan.marks, labels, strict=True)
        if not cell.cell.pretest
    ]
    cells.sort(key=lambda one: (Fraction(one.difficulties, one.places), Fraction(one.items, one.places)))
    return tuple(cells[:MOST_NAMED])
