"""What people look at: the items of a period with their figures and flags, one item, and the signs for triage."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, aliased

from exam_service.analysis.decisions import decisions_of
from exam_service.analysis.models import (
    FlagDecision,
    IrregularitySign,
    ItemFigures,
    ItemFlag,
    SignKind,
    StatisticsRun,
)
from exam_service.analysis.service import STORED
from exam_service.analysis.shapes import shape_of, short_labels
from exam_service.attempts.models import Attempt
from exam_service.bank.head import trusted_draft
from exam_service.bank.models import Item, ItemVersion
from exam_service.errors import NotFound
from exam_service.i18n import gettext as _
from exam_service.i18n import language
from exam_service.marking.models import KeyDecision
from exam_service.pagination import Page, paginate
from exam_service.periods.models import Candidate
from question_bank.items import AnyContent
from question_bank.statistics.analysis import ItemStatistics
from question_bank.statistics.flags import Flag, FlagCode


class Shown(StrEnum):
    """Which items the list holds."""

    FLAGGED = "flagged"
    UNDECIDED = "undecided"
    ALL = "all"


@dataclass(frozen=True)
class ShownFlag:
    """A flag as a sentence in the reader's language, with the decision that counts."""

    code: str
    is_serious: bool
    sentence: str
    decision: FlagDecision | None


@dataclass(frozen=True)
class ItemLine:
    """An item version in the list of a period."""

    figures: ItemFigures
    version: ItemVersion
    item: Item
    flags: Sequence[ShownFlag]

    @property
    def id(self) -> UUID:
        return self.version.id

    @property
    def is_undecided(self) -> bool:
        return any(flag.is_serious and flag.decision is None for flag in self.flags)


@dataclass(frozen=True)
class ItemView:
    """Everything about one version in one run."""

    line: ItemLine
    content: AnyContent
    keyed: frozenset[str]
    statistics: ItemStatistics
    key_decisions: Sequence[KeyDecision]


SORTS: Mapping[str, Any] = {
    "code": Item.code,
    "n": ItemFigures.n,
    "facility": ItemFigures.facility,
    "discrimination": ItemFigures.discrimination,
    "time": ItemFigures.median_s,
}


def list_items(
    session: Session, run: StatisticsRun, *, shown: Shown = Shown.FLAGGED, sort: str = "", page: int = 1
) -> Page[ItemLine]:
    """A page of the versions of the run; without `sort` those with serious flags come first, then other flags."""
    found = paginate(session, _ordered(_items(run, shown), sort), number=page)
    flags = flags_of_versions(
        session, run, [version.id for _figures, version, _item, _serious, _count in found.rows]
    )
    lines = [
        ItemLine(figures, version, item, flags.get(version.id, ()))
        for figures, version, item, _serious, _count in found.rows
    ]
    return Page(rows=lines, number=found.number, size=found.size, total=found.total)


def _items(run: StatisticsRun, shown: Shown) -> Select[*tuple[Any, ...]]:
    decided = aliased(FlagDecision)
    is_decided = (
        select(decided.id)
        .where(
            decided.period_id == run.period_id,
            decided.version_id == ItemFlag.version_id,
            decided.code == ItemFlag.code,
        )
        .exists()
    )
    flags = (
        select(
            ItemFlag.version_id,
            func.count().filter(ItemFlag.is_serious & ~is_decided).label("open"),
            func.count().filter(ItemFlag.is_serious).label("serious"),
            func.count().label("flags"),
        )
        .where(ItemFlag.run_id == run.id)
        .group_by(ItemFlag.version_id)
        .subquery()
    )
    statement = (
        select(
            ItemFigures,
            ItemVersion,
            Item,
            func.coalesce(flags.c.open * 1000 + flags.c.serious, 0).label("serious"),
            func.coalesce(flags.c.flags, 0).label("flags"),
        )
        .join(ItemVersion, ItemVersion.id == ItemFigures.version_id)
        .join(Item, Item.id == ItemVersion.item_id)
        .outerjoin(flags, flags.c.version_id == ItemFigures.version_id)
        .where(ItemFigures.run_id == run.id)
    )
    if shown is Shown.FLAGGED:
        return statement.where(flags.c.flags > 0)
    return statement.where(flags.c.open > 0) if shown is Shown.UNDECIDED else statement


def _ordered(statement: Select[*tuple[Any, ...]], sort: str) -> Select[*tuple[Any, ...]]:
    column = SORTS.get(sort.removeprefix("-"))
    if column is None:
        _figures, _version, _item, serious, flags = statement.selected_columns[-5:]
        return statement.order_by(serious.desc(), flags.desc(), Item.code)
    first = column.desc() if sort.startswith("-") else column.asc()
    return statement.order_by(first.nulls_last(), Item.code)


def flags_of_versions(
    session: Session, run: StatisticsRun, version_ids: Sequence[UUID]
) -> dict[UUID, list[ShownFlag]]:
    """Version → its flags as sentences, the serious ones first."""
    decided = decisions_of(session, run.period_id)
    rows = session.execute(
        select(ItemFlag, ItemVersion.body)
        .join(ItemVersion, ItemVersion.id == ItemFlag.version_id)
        .where(ItemFlag.run_id == run.id, ItemFlag.version_id.in_(version_ids))
        .order_by(ItemFlag.is_serious.desc(), ItemFlag.code)
    )
    found: dict[UUID, list[ShownFlag]] = {}
    for flag, body in rows:
        sentence = flag_sentence(flag, trusted_draft(body).content)
        decision = decided.get((flag.version_id, flag.code))
        found.setdefault(flag.version_id, []).append(
            ShownFlag(flag.code, flag.is_serious, sentence, decision)
        )
    return found


def flag_sentence(flag: ItemFlag, content: AnyContent) -> str:
    """The flag in the reader's language, with options and groups by their names."""
    names = {**short_labels(content), "sex": _("nữ và nam"), "unit_type": _("xã và phường")}

    def named(value: object) -> str | float:
        if not isinstance(value, str):
            return float(str(value))
        return ", ".join(names.get(part, part) for part in value.split(", "))

    params = {name: named(value) for name, value in flag.params.items()}
    return Flag(FlagCode(flag.code), params).sentence(language().value)


def get_item_view(session: Session, run: StatisticsRun, version_id: UUID) -> ItemView:
    """One version of the run. Raises NotFound."""
    row = session.execute(_items(run, Shown.ALL).where(ItemFigures.version_id == version_id)).one_or_none()
    if row is None:
        raise NotFound
    figures, version, item = row[:3]
    content = trusted_draft(version.body).content
    flags = flags_of_versions(session, run, [version_id]).get(version_id, [])
    decisions = session.scalars(
        select(KeyDecision)
        .where(KeyDecision.period_id == run.period_id, KeyDecision.version_id == version_id)
        .order_by(KeyDecision.id.desc())
    ).all()
    return ItemView(
        ItemLine(figures, version, item, flags),
        content,
        shape_of(content).keyed,
        STORED.validate_python(figures.body),
        decisions,
    )


@dataclass(frozen=True)
class DecidedItem:
    """What was decided about an item whose flags later statistics do not raise any more."""

    item: Item
    version: ItemVersion
    decision: KeyDecision


def cancelled_items(session: Session, period_id: UUID) -> list[DecidedItem]:
    """The versions of the period whose points everybody gets, by the newest decision."""
    later = aliased(KeyDecision)
    is_newest = ~(
        select(later.id)
        .where(
            later.period_id == KeyDecision.period_id,
            later.version_id == KeyDecision.version_id,
            later.id > KeyDecision.id,
        )
        .exists()
    )
    rows = session.execute(
        select(Item, ItemVersion, KeyDecision)
        .join(ItemVersion, ItemVersion.item_id == Item.id)
        .join(KeyDecision, KeyDecision.version_id == ItemVersion.id)
        .where(KeyDecision.period_id == period_id, KeyDecision.verdict == "full_marks", is_newest)
        .order_by(Item.code)
    )
    return [DecidedItem(*row) for row in rows]


@dataclass(frozen=True)
class SignLine:
    """A sign with whom it is about."""

    sign: IrregularitySign
    number: str
    name: str
    unit: str
    other_number: str | None


def list_signs(
    session: Session, run: StatisticsRun, *, kind: SignKind | None = None, page: int = 1
) -> tuple[Page[SignLine], dict[str, int]]:
    """A page of the signs of the run, the strongest of each kind first, and how many there are of each kind."""
    counted = session.execute(
        select(IrregularitySign.kind, func.count())
        .where(IrregularitySign.run_id == run.id)
        .group_by(IrregularitySign.kind)
    )
    other_attempt, other = aliased(Attempt), aliased(Candidate)
    statement = (
        select(IrregularitySign, Candidate.number, Candidate.full_name, Candidate.unit_name, other.number)
        .join(Attempt, Attempt.id == IrregularitySign.attempt_id)
        .join(Candidate, Candidate.id == Attempt.candidate_id)
        .outerjoin(other_attempt, other_attempt.id == IrregularitySign.other_attempt_id)
        .outerjoin(other, other.id == other_attempt.candidate_id)
        .where(IrregularitySign.run_id == run.id)
        .order_by(IrregularitySign.strength.desc(), Candidate.number)
    )
    if kind is not None:
        statement = statement.where(IrregularitySign.kind == kind.value)
    found = paginate(session, statement, number=page)
    lines = [SignLine(*row) for row in found.rows]
    return Page(rows=lines, number=found.number, size=found.size, total=found.total), dict(counted.all())
