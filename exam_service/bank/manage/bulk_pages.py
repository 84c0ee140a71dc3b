"""The page on which one act is chosen for many items."""

import base64
import csv
import io
from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request, Response
from sqlalchemy.orm import Session

from exam_service.actor import Actor, Permission
from exam_service.auth.access import require
from exam_service.bank.access import banks_visible_to
from exam_service.bank.banks import competency_labels
from exam_service.bank.legal.report import harmless
from exam_service.bank.manage.bulk import RefusedItem, SomeItemsRefused, act_on_items
from exam_service.bank.manage.schemas import BulkForm, BulkInput, ChosenForm, Verb
from exam_service.bank.manage.selecting import (
    SHOWN,
    Preview,
    Selection,
    preview_selected,
    query_of,
    selection_of,
)
from exam_service.bank.pages.frame import go_on, show
from exam_service.bank.search import ItemFilter
from exam_service.bank.sentences import level_choices, rating_choices
from exam_service.db import Reading, Tx, attempting
from exam_service.errors import NotFound, Refusal
from exam_service.http import refusal_sentence
from exam_service.i18n import N_
from exam_service.i18n import gettext as _

router = APIRouter(prefix="/items/bulk")
LISTED = 100
"""So many refusals stand on the page; the file beside them holds all."""
Worker = Annotated[Actor, require(Permission.BANK_AUTHOR, Permission.BANK_REVIEW)]
DONE: dict[Verb, str] = {
    "edit": N_("Đã sửa %(count)s câu hỏi."),
    "submit": N_("Đã gửi thẩm định %(count)s câu hỏi."),
    "move": N_("Đã chuyển %(count)s câu hỏi sang ngân hàng khác."),
    "enemies": N_("%(count)s câu hỏi sẽ không cùng nằm trong một đề."),
    "family": N_("%(count)s câu hỏi là một họ: mỗi đề có nhiều nhất một câu."),
    "suspend": N_("Đã tạm ngừng dùng %(count)s câu hỏi."),
    "reopen": N_("%(count)s câu hỏi chờ thẩm định lại."),
    "retire": N_("Đã thôi dùng %(count)s câu hỏi."),
}


@router.get("")
def choose_act_for_filter(
    request: Request, session: Reading, actor: Worker, wanted: Annotated[ItemFilter, Query()]
) -> Response:
    """Everything that the filter finds."""
    return _choose(request, session, actor, ChosenForm(filter=query_of(wanted)))


@router.post("")
def choose_act_for_rows(
    request: Request, session: Reading, actor: Worker, form: Annotated[ChosenForm, Form()]
) -> Response:
    """The rows that were ticked. Nothing changes before the act is chosen."""
    return _choose(request, session, actor, form)


@router.post("/apply")
def act(request: Request, session: Tx, actor: Worker, form: Annotated[BulkForm, Form()]) -> Response:
    data = BulkInput(**{name: getattr(form, name) for name in BulkInput.model_fields})
    selection = selection_of(form.ids, form.filter)
    try:
        with attempting(session):
            done = act_on_items(
                session,
                actor,
                selection=selection,
                expected=form.expected,
                data=data,
                leaving=form.leaving,
            )
    except SomeItemsRefused as refusal:
        others = Preview(refusal.others[:SHOWN], len(refusal.others))
        return _page(request, session, actor, form, preview=others, data=data, refusal=refusal)
    except NotFound:
        raise
    except Refusal as refusal:
        return _choose(request, session, actor, form, data=data, refusal=refusal)
    target = f"/bank/items?{form.filter}" if form.filter and not form.ids else "/bank/items"
    return go_on(request, target, _(DONE[form.action], count=len(done)))


def _choose(
    request: Request,
    session: Session,
    actor: Actor,
    form: ChosenForm,
    *,
    data: BulkInput | None = None,
    refusal: Refusal | None = None,
) -> Response:
    selection: Selection = selection_of(form.ids, form.filter)
    preview = preview_selected(session, actor, selection)
    return _page(request, session, actor, form, preview=preview, data=data, refusal=refusal)


def _page(
    request: Request,
    session: Session,
    actor: Actor,
    form: ChosenForm,
    *,
    preview: Preview,
    data: BulkInput | None = None,
    refusal: Refusal | None = None,
) -> Response:
    refused = refusal.refused if isinstance(refusal, SomeItemsRefused) else ()
    errors = {refusal.field: refusal_sentence(refusal)} if refusal is not None and refusal.field else {}
    context: dict[str, Any] = {
        "items": preview.items,
        "count": preview.total,
        # What is confirmed next is the same selection, without those that were just named as refusing.
        "ids": form.ids,
        "filter": "" if form.ids else form.filter,
        "expected": preview.total + len(refused),
        "leaving": refusal.fingerprint if isinstance(refusal, SomeItemsRefused) else "",
        "refused_count": len(refused),
        "values": data or BulkInput(action="edit"),
        "errors": errors,
        "refusal": refusal_sentence(refusal) if refusal else "",
        "refused": [(entry.item, refusal_sentence(entry.refusal)) for entry in refused[:LISTED]],
        "refused_csv": _csv_address(refused) if refused else "",
        "banks": [
            (bank.code, f"{bank.code} – {bank.name}") for bank in session.scalars(banks_visible_to(actor))
        ],
        "competencies": [(code, f"{code} – {name}") for code, name in competency_labels(session).items()],
        "levels": level_choices(),
        "ratings": rating_choices(),
        "back": f"/bank/items?{form.filter}" if form.filter else "/bank/items",
    }
    status = refusal.status if refusal else 200
    return show(request, session, actor, "manage/bulk", tab="items", status=status, **context)


def _csv_address(refused: Sequence[RefusedItem]) -> str:
    """Every refused item with its reason as the address of a CSV file: nothing is kept on the server for it."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow([_("Mã"), _("Phần dẫn"), _("Vì sao chưa làm được")])
    for entry in refused:
        cells = (entry.item.code, entry.item.summary[:200], refusal_sentence(entry.refusal))
        writer.writerow([harmless(cell) for cell in cells])
    # With a byte-order mark, so that spreadsheets read the Vietnamese.
    return (
        "data:text/csv;charset=utf-8;base64,"
        + base64.b64encode(buffer.getvalue().encode("utf-8-sig")).decode()
    )
