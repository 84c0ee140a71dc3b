"""Did an item become known while it was in use: residuals of its answers, day by day, and their cumulative sum."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from question_bank.statistics.figures import Floats, divide

ALLOWANCE = 0.5
"""In standard errors of a day: half the rise that is to be found soon (Page 1954)."""

LIMIT = 5.0
"""With an allowance of .5 an innocent item passes it once in some 900 days (one-sided; Montgomery, Introduction to
Statistical Quality Control, 6th ed. 2009, table 9.3)."""


class BadResiduals(ValueError):
    """Columns of different lengths, indices out of range, or residuals and variances that are no finite numbers."""

    code = "bad_residuals"


@dataclass(frozen=True, slots=True, eq=False)
class ItemDays:
    """[items, days]: the number of answers, the standardised mean residual `z` of the day (NaN without answers), and
    the `cusum` at its end, which grows while the item is easier than expected. [items]: `passed` is the first day on
    which it was above the limit, -1 for none.
    """

    n: NDArray[np.int64]
    z: Floats
    cusum: Floats
    passed: NDArray[np.int64]


def item_days(
    item: NDArray[np.int32],
    day: NDArray[np.int32],
    *,
    residual: Floats,
    variance: Floats,
    items: int,
    days: int,
    allowance: float = ALLOWANCE,
    limit: float = LIMIT,
) -> ItemDays:
    """The residuals of every item on every day (or sitting), and C_d = max(0, C_{d-1} + z_d - allowance).

    Per response: `residual` is the share of the points less the expected one at the person's ability, `variance` that
    of the share, P(1 - P) for right and wrong. A day without answers changes nothing. Raises BadResiduals.

    Source: Page, Biometrika 41 (1954), 100–115 (cumulative sum); Veerkamp and Glas, JEBS 25 (2000), 373–389 (known
    items).
    """
    _check(item, day, residual=residual, variance=variance, shape=(items, days))
    place = item.astype(np.int64) * days + day
    size = (items, days)
    n = np.bincount(place, minlength=items * days).reshape(size)
    total = np.bincount(place, residual, items * days).reshape(size).astype(np.float64)
    spread = np.sqrt(np.bincount(place, variance, items * days).reshape(size).astype(np.float64))
    z = divide(total, spread)
    cusum = np.zeros(size)
    held = np.zeros(items)
    for at in range(days):
        step = np.where(np.isnan(z[:, at]), 0.0, z[:, at] - allowance)
        held = np.maximum(held + step, 0.0)
        cusum[:, at] = held
    is_above = cusum > limit
    passed = np.where(is_above.any(axis=1), is_above.argmax(axis=1), -1) if days else np.full(items, -1)
    return ItemDays(n.astype(np.int64), z, cusum, passed.astype(np.int64))


def _check(
    item: NDArray[np.int32],
    day: NDArray[np.int32],
    *,
    residual: Floats,
    variance: Floats,
    shape: tuple[int, int],
) -> None:
    if not len(item) == len(day) == len(residual) == len(variance):
        raise BadResiduals("Items, days, residuals and variances must be of one length.")
    for index, limit in zip((item, day), shape, strict=True):
        if len(index) and (index.min() < 0 or index.max() >= limit):
            raise BadResiduals(f"An index is outside 0..{limit - 1}.")
    if not bool((np.isfinite(residual) & np.isfinite(variance) & (variance >= 0)).all()):
        raise BadResiduals("Residuals must be finite and variances finite and not below 0.")
