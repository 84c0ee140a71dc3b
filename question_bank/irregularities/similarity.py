"""Answers of two people that are more alike than chance explains: ω, GBT and K, with the power that they have."""

from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist

import numpy as np
from scipy.special import bdtrc

from question_bank.statistics.figures import Floats

FEWEST_SHARED = 20
"""Below so many shared items not even identical answers stand out among the pairs of a room of thirty."""
_NORMAL = NormalDist()


class TooFewShared(ValueError):
    """The two papers share too few items for any conclusion; `shared` says how many."""

    code = "too_few_shared"

    def __init__(self, shared: int) -> None:
        super().__init__(f"The papers share {shared} items; at least {FEWEST_SHARED} are needed.")
        self.shared = shared


class BadProbabilities(ValueError):
    """A probability of a match is missing or outside 0 and 1, or there are more matches than items."""

    code = "bad_probabilities"


@dataclass(frozen=True, slots=True)
class Similarity:
    """`matches` of `shared` items answered alike, where chance makes `expected` with this `deviation`; the z of ω and
    the upper tails of ω (normal) and GBT (exact)."""

    shared: int
    matches: int
    expected: float
    deviation: float
    omega: float
    omega_p: float
    gbt_p: float


def similarity(matches: int, chances: Floats, *, fewest: int = FEWEST_SHARED) -> Similarity:
    """How unusual `matches` are; `chances` hold, per shared item, the probability that the one gives the answer which
    the other gave (conditional on it), or that both give the same one (unconditional).

    Source: Wollack, Applied Psychological Measurement 21 (1997), 307–320 (ω); van der Linden and Sotaridona, JEBS 31
    (2006), 283–304 (GBT). Raises TooFewShared, BadProbabilities.
    """
    if np.ndim(chances) != 1 or not float(matches).is_integer():
        raise BadProbabilities("Matches are a whole number, chances one per shared item.")
    matches, shared = int(matches), len(chances)
    if shared < fewest:
        raise TooFewShared(shared)
    if np.isnan(chances).any() or (chances < 0).any() or (chances > 1).any() or not 0 <= matches <= shared:
        raise BadProbabilities(f"{matches} matches of {shared} items")
    expected = float(chances.sum())
    deviation = sqrt(float((chances * (1 - chances)).sum()))
    if deviation == 0:
        raise BadProbabilities("Every match is certain or impossible.")
    omega = (matches - expected) / deviation
    gbt = float(match_distribution(chances)[matches:].sum())
    return Similarity(shared, matches, expected, deviation, omega, _NORMAL.cdf(-omega), min(gbt, 1.0))


def match_distribution(chances: Floats) -> Floats:
    """The distribution of the number of matches, 0..n: the generalised binomial.

    Source: Lord and Wingersky, Applied Psychological Measurement 8 (1984), 453–461 (recursion).
    """
    found = np.ones(1)
    for chance in chances:
        found = np.append(found * (1 - chance), 0.0) + np.append(0.0, found * chance)
    return found


def k_index(matching_wrong: int, source_wrong: int, *, chance: float) -> float:
    """P(Bin(`source_wrong`, `chance`) ≥ `matching_wrong`): so many identical wrong answers by chance.

    `chance` is the mean share of the source's wrong answers that people with as many wrong answers as the copier share.

    Source: Holland, Assessing unusual agreement between the incorrect answers of two examinees, ETS RR-96-07 (1996).
    Raises BadProbabilities.
    """
    if not (0 <= matching_wrong <= source_wrong and 0 <= chance <= 1):
        raise BadProbabilities(f"{matching_wrong} of {source_wrong} at {chance}")
    return float(bdtrc(matching_wrong - 1, source_wrong, chance))


def needed_z(pairs: int, *, alpha: float = 0.05) -> float:
    """The z that none of so many innocent pairs exceeds but with probability `alpha` (Bonferroni).

    Raises BadProbabilities unless `alpha` is between 0 and 1.
    """
    if not 0 < alpha < 1:
        raise BadProbabilities(f"a probability of error of {alpha}")
    return -_NORMAL.inv_cdf(alpha / max(pairs, 1))


@dataclass(frozen=True, slots=True)
class Power:
    """What a comparison of `pairs` can find: the z that counts, and the fewest shared items (all answered alike, each
    with probability `chance`) that reach it by ω and by GBT; `largest_shared` is what the papers share at most.
    """

    pairs: int
    chance: float
    z: float
    omega_items: int
    gbt_items: int
    largest_shared: int

    @property
    def has_power(self) -> bool:
        return self.largest_shared >= max(FEWEST_SHARED, min(self.omega_items, self.gbt_items))


def power_of(pairs: int, *, largest_shared: int, chance: float = 0.6, alpha: float = 0.05) -> Power:
    """Whether copying could show at all: with random papers that share few items it cannot.

    With n items of probability p all alike, ω = sqrt(n (1 - p)/p) and the exact tail is p^n. Raises BadProbabilities
    unless `chance` and `alpha` are between 0 and 1.
    """
    if not 0 < chance < 1:
        raise BadProbabilities(f"a chance of {chance} to give the same answer")
    z = needed_z(pairs, alpha=alpha)
    omega_items = int(np.ceil(z * z * chance / (1 - chance) - 1e-9))
    gbt_items = int(np.ceil(np.log(alpha / max(pairs, 1)) / np.log(chance) - 1e-9))
    return Power(pairs, chance, z, omega_items, gbt_items, largest_shared)
