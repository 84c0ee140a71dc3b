"""Do the responses to an item behave as the Rasch model says: infit and outfit with their z."""

from dataclasses import dataclass

import numpy as np

from question_bank.statistics.ability import Abilities, probability
from question_bank.statistics.figures import Floats, Missing, divide
from question_bank.statistics.responses import ResponseData, Totals


@dataclass(frozen=True, slots=True)
class ItemFit:
    """Mean squares (1 is as expected) and their standardised values; None with the reason in `missing`."""

    n: int
    infit: float | None = None
    infit_z: float | None = None
    outfit: float | None = None
    outfit_z: float | None = None
    missing: Missing | None = None


def fit_of(data: ResponseData, totals: Totals, abilities: Abilities) -> list[ItemFit]:
    """Infit and outfit per item that is right or wrong, by the given abilities and difficulties.

    Outfit is the mean of squared standardised residuals, infit their mean weighted with the information; z is the cube
    root of Wilson and Hilferty.
    Source: Wright and Masters, Rating Scale Analysis (1982), ch. 5, table 5.3.
    """
    sums = np.zeros((6, data.items))
    for block in data.blocks():
        theta, difficulty = abilities.theta[block.person], abilities.difficulty[block.item]
        chance = probability(theta, difficulty, abilities.slope_of(block.item))
        is_known = ~np.isnan(chance)
        item, x, p = block.item[is_known], block.share[is_known], chance[is_known]
        information = np.maximum(p * (1 - p), 1e-12)
        squared = (x - p) ** 2
        fourth = information * ((1 - p) ** 3 + p**3)
        rows = (
            None,
            information,
            squared,
            squared / information,
            fourth / information**2,
            fourth - information**2,
        )
        for row, weights in enumerate(rows):
            sums[row] += np.bincount(item, weights, data.items)
    n, information, squared, standardised, kurtosis, spread = sums
    infit, outfit = divide(squared, information), divide(standardised, n)
    infit_sd = np.sqrt(np.maximum(divide(spread, information**2), 0))
    outfit_sd = np.sqrt(np.maximum(divide(kurtosis, n**2) - divide(np.ones(data.items), n), 0))
    columns = np.stack([infit, _cube_root(infit, infit_sd), outfit, _cube_root(outfit, outfit_sd)])
    return [
        _item(
            int(n[item]),
            columns[:, item],
            is_dichotomous=bool(totals.is_dichotomous[item]),
            totals=totals,
            item=item,
        )
        for item in range(data.items)
    ]


def _cube_root(mean_square: Floats, deviation: Floats) -> Floats:
    return (np.cbrt(mean_square) - 1) * divide(np.full(len(deviation), 3.0), deviation) + deviation / 3


def _item(n: int, values: Floats, *, is_dichotomous: bool, totals: Totals, item: int) -> ItemFit:
    if n == 0:
        return ItemFit(n, missing=Missing.NO_RESPONSES)
    if n < 3:
        return ItemFit(n, missing=Missing.TOO_FEW)
    if not is_dichotomous:
        return ItemFit(n, missing=Missing.NOT_DICHOTOMOUS)
    if totals.facility[item] in (0.0, 1.0) or np.isnan(values).any():
        return ItemFit(n, missing=Missing.NO_VARIATION)
    infit, infit_z, outfit, outfit_z = (float(value) for value in values)
    return ItemFit(n, infit, infit_z, outfit, outfit_z)
