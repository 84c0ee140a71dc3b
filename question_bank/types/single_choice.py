"""Single choice: one key among at least two options."""

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import ClassVar, Literal, Self

from question_bank.scoring import Score, score_share
from question_bank.types.content import (
    OMITTED,
    ChoiceContent,
    InvalidResponse,
    OptionId,
    Problem,
    Response,
)


class SingleChoiceResponse(Response):
    """`{"choice": id}`."""

    choice: OptionId


class SingleChoice(ChoiceContent):
    """A stem, its options, and the id of the one key."""

    response_class: ClassVar[type[Response]] = SingleChoiceResponse

    type: Literal["single_choice"] = "single_choice"
    key: OptionId | None = None

    def problems(self) -> tuple[Problem, ...]:
        """Return what blocks review: the shape of stem and options, then the key."""
        if self.key is None:
            return (*self._shape_problems(), Problem("no_key", "key"))
        if self.key not in {option.id for option in self.options}:
            return (*self._shape_problems(), Problem("key_not_an_option", "key"))
        return self._shape_problems()

    def check_response(self, response: Response) -> SingleChoiceResponse:
        """Return the response if its choice is one of the options."""
        if not isinstance(response, SingleChoiceResponse):
            raise InvalidResponse("malformed_response")
        if response.choice not in {option.id for option in self.options}:
            raise InvalidResponse("unknown_option")
        return response

    def score(self, response: Response | None, points: Decimal) -> Score:
        """Return all points for the key, else none."""
        chosen = None if response is None else self.check_response(response).choice
        is_right = chosen is not None and chosen == self.key
        return score_share(Fraction(int(is_right)), points, detail={"chosen": chosen})

    def categories(self, response: Response | None) -> tuple[str, ...]:
        """Return the chosen option's id."""
        return (OMITTED,) if response is None else (self.check_response(response).choice,)

    def correct_response(self) -> SingleChoiceResponse | None:
        """Return the key as a response."""
        return None if self.key is None else SingleChoiceResponse(choice=self.key)

    def relabelled(self, ids: Mapping[str, str]) -> Self:
        """Return the same content with other option ids."""
        key = None if self.key is None else ids.get(self.key, self.key)
        return self.model_copy(update={"options": self._relabelled_options(ids), "key": key})
