"""What can be answered to one or several interactions, and how such answers look in an item of ours.

A space knows responses worth trying, makes contents that might score them as the file does, and translates
responses into those of the content. `proving` then finds out which content is right.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from question_bank.formats.qti.values import BaseType, Cardinality, Scalar, Value, container, single
from question_bank.types.content import new_option_id

Given = Mapping[str, Value | None]
"""A response to an item: values by the identifier of their variable; a missing one is NULL."""

Scoring = Callable[[Given], Fraction]
"""The score that the file gives a response, of the whole item or of the part that the space covers."""

Content = dict[str, Any]


class Inexpressible(ValueError):
    """A QTI response that the item cannot hold, such as three choices where two are allowed."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Something to choose, drag or order: its name in the file, its id here, its rich text."""

    identifier: str
    id: str
    text: str
    is_fixed: bool = False
    match_max: int = 1

    @classmethod
    def create(cls, identifier: str, text: str, *, is_fixed: bool = False, match_max: int = 1) -> "Choice":
        """Return a choice with a fresh id, so that the file's identifiers never reach a candidate."""
        return cls(identifier, new_option_id(), text, is_fixed, match_max)

    def option(self) -> Content:
        """Return the choice as an option."""
        return {"id": self.id, "text": self.text, "pinned": self.is_fixed}


@dataclass(frozen=True, slots=True)
class Variable:
    """The response variable of a space: how its values are made."""

    identifier: str
    base: BaseType
    cardinality: Cardinality
    correct: Value | None = None

    def value(self, members: Sequence[Scalar]) -> Value | None:
        """Return the value with these members; NULL without any."""
        if self.cardinality is Cardinality.SINGLE:
            return single(self.base, members[0]) if members else None
        return container(self.base, self.cardinality, members)

    def given(self, *members: Scalar) -> Given:
        """Return the response that consists of this variable alone."""
        return {self.identifier: self.value(members)}


class Space(ABC):
    """The responses to a part of an item and the contents that may stand for it."""

    stem: str = ""
    notes: tuple[str, ...] = ()
    """Codes of findings that are true whatever content is proved."""

    @property
    @abstractmethod
    def identifiers(self) -> tuple[str, ...]:
        """Return the response variables that it covers."""

    @abstractmethod
    def declared(self) -> Given | None:
        """Return the declared correct response, where there is one for every variable."""

    @abstractmethod
    def samples(self, score: Scoring) -> Iterator[Given]:
        """Yield the responses on which a content is tried; the nothing-entered response is tried anyway."""

    @abstractmethod
    def contents(self, score: Scoring) -> Iterator[Content]:
        """Yield contents that may score as `score` does, the simplest first; the stem is left to the caller."""

    @abstractmethod
    def answer(self, given: Given) -> object | None:
        """Return the response in the item's own form, None when nothing was entered.

        Raises:
            Inexpressible: the item cannot hold it.
        """


def best_of(candidates: Iterator[Given], score: Scoring) -> tuple[Given, Fraction]:
    """Return the response with the highest score, the first of equals."""
    scored = [(score(given), given) for given in candidates]
    best, given = max(scored, key=lambda pair: pair[0])
    return given, best
