"""Classical statistics of one item version: how hard it is, how well it tells people apart, who chose what."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import StatisticsError, correlation, fmean, stdev


@dataclass(frozen=True, slots=True)
class Answered:
    """One person's answer: its share of the item's points in [0, 1], the person's share of the points of all other
    items of the paper (None: there are none), and the response categories that the answer falls into.
    """

    share: float
    rest: float | None
    categories: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CategoryFigures:
    """How many chose a category, the share of all, and their mean share on the rest of the paper."""

    category: str
    count: int
    share: float
    mean_rest: float | None


@dataclass(frozen=True, slots=True)
class ItemFigures:
    """`facility` is the mean share of the points with its standard error; `discrimination` the correlation of the
    share with the rest score, None where either does not vary. Both in their natural units ([0, 1], [-1, 1]).
    """

    n: int
    facility: float
    facility_error: float
    discrimination: float | None
    categories: tuple[CategoryFigures, ...]


def analyse_item(answers: Sequence[Answered]) -> ItemFigures:
    """The figures of a version from at least two answers; categories in falling order of their count.

    Source: Lord and Novick, Statistical Theories of Mental Test Scores (1968), §§ 15.2–15.4: the item is left out of
    the score that it is compared with, since it would else correlate with itself.
    """
    assert len(answers) >= 2, "one answer has no standard error"
    shares = [answer.share for answer in answers]
    pairs = [(answer.share, answer.rest) for answer in answers if answer.rest is not None]
    return ItemFigures(
        n=len(answers),
        facility=fmean(shares),
        facility_error=stdev(shares) / sqrt(len(shares)),
        discrimination=_correlation(pairs),
        categories=_categories(answers),
    )


def _correlation(pairs: Iterable[tuple[float, float]]) -> float | None:
    mine, rest = [], []
    for share, other in pairs:
        mine.append(share)
        rest.append(other)
    try:
        return correlation(mine, rest)
    except StatisticsError:  # fewer than two pairs, or one side is constant
        return None


def _categories(answers: Sequence[Answered]) -> tuple[CategoryFigures, ...]:
    chosen: dict[str, list[float | None]] = defaultdict(list)
    for answer in answers:
        for category in answer.categories:
            chosen[category].append(answer.rest)
    figures = []
    for category, rests in chosen.items():
        known = [rest for rest in rests if rest is not None]
        mean = fmean(known) if known else None
        figures.append(CategoryFigures(category, len(rests), len(rests) / len(answers), mean))
    return tuple(sorted(figures, key=lambda entry: (-entry.count, entry.category)))
