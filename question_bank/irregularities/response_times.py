"""Answers that came too fast for the item and the person: the lognormal model of response times."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from question_bank.statistics.figures import Floats, divide

LEAST_EFFORT = 0.90
"""Source: Wise and Kong (2005): people below nine tenths of solution behaviour are looked at."""
FEWEST_ITEMS = 10
SHORTEST_S = 0.1


class BadTimes(ValueError):
    """A time that is missing, below 0 or no finite number: leave such responses out first."""

    code = "bad_times"


@dataclass(frozen=True)
class ResponseTimes:
    """Per response the residual `z` (negative: fast); per item `beta`, the mean log time of an average person, and
    `alpha`, one over the deviation of the log times; per person `tau`, the speed.
    """

    z: Floats
    beta: Floats
    alpha: Floats
    tau: Floats


def response_times(
    person: NDArray[np.int32], item: NDArray[np.int32], *, seconds: Floats, people: int, items: int
) -> ResponseTimes:
    """The residuals z = alpha (ln t - (beta - tau)) by moments; responses without a time must be left out.

    Speeds are centred on 0. Raises BadTimes. Source: van der Linden, JEBS 31 (2006), 181–204.
    """
    if not bool((np.isfinite(seconds) & (seconds >= 0)).all()):
        raise BadTimes("Times must be finite numbers of seconds from 0.")
    log_time = np.log(np.maximum(seconds, SHORTEST_S))
    n_item = np.bincount(item, minlength=items).astype(np.float64)
    n_person = np.bincount(person, minlength=people).astype(np.float64)
    tau, beta = np.zeros(people), np.zeros(items)
    for _round in range(20):
        beta = divide(np.bincount(item, log_time + tau[person], items).astype(np.float64), n_item)
        tau = divide(np.bincount(person, beta[item] - log_time, people).astype(np.float64), n_person)
        tau = tau - (np.nanmean(tau) if (n_person > 0).any() else 0.0)
    residual = log_time - (beta[item] - tau[person])
    # Two means are taken out of the residuals of an item: its own and, in part, each person's.
    variance = divide(np.bincount(item, residual**2, items).astype(np.float64), np.maximum(n_item - 1.0, 0.0))
    alpha = divide(np.ones(items), np.sqrt(variance))
    return ResponseTimes(residual * alpha[item], beta, alpha, tau)


def exposed_speed(
    times: ResponseTimes, person: NDArray[np.int32], *, is_exposed: NDArray[np.bool_], people: int
) -> Floats:
    """Per person the standardised difference of the mean residuals on exposed and other items; large and negative for
    who was much faster on what may have been known beforehand. NaN below FEWEST_ITEMS items in all or one side empty.
    """
    is_known = ~np.isnan(times.z)
    means, counts = [], []
    for chosen in (is_exposed & is_known, ~is_exposed & is_known):
        count = np.bincount(person[chosen], minlength=people).astype(np.float64)
        means.append(divide(np.bincount(person[chosen], times.z[chosen], people).astype(np.float64), count))
        counts.append(count)
    spread = np.sqrt(divide(np.ones(people), counts[0]) + divide(np.ones(people), counts[1]))
    return np.where(counts[0] + counts[1] >= FEWEST_ITEMS, divide(means[0] - means[1], spread), np.nan)
