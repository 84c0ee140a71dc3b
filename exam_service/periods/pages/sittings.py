"""The sittings of a period: rooms, seats and starts, one or many at once."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Request, Response
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from exam_service.actor import Actor, Permission
from exam_service.auth.access import require
from exam_service.db import Reading, Tx, attempting
from exam_service.errors import NotFound, Refusal
from exam_service.http import flash_redirect, refusal_sentence
from exam_service.i18n import HOME
from exam_service.i18n import gettext as _
from exam_service.periods import service
from exam_service.periods.models import Candidate, Exam, Period, PeriodState, Sitting
from exam_service.periods.pages.forms import Form, Mistyped, checked, errors_of, status_of
from exam_service.periods.pages.shell import period_url, show
from exam_service.periods.schemas import SittingInput, SittingsInput
from exam_service.periods.sittings import add_sittings
from exam_service.templates import render

router = APIRouter(prefix="/periods/{period_id}/sittings")
Viewer = Annotated[Actor, require(Permission.PERIODS_VIEW)]
Officer = Annotated[Actor, require(Permission.PERIODS_MANAGE)]
FIELDS = ("name", "room", "capacity", "starts_at")


@router.get("")
def sittings_page(request: Request, session: Reading, actor: Viewer, period_id: UUID) -> Response:
    """Every sitting by start and room, with the seats taken."""
    return _page(request, session, actor, period_id)


def _page(
    request: Request, session: Session, actor: Actor, period_id: UUID, *, refusal: Refusal | None = None
) -> Response:
    period = service.get_period(session, actor, period_id)
    rows = [(sitting, exam) for exam in period.exams for sitting in exam.sittings]
    rows.sort(key=lambda row: (row[0].starts_at, row[0].room, row[1].code))
    return show(
        request,
        session,
        actor,
        period_id,
        "periods/sittings.html",
        tab="sittings",
        status=refusal.status if refusal else 200,
        refusal=refusal_sentence(refusal) if refusal else "",
        rows=rows,
        seated=_seated(session, period),
        by_exam=service.counts_by_exam(session, period),
    )


def _seated(session: Session, period: Period) -> dict[UUID, int]:
    rows = session.execute(
        select(Candidate.sitting_id, func.count())
        .where(Candidate.period_id == period.id, Candidate.sitting_id.is_not(None))
        .group_by(Candidate.sitting_id)
    )
    return {sitting_id: count for sitting_id, count in rows if sitting_id is not None}


@router.get("/new")
def new_sittings(
    request: Request, session: Reading, actor: Officer, period_id: UUID, exam: str = ""
) -> Response:
    values = {
        "exam_id": exam,
        "name": "Ca 1",
        "room": "Phòng 1",
        "capacity": "30",
        "starts_at": "",
        "count": "1",
    }
    return _form(request, session, actor, period_id, values=values)


@router.post("/new")
def create_sittings(request: Request, session: Tx, actor: Officer, period_id: UUID, typed: Form) -> Response:
    values = typed.texts("exam_id", "count", *FIELDS)
    try:
        exam = _exam(session, actor, period_id, values["exam_id"])
        data = checked(SittingsInput, typed.texts("count", *FIELDS))
        with attempting(session):
            made = add_sittings(session, actor, period_id=period_id, exam_id=exam.id, data=data)
    except (Mistyped, Refusal) as problem:
        return _form(request, session, actor, period_id, values=values, problem=problem)
    return flash_redirect(period_url(period_id, "/sittings"), _("Đã thêm %(count)s ca thi.", count=len(made)))


def _exam(session: Session, actor: Actor, period_id: UUID, exam_id: str) -> Exam:
    """The exam that the form names. Raises Mistyped for one that is not of this period."""
    period = service.get_period(session, actor, period_id)
    found = next((exam for exam in period.exams if str(exam.id) == exam_id), None)
    if found is None:
        raise Mistyped({"exam_id": _("Hãy chọn nội dung sát hạch của ca thi.")})
    return found


@router.get("/{sitting_id}")
def edit_sitting(
    request: Request, session: Reading, actor: Officer, period_id: UUID, sitting_id: UUID
) -> Response:
    sitting = _sitting(session, actor, period_id, sitting_id)
    values = {
        "exam_id": str(sitting.exam_id),
        "name": sitting.name,
        "room": sitting.room,
        "capacity": str(sitting.capacity),
        "starts_at": sitting.starts_at.astimezone(HOME).strftime("%Y-%m-%dT%H:%M"),
    }
    return _form(request, session, actor, period_id, values=values, sitting=sitting)


def _sitting(session: Session, actor: Actor, period_id: UUID, sitting_id: UUID) -> Sitting:
    period = service.get_period(session, actor, period_id)
    every = [sitting for exam in period.exams for sitting in exam.sittings]
    found = next((sitting for sitting in every if sitting.id == sitting_id), None)
    if found is None:
        raise NotFound
    return found


@router.post("/{sitting_id}")
def update_sitting(
    request: Request, session: Tx, actor: Officer, period_id: UUID, sitting_id: UUID, typed: Form
) -> Response:
    sitting = _sitting(session, actor, period_id, sitting_id)
    values = typed.texts(*FIELDS)
    try:
        data = checked(SittingInput, values)
        with attempting(session):
            service.save_sitting(
                session, actor, period_id=period_id, exam_id=sitting.exam_id, data=data, sitting_id=sitting_id
            )
    except (Mistyped, Refusal) as problem:
        shown = values | {"exam_id": str(sitting.exam_id)}
        return _form(request, session, actor, period_id, values=shown, sitting=sitting, problem=problem)
    return flash_redirect(period_url(period_id, "/sittings"), _("Đã lưu ca thi."))


@router.post("/{sitting_id}/delete")
def delete_sitting(
    request: Request, session: Tx, actor: Officer, period_id: UUID, sitting_id: UUID
) -> Response:
    sitting = _sitting(session, actor, period_id, sitting_id)
    try:
        with attempting(session):
            service.delete_sitting(
                session, actor, period_id=period_id, exam_id=sitting.exam_id, sitting_id=sitting_id
            )
    except Refusal as refusal:
        return _page(request, session, actor, period_id, refusal=refusal)
    return flash_redirect(period_url(period_id, "/sittings"), _("Đã xóa ca thi."))


def _form(
    request: Request,
    session: Session,
    actor: Actor,
    period_id: UUID,
    *,
    values: dict[str, Any],
    sitting: Sitting | None = None,
    problem: Mistyped | Refusal | None = None,
) -> Response:
    period = service.get_period(session, actor, period_id)
    if period.state != PeriodState.DRAFT:
        raise service.PeriodIsSealed
    return render(
        request,
        "periods/sitting_form.html",
        status=status_of(problem),
        period=period,
        sitting=sitting,
        values={"count": "1", **values},
        errors=errors_of(problem),
        exams=[(str(exam.id), f"{exam.code} · {exam.title}") for exam in period.exams],
        counts=service.counts_by_exam(session, period),
    )
