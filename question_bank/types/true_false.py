"""True or false: one statement to judge."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any, ClassVar, Literal, Self

from question_bank.scoring import Score, score_share
from question_bank.types.content import (
    OMITTED,
    InvalidOptionOrder,
    InvalidResponse,
    ItemContent,
    Problem,
    Response,
    ShuffleUnits,
)


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
        found = [] if self.stem else [Problem("empty_stem", "stem")]
        if self.key is None:
            found.append(Problem("no_key", "key"))
        return tuple(found)

    def candidate_view(self, option_order: Sequence[str]) -> dict[str, Any]:
        """Return type and stem; there is nothing to order."""
        if option_order:
            raise InvalidOptionOrder
        return {"type": self.type, "stem": self.stem}

    def check_response(self, response: Response) -> TrueFalseResponse:
        """Return the response."""
        if not isinstance(response, TrueFalseResponse):
            raise InvalidResponse("malformed_response")
        return response

    def score(self, response: Response | None, points: Decimal) -> Score:
        """Return all points for the right judgement, else none."""
        chosen = None if response is None else self.check_response(response).value
        is_right = chosen is not None and chosen is self.key
        return score_share(Fraction(int(is_right)), points, detail={"chosen": chosen})

    def categories(self, response: Response | None) -> tuple[str, ...]:
        """Return `true` or `false`."""
        return (OMITTED,) if response is None else (str(self.check_response(response).value).lower(),)

    def shuffle_units(self) -> ShuffleUnits:
        """Return nothing to reorder."""
        return ShuffleUnits((), frozenset(), locked=True)

    def correct_response(self) -> TrueFalseResponse | None:
        """Return the key as a response."""
        return None if self.key is None else TrueFalseResponse(value=self.key)

    def relabelled(self, ids: Mapping[str, str]) -> Self:  # noqa: ARG002
        """Return the content itself: it has no option ids."""
        return self
