"""Choosing one or several of a list: choices and hot text."""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from question_bank.formats.qti.dice import Dice
from question_bank.formats.qti.shares import share_of
from question_bank.formats.qti.spaces import Choice, Content, Given, Inexpressible, Scoring, Space, Variable
from question_bank.formats.qti.values import Cardinality
from question_bank.shares import share_text

_ALL_SUBSETS = 10
"""Up to so many options every set of choices is tried."""
_SAMPLED = 400


@dataclass(slots=True)
class ChoiceSpace(Space):
    """Choices of which at most `max_choices` may be taken, 0 for any number."""

    variable: Variable
    choices: Sequence[Choice]
    max_choices: int
    is_shuffled: bool

    @property
    def identifiers(self) -> tuple[str, ...]:
        """Return the one variable."""
        return (self.variable.identifier,)

    @property
    def is_single(self) -> bool:
        """Tell whether one option is chosen."""
        return self.max_choices == 1 or self.variable.cardinality is Cardinality.SINGLE

    def declared(self) -> Given | None:
        """Return the declared choices."""
        correct = self.variable.correct
        return None if correct is None else {self.variable.identifier: correct}

    def samples(self, score: Scoring) -> Iterator[Given]:  # noqa: ARG002 - the choices are known
        """Yield every set of choices, or the telling ones and some at random where there are many."""
        names = [choice.identifier for choice in self.choices]
        most = 1 if self.is_single else self.max_choices or len(names)
        if (declared := self.declared()) is not None:
            yield declared
        if most == 1 or len(names) <= _ALL_SUBSETS:
            for size in range(1, most + 1):
                for subset in itertools.combinations(names, size):
                    yield self.variable.given(*subset)
            return
        yield from (self.variable.given(name) for name in names)
        yield from self._near_declared(names)
        dice = Dice("samples")
        for _ in range(_SAMPLED):
            yield self.variable.given(*dice.some_of(names, 2 + dice.below(most - 1)))

    def _near_declared(self, names: Sequence[str]) -> Iterator[Given]:
        keys = [] if self.variable.correct is None else [str(item) for item in self.variable.correct.items]
        for name in names:
            near = [key for key in keys if key != name] if name in keys else [*keys, name]
            if near and (not self.max_choices or len(near) <= self.max_choices):
                yield self.variable.given(*near)

    def answer(self, given: Given) -> object | None:
        """Return the chosen ids."""
        value = given.get(self.variable.identifier)
        if value is None:
            return None
        by_name = {choice.identifier: choice.id for choice in self.choices}
        chosen = [by_name.get(str(item)) for item in value.items]
        if None in chosen or len(set(chosen)) < len(chosen):
            raise Inexpressible
        if not self.is_single:
            return {"choices": chosen}
        if len(chosen) != 1:
            raise Inexpressible
        return {"choice": chosen[0]}

    def contents(self, score: Scoring) -> Iterator[Content]:
        """Yield a single choice with its part-right options, or multiple choice by each of its rules."""
        shared = {
            "options": [choice.option() for choice in self.choices],
            "order_locked": not self.is_shuffled,
        }
        if self.is_single:
            yield {"type": "single_choice", **shared, **self._single(score)}
            return
        best = self._best(score)
        shared |= {"type": "multiple_choice", "max_choices": self._limit()}
        keys = [choice.id for choice in self.choices if choice.identifier in best]
        yield {**shared, "keys": keys, "rule": "all_or_nothing"}
        yield {**shared, "keys": keys, "rule": "partial"}
        for weights in self._weights(score, best):
            right = [i for i, weight in weights.items() if weight > 0]
            texts = {i: share_text(weight) for i, weight in weights.items() if weight}
            yield {**shared, "keys": right, "rule": "weighted", "weights": texts}

    def _limit(self) -> int:
        return 0 if self.max_choices >= len(self.choices) else self.max_choices

    def _single(self, score: Scoring) -> Content:
        declared = [str(item) for item in self.variable.correct.items] if self.variable.correct else []
        scores = {choice.identifier: score(self.variable.given(choice.identifier)) for choice in self.choices}
        top = max(scores.values(), default=Fraction(0))
        if top <= 0:
            key = declared[0] if len(declared) == 1 else None
            partial: dict[str, Fraction] = {}
        else:
            right = [name for name, gained in scores.items() if gained == top]
            key = next((name for name in declared if name in right), right[0])
            partial = {n: gained for n, gained in scores.items() if gained and n != key}
        ids = {choice.identifier: choice.id for choice in self.choices}
        return {
            "key": None if key is None else ids.get(key, key),
            "partial": {ids[name]: share_text(share_of(gained, top)) for name, gained in partial.items()},
        }

    def _best(self, score: Scoring) -> frozenset[str]:
        """Return the choices that score most, the declared ones where they do, else the fewest."""
        best, most = self.declared() or {}, Fraction(0)
        most = score(best) if best else most
        for given in self.samples(score):
            gained = score(given)
            if gained > most:
                best, most = given, gained
        value = best.get(self.variable.identifier)
        return frozenset(str(item) for item in value.items) if value is not None else frozenset()

    def _weights(self, score: Scoring, best: frozenset[str]) -> Iterator[dict[str, Fraction]]:
        """Yield what each option may add: alone, and beside the best choices."""
        whole = score(self.variable.given(*sorted(best)))
        if whole <= 0:
            return
        alone = {c: score(self.variable.given(c.identifier)) for c in self.choices}
        beside = {}
        for choice in self.choices:
            others = sorted(best ^ {choice.identifier})
            change = whole - score(self.variable.given(*others))
            beside[choice] = change if choice.identifier in best else -change
        signed = {c: alone[c] or min(beside[c], Fraction(0)) for c in self.choices}
        for weights in (alone, beside, signed):
            yield {choice.id: share_of(gained, whole) for choice, gained in weights.items()}
