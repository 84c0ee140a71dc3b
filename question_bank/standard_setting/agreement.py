"""How far the judges of a panel agree: spreads, intraclass correlation, and who stands apart."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from statistics import median
from typing import Final

MAD_FACTOR: Final = 0.6745
"""Source: Iglewicz & Hoaglin (1993), How to Detect and Handle Outliers, modified z-score."""

MEAN_DEVIATION_FACTOR: Final = 0.797885
"""sqrt(2 / pi): stands in where more than half of the judges agree to the point, so that the median deviation is 0."""


def sample_sd(values: Sequence[Fraction]) -> float | None:
    """Standard deviation with n - 1; None for fewer than two values, where there is none."""
    n = len(values)
    if n < 2:
        return None
    mean = sum(values, Fraction(0)) / n
    return math.sqrt(sum((value - mean) ** 2 for value in values) / (n - 1))


@dataclass(frozen=True)
class Icc:
    """Absolute agreement of judges drawn from many: of one judge, and of the mean of all of them."""

    single: float
    average: float


def intraclass_correlation(rows: Sequence[Sequence[Fraction]]) -> Icc | None:
    """ICC(2,1) and ICC(2,k) of `rows[judge][entry]`; None where it is not defined.

    It is not for fewer than two judges or entries, and where no value differs from any other (then nothing tells the
    entries apart, and agreement cannot be told from indifference). Source: Shrout & Fleiss (1979), Psychological
    Bulletin 86, 420-428, two-way random effects.
    """
    k = len(rows)
    n = len(rows[0]) if rows else 0
    if k < 2 or n < 2:
        return None
    total = sum((sum(row, Fraction(0)) for row in rows), Fraction(0))
    mean = total / (k * n)
    of_entries = (
        sum(((sum(column, Fraction(0)) / k - mean) ** 2 for column in zip(*rows, strict=True)), Fraction(0))
        * k
    )
    of_judges = sum(((sum(row, Fraction(0)) / n - mean) ** 2 for row in rows), Fraction(0)) * n
    whole = sum(((value - mean) ** 2 for row in rows for value in row), Fraction(0))
    between, judges = of_entries / (n - 1), of_judges / (k - 1)
    rest = (whole - of_entries - of_judges) / ((n - 1) * (k - 1))
    single = between + (k - 1) * rest + Fraction(k) * (judges - rest) / n
    average = between + (judges - rest) / n
    if single == 0 or average == 0:
        return None
    return Icc(float((between - rest) / single), float((between - rest) / average))


def standing_apart(
    values: Mapping[str, Fraction], *, score_limit: float, least_gap: Fraction
) -> tuple[str, ...]:
    """The judges whose value is far from the panel's median, in the order given; none among fewer than three.

    Far means a modified z-score above `score_limit` and a distance of at least `least_gap`, so that a panel which
    agrees to the point names nobody for a trifle. An ordinary z-score could not: among n judges it never passes
    (n - 1) / sqrt(n). Source: Iglewicz & Hoaglin (1993).
    """
    if len(values) < 3:
        return ()
    middle = median(values.values())
    gaps = {judge: abs(value - middle) for judge, value in values.items()}
    spread = median(gaps.values())
    # How many typical deviations away: the median deviation, or the mean one where the median is 0.
    unit = (
        float(spread) / MAD_FACTOR
        if spread
        else float(sum(gaps.values()) / len(gaps)) / MEAN_DEVIATION_FACTOR
    )
    if unit == 0:
        return ()
    return tuple(judge for judge, gap in gaps.items() if gap >= least_gap and float(gap) / unit > score_limit)


def correlation(first: Sequence[float], second: Sequence[float]) -> float | None:
    """Pearson's correlation; None for fewer than two pairs or where one side does not vary."""
    n = len(first)
    # Not by the variance: rounding leaves equal values like .95 a tiny one, and any correlation would come of it.
    if n < 2 or min(first) == max(first) or min(second) == max(second):
        return None
    mean_1, mean_2 = math.fsum(first) / n, math.fsum(second) / n
    both = math.fsum((a - mean_1) * (b - mean_2) for a, b in zip(first, second, strict=True))
    one = math.fsum((a - mean_1) ** 2 for a in first)
    other = math.fsum((b - mean_2) ** 2 for b in second)
    return both / math.sqrt(one * other) if one > 0 and other > 0 else None
