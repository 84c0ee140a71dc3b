"""Information at the cut score: how exactly an item tells who passes from who does not."""

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Final

import numpy as np
from scipy.optimize import brentq
from scipy.special import expit, logit

from question_bank.blueprint import Blueprint
from question_bank.pool import SHARE_UNIT, PoolItem

WIDEST: Final = 4.0
"""A cut that only people beyond this ability reach (or miss) is told apart by chance."""

LEAST_SHARE: Final = 1e-4


def with_information_at_cut(
    pool: Sequence[PoolItem], blueprint: Blueprint, *, cut_percent: Fraction
) -> tuple[PoolItem, ...]:
    """The pool with each item's Fisher information a²P(1 - P) at the ability whose expected mark on the bank's mean
    form is the cut; a and b are those of the logistic curve through the item's expected shares at the outer abilities.

    Items without expected shares have none; nothing changes where no item has any, or no ability within WIDEST has
    that mark. Source: Birnbaum in Lord & Novick (1968), § 20.2.
    """
    rated = [place for place, item in enumerate(pool) if item.expected_score is not None]
    shares = np.array(
        [item.expected_score for item in pool if item.expected_score is not None], dtype=np.float64
    )
    if not rated:
        return tuple(pool)
    low, _middle, high = logit(np.clip(shares, LEAST_SHARE, 1 - LEAST_SHARE)).T
    slope, centre = (high - low) / 2, (high + low) / 2
    worth = _worth([pool[place] for place in rated], blueprint)

    def above_cut(theta: float) -> float:
        return float(worth @ expit(slope * theta + centre) - float(cut_percent) / 100 * worth.sum())

    if above_cut(-WIDEST) * above_cut(WIDEST) >= 0:
        return tuple(pool)
    chance = expit(slope * brentq(above_cut, -WIDEST, WIDEST) + centre)
    # Rounded once: the draw works with whole millionths, and a bundle must give back what went in.
    information = (np.rint(slope**2 * chance * (1 - chance) * SHARE_UNIT) / SHARE_UNIT).tolist()
    informed = list(pool)
    for place, value in zip(rated, information, strict=True):
        informed[place] = replace(pool[place], information=value)
    return tuple(informed)


def _worth(items: Sequence[PoolItem], blueprint: Blueprint) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
    """The points of each item in the mean form: of the N items that a cell accepts n are drawn."""
    worth = np.zeros(len(items))
    for cell in blueprint.cells:
        accepted = [place for place, item in enumerate(items) if cell.accepts(item)]
        if accepted and not cell.pretest:
            worth[accepted] += float(cell.points_per_item) * cell.count / len(accepted)
    return worth
