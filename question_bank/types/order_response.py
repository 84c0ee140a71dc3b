"""The response of types whose candidates put entries into an order."""

from collections import Counter
from collections.abc import Sequence
from typing import Annotated

from pydantic import Field

from question_bank.types.content import InvalidResponse, Response
from question_bank.types.options import MAX_OPTIONS, OptionId


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
