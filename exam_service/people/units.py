"""Units: the tree of organisations in which people hold their positions."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from exam_service import audit
from exam_service.actor import Actor
from exam_service.errors import NotFound, Refusal
from exam_service.i18n import N_
from exam_service.people.models import Appointment, Unit, UnitType
from exam_service.people.names import clean_name, sort_key
from exam_service.people.schemas import UnitInput

# The word before the name; an office is named by itself ("Phòng Văn hóa - Xã hội").
UNIT_TYPE_NAMES: dict[UnitType, str] = {
    UnitType.CITY: N_("Thành phố"),
    UnitType.COMMUNE: N_("Xã"),
    UnitType.WARD: N_("Phường"),
    UnitType.SPECIAL_ZONE: N_("Đặc khu"),
    UnitType.TOWNSHIP: N_("Thị trấn"),
    UnitType.DISTRICT: N_("Quận, huyện, thị xã"),
    UnitType.OFFICE: N_("Phòng, văn phòng, trung tâm"),
}
_WORDS = {
    UnitType.CITY: "Thành phố",
    UnitType.COMMUNE: "Xã",
    UnitType.WARD: "Phường",
    UnitType.SPECIAL_ZONE: "Đặc khu",
    UnitType.TOWNSHIP: "Thị trấn",
    UnitType.DISTRICT: "Huyện",
}


class UnitFieldMissing(Refusal):
    code = "unit_field_missing"
    status = 422
    message = "Hãy nhập đủ mã và tên đơn vị."


class UnitCodeTaken(Refusal):
    code = "unit_code_taken"
    status = 409
    message = "Đã có đơn vị mang mã này."


class UnitNameTaken(Refusal):
    code = "unit_name_taken"
    status = 409
    message = "Đơn vị cấp trên này đã có đơn vị cùng loại và cùng tên."


class UnitInOwnBranch(Refusal):
    code = "unit_in_own_branch"
    status = 422
    message = "Đơn vị cấp trên không thể là chính đơn vị này hoặc đơn vị trực thuộc nó."


@dataclass(frozen=True)
class UnitNode:
    """A unit in the tree: `depth` from 0, `people` who hold a position in it on the day asked for."""

    unit: Unit
    depth: int
    people: int


def unit_title(unit: Unit) -> str:
    """Type and name, because a name alone may mean two units: "Phường Vị Thanh", "Xã Vị Thanh 1"."""
    return f"{_WORDS.get(UnitType(unit.type), '')} {unit.name}".strip()


def save_unit(session: Session, actor: Actor, *, unit_id: UUID | None, data: UnitInput) -> Unit:
    """A new unit, or the changed one.

    Raises NotFound, UnitFieldMissing, UnitCodeTaken, UnitNameTaken, UnitInOwnBranch.
    """
    unit = get_unit(session, unit_id) if unit_id else Unit()
    code, name = data.code.strip().upper(), clean_name(data.name)
    _check_unit(session, unit_id, data=data, code=code, name=name)
    unit.code, unit.type, unit.name = code, data.type.value, name
    unit.parent_id, unit.is_active, unit.sort_key = data.parent_id, data.is_active, sort_key(name)
    session.add(unit)
    session.flush()  # the id names the subject of the audit row
    verb = "unit.update" if unit_id else "unit.create"
    audit.record(session, actor, verb, ("unit", unit.id), code=code, name=unit_title(unit))
    return unit


def _check_unit(session: Session, unit_id: UUID | None, *, data: UnitInput, code: str, name: str) -> None:
    if not code or not name:
        raise UnitFieldMissing(field="name" if code else "code")
    others = Unit.id != unit_id if unit_id else Unit.id.is_not(None)
    if session.scalar(select(exists().where(others, Unit.code == code))):
        raise UnitCodeTaken(field="code")
    same_place = Unit.parent_id.is_not_distinct_from(data.parent_id)
    if session.scalar(select(exists().where(others, Unit.type == data.type, Unit.name == name, same_place))):
        raise UnitNameTaken(field="name")
    above = data.parent_id
    while above is not None:
        if above == unit_id:
            raise UnitInOwnBranch(field="parent_id")
        above = get_unit(session, above).parent_id


def get_unit(session: Session, unit_id: UUID) -> Unit:
    """Raises NotFound."""
    unit = session.get(Unit, unit_id)
    if unit is None:
        raise NotFound
    return unit


def all_units(session: Session, *, active_only: bool = False) -> Sequence[Unit]:
    """Every unit, by name in Vietnamese order."""
    statement = select(Unit).order_by(Unit.sort_key, Unit.code)
    return session.scalars(statement.where(Unit.is_active) if active_only else statement).all()


def unit_tree(session: Session) -> list[UnitNode]:
    """Every unit, each followed by those below it, with the number of people who are appointed now or later."""
    counted = session.execute(
        select(Appointment.unit_id, func.count(Appointment.person_id.distinct()))
        .where(Appointment.to_date.is_(None))
        .group_by(Appointment.unit_id)
    )
    counts = {unit_id: people for unit_id, people in counted}  # noqa: C416 - rows are no pairs to the type checker
    below: dict[UUID | None, list[Unit]] = {}
    for unit in all_units(session):
        below.setdefault(unit.parent_id, []).append(unit)

    def walk(parent_id: UUID | None, depth: int) -> Iterator[UnitNode]:
        for unit in below.get(parent_id, []):
            yield UnitNode(unit, depth, counts.get(unit.id, 0))
            yield from walk(unit.id, depth + 1)

    return list(walk(None, 0))


def branch_ids(session: Session, unit_id: UUID) -> list[UUID]:
    """The unit and all that stand below it."""
    branch = select(Unit.id).where(Unit.id == unit_id).cte(recursive=True)
    branch = branch.union_all(select(Unit.id).join(branch, Unit.parent_id == branch.c.id))
    return list(session.scalars(select(branch.c.id)))
