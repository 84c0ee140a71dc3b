"""Simulated periods with known truth: who chooses which option of which item, and what the engine is given of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import logit

from benchmarks._banks import Curve
from question_bank.assembly.plan import ItemArray
from question_bank.calibration.curves import ItemParameters, parameters
from question_bank.calibration.responses import FloatArray
from question_bank.statistics.ability import LOGISTIC_PER_NORMAL
from question_bank.statistics.flags import ItemShape
from question_bank.statistics.responses import Pattern, ResponseBuilder, ResponseData

LETTERS: Final = ("a", "b", "c", "d")  # "a" is what is right


@dataclass(frozen=True, eq=False)
class Truth:
    """What is true of the items of a bank: the curve of the right option, and how the three others share the rest:
    in the proportions exp(appeal + lean · θ), [items, 3]."""

    curves: ItemParameters
    appeal: FloatArray
    lean: FloatArray

    def easier(self, items: NDArray[np.int64], logits: float) -> "Truth":
        """The same bank with some items easier by `logits` of the Rasch model, in which drift is measured: their mean
        share in the population rises as that of a Rasch item does."""
        wanted = logit(self._mean_shares(items, 0.0)) + logits / np.sqrt(1 + 1 / LOGISTIC_PER_NORMAL)
        low, high = np.zeros(len(items)), np.full(len(items), 20.0)
        for _halving in range(40):
            middle = (low + high) / 2
            is_short = logit(self._mean_shares(items, middle)) < wanted
            low, high = np.where(is_short, middle, low), np.where(is_short, high, middle)
        difficulty = self.curves.difficulty.copy()
        difficulty[items] -= high
        curves = ItemParameters(self.curves.discrimination, difficulty, self.curves.guessing)
        return Truth(curves, self.appeal, self.lean)

    def _mean_shares(self, items: NDArray[np.int64], easier: FloatArray | float) -> FloatArray:
        curves = self.curves.of(items)
        moved = ItemParameters(curves.discrimination, curves.difficulty - easier, curves.guessing)
        nodes, weights = np.polynomial.hermite_e.hermegauss(41)
        found: FloatArray = weights @ moved.probability(nodes) / weights.sum()
        return found

    def chances(self, theta: FloatArray, item: NDArray[np.int64]) -> FloatArray:
        """The chance of the right option, elementwise."""
        curves = self.curves
        slope, guess = curves.discrimination[item], curves.guessing[item]
        found: FloatArray = guess + (1 - guess) / (1 + np.exp(-slope * (theta - curves.difficulty[item])))
        return found


def truth_of(curves: list[Curve], *, random: np.random.Generator) -> Truth:
    """Curves with wrong options of uneven appeal, of which some draw the weaker and some the abler of those who err."""
    slope, difficulty, guess = (np.array(column) for column in zip(*curves, strict=True))
    shape = (len(curves), len(LETTERS) - 1)
    return Truth(
        parameters(difficulty, discrimination=slope, guessing=guess),
        random.normal(0, 0.5, shape),
        random.normal(0, 0.3, shape),
    )


def sit(
    truth: Truth,
    selection: ItemArray,
    *,
    theta: FloatArray,
    keys: Mapping[int, str],
    random: np.random.Generator,
) -> ResponseData:
    """The answers of people with the abilities `theta` to their forms, scored by `keys` (item → letter; else "a")."""
    people, length = selection.shape
    person, item = np.repeat(np.arange(people), length), selection.ravel().astype(np.int64)
    chosen = _choose(truth, theta[person], item, random=random)
    key = np.zeros(len(truth.appeal), dtype=np.int64)
    for wrong, letter in keys.items():
        key[wrong] = LETTERS.index(letter)
    builder = ResponseBuilder(people, len(key))
    builder.add(
        person,
        item,
        share=chosen == key[item],
        pattern=item * len(LETTERS) + chosen,
        place=np.tile(np.arange(1, length + 1), people),
    )
    return builder.build([Pattern(number, (letter,)) for number in range(len(key)) for letter in LETTERS])


def _choose(
    truth: Truth, theta: FloatArray, item: NDArray[np.int64], *, random: np.random.Generator
) -> NDArray[np.int64]:
    """0 for the right option, else the number of a wrong one."""
    is_right = random.random(len(item)) < truth.chances(theta, item)
    pull = np.exp(truth.appeal[item] + truth.lean[item] * theta[:, None])
    bounds = np.cumsum(pull, axis=1) / pull.sum(axis=1, keepdims=True)
    wrong = 1 + (random.random((len(item), 1)) > bounds[:, :-1]).sum(axis=1)
    return np.where(is_right, 0, wrong)


def shape_of(item: int, keys: Mapping[int, str]) -> ItemShape:
    """What the flags are told of an item: its key, right or wrong, and the other options."""
    key = keys.get(item, LETTERS[0])
    return ItemShape(frozenset({key}), tuple(letter for letter in LETTERS if letter != key))
