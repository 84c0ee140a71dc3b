"""Multiple choice: one or more keys, scored as a whole or in part."""

import operator
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from fractions import Fraction
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, ValidationInfo, field_validator

from question_bank.scoring import all_or_nothing_share, right_minus_wrong_share
from question_bank.shares import Share, share_text, share_value
from question_bank.types.content import (
    OMITTED,
    ChoiceContent,
    Grade,
    InvalidResponse,
    Response,
)
from question_bank.types.options import MAX_OPTIONS, OptionId, Problem, relabelled_options, share_problems


class MultipleChoiceRule(StrEnum):
    """How choices make a score: exactly the keys or nothing, the right share less the wrong share, or the sum
    of the weights of what was chosen.
    """

    ALL_OR_NOTHING = "all_or_nothing"
    PARTIAL = "partial"
    WEIGHTED = "weighted"


class MultipleChoiceResponse(Response):
    """`{"choices": [ids]}`, each id once."""

    choices: Annotated[list[OptionId], Field(max_length=MAX_OPTIONS)]


class MultipleChoice(ChoiceContent):
    """A stem, its options, the ids of the keys and the scoring rule.

    `weights` (share of the points per option, 0 where none is given) and `floor` (the least share of a response
    that chooses something) serve the rule `weighted`. `max_choices` limits what may be chosen; 0 is no limit.
    """

    response_class: ClassVar[type[Response]] = MultipleChoiceResponse

    type: Literal["multiple_choice"] = "multiple_choice"
    keys: tuple[OptionId, ...] = ()
    rule: MultipleChoiceRule = MultipleChoiceRule.ALL_OR_NOTHING
    weights: dict[OptionId, Share] = Field(default_factory=dict, exclude_if=operator.not_)
    floor: Share = Field(default="0", exclude_if=lambda floor: floor == "0")
    max_choices: int = Field(default=0, ge=0, le=MAX_OPTIONS, exclude_if=operator.not_)

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
        if 0 < self.max_choices < len(self.keys):
            counts: dict[str, str | int] = {"count": len(self.keys), "limit": self.max_choices}
            found.append(Problem("more_keys_than_choices", "max_choices", counts))
        if self.rule is MultipleChoiceRule.WEIGHTED:
            found += self._weight_problems()
        return tuple(found)

    def _weight_problems(self) -> list[Problem]:
        found = share_problems(self.weights, self.options, place="weights")
        if not 0 <= share_value(self.floor) < 1:
            limits: dict[str, str | int] = {"share": self.floor, "least": "0", "most": "0.99"}
            found.append(Problem("share_out_of_range", "floor", limits))
        if self.keys and (reached := self._weight_of(self.keys)) < 1:
            found.append(Problem("weights_below_full", "weights", {"share": share_text(reached)}))
        return found

    def _weight_of(self, chosen: Iterable[str]) -> Fraction:
        return sum((share_value(self.weights.get(option_id, "0")) for option_id in chosen), Fraction(0))

    def candidate_view(self, option_order: Sequence[str]) -> dict[str, Any]:
        """Return type, stem, options, and how many may be chosen where that is limited."""
        view = super().candidate_view(option_order)
        return {**view, "max_choices": self.max_choices} if self.max_choices else view

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
        if 0 < self.max_choices < len(chosen):
            raise InvalidResponse("too_many_choices")
        return MultipleChoiceResponse(choices=[i for i in ids if i in chosen])

    def grade(self, response: Response | None, levels: Mapping[str, str] | None = None) -> Grade:
        """Return the share by the item's rule; choosing nothing earns nothing."""
        chosen = [] if response is None else self.check_response(response).choices
        keys = set(self.keys)
        match self.rule:
            case MultipleChoiceRule.ALL_OR_NOTHING:
                share = all_or_nothing_share(set(chosen), keys)
            case MultipleChoiceRule.PARTIAL:
                distractors = {option.id for option in self.options} - keys
                share = right_minus_wrong_share(set(chosen), keys, distractors=distractors)
            case MultipleChoiceRule.WEIGHTED:
                share = max(self._weight_of(chosen), share_value(self.floor)) if chosen else Fraction(0)
        right = len(keys.intersection(chosen))
        return Grade(share, {"chosen": [*chosen], "right": right, "wrong": len(chosen) - right})

    def categories(self, response: Response | None) -> tuple[str, ...]:
        """Return the ids of the chosen options, in authored order."""
        chosen = [] if response is None else self.check_response(response).choices
        return tuple(chosen) or (OMITTED,)

    def correct_response(self) -> MultipleChoiceResponse | None:
        """Return the keys as a response."""
        return MultipleChoiceResponse(choices=list(self.keys)) if self.keys else None

    def relabelled(self, ids: Mapping[str, str]) -> Self:
        """Return the same content with other option ids."""
        return self.model_copy(
            update={
                "options": relabelled_options(self.options, ids),
                "keys": tuple(ids.get(key, key) for key in self.keys),
                "weights": {
                    ids.get(option_id, option_id): share for option_id, share in self.weights.items()
                },
            }
        )

    def key_summary(self, language: str = "vi") -> str:
        """Return the letters of the keys."""
        return self._labels(self.keys)
