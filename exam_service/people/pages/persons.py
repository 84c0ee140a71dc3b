"""Pages of persons and their appointments."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Query, Request, Response
from pydantic import BaseModel
from sqlalchemy.orm import Session

from exam_service import clock
from exam_service.actor import Actor
from exam_service.db import Reading, Tx, attempting
from exam_service.errors import Refusal
from exam_service.http import flash_redirect, refusal_sentence
from exam_service.i18n import gettext as _
from exam_service.pagination import paginate
from exam_service.people import positions, service, units
from exam_service.people.cccd import mask_cccd
from exam_service.people.models import Person, Sex
from exam_service.people.pages.catalogues import Keeper, Viewer
from exam_service.people.schemas import AppointmentInput, EndAppointmentInput, Line, MaybeId, PersonInput
from exam_service.templates import render

router = APIRouter()


def today(request: Request) -> date:
    """The day it is where the service's people work."""
    return clock.now().astimezone(request.app.state.settings.zone).date()


class PeopleQuery(BaseModel):
    """The filter of the list as it stands in the address."""

    q: Line = ""
    unit_id: MaybeId = None
    position_id: MaybeId = None
    page: int = 1


@router.get("/people")
def list_people(
    request: Request, session: Reading, actor: Viewer, query: Annotated[PeopleQuery, Query()]
) -> Response:
    day = today(request)
    found = service.persons_matching(
        session, day=day, q=query.q, unit_id=query.unit_id, position_id=query.position_id
    )
    return render(
        request,
        "people/list.html",
        page=paginate(session, found, number=query.page),
        query=query.model_dump(exclude={"page"}, mode="json"),
        day=day,
        mask=mask_cccd,
        title_of=units.unit_title,
        units=[(unit.id, units.unit_title(unit)) for unit in units.all_units(session)],
        positions=[(position.id, position.title) for position in positions.all_positions(session)],
    )


@router.get("/people/new")
def show_new_person(request: Request, actor: Keeper) -> Response:
    return _person_form(request, values=PersonInput())


@router.post("/people/new")
def create_person(
    request: Request, session: Tx, actor: Keeper, form: Annotated[PersonInput, Form()]
) -> Response:
    return _save_person(request, session, actor, person_id=None, form=form)


@router.get("/people/{person_id}")
def show_person(request: Request, session: Reading, actor: Viewer, person_id: UUID) -> Response:
    return _person_page(request, session, person_id)


def _person_page(
    request: Request,
    session: Session,
    person_id: UUID,
    *,
    refusal: Refusal | None = None,
    values: dict[str, object] | None = None,
) -> Response:
    person = service.get_person(session, person_id)
    held = sorted(person.appointments, key=lambda row: (row.from_date, row.is_main), reverse=True)
    return render(
        request,
        "people/person.html",
        status=refusal.status if refusal else 200,
        person=person,
        appointments=held,
        day=today(request),
        mask=mask_cccd,
        title_of=units.unit_title,
        units=[(unit.id, units.unit_title(unit)) for unit in units.all_units(session, active_only=True)],
        positions=[(row.id, row.title) for row in positions.all_positions(session, active_only=True)],
        errors={refusal.field or "position_id": refusal_sentence(refusal)} if refusal else {},
        values=values or {},
    )


@router.get("/people/{person_id}/edit")
def show_person_form(request: Request, session: Reading, actor: Keeper, person_id: UUID) -> Response:
    person = service.get_person(session, person_id)
    values = PersonInput(
        staff_code=person.staff_code,
        family_names=person.family_names,
        given_name=person.given_name,
        birth_date=person.birth_date,
        sex=Sex(person.sex) if person.sex else None,
        cccd=person.cccd or "",
        email=person.email or "",
    )
    return _person_form(request, values=values, person=person)


@router.post("/people/{person_id}/edit")
def update_person(
    request: Request, session: Tx, actor: Keeper, person_id: UUID, form: Annotated[PersonInput, Form()]
) -> Response:
    return _save_person(request, session, actor, person_id=person_id, form=form)


def _save_person(
    request: Request, session: Session, actor: Actor, *, person_id: UUID | None, form: PersonInput
) -> Response:
    try:
        with attempting(session):
            person = service.save_person(session, actor, person_id=person_id, data=form)
    except Refusal as refusal:
        known = service.get_person(session, person_id) if person_id else None
        return _person_form(request, values=form, person=known, refusal=refusal)
    return flash_redirect(f"/people/{person.id}", _("Đã lưu hồ sơ của %(name)s.", name=person.full_name))


def _person_form(
    request: Request, *, values: PersonInput, person: Person | None = None, refusal: Refusal | None = None
) -> Response:
    return render(
        request,
        "people/person_form.html",
        status=refusal.status if refusal else 200,
        person=person,
        values=values,
        errors={refusal.field or "staff_code": refusal_sentence(refusal)} if refusal else {},
    )


@router.post("/people/{person_id}/appointments")
def appoint(
    request: Request, session: Tx, actor: Keeper, person_id: UUID, form: Annotated[AppointmentInput, Form()]
) -> Response:
    try:
        with attempting(session):
            service.appoint(session, actor, person_id=person_id, data=form)
    except Refusal as refusal:
        return _person_page(request, session, person_id, refusal=refusal, values=form.model_dump())
    return flash_redirect(f"/people/{person_id}", _("Đã ghi vị trí mới."))


@router.post("/people/{person_id}/appointments/{appointment_id}/end")
def end_appointment(
    request: Request,
    session: Tx,
    actor: Keeper,
    person_id: UUID,
    appointment_id: UUID,
    form: Annotated[EndAppointmentInput, Form()],
) -> Response:
    try:
        with attempting(session):
            service.end_appointment(
                session, actor, person_id=person_id, appointment_id=appointment_id, to_date=form.to_date
            )
    except Refusal as refusal:
        return _person_page(request, session, person_id, refusal=refusal)
    return flash_redirect(f"/people/{person_id}", _("Đã ghi ngày kết thúc."))
