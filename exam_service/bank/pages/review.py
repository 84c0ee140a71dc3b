"""The review queue: one item at a time, decided with the keyboard."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response
from sqlalchemy.orm import Session

from exam_service.actor import Actor
from exam_service.bank import reviewing
from exam_service.bank.access import items_visible_to, waits_for_review_by
from exam_service.bank.banks import competency_label
from exam_service.bank.enemies import enemies_of
from exam_service.bank.head import current_version, trusted_draft, versions_of
from exam_service.bank.legal.sentences import citation_lines
from exam_service.bank.models import Item
from exam_service.bank.pages.frame import Reviewer, go_on, show
from exam_service.bank.pages.items import account_names
from exam_service.bank.presentation import compare, shown_findings, with_key
from exam_service.bank.refusals import StepRefused
from exam_service.bank.schemas import ReasonInput
from exam_service.bank.sentences import level_name, type_name
from exam_service.db import Reading, Tx, attempting
from exam_service.errors import Refusal
from exam_service.http import refusal_sentence
from exam_service.i18n import gettext as _

router = APIRouter(prefix="/review")
QUEUE_LIMIT = 200


def _queue(session: Session, actor: Actor) -> list[Item]:
    statement = waits_for_review_by(actor, items_visible_to(actor)).order_by(Item.updated_at, Item.code)
    return list(session.scalars(statement.limit(QUEUE_LIMIT)))


@router.get("")
def show_queue(request: Request, session: Reading, actor: Reviewer, at: str = "") -> Response:
    return _page(request, session, actor, at=at)


def _page(
    request: Request,
    session: Session,
    actor: Actor,
    *,
    at: str = "",
    refusal: Refusal | None = None,
    reason: str = "",
) -> Response:
    queue = _queue(session, actor)
    place = next((index for index, item in enumerate(queue) if item.code == at), 0)
    status = refusal.status if refusal else 200
    sentence = refusal_sentence(refusal) if refusal else ""
    if not queue:
        return show(
            request, session, actor, "review", tab="review", status=status, refusal=sentence, queue=[]
        )
    return show(
        request,
        session,
        actor,
        "review",
        tab="review",
        status=status,
        refusal=sentence,
        reason=reason,
        queue=queue,
        before=queue[place - 1].code if place else "",
        after=queue[place + 1].code if place + 1 < len(queue) else "",
        **_under_review(session, queue[place]),
    )


def _under_review(session: Session, item: Item) -> dict[str, Any]:
    """What a reviewer sees of the item: the submitted version, and what changed since the one before."""
    versions = versions_of(session, item)
    version = current_version(versions)
    assert version is not None
    draft = trusted_draft(version.body)
    earlier = [other for other in versions if other.number < version.number]
    return {
        "item": item,
        "version": version,
        "draft": draft,
        "shown": with_key(draft.content),
        "findings": shown_findings(draft),
        "citations": citation_lines(session, draft),
        "level": level_name(draft.level),
        "kind": type_name(item.type),
        "competency": competency_label(session, version.competency),
        "enemies": enemies_of(session, item),
        "names": account_names(session, {item.author_id, version.author_id}),
        "changes": compare(trusted_draft(earlier[-1].body), draft) if earlier else [],
        "earlier": earlier[-1].number if earlier else 0,
    }


@router.post("/{version_id}/approve")
def approve(
    request: Request, session: Tx, actor: Reviewer, version_id: UUID, next_code: Annotated[str, Form()] = ""
) -> Response:
    try:
        with attempting(session):
            version = reviewing.approve_version(session, actor, version_id=version_id)
    except StepRefused as refusal:
        return _page(request, session, actor, at=next_code, refusal=refusal)
    sentence = _("Đã duyệt câu hỏi %(code)s.", code=version.item.code)
    return go_on(request, _next_address(next_code), sentence)


@router.post("/{version_id}/return")
def send_back(
    request: Request,
    session: Tx,
    actor: Reviewer,
    version_id: UUID,
    form: Annotated[ReasonInput, Form()],
    code: Annotated[str, Form()] = "",
    next_code: Annotated[str, Form()] = "",
) -> Response:
    try:
        with attempting(session):
            version = reviewing.return_version(session, actor, version_id=version_id, reason=form.reason)
    except StepRefused as refusal:
        return _page(request, session, actor, at=code, refusal=refusal, reason=form.reason)
    sentence = _("Đã trả lại câu hỏi %(code)s cho người soạn.", code=version.item.code)
    return go_on(request, _next_address(next_code), sentence)


def _next_address(code: str) -> str:
    is_sound = code.replace("-", "").replace(".", "").isalnum() and code.isascii()
    return f"/bank/review?at={code}" if is_sound else "/bank/review"
