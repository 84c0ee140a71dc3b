"""Lists of units and positions from files: loaded once, loaded again without doubling anything."""

from collections.abc import Iterable
from uuid import UUID

from pydantic import BaseModel, ConfigDict, TypeAdapter
from sqlalchemy import select
from sqlalchemy.orm import Session

from exam_service.actor import Actor
from exam_service.people.models import Position, PositionGroup, PositionRegime, Unit, UnitType
from exam_service.people.positions import save_position
from exam_service.people.schemas import PositionInput, UnitInput
from exam_service.people.units import save_unit


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class UnitEntry(_Entry):
    """A unit; `parent` is the code of a unit that stands before it in the list, None for a root."""

    code: str
    type: UnitType
    name: str
    parent: str | None


class PositionEntry(_Entry):
    code: str
    title: str
    regime: PositionRegime
    group: PositionGroup


def read_units(json: bytes) -> list[UnitEntry]:
    """Raises pydantic.ValidationError when the file is not a list of units."""
    return TypeAdapter(list[UnitEntry]).validate_json(json)


def read_positions(json: bytes) -> list[PositionEntry]:
    """Raises pydantic.ValidationError when the file is not a list of positions."""
    return TypeAdapter(list[PositionEntry]).validate_json(json)


def load_units(session: Session, actor: Actor, *, entries: Iterable[UnitEntry]) -> dict[str, UUID]:
    """Units that are missing (by code) are there; returns the id of every listed code."""
    known = {unit.code: unit.id for unit in session.scalars(select(Unit))}
    for entry in entries:
        if entry.code not in known:
            parent_id = known[entry.parent] if entry.parent else None
            data = UnitInput(
                code=entry.code, type=entry.type, name=entry.name, parent_id=parent_id, is_active=True
            )
            known[entry.code] = save_unit(session, actor, unit_id=None, data=data).id
    return known


def load_positions(session: Session, actor: Actor, *, entries: Iterable[PositionEntry]) -> dict[str, UUID]:
    """Positions that are missing (by code) are there; returns the id of every listed code."""
    known = {position.code: position.id for position in session.scalars(select(Position))}
    for entry in entries:
        if entry.code not in known:
            data = PositionInput(**entry.model_dump(), is_active=True)
            known[entry.code] = save_position(session, actor, position_id=None, data=data).id
    return known
