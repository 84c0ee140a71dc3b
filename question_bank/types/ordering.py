"""Ordering: entries to be put into the one right order."""

from collections.abc import Mapping
from enum import StrEnum
from fractions import Fraction
from typing import Annotated, Literal, Self

from pydantic import Field

from question_bank.scoring import adjacent_pairs_share, position_share
from question_bank.types.content import NO_KEY, Grade, Response
from question_bank.types.options import (
    MAX_OPTIONS,
    OptionId,
    Problem,
    option_label,
    option_problems,
    relabelled_options,
)
from question_bank.types.order_response import OrderContent, OrderResponse


class OrderingRule(StrEnum):
    """How an order makes a score: as a whole, by entries at their place, or by neighbours kept together."""

    ALL_OR_NOTHING = "all_or_nothing"
    ABSOLUTE_POSITION = "absolute_position"
    ADJACENT_PAIRS = "adjacent_pairs"


class Ordering(OrderContent):
    """A stem, its entries, and their right order as ids, first to last."""

    type: Literal["ordering"] = "ordering"
    order: Annotated[tuple[OptionId, ...], Field(max_length=MAX_OPTIONS)] = ()
    rule: OrderingRule = OrderingRule.ALL_OR_NOTHING

    def problems(self) -> tuple[Problem, ...]:
        """Return what blocks review: the stem, the entries, then the order."""
        found = [*self._stem_problems(), *option_problems(self.options)]
        if not self.order:
            found.append(Problem("no_key", "order"))
        elif not self._is_order_complete():
            found.append(Problem("order_not_complete", "order"))
        return tuple(found)

    def _is_order_complete(self) -> bool:
        return sorted(self.order) == sorted(self.ids())

    def grade(self, response: Response | None, levels: Mapping[str, str] | None = None) -> Grade:
        """Return the share by the item's rule."""
        if response is None or not self._is_order_complete():
            return Grade(Fraction(0), {"order": None})
        order = self.check_response(response).order
        match self.rule:
            case OrderingRule.ALL_OR_NOTHING:
                share = Fraction(int(tuple(order) == self.order))
            case OrderingRule.ABSOLUTE_POSITION:
                share = position_share(order, self.order)
            case OrderingRule.ADJACENT_PAIRS:
                share = adjacent_pairs_share(order, self.order)
        return Grade(share, {"order": [*order]})

    def correct_response(self) -> OrderResponse | None:
        """Return the right order, or None while it is not complete."""
        return OrderResponse(order=list(self.order)) if self.order and self._is_order_complete() else None

    def relabelled(self, ids: Mapping[str, str]) -> Self:
        """Return the same content with other ids."""
        order = tuple(ids.get(key, key) for key in self.order)
        return self.model_copy(update={"options": relabelled_options(self.options, ids), "order": order})

    def key_summary(self, language: str = "vi") -> str:
        """Return the letters of the entries in the right order: "B → A → C"."""
        places = {option.id: index for index, option in enumerate(self.options)}
        if self.correct_response() is None:
            return NO_KEY
        return " → ".join(option_label(places[key]) for key in self.order)
