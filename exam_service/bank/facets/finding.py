"""The conditions of the facets that no column of an item holds."""

from collections.abc import Callable
from datetime import date, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, false, func, not_, select
from sqlalchemy.dialects.postgresql import DATERANGE, Range
from sqlalchemy.orm import InstrumentedAttribute

from exam_service import clock
from exam_service.bank.facets.models import ItemFacet, ItemUse
from exam_service.bank.models import Item
from exam_service.i18n import HOME

SOON = timedelta(days=183)
"""How far ahead "soon" looks: half a year, the usual distance of two periods."""
NEVER = "never"
Column = InstrumentedAttribute[UUID]


class Standing(StrEnum):
    """How the legal basis of an item stands. An item may be `expiring` and `changing` while it is `in_force`."""

    IN_FORCE = "in_force"
    NOT_IN_FORCE = "not_in_force"
    EXPIRING = "expiring"
    CHANGING = "changing"
    NO_BASIS = "no_basis"


def standing_condition(standing: Standing) -> ColumnElement[bool]:
    """On rows of ItemFacet, as things stand today."""
    today = clock.now().astimezone(HOME).date()
    holds_today = ItemFacet.usable.bool_op("@>")(today)
    match standing:
        case Standing.IN_FORCE:
            return and_(ItemFacet.has_basis, holds_today)
        case Standing.NOT_IN_FORCE:
            return not_(holds_today)
        case Standing.EXPIRING:
            span: Range[date] = Range(today, today + SOON, bounds="[]")
            ahead = func.daterange(span.lower, span.upper, span.bounds, type_=DATERANGE)
            return and_(holds_today, not_(ItemFacet.usable.bool_op("@>")(ahead)))
        case Standing.CHANGING:
            return ItemFacet.changes_on > today
        case Standing.NO_BASIS:
            return not_(ItemFacet.has_basis)


def _has_standing(value: str, item_id: Column) -> ColumnElement[bool]:
    if value not in set(Standing):
        return false()
    return item_id.in_(select(ItemFacet.item_id).where(standing_condition(Standing(value))))


def _has_tag(value: str, item_id: Column) -> ColumnElement[bool]:
    return item_id.in_(select(ItemFacet.item_id).where(ItemFacet.tags.contains([value])))


def _was_used_in(value: str, item_id: Column) -> ColumnElement[bool]:
    if value == NEVER:
        return ~select(ItemUse.item_id).where(ItemUse.item_id == item_id).exists()
    return item_id.in_(select(ItemUse.item_id).where(ItemUse.period_code == value))


def _has_answers(value: str, item_id: Column) -> ColumnElement[bool]:
    # Longer numbers than an integer column holds find nothing either.
    if not value.isascii() or not value.isdigit() or len(value) > 9:
        return false()
    return item_id.in_(select(ItemFacet.item_id).where(ItemFacet.answers >= int(value)))


CONDITIONS: dict[str, Callable[[str, Column], ColumnElement[bool]]] = {
    "currency": _has_standing,
    "period": _was_used_in,
    "tag": _has_tag,
    "answers": _has_answers,
}
"""Facet → condition on the column of items' ids for a value of it; values that nothing knows find nothing."""


def conditions(wanted: Any, *, but: str = "", item_id: Column = Item.id) -> list[ColumnElement[bool]]:
    """What the filter (an `ItemFilter`) says of these facets, without the one named `but`, on rows with `item_id`."""
    return [
        condition(value, item_id)
        for name, condition in CONDITIONS.items()
        if name != but and (value := getattr(wanted, name))
    ]
