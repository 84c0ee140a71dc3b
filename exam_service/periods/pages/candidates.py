"""The candidates of a period: entering, seats, excuses, planned extra time, lists for paper and Excel."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Request, Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from exam_service.actor import Actor, Permission
from exam_service.auth.access import require
from exam_service.db import Reading, Tx, attempting
from exam_service.errors import Refusal
from exam_service.http import flash_redirect, refusal_sentence
from exam_service.i18n import gettext as _
from exam_service.pagination import paginate
from exam_service.periods import candidates, rosters, service
from exam_service.periods.models import Candidate, CandidateStatus, LateDraw, PeriodState
from exam_service.periods.pages.forms import Form, Mistyped, checked, errors_of, status_of
from exam_service.periods.pages.shell import period_url, show
from exam_service.periods.schemas import ExtraTimeInput, StatusInput
from exam_service.templates import render

router = APIRouter(prefix="/periods/{period_id}/candidates")
Viewer = Annotated[Actor, require(Permission.PERIODS_VIEW)]
Officer = Annotated[Actor, require(Permission.PERIODS_MANAGE)]
WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
UNSEATED = "unseated"
SHOWN_OF_PLAN = 50  # names of a preview; the counts stand beside them


@router.get("")
def candidates_page(
    request: Request,
    session: Reading,
    actor: Viewer,
    period_id: UUID,
    q: str = "",
    exam: str = "",
    sitting: str = "",
    unit: str = "",
    status: str = "",
    page: int = 1,
) -> Response:
    """Candidates in the order of names, filtered by the address."""
    query = {"q": q[:200], "exam": exam, "sitting": sitting, "unit": unit, "status": status}
    return _list(request, session, actor, period_id, query=query, page=page)


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _list(
    request: Request,
    session: Session,
    actor: Actor,
    period_id: UUID,
    *,
    query: dict[str, str] | None = None,
    page: int = 1,
    refusal: Refusal | None = None,
) -> Response:
    query = query or dict.fromkeys(("q", "exam", "sitting", "unit", "status"), "")
    found = candidates.find_candidates(
        actor,
        period_id,
        search=query["q"],
        exam_id=_id(query["exam"]),
        sitting_id=_id(query["sitting"]),
        unit_id=_id(query["unit"]),
        status=query["status"] if query["status"] in set(CandidateStatus) else "",
        is_unseated=query["status"] == UNSEATED,
    )
    return show(
        request,
        session,
        actor,
        period_id,
        "periods/candidates.html",
        tab="candidates",
        status=refusal.status if refusal else 200,
        refusal=refusal_sentence(refusal) if refusal else "",
        page=paginate(session, found, number=page),
        query=query,
        units=candidates.units_of(session, period_id),
        totals=_totals(session, actor, period_id),
        status_name=rosters.status_name,
    )


def _totals(session: Session, actor: Actor, period_id: UUID) -> dict[str, int]:
    counts = service.counts_by_exam(session, service.get_period(session, actor, period_id)).values()
    names = ("entered", "exempt", "postponed", "unseated")
    return {name: sum(entry[name] for entry in counts) for name in names}


@router.get("/entry")
def entry_page(request: Request, session: Reading, actor: Officer, period_id: UUID) -> Response:
    """What entering from the appointments would do, before it is done."""
    period = service.get_period(session, actor, period_id)
    if period.state != PeriodState.DRAFT:
        raise service.PeriodIsSealed
    plan = candidates.plan_entry(session, period)
    codes = {exam.id: exam.code for exam in period.exams}
    return render(
        request,
        "periods/entry.html",
        period=period,
        counts=plan.counts,
        by_exam=_plan_by_exam(plan, codes),
        moved=[
            (row, codes.get(row.exam_id, ""), codes[exam_id])
            for row, exam_id, _a in plan.moved[:SHOWN_OF_PLAN]
        ],
        removed=plan.removed[:SHOWN_OF_PLAN],
        has_exams=bool(period.exams),
    )


def _plan_by_exam(plan: candidates.EntryPlan, codes: dict[UUID, str]) -> list[tuple[str, int]]:
    """(exam code, how many candidates it will have)."""
    totals = dict.fromkeys(codes.values(), 0)
    for _who, exam_id, _appointment in (*plan.added, *plan.moved, *plan.kept):
        totals[codes[exam_id]] += 1
    return list(totals.items())


@router.post("/entry")
def enter_candidates(session: Tx, actor: Officer, period_id: UUID) -> Response:
    counts = candidates.enter_candidates(session, actor, period_id=period_id)
    sentence = _(
        "Đã cập nhật thí sinh: thêm %(added)s, giữ %(kept)s, chuyển nội dung %(moved)s, bỏ %(removed)s.",
        **counts,
    )
    return flash_redirect(period_url(period_id, "/candidates"), sentence)


@router.post("/seats")
def seat_candidates(request: Request, session: Tx, actor: Officer, period_id: UUID) -> Response:
    try:
        with attempting(session):
            counts = candidates.seat_candidates(session, actor, period_id=period_id)
    except Refusal as refusal:
        return _list(request, session, actor, period_id, refusal=refusal)
    sentence = _("Đã xếp chỗ cho %(seated)s thí sinh; %(kept)s thí sinh giữ chỗ cũ.", **counts)
    return flash_redirect(period_url(period_id, "/candidates"), sentence)


@router.get("/print")
def print_page(
    request: Request, session: Reading, actor: Viewer, period_id: UUID, sitting: str = ""
) -> Response:
    """The list of every room with space to sign, one room a sheet."""
    period = service.get_period(session, actor, period_id)
    rooms = rosters.room_lists(session, actor, period_id=period_id, sitting_id=_id(sitting))
    return render(request, "periods/rosters.html", period=period, rooms=rooms)


@router.get("/export.xlsx")
def export_candidates(session: Reading, actor: Viewer, period_id: UUID) -> Response:
    period = service.get_period(session, actor, period_id)
    body = rosters.candidate_workbook(session, actor, period_id=period_id)
    name = f"thi-sinh-{period.code.lower()}.xlsx"
    return Response(
        body, media_type=WORKBOOK, headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )


@router.get("/{candidate_id}")
def candidate_page(
    request: Request, session: Reading, actor: Viewer, period_id: UUID, candidate_id: UUID
) -> Response:
    """One candidate, with what may still be decided."""
    return _candidate(request, session, actor, (period_id, candidate_id))


@router.post("/{candidate_id}/status")
def set_status(
    request: Request, session: Tx, actor: Officer, period_id: UUID, candidate_id: UUID, typed: Form
) -> Response:
    values = typed.texts("status", "reason")
    try:
        data = checked(StatusInput, values)
        with attempting(session):
            row = candidates.set_status(
                session, actor, period_id=period_id, candidate_id=candidate_id, data=data
            )
    except (Mistyped, Refusal) as problem:
        return _candidate(request, session, actor, (period_id, candidate_id), values=values, problem=problem)
    sentence = _(
        "Đã ghi %(name)s: %(status)s.", name=row.full_name, status=rosters.status_name(row.status).lower()
    )
    return flash_redirect(period_url(period_id, f"/candidates/{candidate_id}"), sentence)


@router.post("/{candidate_id}/extra-time")
def grant_extra_time(
    request: Request, session: Tx, actor: Officer, period_id: UUID, candidate_id: UUID, typed: Form
) -> Response:
    values = {"minutes": typed.text("minutes"), "extra_reason": typed.text("extra_reason")}
    sent = {"minutes": values["minutes"], "reason": values["extra_reason"]}
    try:
        data = checked(
            ExtraTimeInput, sent, place=lambda loc: "extra_reason" if loc == ("reason",) else "minutes"
        )
        with attempting(session):
            candidates.grant_extra_time(
                session, actor, period_id=period_id, candidate_id=candidate_id, data=data
            )
    except (Mistyped, Refusal) as problem:
        return _candidate(request, session, actor, (period_id, candidate_id), values=values, problem=problem)
    return flash_redirect(
        period_url(period_id, f"/candidates/{candidate_id}"), _("Đã ghi thời gian làm bài thêm.")
    )


def _candidate(
    request: Request,
    session: Session,
    actor: Actor,
    ids: tuple[UUID, UUID],
    *,
    values: dict[str, Any] | None = None,
    problem: Mistyped | Refusal | None = None,
) -> Response:
    period_id, candidate_id = ids
    period = service.get_period(session, actor, period_id)
    row = candidates.get_candidate(session, actor, period_id=period_id, candidate_id=candidate_id)
    return render(
        request,
        "periods/candidate.html",
        status=status_of(problem),
        period=period,
        row=row,
        late=session.scalar(select(LateDraw).where(LateDraw.candidate_id == row.id)),
        values=_values(row) | (values or {}),
        errors=errors_of(problem),
        status_name=rosters.status_name,
        may_change=actor.can(Permission.PERIODS_MANAGE) and period.state == PeriodState.DRAFT,
    )


def _values(row: Candidate) -> dict[str, Any]:
    return {
        "status": row.status,
        "reason": row.reason,
        "minutes": row.extra_time_min or "",
        "extra_reason": row.extra_time_reason,
    }
