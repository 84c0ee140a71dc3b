"""Periods, their exams and sittings while they are being prepared."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Select, false, func, select
from sqlalchemy.orm import Session, selectinload
from uuid_utils.compat import uuid7

from exam_service import clock
from exam_service.actor import Actor, Permission
from exam_service.audit import record
from exam_service.bank.models import Bank
from exam_service.errors import Forbidden, Invalid, NotFound, Refusal, Stale
from exam_service.i18n import HOME
from exam_service.i18n import gettext as _
from exam_service.people.models import Position
from exam_service.periods.models import (
    Candidate,
    Exam,
    ExamPosition,
    Period,
    PeriodState,
    Sitting,
    StoredBlueprint,
)
from exam_service.periods.schemas import ExamInput, PeriodInput, SittingInput


class PeriodIsSealed(Refusal):
    code = "period_sealed"
    message = "Kỳ sát hạch đã niêm phong nên không sửa được nội dung này."


class CodeTaken(Refusal):
    code = "code_taken"
    message = "Mã %(code)s đã được dùng. Hãy chọn mã khác."


class PositionTaken(Refusal):
    code = "position_taken"
    message = "Vị trí “%(position)s” đã thuộc nội dung %(exam)s của kỳ này; mỗi vị trí chỉ thi một nội dung."


class RoomTaken(Refusal):
    code = "room_taken"
    message = "Phòng %(room)s đã có ca thi %(sitting)s trùng thời gian. Hãy đổi phòng hoặc giờ."


class SittingTaken(Refusal):
    code = "sitting_taken"
    message = "Nội dung này đã có ca “%(name)s” ở phòng %(room)s. Hãy đặt tên ca hoặc phòng khác."


class SittingInUse(Refusal):
    code = "sitting_in_use"
    message = "Ca thi còn %(count)s thí sinh. Hãy chuyển thí sinh sang ca khác trước khi xóa."


def check_may_manage(actor: Actor) -> None:
    """Raises Forbidden unless the actor manages periods."""
    if not actor.can(Permission.PERIODS_MANAGE):
        raise Forbidden


def periods_visible_to(actor: Actor) -> Select[Period]:
    """The periods that the actor may know of, newest first: all for staff with the right, none for others."""
    statement = select(Period).order_by(Period.created_at.desc())
    return statement if actor.can(Permission.PERIODS_VIEW) else statement.where(false())


def get_period(session: Session, actor: Actor, period_id: UUID) -> Period:
    """The period with its exams, positions and sittings. Raises NotFound."""
    period = session.scalar(
        periods_visible_to(actor)
        .where(Period.id == period_id)
        .options(
            selectinload(Period.exams).selectinload(Exam.positions),
            selectinload(Period.exams).selectinload(Exam.sittings),
            selectinload(Period.exams).selectinload(Exam.blueprint),
        )
    )
    if period is None:
        raise NotFound
    return period


def get_draft(session: Session, actor: Actor, period_id: UUID) -> Period:
    """The period, locked, if the actor may change it. Raises Forbidden, NotFound, PeriodIsSealed."""
    check_may_manage(actor)
    period = session.scalar(select(Period).where(Period.id == period_id).with_for_update())
    if period is None:
        raise NotFound
    if period.state != PeriodState.DRAFT:
        raise PeriodIsSealed
    return period


def create_period(session: Session, actor: Actor, *, data: PeriodInput) -> Period:
    """A new period in draft. Raises CodeTaken, Forbidden."""
    check_may_manage(actor)
    if session.scalar(select(Period.id).where(Period.code == data.code)):
        raise CodeTaken(code=data.code, field="code")
    period = Period(**data.model_dump(), created_by=actor.id, created_at=clock.now())
    session.add(period)
    session.flush()  # the audit row names its id
    record(session, actor, "period.create", ("period", period.id), code=data.code, name=data.name)
    return period


def update_period(
    session: Session, actor: Actor, *, period_id: UUID, revision: int, data: PeriodInput
) -> Period:
    """The draft carries the new values. Raises Stale when somebody else changed it since `revision`."""
    period = get_draft(session, actor, period_id)
    if period.revision != revision:
        raise Stale
    taken = session.scalar(select(Period.id).where(Period.code == data.code, Period.id != period_id))
    if taken:
        raise CodeTaken(code=data.code, field="code")
    for name, value in data.model_dump().items():
        setattr(period, name, value)
    period.revision += 1
    record(session, actor, "period.update", ("period", period.id), **data.model_dump(mode="json"))
    return period


def save_exam(
    session: Session, actor: Actor, *, period_id: UUID, data: ExamInput, exam_id: UUID | None = None
) -> Exam:
    """The exam (new when `exam_id` is None) has these values; duration is copied to its sittings.

    Raises CodeTaken, PositionTaken, Invalid, NotFound, PeriodIsSealed, RoomTaken (a longer exam runs into the next
    sitting of a room).
    """
    period = get_draft(session, actor, period_id)
    exam = _own_exam(session, period, exam_id) if exam_id else Exam(id=uuid7(), period_id=period.id)
    _check_exam(session, period, exam, data)
    for name in (
        "code",
        "title",
        "blueprint_id",
        "duration_min",
        "late_limit_min",
        "unseen_periods",
        "cut_percent",
        "critical_tag",
        "mark_step",
        "earliest_submit_min",
        "reprimand_percent",
        "warning_percent",
        "watches_focus",
    ):
        setattr(exam, name, getattr(data, name))
    exam.mark_scale = data.mark_scale.value
    exam.bank_ids = [str(bank_id) for bank_id in data.bank_ids]
    exam.bands = [band.model_dump(mode="json") for band in data.bands]
    session.add(exam)
    session.flush()  # positions and sittings refer to it
    _set_positions(session, exam, data.position_ids)
    for sitting in exam.sittings:
        sitting.duration_min = data.duration_min
        _check_room(session, exam, sitting, sitting.room, sitting.starts_at)
    record(session, actor, "exam.save", ("exam", exam.id), **data.model_dump(mode="json"))
    return exam


def _own_exam(session: Session, period: Period, exam_id: UUID) -> Exam:
    exam = session.scalar(select(Exam).where(Exam.id == exam_id, Exam.period_id == period.id))
    if exam is None:
        raise NotFound
    return exam


def _check_exam(session: Session, period: Period, exam: Exam, data: ExamInput) -> None:
    others = select(Exam).where(Exam.period_id == period.id, Exam.id != exam.id)
    if session.scalar(others.where(Exam.code == data.code)):
        raise CodeTaken(code=data.code, field="code")
    if session.get(StoredBlueprint, data.blueprint_id) is None:
        raise Invalid(field="blueprint_id", reason=_("Ma trận đề không tồn tại. Hãy chọn lại."))
    for model, ids, field in (
        (Bank, data.bank_ids, "bank_ids"),
        (Position, data.position_ids, "position_ids"),
    ):
        known = session.scalar(select(func.count()).select_from(model).where(model.id.in_(ids)))
        if known != len(set(ids)):
            raise Invalid(
                field=field, reason=_("Có mục đã chọn không tồn tại. Hãy tải lại trang và chọn lại.")
            )
    taken = session.execute(
        select(Position.title, Exam.code)
        .join(ExamPosition, ExamPosition.position_id == Position.id)
        .join(Exam, Exam.id == ExamPosition.exam_id)
        .where(
            Exam.period_id == period.id,
            Position.id.in_(data.position_ids),
            Exam.id != exam.id,
        )
    ).first()
    if taken:
        raise PositionTaken(position=taken[0], exam=taken[1], field="position_ids")


def _set_positions(session: Session, exam: Exam, position_ids: list[UUID]) -> None:
    wanted, present = set(position_ids), {row.position_id: row for row in exam.positions}
    for position_id, row in present.items():
        if position_id not in wanted:
            exam.positions.remove(row)
    exam.positions.extend(ExamPosition(exam_id=exam.id, position_id=new) for new in wanted - present.keys())
    session.flush()  # later checks read the table


def delete_exam(session: Session, actor: Actor, *, period_id: UUID, exam_id: UUID) -> None:
    """The exam, its sittings and its candidates are gone from the draft."""
    period = get_draft(session, actor, period_id)
    exam = _own_exam(session, period, exam_id)
    for candidate in session.scalars(select(Candidate).where(Candidate.exam_id == exam.id)):
        session.delete(candidate)
    session.flush()  # candidates refer to sittings and exam
    for sitting in list(exam.sittings):
        session.delete(sitting)
    session.flush()
    session.delete(exam)
    record(session, actor, "exam.delete", ("exam", exam.id), code=exam.code)


def localise(moment: datetime) -> datetime:
    """The moment with a zone: what officers type is Vietnamese time."""
    return moment if moment.tzinfo else moment.replace(tzinfo=HOME)


def save_sitting(
    session: Session,
    actor: Actor,
    *,
    period_id: UUID,
    exam_id: UUID,
    data: SittingInput,
    sitting_id: UUID | None = None,
) -> Sitting:
    """The sitting (new when `sitting_id` is None) has these values; it lasts as long as its exam.

    Raises RoomTaken when the room has another sitting at that time, SittingTaken when the exam has one of that name
    there, Invalid when it starts in the past or holds more candidates than the new capacity.
    """
    period = get_draft(session, actor, period_id)
    exam = _own_exam(session, period, exam_id)
    sitting = _own_sitting(session, exam, sitting_id) if sitting_id else Sitting(id=uuid7(), exam_id=exam.id)
    starts_at = localise(data.starts_at)
    if starts_at <= clock.now():
        raise Invalid(field="starts_at", reason=_("Giờ bắt đầu đã qua. Hãy chọn thời điểm trong tương lai."))
    _check_name(session, sitting, data)
    _check_room(session, exam, sitting, data.room, starts_at)
    seated = session.scalar(select(func.count(Candidate.id)).where(Candidate.sitting_id == sitting.id)) or 0
    if sitting_id and seated > data.capacity:
        sentence = _("Ca thi đã xếp %(count)s thí sinh, nhiều hơn số chỗ mới.", count=seated)
        raise Invalid(field="capacity", reason=sentence)
    sitting.name, sitting.room, sitting.capacity = data.name, data.room, data.capacity
    sitting.starts_at, sitting.duration_min = starts_at, exam.duration_min
    session.add(sitting)
    session.flush()  # the audit row names its id
    record(session, actor, "sitting.save", ("sitting", sitting.id), **data.model_dump(mode="json"))
    return sitting


def _own_sitting(session: Session, exam: Exam, sitting_id: UUID) -> Sitting:
    sitting = session.scalar(select(Sitting).where(Sitting.id == sitting_id, Sitting.exam_id == exam.id))
    if sitting is None:
        raise NotFound
    return sitting


def _check_name(session: Session, sitting: Sitting, data: SittingInput) -> None:
    taken = session.scalar(
        select(Sitting.id).where(
            Sitting.exam_id == sitting.exam_id,
            Sitting.name == data.name,
            Sitting.room == data.room,
            Sitting.id != sitting.id,
        )
    )
    if taken:
        raise SittingTaken(name=data.name, room=data.room, field="name")


def _check_room(session: Session, exam: Exam, sitting: Sitting, room: str, starts_at: datetime) -> None:
    """Two exams may share a room and a start (one clock for all), but sittings must not overlap otherwise."""
    ends_at = starts_at + timedelta(minutes=exam.duration_min)
    others = session.scalars(
        select(Sitting)
        .join(Exam)
        .where(
            Exam.period_id == exam.period_id,
            Sitting.room == room,
            Sitting.id != sitting.id,
        )
    )
    for other in others:
        other_ends = other.starts_at + timedelta(minutes=other.duration_min)
        shares_start = other.starts_at == starts_at and other.exam_id != exam.id
        if not shares_start and other.starts_at < ends_at and starts_at < other_ends:
            raise RoomTaken(room=room, sitting=other.name, field="room")


def delete_sitting(
    session: Session, actor: Actor, *, period_id: UUID, exam_id: UUID, sitting_id: UUID
) -> None:
    """The sitting is gone. Raises SittingInUse while candidates are seated in it."""
    period = get_draft(session, actor, period_id)
    sitting = _own_sitting(session, _own_exam(session, period, exam_id), sitting_id)
    seated = session.scalar(select(func.count(Candidate.id)).where(Candidate.sitting_id == sitting.id)) or 0
    if seated:
        raise SittingInUse(count=seated)
    session.delete(sitting)
    record(session, actor, "sitting.delete", ("sitting", sitting.id), name=sitting.name, room=sitting.room)


def position_titles(session: Session, exam: Exam) -> list[str]:
    """The titles of the exam's positions, in the order of their codes."""
    ids = [row.position_id for row in exam.positions]
    return list(session.scalars(select(Position.title).where(Position.id.in_(ids)).order_by(Position.code)))


def counts_by_exam(session: Session, period: Period) -> dict[UUID, dict[str, int]]:
    """For each exam: how many candidates are entered, exempt, postponed, and entered but without a sitting."""
    counts: dict[UUID, dict[str, int]] = {}
    rows: Any = session.execute(
        select(
            Candidate.exam_id,
            Candidate.status,
            func.count(),
            func.count().filter(Candidate.sitting_id.is_(None)),
        )
        .where(Candidate.period_id == period.id)
        .group_by(Candidate.exam_id, Candidate.status)
    )
    for exam_id, status, total, unseated in rows:
        entry = counts.setdefault(exam_id, {"entered": 0, "exempt": 0, "postponed": 0, "unseated": 0})
        entry[status] = total
        if status == "entered":
            entry["unseated"] = unseated
    return counts
