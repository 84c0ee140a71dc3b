"""The step of a period's page that makes attempts: the second person's confirmation, after which papers are drawn."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request, Response
from sqlalchemy.orm import Session

from exam_service.actor import Actor, Permission
from exam_service.auth.access import require
from exam_service.db import Tx, attempting
from exam_service.errors import Refusal
from exam_service.http import flash_redirect
from exam_service.i18n import gettext as _
from exam_service.invigilation.sealing import draw_period
from exam_service.periods import ceremony
from exam_service.periods.pages.draws import draw_page
from exam_service.periods.pages.forms import Form
from exam_service.periods.vault import vault_of
from exam_service.settings import Settings

router = APIRouter(prefix="/periods/{period_id}", include_in_schema=False)


@router.post("/draw/confirm")
def confirm(
    request: Request,
    session: Tx,
    actor: Annotated[Actor, require(Permission.PERIODS_VIEW)],
    period_id: UUID,
    typed: Form,
) -> Response:
    """Step 2, second person. Papers are drawn and frozen at once, or in the background when they are many; what stands
    in the way is said on the page and nothing has changed."""
    try:
        with attempting(session):
            sentence = _confirm(session, actor, period_id, typed.text("again"), request=request)
    except Refusal as refusal:
        return draw_page(request, session, actor, period_id, refusal=refusal)
    return flash_redirect(f"/periods/{period_id}/evidence", sentence)


def _confirm(session: Session, actor: Actor, period_id: UUID, numbers: str, *, request: Request) -> str:
    settings: Settings = request.app.state.settings
    confirmed = ceremony.confirm_numbers(session, actor, period_id=period_id, text=numbers)
    if ceremony.is_large(confirmed):
        return _("Hai người đã xác nhận dãy số. Hệ thống đang bốc đề; trang này cho biết tiến độ.")
    count = draw_period(session, actor, ceremony=confirmed, vault=vault_of(request), tools=settings.tools)
    return _("Đã niêm phong %(count)s đề thi. Mã cam kết nằm ở mục Niêm phong.", count=count)
