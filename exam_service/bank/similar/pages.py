"""Pages of likeness: the pairs of a bank, the decision on a pair, and a row of an import beside what it is like."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Query, Request, Response
from sqlalchemy.orm import Session

from exam_service.actor import Actor, Permission
from exam_service.bank.access import get_bank
from exam_service.bank.imports import get_import, rows_in
from exam_service.bank.models import Bank
from exam_service.bank.pages.frame import Author, Viewer, go_on, show
from exam_service.bank.presentation import with_key
from exam_service.bank.similar.deciding import decide_pair, reopen_pair
from exam_service.bank.similar.importing import likes_of_row
from exam_service.bank.similar.listing import DECISION_NAMES, KIND_NAMES, count_pairs, pairs_of_bank
from exam_service.bank.similar.models import PairDecision
from exam_service.bank.similar.schemas import DecisionInput, PairFilter, PairInput
from exam_service.db import Reading, Tx, attempting
from exam_service.errors import NotFound, Refusal
from exam_service.http import refusal_sentence
from exam_service.i18n import N_
from exam_service.i18n import gettext as _

router = APIRouter()

_DONE: dict[PairDecision, str] = {
    PairDecision.DIFFERENT: N_("Đã ghi: hai câu khác nhau."),
    PairDecision.FAMILY: N_("Đã ghi: hai câu cùng họ, mỗi đề có nhiều nhất một câu."),
    PairDecision.ENEMIES: N_("Đã ghi: hai câu không ra chung đề."),
    PairDecision.ONE_RETIRED: N_("Đã ghi: giữ một câu, câu kia thôi dùng."),
}


@router.get("/banks/{bank_id}/similar")
def list_pairs(
    request: Request,
    session: Reading,
    actor: Viewer,
    bank_id: UUID,
    wanted: Annotated[PairFilter, Query()],
) -> Response:
    bank = get_bank(session, actor, bank_id=bank_id)
    return _pairs_page(request, session, actor, bank, wanted=wanted)


def _pairs_page(
    request: Request,
    session: Session,
    actor: Actor,
    bank: Bank,
    *,
    wanted: PairFilter,
    refusal: Refusal | None = None,
) -> Response:
    found, hidden = pairs_of_bank(
        session, actor, bank, state=wanted.state, kind=str(wanted.kind), number=wanted.page
    )
    return show(
        request,
        session,
        actor,
        "similar/pairs",
        tab="banks",
        status=refusal.status if refusal else 200,
        refusal=refusal_sentence(refusal) if refusal else "",
        bank=bank,
        page=found,
        hidden=hidden,
        counts=count_pairs(session, actor, bank),
        wanted=wanted,
        query=wanted.query(),
        kinds=[(value, _(name)) for value, name in KIND_NAMES.items()],
        decisions=DECISION_NAMES,
        may_decide=_may_decide(actor),
    )


def _may_decide(actor: Actor) -> bool:
    return actor.can(Permission.BANK_AUTHOR) or actor.can(Permission.BANK_REVIEW)


@router.post("/items/{item_id}/similar")
def decide(
    request: Request, session: Tx, actor: Viewer, item_id: UUID, form: Annotated[DecisionInput, Form()]
) -> Response:
    try:
        with attempting(session):
            decide_pair(session, actor, item_id=item_id, other_id=form.other, decision=form.decision)
    except Refusal as refusal:
        return _refused(request, session, actor, form=form, refusal=refusal)
    return go_on(request, _back(item_id, form), _(_DONE[form.decision]))


@router.post("/items/{item_id}/similar/reopen")
def reopen(
    request: Request, session: Tx, actor: Viewer, item_id: UUID, form: Annotated[PairInput, Form()]
) -> Response:
    try:
        with attempting(session):
            reopen_pair(session, actor, item_id=item_id, other_id=form.other)
    except Refusal as refusal:
        return _refused(request, session, actor, form=form, refusal=refusal)
    return go_on(request, _back(item_id, form), _("Cặp câu chờ quyết định lại."))


def _refused(
    request: Request, session: Session, actor: Actor, *, form: PairInput, refusal: Refusal
) -> Response:
    """The list of the bank with the reason; from other pages the problem page tells it."""
    if refusal.status in (403, 404) or form.bank is None:
        raise refusal
    bank = get_bank(session, actor, bank_id=form.bank)
    return _pairs_page(request, session, actor, bank, wanted=PairFilter(), refusal=refusal)


def _back(item_id: UUID, form: PairInput) -> str:
    match form.back:
        case "bank" if form.bank is not None:
            return f"/bank/banks/{form.bank}/similar"
        case "edit":
            return f"/bank/items/{item_id}/edit"
    return f"/bank/items/{item_id}"


@router.get("/imports/{import_id}/rows/{index}/likes")
def show_row(request: Request, session: Reading, actor: Author, import_id: UUID, index: int) -> Response:
    """A row of the dry run beside the questions that it is like."""
    found = get_import(session, actor, import_id)
    rows = rows_in(found)
    row = next((row for row in rows if row.index == index), None)
    draft = None if row is None else row.item_draft()
    if row is None or draft is None:
        raise NotFound
    return show(
        request,
        session,
        actor,
        "similar/row",
        tab="imports",
        found=found,
        row=row,
        shown=with_key(draft.content),
        likes=likes_of_row(session, actor, row, rows),
    )
