"""How long the banks last for a blueprint: for each cell what is there, in force, unseen by the people it is for."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from statistics import median
from uuid import UUID

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from exam_service.bank.banks import competency_labels
from exam_service.bank.models import Bank, ItemVersion
from exam_service.bank.sentences import level_name, type_name
from exam_service.bank.supply import label_names, load_supply
from exam_service.i18n import gettext as _
from exam_service.i18n import language
from exam_service.people.models import Appointment
from exam_service.periods.drawing import seen_items
from exam_service.periods.models import Exam, StoredBlueprint
from question_bank.assembly import feasibility
from question_bank.blueprint import Blueprint, Cell
from question_bank.pool import PoolItem
from question_bank.review import ReviewState


@dataclass(frozen=True)
class CellSupply:
    """What one cell of a blueprint can draw on; `competency` and `kind` (level and type) are its label in two parts.

    `unseen_least` and `unseen_median` are over the people of the group (None: nobody is in it).
    """

    section: str
    label: str
    cell: Cell
    competency: str
    kind: str
    approved: int
    operational: int
    in_force: int
    unseen_least: int | None
    unseen_median: float | None
    rest: int

    @property
    def group(self) -> tuple[str, str]:
        """What a table puts under one heading: the competency within its section."""
        return self.section, self.competency

    @property
    def papers(self) -> int:
        """For how many papers of one person the items in force last without a repetition."""
        return self.in_force // self.cell.count

    @property
    def needed(self) -> int:
        """Items that keep the cell going for ever when nobody may see an item again within `rest` papers:
        (rest + 1) × items per paper."""
        return (self.rest + 1) * self.cell.count

    @property
    def short(self) -> int:
        """How many items are missing for that; 0 when there are enough."""
        return max(0, self.needed - self.in_force)

    @property
    def short_now(self) -> int:
        """How many items the person who has seen most lacks for the next paper."""
        have = self.in_force if self.unseen_least is None else self.unseen_least
        return max(0, self.cell.count - have)


@dataclass(frozen=True)
class SupplyMatrix:
    """The cells in the order of the blueprint, the size of the group, and what stands in the way of the next paper."""

    cells: tuple[CellSupply, ...]
    people: int
    reasons: tuple[str, ...]


def supply_matrix(
    session: Session, stored: StoredBlueprint, *, bank_ids: Collection[UUID], day: date, rest: int
) -> SupplyMatrix:
    """The supply of the blueprint's cells by the banks on `day`, when nobody may get an item of the last `rest` papers.

    The group are those who on that day hold, as their main appointment, a position that one of the banks is for. The
    reasons come from the same check that stands before sealing: cells that share items are counted together there.
    """
    blueprint = Blueprint.model_validate(stored.body)
    names, labels = label_names(session), competency_labels(session)
    trial = any(cell.pretest for cell in blueprint.cells)
    pool = load_supply(session, bank_ids, with_pretests=trial).pool
    # Asked for the day itself: without days an entry knows but the last span of days on which it may be used.
    in_force = load_supply(session, bank_ids, with_pretests=trial, days=[day]).pool
    people = _group(bank_ids, day)
    count = len(session.scalars(people).all())
    seen = seen_items(session, people, papers=rest)
    states = _states(session, pool)
    cells = [
        _cell_supply(
            cell,
            title=section.title,
            label=cell.label(names)[0 if language().value == "vi" else 1],
            competency=labels.get(cell.competency or "", cell.competency or _("Mọi năng lực")),
            pool=pool,
            states=states,
            in_force={item.item_id for item in in_force if cell.accepts(item)},
            seen=seen,
            people=count,
            rest=rest,
        )
        for section in blueprint.sections
        for cell in section.cells
    ]
    found = feasibility(blueprint, in_force, names=names)
    return SupplyMatrix(
        tuple(cells), count, tuple(reason.sentence(language().value) for reason in found.reasons)
    )


def _cell_supply(
    cell: Cell,
    *,
    title: str,
    label: str,
    competency: str,
    pool: Sequence[PoolItem],
    states: Mapping[str, str],
    in_force: Collection[str],
    seen: Mapping[UUID, frozenset[str]],
    people: int,
    rest: int,
) -> CellSupply:
    accepted = [states[item.version_id] for item in pool if cell.accepts(item)]
    least, middle = _unseen(in_force, seen.values(), people=people)
    return CellSupply(
        section=title,
        label=label,
        cell=cell,
        competency=competency,
        kind=_kind(cell),
        approved=accepted.count(ReviewState.APPROVED.value),
        operational=accepted.count(ReviewState.OPERATIONAL.value),
        in_force=len(in_force),
        unseen_least=least,
        unseen_median=middle,
        rest=rest,
    )


def _kind(cell: Cell) -> str:
    parts = [level_name(cell.level), type_name(cell.item_type) if cell.item_type else ""]
    return " · ".join(filter(None, parts)) or _("Mọi mức độ")


def _unseen(
    items: Collection[str], seen: Iterable[frozenset[str]], *, people: int
) -> tuple[int | None, float | None]:
    """Least and median number of the items that a person has not seen, over `people` of whom the rest saw nothing."""
    if not people:
        return None, None
    left = [len(items) - len(had.intersection(items)) for had in seen]
    left += [len(items)] * (people - len(left))
    return min(left), median(left)


def _group(bank_ids: Collection[UUID], day: date) -> Select[UUID]:
    positions = select(Bank.position_id).where(Bank.id.in_(bank_ids), Bank.position_id.is_not(None))
    return (
        select(Appointment.person_id)
        .where(
            Appointment.position_id.in_(positions),
            Appointment.is_main,
            Appointment.from_date <= day,
            or_(Appointment.to_date.is_(None), Appointment.to_date >= day),
        )
        .distinct()
    )


def _states(session: Session, pool: Sequence[PoolItem]) -> dict[str, str]:
    ids = [UUID(item.version_id) for item in pool]
    rows = session.execute(select(ItemVersion.id, ItemVersion.state).where(ItemVersion.id.in_(ids)))
    return {str(version_id): state for version_id, state in rows}


def banks_by_blueprint(session: Session, visible: Iterable[UUID]) -> dict[str, list[UUID]]:
    """Code of a blueprint → the banks that exams made from it drew from, of those visible; codes without any are left
    out."""
    known = set(visible)
    found: dict[str, set[UUID]] = defaultdict(set)
    rows = session.execute(
        select(StoredBlueprint.code, Exam.bank_ids).join(Exam, Exam.blueprint_id == StoredBlueprint.id)
    )
    for code, bank_ids in rows:
        found[code] |= {UUID(bank_id) for bank_id in bank_ids} & known
    return {code: sorted(bank_ids) for code, bank_ids in found.items() if bank_ids}
