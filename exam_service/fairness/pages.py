"""The fairness report of a period as a page and as a document."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request, Response

from exam_service.actor import Actor, Permission
from exam_service.auth.access import require
from exam_service.db import Reading
from exam_service.fairness.document import report_pdf
from exam_service.fairness.overview import read_reports
from exam_service.periods.pages.shell import show
from exam_service.periods.service import get_period
from exam_service.templates import templates_of

router = APIRouter(prefix="/periods/{period_id}/fairness", include_in_schema=False)
Viewer = Annotated[Actor, require(Permission.PERIODS_VIEW)]


@router.get("")
def show_fairness(request: Request, session: Reading, actor: Viewer, period_id: UUID) -> Response:
    period = get_period(session, actor, period_id)
    reports = read_reports(session, period)
    return show(request, session, actor, period_id, "fairness/period.html", tab="fairness", reports=reports)


@router.get("/report.pdf")
def print_fairness(request: Request, session: Reading, actor: Viewer, period_id: UUID) -> Response:
    period = get_period(session, actor, period_id)
    organisation = str(templates_of(request).environment.globals["organisation"])
    body = report_pdf(period, read_reports(session, period), organisation=organisation)
    name = f"cong-bang-{period.code.lower()}.pdf"
    return Response(
        body,
        media_type="application/pdf",
        headers={"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"},
    )
