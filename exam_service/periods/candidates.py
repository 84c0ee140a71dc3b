"""Candidates: who is entered, who is excused, who sits where, under which number."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Select, false, func, or_, select
from sqlalchemy.orm import Session, joinedload

from exam_service.actor import Actor, Permission
from exam_service.audit import record
from exam_service.errors import Invalid, NotFound, Refusal
from exam_service.i18n import gettext as _
from exam_service.people.models import Appointment, Person
from exam_service.people.units import unit_title
from exam_service.periods.models import Candidate, CandidateStatus, Exam, ExamPosition, Period, Sitting
from exam_service.periods.schemas import ExtraTimeInput, StatusInput
from exam_service.periods.service import get_draft
from question_bank.text import fold


class NotEnoughSeats(Refusal):
    code = "not_enough_seats"
    message = "Các ca thi của %(exam)s còn thiếu %(short)s chỗ. Hãy thêm ca hoặc tăng số chỗ."


def candidates_visible_to(actor: Actor) -> Select[Candidate]:
    """The candidates that the actor may know of: all for staff who see periods, none for others."""
    statement = select(Candidate)
    return statement if actor.can(Permission.PERIODS_VIEW) else statement.where(false())


def enter_candidates(session: Session, actor: Actor, *, period_id: UUID) -> dict[str, int]:
    """Every official who holds a position of an exam on the reference date is a candidate of it.

    A person sits one exam: that of the main appointment if it has one, else that of the earliest other appointment.
    Run again after changes it adds, moves and removes; who was excused keeps status and reason, who stays in the
    exam keeps sitting and extra time. Returns counts {"added", "kept", "moved", "removed"}; numbers follow the order
    of names (tên, đệm, họ) over the period. Raises Forbidden, NotFound, PeriodIsSealed.
    """
    period = get_draft(session, actor, period_id)
    plan = plan_entry(session, period)
    for row in plan.removed:
        session.delete(row)
    for person_id, exam_id, appointment in plan.added:
        row = Candidate(period_id=period.id, person_id=person_id, number=f"?{person_id}")
        _copy_appointment(row, exam_id, appointment)
        session.add(row)
    for row, exam_id, appointment in plan.moved:
        row.sitting_id = None
        _copy_appointment(row, exam_id, appointment)
    for row, exam_id, appointment in plan.kept:
        _copy_appointment(row, exam_id, appointment)
    session.flush()  # numbering reads the table
    _number(session, period)
    period.revision += 1
    record(session, actor, "candidates.enter", ("period", period.id), **plan.counts)
    return plan.counts


@dataclass(frozen=True)
class EntryPlan:
    """What entering candidates again would do; nothing has been done yet."""

    added: list[tuple[UUID, UUID, Appointment]]  # person, exam, appointment that makes the person a candidate
    kept: list[tuple[Candidate, UUID, Appointment]]
    moved: list[tuple[Candidate, UUID, Appointment]]  # to another exam
    removed: list[Candidate]

    @property
    def counts(self) -> dict[str, int]:
        return {name: len(getattr(self, name)) for name in ("added", "kept", "moved", "removed")}

    @property
    def outdated(self) -> int:
        """How many people the list of candidates has wrong."""
        renamed = sum(_differs(row, appointment) for row, _exam_id, appointment in self.kept)
        return len(self.added) + len(self.moved) + len(self.removed) + renamed


def _differs(row: Candidate, appointment: Appointment) -> bool:
    return (row.unit_id, row.position_id, row.full_name) != (
        appointment.unit_id,
        appointment.position_id,
        appointment.person.full_name,
    )


def plan_entry(session: Session, period: Period) -> EntryPlan:
    """Compares the candidates of the period with the appointments on its reference date."""
    eligible = _eligible(session, period)
    present = {row.person_id: row for row in session.scalars(_of_period(period).order_by(Candidate.sort_key))}
    plan = EntryPlan([], [], [], [row for key, row in present.items() if key not in eligible])
    for person_id, (exam_id, appointment) in eligible.items():
        row = present.get(person_id)
        if row is None:
            plan.added.append((person_id, exam_id, appointment))
        elif row.exam_id != exam_id:
            plan.moved.append((row, exam_id, appointment))
        else:
            plan.kept.append((row, exam_id, appointment))
    return plan


def _of_period(period: Period) -> Select[Candidate]:
    return select(Candidate).where(Candidate.period_id == period.id)


def _eligible(session: Session, period: Period) -> dict[UUID, tuple[UUID, Appointment]]:
    """Person → (exam, appointment that makes the person a candidate)."""
    day = period.reference_date
    rows = session.execute(
        select(ExamPosition.exam_id, Appointment)
        .join(Exam, Exam.id == ExamPosition.exam_id)
        .join(Appointment, Appointment.position_id == ExamPosition.position_id)
        .where(
            Exam.period_id == period.id,
            Appointment.from_date <= day,
            or_(Appointment.to_date.is_(None), Appointment.to_date >= day),
        )
        .options(
            joinedload(Appointment.person), joinedload(Appointment.unit), joinedload(Appointment.position)
        )
        .order_by(Appointment.is_main.desc(), Appointment.from_date, Appointment.id)
    )
    eligible: dict[UUID, tuple[UUID, Appointment]] = {}
    for exam_id, appointment in rows:
        eligible.setdefault(appointment.person_id, (exam_id, appointment))
    return eligible


def _copy_appointment(row: Candidate, exam_id: UUID, appointment: Appointment) -> None:
    row.exam_id = exam_id
    row.unit_id, row.unit_name = appointment.unit_id, unit_title(appointment.unit)
    row.position_id, row.position_title = appointment.position_id, appointment.position.title
    row.full_name, row.sort_key = appointment.person.full_name, appointment.person.sort_key


def _number(session: Session, period: Period) -> None:
    """Numbers 0001… in the order of names; two passes, because numbers are unique while they change."""
    rows = session.scalars(_of_period(period).order_by(Candidate.sort_key, Candidate.person_id)).all()
    width = max(4, len(str(len(rows))))
    wanted = {row.id: f"{place:0{width}d}" for place, row in enumerate(rows, start=1)}
    changed = [row for row in rows if row.number != wanted[row.id]]
    for row in changed:
        row.number = f"?{row.id}"
    session.flush()
    for row in changed:
        row.number = wanted[row.id]
    session.flush()


def set_status(
    session: Session, actor: Actor, *, period_id: UUID, candidate_id: UUID, data: StatusInput
) -> Candidate:
    """The candidate is exempt or postponed with a reason (and gives up the seat), or entered again.

    Raises Invalid without a reason of three characters, Forbidden, NotFound, PeriodIsSealed.
    """
    get_draft(session, actor, period_id)
    row = _own(session, period_id, candidate_id)
    if data.status != CandidateStatus.ENTERED and len(data.reason) < 3:
        raise Invalid(field="reason", reason=_("Hãy ghi lý do miễn hoặc hoãn."))
    row.status = data.status
    row.reason = "" if data.status == CandidateStatus.ENTERED else data.reason
    if data.status != CandidateStatus.ENTERED:
        row.sitting_id = None
    record(session, actor, "candidate.status", ("candidate", row.id), status=data.status, reason=row.reason)
    return row


def grant_extra_time(
    session: Session, actor: Actor, *, period_id: UUID, candidate_id: UUID, data: ExtraTimeInput
) -> Candidate:
    """The candidate has `minutes` more than the others, planned before the sitting, with a reason.

    Zero minutes take it back. Raises Forbidden, NotFound, PeriodIsSealed.
    """
    get_draft(session, actor, period_id)
    row = _own(session, period_id, candidate_id)
    row.extra_time_min, row.extra_time_reason = data.minutes, data.reason if data.minutes else ""
    record(
        session,
        actor,
        "candidate.extra_time",
        ("candidate", row.id),
        minutes=data.minutes,
        reason=data.reason,
    )
    return row


def _own(session: Session, period_id: UUID, candidate_id: UUID) -> Candidate:
    row = session.scalar(
        select(Candidate)
        .where(Candidate.id == candidate_id, Candidate.period_id == period_id)
        .with_for_update()
    )
    if row is None:
        raise NotFound
    return row


def seat_candidates(session: Session, actor: Actor, *, period_id: UUID) -> dict[str, int]:
    """Every entered candidate has a seat: sittings fill in order of start and room, candidates in order of number.

    People who have a seat keep it. Returns {"seated", "kept"}. Raises NotEnoughSeats naming how many are missing.
    """
    period = get_draft(session, actor, period_id)
    seated = kept = 0
    for exam in session.scalars(select(Exam).where(Exam.period_id == period.id).order_by(Exam.code)):
        waiting, staying = _waiting(session, exam)
        free = _free_seats(session, exam)
        if len(waiting) > len(free):
            raise NotEnoughSeats(exam=exam.code, short=len(waiting) - len(free))
        for row, sitting_id in zip(waiting, free, strict=False):
            row.sitting_id = sitting_id
        seated, kept = seated + len(waiting), kept + staying
    record(session, actor, "candidates.seat", ("period", period.id), seated=seated, kept=kept)
    return {"seated": seated, "kept": kept}


def _waiting(session: Session, exam: Exam) -> tuple[Sequence[Candidate], int]:
    entered = session.scalars(
        select(Candidate)
        .where(Candidate.exam_id == exam.id, Candidate.status == CandidateStatus.ENTERED.value)
        .order_by(Candidate.number)
    ).all()
    waiting = [row for row in entered if row.sitting_id is None]
    return waiting, len(entered) - len(waiting)


def _free_seats(session: Session, exam: Exam) -> list[UUID]:
    """One entry per free seat, in the order in which seats are given."""
    taken = dict(
        session.execute(
            select(Candidate.sitting_id, func.count())
            .where(Candidate.exam_id == exam.id)
            .group_by(Candidate.sitting_id)
        ).all()
    )
    sittings = session.scalars(
        select(Sitting)
        .where(Sitting.exam_id == exam.id)
        .order_by(Sitting.starts_at, Sitting.room, Sitting.name)
    )
    return [
        sitting.id for sitting in sittings for _seat in range(sitting.capacity - taken.get(sitting.id, 0))
    ]


def get_candidate(session: Session, actor: Actor, *, period_id: UUID, candidate_id: UUID) -> Candidate:
    """The candidate with exam and sitting. Raises NotFound."""
    row = session.scalar(
        candidates_visible_to(actor)
        .where(Candidate.id == candidate_id, Candidate.period_id == period_id)
        .options(joinedload(Candidate.exam), joinedload(Candidate.sitting))
    )
    if row is None:
        raise NotFound
    return row


def units_of(session: Session, period_id: UUID) -> list[tuple[UUID, str]]:
    """The units that the candidates come from, by name."""
    rows = session.execute(
        select(Candidate.unit_id, func.min(Candidate.unit_name))
        .where(Candidate.period_id == period_id)
        .group_by(Candidate.unit_id)
        .order_by(func.min(Candidate.unit_name))
    )
    return [(unit_id, name) for unit_id, name in rows]


def find_candidates(
    actor: Actor,
    period_id: UUID,
    *,
    search: str = "",
    exam_id: UUID | None = None,
    sitting_id: UUID | None = None,
    unit_id: UUID | None = None,
    status: str = "",
    is_unseated: bool = False,
) -> Select[Candidate]:
    """The candidates of the period that match, in the order of names.

    `search` takes part of a name, or a number with or without its leading zeros; `is_unseated` keeps those who are
    entered and have no seat yet.
    """
    statement = candidates_visible_to(actor).where(Candidate.period_id == period_id)
    wanted = search.strip()
    if wanted.isdecimal():
        statement = statement.where(func.ltrim(Candidate.number, "0") == wanted.lstrip("0"))
    elif wanted:
        # A search of signs alone folds to nothing and must find nobody, not everybody.
        matches = Person.search_text.contains(fold(wanted), autoescape=True) if fold(wanted) else false()
        people = select(Person.id).where(matches)
        statement = statement.where(Candidate.person_id.in_(people))
    if exam_id:
        statement = statement.where(Candidate.exam_id == exam_id)
    if sitting_id:
        statement = statement.where(Candidate.sitting_id == sitting_id)
    if unit_id:
        statement = statement.where(Candidate.unit_id == unit_id)
    if is_unseated:
        statement = statement.where(
            Candidate.sitting_id.is_(None), Candidate.status == CandidateStatus.ENTERED.value
        )
    if status:
        statement = statement.where(Candidate.status == status)
    return statement.options(joinedload(Candidate.sitting), joinedload(Candidate.exam)).order_by(
        Candidate.sort_key, Candidate.number
    )
