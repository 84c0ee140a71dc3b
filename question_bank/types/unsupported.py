"""Unsupported: a question of a kind that the bank cannot hold, kept with its source until someone rewrites it."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Annotated, Any, ClassVar, Literal, Never, Self

from pydantic import StringConstraints

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

LONGEST_SOURCE = 200_000


class UnsupportedResponse(Response):
    """There is none."""


class Unsupported(ItemContent):
    """What could be read of the stem, why the rest could not (a code), and the original markup."""

    response_class: ClassVar[type[Response]] = UnsupportedResponse

    type: Literal["unsupported"] = "unsupported"
    reason: Annotated[str, StringConstraints(max_length=200)]
    source_format: Annotated[str, StringConstraints(max_length=40)]
    source: Annotated[str, StringConstraints(max_length=LONGEST_SOURCE)]

    def problems(self) -> tuple[Problem, ...]:
        """Return that it must be rewritten: it can never be reviewed."""
        return (Problem("unsupported_type", "stem", {"reason": self.reason}),)

    def candidate_view(self, option_order: Sequence[str]) -> dict[str, Any]:
        """Return type and stem."""
        check_order(option_order, ())
        return {"type": self.type, "stem": self.stem}

    def parse_response(self, raw: object) -> Never:
        """Refuse every response."""
        raise InvalidResponse("malformed_response")

    def check_response(self, response: Response) -> Never:
        """Refuse every response."""
        raise InvalidResponse("malformed_response")

    def grade(self, response: Response | None, levels: Mapping[str, str] | None = None) -> Grade:
        """Return nothing for nothing; every response is refused."""
        return Grade(Fraction(0)) if response is None else self.check_response(response)

    def categories(self, response: Response | None) -> tuple[str, ...]:
        """Return that nothing was entered."""
        return (OMITTED,) if response is None else self.check_response(response)

    def shuffle_units(self) -> ShuffleUnits:
        """Return nothing to reorder."""
        return NOTHING_TO_SHUFFLE

    def correct_response(self) -> None:
        """Return None."""
        return

    def relabelled(self, ids: Mapping[str, str]) -> Self:
        """Return the content itself: it has no ids."""
        return self

    def key_summary(self, language: str = "vi") -> str:
        """Return a dash."""
        return NO_KEY
