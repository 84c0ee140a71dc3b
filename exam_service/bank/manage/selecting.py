"""Choosing items for one act: rows that were ticked, or everything that a filter finds."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode
from uuid import UUID

from pydantic import ValidationError
from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from exam_service.actor import Actor
from exam_service.bank.access import items_visible_to
from exam_service.bank.models import Item
from exam_service.bank.search import ItemFilter, find_items
from exam_service.errors import Refusal

MOST_ITEMS = 20_000
"""So many items can be acted on at once: a whole bank, in a transaction of minutes."""
BATCH = 500
SHOWN = 200


class NothingSelected(Refusal):
    code = "nothing_selected"
    status = 422
    message = "Chưa chọn câu hỏi nào. Hãy chọn câu trong danh sách rồi làm lại."


class TooManySelected(Refusal):
    code = "too_many_selected"
    status = 422
    message = "Mỗi lần làm được nhiều nhất %(most)s câu. Hãy lọc hẹp hơn rồi làm từng phần."


class SelectionChanged(Refusal):
    """What was confirmed is not what would be acted on: rows came or went after the page was shown."""

    code = "selection_changed"
    message = "Lựa chọn đã thay đổi: đã xác nhận %(expected)s câu, nay có %(found)s câu. Chưa câu nào bị đổi."


class BadFilter(Refusal):
    code = "bad_filter"
    status = 422
    message = "Bộ lọc không đọc được. Hãy mở lại danh sách câu hỏi."


@dataclass(frozen=True)
class Selection:
    """`ids`, or, when there are none, what `wanted` finds."""

    ids: tuple[UUID, ...] = ()
    wanted: ItemFilter | None = None


def selection_of(ids: list[UUID], query: str) -> Selection:
    """The selection that a form names by ids or by the query of a list's address. Raises NothingSelected, BadFilter."""
    if ids:
        return Selection(ids=tuple(dict.fromkeys(ids)))
    if not query:
        raise NothingSelected
    return Selection(wanted=filter_of(query))


def filter_of(query: str) -> ItemFilter:
    """The filter that `ItemFilter.query()`, urlencoded, came from. Raises BadFilter."""
    try:
        return ItemFilter.model_validate(dict(parse_qsl(query, keep_blank_values=True)))
    except ValidationError as error:
        raise BadFilter from error


def query_of(wanted: ItemFilter) -> str:
    """The filter as the query of the list's address; never empty, so that it tells "everything" from "nothing"."""
    return urlencode(wanted.query() or {"sort": ""})


@dataclass(frozen=True)
class Preview:
    """The first of the chosen items by code, at most 200, and how many there are."""

    items: tuple[Item, ...]
    total: int


def preview_selected(session: Session, actor: Actor, selection: Selection) -> Preview:
    """What would be acted on; nothing is locked. Raises NothingSelected, TooManySelected, SelectionChanged."""
    statement = _chosen(actor, selection)
    total = session.scalar(statement.with_only_columns(func.count())) or 0
    _check_number(total, len(selection.ids) or total)
    return Preview(tuple(session.scalars(statement.order_by(Item.code).limit(SHOWN))), total)


def lock_selected(session: Session, actor: Actor, selection: Selection, *, expected: int) -> list[UUID]:
    """The ids of the chosen items that the actor may see, by code, all of them locked; their number is `expected`.

    Raises NothingSelected, TooManySelected, SelectionChanged.
    """
    # In one order, so that two people who act at once cannot wait for each other.
    statement = _chosen(actor, selection).with_only_columns(Item.id, Item.code).with_for_update(of=Item)
    found = session.execute(statement.order_by(Item.id).limit(MOST_ITEMS + 1)).all()
    _check_number(len(found), expected)
    return [item_id for item_id, _code in sorted(found, key=lambda row: row.code)]


def _check_number(found: int, expected: int) -> None:
    if found > MOST_ITEMS:
        raise TooManySelected(most=MOST_ITEMS)
    if found != expected:
        raise SelectionChanged(expected=expected, found=found)
    if not found:
        raise NothingSelected


def in_batches(session: Session, item_ids: Sequence[UUID]) -> Iterator[list[Item]]:
    """The items, read again 500 at a time, in the order of their ids' list."""
    for start in range(0, len(item_ids), BATCH):
        some = item_ids[start : start + BATCH]
        statement = select(Item).where(Item.id.in_(some)).execution_options(populate_existing=True)
        found = {item.id: item for item in session.scalars(statement)}
        yield [found[item_id] for item_id in some]


def _chosen(actor: Actor, selection: Selection) -> Select[Item]:
    if selection.ids:
        return items_visible_to(actor).where(Item.id.in_(selection.ids))
    assert selection.wanted is not None
    return find_items(actor, selection.wanted)
