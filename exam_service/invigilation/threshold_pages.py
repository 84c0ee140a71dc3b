"""The page on which the officer of a period says from when on its boards call something trouble."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlalchemy.orm import Session

from exam_service.actor import Actor, Permission
from exam_service.auth.access import require
from exam_service.db import Reading, Tx, attempting
from exam_service.errors import Refusal
from exam_service.http import flash_redirect
from exam_service.i18n import gettext as _
from exam_service.invigilation.forms import Form, Mistyped, Shown, checked, refused
from exam_service.invigilation.thresholds import USUAL, ThresholdInput, save_thresholds, thresholds_of
from exam_service.periods import service as periods
from exam_service.templates import render

router = APIRouter(prefix="/periods/{period_id}/board-thresholds", include_in_schema=False)
Officer = Annotated[Actor, require(Permission.PERIODS_MANAGE)]
VERB = "board-thresholds"


@router.get("")
def thresholds_page(request: Request, session: Reading, actor: Officer, period_id: UUID) -> Response:
    return _page(request, session, actor, period_id, Shown())


@router.post("")
def save(request: Request, session: Tx, actor: Officer, period_id: UUID, typed: Form) -> Response:
    try:
        data = checked(ThresholdInput, typed)
        with attempting(session):
            save_thresholds(session, actor, period_id=period_id, data=data)
    except (Mistyped, Refusal) as problem:
        return _page(
            request, session, actor, period_id, refused(VERB, typed, problem, main="offline_after_s")
        )
    sentence = _("Đã lưu ngưỡng cảnh báo. Bảng thí sinh của kỳ dùng ngay từ lần cập nhật tới.")
    return flash_redirect(f"/periods/{period_id}/board-thresholds", sentence)


def _page(request: Request, session: Session, actor: Actor, period_id: UUID, shown: Shown) -> Response:
    return render(
        request,
        "invigilation/thresholds.html",
        status=shown.status,
        period=periods.get_period(session, actor, period_id),
        limits=thresholds_of(session, [period_id]).get(period_id, USUAL),
        usual=USUAL,
        shown=shown,
    )
