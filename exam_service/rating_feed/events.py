"""The published event: what other systems are told about a result, and nothing more."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from sqlalchemy import select
from sqlalchemy.orm import Session

from exam_service.people.models import Person, Position, Unit
from exam_service.people.units import unit_title
from exam_service.periods.models import Candidate, Exam, Period
from exam_service.results.grading import percent_text, plain
from exam_service.results.models import Result

EventType = Literal["result.released", "result.corrected", "result.annulled"]


LINE = r"^[^\x00-\x1f\x7f]+$"
Code = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=LINE)]
Label = Annotated[str, StringConstraints(min_length=1, max_length=300, pattern=LINE)]
DecimalText = Annotated[
    str, Field(pattern=r"^\d{1,9}(\.\d{1,6})?$", description="A decimal number as text.", examples=["45.50"])
]


class Published(BaseModel):
    model_config = ConfigDict(frozen=True)


class PersonRef(Published):
    staff_code: Code = Field(examples=["CB00417"])
    full_name: Label = Field(examples=["Nguyễn Thị Ánh"])


class UnitRef(Published):
    code: Code = Field(examples=["31120"])
    name: Label = Field(examples=["Phường Ninh Kiều"])
    type: Code = Field(examples=["ward"])


class PositionRef(Published):
    code: Code = Field(examples=["TPHT"])
    title: Label = Field(examples=["Tư pháp – hộ tịch"])


class PeriodRef(Published):
    code: Code = Field(examples=["2026-2"])
    name: Label = Field(examples=["Kỳ sát hạch quý IV năm 2026"])
    reference_date: date


class ExamRef(Published):
    code: Code = Field(examples=["TPHT"])
    title: Label = Field(examples=["Tư pháp – hộ tịch"])


class BandRef(Published):
    code: Code = Field(examples=["good"])
    label: Label = Field(examples=["Tốt"])


class CompetencyPoints(Published):
    code: Code
    name: Label
    points: DecimalText
    max_points: DecimalText


class RuleCheck(Published):
    """One rule of passing applied: the whole paper, a section's minimum (`title`), or the critical items.

    `points` of `max_points` were gained where `needed` are asked for; for critical items these are numbers of items.
    """

    rule: Literal["total", "section", "critical"]
    title: Annotated[str, StringConstraints(max_length=300, pattern=r"^[^\x00-\x1f\x7f]*$")]
    is_met: bool
    points: DecimalText
    max_points: DecimalText
    needed: DecimalText


class ResultData(Published):
    """One result. Points and percent are decimal texts; `percent` is cut, not rounded, to two places.

    `version` rises with every change of this person's result in this period: the highest one counts, in whatever
    order they arrive.
    """

    result_id: UUID
    version: Annotated[int, Field(ge=1, le=2**31 - 1)]
    supersedes: UUID | None
    person: PersonRef
    unit: UnitRef
    position: PositionRef
    period: PeriodRef
    exam: ExamRef
    outcome: Literal["pass", "fail"]
    band: BandRef
    points: DecimalText
    max_points: DecimalText
    percent: DecimalText
    converted_points: Annotated[
        DecimalText | None,
        Field(
            description="What the raw `points` are worth on the mean paper, where the exam declared a conversion "
            "beforehand and the data carried it; outcome, band and the check of the whole paper follow from it."
        ),
    ] = None
    competencies: Annotated[list[CompetencyPoints], Field(max_length=200)]
    checks: Annotated[list[RuleCheck], Field(max_length=100)] = []
    finality: Literal["provisional", "final"]
    released_at: datetime
    reason: Annotated[str, StringConstraints(max_length=2000, pattern=r"^[^\x00]*$")] | None


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
        unit=UnitRef(code=unit.code, name=unit_title(unit), type=unit.type),
        position=PositionRef(code=position.code, title=candidate.position_title),
        period=PeriodRef(code=period.code, name=period.name, reference_date=period.reference_date),
        exam=ExamRef(code=exam.code, title=exam.title),
        outcome=result.outcome,
        band=BandRef(code=result.band_code, label=result.band_label),
        points=plain(points),
        max_points=plain(max_points),
        percent=percent_text(points, max_points),
        converted_points=None if result.converted_points is None else plain(result.converted_points),
        competencies=[CompetencyPoints(**entry) for entry in result.competencies],
        checks=[RuleCheck(**entry) for entry in result.checks],
        finality="final",
        released_at=result.released_at,
        reason=result.reason or None,
    )


def event_body(data: ResultData, kind: str) -> bytes:
    """The bytes that are signed and sent, the same on every try."""
    event = ResultEvent(type=f"result.{kind}", timestamp=data.released_at, data=data)
    return event.model_dump_json().encode()


def event_schema() -> dict[str, Any]:
    """The contract as JSON Schema (draft 2020-12)."""
    schema = ResultEvent.model_json_schema(mode="serialization")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
