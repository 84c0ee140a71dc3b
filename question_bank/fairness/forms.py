"""Forms in long shape, the difficulties of their items, and the expected marks that follow from both."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from question_bank.assembly.plan import ItemArray, Plan
from question_bank.calibration.curves import ItemParameters, OffTheCurve, ability_at
from question_bank.calibration.responses import FloatArray

Indices = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Difficulties:
    """The curves of the items of a pool, [items], and the standard errors of their difficulties."""

    curves: ItemParameters
    error: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Forms:
    """Who has which item: `form` and `item` per scored slot, `marks` what the slot is worth out of 100.

    `mean_marks` is per item of the pool what it is worth in the bank's mean form: the expected marks of a form that is
    drawn from every deck evenly; `mean_squares` is the same of the squares of the worths.
    """

    count: int
    form: Indices
    item: Indices
    marks: FloatArray
    mean_marks: FloatArray
    mean_squares: FloatArray

    def own(self, values: FloatArray) -> FloatArray:
        """[forms]: the sum over the slots of each form; `values` are per slot."""
        return np.bincount(self.form, values, minlength=self.count).astype(np.float64)


def forms_of_selection(plan: Plan, selection: ItemArray) -> Forms:
    """The forms of a draw; pretests count for nothing."""
    worth = cell_marks(plan)
    columns = np.concatenate(
        [np.full(cell.count, mark) for cell, mark in zip(plan.cells, worth, strict=True)]
    )
    count, length = selection.shape
    return Forms(
        count=count,
        form=np.repeat(np.arange(count, dtype=np.int64), length),
        item=selection.ravel().astype(np.int64),
        marks=np.tile(columns, count),
        mean_marks=mean_marks(plan),
        mean_squares=mean_marks(plan, power=2),
    )


def cell_marks(plan: Plan) -> list[float]:
    """What an item of each cell is worth, out of 100."""
    total = float(plan.blueprint.cell_points_sum)
    return [
        0.0 if cell.cell.pretest else float(cell.cell.points_per_item) * 100 / total for cell in plan.cells
    ]


def mean_marks(plan: Plan, *, power: int = 1) -> FloatArray:
    """Per item of the pool its worth (to a power) in the mean form: n of the N items of a deck are drawn."""
    found = np.zeros(len(plan.items))
    for cell, worth in zip(plan.cells, cell_marks(plan), strict=True):
        found[list(cell.deck)] += worth**power * cell.count / len(cell.deck)
    return found


def ability_with_mark(curves: ItemParameters, marks: FloatArray, *, cut: float) -> float | None:
    """The ability whose expected mark on the mean form is `cut`; None when no ability has it."""
    try:
        return ability_at(curves, cut, points=marks)
    except OffTheCurve:
        return None
