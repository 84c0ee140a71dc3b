"""Accepted answers that are typed: texts and numbers, for items and for the gaps of a cloze."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from question_bank.answer_text import answer_key, answer_pattern, matches_pattern
from question_bank.numerals import read_number, vietnamese_number
from question_bank.shares import DecimalText, Share, share_value
from question_bank.text import CleanText
from question_bank.types.content import NO_KEY, OTHER
from question_bank.types.options import Problem

MAX_ANSWERS = 50
LONGEST_TYPED = 300
Unit = Annotated[CleanText, StringConstraints(max_length=30)]
Width = Literal["s", "m", "l"]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class TextAnswer(_Part):
    """An accepted text and its share of the points."""

    text: Annotated[CleanText, StringConstraints(max_length=200)]
    share: Share = "1"


class NumberAnswer(_Part):
    """An accepted value: |typed - value| ≤ tolerance earns the share."""

    value: DecimalText
    tolerance: DecimalText = "0"
    share: Share = "1"


@dataclass(frozen=True, slots=True)
class Match:
    """The best accepted answer: its index, None where none fits, and its share."""

    index: int | None
    share: Fraction

    @property
    def category(self) -> str:
        """Return the statistics category."""
        return OTHER if self.index is None else f"answer:{self.index}"


NO_MATCH = Match(None, Fraction(0))


def _best(matches: Iterable[tuple[int, str]]) -> Match:
    found = [Match(index, share_value(share)) for index, share in matches]
    return max(found, key=lambda match: (match.share, -(match.index or 0)), default=NO_MATCH)


def _share_problems(shares: Sequence[str], place: str) -> list[Problem]:
    limits = {"least": "0", "most": "1"}
    found = [
        Problem("share_out_of_range", f"{place}/{index}", {"share": share, **limits})
        for index, share in enumerate(shares)
        if not 0 <= share_value(share) <= 1
    ]
    if not shares:
        return [Problem("no_answer", place)]
    return found if "1" in shares else [*found, Problem("no_full_answer", place)]


class TextKey(_Part):
    """Accepted texts and how a typed one is compared with them (`question_bank.answer_text`).

    With `has_wildcards`, `*` stands for any run of characters. `width` is the size of the box.
    """

    answers: Annotated[tuple[TextAnswer, ...], Field(max_length=MAX_ANSWERS)] = ()
    is_case_sensitive: bool = False
    ignores_diacritics: bool = False
    has_wildcards: bool = False
    width: Width = "m"

    def _pattern(self, text: str) -> str:
        fold = answer_pattern if self.has_wildcards else answer_key
        return fold(
            text, is_case_sensitive=self.is_case_sensitive, ignores_diacritics=self.ignores_diacritics
        )

    def typed_key(self, typed: str) -> str:
        """Return the key by which the typed text is compared; empty for a blank one."""
        return answer_key(
            typed, is_case_sensitive=self.is_case_sensitive, ignores_diacritics=self.ignores_diacritics
        )

    def match_typed(self, typed: str) -> Match:
        """Return the accepted answer of the greatest share that the typed text equals."""
        key = self.typed_key(typed)
        fits = matches_pattern if self.has_wildcards else str.__eq__
        return _best(
            (index, answer.share)
            for index, answer in enumerate(self.answers)
            if key and fits(key, self._pattern(answer.text))
        )

    def right_text(self) -> str | None:
        """Return a text that earns everything, or None."""
        full = (answer.text for answer in self.answers if answer.share == "1")
        examples = (example for text in full for example in self._examples(text))
        return next((text for text in examples if self.match_typed(text).share == 1), None)

    def _examples(self, text: str) -> tuple[str, ...]:
        if not self.has_wildcards:
            return (text,)
        marked = text.replace(r"\*", "\0")
        return tuple(marked.replace("*", run).replace("\0", "*") for run in ("", "x"))

    def answer_problems(self, place: str) -> list[Problem]:
        """Return what blocks review: no answer, none with all points, one that nothing typed can equal."""
        found = _share_problems([answer.share for answer in self.answers], place)
        found += [
            Problem("empty_answer", f"{place}/{index}", {"number": index + 1})
            for index, answer in enumerate(self.answers)
            if not any(map(self.typed_key, self._examples(answer.text)[:1]))
        ]
        return found

    def answer_summary(self) -> str:
        """Return the accepted answers that earn everything, at most three."""
        full = [answer.text for answer in self.answers if answer.share == "1"]
        return " / ".join(full[:3]) + (" …" if len(full) > 3 else "") if full else NO_KEY


class NumberKey(_Part):
    """Accepted values and the unit they are measured in.

    Numbers are read as people in Vietnam type them (`question_bank.numerals`). Where `accepts_either_reading`,
    a number that can be read in two ways ("33.333") is right if either is: for items from places where the dot
    is the decimal sign.
    """

    answers: Annotated[tuple[NumberAnswer, ...], Field(max_length=MAX_ANSWERS)] = ()
    unit: Unit = ""
    accepts_either_reading: bool = False

    def match_typed(self, typed: str, *, units: Sequence[str], is_unit_needed: bool = False) -> Match:
        """Return the accepted answer of the greatest share that the typed number fits.

        A unit may stand behind the number if it is one of `units`, and must if `is_unit_needed`.
        """
        number = read_number(typed)
        if number is None:
            return NO_MATCH
        unit = _unit_key(number.unit)
        if (unit or is_unit_needed) and unit not in {_unit_key(name) for name in units if name}:
            return NO_MATCH
        values = number.readings if self.accepts_either_reading else number.readings[:1]
        return _best(
            (index, answer.share)
            for index, answer in enumerate(self.answers)
            if any(_is_within(value, answer) for value in values)
        )

    def right_number(self) -> str | None:
        """Return a value that earns everything, as people write it, or None."""
        full = next((answer.value for answer in self.answers if answer.share == "1"), None)
        return None if full is None else vietnamese_number(full)

    def answer_problems(self, place: str) -> list[Problem]:
        """Return what blocks review: no answer, none with all points, a negative tolerance."""
        found = _share_problems([answer.share for answer in self.answers], place)
        found += [
            Problem("negative_tolerance", f"{place}/{index}")
            for index, answer in enumerate(self.answers)
            if answer.tolerance.startswith("-")
        ]
        return found

    def answer_summary(self) -> str:
        """Return the accepted values that earn everything: "≈ 3,5 ± 0,1 kg"."""
        full = [_number_text(answer) for answer in self.answers if answer.share == "1"]
        return " / ".join(full[:3]) + (f" {self.unit}" if self.unit else "") if full else NO_KEY


def _unit_key(unit: str) -> str:
    return answer_key(unit).replace(" ", "")


def _is_within(value: Decimal, answer: NumberAnswer) -> bool:
    # Fractions: a Decimal difference would be rounded to the precision of its context.
    difference = abs(Fraction(value) - Fraction(answer.value))
    return difference <= Fraction(answer.tolerance)


def _number_text(answer: NumberAnswer) -> str:
    value = vietnamese_number(answer.value)
    return value if answer.tolerance == "0" else f"≈ {value} ± {vietnamese_number(answer.tolerance)}"
