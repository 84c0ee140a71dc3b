"""The editor: form left, the candidate's view right, saved as one types."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy.orm import Session

from exam_service import clock
from exam_service.actor import Actor
from exam_service.bank import authoring, editing
from exam_service.bank.access import banks_visible_to, get_bank, get_item
from exam_service.bank.banks import competency_labels
from exam_service.bank.citation_fields import citation_note
from exam_service.bank.editing import EditorForm, EditorInput, posted_fields
from exam_service.bank.forms.fields import Fields
from exam_service.bank.forms.registry import FORMS, PART_TYPES
from exam_service.bank.head import trusted_draft
from exam_service.bank.models import Item
from exam_service.bank.pages.frame import Author, go_on, show
from exam_service.bank.presentation import candidate_preview, shown_findings
from exam_service.bank.schemas import NewItemForm
from exam_service.bank.sentences import level_choices, rating_choices, type_name
from exam_service.bank.similar.listing import likes_of
from exam_service.bank.sources import kept_source_of
from exam_service.db import Reading, Tx, attempting
from exam_service.errors import Refusal
from exam_service.http import refusal_sentence
from exam_service.i18n import N_
from exam_service.i18n import gettext as _
from question_bank.items import ItemDraft

router = APIRouter(prefix="/items")
SAVING_ACTS = ("", "save", "shuffle")
TYPE_HINTS = {
    "single_choice": N_("Chọn một trong các phương án; hợp với hầu hết câu hỏi."),
    "multiple_choice": N_("Chọn mọi phương án đúng; tính điểm cả câu, từng phần hoặc theo phương án."),
    "true_false": N_("Một nhận định, thí sinh cho là đúng hay sai."),
    "true_false_cluster": N_("Hai đến sáu nhận định chung phần dẫn, mỗi ý Đúng hoặc Sai."),
    "short_text": N_("Gõ một từ hoặc cụm từ ngắn."),
    "numeric": N_("Gõ một số, có sai số và đơn vị."),
    "cloze": N_("Điền hoặc chọn tại các chỗ trống trong một đoạn văn."),
    "matching": N_("Ghép mỗi vế trái với vế phải."),
    "ordering": N_("Xếp các bước theo đúng thứ tự."),
    "ranking": N_("Xếp hạng cách xử lý, so với ý kiến chung của chuyên gia."),
    "essay": N_("Viết bài trả lời, người chấm cho điểm theo tiêu chí."),
    "case": N_("Một tình huống dùng chung cho nhiều câu hỏi, ra đề cùng nhau."),
}


@dataclass
class Outcome:
    """What one post of the editor led to."""

    item: Item
    form: EditorForm
    draft: ItemDraft
    order: int
    errors: dict[str, str] = field(default_factory=dict)
    refusal: Refusal | None = None

    @property
    def status(self) -> int:
        return self.refusal.status if self.refusal else 200


@router.get("/new")
def show_new_item(request: Request, session: Reading, actor: Author, bank: str = "") -> Response:
    return _new_page(request, session, actor, values=NewItemForm(bank=bank))


@router.post("/new")
def create_item(
    request: Request, session: Tx, actor: Author, form: Annotated[NewItemForm, Form()]
) -> Response:
    """The draft exists from here on: whatever is typed next is saved."""
    if not form.bank:
        error = {"bank": _("Hãy chọn ngân hàng.")}
        return _new_page(request, session, actor, values=form, errors=error)
    bank = get_bank(session, actor, code=form.bank)
    content = editing.empty_content(form.type, option_count=form.option_count)
    item = authoring.create_item(session, actor, bank=bank, draft=ItemDraft(content=content))
    return RedirectResponse(f"/bank/items/{item.id}/edit", status_code=303)


def _new_page(
    request: Request,
    session: Session,
    actor: Actor,
    *,
    values: NewItemForm,
    errors: dict[str, str] | None = None,
) -> Response:
    banks = session.scalars(banks_visible_to(actor)).all()
    return show(
        request,
        session,
        actor,
        "item_new",
        tab="items",
        status=422 if errors else 200,
        banks=[(bank.code, f"{bank.code} – {bank.name}") for bank in banks],
        types=[(name, type_name(name), _(TYPE_HINTS[name])) for name in FORMS],
        values=values,
        errors=errors or {},
    )


@router.get("/{item_id}/edit")
def show_editor(request: Request, session: Reading, actor: Author, item_id: UUID) -> Response:
    item = get_item(session, actor, item_id)
    if item.draft is None or item.author_id != actor.id:
        return RedirectResponse(f"/bank/items/{item_id}", status_code=303)
    draft = trusted_draft(item.draft)
    outcome = Outcome(item, editing.form_of_draft(draft), draft, 0)
    return _whole(request, session, actor, outcome)


@router.post("/{item_id}/edit")
def edit_item(
    request: Request,
    session: Tx,
    actor: Author,
    item_id: UUID,
    data: Annotated[EditorInput, Form()],
    fields: Annotated[Fields, Depends(posted_fields)],
) -> Response:
    """Save what the form says, carry out the button that was pressed, and show the result.

    Typing gets a fragment with preview, findings and the truth about saving; a button that changes the form gets the
    form; without script both are the whole page.
    """
    form = editing.carry_out(editing.form_of_input(data, fields), data.act)
    outcome = _save(session, actor, item_id=item_id, form=form, data=data)
    if outcome.refusal is None and data.act == "submit":
        outcome = _submit(session, actor, outcome)
        if outcome.refusal is None:
            sentence = _("Đã gửi câu hỏi %(code)s đi thẩm định.", code=outcome.item.code)
            return go_on(request, f"/bank/items/{item_id}", sentence)
    if request.headers.get("HX-Request"):
        if data.act in SAVING_ACTS:
            return _part(request, session, actor, outcome, "_saved")
        answer = _part(request, session, actor, outcome, "_editor")
        answer.headers["HX-Retarget"], answer.headers["HX-Reswap"] = "#editor", "outerHTML"
        return answer
    if outcome.refusal is None and data.act == "save":
        return go_on(request, f"/bank/items/{item_id}/edit", _saved_sentence(outcome))
    return _whole(request, session, actor, outcome)


def _save(session: Session, actor: Actor, *, item_id: UUID, form: EditorForm, data: EditorInput) -> Outcome:
    item = get_item(session, actor, item_id)
    before = trusted_draft(item.draft) if item.draft else ItemDraft(content=editing.empty_content(form.type))
    draft, errors = editing.read_form(form, before)
    order = data.order + 1 if data.act == "shuffle" else data.order
    outcome = Outcome(item, form, draft, order, errors)
    try:
        with attempting(session):
            outcome.item = authoring.save_draft(
                session, actor, item_id=item_id, revision=data.revision, draft=draft
            )
    except Refusal as refusal:
        outcome.refusal = refusal
    return outcome


def _submit(session: Session, actor: Actor, outcome: Outcome) -> Outcome:
    if outcome.errors:
        outcome.refusal = authoring.ItemIsIncomplete(
            errors=list(outcome.errors.values()), summary=" ".join(outcome.errors.values())
        )
        return outcome
    try:
        with attempting(session):
            authoring.submit_item(session, actor, item_id=outcome.item.id, revision=outcome.item.revision)
    except Refusal as refusal:
        outcome.refusal = refusal
    return outcome


def _types(names: Iterable[str]) -> list[tuple[str, str]]:
    return [(name, type_name(name)) for name in names]


def _saved_sentence(outcome: Outcome) -> str:
    if outcome.refusal is not None:
        return _("Chưa lưu.") + " " + refusal_sentence(outcome.refusal)
    if outcome.errors:
        return _("Đã lưu nháp, trừ %(count)s mục chưa đọc được.", count=len(outcome.errors))
    return ""


def _context(session: Session, actor: Actor, outcome: Outcome) -> dict[str, Any]:
    return {
        "item": outcome.item,
        "bank": outcome.item.bank,
        "form": outcome.form,
        "order": outcome.order,
        "errors": outcome.errors,
        "refusal": refusal_sentence(outcome.refusal) if outcome.refusal else "",
        "missing": outcome.refusal.params.get("errors", []) if outcome.refusal else [],
        "is_saved": outcome.refusal is None or isinstance(outcome.refusal, authoring.ItemIsIncomplete),
        "saved_at": clock.now(),
        "shown": candidate_preview(outcome.draft.content, seed=str(outcome.item.id), order=outcome.order),
        "findings": shown_findings(outcome.draft),
        "likes": likes_of(session, actor, outcome.item),
        "back": "edit",
        "notes": [citation_note(citation) for citation in outcome.form.citations],
        "citation_text_error": editing.citation_text_error(outcome.form),
        "types": _types(FORMS),
        "part_types": _types(PART_TYPES),
        "kept": editing.kept_fields(outcome.form),
        "levels": level_choices(),
        "ratings": rating_choices(),
        "competencies": [(code, f"{code} – {name}") for code, name in competency_labels(session).items()],
    }


def _part(request: Request, session: Session, actor: Actor, outcome: Outcome, name: str) -> Response:
    status = outcome.status if outcome.refusal else 200
    return show(request, session, actor, name, status=status, **_context(session, actor, outcome))


def _whole(request: Request, session: Session, actor: Actor, outcome: Outcome) -> Response:
    return show(
        request,
        session,
        actor,
        "editor",
        tab="items",
        status=outcome.status,
        kept_source=kept_source_of(session, outcome.item),
        **_context(session, actor, outcome),
    )
