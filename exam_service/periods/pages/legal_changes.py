"""Recording a change of law: the form, the preview of everything it touches, papers included, and the act.

The page belongs to the register, but only here can it say which periods are concerned.
"""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response
from sqlalchemy.orm import Session

from exam_service.actor import Actor, Permission
from exam_service.auth.access import require
from exam_service.bank.legal import changes
from exam_service.bank.legal.access import check_may_keep_register, get_document
from exam_service.bank.legal.schemas import ChangeInput
from exam_service.bank.legal.sentences import change_sentence, kind_choices
from exam_service.bank.legal.touching import Preview
from exam_service.bank.pages.frame import go_on, show
from exam_service.bank.pages.items import account_names
from exam_service.db import Reading, Tx, attempting
from exam_service.errors import Refusal
from exam_service.http import refusal_sentence
from exam_service.i18n import format_date, format_number
from exam_service.i18n import gettext as _
from exam_service.periods.legal_uses import planned_uses, sealed_uses

router = APIRouter(prefix="/bank/legal/{document_id}/changes")
Keeper = Annotated[Actor, require(Permission.REGISTER_KEEP)]


@router.get("/new")
def show_new_change(request: Request, session: Reading, actor: Keeper, document_id: UUID) -> Response:
    check_may_keep_register(actor)
    return _page(request, session, actor, document_id=document_id, values=ChangeInput())


@router.post("/preview")
def preview_change(
    request: Request, session: Tx, actor: Keeper, document_id: UUID, form: Annotated[ChangeInput, Form()]
) -> Response:
    """What the change would do; nothing is written."""
    return _previewed(request, session, actor, document_id=document_id, form=form)


@router.post("")
def record_change(
    request: Request, session: Tx, actor: Keeper, document_id: UUID, form: Annotated[ChangeInput, Form()]
) -> Response:
    try:
        with attempting(session):
            relation = changes.record_change(session, actor, document_id=document_id, data=form)
    except changes.PreviewOutdated as refusal:
        return _previewed(request, session, actor, document_id=document_id, form=form, refusal=refusal)
    except Refusal as refusal:
        if refusal.status in (403, 404):
            raise
        return _page(request, session, actor, document_id=document_id, values=form, refusal=refusal)
    return go_on(request, f"/bank/legal/{document_id}", _done(relation.applied_at is not None))


def _done(is_applied: bool) -> str:
    if is_applied:
        return _("Đã ghi nhận thay đổi. Các câu hỏi viện dẫn đã tạm ngừng, chờ thẩm định lại.")
    return _("Đã ghi nhận thay đổi. Đến ngày có hiệu lực, các câu hỏi viện dẫn sẽ tạm ngừng.")


def _previewed(
    request: Request,
    session: Session,
    actor: Actor,
    *,
    document_id: UUID,
    form: ChangeInput,
    refusal: Refusal | None = None,
) -> Response:
    try:
        preview = changes.preview_change(session, actor, document_id=document_id, data=form)
    except Refusal as wrong:
        if wrong.status in (403, 404):
            raise
        return _page(request, session, actor, document_id=document_id, values=form, refusal=wrong)
    return _page(
        request, session, actor, document_id=document_id, values=form, refusal=refusal, preview=preview
    )


def _page(
    request: Request,
    session: Session,
    actor: Actor,
    *,
    document_id: UUID,
    values: ChangeInput,
    refusal: Refusal | None = None,
    preview: Preview | None = None,
) -> Response:
    sentence = refusal_sentence(refusal) if refusal else ""
    return show(
        request,
        session,
        actor,
        "legal/change",
        tab="legal",
        status=refusal.status if refusal else 200,
        document=get_document(session, actor, document_id),
        values=values,
        errors={refusal.field: sentence} if refusal and refusal.field else {},
        refusal="" if refusal and refusal.field else sentence,
        kinds=kind_choices(),
        day=format_date,
        preview=preview,
        **(_uses(session, preview) if preview else {"sealed": [], "planned": [], "names": {}, "told": ""}),
    )


def _uses(session: Session, preview: Preview) -> dict[str, object]:
    item_ids = {touched.item_id for touched in preview.suspended}
    return {
        "sealed": sealed_uses(session, preview.version_ids, start=preview.start),
        "planned": planned_uses(session, item_ids, start=preview.start),
        "names": account_names(session, set(preview.author_ids)),
        "told": change_sentence(preview.relation, preview.start),
        "count": format_number(len(preview.suspended)),
    }
