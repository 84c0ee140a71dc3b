"""The banks with their counts and supply, and exporting one."""

from datetime import date
from typing import Annotated
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Form, Query, Request, Response
from sqlalchemy.orm import Session

from exam_service import clock
from exam_service.actor import Actor, Permission
from exam_service.auth.access import require
from exam_service.bank import banks
from exam_service.bank.access import check_may_shape, get_bank
from exam_service.bank.exports import export_bank, plan_export
from exam_service.bank.formats import FORMATS, XLSX
from exam_service.bank.legal.touching import today
from exam_service.bank.manage.health import ageing_items, key_places
from exam_service.bank.pages.frame import Reviewer, Viewer, go_on, show
from exam_service.bank.schemas import BankInput, BankQuery, ExportInput
from exam_service.bank.sentences import STATE_NAMES, level_choices
from exam_service.bank.supply import load_supply
from exam_service.db import Reading, Tx, attempting
from exam_service.errors import Refusal
from exam_service.http import refusal_sentence
from exam_service.i18n import gettext as _

router = APIRouter()


def may_shape(actor: Actor) -> bool:
    """True when the actor may add banks and change the competency tree."""
    return actor.can(Permission.BANK_REVIEW) and actor.bank_position_ids is None


@router.get("")
def show_banks(request: Request, session: Reading, actor: Viewer) -> Response:
    counted = banks.count_banks(session, actor)
    return show(
        request,
        session,
        actor,
        "banks",
        tab="banks",
        banks=counted,
        states=list(STATE_NAMES),
        may_shape=may_shape(actor),
    )


@router.get("/banks/new")
def show_new_bank(request: Request, session: Reading, actor: Reviewer) -> Response:
    check_may_shape(actor)
    return _bank_form(request, session, actor, values=BankInput())


@router.post("/banks/new")
def create_bank(
    request: Request, session: Tx, actor: Reviewer, form: Annotated[BankInput, Form()]
) -> Response:
    try:
        with attempting(session):
            bank = banks.create_bank(session, actor, data=form)
    except Refusal as refusal:
        return _bank_form(request, session, actor, values=form, refusal=refusal)
    return go_on(request, f"/bank/banks/{bank.code}", _("Đã thêm ngân hàng %(name)s.", name=bank.name))


def _bank_form(
    request: Request, session: Session, actor: Actor, *, values: BankInput, refusal: Refusal | None = None
) -> Response:
    if refusal is not None and refusal.field is None:
        raise refusal
    errors = {refusal.field: refusal_sentence(refusal)} if refusal else {}
    return show(
        request,
        session,
        actor,
        "bank_new",
        tab="banks",
        status=refusal.status if refusal else 200,
        values=values,
        errors=errors,
        positions=banks.positions_without_bank(session),
    )


@router.get("/banks/{code}")
def show_bank(
    request: Request, session: Reading, actor: Viewer, code: str, query: Annotated[BankQuery, Query()]
) -> Response:
    bank = get_bank(session, actor, code=code)
    day = query.day or today()
    supply = load_supply(session, [bank.id], days=[day])
    counts = next(counted for counted in banks.count_banks(session, actor) if counted.bank.id == bank.id)
    return show(
        request,
        session,
        actor,
        "bank",
        tab="banks",
        bank=bank,
        counts=counts,
        states=list(STATE_NAMES),
        day=day,
        supply=banks.count_supply(session, supply.pool),
        key_places=key_places(supply.drafts.values()),
        ageing=ageing_items(session, bank),
        levels=level_choices(),
        may_shape=may_shape(actor),
        today=clock.now(),
    )


@router.get("/banks/{code}/export")
def show_export(
    request: Request, session: Reading, actor: Viewer, code: str, form: Annotated[ExportInput, Query()]
) -> Response:
    bank = get_bank(session, actor, code=code)
    name = form.format if form.format in FORMATS else "xlsx"
    state = form.state if form.state in STATE_NAMES else ""
    return show(
        request,
        session,
        actor,
        "export",
        tab="banks",
        bank=bank,
        plan=plan_export(session, actor, bank_id=bank.id, format_name=name, state=state),
        formats=[(known.name, _(known.label)) for known in FORMATS.values()],
        state=state,
    )


@router.post("/banks/{bank_id}/rename")
def rename_bank(
    request: Request, session: Tx, actor: Reviewer, bank_id: UUID, form: Annotated[BankInput, Form()]
) -> Response:
    bank = banks.rename_bank(session, actor, bank_id=bank_id, name=form.name)
    return go_on(request, f"/bank/banks/{bank.code}", _("Đã đổi tên ngân hàng."))


@router.post("/banks/{bank_id}/export")
def download_bank(
    session: Tx, actor: Viewer, bank_id: UUID, form: Annotated[ExportInput, Form()]
) -> Response:
    bank = get_bank(session, actor, bank_id=bank_id)
    state = form.state if form.state in STATE_NAMES else ""
    data = export_bank(session, actor, bank_id=bank_id, format_name=form.format, state=state)
    chosen = FORMATS[form.format]
    name = f"{bank.code}_{_day(clock.now().date())}{chosen.extensions[0]}"
    return _file(data, name, media_type=chosen.media_type)


@router.get("/template.xlsx", dependencies=[require(Permission.BANK_AUTHOR)])
def download_template() -> Response:
    return _file(FORMATS["xlsx"].template(), "mau_nhap_cau_hoi.xlsx")


def _day(day: date) -> str:
    return day.strftime("%Y%m%d")


def _file(data: bytes, name: str, *, media_type: str = XLSX) -> Response:
    disposition = f"attachment; filename=\"{quote(name)}\"; filename*=UTF-8''{quote(name)}"
    headers = {"Content-Disposition": disposition, "Cache-Control": "no-store"}
    return Response(data, media_type=media_type, headers=headers)
