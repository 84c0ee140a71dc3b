"""Numeric: a number typed by the candidate, with a tolerance and perhaps a unit."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, StringConstraints

from question_bank.types.answers import Match, NumberKey, Unit
from question_bank.types.content import (
    NOTHING_TO_SHUFFLE,
    OMITTED,
    Grade,
    InvalidResponse,
    ItemContent,
    Response,
    ShuffleUnits,
)
from question_bank.types.options import Problem, check_order


class UnitRule(StrEnum):
    """Whether there is a unit: none, shown behind the box, or to be typed."""

    NONE = "none"
    SHOWN = "shown"
    REQUIRED = "required"


class NumericResponse(Response):
    """`{"text": …}` as typed, with the unit where one is asked for."""

    text: Annotated[str, StringConstraints(max_length=100)]


class Numeric(NumberKey, ItemContent):
    """A stem, the accepted values, and the unit with its other spellings."""

    response_class: ClassVar[type[Response]] = NumericResponse

    type: Literal["numeric"] = "numeric"
    unit_rule: UnitRule = UnitRule.NONE
    unit_aliases: Annotated[tuple[Unit, ...], Field(max_length=20)] = ()

    def problems(self) -> tuple[Problem, ...]:
        """Return what blocks review: the stem, the answers, then the unit."""
        found = [*self._stem_problems(), *self.answer_problems("answers")]
        if self.unit_rule is not UnitRule.NONE and not self.unit:
            found.append(Problem("unit_missing", "unit"))
        return tuple(found)

    def candidate_view(self, option_order: Sequence[str]) -> dict[str, Any]:
        """Return type, stem, the unit where it is shown, and whether it is to be typed."""
        check_order(option_order, ())
        return {
            "type": self.type,
            "stem": self.stem,
            "unit": self.unit if self.unit_rule is UnitRule.SHOWN else "",
            "asks_unit": self.unit_rule is UnitRule.REQUIRED,
        }

    def check_response(self, response: Response) -> NumericResponse:
        """Return the response as typed."""
        if not isinstance(response, NumericResponse):
            raise InvalidResponse("malformed_response")
        return response

    def _match(self, typed: str) -> Match:
        is_needed = self.unit_rule is UnitRule.REQUIRED
        return self.match_typed(typed, units=(self.unit, *self.unit_aliases), is_unit_needed=is_needed)

    def grade(self, response: Response | None, levels: Mapping[str, str] | None = None) -> Grade:
        """Return the share of the accepted value that was typed; what is no number earns nothing."""
        match = self._match("" if response is None else self.check_response(response).text)
        return Grade(match.share, {"answer": match.index})

    def categories(self, response: Response | None) -> tuple[str, ...]:
        """Return `answer:index` of the accepted value, or `other`."""
        typed = "" if response is None else self.check_response(response).text
        return (self._match(typed).category,) if typed.strip() else (OMITTED,)

    def shuffle_units(self) -> ShuffleUnits:
        """Return nothing to reorder."""
        return NOTHING_TO_SHUFFLE

    def correct_response(self) -> NumericResponse | None:
        """Return a number that earns everything, with its unit where one is asked for; None without one."""
        number = self.right_number()
        if number is None:
            return None
        text = f"{number} {self.unit}" if self.unit_rule is UnitRule.REQUIRED else number
        return NumericResponse(text=text) if self._match(text).share == 1 else None

    def relabelled(self, ids: Mapping[str, str]) -> Self:
        """Return the content itself: it has no ids."""
        return self

    def key_summary(self, language: str = "vi") -> str:
        """Return the accepted values."""
        return self.answer_summary()
