"""The supply matrix: for how long the banks last for each blueprint, for those who write and for those who plan."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from exam_service import clock
from exam_service.actor import Actor, Permission
from exam_service.auth.access import require
from exam_service.bank.access import banks_visible_to
from exam_service.bank.models import Bank
from exam_service.db import Reading
from exam_service.i18n import HOME
from exam_service.periods.blueprints import newest_blueprints
from exam_service.periods.supply_matrix import banks_by_blueprint, supply_matrix
from exam_service.templates import render

router = APIRouter()
Planner = Annotated[Actor, require(Permission.BANK_VIEW, Permission.PERIODS_VIEW)]
USUAL_REST = 2


def _blank_is_none(value: object) -> object:
    return None if value == "" else value


class SupplyQuery(BaseModel):
    """Which blueprint, on which day, and for how many papers nobody may see an item again."""

    model_config = ConfigDict(frozen=True)

    blueprint: Annotated[UUID | None, BeforeValidator(_blank_is_none)] = None
    day: Annotated[date | None, BeforeValidator(_blank_is_none)] = None
    rest: Annotated[int, Field(ge=0, le=10)] = USUAL_REST


def _banks(session: Session, actor: Actor) -> list[Bank]:
    """Those who plan periods count every bank but read no question; those who write see theirs."""
    if actor.can(Permission.PERIODS_VIEW):
        return list(session.scalars(select(Bank).order_by(Bank.code)))
    return list(session.scalars(banks_visible_to(actor)))


@router.get("/bank/supply")
def supply_page(
    request: Request, session: Reading, actor: Planner, wanted: Annotated[SupplyQuery, Query()]
) -> Response:
    banks = _banks(session, actor)
    by_code = banks_by_blueprint(session, [bank.id for bank in banks])
    offered = [stored for stored in newest_blueprints(session) if stored.code in by_code]
    chosen = next((stored for stored in offered if stored.id == wanted.blueprint), None)
    chosen = chosen or next(iter(offered), None)
    day = wanted.day or clock.now().astimezone(HOME).date()
    counted = None
    drawn_from: list[Bank] = []
    if chosen is not None:
        drawn_from = [bank for bank in banks if bank.id in by_code[chosen.code]]
        bank_ids = [bank.id for bank in drawn_from]
        counted = supply_matrix(session, chosen, bank_ids=bank_ids, day=day, rest=wanted.rest)
    return render(
        request,
        "periods/supply.html",
        actor=actor,
        blueprints=[(str(stored.id), f"{stored.name} ({stored.code})") for stored in offered],
        chosen=chosen,
        banks=drawn_from,
        day=day,
        rest=wanted.rest,
        counted=counted,
        reads_bank=actor.can(Permission.BANK_VIEW),
        writes=actor.can(Permission.BANK_AUTHOR),
    )
