"""Drawing samples: always the same for the same seed, on every machine."""

from collections.abc import Sequence
from fractions import Fraction
from typing import TypeVar

from question_bank.stream import ByteStream, derive

T = TypeVar("T")
_FINE = 10_000


class Dice(ByteStream):
    """A reproducible stream with the few ways of drawing that reading QTI needs."""

    def __init__(self, seed: str) -> None:
        super().__init__(derive(b"qti", seed))

    def one_of(self, values: Sequence[T]) -> T:
        """Return one of the values, of which there is at least one."""
        return values[self.below(len(values))]

    def some_of(self, values: Sequence[T], count: int) -> list[T]:
        """Return so many of the values in random order."""
        return self.shuffled(values)[:count]

    def is_heads(self) -> bool:
        """Return true half of the time."""
        return self.below(2) == 1

    def between(self, low: Fraction, high: Fraction) -> Fraction:
        """Return a number from `low` to `high` in steps of a ten-thousandth of the way."""
        return low + (high - low) * self.below(_FINE + 1) / _FINE
