"""Images of the banks: the files themselves, the list of a bank with where each is used, uploading and deleting."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, File, Form, Request, Response, UploadFile
from sqlalchemy.orm import Session

from exam_service.actor import Actor, Permission
from exam_service.bank.access import get_bank
from exam_service.bank.media import showing, storing
from exam_service.bank.media.answers import image_answer
from exam_service.bank.models import Bank
from exam_service.bank.pages.frame import Author, Reviewer, Viewer, go_on, show
from exam_service.db import Reading, Tx, attempting
from exam_service.errors import Refusal
from exam_service.http import refusal_sentence
from exam_service.i18n import gettext as _
from question_bank.media import MAX_INPUT_BYTES

router = APIRouter()
YEAR_S = 365 * 86400
LIMIT_MB = MAX_INPUT_BYTES // storing.MB


async def read_image(file: Annotated[UploadFile | None, File()] = None) -> bytes:
    """The bytes of the form's file field, up to one over the limit (the cleaning refuses what is larger)."""
    return b"" if file is None else await file.read(MAX_INPUT_BYTES + 1)


@router.get("/media")
def list_media(request: Request, session: Reading, actor: Viewer, bank: str) -> Response:
    return _list_page(request, session, actor, bank=get_bank(session, actor, code=bank))


@router.get("/media/choose")
def choose_media(request: Request, session: Reading, actor: Author, bank: str) -> Response:
    """The images of the bank as choices of the editor's dialog."""
    found = get_bank(session, actor, code=bank)
    images = [stored.image for stored in showing.images_of(session, found.id)]
    return show(request, session, actor, "_media_choices", images=images, chosen="")


@router.post("/media")
def upload_media(
    request: Request,
    session: Tx,
    actor: Author,
    data: Annotated[bytes, Depends(read_image)],
    bank: Annotated[str, Form()],
) -> Response:
    """The image as a choice for the editor's dialog; for the page of images, the list again."""
    found = get_bank(session, actor, code=bank)
    is_dialog = bool(request.headers.get("HX-Request"))
    try:
        with attempting(session):
            image = storing.store_image(session, actor, bank_id=found.id, data=data)
    except Refusal as refusal:
        if is_dialog:
            return show(
                request,
                session,
                actor,
                "_media_choices",
                status=refusal.status,
                images=[],
                chosen="",
                refusal=refusal_sentence(refusal),
            )
        return _list_page(request, session, actor, bank=found, refusal=refusal)
    if is_dialog:
        return show(request, session, actor, "_media_choices", images=[image], chosen=image.name)
    return go_on(request, f"/bank/media?bank={found.code}", _("Đã lưu hình."))


@router.post("/media/quota")
def set_quota(
    request: Request,
    session: Tx,
    actor: Reviewer,
    bank: Annotated[str, Form()],
    quota_mb: Annotated[int, Form()],
) -> Response:
    found = get_bank(session, actor, code=bank)
    storing.set_media_quota(session, actor, bank_id=found.id, quota_mb=quota_mb)
    return go_on(request, f"/bank/media?bank={found.code}", _("Đã đổi dung lượng hình của ngân hàng."))


@router.post("/media/{name}/delete")
def delete_media(
    request: Request, session: Tx, actor: Author, name: str, bank: Annotated[str, Form()]
) -> Response:
    found = get_bank(session, actor, code=bank)
    try:
        with attempting(session):
            storing.delete_image(session, actor, bank_id=found.id, name=name)
    except storing.ImageInUse as refusal:
        return _list_page(request, session, actor, bank=found, refusal=refusal)
    return go_on(request, f"/bank/media?bank={found.code}", _("Đã xóa hình."))


@router.get("/media/{name}")
def show_media(session: Reading, actor: Viewer, name: str) -> Response:
    return image_answer(showing.image_file(session, actor, name), max_age_s=YEAR_S)


@router.get("/imports/{import_id}/media/{name}")
def show_import_media(session: Reading, actor: Author, import_id: UUID, name: str) -> Response:
    file = showing.import_image_file(session, actor, import_id=import_id, name=name)
    return image_answer(file, max_age_s=YEAR_S)


def _list_page(
    request: Request, session: Session, actor: Actor, *, bank: Bank, refusal: Refusal | None = None
) -> Response:
    return show(
        request,
        session,
        actor,
        "media",
        status=refusal.status if refusal else 200,
        bank=bank,
        images=showing.images_of(session, bank.id),
        used_mb=storing.used_bytes(session, bank.id) / storing.MB,
        refusal=refusal_sentence(refusal) if refusal else "",
        limit_mb=LIMIT_MB,
        may_author=actor.can(Permission.BANK_AUTHOR),
        may_shape=actor.can(Permission.BANK_REVIEW) and actor.bank_position_ids is None,
    )
