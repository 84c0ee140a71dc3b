"""What exams let their candidates use, as JSON, for members of the staff who are signed in."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from exam_service.actor import Actor, Permission
from exam_service.aids import tools
from exam_service.aids.documents import documents_of
from exam_service.aids.tools import ToolsInput
from exam_service.auth.access import require
from exam_service.db import Reading, Tx
from exam_service.http import problems
from exam_service.periods.service import get_period
from exam_service.settings import PLAYER_TOOLS, Settings

Viewer = Annotated[Actor, require(Permission.PERIODS_VIEW)]
Officer = Annotated[Actor, require(Permission.PERIODS_MANAGE)]


router = APIRouter(
    prefix="/api/periods/{period_id}",
    tags=["periods"],
    responses=problems(
        (401, "Nobody is signed in."), (403, "The account may not do this."), (404, "not_found")
    ),
)


class StatuteOutput(BaseModel):
    """A document as it was read; candidates get it once it is confirmed."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    number: str = Field(examples=["80/2025/QH15"])
    title: str = Field(examples=["Luật Cán bộ, công chức"])
    issued_on: date | None
    sha256: str = Field(description="Of the content that candidates receive.")
    figures: dict[str, int] = Field(examples=[{"chapter": 7, "article": 45}])
    confirmed_by_name: str | None
    confirmed_at: datetime | None


class ExamAidsOutput(BaseModel):
    """The tools and the documents of an exam."""

    exam_id: UUID
    code: str = Field(examples=["TPHT"])
    tools: list[str] = Field(examples=[list(PLAYER_TOOLS)])
    statutes: list[StatuteOutput]


class ToolsOutput(BaseModel):
    """The tools of an exam."""

    tools: list[str] = Field(examples=[list(PLAYER_TOOLS)])


@router.get("/aids")
def list_aids(request: Request, session: Reading, actor: Viewer, period_id: UUID) -> list[ExamAidsOutput]:
    """What the candidates of each exam of the period may use during the test."""
    exams = get_period(session, actor, period_id).exams
    settings: Settings = request.app.state.settings
    allowed = tools.tools_of(session, [exam.id for exam in exams], default=settings.tools)
    documents = documents_of(session, [exam.id for exam in exams])
    return [
        ExamAidsOutput(
            exam_id=exam.id,
            code=exam.code,
            tools=allowed[exam.id],
            statutes=[StatuteOutput.model_validate(one) for one in documents[exam.id]],
        )
        for exam in exams
    ]


@router.put(
    "/exams/{exam_id}/tools",
    responses=problems(
        (409, "tools_are_in_use"),
        (422, "invalid: an unknown tool, or no reason although the period is sealed"),
    ),
)
def put_tools(
    request: Request, session: Tx, actor: Officer, period_id: UUID, exam_id: UUID, given: ToolsInput
) -> ToolsOutput:
    """The exam allows exactly these tools. Once the period is sealed a reason is needed; once it is open, refused."""
    settings: Settings = request.app.state.settings
    allowed = tools.save_tools(
        session, actor, period_id=period_id, exam_id=exam_id, data=given, default=settings.tools
    )
    return ToolsOutput(tools=allowed)
