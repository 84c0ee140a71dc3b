"""Abilities by maximum likelihood under the Rasch or two-parameter model, for many people at once."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from question_bank.statistics.ability import probability
from question_bank.statistics.figures import Floats, divide

FURTHEST = 6.0
ROUNDS = 40


@dataclass(frozen=True)
class Likelihood:
    """Per person the ability, its standard error and the log-likelihood there; NaN without responses, or where a share,
    a difficulty or a slope of theirs is no finite number.

    All right or all wrong has no maximum: the ability is then the bound of FURTHEST logits.
    """

    theta: Floats
    error: Floats
    log_likelihood: Floats


def maximum_likelihood(
    person: NDArray[np.int32],
    share: Floats,
    *,
    difficulty: Floats,
    people: int,
    slope: Floats | float = 1.0,
) -> Likelihood:
    """The estimate of each of `people`, by Newton steps of at most one logit within ±FURTHEST; `difficulty` and `slope`
    (above 0) are per response, a slope may be one for all.

    Source: Baker and Kim, Item Response Theory (2nd ed. 2004), ch. 3.
    """
    is_broken = ~np.isfinite(share + difficulty + slope)
    broken = np.bincount(person[is_broken], minlength=people) > 0
    is_known = (np.bincount(person, minlength=people) > 0) & ~broken
    theta = np.where(is_known, 0.0, np.nan)
    for _round in range(ROUNDS):
        p = probability(theta[person], difficulty, slope)
        score = np.bincount(person, slope * (share - p), people).astype(np.float64)
        information = np.bincount(person, slope**2 * p * (1 - p), people).astype(np.float64)
        step = np.clip(np.nan_to_num(divide(score, information)), -1, 1)
        moved = np.clip(theta + step, -FURTHEST, FURTHEST)
        is_done = np.nanmax(np.abs(np.append(moved - theta, 0))) < 1e-10
        theta = moved
        if is_done:
            break
    p = np.clip(probability(theta[person], difficulty, slope), 1e-12, 1 - 1e-12)
    information = np.bincount(person, slope**2 * p * (1 - p), people).astype(np.float64)
    likelihood = np.bincount(person, share * np.log(p) + (1 - share) * np.log1p(-p), people)
    return Likelihood(
        theta, np.sqrt(divide(np.ones(people), information)), np.where(np.isnan(theta), np.nan, likelihood)
    )
