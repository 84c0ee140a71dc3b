"""The page of a period's calibration, for those who look after marking."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request, Response

from exam_service.actor import Actor, Permission
from exam_service.auth.access import require
from exam_service.calibration import overview
from exam_service.calibration.service import MARKED, calibrate_period
from exam_service.db import Reading, Tx
from exam_service.http import flash_redirect
from exam_service.i18n import format_number
from exam_service.i18n import gettext as _
from exam_service.templates import render

router = APIRouter(prefix="/marking", include_in_schema=False)
Viewer = Annotated[Actor, require(Permission.MARKING_VIEW)]
Runner = Annotated[Actor, require(Permission.MARKING_RUN)]


@router.get("/{period_id}/calibration")
def show_calibration(request: Request, session: Reading, actor: Viewer, period_id: UUID) -> Response:
    period, views = overview.view_calibrations(session, actor, period_id=period_id)
    return render(
        request,
        "calibration/period.html",
        period=period,
        views=views,
        may_run=actor.can(Permission.MARKING_RUN) and period.state in MARKED,
        tab="calibration",
    )


@router.post("/{period_id}/calibration")
def run_calibration(session: Tx, actor: Runner, period_id: UUID) -> Response:
    rows = calibrate_period(session, actor, period_id=period_id)
    items = sum(row.items for row in rows)
    return flash_redirect(
        f"/marking/{period_id}/calibration", _("Đã hiệu chuẩn %(count)s câu hỏi.", count=format_number(items))
    )
