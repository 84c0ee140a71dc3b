"""Finding items: words without diacritics, facets with counts, all of it in the address of the list."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Select, func, or_, select
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlalchemy.orm import Session

from exam_service.actor import Actor
from exam_service.auth.models import Account
from exam_service.bank.access import items_visible_to, waits_for_review_by
from exam_service.bank.banks import competency_labels
from exam_service.bank.models import Bank, Item
from exam_service.bank.sentences import STATE_NAMES, TYPE_NAMES, level_name, state_name, type_name
from question_bank.taxonomy import CognitiveLevel
from question_bank.text import fold

MAX_WORDS = 12
SORTS: dict[str, Any] = {
    "code": Item.code,
    "summary": Item.summary,
    "level": Item.level,
    "state": Item.state,
    "updated": Item.updated_at,
}


class ItemFilter(BaseModel):
    """What the address of a list says; unknown values find nothing rather than fail."""

    model_config = ConfigDict(frozen=True)

    q: str = Field(default="", max_length=300)
    bank: str = Field(default="", max_length=100)
    competency: str = Field(default="", max_length=100)
    level: str = Field(default="", max_length=40)
    type: str = Field(default="", max_length=40)
    state: str = Field(default="", max_length=40)
    author: UUID | str = Field(default="", max_length=40)
    view: str = Field(default="", max_length=20)
    sort: str = Field(default="-updated", max_length=20)

    def query(self) -> dict[str, str]:
        """The parameters that differ from the defaults, as texts."""
        defaults = ItemFilter()
        pairs = ((name, str(getattr(self, name))) for name in ItemFilter.model_fields)
        return {name: value for name, value in pairs if value != str(getattr(defaults, name))}


@dataclass(frozen=True)
class FacetValue:
    """One value of a facet and how many items it would leave under the other filters."""

    value: str
    label: str
    count: int


def tsquery(words: str) -> Any:
    """The search for items that hold every word (folded, each as a prefix), or None when there is no word."""
    folded = fold(words).split()[:MAX_WORDS]
    # `fold` leaves letters and digits only, so nothing of tsquery's syntax can come through.
    return (
        func.to_tsquery("simple", " & ".join(f"{word}:*" for word in folded)).cast(TSQUERY)
        if folded
        else None
    )


def find_items(actor: Actor, wanted: ItemFilter, *, but: str = "") -> Select[Item]:
    """The visible items under every filter except the one named `but`, unordered."""
    statement = items_visible_to(actor)
    conditions: dict[str, Any] = {
        "bank": lambda value: Item.bank_id.in_(select(Bank.id).where(Bank.code == value)),
        "competency": lambda value: or_(
            Item.competency == value, Item.competency.startswith(f"{value}.", autoescape=True)
        ),
        "level": lambda value: Item.level == value,
        "type": lambda value: Item.type == value,
        "state": lambda value: Item.state == value,
        "author": lambda value: Item.author_id == value if isinstance(value, UUID) else Item.id.is_(None),
    }
    for name, condition in conditions.items():
        value = getattr(wanted, name)
        if value and name != but:
            statement = statement.where(condition(value))
    search = tsquery(wanted.q)
    if search is not None:
        statement = statement.where(Item.search_vector.bool_op("@@")(search))
    if but == "view":
        return statement
    return _in_view(statement, actor, wanted.view)


def _in_view(statement: Select[Item], actor: Actor, view: str) -> Select[Item]:
    match view:
        case "mine":
            return statement.where(Item.author_id == actor.id)
        case "waiting":
            return waits_for_review_by(actor, statement)
    return statement


def ordered(statement: Select[Item], sort: str) -> Select[Item]:
    """By the column named in `sort` (`-` for falling), ties by code."""
    column = SORTS.get(sort.removeprefix("-"), Item.updated_at)
    return statement.order_by(column.desc() if sort.startswith("-") else column.asc(), Item.code)


def count_facets(session: Session, actor: Actor, wanted: ItemFilter) -> dict[str, list[FacetValue]]:
    """For each facet its values with counts; each facet is counted under all filters but its own."""
    return {name: list(values) for name, values in _facets(session, actor, wanted)}


def _facets(session: Session, actor: Actor, wanted: ItemFilter) -> Iterator[tuple[str, Iterator[FacetValue]]]:
    def counted(name: str, column: Any) -> dict[Any, int]:
        found = find_items(actor, wanted, but=name).with_only_columns(column, func.count()).group_by(column)
        return {value: count for value, count in session.execute(found) if value is not None}

    banks = counted("bank", Item.bank_id)
    named = session.execute(select(Bank.id, Bank.code, Bank.name).order_by(Bank.code)).all()
    yield "bank", (FacetValue(code, name, banks[key]) for key, code, name in named if key in banks)
    yield "competency", iter(_competency_values(session, counted("competency", Item.competency)))
    levels = counted("level", Item.level)
    yield "level", (FacetValue(v, level_name(v), levels[v]) for v in CognitiveLevel if v in levels)
    types = counted("type", Item.type)
    yield "type", (FacetValue(v, type_name(v), types[v]) for v in TYPE_NAMES if v in types)
    states = counted("state", Item.state)
    yield "state", (FacetValue(v, state_name(v), states[v]) for v in STATE_NAMES if v in states)
    authors = counted("author", Item.author_id)
    people = session.execute(
        select(Account.id, Account.display_name).where(Account.id.in_(authors)).order_by(Account.display_name)
    ).all()
    yield "author", (FacetValue(str(key), name, authors[key]) for key, name in people)


def _competency_values(session: Session, counts: dict[str, int]) -> list[FacetValue]:
    total: dict[str, int] = {}
    for code, count in counts.items():
        parts = code.split(".")
        for depth in range(1, len(parts) + 1):
            above = ".".join(parts[:depth])
            total[above] = total.get(above, 0) + count
    names = competency_labels(session)
    return [FacetValue(code, f"{code} {names.get(code, '')}".strip(), total[code]) for code in sorted(total)]


def count_views(session: Session, actor: Actor, wanted: ItemFilter) -> dict[str, int]:
    """How many items "all", "mine" and "waiting" hold under the other filters."""
    found = find_items(actor, wanted, but="view")
    views = {name: _in_view(found, actor, name) for name in ("", "mine", "waiting")}
    return {
        name: session.scalar(select(func.count()).select_from(statement.subquery())) or 0
        for name, statement in views.items()
    }
