"""The review queue: one item at a time, decided with the keyboard."""

from collections.abc import Sequence
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form, Query, Request, Response
from sqlalchemy.orm import Session

from exam_service.actor import Actor
from exam_service.bank import reviewing
from exam_service.bank.access import items_visible_to, waits_for_review_by
from exam_service.bank.authoring import EDITABLE
from exam_service.bank.banks import competency_label
from exam_service.bank.enemies import enemies_of
from exam_service.bank.head import current_version, trusted_draft, versions_of
from exam_service.bank.legal.sentences import citation_lines
from exam_service.bank.manage.schemas import EVERYTHING, QueueFilter, ReturnInput
from exam_service.bank.models import Item, ItemVersion
from exam_service.bank.pages.frame import Reviewer, go_on, show
from exam_service.bank.pages.items import account_names
from exam_service.bank.presentation import compare, shown_findings, with_key
from exam_service.bank.refusals import StepRefused
from exam_service.bank.sentences import level_name, rating_name, type_choices, type_name
from exam_service.db import Reading, Tx, attempting
from exam_service.errors import Refusal
from exam_service.http import refusal_sentence
from exam_service.i18n import N_
from exam_service.i18n import gettext as _

router = APIRouter(prefix="/review")
QUEUE_LIMIT = 200


REASONS = {
    "key": N_("Đáp án chưa đúng"),
    "stem": N_("Phần dẫn chưa rõ nghĩa"),
    "distractors": N_("Phương án nhiễu chưa hợp lý"),
    "citation": N_("Căn cứ pháp lý thiếu, sai hoặc hết hiệu lực"),
    "level": N_("Mức độ hoặc năng lực chưa đúng"),
    "duplicate": N_("Trùng với câu khác"),
    "wording": N_("Lỗi chính tả hoặc diễn đạt"),
}
"""What questions are most often returned for; a reviewer adds words of their own."""


def _queue(session: Session, actor: Actor) -> list[Item]:
    statement = waits_for_review_by(actor, items_visible_to(actor)).order_by(Item.updated_at, Item.code)
    return list(session.scalars(statement.limit(QUEUE_LIMIT)))


@router.get("")
def show_queue(
    request: Request, session: Reading, actor: Reviewer, wanted: Annotated[QueueFilter, Query()], at: str = ""
) -> Response:
    return _page(request, session, actor, at=at, wanted=wanted)


def _page(
    request: Request,
    session: Session,
    actor: Actor,
    *,
    at: str = "",
    wanted: QueueFilter = EVERYTHING,
    refusal: Refusal | None = None,
    form: ReturnInput | None = None,
) -> Response:
    waiting = _queue(session, actor)
    queue = [item for item in waiting if wanted.accepts(item)]
    place = next((index for index, item in enumerate(queue) if item.code == at), 0)
    status = refusal.status if refusal else 200
    sentence = refusal_sentence(refusal) if refusal else ""
    if not queue:
        empty: dict[str, Any] = {"queue": [], "refusal": sentence, **_filters(session, waiting, wanted)}
        return show(request, session, actor, "review", tab="review", status=status, **empty)
    return show(
        request,
        session,
        actor,
        "review",
        tab="review",
        status=status,
        refusal=sentence,
        reason=form.reason if form else "",
        chosen=form.presets if form else [],
        presets=[(code, _(text)) for code, text in REASONS.items()],
        queue=queue,
        **_filters(session, waiting, wanted),
        before=queue[place - 1].code if place else "",
        after=queue[place + 1].code if place + 1 < len(queue) else "",
        **_under_review(session, queue[place]),
    )


def _filters(session: Session, waiting: Sequence[Item], wanted: QueueFilter) -> dict[str, Any]:
    """The choices that the whole queue leaves, and the address of the queue as filtered."""
    authors = account_names(session, {item.author_id for item in waiting})
    query = wanted.query()
    return {
        "wanted": wanted,
        "in_all": len(waiting),
        "queue_query": f"&{query}" if query else "",
        "queue_filter": query,
        "queue_banks": sorted({(item.bank.code, item.bank.name) for item in waiting}),
        "queue_types": type_choices({item.type for item in waiting}),
        "queue_authors": sorted(((str(key), name) for key, name in authors.items()), key=lambda one: one[1]),
    }


def _last_good(earlier: Sequence[ItemVersion]) -> ItemVersion | None:
    """The newest version before this one that was approved, else the newest."""
    approved = [version for version in earlier if version.state in EDITABLE]
    return next(reversed(approved or list(earlier)), None)


def _under_review(session: Session, item: Item) -> dict[str, Any]:
    """What a reviewer sees of the item: the submitted version, and what changed since the one before."""
    versions = versions_of(session, item)
    version = current_version(versions)
    assert version is not None
    draft = trusted_draft(version.body)
    before = _last_good([other for other in versions if other.number < version.number])
    return {
        "item": item,
        "version": version,
        "draft": draft,
        "shown": with_key(draft.content),
        "findings": shown_findings(draft),
        "citations": citation_lines(session, draft),
        "level": level_name(draft.level),
        "rating": rating_name(draft.difficulty_rating),
        "kind": type_name(item.type),
        "competency": competency_label(session, version.competency),
        "enemies": enemies_of(session, item),
        "names": account_names(session, {item.author_id, version.author_id}),
        "changes": compare(trusted_draft(before.body), draft) if before else [],
        "earlier": before.number if before else 0,
    }


@router.post("/{version_id}/approve")
def approve(
    request: Request,
    session: Tx,
    actor: Reviewer,
    version_id: UUID,
    wanted: Annotated[QueueFilter, Query()],
    next_code: Annotated[str, Form()] = "",
) -> Response:
    try:
        with attempting(session):
            version = reviewing.approve_version(session, actor, version_id=version_id)
    except StepRefused as refusal:
        return _page(request, session, actor, at=next_code, wanted=wanted, refusal=refusal)
    sentence = _("Đã duyệt câu hỏi %(code)s.", code=version.item.code)
    return go_on(request, _next_address(next_code, wanted), sentence)


@router.post("/{version_id}/return")
def send_back(
    request: Request,
    session: Tx,
    actor: Reviewer,
    version_id: UUID,
    form: Annotated[ReturnInput, Form()],
    wanted: Annotated[QueueFilter, Query()],
) -> Response:
    said = [_(REASONS[code]) for code in form.presets if code in REASONS]
    reason = ". ".join([*said, *([form.reason.strip()] if form.reason.strip() else [])])
    try:
        with attempting(session):
            version = reviewing.return_version(session, actor, version_id=version_id, reason=reason)
    except StepRefused as refusal:
        return _page(request, session, actor, at=form.code, wanted=wanted, refusal=refusal, form=form)
    sentence = _("Đã trả lại câu hỏi %(code)s cho người soạn.", code=version.item.code)
    return go_on(request, _next_address(form.next_code, wanted), sentence)


def _next_address(code: str, wanted: QueueFilter) -> str:
    is_sound = code.replace("-", "").replace(".", "").isalnum() and code.isascii()
    pairs = [f"at={code}" if is_sound else "", wanted.query()]
    query = "&".join(pair for pair in pairs if pair)
    return f"/bank/review?{query}" if query else "/bank/review"
