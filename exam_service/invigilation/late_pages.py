"""The page of a sealed period on which somebody who was forgotten, appointed or admitted since becomes a candidate."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Request, Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from exam_service import clock
from exam_service.actor import Actor, Permission
from exam_service.auth.access import require
from exam_service.db import Reading, Tx, attempting
from exam_service.errors import Refusal
from exam_service.http import flash_redirect
from exam_service.i18n import HOME, format_moment
from exam_service.i18n import gettext as _
from exam_service.invigilation.late_candidates import add_late_candidate
from exam_service.people.models import Appointment, Person
from exam_service.people.service import persons_matching
from exam_service.people.units import unit_title
from exam_service.periods import late, service
from exam_service.periods.models import Candidate, CandidateStatus
from exam_service.periods.pages.forms import Form, Mistyped, checked, errors_of, status_of
from exam_service.periods.schemas import LateCandidateInput
from exam_service.periods.vault import vault_of
from exam_service.templates import render

router = APIRouter(prefix="/periods/{period_id}/late", include_in_schema=False)
Officer = Annotated[Actor, require(Permission.PERIODS_MANAGE)]
MOST_FOUND = 20
FIELDS = ("person_id", "sitting_id", "reason", "is_admitted")


@router.get("")
def late_page(request: Request, session: Reading, actor: Officer, period_id: UUID, q: str = "") -> Response:
    """`q` looks for the person by name or staff code."""
    return _page(request, session, actor, period_id, values={"q": q[:200]})


@router.post("")
def add(request: Request, session: Tx, actor: Officer, period_id: UUID, typed: Form) -> Response:
    """The person is a candidate with a paper of the draw; what stands in the way is said and nothing has changed."""
    values = typed.texts(*FIELDS)
    try:
        data = checked(LateCandidateInput, {**values, "is_admitted": values["is_admitted"] == "true"})
        with attempting(session):
            attempt = add_late_candidate(
                session, actor, period_id=period_id, data=data, vault=vault_of(request)
            )
    except (Mistyped, Refusal) as problem:
        shown = {**values, "q": typed.text("q")[:200]}
        return _page(request, session, actor, period_id, values=shown, problem=problem)
    candidate = session.get_one(Candidate, attempt.candidate_id)
    sentence = _(
        "Đã bổ sung %(name)s, số báo danh %(number)s, và rút đề. Phòng thi cấp mã dự thi ở trang của thí sinh.",
        name=candidate.full_name,
        number=candidate.number,
    )
    return flash_redirect(f"/periods/{period_id}/candidates/{candidate.id}", sentence)


def _page(
    request: Request,
    session: Session,
    actor: Actor,
    period_id: UUID,
    *,
    values: dict[str, str],
    problem: Mistyped | Refusal | None = None,
) -> Response:
    period = service.get_period(session, actor, period_id)
    values = dict.fromkeys(("q", *FIELDS), "") | values
    return render(
        request,
        "invigilation/late_candidate.html",
        status=status_of(problem),
        period=period,
        values=values,
        errors=errors_of(problem),
        people=_people(session, period_id, values["q"]) if values["q"].strip() else [],
        sittings=[_sitting_option(*entry) for entry in late.sittings_to_add_to(session, period_id)],
        may_add=period.state in late.ADDING,
        most=MOST_FOUND,
    )


def _sitting_option(sitting: Any, free: int) -> tuple[UUID, str]:
    label = _(
        "%(exam)s · %(sitting)s · %(room)s · %(start)s · còn %(free)s chỗ",
        exam=sitting.exam.code,
        sitting=sitting.name,
        room=sitting.room,
        start=format_moment(sitting.starts_at),
        free=max(0, free),
    )
    return sitting.id, label


def _people(session: Session, period_id: UUID, q: str) -> list[tuple[UUID, str, str]]:
    """(id, name, what tells namesakes apart) of who matches, at most MOST_FOUND."""
    found = session.scalars(
        persons_matching(session, day=clock.now().astimezone(HOME).date(), q=q).limit(MOST_FOUND)
    ).all()
    entered = dict(
        session.execute(
            select(Candidate.person_id, Candidate.number).where(
                Candidate.period_id == period_id,
                Candidate.person_id.in_([person.id for person in found]),
                Candidate.status == CandidateStatus.ENTERED.value,
            )
        ).all()
    )
    return [(person.id, person.full_name, _describe(person, entered.get(person.id))) for person in found]


def _describe(person: Person, number: str | None) -> str:
    parts = [person.staff_code]
    if number is not None:
        parts.append(_("đã là thí sinh, số báo danh %(number)s", number=number))
    newest = sorted(person.appointments, key=_newest_first, reverse=True)[:2]
    parts += [f"{unit_title(held.unit)}, {held.position.title}" for held in newest]
    return " · ".join(parts)


def _newest_first(held: Appointment) -> tuple[bool, Any]:
    return (held.to_date is None, held.from_date)
