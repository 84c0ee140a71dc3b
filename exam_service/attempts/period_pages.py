"""The step of a period's page that makes attempts: sealing."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request, Response

from exam_service.actor import Actor, Permission
from exam_service.attempts.sealing import seal_period
from exam_service.auth.access import require
from exam_service.db import Tx, attempting
from exam_service.errors import Invalid, Refusal
from exam_service.http import flash_redirect
from exam_service.i18n import gettext as _
from exam_service.periods.pages.exams import exams_page
from exam_service.periods.pages.forms import Form

router = APIRouter(prefix="/periods/{period_id}", include_in_schema=False)
LONGEST_ENTROPY = 200


@router.post("/seal")
def seal(
    request: Request,
    session: Tx,
    actor: Annotated[Actor, require(Permission.PERIODS_MANAGE)],
    period_id: UUID,
    typed: Form,
) -> Response:
    """Papers are drawn and frozen; what is missing is said on the period's page and nothing has changed."""
    entropy = typed.text("public_entropy").strip()
    try:
        if len(entropy) > LONGEST_ENTROPY:
            raise Invalid(field="public_entropy", reason=_("Giá trị ngẫu nhiên công khai dài quá 200 ký tự."))
        with attempting(session):
            count = seal_period(session, actor, period_id=period_id, public_entropy=entropy)
    except Refusal as refusal:
        return exams_page(request, session, actor, period_id, refusal=refusal)
    sentence = _("Đã niêm phong %(count)s đề thi. Mã cam kết nằm ở mục Niêm phong.", count=count)
    return flash_redirect(f"/periods/{period_id}/evidence", sentence)
