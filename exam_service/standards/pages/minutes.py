"""The minutes of a panel: a page that prints, and a Word file."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request, Response

from exam_service.actor import Actor, Permission
from exam_service.auth.access import require
from exam_service.db import Reading
from exam_service.standards.access import get_panel
from exam_service.standards.minutes import MEDIA_TYPE, minutes_file, minutes_of
from exam_service.standards.pages.panels import METHODS
from exam_service.templates import render, templates_of

router = APIRouter(prefix="/periods/{period_id}/cuts/{panel_id}")
Viewer = Annotated[Actor, require(Permission.PERIODS_VIEW)]


@router.get("/minutes")
def minutes_page(
    request: Request, session: Reading, actor: Viewer, period_id: UUID, panel_id: UUID
) -> Response:
    panel = get_panel(session, actor, period_id=period_id, panel_id=panel_id)
    return render(
        request, "standards/minutes.html", panel=panel, minutes=minutes_of(session, panel), methods=METHODS
    )


@router.get("/minutes.docx")
def minutes_docx(
    request: Request, session: Reading, actor: Viewer, period_id: UUID, panel_id: UUID
) -> Response:
    panel = get_panel(session, actor, period_id=period_id, panel_id=panel_id)
    organisation = str(templates_of(request).environment.globals["organisation"])
    return Response(
        minutes_file(minutes_of(session, panel), organisation=organisation),
        media_type=MEDIA_TYPE,
        headers={
            "Content-Disposition": f'attachment; filename="bien-ban-nguong-dat-{panel.exam.code.lower()}.docx"',
            "Cache-Control": "no-store",
        },
    )
