"""Importing a file of documents: first what it would do, then doing it."""

import base64
from typing import Annotated

from fastapi import APIRouter, Depends, File, Form, Request, Response, UploadFile
from sqlalchemy.orm import Session

from exam_service.actor import Actor, Permission
from exam_service.auth.access import require
from exam_service.bank.legal import imports
from exam_service.bank.legal.access import check_may_keep_register
from exam_service.bank.legal.imports import RegisterImport
from exam_service.bank.pages.frame import go_on, show
from exam_service.db import Reading, Tx
from exam_service.http import read_upload
from exam_service.i18n import format_number, language
from exam_service.i18n import gettext as _
from question_bank.formats.refusal import UnreadableFile
from question_bank.legal.register_file import HEADINGS

router = APIRouter(prefix="/import")
Keeper = Annotated[Actor, require(Permission.REGISTER_KEEP)]
LIMIT_MB = 2


async def uploaded(file: Annotated[UploadFile, File()]) -> tuple[str, bytes]:
    """The name and the bytes of the file. Raises BodyTooLarge."""
    return file.filename or "", await read_upload(file, limit_mb=LIMIT_MB)


@router.get("")
def show_import(request: Request, session: Reading, actor: Keeper) -> Response:
    check_may_keep_register(actor)
    return _page(request, session, actor)


@router.post("")
def preview(
    request: Request, session: Tx, actor: Keeper, upload: Annotated[tuple[str, bytes], Depends(uploaded)]
) -> Response:
    """What each row would do; nothing is written."""
    name, data = upload
    try:
        plan = imports.preview_import(session, actor, data=data, file_name=name)
    except UnreadableFile as refused:
        return _page(request, session, actor, error=refused.message(language().value))
    return _page(request, session, actor, plan=plan, name=name, data=base64.b64encode(data).decode())


@router.post("/commit")
def commit(
    request: Request,
    session: Tx,
    actor: Keeper,
    data: Annotated[str, Form()] = "",
    name: Annotated[str, Form(max_length=300)] = "",
) -> Response:
    """The file that was previewed is read again and taken."""
    try:
        content = base64.b64decode(data, validate=True)
    except ValueError:  # not Base64, or not whole
        return _page(request, session, actor, error=_("Tệp chưa được gửi trọn vẹn. Hãy chọn lại tệp."))
    try:
        done = imports.commit_import(session, actor, data=content, file_name=name)
    except UnreadableFile as refused:
        return _page(request, session, actor, error=refused.message(language().value))
    return go_on(request, "/bank/legal", _sentence(done))


@router.post("/starter")
def add_starter(request: Request, session: Tx, actor: Keeper) -> Response:
    """The documents that come with the software."""
    return go_on(request, "/bank/legal", _sentence(imports.add_starter_register(session, actor)))


def _sentence(done: RegisterImport) -> str:
    return _(
        "Đã thêm %(new)s văn bản, bổ sung %(filled)s, ghi nhận %(changes)s thay đổi; tạm ngừng %(suspended)s câu hỏi.",
        new=format_number(done.count(imports.NEW)),
        filled=format_number(done.count(imports.FILLED)),
        changes=format_number(done.changes),
        suspended=format_number(done.suspended),
    )


@router.get("/template.csv", dependencies=[require(Permission.REGISTER_KEEP)])
def download_template() -> Response:
    """A file with the columns that an import reads."""
    headers = {"Content-Disposition": 'attachment; filename="mau_danh_muc_van_ban.csv"'}
    body = (";".join(HEADINGS.values()) + "\r\n").encode("utf-8-sig")
    return Response(body, media_type="text/csv; charset=utf-8", headers=headers)


def _page(
    request: Request,
    session: Session,
    actor: Actor,
    *,
    plan: RegisterImport | None = None,
    name: str = "",
    data: str = "",
    error: str = "",
) -> Response:
    return show(
        request,
        session,
        actor,
        "legal/import",
        tab="legal",
        status=422 if error else 200,
        plan=plan,
        file_name=name,
        data=data,
        errors={"file": error} if error else {},
        limit_mb=LIMIT_MB,
    )
