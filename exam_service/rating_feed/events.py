"""The published event: what other systems are told about a result, and nothing more."""

from datetime import date, datetime
from decimal import Decimal
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict
from sqlalchemy import select
from sqlalchemy.orm import Session

from exam_service.people.models import Person, Position, Unit
from exam_service.periods.models import Candidate, Exam, Period
from exam_service.results.grading import percent_text, plain
from exam_service.results.models import Result

EventType = Literal["result.released", "result.corrected", "result.annulled"]


class Published(BaseModel):
    model_config = ConfigDict(frozen=True)


class PersonRef(Published):
    staff_code: str
    full_name: str


class UnitRef(Published):
    code: str
    name: str
    type: str


class PositionRef(Published):
    code: str
    title: str


class PeriodRef(Published):
    code: str
    name: str
    reference_date: date


class ExamRef(Published):
    code: str
    title: str


class BandRef(Published):
    code: str
    label: str


class CompetencyPoints(Published):
    code: str
    name: str
    points: str
    max_points: str


class ResultData(Published):
    """One result. Points and percent are decimal texts; `percent` is cut, not rounded, to two places.

    `version` rises with every change of this person's result in this period: the highest one counts, in whatever
    order they arrive.
    """

    result_id: UUID
    version: int
    supersedes: UUID | None
    person: PersonRef
    unit: UnitRef
    position: PositionRef
    period: PeriodRef
    exam: ExamRef
    outcome: Literal["pass", "fail"]
    band: BandRef
    points: str
    max_points: str
    percent: str
    competencies: list[CompetencyPoints]
    finality: Literal["provisional", "final"]
    released_at: datetime
    reason: str | None


class ResultEvent(Published):
    """A Standard Webhooks body. Source: Standard Webhooks specification, "Webhook payload"."""

    type: EventType
    timestamp: datetime
    data: ResultData


def describe_results(session: Session, result_ids: list[UUID]) -> dict[UUID, ResultData]:
    """The published form of these results, by id, read with one query."""
    rows = session.execute(
        select(Result, Person, Unit, Position, Period, Exam, Candidate)
        .join(Person, Person.id == Result.person_id)
        .join(Unit, Unit.id == Result.unit_id)
        .join(Position, Position.id == Result.position_id)
        .join(Period, Period.id == Result.period_id)
        .join(Exam, Exam.id == Result.exam_id)
        .join(Candidate, Candidate.id == Result.candidate_id)
        .where(Result.id.in_(result_ids))
    )
    return {row[0].id: _describe(*row) for row in rows}


def _describe(
    result: Result,
    person: Person,
    unit: Unit,
    position: Position,
    period: Period,
    exam: Exam,
    candidate: Candidate,
) -> ResultData:
    points, max_points = Decimal(result.points), Decimal(result.max_points)
    return ResultData(
        result_id=result.id,
        version=result.version,
        supersedes=result.supersedes_id,
        person=PersonRef(staff_code=person.staff_code, full_name=candidate.full_name),
        unit=UnitRef(code=unit.code, name=unit.name, type=unit.type),
        position=PositionRef(code=position.code, title=position.title),
        period=PeriodRef(code=period.code, name=period.name, reference_date=period.reference_date),
        exam=ExamRef(code=exam.code, title=exam.title),
        outcome=result.outcome,
        band=BandRef(code=result.band_code, label=result.band_label),
        points=plain(points),
        max_points=plain(max_points),
        percent=percent_text(points, max_points),
        competencies=[CompetencyPoints(**entry) for entry in result.competencies],
        finality="final",
        released_at=result.released_at,
        reason=result.reason or None,
    )


def event_body(data: ResultData, kind: str) -> bytes:
    """The bytes that are signed and sent, the same on every try."""
    event = ResultEvent(type=f"result.{kind}", timestamp=data.released_at, data=data)
    return event.model_dump_json().encode()
