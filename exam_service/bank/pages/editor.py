"""The editor: form left, the candidate's view right, saved as one types."""

from dataclasses import dataclass, field
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy.orm import Session

from exam_service import clock
from exam_service.actor import Actor
from exam_service.bank import authoring, editing
from exam_service.bank.access import banks_visible_to, get_bank, get_item
from exam_service.bank.banks import competency_labels
from exam_service.bank.citation_fields import citation_note
from exam_service.bank.editing import EditorForm, EditorInput
from exam_service.bank.head import trusted_draft
from exam_service.bank.models import Item
from exam_service.bank.pages.frame import Author, go_on, show
from exam_service.bank.presentation import candidate_preview, shown_findings
from exam_service.bank.schemas import NewItemForm
from exam_service.bank.sentences import TYPE_NAMES, level_choices, type_choices
from exam_service.db import Reading, Tx, attempting
from exam_service.errors import Refusal
from exam_service.http import refusal_sentence
from exam_service.i18n import gettext as _
from question_bank.items import ItemDraft

router = APIRouter(prefix="/items")
SAVING_ACTS = ("", "save", "shuffle")


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
        types=type_choices(editing.FORM_TYPES),
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
    request: Request, session: Tx, actor: Author, item_id: UUID, data: Annotated[EditorInput, Form()]
) -> Response:
    """Save what the form says, carry out the button that was pressed, and show the result.

    Typing gets a fragment with preview, findings and the truth about saving; a button that changes the form gets the
    form; without script both are the whole page.
    """
    form = editing.carry_out(editing.form_of_input(data), data.act)
    if form.type not in TYPE_NAMES:
        form = editing.form_of_input(data.model_copy(update={"type": "single_choice"}))
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
    before = (
        trusted_draft(item.draft)
        if item.draft
        else ItemDraft(content=editing.empty_content(form.type, option_count=2))
    )
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


def _saved_sentence(outcome: Outcome) -> str:
    if outcome.refusal is not None:
        return _("Chưa lưu.") + " " + refusal_sentence(outcome.refusal)
    if outcome.errors:
        return _("Đã lưu nháp, trừ %(count)s mục chưa đọc được.", count=len(outcome.errors))
    return ""


def _context(session: Session, outcome: Outcome) -> dict[str, Any]:
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
        "notes": [citation_note(citation) for citation in outcome.form.citations],
        "citation_text_error": editing.citation_text_error(outcome.form),
        "types": type_choices({*editing.FORM_TYPES, outcome.form.type}),
        "has_form": outcome.form.type in editing.FORM_TYPES,
        "levels": level_choices(),
        "competencies": [(code, f"{code} – {name}") for code, name in competency_labels(session).items()],
    }


def _part(request: Request, session: Session, actor: Actor, outcome: Outcome, name: str) -> Response:
    status = outcome.status if outcome.refusal else 200
    return show(request, session, actor, name, status=status, **_context(session, outcome))


def _whole(request: Request, session: Session, actor: Actor, outcome: Outcome) -> Response:
    return show(
        request, session, actor, "editor", tab="items", status=outcome.status, **_context(session, outcome)
    )
