"""Values as QTI's processing sees them: typed, single or in containers, or NULL, which is None here.

Source: IMS QTI 2.2 Assessment, Section and Item Information Model, "Runtime variables".
"""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

Scalar = str | bool | int | Fraction | tuple[str, ...]
"""Identifiers and strings are str, integers and floats exact numbers, pairs and points tuples of their parts."""

_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?")
MAX_DIGITS = 400


class BaseType(StrEnum):
    """The type of a single value."""

    IDENTIFIER = "identifier"
    BOOLEAN = "boolean"
    INTEGER = "integer"
    FLOAT = "float"
    STRING = "string"
    POINT = "point"
    PAIR = "pair"
    DIRECTED_PAIR = "directedPair"
    DURATION = "duration"
    FILE = "file"
    URI = "uri"
    INT_OR_IDENTIFIER = "intOrIdentifier"

    @property
    def is_number(self) -> bool:
        """Tell whether values can be reckoned with."""
        return self in (BaseType.INTEGER, BaseType.FLOAT, BaseType.DURATION)


class Cardinality(StrEnum):
    """One value, a bag of values, a list of values, or named fields."""

    SINGLE = "single"
    MULTIPLE = "multiple"
    ORDERED = "ordered"
    RECORD = "record"


class UnreadableValue(ValueError):
    """A text that is no value of its declared type."""

    code = "qti_value_unreadable"


@dataclass(frozen=True, slots=True)
class Value:
    """A value that is not NULL; `items` has one member for a single value and at least one for a container."""

    base: BaseType
    cardinality: Cardinality
    items: tuple[Scalar, ...]

    @property
    def scalar(self) -> Scalar:
        """Return the single member of a single value."""
        return self.items[0]

    def is_same(self, other: "Value") -> bool:
        """Tell whether two values match: bags regardless of order, numbers by size, all else exactly."""
        if self.cardinality is Cardinality.MULTIPLE or other.cardinality is Cardinality.MULTIPLE:
            return Counter(map(key, self.items)) == Counter(map(key, other.items))
        return tuple(map(key, self.items)) == tuple(map(key, other.items))


def key(scalar: Scalar) -> object:
    """Return what two equal members share."""
    return ("bool", scalar) if isinstance(scalar, bool) else scalar


def single(base: BaseType, scalar: Scalar) -> Value:
    """Return a single value."""
    return Value(base, Cardinality.SINGLE, (scalar,))


def number(value: Fraction | int) -> Value:
    """Return a number as a single value of type float."""
    return single(BaseType.FLOAT, Fraction(value))


def boolean(value: bool) -> Value:
    """Return a truth value."""
    return single(BaseType.BOOLEAN, value)


def container(base: BaseType, cardinality: Cardinality, items: Iterable[Scalar]) -> Value | None:
    """Return a container, which is NULL when it is empty."""
    members = tuple(items)
    return Value(base, cardinality, members) if members else None


def parse_number(text: str) -> Fraction:
    """Return the exact number that a text states.

    Raises:
        UnreadableValue: the text is no finite decimal number of ordinary length.
    """
    text = text.strip()
    if len(text) > MAX_DIGITS or not _NUMBER.fullmatch(text):
        raise UnreadableValue(text[:40])
    return Fraction(text)


def parse_scalar(text: str, base: BaseType) -> Scalar:
    """Return the value of a text as QTI writes it; strings keep their spaces inside but not around them.

    Raises:
        UnreadableValue: the text is no value of the type.
    """
    stripped = text.strip()
    match base:
        case BaseType.BOOLEAN:
            if stripped.lower() not in ("true", "false", "1", "0"):
                raise UnreadableValue(text[:40])
            return stripped.lower() in ("true", "1")
        case BaseType.INTEGER | BaseType.FLOAT | BaseType.DURATION:
            return parse_number(stripped)
        case BaseType.POINT | BaseType.DIRECTED_PAIR:
            return _two(stripped)
        case BaseType.PAIR:
            return tuple(sorted(_two(stripped)))
        case _:
            return stripped


def _two(text: str) -> tuple[str, ...]:
    parts = tuple(text.split())
    if len(parts) != 2:
        raise UnreadableValue(text[:40])
    return parts
