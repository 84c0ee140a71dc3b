"""Abilities and difficulties on one logit scale, estimated quickly: what stands in until a calibration gives them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from question_bank.statistics.figures import Floats, divide
from question_bank.statistics.responses import Block, ResponseData, Totals

LOGISTIC_PER_NORMAL = 2.89  # 1.7², the variance by which a logistic is wider than a normal distribution
ROUNDS = 6
CLOSE = 0.005


@dataclass(frozen=True)
class Abilities:
    """`theta` and its standard error per person, `difficulty` and its standard error per item, in logits; NaN where
    there is no estimate. `slope` is per item, None where it is 1 for all. `are_posterior` says that `theta` are
    posterior means, which vary less than the abilities do. `location` is what drift is measured in: the log-odds of a
    wrong answer of the average person, from these responses alone; None where the difficulty is that.
    """

    theta: Floats
    theta_error: Floats
    difficulty: Floats
    difficulty_error: Floats
    slope: Floats | None = None
    are_posterior: bool = False
    location: Floats | None = None
    location_error: Floats | None = None

    def slope_of(self, item: NDArray[np.int32]) -> Floats | float:
        """The slope of the item of each response."""
        return 1.0 if self.slope is None else self.slope[item]


@dataclass(frozen=True)
class CalibratedItems:
    """What a calibration says of items: P = 1 / (1 + exp(-slope (theta - difficulty))), and their `location`."""

    slope: Floats
    difficulty: Floats
    difficulty_error: Floats
    location: Floats
    location_error: Floats


def calibrated_abilities(theta: Floats, theta_error: Floats, items: CalibratedItems) -> Abilities:
    """Those of a calibration, in logits of an item of median slope.

    `theta` are posterior means; NaN for who or what was left out of the calibration.
    """
    slope = items.slope
    usual = float(np.nanmedian(slope)) if np.isfinite(slope).any() else 1.0
    relative = slope / usual
    is_common = bool(np.allclose(relative[np.isfinite(relative)], 1.0))
    return Abilities(
        theta * usual,
        theta_error * usual,
        items.difficulty * usual,
        items.difficulty_error * usual,
        None if is_common else relative,
        are_posterior=True,
        location=items.location,
        location_error=items.location_error,
    )


def estimate_abilities(data: ResponseData, totals: Totals) -> Abilities:
    """The normal approximation for incomplete data (PROX): each side is placed at the mean of what it met, plus its own
    logit stretched by the spread of what it met; repeated until nothing moves by CLOSE, at most ROUNDS times (more
    rounds only follow the noise of short papers).

    Extreme scores are taken as half a response less (or more) than all. Standard errors are those of the Rasch model,
    one over the square root of the information; the mean difficulty is 0. Not for publishing: a calibration is.

    Source: Linacre, PROX with missing data, Rasch Measurement Transactions 8:3 (1994), p. 378.
    """
    item_logit = _logit(totals.item_sum, totals.item_n.astype(np.float64))
    person_logit = _logit(totals.person_sum, totals.person_n.astype(np.float64))
    theta, difficulty = person_logit.copy(), -item_logit
    difficulty -= _mean(difficulty)
    for _round in range(ROUNDS):
        mean, variance = _met_by_items(data, theta, totals)
        fresh = mean - np.sqrt(1 + variance / LOGISTIC_PER_NORMAL) * item_logit
        fresh -= _mean(fresh)
        mean, variance = _met_by_people(data, fresh, totals)
        theta = mean + np.sqrt(1 + variance / LOGISTIC_PER_NORMAL) * person_logit
        moved = np.abs(fresh - difficulty)
        difficulty = fresh
        if np.nanmax(np.append(moved, 0.0)) < CLOSE:
            break
    return _with_errors(data, theta, difficulty)


def _logit(right: Floats, n: Floats) -> Floats:
    kept = np.clip(right, np.minimum(0.5, n / 2), np.maximum(n - 0.5, n / 2))
    has_any = n > 0
    return np.where(has_any, np.log(np.where(has_any, kept, 1) / np.where(has_any, n - kept, 1)), np.nan)


def _mean(values: Floats) -> float:
    known = values[~np.isnan(values)]
    return float(known.mean()) if known.size else 0.0


def _met_by_items(data: ResponseData, theta: Floats, totals: Totals) -> tuple[Floats, Floats]:
    """Mean and variance of the abilities that each item met."""
    total, squares = np.zeros(data.items), np.zeros(data.items)
    for block in data.blocks():
        met = theta[block.person]
        total += np.bincount(block.item, met, data.items)
        squares += np.bincount(block.item, met * met, data.items)
    return _moments(totals.item_n, total, squares)


def _met_by_people(data: ResponseData, difficulty: Floats, totals: Totals) -> tuple[Floats, Floats]:
    """Mean and variance of the difficulties that each person met."""
    total, squares = np.zeros(data.people), np.zeros(data.people)
    for block in data.blocks():
        met = difficulty[block.item]
        block.add_by_person(total, met)
        block.add_by_person(squares, met * met)
    return _moments(totals.person_n, total, squares)


def _moments(counts: NDArray[np.int64], total: Floats, squares: Floats) -> tuple[Floats, Floats]:
    n = counts.astype(np.float64)
    mean = divide(total, n)
    return mean, np.maximum(divide(squares, n) - mean * mean, 0.0)


def _with_errors(data: ResponseData, theta: Floats, difficulty: Floats) -> Abilities:
    of_person, of_item = np.zeros(data.people), np.zeros(data.items)
    for block in data.blocks():
        chance = probability(theta[block.person], difficulty[block.item])
        information = chance * (1 - chance)
        block.add_by_person(of_person, information)
        of_item += np.bincount(block.item, information, data.items)
    return Abilities(
        theta,
        np.sqrt(divide(np.ones(data.people), of_person)),
        difficulty,
        np.sqrt(divide(np.ones(data.items), of_item)),
    )


def probability(theta: Floats, difficulty: Floats, slope: Floats | float = 1.0) -> Floats:
    """The chance of a right answer under the Rasch model, with slopes under the two-parameter model."""
    return 1.0 / (1.0 + np.exp(np.clip(slope * (difficulty - theta), -500, 500)))


def left_out(block: Block, abilities: Abilities) -> Floats:
    """Per response: the person's ability without this item, by one step of the likelihood without it; NaN where the
    paper has too little information without the item.

    Removing an item takes a(share - P) out of the score function and a²P(1 - P) out of the information, a being its
    slope; the same holds of a posterior, whose other terms stay.
    Source: Cook and Weisberg, Residuals and Influence in Regression (1982), § 5.2 (one-step deletion).
    """
    theta = abilities.theta[block.person]
    slope = abilities.slope_of(block.item)
    chance = probability(theta, abilities.difficulty[block.item], slope)
    own = slope**2 * chance * (1 - chance)
    information = divide(np.ones(len(theta)), abilities.theta_error[block.person] ** 2)
    return theta - divide(slope * (block.share - chance), information - own)
