"""The list of periods, the form of one, and the steps between seal and marking."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request, Response
from sqlalchemy.orm import Session

from exam_service.actor import Actor, Permission
from exam_service.auth.access import require
from exam_service.db import Reading, Tx, attempting
from exam_service.errors import Refusal
from exam_service.http import flash_redirect
from exam_service.i18n import gettext as _
from exam_service.periods import lifecycle, overview, service
from exam_service.periods.models import Period, PeriodState
from exam_service.periods.pages import exams, shell
from exam_service.periods.pages.forms import Form, Mistyped, Typed, checked, errors_of, status_of
from exam_service.periods.schemas import PeriodInput
from exam_service.templates import render

router = APIRouter(prefix="/periods")
Viewer = Annotated[Actor, require(Permission.PERIODS_VIEW)]
Officer = Annotated[Actor, require(Permission.PERIODS_MANAGE)]


@router.get("")
def list_page(
    request: Request, session: Reading, actor: Viewer, q: str = "", state: str = "", page: int = 1
) -> Response:
    """Every period, newest first."""
    chosen = state if state in set(PeriodState) else ""
    found, counts = overview.list_periods(session, actor, search=q[:200], state=chosen, page=page)
    return render(
        request,
        "periods/list.html",
        page=found,
        counts=counts,
        query={"q": q[:200], "state": chosen},
        states=list(PeriodState),
        may_manage=actor.can(Permission.PERIODS_MANAGE),
    )


@router.get("/new", dependencies=[require(Permission.PERIODS_MANAGE)])
def new_page(request: Request) -> Response:
    return _form(request, values={"code": "", "name": "", "reference_date": ""})


@router.post("/new")
def create_period(request: Request, session: Tx, actor: Officer, typed: Form) -> Response:
    try:
        data = _input(typed)
        with attempting(session):
            period = service.create_period(session, actor, data=data)
    except (Mistyped, Refusal) as problem:
        return _form(request, values=_values(typed), problem=problem)
    return flash_redirect(
        shell.period_url(period.id), _("Đã tạo kỳ sát hạch. Việc tiếp theo: thêm nội dung sát hạch.")
    )


@router.get("/{period_id}")
def period_page(request: Request, session: Reading, actor: Viewer, period_id: UUID) -> Response:
    """The exams of the period, under its life cycle."""
    return exams.exams_page(request, session, actor, period_id)


@router.get("/{period_id}/edit")
def edit_page(request: Request, session: Reading, actor: Officer, period_id: UUID) -> Response:
    period = _draft(session, actor, period_id)
    values = {
        "code": period.code,
        "name": period.name,
        "reference_date": period.reference_date.isoformat(),
        "revision": str(period.revision),
    }
    return _form(request, values=values, period=period)


def _draft(session: Session, actor: Actor, period_id: UUID) -> Period:
    period = service.get_period(session, actor, period_id)
    if period.state != PeriodState.DRAFT:
        raise service.PeriodIsSealed
    return period


@router.post("/{period_id}/edit")
def update_period(request: Request, session: Tx, actor: Officer, period_id: UUID, typed: Form) -> Response:
    revision = typed.text("revision")
    try:
        data = _input(typed)
        with attempting(session):
            service.update_period(
                session,
                actor,
                period_id=period_id,
                revision=int(revision) if revision.isdecimal() and len(revision) < 10 else -1,
                data=data,
            )
    except (Mistyped, Refusal) as problem:
        period = service.get_period(session, actor, period_id)
        return _form(request, values=_values(typed), period=period, problem=problem)
    return flash_redirect(shell.period_url(period_id), _("Đã lưu kỳ sát hạch."))


def _values(typed: Typed) -> dict[str, str]:
    return typed.texts("code", "name", "reference_date", "revision")


def _input(typed: Typed) -> PeriodInput:
    return checked(PeriodInput, typed.texts("code", "name", "reference_date"))


def _form(
    request: Request,
    *,
    values: dict[str, str],
    period: Period | None = None,
    problem: Mistyped | Refusal | None = None,
) -> Response:
    return render(
        request,
        "periods/period_form.html",
        status=status_of(problem),
        values={"revision": "", **values},
        period=period,
        errors=errors_of(problem),
    )


@router.post("/{period_id}/open")
def open_period(request: Request, session: Tx, actor: Officer, period_id: UUID) -> Response:
    try:
        with attempting(session):
            lifecycle.open_period(session, actor, period_id=period_id)
    except Refusal as refusal:
        return exams.exams_page(request, session, actor, period_id, refusal=refusal)
    return flash_redirect(shell.period_url(period_id), _("Kỳ sát hạch đã mở: thí sinh đăng nhập được."))


@router.post("/{period_id}/close")
def close_period(request: Request, session: Tx, actor: Officer, period_id: UUID) -> Response:
    try:
        with attempting(session):
            lifecycle.close_period(session, actor, period_id=period_id)
    except Refusal as refusal:
        return exams.exams_page(request, session, actor, period_id, refusal=refusal)
    return flash_redirect(
        shell.period_url(period_id), _("Kỳ sát hạch đã kết thúc. Việc tiếp theo: chấm điểm.")
    )
