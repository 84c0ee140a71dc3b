"""How many items each value of these facets would leave: asked for after the list, so that no list waits for it."""

from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from exam_service.actor import Actor
from exam_service.bank.facets.finding import NEVER, Standing, standing_condition
from exam_service.bank.facets.models import ItemFacet, ItemUse
from exam_service.bank.models import Item
from exam_service.bank.search import FacetValue, ItemFilter, find_items
from exam_service.bank.sentences import domain_sentence
from exam_service.i18n import gettext as _

MOST_TAGS = 100
MOST_PERIODS = 50
STEPS = (100, 500, 2000)
"""Numbers of answers that are offered beside the least number of which figures are shown."""
STANDINGS: dict[str, dict[str, str]] = {
    "in_force": {"vi": "Căn cứ đang có hiệu lực", "en": "Basis in force"},
    "not_in_force": {"vi": "Hôm nay không có hiệu lực", "en": "Not in force today"},
    "expiring": {"vi": "Hết hiệu lực trong 6 tháng", "en": "Ends within 6 months"},
    "changing": {"vi": "Sắp có thay đổi", "en": "Under a pending change"},
    "no_basis": {"vi": "Chưa ghi căn cứ", "en": "No basis given"},
}


def more_facets(
    session: Session, actor: Actor, wanted: ItemFilter, *, least: int
) -> dict[str, list[FacetValue]]:
    """Facet → its values with exact counts, each under all filters but its own; values without items are left out.

    `least` is the number of answers from which figures of an item are shown. One query for each facet.
    """
    return {
        "currency": _standings(session, actor, wanted),
        "period": _periods(session, actor, wanted),
        "tag": _tags(session, actor, wanted),
        "answers": _answers(session, actor, wanted, least=least),
    }


def facet_label(name: str, value: str) -> str:
    """What a value of one of these facets is called; the value itself where it is its own name."""
    if name == "currency" and value in STANDINGS:
        return domain_sentence(STANDINGS, value)
    if name == "period":
        return _("Chưa dùng lần nào") if value == NEVER else _("Đã dùng: %(period)s", period=value)
    if name == "answers":
        return _("Từ %(count)s lượt trả lời", count=value)
    return value


def _ids(actor: Actor, wanted: ItemFilter, but: str) -> Any:
    return find_items(actor, wanted, but=but).with_only_columns(Item.id)


def _standings(session: Session, actor: Actor, wanted: ItemFilter) -> list[FacetValue]:
    counts = [func.count().filter(standing_condition(one)).label(one.value) for one in Standing]
    statement = select(*counts).where(ItemFacet.item_id.in_(_ids(actor, wanted, "currency")))
    row = session.execute(statement).one()
    return [
        FacetValue(one.value, facet_label("currency", one.value), count)
        for one, count in zip(Standing, row, strict=True)
        if count
    ]


def _periods(session: Session, actor: Actor, wanted: ItemFilter) -> list[FacetValue]:
    found = _ids(actor, wanted, "period").subquery()
    rows = session.execute(
        select(ItemUse.period_code, func.min(ItemUse.period_name), func.count(func.distinct(ItemUse.item_id)))
        .where(ItemUse.item_id.in_(select(found.c.id)))
        .group_by(ItemUse.period_code)
        .order_by(func.max(ItemUse.sealed_at).desc().nulls_last(), ItemUse.period_code)
        .limit(MOST_PERIODS)
    )
    values = [FacetValue(code, f"{code} – {name}", count) for code, name, count in rows]
    used = select(ItemUse.item_id).where(ItemUse.item_id == found.c.id).exists()
    never = session.scalar(select(func.count()).select_from(found).where(~used)) or 0
    return values + ([FacetValue(NEVER, facet_label("period", NEVER), never)] if never else [])


def _tags(session: Session, actor: Actor, wanted: ItemFilter) -> list[FacetValue]:
    """The most frequent ones, by name, and the one that is asked for whatever its place."""
    tag = func.unnest(ItemFacet.tags).label("tag")
    every = select(tag).where(ItemFacet.item_id.in_(_ids(actor, wanted, "tag"))).subquery()
    count = func.count().label("count")
    rows = session.execute(
        select(every.c.tag, count)
        .group_by(every.c.tag)
        .order_by((every.c.tag == wanted.tag).desc(), count.desc(), every.c.tag)
        .limit(MOST_TAGS)
    )
    return sorted((FacetValue(name, name, found) for name, found in rows), key=lambda one: one.label)


def _answers(session: Session, actor: Actor, wanted: ItemFilter, *, least: int) -> list[FacetValue]:
    asked = {int(wanted.answers)} if wanted.answers.isascii() and wanted.answers.isdigit() else set()
    steps = sorted({least, *(step for step in STEPS if step > least), *asked})
    counts = [func.count().filter(ItemFacet.answers >= min(step, 2**31 - 1)) for step in steps]
    row = session.execute(select(*counts).where(ItemFacet.item_id.in_(_ids(actor, wanted, "answers")))).one()
    return [
        FacetValue(str(step), facet_label("answers", str(step)), found)
        for step, found in zip(steps, row, strict=True)
        if found
    ]
