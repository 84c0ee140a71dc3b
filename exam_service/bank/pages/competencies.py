"""The competency tree."""

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from sqlalchemy.orm import Session

from exam_service.actor import Actor
from exam_service.bank import competencies
from exam_service.bank.pages.banks import may_shape
from exam_service.bank.pages.frame import Reviewer, Viewer, go_on, show
from exam_service.bank.schemas import CompetencyInput
from exam_service.db import Reading, Tx, attempting
from exam_service.errors import Refusal
from exam_service.http import refusal_sentence
from exam_service.i18n import gettext as _

router = APIRouter(prefix="/competencies")


@router.get("")
def show_competencies(request: Request, session: Reading, actor: Viewer) -> Response:
    return _page(request, session, actor)


@router.post("")
def save_competency(
    request: Request, session: Tx, actor: Reviewer, form: Annotated[CompetencyInput, Form()]
) -> Response:
    try:
        with attempting(session):
            node = competencies.save_competency(session, actor, data=form)
    except Refusal as refusal:
        return _page(request, session, actor, values=form, refusal=refusal)
    return go_on(request, "/bank/competencies", _("Đã lưu năng lực %(code)s.", code=node.code))


@router.post("/{code}/delete")
def delete_competency(request: Request, session: Tx, actor: Reviewer, code: str) -> Response:
    try:
        with attempting(session):
            competencies.delete_competency(session, actor, code=code)
    except competencies.CompetencyInUse as refusal:
        return _page(request, session, actor, refusal=refusal)
    return go_on(request, "/bank/competencies", _("Đã xóa năng lực %(code)s.", code=code))


def _page(
    request: Request,
    session: Session,
    actor: Actor,
    *,
    values: CompetencyInput | None = None,
    refusal: Refusal | None = None,
) -> Response:
    return show(
        request,
        session,
        actor,
        "competencies",
        tab="competencies",
        status=refusal.status if refusal else 200,
        rows=competencies.list_competencies(session, actor),
        values=values or CompetencyInput(),
        errors={refusal.field: refusal_sentence(refusal)} if refusal and refusal.field else {},
        refusal=refusal_sentence(refusal) if refusal and refusal.field is None else "",
        may_shape=may_shape(actor),
    )
