"""Finding released results: by exam, unit (with everything under it), position, band, outcome and words."""

from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from sqlalchemy import Row, Select, func, or_, select
from sqlalchemy.orm import Session

from exam_service.actor import Actor
from exam_service.people.models import Person, Position, Unit
from exam_service.periods.models import Candidate, Exam
from exam_service.results.models import Outcome, Result
from exam_service.results.service import is_current, results_visible_to
from question_bank.text import fold

ListedResult = Row[Result, Candidate, Exam, Person]


def _none_if_blank(value: object) -> object:
    return None if isinstance(value, str) and not value.strip() else value


Blank = BeforeValidator(_none_if_blank)

SORTS: dict[str, Any] = {
    "number": Candidate.number,
    "name": Candidate.sort_key,
    "unit": Candidate.unit_name,
    "points": func.coalesce(Result.converted_points, Result.points) / func.nullif(Result.max_points, 0),
}


class ResultQuery(BaseModel):
    """The address of a list of results; empty fields of a form mean "all". An unknown `sort` means by number."""

    model_config = ConfigDict(frozen=True)

    q: Annotated[str, Field(max_length=200)] = ""
    exam: Annotated[UUID | None, Blank] = None
    unit: Annotated[UUID | None, Blank] = None
    position: Annotated[UUID | None, Blank] = None
    band: Annotated[str, Field(max_length=40)] = ""
    outcome: Annotated[Outcome | None, Blank] = None
    sort: Annotated[str, Field(max_length=20)] = "number"

    def address(self) -> dict[str, str]:
        """The filters in force, as parameters of an address."""
        return {name: str(value) for name, value in self.model_dump().items() if value} | {"sort": self.sort}


def unit_and_below(condition: Any) -> Select[UUID]:
    """The ids of the units that meet `condition` and of all units under them."""
    tree = select(Unit.id).where(condition).cte("unit_tree", recursive=True)
    tree = tree.union(select(Unit.id).join(tree, Unit.parent_id == tree.c.id))
    return select(tree.c.id)


def find_results(actor: Actor, *, period_id: UUID, query: ResultQuery) -> Select[Any]:
    """Current results of the period as (Result, Candidate, Exam, Person), in the order asked for."""
    statement = (
        results_visible_to(actor)
        .add_columns(Candidate, Exam, Person)
        .join(Candidate, Candidate.id == Result.candidate_id)
        .join(Exam, Exam.id == Result.exam_id)
        .join(Person, Person.id == Result.person_id)
        .where(Result.period_id == period_id, is_current())
    )
    for column, value in (
        (Result.exam_id, query.exam),
        (Result.position_id, query.position),
        (Result.band_code, query.band),
        (Result.outcome, query.outcome.value if query.outcome else None),
    ):
        if value:
            statement = statement.where(column == value)
    if query.unit:
        statement = statement.where(Result.unit_id.in_(unit_and_below(Unit.id == query.unit)))
    words = query.q.strip()
    if words:
        statement = statement.where(
            or_(
                Person.search_text.contains(fold(words), autoescape=True),
                Candidate.number == words,
                func.lower(Person.staff_code) == words.lower(),
            )
        )
    return statement.order_by(*_order(query.sort))


def _order(sort: str) -> list[Any]:
    column = SORTS.get(sort.removeprefix("-"), Candidate.number)
    first = column.desc().nulls_last() if sort.startswith("-") else column.asc().nulls_last()
    return [first, Candidate.number]


@dataclass(frozen=True)
class Choices:
    """What the filters of a period offer, each as (value, label)."""

    exams: list[tuple[str, str]]
    units: list[tuple[str, str]]
    positions: list[tuple[str, str]]
    bands: list[tuple[str, str]]


def filter_choices(session: Session, period_id: UUID) -> Choices:
    """The exams, units, positions and bands that occur among the results of the period."""
    exams = session.scalars(select(Exam).where(Exam.period_id == period_id).order_by(Exam.code)).all()
    units = session.execute(
        select(Candidate.unit_id, func.min(Candidate.unit_name), Unit.sort_key)
        .join(Unit, Unit.id == Candidate.unit_id)
        .where(Candidate.period_id == period_id)
        .group_by(Candidate.unit_id, Unit.sort_key)
        .order_by(Unit.sort_key)
    )
    positions = session.execute(
        select(Position.id, Position.title)
        .where(Position.id.in_(select(Candidate.position_id).where(Candidate.period_id == period_id)))
        .order_by(Position.title)
    )
    bands = {band["code"]: band["label"] for exam in exams for band in exam.bands}
    return Choices(
        exams=[(str(exam.id), exam.title) for exam in exams],
        units=[(str(unit_id), name) for unit_id, name, _key in units],
        positions=[(str(position_id), title) for position_id, title in positions],
        bands=list(bands.items()),
    )
