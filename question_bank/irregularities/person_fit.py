"""Answers that do not go with the person's ability: hard items right and easy ones wrong (lz and lz*)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from question_bank.statistics.ability import probability
from question_bank.statistics.figures import Floats, divide

FEWEST_ITEMS = 10


@dataclass(frozen=True)
class PersonFit:
    """Per person the number of items, the standardised log-likelihood `lz`, and `lz_star`, which allows for the ability
    being estimated. Large negative values are out of pattern; NaN for fewer than FEWEST_ITEMS items, none to weigh, or
    responses that are not right or wrong.
    """

    n: NDArray[np.int64]
    log_likelihood: Floats
    expected: Floats
    variance: Floats
    lz: Floats
    lz_star: Floats


def person_fit(
    person: NDArray[np.int32],
    share: Floats,
    *,
    theta: Floats,
    difficulty: Floats,
    slope: Floats | float = 1.0,
    guessing: Floats | float = 0.0,
    fewest: int = FEWEST_ITEMS,
) -> PersonFit:
    """The fit of each person in 0..len(theta) - 1; `difficulty`, `slope` and `guessing` (the lower asymptote) are per
    response or one for all, responses are right (1) or wrong (0).

    lz* is that for maximum likelihood estimates (r0 = 0).
    Source: Drasgow, Levine and Williams, BJMSP 38 (1985), 67–86; Snijders, Psychometrika 66 (2001), 331–342.
    """
    size = len(theta)
    curve = probability(theta[person], difficulty, slope)
    p = np.clip(guessing + (1 - guessing) * curve, 1e-12, 1 - 1e-12)
    q, weight = 1 - p, np.log(p) - np.log1p(-p)

    def total(values: Floats | None = None) -> Floats:
        return np.bincount(person, values, size).astype(np.float64)

    n = total()
    found = total(share * np.log(p) + (1 - share) * np.log(q))
    expected = total(p * np.log(p) + q * np.log(q))
    variance = total(p * q * weight**2)
    rise = slope * (1 - guessing) * curve * (1 - curve)  # P'
    # r = P'/(PQ) is 1 under the Rasch model, and c then the mean weight by information.
    ratio = rise / (p * q)
    centre = divide(total(rise * weight), total(rise * ratio))
    corrected = weight - centre[person] * ratio
    is_enough = (n >= fewest) & (total(((share != 0) & (share != 1)).astype(np.float64)) == 0)
    spread = total(p * q * corrected**2)
    return PersonFit(
        n.astype(np.int64),
        found,
        expected,
        variance,
        np.where(is_enough, divide(found - expected, np.sqrt(variance)), np.nan),
        np.where(is_enough, divide(total((share - p) * weight), np.sqrt(spread)), np.nan),
    )
