"""Positions in both vocabularies: chức vụ and chức danh of Nghị định 33/2023, and vị trí việc làm since 1/7/2025."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from exam_service import audit
from exam_service.actor import Actor
from exam_service.errors import NotFound, Refusal
from exam_service.i18n import N_
from exam_service.people.models import Appointment, Position, PositionGroup, PositionRegime
from exam_service.people.names import clean_name
from exam_service.people.schemas import PositionInput

REGIME_NAMES: dict[PositionRegime, str] = {
    PositionRegime.JOB_POSITION: N_("Vị trí việc làm (từ 01/7/2025)"),
    PositionRegime.DECREE_33_2023: N_("Chức vụ, chức danh theo Nghị định 33/2023/NĐ-CP"),
}
GROUP_NAMES: dict[PositionGroup, str] = {
    PositionGroup.LEADERSHIP: N_("Lãnh đạo, quản lý"),
    PositionGroup.PROFESSIONAL: N_("Chuyên môn, nghiệp vụ"),
    PositionGroup.SUPPORT: N_("Hỗ trợ, phục vụ"),
    PositionGroup.CADRE: N_("Cán bộ (chức vụ)"),
    PositionGroup.CIVIL_SERVANT: N_("Công chức (chức danh)"),
}
# Chức vụ (elected office) and chức danh (job title) belong to the decree, the three groups to job positions.
GROUPS_OF: dict[PositionRegime, frozenset[PositionGroup]] = {
    PositionRegime.DECREE_33_2023: frozenset({PositionGroup.CADRE, PositionGroup.CIVIL_SERVANT}),
    PositionRegime.JOB_POSITION: frozenset(
        {PositionGroup.LEADERSHIP, PositionGroup.PROFESSIONAL, PositionGroup.SUPPORT}
    ),
}


class PositionFieldMissing(Refusal):
    code = "position_field_missing"
    status = 422
    message = "Hãy nhập đủ mã và tên vị trí."


class PositionCodeTaken(Refusal):
    code = "position_code_taken"
    status = 409
    message = "Đã có vị trí mang mã này."


class PositionTitleTaken(Refusal):
    code = "position_title_taken"
    status = 409
    message = "Danh mục này đã có vị trí cùng tên."


class GroupOfOtherRegime(Refusal):
    code = "group_of_other_regime"
    status = 422
    message = "Nhóm này không thuộc danh mục đã chọn."


def save_position(
    session: Session, actor: Actor, *, position_id: UUID | None, data: PositionInput
) -> Position:
    """A new position, or the changed one; one that people hold is never deleted, only made inactive.

    Raises NotFound, PositionFieldMissing, PositionCodeTaken, PositionTitleTaken, GroupOfOtherRegime.
    """
    position = get_position(session, position_id) if position_id else Position()
    code, title = data.code.strip().upper(), clean_name(data.title)
    if not code or not title:
        raise PositionFieldMissing(field="title" if code else "code")
    if data.group not in GROUPS_OF[data.regime]:
        raise GroupOfOtherRegime(field="group")
    others = Position.id != position_id if position_id else Position.id.is_not(None)
    if session.scalar(select(exists().where(others, Position.code == code))):
        raise PositionCodeTaken(field="code")
    same = func.lower(Position.title) == title.lower()
    if session.scalar(select(exists().where(others, Position.regime == data.regime, same))):
        raise PositionTitleTaken(field="title")
    position.code, position.title = code, title
    position.regime, position.group = data.regime.value, data.group.value
    position.is_active = data.is_active
    session.add(position)
    session.flush()  # the id names the subject of the audit row
    verb = "position.update" if position_id else "position.create"
    audit.record(session, actor, verb, ("position", position.id), code=code, title=title)
    return position


def get_position(session: Session, position_id: UUID) -> Position:
    """Raises NotFound."""
    position = session.get(Position, position_id)
    if position is None:
        raise NotFound
    return position


def all_positions(session: Session, *, active_only: bool = False) -> Sequence[Position]:
    """Every position, job positions first, then by group and title."""
    order = (Position.regime.desc(), Position.group, Position.title)
    statement = select(Position).order_by(*order)
    return session.scalars(statement.where(Position.is_active) if active_only else statement).all()


def holders(session: Session) -> dict[UUID, int]:
    """How many people hold each position until further notice."""
    rows = session.execute(
        select(Appointment.position_id, func.count(Appointment.person_id.distinct()))
        .where(Appointment.to_date.is_(None))
        .group_by(Appointment.position_id)
    )
    return {position_id: people for position_id, people in rows}  # noqa: C416 - rows are no pairs to the type checker
