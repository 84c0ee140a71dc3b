"""Short text: a word or phrase typed by the candidate."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import StringConstraints

from question_bank.types.answers import LONGEST_TYPED, TextKey
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


class ShortTextResponse(Response):
    """`{"text": …}` as typed."""

    text: Annotated[str, StringConstraints(max_length=LONGEST_TYPED)]


class ShortText(TextKey, ItemContent):
    """A stem and the accepted answers."""

    response_class: ClassVar[type[Response]] = ShortTextResponse

    type: Literal["short_text"] = "short_text"

    def problems(self) -> tuple[Problem, ...]:
        """Return what blocks review: the stem, then the answers."""
        return (*self._stem_problems(), *self.answer_problems("answers"))

    def candidate_view(self, option_order: Sequence[str]) -> dict[str, Any]:
        """Return type, stem and the size of the box."""
        check_order(option_order, ())
        return {"type": self.type, "stem": self.stem, "width": self.width}

    def check_response(self, response: Response) -> ShortTextResponse:
        """Return the response as typed."""
        if not isinstance(response, ShortTextResponse):
            raise InvalidResponse("malformed_response")
        return response

    def grade(self, response: Response | None, levels: Mapping[str, str] | None = None) -> Grade:
        """Return the share of the accepted answer that was typed."""
        typed = None if response is None else self.check_response(response).text
        match = self.match_typed(typed or "")
        return Grade(match.share if match.index is not None else Fraction(0), {"answer": match.index})

    def categories(self, response: Response | None) -> tuple[str, ...]:
        """Return `answer:index` of the accepted answer, or `other`."""
        typed = "" if response is None else self.check_response(response).text
        return (self.match_typed(typed).category,) if self.typed_key(typed) else (OMITTED,)

    def shuffle_units(self) -> ShuffleUnits:
        """Return nothing to reorder."""
        return NOTHING_TO_SHUFFLE

    def correct_response(self) -> ShortTextResponse | None:
        """Return a text that earns everything, or None."""
        text = self.right_text()
        return None if text is None else ShortTextResponse(text=text)

    def relabelled(self, ids: Mapping[str, str]) -> Self:
        """Return the content itself: it has no ids."""
        return self

    def key_summary(self, language: str = "vi") -> str:
        """Return the accepted answers."""
        return self.answer_summary()
