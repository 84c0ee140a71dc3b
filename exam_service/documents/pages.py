"""Pages of documents: what a period or a room can print, one document with its versions, and checking a print."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response
from sqlalchemy.orm import Session

from exam_service.actor import Actor, Permission
from exam_service.auth.access import require
from exam_service.db import Reading, Tx, attempting
from exam_service.documents import overview, service
from exam_service.documents.models import PrintFormat
from exam_service.documents.subjects import Letterhead, visible_sitting
from exam_service.errors import Refusal
from exam_service.http import flash_redirect, refusal_sentence
from exam_service.i18n import gettext as _
from exam_service.official import pdf
from exam_service.periods import service as periods
from exam_service.periods.pages.forms import Form as TypedForm
from exam_service.periods.pages.forms import Typed
from exam_service.periods.pages.shell import show
from exam_service.settings import Settings
from exam_service.templates import render

router = APIRouter(include_in_schema=False)
Officer = Annotated[Actor, require(Permission.PERIODS_VIEW)]
Viewer = Annotated[Actor, require(Permission.INVIGILATE, Permission.PERIODS_VIEW)]


@router.get("/periods/{period_id}/documents")
def period_page(request: Request, session: Reading, actor: Officer, period_id: UUID) -> Response:
    """The tab "Hồ sơ – biên bản": documents of the period, and a line for each sitting."""
    period = periods.get_period(session, actor, period_id)
    lines = overview.period_lines(session, actor, period)
    rooms = overview.rooms_of(session, actor, period)
    return show(
        request,
        session,
        actor,
        period_id,
        "documents/period.html",
        tab="documents",
        lines=lines,
        rooms=rooms,
        kinds=overview.regular_kinds(actor),
        waiting=sum(line.is_waiting for line in lines) + sum(room.waiting for room in rooms),
    )


@router.get("/documents/rooms/{sitting_id}")
def room_page(request: Request, session: Reading, actor: Viewer, sitting_id: UUID) -> Response:
    """The documents of one sitting, those of its violations and incidents among them."""
    sitting = visible_sitting(session, actor, sitting_id)
    lines = overview.sitting_lines(session, actor, sitting)
    return render(request, "documents/room.html", sitting=sitting, lines=lines)


@router.get("/documents/check")
def check_page(request: Request, session: Reading, actor: Viewer, code: str = "") -> Response:
    """Which document a print is of, by the code at its foot."""
    document = service.find_by_hash(session, actor, code[:200]) if code.strip() else None
    return render(request, "documents/check.html", code=code[:200], document=document)


@router.post("/documents/issued/{document_id}/print")
def print_document(
    session: Tx, actor: Viewer, document_id: UUID, print_format: Annotated[PrintFormat, Form(alias="format")]
) -> Response:
    """The file; it says which print it is."""
    file = service.print_document(session, actor, document_id, print_format=print_format)
    headers = {"Content-Disposition": f'attachment; filename="{file.name}"', "Cache-Control": "no-store"}
    return Response(file.data, media_type=file.media_type, headers=headers)


@router.get("/documents/{code}/{subject_id}")
def document_page(request: Request, session: Reading, actor: Viewer, code: str, subject_id: UUID) -> Response:
    """One document: its numbers and prints, and the form that issues or corrects it."""
    return _page(request, session, actor, (code, subject_id))


@router.get("/documents/{code}/{subject_id}/draft.pdf")
def draft_file(request: Request, session: Reading, actor: Viewer, code: str, subject_id: UUID) -> Response:
    """The document as it would be issued now, marked as a draft."""
    kind, subject = service.find_subject(session, actor, code=code, subject_id=subject_id)
    sheet = service.draft_sheet(session, kind, subject, letterhead=_letterhead(request), typed={})
    headers = {"Content-Disposition": f'inline; filename="{code}.pdf"', "Cache-Control": "no-store"}
    return Response(pdf.write_pdf(sheet)[0], media_type=pdf.MEDIA_TYPE, headers=headers)


@router.post("/documents/{code}/{subject_id}")
def issue_document(
    request: Request, session: Tx, actor: Viewer, code: str, subject_id: UUID, typed: TypedForm
) -> Response:
    """The document gets its number, or the form comes back with what is wrong."""
    kind, _subject = service.find_subject(session, actor, code=code, subject_id=subject_id)
    lines = typed.texts(*(field.name for field in kind.typed))
    try:
        with attempting(session):
            document = service.issue_document(
                session,
                actor,
                code=code,
                subject_id=subject_id,
                letterhead=_letterhead(request),
                typed=lines,
                reason=typed.text("reason"),
            )
    except Refusal as refusal:
        return _page(request, session, actor, (code, subject_id), typed=typed, refusal=refusal)
    sentence = _("Đã lập văn bản số %(number)s.", number=document.full_number)
    return flash_redirect(f"/documents/{code}/{subject_id}", sentence)


def _letterhead(request: Request) -> Letterhead:
    settings: Settings = request.app.state.settings
    return Letterhead(settings.organisation, settings.place)


def _page(
    request: Request,
    session: Session,
    actor: Actor,
    names: tuple[str, UUID],
    *,
    typed: Typed | None = None,
    refusal: Refusal | None = None,
) -> Response:
    code, subject_id = names
    kind, subject = service.find_subject(session, actor, code=code, subject_id=subject_id)
    versions = service.versions_of(session, subject)
    newest = versions[0] if versions else None
    kept = newest.typed if newest else {}
    return render(
        request,
        "documents/document.html",
        status=refusal.status if refusal else 200,
        kind=kind,
        subject=subject,
        versions=versions,
        prints=service.prints_of(session, versions),
        why_not=kind.missing(subject),
        is_outdated=newest is not None and service.is_outdated(session, kind, subject, newest),
        may_issue=kind.scope.may_issue(actor),
        may_see_period=actor.can(Permission.PERIODS_VIEW),
        values={
            field.name: typed.text(field.name) if typed else str(kept.get(field.name, ""))
            for field in kind.typed
        }
        | {"reason": typed.text("reason") if typed else ""},
        errors={refusal.field or "form": refusal_sentence(refusal)} if refusal else {},
    )
