"""Who chose what: each response category of each item with its takers' strength and a curve over ability."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from question_bank.statistics.discrimination import TINY
from question_bank.statistics.figures import Floats, divide
from question_bank.statistics.responses import UNKNOWN, ResponseData, Totals, rest_scores

FIFTHS = 5


@dataclass(frozen=True, slots=True)
class CategoryFigures:
    """`count` people chose the category, `share` of all who had the item.

    `mean_rest` is their mean corrected rest score, `correlation` the point-biserial one of choosing it with that score
    (None: it does not vary). `curve` is the share that chose it in each fifth of ability, weakest first, None for a
    fifth in which nobody had the item.
    """

    category: str
    count: int
    share: float
    mean_rest: float | None
    correlation: float | None
    curve: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class ItemCategories:
    """The categories of an item in falling order of their count, and how many people of each fifth had the item."""

    categories: tuple[CategoryFigures, ...]
    fifth_counts: tuple[int, ...]


@dataclass(frozen=True)
class _Sums:
    """Per pattern and per item: count, sum of rest scores, counts by fifth; per item also the sum of squares."""

    pattern: Floats  # (1 + 1 + FIFTHS) × patterns
    item: Floats  # (1 + 1 + FIFTHS) × items
    squares: Floats


def distractors_of(data: ResponseData, totals: Totals) -> list[ItemCategories]:
    """The category table of every item, from the responses whose pattern is known.

    Fifths are cut by the people's mean score above expectation, and a response falls into the fifth of its rest score,
    so that the item itself does not decide where its takers stand.
    Source: Haladyna and Rodriguez, Developing and Validating Test Items (2013), ch. 17 (option response curves); Lord
    and Novick (1968), § 15.3 (point-biserial).
    """
    sums = _sum(data, totals, _bounds(totals))
    by_item: list[dict[str, Floats]] = [{} for _item in range(data.items)]
    for index, pattern in enumerate(data.patterns):
        column = sums.pattern[:, index]
        if column[0]:
            row = by_item[pattern.item]
            for category in pattern.categories:
                row[category] = row.get(category, np.zeros(len(column))) + column
    return [_item(by_item[item], sums.item[:, item], float(sums.squares[item])) for item in range(data.items)]


def _bounds(totals: Totals) -> Floats:
    """The four points that cut the people into fifths by their mean score above expectation."""
    above = divide(totals.person_sum - totals.expected, totals.person_n.astype(np.float64))
    known = above[~np.isnan(above)]
    steps = np.linspace(0, 1, FIFTHS + 1)[1:-1]
    return np.quantile(known, steps) if known.size else np.zeros(FIFTHS - 1)


def _sum(data: ResponseData, totals: Totals, bounds: Floats) -> _Sums:
    pattern, item = np.zeros((2 + FIFTHS, len(data.patterns))), np.zeros((2 + FIFTHS, data.items))
    squares = np.zeros(data.items)
    for block in data.blocks():
        rest = rest_scores(block, totals)
        is_known = (block.pattern != UNKNOWN) & ~np.isnan(rest)
        rest, what, chosen = rest[is_known], block.item[is_known], block.pattern[is_known]
        fifth = np.searchsorted(bounds, rest, side="right")
        squares += np.bincount(what, rest * rest, data.items)
        _add(item, what, rest, fifth)
        _add(pattern, chosen, rest, fifth)
    return _Sums(pattern, item, squares)


def _add(sums: Floats, index: NDArray[np.int32], rest: Floats, fifth: NDArray[np.int64]) -> None:
    size = sums.shape[1]
    sums[0] += np.bincount(index, minlength=size)
    sums[1] += np.bincount(index, rest, size)
    by_fifth = np.bincount(fifth * size + index, minlength=size * FIFTHS)
    sums[2:] += by_fifth.reshape(FIFTHS, size)


def _item(categories: dict[str, Floats], whole: Floats, squares: float) -> ItemCategories:
    found = [_category(name, column, whole, squares) for name, column in categories.items()]
    found.sort(key=lambda entry: (-entry.count, entry.category))
    return ItemCategories(tuple(found), tuple(int(count) for count in whole[2:]))


def _category(name: str, column: Floats, whole: Floats, squares: float) -> CategoryFigures:
    n, count = float(whole[0]), float(column[0])
    mean = float(column[1]) / count
    variance = squares / n - (float(whole[1]) / n) ** 2
    share = count / n
    correlation = None
    if variance > TINY and 0 < share < 1:
        deviation = mean - float(whole[1]) / n
        correlation = float(np.clip(deviation / variance**0.5 * (share / (1 - share)) ** 0.5, -1, 1))
    curve = tuple(
        float(mine) / float(had) if had else None for mine, had in zip(column[2:], whole[2:], strict=True)
    )
    return CategoryFigures(name, int(count), share, mean, correlation, curve)
