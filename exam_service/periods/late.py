"""Late candidates: who is added to a sealed period gets a paper as fair and as provable as the others.

The paper follows from the seed of the exam's draw and from every late paper before it (question_bank.draw_late);
nothing of it can be chosen. What was drawn is never taken back, and its value of the chain is published at once.
"""

from uuid import UUID

from sqlalchemy import Integer, and_, cast, func, or_, select
from sqlalchemy.orm import Session, joinedload
from uuid_utils.compat import uuid7

from exam_service.actor import Actor
from exam_service.audit import record
from exam_service.errors import NotFound, Refusal
from exam_service.i18n import HOME
from exam_service.people.models import Appointment, Person
from exam_service.people.service import is_on
from exam_service.people.units import unit_title
from exam_service.periods.ceremony import lock_period
from exam_service.periods.late_drawing import draw_late_paper
from exam_service.periods.models import Candidate, CandidateStatus, Exam, Period, PeriodState, Sitting
from exam_service.periods.schemas import LateCandidateInput
from exam_service.periods.sealing import SealedCandidate
from exam_service.periods.service import check_may_manage
from exam_service.periods.vault import Vault

ADDING = (PeriodState.SEALED, PeriodState.OPEN)


class NotSealedYet(Refusal):
    code = "not_sealed_yet"
    message = "Kỳ chưa niêm phong. Hãy thêm thí sinh ở mục Thí sinh như bình thường, trước khi bốc đề."


class PeriodIsOver(Refusal):
    code = "period_over"
    message = "Kỳ sát hạch đã kết thúc thi nên không bổ sung thí sinh được nữa."


class AlreadyCandidate(Refusal):
    code = "already_candidate"
    message = "%(name)s đã là thí sinh của kỳ này, số báo danh %(number)s."


class NotAppointed(Refusal):
    code = "not_appointed"
    message = "%(name)s không giữ vị trí nào vào ngày thi. Hãy ghi bổ nhiệm ở mục Nhân sự trước."


class OtherPosition(Refusal):
    code = "other_position"
    message = (
        "%(name)s giữ vị trí “%(position)s”, nội dung %(exam)s không dành cho vị trí này. Nếu Hội đồng vẫn cho dự thi, "
        "hãy đánh dấu ô “Hội đồng cho dự thi” và ghi căn cứ."
    )


class SittingIsOver(Refusal):
    code = "sitting_over"
    message = "Ca thi %(sitting)s đã hết giờ được vào muộn hoặc đã thu bài. Hãy chọn ca khác."


class SittingIsFull(Refusal):
    code = "sitting_full"
    message = "Ca thi %(sitting)s đã đủ %(capacity)s chỗ. Hãy chọn ca hoặc phòng khác."


def draw_for_late_candidate(
    session: Session, actor: Actor, *, period_id: UUID, data: LateCandidateInput, vault: Vault | None = None
) -> SealedCandidate:
    """The person is a candidate of the sitting's exam, with the next number and a paper of the exam's draw.

    Who was excused before the seal is entered again under the old number. `vault` opens the secret of a draw by
    ceremony. All in the caller's transaction. Raises NotSealedYet, PeriodIsOver, AlreadyCandidate, NotAppointed,
    OtherPosition, SittingIsOver, SittingIsFull, NoLatePaper, Forbidden, NotFound, SecretLost.
    """
    check_may_manage(actor)
    check_takes_more(session, period_id)
    # The sitting first: a decision of its room holds it when it looks at the period.
    sitting = _lock_sitting(session, period_id, data.sitting_id)
    period = lock_period(session, period_id)  # late papers of a period are drawn one after another
    check_takes_more(session, period_id)
    _refuse_full(session, sitting)
    person = session.get(Person, data.person_id)
    if person is None:
        raise NotFound
    candidate = _enter(session, period, person, sitting, is_admitted=data.is_admitted)
    sealed, late = draw_late_paper(session, actor, candidate, data=data, vault=vault)
    record(
        session,
        actor,
        "candidate.late",
        ("candidate", candidate.id),
        number=candidate.number,
        room=sitting.room,
        reason=data.reason,
        late=late.number,
        chain=late.chain,
    )
    return sealed


def check_takes_more(session: Session, period_id: UUID) -> None:
    """Return when candidates may be added to the period. Raises NotFound, NotSealedYet, PeriodIsOver."""
    state = session.scalar(select(Period.state).where(Period.id == period_id))
    if state is None:
        raise NotFound
    if state == PeriodState.DRAFT:
        raise NotSealedYet
    if state not in ADDING:
        raise PeriodIsOver


def sittings_to_add_to(session: Session, period_id: UUID) -> list[tuple[Sitting, int]]:
    """The sittings of the period that are not collected, with their free seats, by start and room."""
    taken = (
        select(func.count(Candidate.id)).where(Candidate.sitting_id == Sitting.id).correlate(Sitting)
    ).scalar_subquery()
    rows = session.execute(
        select(Sitting, Sitting.capacity - taken)
        .join(Exam, Exam.id == Sitting.exam_id)
        .where(Exam.period_id == period_id, Sitting.collected_at.is_(None))
        .options(joinedload(Sitting.exam))
        .order_by(Sitting.starts_at, Sitting.room, Exam.code)
    )
    return [(sitting, free) for sitting, free in rows]


def _lock_sitting(session: Session, period_id: UUID, sitting_id: UUID) -> Sitting:
    sitting = session.scalar(
        select(Sitting)
        .join(Exam, Exam.id == Sitting.exam_id)
        .where(Sitting.id == sitting_id, Exam.period_id == period_id)
        .with_for_update(of=Sitting)
        .execution_options(populate_existing=True)
    )
    if sitting is None:
        raise NotFound
    return sitting


def _refuse_full(session: Session, sitting: Sitting) -> None:
    if sitting.collected_at is not None:
        raise SittingIsOver(sitting=sitting.name, field="sitting_id")
    seated = session.scalar(select(func.count(Candidate.id)).where(Candidate.sitting_id == sitting.id)) or 0
    if seated >= sitting.capacity:
        raise SittingIsFull(sitting=sitting.name, capacity=sitting.capacity, field="sitting_id")


def _enter(
    session: Session, period: Period, person: Person, sitting: Sitting, *, is_admitted: bool
) -> Candidate:
    """The candidate's row, seated and numbered; whoever is entered already, or was under another exam, is refused."""
    row = session.scalar(
        select(Candidate).where(Candidate.period_id == period.id, Candidate.person_id == person.id)
    )
    if row is not None and row.status == CandidateStatus.ENTERED:
        raise AlreadyCandidate(name=person.full_name, number=row.number, field="person_id")
    appointment = _appointment(session, person, sitting, period=period)
    exam, positions = sitting.exam, {entry.position_id for entry in sitting.exam.positions}
    if appointment.position_id not in positions and not is_admitted:
        title = appointment.position.title
        raise OtherPosition(name=person.full_name, position=title, exam=exam.code, field="is_admitted")
    if row is None:
        row = Candidate(id=uuid7(), period_id=period.id, person_id=person.id)
        row.number = _next_number(session, period)
        session.add(row)
    row.exam_id, row.sitting_id = exam.id, sitting.id
    row.status, row.reason = CandidateStatus.ENTERED.value, ""
    row.unit_id, row.unit_name = appointment.unit_id, unit_title(appointment.unit)
    row.position_id, row.position_title = appointment.position_id, appointment.position.title
    row.full_name, row.sort_key = person.full_name, person.sort_key
    session.flush()  # the paper refers to it
    return row


def appointments_of(
    session: Session, person: Person, sitting: Sitting, *, period: Period
) -> list[Appointment]:
    """What the person holds on the day of the sitting or held on the reference date, the exam's own positions first."""
    days = (sitting.starts_at.astimezone(HOME).date(), period.reference_date)
    found = session.scalars(
        select(Appointment)
        .where(Appointment.person_id == person.id, or_(*(and_(*is_on(day)) for day in days)))
        .options(joinedload(Appointment.unit), joinedload(Appointment.position))
        .order_by(Appointment.is_main.desc(), Appointment.from_date, Appointment.id)
    )
    positions = {entry.position_id for entry in sitting.exam.positions}
    return sorted(found, key=lambda appointment: appointment.position_id not in positions)


def _appointment(session: Session, person: Person, sitting: Sitting, *, period: Period) -> Appointment:
    found = appointments_of(session, person, sitting, period=period)
    if not found:
        raise NotAppointed(name=person.full_name, field="person_id")
    return found[0]


def _next_number(session: Session, period: Period) -> str:
    """The number after the last of the period: nobody chooses it."""
    last, width = session.execute(
        select(func.max(cast(Candidate.number, Integer)), func.max(func.length(Candidate.number))).where(
            Candidate.period_id == period.id
        )
    ).one()
    return f"{(last or 0) + 1:0{max(4, width or 0)}d}"
