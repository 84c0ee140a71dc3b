"""What the scores of a period come to, for those who decide on the release."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request, Response
from sqlalchemy.orm import Session

from exam_service.actor import Actor, Permission
from exam_service.auth.access import require
from exam_service.calibration.conversion_view import scale_sentence, why_raw
from exam_service.calibration.exam_scale import load_scales
from exam_service.calibration.models import ExamConversion
from exam_service.db import Reading
from exam_service.i18n import gettext as _
from exam_service.marking.overview import get_markable_period
from exam_service.periods.models import MarkScale, Period, PeriodState
from exam_service.results.borderline import count_by_exam, find_borderline
from exam_service.results.classification import classify_period
from exam_service.results.converting import load_conversions
from exam_service.results.export import outcome_word
from exam_service.results.standings import compute_standings
from exam_service.results.summary import summarise
from exam_service.templates import render
from question_bank.calibration import CalibrationRefused

router = APIRouter(prefix="/marking")
Releaser = Annotated[Actor, require(Permission.RESULTS_RELEASE)]
Viewer = Annotated[Actor, require(Permission.MARKING_VIEW)]


@router.get("/{period_id}/summary")
def show_summary(request: Request, session: Reading, actor: Viewer, period_id: UUID) -> Response:
    """Figures per exam: counts only, nobody's name beside points."""
    period = get_markable_period(session, actor, period_id)
    is_scored = period.state != PeriodState.CLOSED
    standings = compute_standings(session, period_id) if is_scored else []
    scales = load_scales(session, period_id=period_id, exams=period.exams)
    return render(
        request,
        "results/summary.html",
        period=period,
        summaries=[summarise(exam, standings) for exam in period.exams] if is_scored else [],
        conversions=_conversions(session, period) if is_scored else {},
        borderline=count_by_exam(find_borderline(standings, scales=scales)),
        may_release=actor.can(Permission.RESULTS_RELEASE) and period.state == PeriodState.MARKED,
        tab="summary",
    )


def why_unsure(refusal: CalibrationRefused) -> str:
    """Why a method says nothing, as a sentence."""
    match refusal.code:
        case "too_few_people":
            return _("Mới có %(n)s người, cần ít nhất %(least)s.", **refusal.params)
        case "parted_items":
            return _("Chỉ dùng được cho câu đúng/sai cùng số điểm.")
        case "no_reliability":
            return _("Chưa có độ tin cậy của điểm.")
        case "no_classification" | "off_the_curve":
            return _("Điểm không đủ khác nhau, hoặc ngưỡng ở tận đầu thang, nên không ước lượng được.")
        case _:
            return scale_sentence({"code": refusal.code, **refusal.params})


def _conversions(session: Session, period: Period) -> dict[UUID, tuple[ExamConversion | None, str]]:
    """Exam that declared a conversion → (what was made, why raw marks count all the same)."""
    made = load_conversions(session, period.id)
    return {
        exam.id: (made.of(exam.id), why_raw(made.of(exam.id)))
        for exam in period.exams
        if exam.mark_scale == MarkScale.CONVERTED
    }


@router.get("/{period_id}/borderline")
def show_borderline(request: Request, session: Reading, actor: Releaser, period_id: UUID) -> Response:
    """The papers within one standard error of their cut, by candidate number: no names, for the council's eye."""
    period = get_markable_period(session, actor, period_id)
    is_scored = period.state != PeriodState.CLOSED
    standings = compute_standings(session, period_id) if is_scored else []
    scales = load_scales(session, period_id=period_id, exams=period.exams)
    sure = classify_period(
        session,
        standings,
        exams=period.exams,
        scales=scales,
        conversions=load_conversions(session, period_id),
        least=request.app.state.settings.statistics_from,
    )
    return render(
        request,
        "results/borderline.html",
        period=period,
        exams={exam.id: exam for exam in period.exams},
        found=find_borderline(standings, scales=scales),
        sure=sure,
        why=why_unsure,
        is_scored=is_scored,
        outcome_word=outcome_word,
        tab="borderline",
    )
