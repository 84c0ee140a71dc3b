"""Types whose candidates put entries into an order: their response, and what does not depend on how it is scored."""

from abc import ABC
from collections import Counter
from collections.abc import Sequence
from typing import Annotated, Any, ClassVar

from pydantic import Field

from question_bank.types.content import OMITTED, InvalidResponse, ItemContent, Response, ShuffleUnits
from question_bank.types.options import (
    MAX_OPTIONS,
    Option,
    OptionId,
    check_order,
    option_texts,
    pinned_ids,
    shown_options,
)


class OrderResponse(Response):
    """`{"order": [ids]}`, every entry once, first to last."""

    order: Annotated[list[OptionId], Field(max_length=MAX_OPTIONS)]


def check_complete_order(response: Response, ids: Sequence[str]) -> OrderResponse:
    """Return the response if it orders exactly these ids.

    Raises:
        InvalidResponse: another type, an unknown id, one twice, or one missing.
    """
    if not isinstance(response, OrderResponse):
        raise InvalidResponse("malformed_response")
    given = Counter(response.order)
    if not given.keys() <= set(ids):
        raise InvalidResponse("unknown_option")
    if len(given) < len(response.order):
        raise InvalidResponse("repeated_option")
    if len(given) < len(set(ids)):
        raise InvalidResponse("incomplete_order")
    return response


class OrderContent(ItemContent, ABC):
    """A stem and entries that the candidate puts into an order."""

    response_class: ClassVar[type[Response]] = OrderResponse

    options: tuple[Option, ...] = ()

    def candidate_view(self, option_order: Sequence[str]) -> dict[str, Any]:
        """Return type, stem and the entries in the given order."""
        check_order(option_order, self.ids())
        return {"type": self.type, "stem": self.stem, "options": shown_options(self.options, option_order)}

    def check_response(self, response: Response) -> OrderResponse:
        """Return the response if it orders every entry once."""
        return check_complete_order(response, self.ids())

    def categories(self, response: Response | None) -> tuple[str, ...]:
        """Return `id:place` for each entry, places from 1."""
        if response is None:
            return (OMITTED,)
        return tuple(f"{key}:{place}" for place, key in enumerate(self.check_response(response).order, 1))

    def shuffle_units(self) -> ShuffleUnits:
        """Return the ids of the entries; a paper always shows them shuffled."""
        ids = tuple(option.id for option in self.options)
        return ShuffleUnits(ids, pinned_ids(self.options), locked=False)

    def texts(self) -> tuple[tuple[str, str], ...]:
        """Return the stem and the entries."""
        return (("stem", self.stem), *option_texts(self.options, "options"))
