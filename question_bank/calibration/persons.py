"""Abilities of persons with their standard errors, and how reliable they are."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.special import expit

from question_bank.calibration.curves import ItemParameters, score_distribution
from question_bank.calibration.marginal import LOG_WEIGHTS, Population, expect
from question_bank.calibration.refusals import CalibrationRefused, are_usable
from question_bank.calibration.responses import FloatArray, IntArray, Responses

BRACKET: Final = 25.0
HALVINGS: Final = 48


class NothingAnswered(CalibrationRefused):
    """A likelihood estimate was asked for a person who has no response; `person` is the first."""

    code = "nothing_answered"


class NoSpread(CalibrationRefused):
    """Fewer than two persons, or abilities that do not differ or are no numbers: there is nothing to be reliable."""

    code = "no_spread"


class ImpossibleScore(CalibrationRefused):
    """A number right that nobody of the population reaches: items far beyond every ability."""

    code = "impossible_score"


@dataclass(frozen=True, slots=True, eq=False)
class Abilities:
    """θ and its standard error, [persons]."""

    theta: FloatArray
    error: FloatArray

    @property
    def reliability(self) -> float:
        """Marginal reliability: var(θ) / (var(θ) + mean error²) of EAP estimates. Raises NoSpread.

        Source: Green, Bock, Humphreys, Linn & Reckase (1984), Journal of Educational Measurement 21, 347-360.
        """
        is_known = len(self.theta) > 1 and are_usable(self.theta) and are_usable(self.error)
        spread = float(self.theta.var()) if is_known else 0.0
        if spread <= 0.0:
            raise NoSpread("Reliability needs at least two persons whose abilities differ.")
        return spread / (spread + float((self.error**2).mean()))


def expected_abilities(posterior: FloatArray, *, population: Population) -> Abilities:
    """Posterior means (EAP) and posterior standard deviations from the posterior of a calibration.

    A person without responses has the mean and the standard deviation of the population.
    Source: Bock & Mislevy (1982), Applied Psychological Measurement 6, 431-444.
    """
    theta = posterior @ population.nodes
    square = posterior @ population.nodes**2
    return Abilities(theta, np.sqrt(np.maximum(square - theta**2, 0.0)))


def estimate_abilities(
    responses: Responses, parameters: ItemParameters, *, population: Population
) -> Abilities:
    """EAP abilities under known parameters without lower asymptotes."""
    slope = parameters.discrimination
    found = expect(responses, slope, -slope * parameters.difficulty, population=population)
    return expected_abilities(found.posterior, population=population)


def weighted_likelihood(responses: Responses, parameters: ItemParameters) -> Abilities:
    """Weighted likelihood estimates (WLE): finite also when everything is right or wrong, and almost unbiased.

    Solves Σ a (x - P) + J / 2I = 0 with I = Σ a² P Q and J = Σ a³ P Q (1 - 2P); the error is 1/√I.
    Raises NothingAnswered. Source: Warm (1989), Psychometrika 54, 427-450.
    """
    empty = np.flatnonzero(responses.per_person == 0)
    if len(empty):
        raise NothingAnswered(f"Person {empty[0]} has no response.", person=int(empty[0]))
    person, item, share = responses.entries()
    a, b = parameters.discrimination[item], parameters.difficulty[item]
    low = np.full(responses.persons, -BRACKET)
    high = np.full(responses.persons, BRACKET)
    for _halving in range(HALVINGS):
        middle = (low + high) / 2
        rises = _score(person, middle[person], a=a, b=b, share=share, persons=responses.persons) > 0
        low, high = np.where(rises, middle, low), np.where(rises, high, middle)
    theta = (low + high) / 2
    p = expit(a * (theta[person] - b))
    information = np.bincount(person, weights=a**2 * p * (1 - p), minlength=responses.persons)
    return Abilities(theta, 1 / np.sqrt(information))


def _score(
    person: IntArray,
    theta: FloatArray,
    *,
    a: FloatArray,
    b: FloatArray,
    share: FloatArray,
    persons: int,
) -> FloatArray:
    p = expit(a * (theta - b))
    weight = a**2 * p * (1 - p)
    likelihood = np.bincount(person, weights=a * (share - p), minlength=persons)
    information = np.bincount(person, weights=weight, minlength=persons)
    pull = np.bincount(person, weights=a * weight * (1 - 2 * p), minlength=persons)
    score: FloatArray = likelihood + pull / (2 * np.maximum(information, np.finfo(float).tiny))
    return score


@dataclass(frozen=True, slots=True, eq=False)
class ScoreTable:
    """For each number right 0..n: the EAP ability, its error, and how likely the score is in the population."""

    theta: FloatArray
    error: FloatArray
    probability: FloatArray

    def reliability(self, counts: npt.ArrayLike) -> float:
        """Marginal reliability of these abilities for people of whom counts[x] had x right. Raises NoSpread."""
        people = np.asarray(counts, dtype=np.float64)
        total = float(people.sum())
        if total < 2:
            raise NoSpread("Reliability needs at least two persons whose abilities differ.")
        mean = float(people @ self.theta) / total
        spread = float(people @ (self.theta - mean) ** 2) / (total - 1)
        if spread <= 0.0:
            raise NoSpread("Reliability needs at least two persons whose abilities differ.")
        return spread / (spread + float(people @ self.error**2) / total)


def abilities_by_score(parameters: ItemParameters, *, population: Population) -> ScoreTable:
    """The ability that each number right stands for. Raises ImpossibleScore.

    Source: Thissen, Pommerich, Billeaud & Williams (1995), Applied Psychological Measurement 19, 39-49.
    """
    nodes = population.nodes
    joint = score_distribution(parameters.probability(nodes)) * np.exp(LOG_WEIGHTS)[:, None]
    chance = joint.sum(axis=0)
    if not bool((chance > 0).all()):
        raise ImpossibleScore("Some number right has no chance in this population.")
    theta = nodes @ joint / chance
    square = nodes**2 @ joint / chance
    return ScoreTable(theta, np.sqrt(np.maximum(square - theta**2, 0.0)), chance)
