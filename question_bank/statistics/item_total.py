"""Discrimination as older manuals give it: with the whole score, the item included, and between extreme groups."""

import numpy as np

from question_bank.statistics.discrimination import correlations
from question_bank.statistics.figures import Figure, Floats, divide, figures
from question_bank.statistics.responses import Block, ResponseData, Totals

EXTREME_PART = 0.27
"""Source: Kelley, Journal of Educational Psychology 30 (1939), 17–24: extreme groups of 27 % tell most."""


def item_total(data: ResponseData, totals: Totals) -> list[Figure]:
    """The uncorrected correlation r_it of each item's share with the whole score, in which the item itself counts.

    It is higher than the corrected one (`discrimination.rest_discrimination`), the more so the fewer items there are.
    On papers that differ the score is the mean above what was expected of the items of the paper; on papers that are
    all alike it is the raw score. Source: Lord and Novick (1968), § 15.3.
    """
    above = _above(totals)

    def of_person(block: Block) -> Floats:
        return above[block.person]

    return correlations(data, of_person)


def upper_lower(data: ResponseData, totals: Totals, *, part: float = EXTREME_PART) -> list[Figure]:
    """D: the mean share in the best `part` of the people less that in the weakest, [items]; n counts both groups.

    Who stands at the bound of a group belongs to it. Missing where a group has nobody who had the item. `part` is
    above 0 and at most one half. Source: Johnson, Journal of Educational Psychology 42 (1951), 499–504.
    """
    assert 0 < part <= 0.5, "two groups that do not overlap"
    above = _above(totals)
    known = above[~np.isnan(above)]
    low, high = np.quantile(known, [part, 1 - part]) if known.size else (np.nan, np.nan)
    counts, sums = np.zeros((2, data.items)), np.zeros((2, data.items))
    for block in data.blocks():
        where = above[block.person]
        for row, is_in in enumerate((where <= low, where >= high)):
            counts[row] += np.bincount(block.item[is_in], minlength=data.items)
            sums[row] += np.bincount(block.item[is_in], block.share[is_in], data.items)
    weak, best = divide(sums, counts)
    # Everybody equally good: the groups are the same people and tell nothing.
    if not low < high:
        return figures(totals.item_n, np.full(data.items, np.nan))
    return figures(counts.sum(axis=0).astype(np.int64), best - weak)


def _above(totals: Totals) -> Floats:
    return divide(totals.person_sum - totals.expected, totals.person_n.astype(np.float64))
