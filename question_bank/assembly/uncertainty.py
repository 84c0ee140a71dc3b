"""How far equally hard papers may still differ, because difficulties are only estimated."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from question_bank.assembly.result import Assembly
from question_bank.pool import ABILITIES

Errors = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class AbilityUncertainty:
    """Standard deviation, in marks of 100, of a form's distance from the bank's mean form at one ability, from the
    errors of the items' expected shares: the mean over the forms, and that of the least certain form.
    """

    ability: int
    mean: float
    highest: float


def mark_uncertainty(drawn: Assembly, errors: Mapping[str, Errors]) -> tuple[AbilityUncertainty, ...]:
    """The uncertainty band of the forms at each ability; `errors` are standard errors of the expected share by version.

    An item in the form weighs 1 - n/N and one that is not n/N, n of the N items of its cell being drawn; errors of
    different items are independent. Items without an error count as known: give every item of the pool one.
    """
    plan = drawn.plan
    total = float(plan.blueprint.cell_points_sum)
    error = np.array([errors.get(item.version_id, (0.0, 0.0, 0.0)) for item in plan.items])
    variance = np.zeros((len(drawn.selection), len(ABILITIES)))
    for cell in plan.cells:
        square = (error * float(cell.cell.points_per_item) * 100 / total) ** 2
        drawn_share = cell.count / len(cell.deck)
        chosen = square[drawn.selection[:, cell.columns]].sum(axis=1)
        variance += (1 - 2 * drawn_share) * chosen + drawn_share**2 * square[list(cell.deck)].sum(axis=0)
    # An item that a late exchange took from outside its deck can leave a rounding below 0.
    spread = np.sqrt(np.maximum(variance, 0.0))
    return tuple(
        AbilityUncertainty(ability, float(column.mean()), float(column.max()))
        for ability, column in zip(ABILITIES, spread.T, strict=True)
    )
