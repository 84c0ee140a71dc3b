"""Did somebody know some of the questions beforehand: much better on the exposed items than on the others."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from question_bank.irregularities.likelihood import maximum_likelihood
from question_bank.statistics.figures import Floats

FEWEST_ITEMS = 5


@dataclass(frozen=True)
class Preknowledge:
    """Per person how many exposed and other items there were, the abilities on both (logits), and the signed likelihood
    ratio: standard normal without preknowledge, large with it. NaN below FEWEST_ITEMS on either side.
    """

    exposed_n: NDArray[np.int64]
    other_n: NDArray[np.int64]
    exposed_theta: Floats
    other_theta: Floats
    signed_ratio: Floats


def preknowledge(
    person: NDArray[np.int32],
    share: Floats,
    *,
    difficulty: Floats,
    is_exposed: NDArray[np.bool_],
    people: int,
) -> Preknowledge:
    """Compares each person's ability on exposed items (`is_exposed` per response) and on the others.

    Source: Sinharay, JEBS 42 (2017), 46–68: sign(θe - θu) sqrt(2 [l(θe) + l(θu) - l(θ)]).
    """
    parts = []
    for chosen in (is_exposed, ~is_exposed, np.ones(len(person), bool)):
        found = maximum_likelihood(
            person[chosen], share[chosen], difficulty=difficulty[chosen], people=people
        )
        parts.append((found, np.bincount(person[chosen], minlength=people)))
    (exposed, n), (other, m), (whole, _all) = parts
    gain = exposed.log_likelihood + other.log_likelihood - whole.log_likelihood
    ratio = np.sign(exposed.theta - other.theta) * np.sqrt(2 * np.maximum(gain, 0))
    is_enough = (n >= FEWEST_ITEMS) & (m >= FEWEST_ITEMS)
    return Preknowledge(n, m, exposed.theta, other.theta, np.where(is_enough, ratio, np.nan))
