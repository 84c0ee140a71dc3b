"""Periods as JSON, for members of the staff who are signed in."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from exam_service.actor import Actor, Permission
from exam_service.auth.access import require
from exam_service.db import Reading
from exam_service.http import problems
from exam_service.periods import overview, service
from exam_service.periods.models import Exam, Period, PeriodState
from exam_service.periods.readiness import missing_for_sealing

Viewer = Annotated[Actor, require(Permission.PERIODS_VIEW)]
router = APIRouter(
    prefix="/api/periods",
    tags=["periods"],
    responses=problems((401, "Nobody is signed in."), (403, "The account may not see periods.")),
)


class Output(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class PeriodLine(Output):
    id: UUID
    code: str = Field(examples=["KY-2026-1"])
    name: str = Field(examples=["Kỳ sát hạch đợt 1 năm 2026"])
    state: PeriodState
    reference_date: date
    exams: int
    sittings: int
    candidates: int
    first_start: datetime | None


class PeriodList(Output):
    items: list[PeriodLine]
    page: int = Field(examples=[1])
    page_size: int = Field(examples=[50])
    total: int = Field(examples=[3])


class SittingOutput(Output):
    id: UUID
    name: str = Field(examples=["Ca 1"])
    room: str = Field(examples=["Phòng 101"])
    capacity: int
    starts_at: datetime
    duration_min: int
    collected_at: datetime | None


class ExamOutput(Output):
    id: UUID
    code: str = Field(examples=["TPHT"])
    title: str = Field(examples=["Tư pháp – hộ tịch"])
    position_ids: list[UUID]
    blueprint_id: UUID
    duration_min: int = Field(examples=[60])
    late_limit_min: int
    earliest_submit_min: int
    reprimand_percent: int = Field(description="Taken off the points for a reprimand, in percent.")
    warning_percent: int = Field(description="Taken off the points for a warning, in percent.")
    watches_focus: bool = Field(description="Leaving the page and copying are recorded.")
    unseen_periods: int
    cut_percent: Decimal = Field(examples=["50"])
    critical_tag: str = Field(examples=["điểm liệt"])
    mark_scale: str = Field(
        examples=["irt_true_score"], description="raw, or irt_true_score: marks are converted."
    )
    mark_step: Decimal = Field(
        examples=["0.1"], description="Converted marks are rounded half up to this step."
    )
    bands: list[dict[str, str]] = Field(
        examples=[[{"code": "excellent", "label": "Xuất sắc", "from_percent": "90"}]]
    )
    sittings: list[SittingOutput]
    entered: int
    exempt: int
    postponed: int
    unseated: int


class GapOutput(Output):
    code: str = Field(examples=["cell_short"])
    sentence: str
    place: str = Field(examples=["exams"])


class PeriodDetail(PeriodLine):
    commitment: str | None
    sealed_at: datetime | None
    opened_at: datetime | None
    closed_at: datetime | None
    marked_at: datetime | None
    released_at: datetime | None
    exam_list: list[ExamOutput]
    missing_for_sealing: list[GapOutput]


@router.get("", summary="List periods, newest first")
def list_periods(
    session: Reading,
    actor: Viewer,
    q: Annotated[
        str, Query(max_length=200, description="Part of code or name, diacritics do not matter.")
    ] = "",
    state: PeriodState | None = None,
    page: Annotated[int, Query(ge=1, le=100_000)] = 1,
) -> PeriodList:
    found, counts = overview.list_periods(session, actor, search=q, state=state or "", page=page)
    items = [PeriodLine(**_line(period, counts[period.id])) for period in found.rows]
    return PeriodList(items=items, page=found.number, page_size=found.size, total=found.total)


@router.get(
    "/{period_id}",
    summary="One period with its exams, sittings and what it lacks",
    responses=problems((404, "There is no such period.")),
)
def get_period(session: Reading, actor: Viewer, period_id: UUID) -> PeriodDetail:
    period = service.get_period(session, actor, period_id)
    counts = overview.count_periods(session, [period.id])[period.id]
    by_exam = service.counts_by_exam(session, period)
    is_draft = period.state == PeriodState.DRAFT
    return PeriodDetail(
        **_line(period, counts),
        commitment=period.commitment,
        sealed_at=period.sealed_at,
        opened_at=period.opened_at,
        closed_at=period.closed_at,
        marked_at=period.marked_at,
        released_at=period.released_at,
        exam_list=[_exam(exam, by_exam.get(exam.id, {})) for exam in period.exams],
        missing_for_sealing=[
            GapOutput.model_validate(gap)
            for gap in (missing_for_sealing(session, period) if is_draft else [])
        ],
    )


def _line(period: Period, counts: overview.Counts) -> dict[str, Any]:
    return {
        "id": period.id,
        "code": period.code,
        "name": period.name,
        "state": PeriodState(period.state),
        "reference_date": period.reference_date,
        "exams": counts.exams,
        "sittings": counts.sittings,
        "candidates": counts.candidates,
        "first_start": counts.first_start,
    }


def _exam(exam: Exam, counts: dict[str, int]) -> ExamOutput:
    numbers = {name: counts.get(name, 0) for name in ("entered", "exempt", "postponed", "unseated")}
    return ExamOutput(
        id=exam.id,
        code=exam.code,
        title=exam.title,
        position_ids=[row.position_id for row in exam.positions],
        blueprint_id=exam.blueprint_id,
        duration_min=exam.duration_min,
        late_limit_min=exam.late_limit_min,
        earliest_submit_min=exam.earliest_submit_min,
        reprimand_percent=exam.reprimand_percent,
        warning_percent=exam.warning_percent,
        watches_focus=exam.watches_focus,
        unseen_periods=exam.unseen_periods,
        cut_percent=exam.cut_percent,
        critical_tag=exam.critical_tag,
        mark_scale=exam.mark_scale,
        mark_step=exam.mark_step,
        bands=exam.bands,
        sittings=[SittingOutput.model_validate(sitting) for sitting in exam.sittings],
        **numbers,
    )
