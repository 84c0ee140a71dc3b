"""The items of a scored period with figures and flags, one item, and the decisions about them."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form, Query, Request, Response
from sqlalchemy.orm import Session

from exam_service.actor import Actor, Permission
from exam_service.analysis.curves import ability_curve
from exam_service.analysis.decisions import decide_flag, keep_minor_flags, readiness_of
from exam_service.analysis.models import FlagVerdict, StatisticsRun
from exam_service.analysis.overview import cancelled_items, get_item_view, list_items
from exam_service.analysis.schemas import DecisionForm, ItemsQuery, ReasonForm
from exam_service.analysis.service import compute_statistics, newest_statistics
from exam_service.analysis.shapes import long_labels, short_labels
from exam_service.auth.access import require
from exam_service.db import Reading, Tx, attempting
from exam_service.errors import Forbidden, NotFound, Refusal
from exam_service.http import flash_redirect, refusal_sentence
from exam_service.i18n import format_number
from exam_service.i18n import gettext as _
from exam_service.marking.overview import get_markable_period
from exam_service.periods.models import Period, PeriodState
from exam_service.templates import render

router = APIRouter(prefix="/marking")
Viewer = Annotated[Actor, require(Permission.MARKING_VIEW)]
Runner = Annotated[Actor, require(Permission.MARKING_RUN)]


@router.get("/{period_id}/items")
def show_items(
    request: Request, session: Reading, actor: Viewer, period_id: UUID, asked: Annotated[ItemsQuery, Query()]
) -> Response:
    return _items_page(request, session, actor, period_id, asked=asked)


def _items_page(
    request: Request,
    session: Session,
    actor: Actor,
    period_id: UUID,
    *,
    asked: ItemsQuery,
    refusal: Refusal | None = None,
) -> Response:
    period = get_markable_period(session, actor, period_id)
    run = newest_statistics(session, period_id)
    return render(
        request,
        "analysis/items.html",
        status=refusal.status if refusal else 200,
        period=period,
        run=run,
        page=list_items(session, run, shown=asked.show, sort=asked.sort, page=asked.page) if run else None,
        asked=asked,
        ready=readiness_of(session, period_id),
        cancelled=cancelled_items(session, period_id),
        may_decide=_may_decide(actor, period),
        least=request.app.state.settings.statistics_from,
        errors={refusal.field or "reason": refusal_sentence(refusal)} if refusal else {},
        tab="items",
    )


def _may_decide(actor: Actor, period: Period) -> bool:
    return actor.can(Permission.MARKING_RUN) and period.state == PeriodState.MARKED


@router.get("/{period_id}/items/{version_id}")
def show_item(
    request: Request, session: Reading, actor: Viewer, period_id: UUID, version_id: UUID
) -> Response:
    return _item_page(request, session, actor, period_id, version_id=version_id)


def _item_page(
    request: Request,
    session: Session,
    actor: Actor,
    period_id: UUID,
    *,
    version_id: UUID,
    refusal: Refusal | None = None,
) -> Response:
    period = get_markable_period(session, actor, period_id)
    run = _run(session, period_id)
    view = get_item_view(session, run, version_id)
    least: int = request.app.state.settings.statistics_from
    return render(
        request,
        "analysis/item.html",
        status=refusal.status if refusal else 200,
        period=period,
        run=run,
        view=view,
        least=least,
        is_enough=view.statistics.facility.n >= least,
        labels=long_labels(view.content),
        curve=ability_curve(view.statistics.choices, labels=short_labels(view.content), keyed=view.keyed),
        verdicts=verdict_choices(),
        may_decide=_may_decide(actor, period) and bool(view.line.flags),
        errors={refusal.field or "reason": refusal_sentence(refusal)} if refusal else {},
        tab="items",
    )


def verdict_choices() -> list[tuple[str, str, str]]:
    """(value, label, hint) of what can be decided about a flagged item."""
    return [
        (FlagVerdict.KEEP.value, _("Giữ câu hỏi"), _("Đáp án đúng, câu dùng được; điểm không đổi.")),
        (
            FlagVerdict.FULL_MARKS.value,
            _("Hủy câu hỏi"),
            _("Mọi thí sinh có câu này được trọn điểm của câu, sau lần chấm lại."),
        ),
    ]


def _run(session: Session, period_id: UUID) -> StatisticsRun:
    run = newest_statistics(session, period_id)
    if run is None:
        raise NotFound
    return run


@router.post("/{period_id}/items/{version_id}/decision")
def decide(
    request: Request,
    session: Tx,
    actor: Runner,
    period_id: UUID,
    version_id: UUID,
    form: Annotated[DecisionForm, Form()],
) -> Response:
    try:
        with attempting(session):
            decide_flag(
                session,
                actor,
                period_id=period_id,
                version_id=version_id,
                verdict=form.verdict,
                reason=form.reason,
            )
    except (Forbidden, NotFound):
        raise
    except Refusal as refusal:
        return _item_page(request, session, actor, period_id, version_id=version_id, refusal=refusal)
    sentence: str = {
        FlagVerdict.KEEP: _("Đã quyết định giữ câu hỏi."),
        FlagVerdict.FULL_MARKS: _("Đã quyết định hủy câu hỏi. Hãy chấm lại để áp dụng."),
    }[form.verdict]
    return flash_redirect(f"/marking/{period_id}/items", sentence)


@router.post("/{period_id}/items/keep-minor")
def keep_minor(
    request: Request, session: Tx, actor: Runner, period_id: UUID, form: Annotated[ReasonForm, Form()]
) -> Response:
    try:
        with attempting(session):
            count = keep_minor_flags(session, actor, period_id=period_id, reason=form.reason)
    except (Forbidden, NotFound):
        raise
    except Refusal as refusal:
        return _items_page(request, session, actor, period_id, asked=ItemsQuery(), refusal=refusal)
    sentence = _("Đã giữ %(count)s cảnh báo nhẹ.", count=format_number(count))
    return flash_redirect(f"/marking/{period_id}/items", sentence)


@router.post("/{period_id}/statistics")
def compute(session: Tx, actor: Runner, period_id: UUID) -> Response:
    """Computes what the background would compute within seconds: for who does not want to wait, or has no worker."""
    run = compute_statistics(session, actor, period_id=period_id)
    details: dict[str, Any] = {"count": format_number(run.responses)}
    return flash_redirect(
        f"/marking/{period_id}/items", _("Đã tính thống kê từ %(count)s câu trả lời.", **details)
    )
