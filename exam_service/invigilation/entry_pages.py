"""The room's page about entering: the code to read out, what is asked, and waivers for single candidates."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response
from pydantic import ValidationError
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from exam_service.actor import Actor, Permission
from exam_service.attempts.models import Attempt
from exam_service.auth.access import require
from exam_service.db import Reading, Tx, attempting
from exam_service.entry import service as entry
from exam_service.entry.codes import SHOWN_BEFORE, generation_of, renew_sitting_code, sitting_codes_of
from exam_service.entry.models import Condition
from exam_service.entry.service import WaiverInput
from exam_service.errors import Refusal
from exam_service.http import flash_redirect, refusal_sentence
from exam_service.i18n import gettext as _
from exam_service.invigilation.clocks import shifted_start
from exam_service.invigilation.service import check_seated, get_sitting
from exam_service.periods.models import Candidate
from exam_service.templates import render

router = APIRouter(prefix="/rooms/{sitting_id}/access", include_in_schema=False)
Invigilator = Annotated[Actor, require(Permission.INVIGILATE)]
Line = Annotated[str, Form(max_length=1000)]


@dataclass(frozen=True)
class Shown:
    """What the page shows again: the waiver as typed, and what is wrong with it."""

    attempt_id: str = ""
    condition: str = ""
    reason: str = ""
    error: str = ""
    status: int = 200


@router.get("")
def access_page(
    request: Request, session: Reading, actor: Invigilator, sitting_id: UUID, attempt: str = ""
) -> Response:
    """`attempt` chooses the candidate of the form beforehand."""
    return _page(request, session, actor, sitting_id, Shown(attempt_id=attempt[:40]))


@router.post("/code")
def renew_code(session: Tx, actor: Invigilator, sitting_id: UUID) -> Response:
    """Another code, when the old one has left the room."""
    get_sitting(session, actor, sitting_id)
    renew_sitting_code(session, actor, sitting_id)
    return flash_redirect(f"/rooms/{sitting_id}/access", _("Đã đổi mã. Hãy đọc mã mới cho người chưa vào."))


@router.post("/waivers")
def waive(
    request: Request,
    session: Tx,
    actor: Invigilator,
    sitting_id: UUID,
    attempt_id: Line = "",
    condition: Line = "",
    reason: Line = "",
) -> Response:
    """The candidate may enter without the condition."""
    shown = Shown(attempt_id, condition, reason)
    try:
        data = WaiverInput.model_validate(
            {"attempt_id": attempt_id, "condition": condition, "reason": reason}
        )
        check_seated(session, actor, sitting_id=sitting_id, attempt_id=data.attempt_id)
        attempt = session.get_one(Attempt, data.attempt_id)
        with attempting(session):
            entry.waive(session, actor, attempt.candidate_id, condition=data.condition, reason=data.reason)
    except ValidationError:
        error = _("Chọn thí sinh, điều kiện, và ghi lý do từ 3 đến 500 ký tự.")
        return _page(
            request, session, actor, sitting_id, Shown(attempt_id, condition, reason, error, status=422)
        )
    except Refusal as refusal:
        again = Shown(shown.attempt_id, condition, reason, refusal_sentence(refusal), status=refusal.status)
        return _page(request, session, actor, sitting_id, again)
    return flash_redirect(
        f"/rooms/{sitting_id}/access", _("Đã miễn điều kiện. Thí sinh tải lại trang để vào.")
    )


def _page(request: Request, session: Session, actor: Actor, sitting_id: UUID, shown: Shown) -> Response:
    sitting = get_sitting(session, actor, sitting_id)
    now: datetime = session.execute(select(func.clock_timestamp())).scalar_one()
    shown_from = shifted_start(session, sitting) - SHOWN_BEFORE
    code = sitting_codes_of(request).code(sitting_id, generation_of(session, sitting_id))
    rows = session.execute(
        select(Attempt.id, Candidate.number, Candidate.full_name)
        .join(Candidate, Candidate.id == Attempt.candidate_id)
        .where(Attempt.sitting_id == sitting_id)
        .order_by(Candidate.number)
    )
    return render(
        request,
        "invigilation/access.html",
        status=shown.status,
        sitting=sitting,
        asked=entry.asked_in(session, sitting),
        Condition=Condition,
        networks=entry.networks_of(session, sitting.exam.period_id).get(sitting.room, []),
        code=f"{code[:3]} {code[3:]}" if now >= shown_from else "",
        shown_from=shown_from,
        seats=[(str(attempt_id), f"{number} · {full_name}") for attempt_id, number, full_name in rows],
        waivers=entry.waivers_of(session, sitting_id),
        shown=shown,
    )
