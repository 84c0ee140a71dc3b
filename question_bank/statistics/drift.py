"""Did an item become easier or harder than it was, beside all the others."""

from dataclasses import dataclass

import numpy as np

from question_bank.statistics.figures import Floats, Missing

ROBUST_SIGMA_PER_IQR = 0.74
FEWEST_ITEMS = 10


@dataclass(frozen=True, slots=True)
class Displacement:
    """How far an item moved in logits after the common shift is taken out (negative: it became easier), its standard
    error, and the robust z among all items of both occasions. Without values `missing` says why. Where the middle half
    of the items moved by exactly as much, the z is that of the standard error.
    """

    value: float | None = None
    error: float | None = None
    robust_z: float | None = None
    missing: Missing | None = None


@dataclass(frozen=True)
class Drift:
    """`shift` is the median difference of the two scales in logits, over `n` items known on both occasions."""

    n: int
    shift: float | None
    items: list[Displacement]


def drift_of(before: Floats, now: Floats, *, before_error: Floats, now_error: Floats) -> Drift:
    """Displacements of the items' difficulties (logits; NaN where unknown) against an earlier occasion.

    The scales may have different origins: the median difference is the shift, and with fewer than FEWEST_ITEMS common
    items there is none to be trusted. Source: Huynh and Meyer, Practical Assessment 15:2 (2010) (robust z: difference
    from the median over 0.74 interquartile ranges).
    """
    difference = now - before
    is_common = np.isfinite(difference)
    n = int(is_common.sum())
    if n < FEWEST_ITEMS:
        reason = Missing.NO_EARLIER if n == 0 else Missing.TOO_FEW
        reasons = [reason if common else Missing.NO_EARLIER for common in is_common]
        return Drift(n, None, [Displacement(missing=entry) for entry in reasons])
    low, shift, high = (float(value) for value in np.quantile(difference[is_common], (0.25, 0.5, 0.75)))
    width = ROBUST_SIGMA_PER_IQR * (high - low)
    error = np.sqrt(before_error**2 + now_error**2)
    items = []
    for index, moved in enumerate(difference - shift):
        if not is_common[index]:
            items.append(Displacement(missing=Missing.NO_EARLIER))
            continue
        unit = width if width > 0 else float(error[index])
        if moved == 0 or unit > 0:
            z = float(moved / unit) if unit > 0 else 0.0
            items.append(Displacement(float(moved), float(error[index]), z))
        else:
            items.append(Displacement(missing=Missing.NO_VARIATION))
    return Drift(n, shift, items)
