"""Pages of converted marks: what each exam declared and what came of it, the table of a paper, files to print."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from exam_service.actor import Actor, Permission
from exam_service.auth.access import require
from exam_service.calibration import conversion_view
from exam_service.calibration.conversion_sheet import conversion_sheet
from exam_service.db import Reading
from exam_service.errors import NotFound
from exam_service.templates import render, templates_of

router = APIRouter(prefix="/marking/{period_id}/conversion", include_in_schema=False)
Viewer = Annotated[Actor, require(Permission.MARKING_VIEW)]
Number = Annotated[str | None, Query(max_length=20)]


@router.get("")
def show_conversions(
    request: Request, session: Reading, actor: Viewer, period_id: UUID, number: Number = None
) -> Response:
    """What was declared and made; with a candidate's number the table of that paper."""
    period, views = conversion_view.view_conversions(session, actor, period_id=period_id)
    asked = (number or "").strip()
    papers = [
        (
            view.exam,
            table,
            conversion_view.mark_lines(table.worth, table.max_points, step=view.exam.mark_step),
        )
        for view in views
        if view.made and asked
        for table in conversion_view.paper_tables(session, view.made, number=asked)
    ]
    return render(
        request,
        "calibration/conversion.html",
        period=period,
        views=views,
        number=asked,
        paper=papers[0] if papers else None,
        tab="conversion",
    )


@router.get("/{exam_id}.csv")
def conversion_csv(session: Reading, actor: Viewer, period_id: UUID, exam_id: UUID) -> Response:
    """The tables of all papers, exact."""
    _period, exam, made = conversion_view.get_conversion(session, actor, period_id=period_id, exam_id=exam_id)
    text = conversion_view.tables_csv(conversion_view.paper_tables(session, made))
    return _file(text.encode(), f"quy-doi-{exam.code.lower()}.csv", media_type="text/csv; charset=utf-8")


@router.get("/{exam_id}.pdf")
def conversion_pdf(
    request: Request, session: Reading, actor: Viewer, period_id: UUID, exam_id: UUID, number: Number = None
) -> Response:
    """All papers at every tenth of the points; with a candidate's number that paper at every mark."""
    period, exam, made = conversion_view.get_conversion(session, actor, period_id=period_id, exam_id=exam_id)
    tables = list(conversion_view.paper_tables(session, made, number=number))
    if not tables:
        raise NotFound
    organisation = str(templates_of(request).environment.globals["organisation"])
    sheet = conversion_sheet(period, exam, made, tables=tables, organisation=organisation)
    return _file(sheet, f"quy-doi-{exam.code.lower()}.pdf", media_type="application/pdf")


def _file(content: bytes, name: str, *, media_type: str) -> Response:
    return Response(
        content,
        media_type=media_type,
        headers={"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"},
    )
