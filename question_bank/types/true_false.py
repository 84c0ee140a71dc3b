"""True or false: one statement to judge."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any, ClassVar, Literal, Self

from question_bank.types.content import (
    NO_KEY,
    NOTHING_TO_SHUFFLE,
    OMITTED,
    Grade,
    InvalidResponse,
    ItemContent,
    Response,
    ShuffleUnits,
)
from question_bank.types.options import Problem, check_order

TRUTH_NAMES = {"vi": ("Đúng", "Sai"), "en": ("True", "False")}


class TrueFalseResponse(Response):
    """`{"value": true}` or `{"value": false}`."""

    value: bool


class TrueFalse(ItemContent):
    """A statement and whether it is true; the two answers are always shown as Đúng, then Sai."""

    response_class: ClassVar[type[Response]] = TrueFalseResponse

    type: Literal["true_false"] = "true_false"
    key: bool | None = None

    def problems(self) -> tuple[Problem, ...]:
        """Return what blocks review: no statement, no key."""
        found = self._stem_problems()
        if self.key is None:
            found.append(Problem("no_key", "key"))
        return tuple(found)

    def candidate_view(self, option_order: Sequence[str]) -> dict[str, Any]:
        """Return type and stem; there is nothing to order."""
        check_order(option_order, ())
        return {"type": self.type, "stem": self.stem}

    def check_response(self, response: Response) -> TrueFalseResponse:
        """Return the response."""
        if not isinstance(response, TrueFalseResponse):
            raise InvalidResponse("malformed_response")
        return response

    def grade(self, response: Response | None, levels: Mapping[str, str] | None = None) -> Grade:
        """Return all for the right judgement, else nothing."""
        chosen = None if response is None else self.check_response(response).value
        return Grade(Fraction(int(chosen is not None and chosen is self.key)), {"chosen": chosen})

    def categories(self, response: Response | None) -> tuple[str, ...]:
        """Return `true` or `false`."""
        return (OMITTED,) if response is None else (str(self.check_response(response).value).lower(),)

    def shuffle_units(self) -> ShuffleUnits:
        """Return nothing to reorder."""
        return NOTHING_TO_SHUFFLE

    def correct_response(self) -> TrueFalseResponse | None:
        """Return the key as a response."""
        return None if self.key is None else TrueFalseResponse(value=self.key)

    def relabelled(self, ids: Mapping[str, str]) -> Self:
        """Return the content itself: it has no option ids."""
        return self

    def key_summary(self, language: str = "vi") -> str:
        """Return Đúng or Sai."""
        return NO_KEY if self.key is None else TRUTH_NAMES[language][not self.key]
