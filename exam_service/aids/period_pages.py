"""The tab "Công cụ, văn bản" of a period: the tools of each exam, and the documents that its candidates may read."""

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, File, Form, Request, Response, UploadFile
from fastapi.responses import RedirectResponse
from sqlalchemy.orm import Session

from exam_service.actor import Actor, Permission
from exam_service.aids import documents, register, tools
from exam_service.aids.content import unpack
from exam_service.aids.documents import LIMIT_MB, DocumentInput
from exam_service.aids.models import PermittedDocument
from exam_service.aids.tools import TOOL_NAMES, ToolsInput
from exam_service.auth.access import require
from exam_service.db import Reading, Tx, attempting
from exam_service.errors import Invalid, NotFound, Refusal
from exam_service.http import flash_redirect, read_upload, refusal_sentence
from exam_service.i18n import gettext as _
from exam_service.i18n import language
from exam_service.periods.models import Exam, PeriodState
from exam_service.periods.pages.forms import Errors, Mistyped, Typed, checked, errors_of, read_form, status_of
from exam_service.periods.pages.shell import period_url, show
from exam_service.periods.service import get_period
from exam_service.settings import PLAYER_TOOLS, Settings
from question_bank.legal.currency import CurrencyState

router = APIRouter(prefix="/periods/{period_id}/aids", include_in_schema=False)
Viewer = Annotated[Actor, require(Permission.PERIODS_VIEW)]
Officer = Annotated[Actor, require(Permission.PERIODS_MANAGE)]
Sent = Annotated[Typed, Depends(read_form)]


@dataclass(frozen=True)
class RefusedTools:
    """A form of tools that was refused: which exam's, what was ticked and typed, and why."""

    exam_id: UUID
    data: ToolsInput
    refusal: Refusal


@router.get("")
def aids_page(request: Request, session: Reading, actor: Viewer, period_id: UUID) -> Response:
    return _overview(request, session, actor, period_id)


@router.post("/exams/{exam_id}/tools")
def save_tools(
    request: Request,
    session: Tx,
    actor: Officer,
    period_id: UUID,
    exam_id: UUID,
    ticked: Annotated[list[str], Form(alias="tools", max_length=20)] = [],  # noqa: B006 - FastAPI copies it
    reason: Annotated[str, Form(max_length=500)] = "",
) -> Response:
    settings: Settings = request.app.state.settings
    data = ToolsInput(tools=ticked, reason=reason)
    try:
        with attempting(session):
            tools.save_tools(
                session, actor, period_id=period_id, exam_id=exam_id, data=data, default=settings.tools
            )
    except NotFound:
        raise
    except Refusal as refusal:
        refused = RefusedTools(exam_id, data, refusal)
        return _overview(request, session, actor, period_id, refused=refused)
    return flash_redirect(period_url(period_id, "/aids"), _("Đã lưu công cụ được dùng."))


def _overview(
    request: Request, session: Session, actor: Actor, period_id: UUID, *, refused: RefusedTools | None = None
) -> Response:
    period = get_period(session, actor, period_id)
    settings: Settings = request.app.state.settings
    exam_ids = [exam.id for exam in period.exams]
    allowed = tools.tools_of(session, exam_ids, default=settings.tools)
    if refused is not None and refused.exam_id in allowed:
        allowed[refused.exam_id] = refused.data.tools
    attached = documents.documents_of(session, exam_ids)
    is_manager = actor.can(Permission.PERIODS_MANAGE)
    return show(
        request,
        session,
        actor,
        period_id,
        "aids/period.html",
        tab="aids",
        status=refused.refusal.status if refused else 200,
        refusal=refusal_sentence(refused.refusal)
        if refused and not isinstance(refused.refusal, Invalid)
        else "",
        refused=refused,
        reason_error=refusal_sentence(refused.refusal)
        if refused and isinstance(refused.refusal, Invalid)
        else "",
        exams=[(exam, allowed[exam.id], attached[exam.id]) for exam in period.exams],
        changes=tools.changes_after_seal(session, exam_ids),
        tool_names=[(name, _(TOOL_NAMES[name])) for name in PLAYER_TOOLS],
        may_change_tools=is_manager and period.state in tools.CHANGEABLE,
        is_sealed=period.state == PeriodState.SEALED,
        may_change_documents=is_manager and period.state == PeriodState.DRAFT,
    )


@router.get("/exams/{exam_id}/documents/new")
def new_document(
    request: Request, session: Reading, actor: Officer, period_id: UUID, exam_id: UUID
) -> Response:
    return _form(request, session, actor, period_id, exam_id=exam_id)


async def uploaded(file: Annotated[UploadFile | str | None, File()] = None) -> tuple[str, bytes]:
    """The name and the bytes of the file, empty when none was chosen. Raises BodyTooLarge."""
    if file is None or isinstance(file, str) or not file.filename:
        return "", b""
    return file.filename, await read_upload(file, limit_mb=LIMIT_MB)


@router.post("/exams/{exam_id}/documents")
def add_document(
    request: Request,
    session: Tx,
    actor: Officer,
    period_id: UUID,
    exam_id: UUID,
    typed: Sent,
    upload: Annotated[tuple[str, bytes], Depends(uploaded)],
) -> Response:
    """On to the preview; nothing reaches candidates before it is confirmed there."""
    name, data = upload
    try:
        given = _given(typed, file_name=name)
        with attempting(session):
            document = documents.add_document(
                session,
                actor,
                period_id=period_id,
                exam_id=exam_id,
                data=given,
                file=data,
                file_name=name,
            )
    except (Mistyped, Refusal) as problem:
        return _form(request, session, actor, period_id, exam_id=exam_id, typed=typed, problem=problem)
    return RedirectResponse(period_url(period_id, f"/aids/documents/{document.id}"), status_code=303)


def _given(typed: Typed, *, file_name: str) -> DocumentInput:
    """Raises Mistyped."""
    if not file_name:
        raise Mistyped({"file": _("Hãy chọn tệp văn bản.")})
    return checked(DocumentInput, typed.texts("number", "title", "issued_on"))


def _form(
    request: Request,
    session: Session,
    actor: Actor,
    period_id: UUID,
    *,
    exam_id: UUID,
    typed: Typed | None = None,
    problem: Mistyped | Refusal | None = None,
) -> Response:
    errors: Errors = errors_of(problem)
    exam = _exam_of(session, actor, period_id, exam_id)
    return show(
        request,
        session,
        actor,
        period_id,
        "aids/document_form.html",
        tab="aids",
        status=status_of(problem),
        exam=exam,
        typed=typed or Typed(),
        errors=errors,
        refusal=errors["form"],
        offered=register.offered_documents(session),
        limit_mb=LIMIT_MB,
    )


def _exam_of(session: Session, actor: Actor, period_id: UUID, exam_id: UUID) -> Exam:
    exams = get_period(session, actor, period_id).exams
    exam = next((one for one in exams if one.id == exam_id), None)
    if exam is None:
        raise NotFound
    return exam


@router.get("/documents/{document_id}")
def show_document(
    request: Request, session: Reading, actor: Viewer, period_id: UUID, document_id: UUID
) -> Response:
    """The document as candidates read it, with what was found and what to look at."""
    document = documents.get_document(session, actor, period_id=period_id, document_id=document_id)
    return _document_page(request, session, actor, period_id, document)


def _document_page(
    request: Request,
    session: Session,
    actor: Actor,
    period_id: UUID,
    document: PermittedDocument,
    *,
    refusal: Refusal | None = None,
) -> Response:
    period = get_period(session, actor, period_id)
    packed = documents.packed_content(session, document.sha256)
    known = {document.legal_document_id} if document.legal_document_id else set()
    standing = register.standings_on(session, known, on=period.reference_date).get(
        document.legal_document_id or document.id
    )
    is_draft = actor.can(Permission.PERIODS_MANAGE) and period.state == PeriodState.DRAFT
    return show(
        request,
        session,
        actor,
        period_id,
        "aids/document.html",
        tab="aids",
        status=refusal.status if refusal else 200,
        refusal=refusal_sentence(refusal) if refusal else "",
        exam=_exam_of(session, actor, period_id, document.exam_id),
        document=document,
        sections=unpack(packed)["sections"],
        packed_kb=-(-len(packed) // 1000),
        findings=[found[language().value] for found in document.findings],
        standing=standing.sentence(language().value) if standing else "",
        is_in_force=standing is None or standing.state is CurrencyState.IN_FORCE,
        may_change=is_draft,
    )


@router.post("/documents/{document_id}/confirm")
def confirm_document(
    request: Request, session: Tx, actor: Officer, period_id: UUID, document_id: UUID
) -> Response:
    try:
        with attempting(session):
            document = documents.confirm_document(
                session, actor, period_id=period_id, document_id=document_id
            )
    except NotFound:
        raise
    except Refusal as refusal:
        document = documents.get_document(session, actor, period_id=period_id, document_id=document_id)
        return _document_page(request, session, actor, period_id, document, refusal=refusal)
    return flash_redirect(
        period_url(period_id, "/aids"), _("Thí sinh được dùng: %(name)s.", name=document.name[:150])
    )


@router.post("/documents/{document_id}/remove")
def remove_document(
    request: Request, session: Tx, actor: Officer, period_id: UUID, document_id: UUID
) -> Response:
    try:
        with attempting(session):
            document = documents.remove_document(session, actor, period_id=period_id, document_id=document_id)
    except NotFound:
        raise
    except Refusal as refusal:
        document = documents.get_document(session, actor, period_id=period_id, document_id=document_id)
        return _document_page(request, session, actor, period_id, document, refusal=refusal)
    return flash_redirect(period_url(period_id, "/aids"), _("Đã gỡ: %(name)s.", name=document.name[:150]))
