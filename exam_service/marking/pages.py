"""Pages of scoring: the periods that wait for it, and the runs of one period."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response
from sqlalchemy.orm import Session

from exam_service.actor import Actor, Permission
from exam_service.auth.access import require
from exam_service.db import Reading, Tx, attempting
from exam_service.errors import Refusal
from exam_service.http import flash_redirect, refusal_sentence
from exam_service.i18n import format_number
from exam_service.i18n import gettext as _
from exam_service.marking import overview
from exam_service.marking.schemas import ScoreForm
from exam_service.marking.service import score_period
from exam_service.templates import render

router = APIRouter(prefix="/marking", include_in_schema=False)
Viewer = Annotated[Actor, require(Permission.MARKING_VIEW)]
Runner = Annotated[Actor, require(Permission.MARKING_RUN)]


@router.get("")
def list_periods(request: Request, session: Reading, actor: Viewer) -> Response:
    return render(request, "marking/periods.html", lines=overview.list_periods(session, actor))


@router.get("/{period_id}")
def show_period(request: Request, session: Reading, actor: Viewer, period_id: UUID) -> Response:
    return _period_page(request, session, actor, period_id)


def _period_page(
    request: Request, session: Session, actor: Actor, period_id: UUID, *, refusal: Refusal | None = None
) -> Response:
    period = overview.get_markable_period(session, actor, period_id)
    runs = overview.list_runs(session, period_id)
    newest = runs[0] if runs else None
    return render(
        request,
        "marking/period.html",
        status=refusal.status if refusal else 200,
        period=period,
        counts=overview.count_attempts(session, [period_id]).get(period_id, overview.PeriodCounts()),
        runs=runs,
        invalid=overview.list_invalid_answers(session, newest.run.id) if newest else [],
        errors={refusal.field or "reason": refusal_sentence(refusal)} if refusal else {},
        may_run=actor.can(Permission.MARKING_RUN),
        tab="runs",
    )


@router.post("/{period_id}/score")
def run_scoring(
    request: Request, session: Tx, actor: Runner, period_id: UUID, form: Annotated[ScoreForm, Form()]
) -> Response:
    try:
        with attempting(session):
            run = score_period(session, actor, period_id=period_id, reason=form.reason)
    except Refusal as refusal:
        return _period_page(request, session, actor, period_id, refusal=refusal)
    return flash_redirect(
        f"/marking/{period_id}", _("Đã chấm %(count)s bài.", count=format_number(run.attempt_count))
    )
