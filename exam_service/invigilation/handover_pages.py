"""Pages about machines: the PIN that moves a test, "Nhận tệp bài làm", and late answers to decide."""

import base64
import binascii
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, File, Form, Request, UploadFile
from fastapi.responses import Response
from pydantic import ValidationError
from sqlalchemy.orm import Session

from exam_service.actor import Actor, Permission
from exam_service.attempts.answer_files import LARGEST_FILE, FileTooLarge, NotAnAnswerFile
from exam_service.attempts.deliveries import answer_text
from exam_service.attempts.evidence_models import Verdict
from exam_service.attempts.keys import keys_of
from exam_service.attempts.verdicts import VerdictInput
from exam_service.auth.access import require
from exam_service.db import Reading, Tx, attempting
from exam_service.errors import Refusal
from exam_service.http import flash_redirect, refusal_sentence
from exam_service.i18n import gettext as _
from exam_service.invigilation import board, handover
from exam_service.invigilation.schemas import ReasonInput
from exam_service.templates import render

router = APIRouter(prefix="/rooms/{sitting_id}", include_in_schema=False)
Invigilator = Annotated[Actor, require(Permission.INVIGILATE)]
Officer = Annotated[Actor, require(Permission.PERIODS_MANAGE)]
Typed = Annotated[str, Form(max_length=2000)]


async def uploaded(file: Annotated[UploadFile, File()]) -> bytes:
    """The bytes of the file. Raises FileTooLarge before more than the limit is held in memory."""
    data = await file.read(LARGEST_FILE + 1)
    if len(data) > LARGEST_FILE:
        raise FileTooLarge(limit_mb=LARGEST_FILE // 2**20)
    return data


@router.get("/attempts/{attempt_id}/pin")
def pin_page(
    request: Request, session: Reading, actor: Invigilator, sitting_id: UUID, attempt_id: UUID
) -> Response:
    return _person_page(request, session, actor, (sitting_id, attempt_id), "invigilation/pin.html")


@router.post("/attempts/{attempt_id}/pin")
def give_pin(
    request: Request,
    session: Tx,
    actor: Invigilator,
    sitting_id: UUID,
    attempt_id: UUID,
    reason: Typed = "",
) -> Response:
    """A PIN to read out; it is shown on the answer to this and nowhere else."""
    ids = (sitting_id, attempt_id)
    template = "invigilation/pin.html"
    try:
        data = ReasonInput(reason=reason)
        with attempting(session):
            issued = handover.give_pin(
                session, actor, sitting_id=sitting_id, attempt_id=attempt_id, data=data, keys=keys_of(request)
            )
    except ValidationError:
        return _person_page(
            request, session, actor, ids, template, status=422, reason=reason, error=_reason_missing()
        )
    except Refusal as refusal:
        sentence = refusal_sentence(refusal)
        return _person_page(request, session, actor, ids, template, status=refusal.status, error=sentence)
    return _person_page(request, session, actor, ids, template, issued=issued)


@router.get("/attempts/{attempt_id}/file")
def file_page(
    request: Request, session: Reading, actor: Invigilator, sitting_id: UUID, attempt_id: UUID
) -> Response:
    return _person_page(request, session, actor, (sitting_id, attempt_id), "invigilation/file.html")


@router.post("/attempts/{attempt_id}/file")
def check_file(
    request: Request,
    session: Tx,
    actor: Invigilator,
    sitting_id: UUID,
    attempt_id: UUID,
    data: Annotated[bytes, Depends(uploaded)],
) -> Response:
    """What the file is and what it adds; nothing is written before the confirmation."""
    ids = (sitting_id, attempt_id)
    template = "invigilation/file.html"
    try:
        opened = handover.check_file(
            session, actor, sitting_id=sitting_id, attempt_id=attempt_id, data=data, keys=keys_of(request)
        )
    except Refusal as refusal:
        sentence = refusal_sentence(refusal)
        return _person_page(request, session, actor, ids, template, status=refusal.status, error=sentence)
    spelled = base64.b64encode(data).decode()
    return _person_page(request, session, actor, ids, template, opened=opened, data=spelled)


@router.post("/attempts/{attempt_id}/file/confirm")
def take_file(
    request: Request,
    session: Tx,
    actor: Invigilator,
    sitting_id: UUID,
    attempt_id: UUID,
    data: Annotated[str, Form()] = "",
) -> Response:
    """The file that was shown is checked again and received."""
    ids = (sitting_id, attempt_id)
    try:
        content = _unspelled(data)
        with attempting(session):
            delivery = handover.take_file(
                session,
                actor,
                sitting_id=sitting_id,
                attempt_id=attempt_id,
                data=content,
                keys=keys_of(request),
            )
    except Refusal as refusal:
        sentence = refusal_sentence(refusal)
        return _person_page(
            request, session, actor, ids, "invigilation/file.html", status=refusal.status, error=sentence
        )
    waiting = [row for row in delivery.responses if row.verdict is None]
    if waiting:
        sentence = _("Đã nhận tệp. %(count)s câu trả lời chờ hội đồng quyết định.", count=len(waiting))
        return flash_redirect(f"/rooms/{sitting_id}/deliveries", sentence)
    # An open page of the player shows what it had, and what it sends next would go over what the file brought.
    sentence = _(
        "Đã nhận tệp. %(count)s câu trả lời đã được lưu vào bài làm. "
        "Nếu bài thi đang mở trên máy, hãy yêu cầu thí sinh tải lại trang trước khi làm tiếp.",
        count=len(delivery.responses),
    )
    return flash_redirect(f"/rooms/{sitting_id}/attempts/{attempt_id}", sentence)


@router.get("/deliveries")
def deliveries_page(request: Request, session: Reading, actor: Invigilator, sitting_id: UUID) -> Response:
    """Answers that came after the end or by file: for the minutes, and for decision."""
    return _deliveries(request, session, actor, sitting_id)


@router.post("/deliveries/{delivery_id}")
def decide(
    request: Request,
    session: Tx,
    actor: Officer,
    sitting_id: UUID,
    delivery_id: UUID,
    verdict: Annotated[Verdict, Form()],
    reason: Typed = "",
) -> Response:
    """The council's officer accepts or refuses what a delivery brought."""
    try:
        data = VerdictInput(verdict=verdict, reason=reason)
        with attempting(session):
            newer = handover.decide(session, actor, sitting_id=sitting_id, delivery_id=delivery_id, data=data)
    except ValidationError:
        return _deliveries(
            request, session, actor, sitting_id, status=422, error=_reason_missing(), refused_id=delivery_id
        )
    except Refusal as refusal:
        sentence = refusal_sentence(refusal)
        return _deliveries(
            request,
            session,
            actor,
            sitting_id,
            status=refusal.status,
            error=sentence,
            refused_id=delivery_id,
        )
    page = f"/rooms/{sitting_id}/deliveries"
    if newer:
        slots = ", ".join(str(slot) for slot in newer)
        return flash_redirect(
            page, _("Đã ghi quyết định. Câu %(slots)s đã có câu trả lời mới hơn nên giữ nguyên.", slots=slots)
        )
    return flash_redirect(page, _("Đã ghi quyết định."))


def _reason_missing() -> str:
    return _("Ghi lý do, ít nhất 3 và nhiều nhất 500 ký tự.")


def _unspelled(data: str) -> bytes:
    try:
        return base64.b64decode(data, validate=True)
    except (binascii.Error, ValueError) as error:
        raise NotAnAnswerFile from error


def _person_page(
    request: Request,
    session: Session,
    actor: Actor,
    ids: tuple[UUID, UUID],
    template: str,
    *,
    status: int = 200,
    **context: Any,
) -> Response:
    sitting_id, attempt_id = ids
    loaded = board.load_board(session, actor, sitting_id)
    shown = {"issued": None, "opened": None, "error": None, "reason": "", "data": "", **context}
    return render(
        request,
        template,
        status=status,
        board=loaded,
        row=board.row_of(loaded, attempt_id),
        displaced=handover.list_displaced(session, actor, sitting_id=sitting_id, attempt_id=attempt_id),
        refused=handover.refused_evidence(session, actor, sitting_id=sitting_id, attempt_id=attempt_id),
        answer_text=answer_text,
        limit_mb=LARGEST_FILE // 2**20,
        **shown,
    )


def _deliveries(
    request: Request,
    session: Session,
    actor: Actor,
    sitting_id: UUID,
    *,
    status: int = 200,
    error: str | None = None,
    refused_id: UUID | None = None,
) -> Response:
    return render(
        request,
        "invigilation/deliveries.html",
        status=status,
        board=board.load_board(session, actor, sitting_id),
        lines=handover.list_deliveries(session, actor, sitting_id),
        may_decide=actor.can(Permission.PERIODS_MANAGE),
        answer_text=answer_text,
        error=error,
        refused_id=refused_id,
    )
