"""Multiple choice: one or more keys, scored as a whole or in part."""

from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, ValidationInfo, field_validator

from question_bank.scoring import Score, all_or_nothing_share, right_minus_wrong_share, score_share
from question_bank.types.content import (
    MAX_OPTIONS,
    OMITTED,
    ChoiceContent,
    InvalidResponse,
    OptionId,
    Problem,
    Response,
)


class MultipleChoiceRule(StrEnum):
    """How choices make a score: exactly the keys or nothing, or the right share less the wrong share."""

    ALL_OR_NOTHING = "all_or_nothing"
    PARTIAL = "partial"


class MultipleChoiceResponse(Response):
    """`{"choices": [ids]}`, each id once."""

    choices: Annotated[list[OptionId], Field(max_length=MAX_OPTIONS)]


class MultipleChoice(ChoiceContent):
    """A stem, its options, the ids of the keys and the scoring rule."""

    response_class: ClassVar[type[Response]] = MultipleChoiceResponse

    type: Literal["multiple_choice"] = "multiple_choice"
    keys: tuple[OptionId, ...] = ()
    rule: MultipleChoiceRule = MultipleChoiceRule.ALL_OR_NOTHING

    @field_validator("keys")
    @classmethod
    def _in_authored_order(cls, keys: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        # Keys are a set; one spelling of it keeps the hashes of equal items equal.
        ids = [option.id for option in info.data.get("options", ())]
        known = tuple(option_id for option_id in ids if option_id in keys)
        return known + tuple(sorted(set(keys) - set(ids)))

    def problems(self) -> tuple[Problem, ...]:
        """Return what blocks review: the shape of stem and options, then the keys."""
        ids, found = {option.id for option in self.options}, list(self._shape_problems())
        if not self.keys:
            found.append(Problem("no_key", "keys"))
        elif not set(self.keys) <= ids:
            found.append(Problem("key_not_an_option", "keys"))
        elif set(self.keys) == ids:
            found.append(Problem("all_options_keyed", "keys"))
        return tuple(found)

    def check_response(self, response: Response) -> MultipleChoiceResponse:
        """Return the response with its choices in authored order."""
        if not isinstance(response, MultipleChoiceResponse):
            raise InvalidResponse("malformed_response")
        ids = [option.id for option in self.options]
        chosen = set(response.choices)
        if not chosen <= set(ids):
            raise InvalidResponse("unknown_option")
        if len(chosen) != len(response.choices):
            raise InvalidResponse("repeated_option")
        return MultipleChoiceResponse(choices=[i for i in ids if i in chosen])

    def score(self, response: Response | None, points: Decimal) -> Score:
        """Return the points by the item's rule."""
        chosen = [] if response is None else self.check_response(response).choices
        keys = set(self.keys)
        if self.rule is MultipleChoiceRule.ALL_OR_NOTHING:
            share = all_or_nothing_share(set(chosen), keys)
        else:
            distractors = {option.id for option in self.options} - keys
            share = right_minus_wrong_share(set(chosen), keys, distractors=distractors)
        right = len(keys.intersection(chosen))
        return score_share(
            share, points, detail={"chosen": [*chosen], "right": right, "wrong": len(chosen) - right}
        )

    def categories(self, response: Response | None) -> tuple[str, ...]:
        """Return the ids of the chosen options, in authored order."""
        chosen = [] if response is None else self.check_response(response).choices
        return tuple(chosen) or (OMITTED,)

    def correct_response(self) -> MultipleChoiceResponse | None:
        """Return the keys as a response."""
        return MultipleChoiceResponse(choices=list(self.keys)) if self.keys else None

    def relabelled(self, ids: Mapping[str, str]) -> Self:
        """Return the same content with other option ids."""
        keys = tuple(ids.get(key, key) for key in self.keys)
        return self.model_copy(update={"options": self._relabelled_options(ids), "keys": keys})
