"""Single choice: one key among at least two options."""

import operator
from collections.abc import Mapping
from fractions import Fraction
from typing import ClassVar, Literal, Self

from pydantic import Field

from question_bank.shares import Share, share_value
from question_bank.types.content import (
    OMITTED,
    ChoiceContent,
    Grade,
    InvalidResponse,
    Response,
)
from question_bank.types.options import OptionId, Problem, relabelled_options, share_problems


class SingleChoiceResponse(Response):
    """`{"choice": id}`."""

    choice: OptionId


class SingleChoice(ChoiceContent):
    """A stem, its options, and the id of the one key.

    `partial` gives other options a share of the points; a negative one counts as nothing.
    """

    response_class: ClassVar[type[Response]] = SingleChoiceResponse

    type: Literal["single_choice"] = "single_choice"
    key: OptionId | None = None
    partial: dict[OptionId, Share] = Field(default_factory=dict, exclude_if=operator.not_)

    def problems(self) -> tuple[Problem, ...]:
        """Return what blocks review: the shape of stem and options, the key, then the shares."""
        found = list(self._shape_problems())
        if self.key is None:
            found.append(Problem("no_key", "key"))
        elif self.key not in {option.id for option in self.options}:
            found.append(Problem("key_not_an_option", "key"))
        found += share_problems(self.partial, self.options, place="partial")
        if self.key in self.partial:
            found.append(Problem("key_has_partial_share", "partial"))
        return tuple(found)

    def check_response(self, response: Response) -> SingleChoiceResponse:
        """Return the response if its choice is one of the options."""
        if not isinstance(response, SingleChoiceResponse):
            raise InvalidResponse("malformed_response")
        if response.choice not in {option.id for option in self.options}:
            raise InvalidResponse("unknown_option")
        return response

    def grade(self, response: Response | None, levels: Mapping[str, str] | None = None) -> Grade:
        """Return all for the key, the share of a partly right option, else nothing."""
        chosen = None if response is None else self.check_response(response).choice
        if chosen is not None and chosen == self.key:
            share = Fraction(1)
        else:
            share = share_value(self.partial.get(chosen or "", "0"))
        return Grade(share, {"chosen": chosen})

    def categories(self, response: Response | None) -> tuple[str, ...]:
        """Return the chosen option's id."""
        return (OMITTED,) if response is None else (self.check_response(response).choice,)

    def correct_response(self) -> SingleChoiceResponse | None:
        """Return the key as a response."""
        return None if self.key is None else SingleChoiceResponse(choice=self.key)

    def relabelled(self, ids: Mapping[str, str]) -> Self:
        """Return the same content with other option ids."""
        return self.model_copy(
            update={
                "options": relabelled_options(self.options, ids),
                "key": None if self.key is None else ids.get(self.key, self.key),
                "partial": {
                    ids.get(option_id, option_id): share for option_id, share in self.partial.items()
                },
            }
        )

    def key_summary(self, language: str = "vi") -> str:
        """Return the letter of the key."""
        return self._labels([self.key] if self.key else [])
