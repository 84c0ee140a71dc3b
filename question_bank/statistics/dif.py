"""Differential item functioning: is an item harder for one group than for equally able people of another."""

from dataclasses import dataclass
from enum import StrEnum
from math import erfc, sqrt

import numpy as np
from numpy.typing import NDArray

from question_bank.statistics.figures import Floats, Missing, divide
from question_bank.statistics.responses import ResponseData, Totals

DELTA_PER_LOG_ODDS = -2.35
MOST_STRATA = 20
PEOPLE_PER_STRATUM = 50
REFERENCE, FOCAL, OUTSIDE = 0, 1, -1
SIGNIFICANT = 3.841458820694124
"""The 95 % point of chi-square with one degree of freedom."""
PARTED_B, PARTED_C = 0.17, 0.25
ROUNDING = 1e-9


class BadCounts(ValueError):
    """Counts of right answers that cannot be: no numbers, below 0, or more than people."""

    code = "bad_counts"


class DifClass(StrEnum):
    A = "A"  # negligible
    B = "B"
    C = "C"  # large: to be looked at by people who know the subject and the groups


@dataclass(frozen=True, slots=True)
class ItemDif:
    """The Mantel–Haenszel figures of an item; None with the reason in `missing`.

    `delta` is negative when the item is harder for the focal group; `p_dif` the standardised difference of the mean
    shares (focal minus reference), weighted by the focal group. An item scored in parts has no odds of a right answer:
    its test is Mantel's of the shares, its class by `p_dif` in standard deviations, and `odds_ratio` and `delta` None.
    """

    reference: int
    focal: int
    odds_ratio: float | None = None
    delta: float | None = None
    delta_error: float | None = None
    chi_square: float | None = None
    p_value: float | None = None
    p_dif: float | None = None
    dif_class: DifClass | None = None
    missing: Missing | None = None


def strata_of(totals: Totals, *, is_common: bool) -> NDArray[np.int64]:
    """Per person the group of equally able people: the raw score on a common form of right-or-wrong items, else equal
    parts of the people by their mean score above expectation (at least PEOPLE_PER_STRATUM each, at most MOST_STRATA
    parts). The item itself counts.

    Source: Holland and Thayer, in Wainer and Braun (eds.), Test Validity (1988), 129–145 (the item belongs to the
    score that people are matched by).
    """
    if is_common and bool(totals.is_dichotomous.all()):
        return np.rint(totals.person_sum).astype(np.int64)
    above = divide(totals.person_sum - totals.expected, totals.person_n.astype(np.float64))
    known = above[~np.isnan(above)]
    parts = int(np.clip(len(known) // PEOPLE_PER_STRATUM, 1, MOST_STRATA))
    if not known.size:
        return np.zeros(len(above), np.int64)
    bounds = np.quantile(known, np.linspace(0, 1, parts + 1)[1:-1])
    return np.searchsorted(bounds, np.nan_to_num(above), side="right")


def dif_of(
    data: ResponseData, totals: Totals, group: NDArray[np.int64], strata: NDArray[np.int64]
) -> list[ItemDif]:
    """The figures of every item; `group` is REFERENCE, FOCAL or OUTSIDE per person."""
    height = int(strata.max()) + 1 if len(strata) else 1
    shape = (2, height, data.items)
    n, right, squares = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    has_parts = not bool(totals.is_dichotomous.all())
    for block in data.blocks():
        whose = group[block.person]
        is_in = whose != OUTSIDE
        place = (whose[is_in] * height + strata[block.person[is_in]]) * data.items + block.item[is_in]
        size = n.size
        n += np.bincount(place, minlength=size).reshape(shape)
        right += np.bincount(place, block.share[is_in], size).reshape(shape)
        if has_parts:
            squares += np.bincount(place, block.share[is_in] ** 2, size).reshape(shape)
    found = []
    for item in range(data.items):
        (mine, theirs), (count, other) = right[:, :, item], n[:, :, item]
        if totals.is_dichotomous[item]:
            found.append(mantel_haenszel(mine, count, focal_right=theirs, focal_n=other))
        else:
            both = squares[:, :, item].sum(axis=0)
            found.append(mantel(mine, count, focal_sum=theirs, focal_n=other, squares=both))
    return found


def mantel(total: Floats, n: Floats, *, focal_sum: Floats, focal_n: Floats, squares: Floats) -> ItemDif:
    """The figures of one item scored in parts, from sums per stratum: shares and people of the reference and the focal
    group, and the squared shares of both together.

    Classes by the standardised difference in standard deviations of the shares: A up to .17 or not significant (5 %),
    C above .25, B between. Raises BadCounts.
    Source: Mantel, JASA 58 (1963), 690–700; Zwick, Donoghue and Grima, JEM 30 (1993), 233–251; Allen, Carlson and
    Zelenak, The NAEP 1996 Technical Report (1999), ch. 9 (classes).
    """
    for some, of in ((total, n), (focal_sum, focal_n), (squares, n + focal_n)):
        if not bool((np.isfinite(of) & (some >= 0) & (some <= of + ROUNDING)).all()):
            raise BadCounts("Sums of shares must be from 0 to the number of people of their stratum.")
    counts = int(n.sum()), int(focal_n.sum())
    if not all(counts):
        return ItemDif(*counts, missing=Missing.NO_GROUPS)
    people = n + focal_n
    keep = (n > 0) & (focal_n > 0) & (people > 1)
    r, f, size = n[keep], focal_n[keep], people[keep]
    mine, theirs, square = total[keep], focal_sum[keep], squares[keep]
    both = mine + theirs
    variance = float((r * f * np.maximum(size * square - both**2, 0) / (size**2 * (size - 1))).sum())
    every = (float(total.sum() + focal_sum.sum()), float(squares.sum()), float(people.sum()))
    spread = sqrt(max(every[1] / every[2] - (every[0] / every[2]) ** 2, 0.0))
    if variance <= ROUNDING or spread <= ROUNDING:
        return ItemDif(*counts, missing=Missing.NO_VARIATION)
    chi_square = float((theirs - f / size * both).sum()) ** 2 / variance
    p_dif = float((f * (theirs / f - mine / r)).sum() / f.sum())
    effect = abs(p_dif) / spread
    is_small = chi_square < SIGNIFICANT or effect <= PARTED_B
    return ItemDif(
        *counts,
        chi_square=chi_square,
        p_value=erfc(sqrt(chi_square / 2)),
        p_dif=p_dif,
        dif_class=DifClass.A if is_small else DifClass.C if effect > PARTED_C else DifClass.B,
    )


def mantel_haenszel(right: Floats, n: Floats, *, focal_right: Floats, focal_n: Floats) -> ItemDif:
    """The figures of one item from counts per stratum: right answers and people, of the reference and the focal group.

    Where a group has nobody right, or nobody wrong, the odds ratio would be 0 or infinite: half a person is then added
    to every cell for the ratio and its error, not for the test. Raises BadCounts.

    Source: Mantel and Haenszel (1959) with the continuity correction of a half; variance of the log odds ratio by
    Robins, Breslow and Greenland, Biometrics 42 (1986), 311–323; P-DIF by Dorans and Kulick, JEM 23 (1986), 355–368;
    the half by Agresti, Categorical Data Analysis (2nd ed. 2002), § 3.1.1.
    """
    for some, of in ((right, n), (focal_right, focal_n)):
        if not bool((np.isfinite(of) & (some >= 0) & (some <= of)).all()):
            raise BadCounts("Right answers must be from 0 to the number of people of their stratum.")
    counts = int(n.sum()), int(focal_n.sum())
    if not all(counts):
        return ItemDif(*counts, missing=Missing.NO_GROUPS)
    keep = (n > 0) & (focal_n > 0)
    a, b = right[keep], n[keep] - right[keep]
    c, d = focal_right[keep], focal_n[keep] - focal_right[keep]
    total = a + b + c + d
    usable = total > 1
    a, b, c, d, total = a[usable], b[usable], c[usable], d[usable], total[usable]
    above, below = float((a * d / total).sum()), float((b * c / total).sum())
    variance = float(((a + b) * (c + d) * (a + c) * (b + d) / (total**2 * (total - 1))).sum())
    if variance <= 0:
        return ItemDif(*counts, missing=Missing.NO_VARIATION)
    expected = float(((a + b) * (a + c) / total).sum())
    chi_square = max(abs(float(a.sum()) - expected) - 0.5, 0.0) ** 2 / variance
    cells = (a, b, c, d) if above > 0 and below > 0 else (a + 0.5, b + 0.5, c + 0.5, d + 0.5)
    ratio = _odds_ratio(*cells)
    error = abs(DELTA_PER_LOG_ODDS) * sqrt(_log_odds_variance(*cells))
    delta = DELTA_PER_LOG_ODDS * float(np.log(ratio))
    weights = c + d
    p_dif = float((weights * (c / weights - a / (a + b))).sum() / weights.sum())
    return ItemDif(
        *counts,
        odds_ratio=ratio,
        delta=delta,
        delta_error=error,
        chi_square=chi_square,
        p_value=erfc(sqrt(chi_square / 2)),
        p_dif=p_dif,
        dif_class=ets_class(delta, error, chi_square=chi_square),
    )


def _odds_ratio(a: Floats, b: Floats, c: Floats, d: Floats) -> float:
    total = a + b + c + d
    return float((a * d / total).sum()) / float((b * c / total).sum())


def _log_odds_variance(a: Floats, b: Floats, c: Floats, d: Floats) -> float:
    total = a + b + c + d
    same, other = (a + d) / total, (b + c) / total
    r, s = a * d / total, b * c / total
    first = (same * r).sum() / (2 * r.sum() ** 2)
    second = (same * s + other * r).sum() / (2 * r.sum() * s.sum())
    third = (other * s).sum() / (2 * s.sum() ** 2)
    return float(first + second + third)


def ets_class(delta: float, error: float, *, chi_square: float) -> DifClass:
    """A: below 1 or not significant (5 %); C: at least 1.5 and significantly above 1; B: between.

    Source: Zieky, in Holland and Wainer (eds.), Differential Item Functioning (1993), 337–347.
    """
    size = abs(delta)
    if size < 1 or chi_square < SIGNIFICANT:
        return DifClass.A
    return DifClass.C if size >= 1.5 and size - 1 > 1.6448536269514722 * error else DifClass.B
