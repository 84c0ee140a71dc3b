"""Pages of the unit tree and of the positions."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response
from sqlalchemy.orm import Session

from exam_service.actor import Actor, Permission
from exam_service.auth.access import require
from exam_service.db import Reading, Tx, attempting
from exam_service.errors import Refusal
from exam_service.http import flash_redirect, refusal_sentence
from exam_service.i18n import gettext as _
from exam_service.people import positions, units
from exam_service.people.models import Position, PositionGroup, PositionRegime, Unit, UnitType
from exam_service.people.schemas import PositionInput, UnitInput
from exam_service.templates import render

router = APIRouter()
Viewer = Annotated[Actor, require(Permission.PEOPLE_VIEW)]
Keeper = Annotated[Actor, require(Permission.PEOPLE_MANAGE)]


@router.get("/people/units")
def show_units(request: Request, session: Reading, actor: Viewer) -> Response:
    return render(request, "people/units.html", nodes=units.unit_tree(session), title_of=units.unit_title)


@router.get("/people/units/new")
def show_new_unit(request: Request, session: Reading, actor: Keeper) -> Response:
    return _unit_page(request, session, values=UnitInput(is_active=True))


@router.post("/people/units/new")
def create_unit(request: Request, session: Tx, actor: Keeper, form: Annotated[UnitInput, Form()]) -> Response:
    return _save_unit(request, session, actor, unit_id=None, form=form)


@router.get("/people/units/{unit_id}")
def show_unit(request: Request, session: Reading, actor: Keeper, unit_id: UUID) -> Response:
    unit = units.get_unit(session, unit_id)
    values = UnitInput(
        code=unit.code,
        type=UnitType(unit.type),
        name=unit.name,
        parent_id=unit.parent_id,
        is_active=unit.is_active,
    )
    return _unit_page(request, session, values=values, unit=unit)


@router.post("/people/units/{unit_id}")
def update_unit(
    request: Request, session: Tx, actor: Keeper, unit_id: UUID, form: Annotated[UnitInput, Form()]
) -> Response:
    return _save_unit(request, session, actor, unit_id=unit_id, form=form)


def _save_unit(
    request: Request, session: Session, actor: Actor, *, unit_id: UUID | None, form: UnitInput
) -> Response:
    try:
        with attempting(session):
            unit = units.save_unit(session, actor, unit_id=unit_id, data=form)
    except Refusal as refusal:
        known = units.get_unit(session, unit_id) if unit_id else None
        return _unit_page(request, session, values=form, unit=known, refusal=refusal)
    return flash_redirect("/people/units", _("Đã lưu %(name)s.", name=units.unit_title(unit)))


def _unit_page(
    request: Request,
    session: Session,
    *,
    values: UnitInput,
    unit: Unit | None = None,
    refusal: Refusal | None = None,
) -> Response:
    return render(
        request,
        "people/unit.html",
        status=refusal.status if refusal else 200,
        unit=unit,
        values=values,
        errors={refusal.field or "code": refusal_sentence(refusal)} if refusal else {},
        types=[(kind.value, _(units.UNIT_TYPE_NAMES[kind])) for kind in UnitType],
        parents=[(row.id, units.unit_title(row)) for row in units.all_units(session)],
    )


@router.get("/people/positions")
def show_positions(request: Request, session: Reading, actor: Viewer) -> Response:
    return render(
        request,
        "people/positions.html",
        positions=positions.all_positions(session),
        holders=positions.holders(session),
        regime_names=positions.REGIME_NAMES,
        group_names=positions.GROUP_NAMES,
    )


@router.get("/people/positions/new")
def show_new_position(request: Request, actor: Keeper) -> Response:
    return _position_page(request, values=PositionInput(is_active=True))


@router.post("/people/positions/new")
def create_position(
    request: Request, session: Tx, actor: Keeper, form: Annotated[PositionInput, Form()]
) -> Response:
    return _save_position(request, session, actor, position_id=None, form=form)


@router.get("/people/positions/{position_id}")
def show_position(request: Request, session: Reading, actor: Keeper, position_id: UUID) -> Response:
    position = positions.get_position(session, position_id)
    values = PositionInput(
        code=position.code,
        title=position.title,
        regime=PositionRegime(position.regime),
        group=PositionGroup(position.group),
        is_active=position.is_active,
    )
    return _position_page(request, values=values, position=position)


@router.post("/people/positions/{position_id}")
def update_position(
    request: Request, session: Tx, actor: Keeper, position_id: UUID, form: Annotated[PositionInput, Form()]
) -> Response:
    return _save_position(request, session, actor, position_id=position_id, form=form)


def _save_position(
    request: Request, session: Session, actor: Actor, *, position_id: UUID | None, form: PositionInput
) -> Response:
    try:
        with attempting(session):
            position = positions.save_position(session, actor, position_id=position_id, data=form)
    except Refusal as refusal:
        known = positions.get_position(session, position_id) if position_id else None
        return _position_page(request, values=form, position=known, refusal=refusal)
    return flash_redirect("/people/positions", _("Đã lưu %(name)s.", name=position.title))


def _position_page(
    request: Request,
    *,
    values: PositionInput,
    position: Position | None = None,
    refusal: Refusal | None = None,
) -> Response:
    return render(
        request,
        "people/position.html",
        status=refusal.status if refusal else 200,
        position=position,
        values=values,
        errors={refusal.field or "code": refusal_sentence(refusal)} if refusal else {},
        regimes=[(regime.value, _(positions.REGIME_NAMES[regime])) for regime in PositionRegime],
        groups=[(group.value, _(positions.GROUP_NAMES[group])) for group in PositionGroup],
    )
