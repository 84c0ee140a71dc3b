"""Putting things in order."""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from question_bank.formats.qti.dice import Dice
from question_bank.formats.qti.spaces import Choice, Content, Given, Inexpressible, Scoring, Space, Variable

_ALL_ORDERS = 5
_SAMPLED = 150


@dataclass(slots=True)
class OrderSpace(Space):
    """Choices to be put in order, all of them."""

    variable: Variable
    choices: Sequence[Choice]

    @property
    def identifiers(self) -> tuple[str, ...]:
        """Return the one variable."""
        return (self.variable.identifier,)

    def declared(self) -> Given | None:
        """Return the declared order, if it names every choice."""
        correct = self.variable.correct
        if correct is None or len(correct.items) != len(self.choices):
            return None
        return {self.variable.identifier: correct}

    def samples(self, score: Scoring) -> Iterator[Given]:  # noqa: ARG002 - the choices are known
        """Yield every order of few things; of many, those near the declared one and some at random."""
        names = [choice.identifier for choice in self.choices]
        if (declared := self.declared()) is not None:
            yield declared
            value = declared[self.variable.identifier]
            names = [str(item) for item in value.items] if value else names
        if len(names) <= _ALL_ORDERS:
            yield from (self.variable.given(*order) for order in itertools.permutations(names))
            return
        for first, second in itertools.combinations(range(len(names)), 2):
            order = list(names)
            order[first], order[second] = order[second], order[first]
            yield self.variable.given(*order)
        yield from (self.variable.given(*names[turn:], *names[:turn]) for turn in range(len(names)))
        yield self.variable.given(*reversed(names))
        dice = Dice("samples")
        for _ in range(_SAMPLED):
            yield self.variable.given(*dice.some_of(names, len(names)))

    def answer(self, given: Given) -> object | None:
        """Return the ids in the order given."""
        value = given.get(self.variable.identifier)
        if value is None:
            return None
        by_name = {choice.identifier: choice.id for choice in self.choices}
        order = [by_name.get(str(item)) for item in value.items]
        if None in order or len(set(order)) != len(self.choices):
            raise Inexpressible
        return {"order": order}

    def contents(self, score: Scoring) -> Iterator[Content]:
        """Yield an ordering by each of its rules, for the order that scores most."""
        order = self.declared()
        most = score(order) if order else 0
        for given in self.samples(score):
            if (gained := score(given)) > most:
                order, most = given, gained
        value = order.get(self.variable.identifier) if order else None
        by_name = {choice.identifier: choice.id for choice in self.choices}
        key = [by_name.get(str(item), str(item)) for item in value.items] if value else []
        shared = {"type": "ordering", "options": [choice.option() for choice in self.choices], "order": key}
        for rule in ("all_or_nothing", "absolute_position", "adjacent_pairs"):
            yield {**shared, "rule": rule}
