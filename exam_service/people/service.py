"""Persons and their dated appointments."""

import re
from collections.abc import Collection, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, exists, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from exam_service import audit, clock
from exam_service.actor import Actor
from exam_service.errors import NotFound, Refusal
from exam_service.people.cccd import read_cccd
from exam_service.people.models import Appointment, Person
from exam_service.people.names import PersonName, is_plausible, join_name, person_sort_key
from exam_service.people.positions import get_position
from exam_service.people.schemas import AppointmentInput, PersonInput
from exam_service.people.units import branch_ids, get_unit
from question_bank.text import fold

_STAFF_CODE = re.compile(r"[\w.\-/]{1,40}")
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,190}\.[^@\s.]{2,}")


class BadStaffCode(Refusal):
    code = "bad_staff_code"
    status = 422
    message = "Mã CBCC gồm 1 đến 40 chữ, số, dấu chấm, gạch ngang hoặc gạch chéo."


class BadName(Refusal):
    code = "bad_name"
    status = 422
    message = "Họ và tên chỉ gồm chữ cái, dấu cách, dấu nháy và gạch nối; tên không được để trống."


class BadCccd(Refusal):
    code = "bad_cccd"
    status = 422
    message = "Số CCCD gồm đúng 12 chữ số, kể cả số 0 ở đầu."


class BadBirthDate(Refusal):
    code = "bad_birth_date"
    status = 422
    message = "Ngày sinh phải ở trong quá khứ và sau năm 1900."


class BadEmail(Refusal):
    code = "bad_email"
    status = 422
    message = "Địa chỉ thư điện tử chưa đúng."


class StaffCodeTaken(Refusal):
    code = "staff_code_taken"
    status = 409
    message = "Mã CBCC này là của %(name)s."


class CccdTaken(Refusal):
    code = "cccd_taken"
    status = 409
    message = "Số CCCD này là của %(name)s."


class DatesBackwards(Refusal):
    code = "dates_backwards"
    status = 422
    message = "Ngày kết thúc không được trước ngày bắt đầu (%(from_date)s)."


class HeldAlready(Refusal):
    code = "held_already"
    status = 409
    message = "Trong thời gian này, người này đã giữ vị trí đó tại đơn vị đó."


class SecondMainAppointment(Refusal):
    code = "second_main_appointment"
    status = 409
    message = "Trong thời gian này đã có một vị trí chính. Hãy kết thúc vị trí đó trước, hoặc ghi đây là kiêm nhiệm."


def save_person(session: Session, actor: Actor, *, person_id: UUID | None, data: PersonInput) -> Person:
    """A new person, or the changed one, with the keys for sorting and searching made anew.

    Raises NotFound, BadStaffCode, BadName, BadCccd, BadBirthDate, BadEmail, StaffCodeTaken, CccdTaken.
    """
    person = get_person(session, person_id) if person_id else Person()
    staff_code, name = data.staff_code.strip(), join_name(data.family_names, data.given_name)
    if not _STAFF_CODE.fullmatch(staff_code):
        raise BadStaffCode(field="staff_code")
    if not is_plausible(name.full) or not name.given_name:
        raise BadName(field="given_name" if is_plausible(name.family_names) else "family_names")
    reading = read_cccd(data.cccd)
    if reading.problem is not None:
        raise BadCccd(field="cccd")
    if data.birth_date is not None and not date(1900, 1, 1) <= data.birth_date < clock.now().date():
        raise BadBirthDate(field="birth_date")
    if data.email.strip() and not _EMAIL.fullmatch(data.email.strip()):
        raise BadEmail(field="email")
    _refuse_taken(session, person_id, staff_code=staff_code, cccd=reading.value)
    person.staff_code, person.cccd, person.sex = staff_code, reading.value, data.sex
    person.birth_date, person.email = data.birth_date, data.email.strip() or None
    set_name(person, name)
    session.add(person)
    session.flush()  # the id names the subject of the audit row
    verb = "person.update" if person_id else "person.create"
    audit.record(session, actor, verb, ("person", person.id), staff_code=staff_code)
    return person


def _refuse_taken(session: Session, person_id: UUID | None, *, staff_code: str, cccd: str | None) -> None:
    same_cccd = Person.cccd == cccd if cccd else Person.id.is_(None)
    for other in session.scalars(select(Person).where(or_(Person.staff_code == staff_code, same_cccd))):
        if other.id != person_id:
            if other.staff_code == staff_code:
                raise StaffCodeTaken(field="staff_code", name=other.full_name)
            raise CccdTaken(field="cccd", name=other.full_name)


def set_name(person: Person, name: PersonName) -> None:
    """The person has this name and the keys that follow from it and the staff code."""
    person.family_names, person.given_name = name.family_names, name.given_name
    person.sort_key = person_sort_key(name)
    person.search_text = fold(f"{name.full} {person.staff_code}")
    person.updated_at = clock.now()


def get_person(session: Session, person_id: UUID) -> Person:
    """The person with all appointments, units and positions. Raises NotFound."""
    found = session.scalar(
        select(Person)
        .options(
            selectinload(Person.appointments).options(
                joinedload(Appointment.unit), joinedload(Appointment.position)
            )
        )
        .where(Person.id == person_id)
    )
    if found is None:
        raise NotFound
    return found


def is_on(day: date) -> list[ColumnElement[bool]]:
    """The conditions that an appointment holds on `day`, both ends included."""
    return [Appointment.from_date <= day, or_(Appointment.to_date.is_(None), Appointment.to_date >= day)]


def persons_matching(
    session: Session, *, day: date, q: str = "", unit_id: UUID | None = None, position_id: UUID | None = None
) -> Select[Person]:
    """Persons in the order of names, filtered by what they hold on `day`.

    Every word of `q` must occur in the name or the staff code, whatever its diacritics; twelve digits are a CCCD.
    A unit stands for its whole branch.
    """
    statement = (
        select(Person)
        .options(
            selectinload(Person.appointments).options(
                joinedload(Appointment.unit), joinedload(Appointment.position)
            )
        )
        .order_by(Person.sort_key, Person.staff_code)
    )
    number = read_cccd(q).value
    if number is not None:
        statement = statement.where(Person.cccd == number)
    else:
        words = fold(q).split()
        statement = statement.where(*(Person.search_text.contains(word, autoescape=True) for word in words))
    held = [*is_on(day)]
    if unit_id is not None:
        held.append(Appointment.unit_id.in_(branch_ids(session, unit_id)))
    if position_id is not None:
        held.append(Appointment.position_id == position_id)
    if unit_id is not None or position_id is not None:
        statement = statement.where(Person.appointments.any(and_(*held)))
    return statement


def appoint(session: Session, actor: Actor, *, person_id: UUID, data: AppointmentInput) -> Appointment:
    """The person holds the position in the unit from a day on; other appointments stay as they are.

    Raises NotFound, DatesBackwards, HeldAlready, SecondMainAppointment.
    """
    # Two clerks who appoint the same person at once are judged one after the other.
    person = session.scalar(select(Person).where(Person.id == person_id).with_for_update())
    if person is None:
        raise NotFound
    get_position(session, data.position_id)
    get_unit(session, data.unit_id)
    if data.to_date is not None and data.to_date < data.from_date:
        raise DatesBackwards(field="to_date", from_date=f"{data.from_date:%d/%m/%Y}")
    meets = [
        Appointment.person_id == person_id,
        or_(Appointment.to_date.is_(None), Appointment.to_date >= data.from_date),
    ]
    if data.to_date is not None:
        meets.append(Appointment.from_date <= data.to_date)
    same = [Appointment.position_id == data.position_id, Appointment.unit_id == data.unit_id]
    if session.scalar(select(exists().where(*meets, *same))):
        raise HeldAlready(field="position_id")
    if data.is_main and session.scalar(select(exists().where(*meets, Appointment.is_main))):
        raise SecondMainAppointment(field="is_main")
    appointment = Appointment(person_id=person_id, **data.model_dump())
    session.add(appointment)
    audit.record(session, actor, "person.appoint", ("person", person_id), **data.model_dump())
    return appointment


def end_appointment(
    session: Session, actor: Actor, *, person_id: UUID, appointment_id: UUID, to_date: date
) -> Appointment:
    """`to_date` is the last day of the appointment. Raises NotFound, DatesBackwards."""
    appointment = session.get(Appointment, appointment_id)
    if appointment is None or appointment.person_id != person_id:
        raise NotFound
    if to_date < appointment.from_date:
        raise DatesBackwards(field="to_date", from_date=f"{appointment.from_date:%d/%m/%Y}")
    appointment.to_date = to_date
    audit.record(
        session,
        actor,
        "person.end_appointment",
        ("person", person_id),
        appointment=appointment_id,
        to_date=to_date,
    )
    return appointment


def appointments_on(
    session: Session, day: date, *, position_ids: Collection[UUID] | None = None
) -> Sequence[Appointment]:
    """The appointments that hold on `day`, with person, unit and position, in the order of names, main ones first."""
    statement = (
        select(Appointment)
        .join(Appointment.person)
        .options(
            joinedload(Appointment.person), joinedload(Appointment.unit), joinedload(Appointment.position)
        )
        .where(*is_on(day))
        .order_by(Person.sort_key, Person.id, Appointment.is_main.desc(), Appointment.from_date)
    )
    if position_ids is not None:
        statement = statement.where(Appointment.position_id.in_(position_ids))
    return session.scalars(statement).all()
