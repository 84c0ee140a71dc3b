"""Candidates added after the seal as JSON, for members of the staff who are signed in."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from exam_service.actor import Actor, Permission
from exam_service.attempts.models import Attempt
from exam_service.auth.access import require
from exam_service.db import Reading, Tx
from exam_service.http import problems
from exam_service.invigilation.late_candidates import add_late_candidate
from exam_service.pagination import LARGEST_PAGE, PAGE_SIZE, paginate
from exam_service.periods import service
from exam_service.periods.models import Candidate, Exam, LateDraw
from exam_service.periods.schemas import LateCandidateInput
from exam_service.periods.vault import vault_of

router = APIRouter(prefix="/api/periods/{period_id}/late-candidates", tags=["periods"])
Viewer = Annotated[Actor, require(Permission.PERIODS_VIEW)]
Officer = Annotated[Actor, require(Permission.PERIODS_MANAGE)]
REQUEST = {
    "person_id": "0199c1c0-0000-7000-8000-000000000017",
    "sitting_id": "0199c1c0-0000-7000-8000-000000000042",
    "reason": "Bổ nhiệm theo Quyết định 12/QĐ-UBND",
    "is_admitted": False,
}
CONFLICTS = {
    "not_sealed_yet": "The period is a draft: candidates are entered as usual.",
    "period_over": "The tests of the period are over.",
    "already_candidate": "The person is a candidate of the period already.",
    "not_appointed": "The person holds no position on the day of the sitting.",
    "other_position": "The exam is not for the person's position, and `is_admitted` is false.",
    "sitting_over": "The sitting is collected, or its time for coming late is over.",
    "sitting_full": "The sitting has no free seat.",
    "no_late_paper": "No paper can be drawn that keeps the rules of the blueprint; nothing was written.",
}


STRANGERS = problems(
    (401, "Nobody is signed in."),
    (403, "The account may not do this."),
    (404, "There is no such period, person or sitting, or the account may not know of it."),
)


class LateCandidateOut(BaseModel):
    """Somebody added after the seal. `late_number`, `previous` and `chain` are the place of the paper in the public
    chain of its exam."""

    candidate_id: UUID
    number: str = Field(examples=["0143"])
    full_name: str = Field(examples=["Nguyễn Thị Ánh"])
    unit: str = Field(examples=["Phường Ninh Kiều"])
    exam_id: UUID
    sitting_id: UUID | None
    reason: str = Field(examples=["Bổ nhiệm theo Quyết định 12/QĐ-UBND"])
    is_admitted: bool = Field(description="The council lets the person sit an exam of another position.")
    late_number: int = Field(examples=[1], description="From 1 in each exam.")
    previous: str = Field(description="Hex, 64 digits; of the first paper: the start of the chain.")
    chain: str = Field(description="Hex, 64 digits, published at once.")
    added_at: datetime
    added_by: str = Field(examples=["Trần Thị Minh Châu"])


class LateCandidateList(BaseModel):
    items: list[LateCandidateOut]
    page: int = Field(examples=[1])
    page_size: int = Field(examples=[50])
    total: int = Field(examples=[2])


class LateCandidateAdded(LateCandidateOut):
    """The candidate with the attempt: its times know what the room has decided so far. The login code is issued in the
    room."""

    attempt_id: UUID
    starts_at: datetime
    late_until: datetime
    deadline_at: datetime


@router.get("", summary="Candidates added after the seal, in the order of the chain", responses=STRANGERS)
def list_late_candidates(
    session: Reading,
    actor: Viewer,
    period_id: UUID,
    page: Annotated[int, Query(ge=1, le=100_000)] = 1,
    page_size: Annotated[int, Query(ge=1, le=LARGEST_PAGE)] = PAGE_SIZE,
) -> LateCandidateList:
    service.get_period(session, actor, period_id)
    statement = (
        select(LateDraw)
        .join(Exam, Exam.id == LateDraw.exam_id)
        .where(Exam.period_id == period_id)
        .options(joinedload(LateDraw.candidate))
        .order_by(Exam.code, LateDraw.number)
    )
    found = paginate(session, statement, number=page, size=page_size)
    items = [LateCandidateOut(**_of(late)) for late in found.rows]
    return LateCandidateList(items=items, page=found.number, page_size=found.size, total=found.total)


@router.post(
    "",
    status_code=201,
    summary="Add a candidate to a sealed period, with a paper of its draw",
    responses={
        **STRANGERS,
        **problems(
            (409, "; ".join(f"`{code}`: {why}" for code, why in CONFLICTS.items())),
            (422, "The body cannot be read, or the reason is missing."),
            codes=CONFLICTS,
        ),
    },
    openapi_extra={"requestBody": {"content": {"application/json": {"example": REQUEST}}}},
)
def create_late_candidate(
    request: Request, session: Tx, actor: Officer, period_id: UUID, data: LateCandidateInput
) -> LateCandidateAdded:
    """The person has the next number, a paper drawn from what was committed to, an attempt and, where the room has a
    plan, a seat; or nothing was written. Sent twice, the second answers `already_candidate`."""
    attempt = add_late_candidate(session, actor, period_id=period_id, data=data, vault=vault_of(request))
    late = session.scalars(
        select(LateDraw)
        .where(LateDraw.candidate_id == attempt.candidate_id)
        .options(joinedload(LateDraw.candidate))
    ).one()
    return LateCandidateAdded(**_of(late), **_times(attempt))


def _of(late: LateDraw) -> dict[str, Any]:
    candidate: Candidate = late.candidate
    return {
        "candidate_id": candidate.id,
        "number": candidate.number,
        "full_name": candidate.full_name,
        "unit": candidate.unit_name,
        "exam_id": late.exam_id,
        "sitting_id": candidate.sitting_id,
        "reason": late.reason,
        "is_admitted": late.is_admitted,
        "late_number": late.number,
        "previous": late.previous,
        "chain": late.chain,
        "added_at": late.drawn_at,
        "added_by": late.drawn_by_name,
    }


def _times(attempt: Attempt) -> dict[str, Any]:
    return {
        "attempt_id": attempt.id,
        "starts_at": attempt.starts_at,
        "late_until": attempt.late_until,
        "deadline_at": attempt.deadline_at,
    }
