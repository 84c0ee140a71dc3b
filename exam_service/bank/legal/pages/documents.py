"""The register: its list, the page of a document with its history and its items, and the forms."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session

from exam_service.actor import Actor, Permission
from exam_service.auth.access import require
from exam_service.bank.access import items_visible_to
from exam_service.bank.legal import changes, documents
from exam_service.bank.legal.access import (
    check_may_keep_register,
    get_document,
    get_relation,
    may_keep_register,
)
from exam_service.bank.legal.models import LegalDocument, LegalRelation
from exam_service.bank.legal.register import change_of, load_register
from exam_service.bank.legal.schemas import DocumentInput
from exam_service.bank.legal.sentences import (
    CURRENCY_KINDS,
    change_name,
    currency_name,
    currency_sentence,
    document_name,
    places_text,
)
from exam_service.bank.legal.touching import today
from exam_service.bank.legal.work import count_tasks
from exam_service.bank.pages.frame import Viewer, go_on, show
from exam_service.bank.pages.items import account_names
from exam_service.bank.schemas import ReasonInput
from exam_service.db import Reading, Tx, attempting
from exam_service.errors import Refusal
from exam_service.http import refusal_sentence
from exam_service.i18n import gettext as _
from exam_service.pagination import paginate
from question_bank.legal.currency import CurrencyState, standing_of

router = APIRouter()
Keeper = Annotated[Actor, require(Permission.REGISTER_KEEP)]
SHOWN_ITEMS = 50


class DocumentFilter(BaseModel):
    """What the address of the list says; unknown values find nothing."""

    model_config = ConfigDict(frozen=True)

    q: str = Field(default="", max_length=300)
    kind: str = Field(default="", max_length=100)
    state: str = Field(default="", max_length=40)

    def query(self) -> dict[str, str]:
        """The parameters that are set."""
        return {name: value for name, value in self.model_dump().items() if value}


@router.get("")
def list_documents(
    request: Request,
    session: Reading,
    actor: Viewer,
    wanted: Annotated[DocumentFilter, Query()],
    page: Annotated[int, Query(ge=1, le=100_000)] = 1,
) -> Response:
    standing = documents.standings(session, on=today())
    statement = documents.find_documents(actor, q=wanted.q, kind=wanted.kind)
    if wanted.state:
        ids = [key for key, found in standing.items() if found.state.value == wanted.state]
        statement = statement.where(LegalDocument.id.in_(ids))
    found = paginate(session, documents.newest_first(statement), number=page)
    return show(
        request,
        session,
        actor,
        "legal/register",
        tab="legal",
        page=found,
        wanted=wanted,
        query=wanted.query(),
        standing=standing,
        citing=documents.count_citing(session, found.rows, items_visible_to(actor)),
        types=[
            (kind, f"{kind or '–'} ({count})") for kind, count in documents.document_types(session, actor)
        ],
        states=[(state.value, currency_name(state)) for state in CurrencyState if state in _LISTED],
        tasks=count_tasks(session, actor),
        may_keep=may_keep_register(actor),
        **_words(),
    )


_LISTED = (
    CurrencyState.IN_FORCE,
    CurrencyState.NOT_YET,
    CurrencyState.AMENDED,
    CurrencyState.SUSPENDED,
    CurrencyState.REPLACED,
    CurrencyState.EXPIRED,
)


def _words() -> dict[str, Any]:
    return {"kinds": CURRENCY_KINDS, "currency_name": currency_name}


@router.get("/new")
def show_new_document(request: Request, session: Reading, actor: Keeper) -> Response:
    check_may_keep_register(actor)
    return _form(request, session, actor, values=DocumentInput())


@router.post("/new")
def create_document(
    request: Request, session: Tx, actor: Keeper, form: Annotated[DocumentInput, Form()]
) -> Response:
    try:
        with attempting(session):
            document = documents.create_document(session, actor, data=form)
    except Refusal as refusal:
        return _form(request, session, actor, values=form, refusal=refusal)
    sentence = _("Đã thêm văn bản %(number)s.", number=document.number)
    return go_on(request, f"/bank/legal/{document.id}", sentence)


def _form(
    request: Request,
    session: Session,
    actor: Actor,
    *,
    values: DocumentInput | LegalDocument,
    document: LegalDocument | None = None,
    refusal: Refusal | None = None,
) -> Response:
    if refusal is not None and refusal.field is None and refusal.code != "stale":
        raise refusal
    sentence = refusal_sentence(refusal) if refusal else ""
    errors = {refusal.field: sentence} if refusal and refusal.field else {}
    return show(
        request,
        session,
        actor,
        "legal/document_form",
        tab="legal",
        status=refusal.status if refusal else 200,
        values=values,
        errors=errors,
        refusal="" if errors else sentence,
        document=document,
    )


@router.get("/{document_id}/edit")
def show_edit_document(request: Request, session: Reading, actor: Keeper, document_id: UUID) -> Response:
    check_may_keep_register(actor)
    document = get_document(session, actor, document_id)
    return _form(request, session, actor, values=document, document=document)


@router.post("/{document_id}/edit")
def edit_document(
    request: Request, session: Tx, actor: Keeper, document_id: UUID, form: Annotated[DocumentInput, Form()]
) -> Response:
    try:
        with attempting(session):
            document = documents.update_document(session, actor, document_id=document_id, data=form)
    except Refusal as refusal:
        known = get_document(session, actor, document_id)
        return _form(request, session, actor, values=form, document=known, refusal=refusal)
    return go_on(request, f"/bank/legal/{document.id}", _("Đã sửa thông tin văn bản."))


@router.get("/{document_id}")
def show_document(request: Request, session: Reading, actor: Viewer, document_id: UUID) -> Response:
    return _page(request, session, actor, document_id=document_id)


def _page(
    request: Request, session: Session, actor: Actor, *, document_id: UUID, refusal: Refusal | None = None
) -> Response:
    document = get_document(session, actor, document_id)
    register = load_register(session)
    known = register.documents[str(document.id)]
    history = changes.history_of(session, document)
    undone = {relation.undoes_id for relation in history if relation.undoes_id}
    statement = documents.items_citing(items_visible_to(actor), document)
    found = paginate(session, statement, size=SHOWN_ITEMS)
    standing = standing_of(known, register, on=today())
    return show(
        request,
        session,
        actor,
        "legal/document",
        tab="legal",
        status=refusal.status if refusal else 200,
        refusal=refusal_sentence(refusal) if refusal else "",
        document=document,
        standing=standing,
        sentence=currency_sentence(standing),
        namesakes=register.namesakes(known),
        history=[
            {
                "row": relation,
                "name": change_name(relation.kind),
                "places": places_text(relation),
                "start": register.starts(change_of(relation)),
                "is_undone": relation.id in undone,
                "can_undo": _can_undo(actor, document, relation) and relation.id not in undone,
            }
            for relation in history
        ],
        people=account_names(session, {relation.recorded_by for relation in history if relation.recorded_by}),
        items=found,
        may_keep=may_keep_register(actor),
        document_name=document_name,
        **_words(),
    )


def _can_undo(actor: Actor, document: LegalDocument, relation: LegalRelation) -> bool:
    return may_keep_register(actor) and relation.target_id == document.id and relation.undoes_id is None


@router.post("/changes/{relation_id}/undo")
def undo_change(
    request: Request, session: Tx, actor: Keeper, relation_id: UUID, form: Annotated[ReasonInput, Form()]
) -> Response:
    target_id = get_relation(session, actor, relation_id).target_id
    try:
        with attempting(session):
            changes.undo_change(session, actor, relation_id=relation_id, reason=form.reason)
    except Refusal as refusal:
        if refusal.status == 403:
            raise
        return _page(request, session, actor, document_id=target_id, refusal=refusal)
    sentence = _("Đã rút lại thay đổi. Câu hỏi đã tạm ngừng chỉ được dùng lại sau khi thẩm định.")
    return go_on(request, f"/bank/legal/{target_id}", sentence)
