"""Finding items: words without diacritics, facets with counts, all of it in the address of the list."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    Subquery,
    and_,
    cast,
    false,
    func,
    or_,
    select,
    text,
    true,
    tuple_,
)
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlalchemy.orm import Session

from exam_service.actor import Actor, Permission
from exam_service.auth.models import Account
from exam_service.bank.access import banks_visible_to, items_visible_to, waits_for_review_by
from exam_service.bank.banks import competency_labels
from exam_service.bank.facets.finding import conditions
from exam_service.bank.facets.models import FacetGroup, ItemSearch
from exam_service.bank.models import Bank, Item, ItemAuthor
from exam_service.bank.sentences import STATE_NAMES, TYPE_NAMES, level_name, state_name, type_name
from question_bank.review import ReviewState
from question_bank.taxonomy import CognitiveLevel
from question_bank.text import fold

MAX_WORDS = 12
MAX_RANKED = 1000
_FACET_COLUMNS: dict[str, Any] = {
    "bank": Item.bank_id,
    "competency": Item.competency,
    "level": Item.level,
    "type": Item.type,
    "state": Item.state,
    "author": Item.author_id,
}
_FACET_CONDITIONS: dict[str, Callable[[Any, Any], Any]] = {
    "bank": lambda value, column: column.in_(select(Bank.id).where(Bank.code == value)),
    "competency": lambda value, column: or_(column == value, column.startswith(f"{value}.", autoescape=True)),
    "level": lambda value, column: column == value,
    "type": lambda value, column: column == value,
    "state": lambda value, column: column == value,
    "author": lambda value, column: column == value if isinstance(value, UUID) else false(),
}
USUAL_COLUMNS = ("level", "competency", "state", "author", "updated")
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
    currency: str = Field(default="", max_length=20)
    period: str = Field(default="", max_length=100)
    tag: str = Field(default="", max_length=100)
    answers: str = Field(default="", max_length=9)
    view: str = Field(default="", max_length=20)
    sort: str = Field(default="", max_length=20)
    columns: str = Field(default="", max_length=200)

    def query(self) -> dict[str, str]:
        """The parameters that differ from the defaults, as texts."""
        defaults = ItemFilter()
        pairs = ((name, str(getattr(self, name))) for name in ItemFilter.model_fields)
        return {name: value for name, value in pairs if value != str(getattr(defaults, name))}

    @property
    def shown_sort(self) -> str:
        """The column that a list is sorted by; empty where the best match comes first."""
        return self.sort or ("" if self.q else "-updated")

    def shown_columns(self, known: Iterable[str]) -> list[str]:
        """The columns named in `columns` (`level,state`) among the known ones; the usual ones when it names none."""
        named = self.columns.split(",")
        return [name for name in known if name in (named if self.columns else USUAL_COLUMNS)]


@dataclass(frozen=True)
class FacetValue:
    """One value of a facet and how many items it would leave under the other filters."""

    value: str
    label: str
    count: int


@dataclass(frozen=True)
class Facets:
    """What the found items are: values with counts by facet, the counts of the views, and how many are found in all."""

    values: dict[str, list[FacetValue]]
    views: dict[str, int]
    total: int


_QUOTED = re.compile(r"""["“”]([^"“”]*)["“”]""")


def tsquery(words: str) -> Any:
    """The search for items that hold every word and every "phrase in quotes", or None when there is no word.

    Words are folded, each is found as a beginning of words too; a phrase is found as it stands.
    """
    phrases = [fold(phrase).split()[:MAX_WORDS] for phrase in _QUOTED.findall(words)[:MAX_WORDS]]
    singles = fold(_QUOTED.sub(" ", words)).split()[:MAX_WORDS]
    # `fold` leaves letters and digits only, so nothing of tsquery's syntax can come through.
    terms = ["(" + " <-> ".join(phrase) + ")" for phrase in phrases if phrase]
    terms += [f"{word}:*" for word in singles]
    return func.to_tsquery("simple", " & ".join(terms)).cast(TSQUERY) if terms else None


def _holds(search: Any) -> ColumnElement[bool]:
    return ItemSearch.words.bool_op("@@")(search)


def find_items(actor: Actor, wanted: ItemFilter, *, but: str = "") -> Select[Item]:
    """The visible items under every filter except the one named `but`, unordered."""
    statement = items_visible_to(actor)
    for name, condition in _FACET_CONDITIONS.items():
        value = getattr(wanted, name)
        if value and name != but:
            statement = statement.where(condition(value, _FACET_COLUMNS[name]))
    statement = statement.where(*conditions(wanted, but=but))
    search = tsquery(wanted.q)
    if search is not None:
        statement = statement.join(ItemSearch, ItemSearch.item_id == Item.id).where(_holds(search))
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


def ordered(statement: Select[Item], wanted: ItemFilter, *, total: int = 0) -> Select[Item]:
    """By the column named in `sort` (`-` for falling), ties by code; without one the best match first.

    Of up to 1,000 found (`total`) the item whose code was typed leads, then those that hold the words as a phrase, and
    close together; among more there is no best, and the newest come first.
    """
    if wanted.sort or not wanted.q:
        sort = wanted.shown_sort
        column = SORTS.get(sort.removeprefix("-"), Item.updated_at)
        return statement.order_by(column.desc() if sort.startswith("-") else column.asc(), Item.code)
    search = tsquery(wanted.q)
    if search is None or total > MAX_RANKED:
        return statement.order_by(Item.updated_at.desc(), Item.code)
    is_code = Item.code == wanted.q.strip().upper()
    is_phrase = Item.search_text.contains(fold(wanted.q), autoescape=True)
    rank = func.ts_rank_cd(ItemSearch.words, search)
    return statement.order_by(
        is_code.desc(), is_phrase.desc(), rank.desc(), Item.updated_at.desc(), Item.code
    )


def facets(session: Session, actor: Actor, wanted: ItemFilter) -> Facets:
    """Exact counts of what is found: each facet under all filters but its own, each view under all filters.

    One query counts the items that words and rights leave by every facet at once and adds the groups up by each facet.
    """
    is_waiting = wanted.view == "waiting"
    counts: dict[str, dict[Any, int]] = {name: {} for name in _FACET_COLUMNS}
    total = mine = waiting = 0
    with _without_reading_all(session, wanted):
        rows = session.execute(_added_up(_groups(actor, wanted), actor, wanted)).mappings().all()
    for row in rows:
        name = next((name for name in _FACET_COLUMNS if not row[f"over_{name}"]), None)
        if name is None:
            total, mine, waiting = (int(row[view] or 0) for view in ("total", "mine", "waiting"))
        elif row[f"count_{name}"]:
            counts[name][row[name]] = int(row[f"count_{name}"])
    if is_waiting:
        views = {**_count_other_views(session, actor, wanted), "waiting": total}
    else:
        may_review = actor.can(Permission.BANK_REVIEW)
        written = _count_written_with_others(session, actor, wanted) if may_review and waiting else 0
        waiting = waiting - written if may_review else 0
        views = {"": total, "mine": mine, "waiting": waiting}
    return Facets(_named_values(session, counts), views, views.get(wanted.view, views[""]))


@contextmanager
def _without_reading_all(session: Session, wanted: ItemFilter) -> Iterator[None]:
    # PostgreSQL holds looking at a row's words for as cheap as comparing two numbers, and would read every row.
    if not wanted.q:
        yield
        return
    session.execute(text("SET LOCAL enable_seqscan = off"))
    yield
    session.execute(text("SET LOCAL enable_seqscan = on"))


def _groups(actor: Actor, wanted: ItemFilter) -> Subquery:
    """The combinations of facets with the number of their items, under everything but the facets themselves."""
    # Sums of 32-bit numbers are kept in machine words; those of 64 bits are not.
    count = cast(func.count(), Integer).label("count")
    counted = select(ItemSearch.group_id, count).group_by(ItemSearch.group_id)
    counted = counted.where(*conditions(wanted, item_id=ItemSearch.item_id))
    search = tsquery(wanted.q)
    if search is not None:
        counted = counted.where(_holds(search))
    if wanted.view == "waiting":
        waits = waits_for_review_by(actor, items_visible_to(actor))
        counted = counted.where(ItemSearch.item_id.in_(waits.with_only_columns(Item.id)))
    found = counted.subquery()
    columns = [getattr(FacetGroup, column.key) for column in _FACET_COLUMNS.values()]
    visible = banks_visible_to(actor).order_by(None).with_only_columns(Bank.id)
    return (
        select(*columns, found.c.count)
        .join(found, found.c.group_id == FacetGroup.id)
        .where(FacetGroup.bank_id.in_(visible))
        .subquery()
    )


def _added_up(groups: Subquery, actor: Actor, wanted: ItemFilter) -> Select[Any]:
    """One row for each value of each facet and one for all; `over_<facet>` is 0 in the rows of that facet."""
    columns = {name: groups.c[column.key] for name, column in _FACET_COLUMNS.items()}
    passes = {
        name: condition(getattr(wanted, name), columns[name])
        for name, condition in _FACET_CONDITIONS.items()
        if getattr(wanted, name)
    }
    is_mine = columns["author"] == actor.id
    seen = [is_mine] if wanted.view == "mine" else []

    def added(*conditions: Any) -> Any:
        return func.sum(groups.c.count).filter(and_(true(), *conditions))

    others = {name: [passes[other] for other in passes if other != name] for name in columns}
    in_review = columns["state"] == ReviewState.IN_REVIEW.value
    return select(
        *(column.label(name) for name, column in columns.items()),
        *(func.grouping(column).label(f"over_{name}") for name, column in columns.items()),
        *(added(*others[name], *seen).label(f"count_{name}") for name in columns),
        added(*passes.values()).label("total"),
        added(*passes.values(), is_mine).label("mine"),
        added(*passes.values(), in_review, columns["author"].is_distinct_from(actor.id)).label("waiting"),
    ).group_by(func.grouping_sets(*(tuple_(column) for column in columns.values()), tuple_()))


def _count_written_with_others(session: Session, actor: Actor, wanted: ItemFilter) -> int:
    """Of the found items in review that others lead, those that the actor wrote a part of."""
    # Few items have several authors: looked up first, they spare most searches a second look at the words.
    written = session.scalars(
        select(Item.id)
        .join(ItemAuthor, ItemAuthor.item_id == Item.id)
        .where(
            ItemAuthor.account_id == actor.id,
            Item.state == ReviewState.IN_REVIEW.value,
            Item.author_id.is_distinct_from(actor.id),
        )
    ).all()
    if not written:
        return 0
    return _count(session, find_items(actor, wanted, but="view").where(Item.id.in_(written)))


def _count_other_views(session: Session, actor: Actor, wanted: ItemFilter) -> dict[str, int]:
    found = find_items(actor, wanted, but="view")
    return {"": _count(session, found), "mine": _count(session, _in_view(found, actor, "mine"))}


def _count(session: Session, statement: Select[Item]) -> int:
    return session.scalar(statement.with_only_columns(func.count())) or 0


def _named_values(session: Session, counts: Mapping[str, Mapping[Any, int]]) -> dict[str, list[FacetValue]]:
    def listed(name: str, labels: Iterable[tuple[Any, str, str]]) -> list[FacetValue]:
        return [FacetValue(v, label, counts[name][key]) for key, v, label in labels if key in counts[name]]

    banks = session.execute(select(Bank.id, Bank.code, Bank.name).order_by(Bank.code)).all()
    people = session.execute(
        select(Account.id, Account.display_name)
        .where(Account.id.in_(list(counts["author"])))
        .order_by(Account.display_name)
    ).all()
    return {
        "bank": listed("bank", ((key, code, name) for key, code, name in banks)),
        "competency": _competency_values(session, counts["competency"]),
        "level": listed("level", ((v.value, v.value, level_name(v)) for v in CognitiveLevel)),
        "type": listed("type", ((v, v, type_name(v)) for v in TYPE_NAMES)),
        "state": listed("state", ((v, v, state_name(v)) for v in STATE_NAMES)),
        "author": listed("author", ((key, str(key), name) for key, name in people)),
    }


def _competency_values(session: Session, counts: Mapping[str, int]) -> list[FacetValue]:
    total: dict[str, int] = {}
    for code, count in counts.items():
        if not code:
            continue
        parts = code.split(".")
        for depth in range(1, len(parts) + 1):
            above = ".".join(parts[:depth])
            total[above] = total.get(above, 0) + count
    names = competency_labels(session)
    return [FacetValue(code, f"{code} {names.get(code, '')}".strip(), total[code]) for code in sorted(total)]
