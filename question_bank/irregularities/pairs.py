"""ω of every pair of people at once, whatever papers they had."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from question_bank.irregularities.similarity import (
    FEWEST_SHARED,
    BadProbabilities,
    Power,
    needed_z,
    power_of,
)
from question_bank.statistics.ability import probability
from question_bank.statistics.figures import Floats

DENSE_FROM = 0.2
"""From this share of (person, item) pairs that exist on, plain matrices multiply faster than sparse ones."""
NO_ANSWER = -1


@dataclass(frozen=True, slots=True)
class Pair:
    """Two people (as numbers) whose answers to their `shared` items are alike beyond chance."""

    first: int
    second: int
    shared: int
    matches: int
    expected: float
    omega: float


@dataclass(frozen=True)
class PairSearch:
    """The pairs beyond the bound, the most alike first, of `compared` pairs with enough shared items; what the search
    could find at all stands in `power`."""

    compared: int
    power: Power
    pairs: list[Pair]


def find_alike(
    person: NDArray[np.int32],
    item: NDArray[np.int32],
    *,
    answer: NDArray[np.int32],
    is_right: NDArray[np.bool_],
    theta: Floats,
    difficulty: Floats,
    alpha: float = 0.05,
    fewest: int = FEWEST_SHARED,
) -> PairSearch:
    """Every pair of people whose number of identical answers is beyond chance for all pairs together (Bonferroni).

    `answer` is a number per distinct answer to any item, NO_ANSWER for none (which matches nothing). Two people give
    the same answer with P1 P2 + Q1 Q2 s, where s is the chance that two wrong answers to the item agree (from all
    wrong answers to it). Source: Wollack (1997), in its unconditional form. Raises BadProbabilities where an ability or
    a difficulty is no finite number: no chance follows from it.
    """
    if not bool(np.isfinite(theta).all() and np.isfinite(difficulty).all()):
        raise BadProbabilities("Everybody compared needs an ability and every item a difficulty.")
    people, items = len(theta), len(difficulty)
    is_given = answer != NO_ANSWER
    who, what, given = person[is_given], item[is_given], answer[is_given]
    density = len(who) / max(people * items, 1)

    def crossed(values: Floats) -> Floats:
        rows = sparse.csr_array((values, (who, what)), shape=(people, items))
        matrix = rows.toarray() if density >= DENSE_FROM else rows
        product = matrix @ matrix.T
        return product if isinstance(product, np.ndarray) else product.toarray()

    shared = crossed(np.ones(len(who)))
    if np.triu(shared, k=1).max(initial=0) < fewest:
        return _beyond(shared, shared, expected=shared, variance=shared, alpha=alpha, fewest=fewest)
    p = probability(theta[who], difficulty[what])
    same = np.sqrt(_wrong_agreement(what, given, is_wrong=~is_right[is_given], items=items))[what]
    q = (1 - p) * same
    expected = crossed(p) + crossed(q)
    squared = crossed(p * p) + 2 * crossed(p * q) + crossed(q * q)
    answers = sparse.csr_array(
        (np.ones(len(who)), (who, given)), shape=(people, int(answer.max(initial=0)) + 1)
    )
    matches = (answers @ answers.T).toarray()
    return _beyond(
        shared, matches, expected=expected, variance=expected - squared, alpha=alpha, fewest=fewest
    )


def _wrong_agreement(
    item: NDArray[np.int32], answer: NDArray[np.int32], *, is_wrong: NDArray[np.bool_], items: int
) -> Floats:
    """Per item the chance that two wrong answers are the same one."""
    if not is_wrong.any():
        return np.zeros(items)
    wrong, counts = np.unique(np.stack([item[is_wrong], answer[is_wrong]]), axis=1, return_counts=True)
    total = np.bincount(wrong[0], counts, items)
    squares = np.bincount(wrong[0], counts.astype(np.float64) ** 2, items)
    return np.asarray(squares / np.maximum(total, 1) ** 2, np.float64)


def _beyond(
    shared: Floats, matches: Floats, *, expected: Floats, variance: Floats, alpha: float, fewest: int
) -> PairSearch:
    first, second = np.nonzero(np.triu(shared >= fewest, k=1))
    everybody = len(shared) * (len(shared) - 1) // 2
    power = power_of(
        len(first) or everybody, largest_shared=int(np.triu(shared, k=1).max(initial=0)), alpha=alpha
    )
    if not len(first):
        return PairSearch(0, power, [])
    spread = np.sqrt(np.maximum(variance[first, second], 1e-12))
    omega = (matches[first, second] - expected[first, second]) / spread
    found = np.flatnonzero(omega > needed_z(len(first), alpha=alpha))
    pairs = [
        Pair(
            int(a := first[index]),
            int(b := second[index]),
            int(shared[a, b]),
            int(matches[a, b]),
            float(expected[a, b]),
            float(omega[index]),
        )
        for index in found[np.argsort(-omega[found])]
    ]
    return PairSearch(len(first), power, pairs)
