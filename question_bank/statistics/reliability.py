"""How far marks can be trusted: alpha where everybody had the same items, else marginal; errors of measurement."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from question_bank.statistics.figures import Floats, Missing
from question_bank.statistics.responses import BadResponses, ResponseData, Totals

TINY = 1e-12
"""What is left of rounding when all scores are equal is no variance."""


class ReliabilityKind(StrEnum):
    ALPHA = "alpha"
    MARGINAL = "marginal"


@dataclass(frozen=True, slots=True)
class Reliability:
    """A coefficient and the standard error of measurement: of alpha in points of the raw score, of the marginal one in
    logits. Without a value `missing` says why. `deleted` is alpha without each item in turn, None where it has none.
    """

    kind: ReliabilityKind
    n: int
    value: float | None = None
    error_of_measurement: float | None = None
    deviation: float | None = None
    deleted: tuple[float | None, ...] = ()
    missing: Missing | None = None


def is_common_form(data: ResponseData, totals: Totals) -> bool:
    """True when everybody had every item: then, and only then, alpha means something."""
    return bool(data.people and data.items and (totals.person_n == data.items).all())


def alpha_of(scores: Floats) -> Reliability:
    """Cronbach's alpha of a complete people × items matrix (KR-20 for right and wrong).

    Raises BadResponses where a score is no finite number or there is no matrix.
    Source: Cronbach, Psychometrika 16 (1951), 297–334.
    """
    if scores.ndim != 2 or not bool(np.isfinite(scores).all()):
        raise BadResponses("share_not_a_number", "Alpha needs a complete matrix of finite scores.")
    people, items = scores.shape
    if people < 3 or items < 2:
        return Reliability(ReliabilityKind.ALPHA, people, missing=Missing.TOO_FEW)
    total = scores.sum(axis=1)
    variance, own = float(total.var(ddof=1)), scores.var(axis=0, ddof=1)
    if variance <= TINY:
        return Reliability(ReliabilityKind.ALPHA, people, missing=Missing.NO_VARIATION)
    alpha = _alpha(own.sum(), variance, items)
    deleted: list[float | None] = []
    for item in range(items):
        rest = float((total - scores[:, item]).var(ddof=1))
        deleted.append(_alpha(own.sum() - own[item], rest, items - 1) if items > 2 and rest > TINY else None)
    error = variance**0.5 * max(1 - alpha, 0.0) ** 0.5
    return Reliability(ReliabilityKind.ALPHA, people, alpha, error, variance**0.5, tuple(deleted))


def _alpha(own: float, total: float, items: int) -> float:
    return float(items / (items - 1) * (1 - own / total))


def marginal_reliability(theta: Floats, error: Floats, *, are_posterior: bool) -> Reliability:
    """The share of the variance of abilities that is no error; who has no finite ability is left out.

    With posterior means (EAP) var / (var + mean error²), since these vary less than the abilities do; with likelihood
    estimates (var - mean error²) / var, since these vary more.
    Source: Green, Bock, Humphreys, Linn and Reckase, JEM 21 (1984), 347–360; Wright and Stone, Best Test Design
    (1979), ch. 5.
    """
    is_known = np.isfinite(theta) & np.isfinite(error)
    n = int(is_known.sum())
    if n < 3:
        return Reliability(ReliabilityKind.MARGINAL, n, missing=Missing.TOO_FEW)
    variance, noise = float(theta[is_known].var()), float((error[is_known] ** 2).mean())
    if variance <= TINY:
        return Reliability(ReliabilityKind.MARGINAL, n, missing=Missing.NO_VARIATION)
    value = variance / (variance + noise) if are_posterior else max(variance - noise, 0.0) / variance
    return Reliability(ReliabilityKind.MARGINAL, n, value, noise**0.5, variance**0.5)


def conditional_error(score: Floats, items: int) -> Floats:
    """The standard error of measurement at each raw score of `items` right-or-wrong items; NaN for one item and for
    what is no score of so many.

    Source: Lord, Educational and Psychological Measurement 17 (1957), 510–521: sqrt(x(n - x)/(n - 1)).
    """
    if items < 2:
        return np.full(len(score), np.nan)
    product = score * (items - score)
    return np.sqrt(np.where(product >= 0, product, np.nan) / (items - 1))


def scores_matrix(data: ResponseData) -> Floats:
    """The people × items matrix of shares of data for which `is_common_form` holds."""
    matrix = np.zeros((data.people, data.items))
    matrix[data.person, data.item] = data.share
    return matrix
