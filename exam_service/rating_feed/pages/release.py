"""The release of a period in two steps: what it will do, and doing it."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from exam_service.actor import Actor, Permission
from exam_service.auth.access import require
from exam_service.db import Reading, Tx, attempting
from exam_service.errors import Forbidden, Invalid, Refusal
from exam_service.http import flash_redirect, refusal_sentence
from exam_service.i18n import format_number
from exam_service.i18n import gettext as _
from exam_service.marking.overview import get_markable_period
from exam_service.marking.service import newest_run_id
from exam_service.periods.models import PeriodState
from exam_service.rating_feed.models import Subscription
from exam_service.rating_feed.outbox import release_period
from exam_service.rating_feed.schemas import ReleaseForm
from exam_service.results.service import NotMarked
from exam_service.results.standings import compute_standings
from exam_service.results.summary import summarise
from exam_service.templates import render

router = APIRouter(prefix="/marking")
Releaser = Annotated[Actor, require(Permission.RESULTS_RELEASE)]


@router.get("/{period_id}/release")
def confirm_release(request: Request, session: Reading, actor: Releaser, period_id: UUID) -> Response:
    return _release_page(request, session, actor, period_id)


def _release_page(
    request: Request, session: Session, actor: Actor, period_id: UUID, *, refusal: Refusal | None = None
) -> Response:
    period = get_markable_period(session, actor, period_id)
    if period.state != PeriodState.MARKED:
        raise NotMarked
    standings = compute_standings(session, period_id)
    receivers = session.scalar(select(func.count(Subscription.id)).where(Subscription.is_active))
    return render(
        request,
        "rating_feed/release.html",
        status=refusal.status if refusal else 200,
        period=period,
        run_id=newest_run_id(session, period_id),
        total=len(standings),
        summaries=[summarise(exam, standings) for exam in period.exams],
        receivers=receivers or 0,
        errors={refusal.field or "is_confirmed": refusal_sentence(refusal)} if refusal else {},
    )


@router.post("/{period_id}/release")
def release(
    request: Request, session: Tx, actor: Releaser, period_id: UUID, form: Annotated[ReleaseForm, Form()]
) -> Response:
    """Releases what the officer has seen: a newer scoring run, or no tick, shows the page again."""
    try:
        if not form.is_confirmed:
            raise Invalid(field="is_confirmed", reason=_("Hãy đánh dấu xác nhận trước khi công bố."))
        with attempting(session):
            count = release_period(session, actor, period_id=period_id, run_id=form.run_id)
    except Forbidden:
        raise
    except Refusal as refusal:
        return _release_page(request, session, actor, period_id, refusal=refusal)
    sentence = _("Đã công bố %(count)s kết quả.", count=format_number(count))
    target = f"/results/{period_id}" if actor.can(Permission.RESULTS_VIEW) else "/marking"
    return flash_redirect(target, sentence)
