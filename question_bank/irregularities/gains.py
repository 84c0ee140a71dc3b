"""Gains between two periods that are out of the pattern of all who sat both."""

from dataclasses import dataclass

import numpy as np

from question_bank.statistics.figures import Floats, divide

FEWEST_PEOPLE = 30
PER_MAD = 1.4826  # the deviation of a normal distribution, per median absolute deviation


@dataclass(frozen=True)
class Gains:
    """Of the `n` people known (finite) on both occasions: the median gain in logits, the deviation of true gains, and
    per person the standardised gain beyond the median; all NaN (None) with fewer than FEWEST_PEOPLE.
    """

    n: int
    median: float | None
    deviation: float | None
    z: Floats


def gains(before: Floats, now: Floats, *, before_error: Floats, now_error: Floats) -> Gains:
    """How far each person's gain lies above the usual one, in standard deviations of its error and of true gains.

    The deviation of true gains is what the robust one of the observed gains has beyond the errors of measurement.
    Source: Rousseeuw and Croux, JASA 88 (1993), 1273–1283 (median absolute deviation).
    """
    gain = now - before
    noise = before_error**2 + now_error**2
    is_known = np.isfinite(gain) & np.isfinite(noise)
    n = int(is_known.sum())
    if n < FEWEST_PEOPLE:
        return Gains(n, None, None, np.full(len(gain), np.nan))
    median = float(np.median(gain[is_known]))
    observed = PER_MAD * float(np.median(np.abs(gain[is_known] - median)))
    true = max(observed**2 - float(np.median(noise[is_known])), 0.0)
    spread = np.sqrt(np.where(is_known, noise + true, np.nan))
    beyond = np.where(is_known, gain - median, np.nan)
    # Without any error or spread the usual gain is no surprise, and another one has no measure.
    z = np.where((beyond == 0) & (spread == 0), 0.0, divide(beyond, spread))
    return Gains(n, median, true**0.5, z)
