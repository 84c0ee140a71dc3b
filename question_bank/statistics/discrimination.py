"""How well items tell the able from the less able, where everybody may have had another paper."""

from collections.abc import Callable

import numpy as np

from question_bank.statistics.ability import Abilities, left_out
from question_bank.statistics.figures import Z95, Figure, Floats, divide, figures
from question_bank.statistics.responses import Block, ResponseData, Totals, rest_scores

Criterion = Callable[[Block], Floats]
TINY = 1e-12


def rest_discrimination(data: ResponseData, totals: Totals) -> list[Figure]:
    """Correlation of each item's share with the rest score, corrected for what was expected on the other items.

    Source: Lord and Novick (1968), § 15.2; on papers that are all alike it is the corrected item–total correlation.
    """
    return correlations(data, lambda block: rest_scores(block, totals))


def ability_discrimination(data: ResponseData, abilities: Abilities) -> list[Figure]:
    """Correlation of each item's share with the ability that the person's other responses show, in logits."""
    return correlations(data, lambda block: left_out(block, abilities))


def correlations(data: ResponseData, criterion: Criterion) -> list[Figure]:
    """Pearson correlations of each item's share with the criterion of the same response, with Fisher's interval.

    Missing where one of both does not vary.
    Source: Fisher, Statistical Methods for Research Workers (1925), § 35.
    """
    sums = np.zeros((6, data.items))
    for block in data.blocks():
        other = criterion(block)
        is_known = ~np.isnan(other)
        item, x, y = block.item[is_known], block.share[is_known], other[is_known]
        for row, weights in enumerate((None, x, y, x * x, y * y, x * y)):
            sums[row] += np.bincount(item, weights, data.items)
    n, sum_x, sum_y, square_x, square_y, product = sums
    spread_x = np.maximum(square_x - divide(sum_x**2, n), 0)
    spread_y = np.maximum(square_y - divide(sum_y**2, n), 0)
    together = product - divide(sum_x * sum_y, n)
    # What is left of rounding when all are equal is no variation.
    is_flat = (spread_x <= TINY * n) | (spread_y <= TINY * n) | (n < 3)
    r = np.clip(divide(together, np.where(is_flat, 0.0, np.sqrt(spread_x * spread_y))), -1, 1)
    low, high = fisher_interval(r, n)
    return figures(n.astype(np.int64), r, error=_error(r, n), low=low, high=high)


def _error(r: Floats, n: Floats) -> Floats:
    return divide(1 - r**2, np.sqrt(np.maximum(n - 1, 0)))


def fisher_interval(r: Floats, n: Floats, *, z: float = Z95) -> tuple[Floats, Floats]:
    """The interval of a correlation; NaN for fewer than four, where it has none."""
    half = np.where(n > 3, z / np.sqrt(np.maximum(n - 3, 1)), np.nan)
    centre = np.arctanh(np.clip(r, -1 + TINY, 1 - TINY))
    return np.tanh(centre - half), np.tanh(centre + half)
