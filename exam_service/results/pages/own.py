"""The candidate's own result: outcome, band and competencies, and never an item."""

from decimal import Decimal
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from exam_service.attempts.access import MaybeCandidate
from exam_service.calibration.conversion_view import why_raw
from exam_service.db import Reading
from exam_service.periods.models import Candidate, Exam, Period
from exam_service.results.converting import conversion_of, own_lines
from exam_service.results.export import note, outcome_word, rule_lines
from exam_service.results.grading import reaches
from exam_service.results.pages.figures import competency_bars, percent_of
from exam_service.results.service import current_result
from exam_service.templates import render

router = APIRouter(prefix="/exam")
SIGN_IN = "/exam/sign-in"


@router.get("/result")
def show_own_result(request: Request, session: Reading, signed_in: MaybeCandidate) -> Response:
    """The result of the signed-in candidate, or that it has not been released yet."""
    if signed_in is None:
        return RedirectResponse(SIGN_IN, status_code=303)
    candidate = session.get_one(Candidate, signed_in.candidate_id)
    period = session.get_one(Period, candidate.period_id)
    exam = session.get_one(Exam, candidate.exam_id)
    shared: dict[str, Any] = {"candidate": candidate, "period": period, "exam": exam}
    result = current_result(session, candidate.id)
    if result is None:
        return render(request, "results/own_waiting.html", **shared)
    bars = competency_bars(result)
    cut = exam.cut_percent if result.cut_percent is None else result.cut_percent
    weak = [
        entry["name"]
        for entry in result.competencies
        if not reaches(Decimal(entry["points"]), Decimal(entry["max_points"]), cut)
    ]
    return render(
        request,
        "results/own.html",
        result=result,
        bars=bars,
        weak=weak,
        cut=cut,
        rules=rule_lines(result),
        percent=percent_of(result),
        note=note(result.kind, result.reason),
        outcome_word=outcome_word(result.outcome),
        unconverted=why_raw(conversion_of(session, result)),
        lines=own_lines(session, result, exam) if result.converted_points is not None else [],
        **shared,
    )
