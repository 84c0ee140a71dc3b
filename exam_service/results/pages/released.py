"""Pages of released results: periods, the table of one period, its distribution, one candidate, the Excel file."""

from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy import func, select

from exam_service.actor import Actor, Permission
from exam_service.audit import record
from exam_service.auth.access import require
from exam_service.calibration.conversion_view import why_raw
from exam_service.db import Reading, Tx
from exam_service.errors import NotFound
from exam_service.pagination import paginate
from exam_service.periods.models import Candidate, Exam
from exam_service.results import service
from exam_service.results.converting import conversion_of
from exam_service.results.export import (
    MEDIA_TYPE,
    failed_rules,
    note,
    outcome_word,
    results_workbook,
    rule_lines,
)
from exam_service.results.listing import Choices, ResultQuery, filter_choices, find_results
from exam_service.results.models import Outcome, Result
from exam_service.results.pages.figures import competency_bars, percent_of
from exam_service.results.summary import summarise
from exam_service.templates import render

router = APIRouter(prefix="/results")
Viewer = Annotated[Actor, require(Permission.RESULTS_VIEW)]
Asked = Annotated[ResultQuery, Query()]


@router.get("")
def list_periods(request: Request, session: Reading, actor: Viewer, page: int = 1) -> Response:
    found = paginate(session, service.released_periods(actor), number=page)
    counted = (
        select(Result.period_id, func.count(), func.count().filter(Result.outcome == Outcome.PASS.value))
        .where(Result.period_id.in_([period.id for period in found.rows]), service.is_current())
        .group_by(Result.period_id)
    )
    counts = {period_id: (total, passed) for period_id, total, passed in session.execute(counted)}
    return render(request, "results/periods.html", page=found, counts=counts)


class PagedQuery(ResultQuery):
    page: int = 1


@router.get("/{period_id}")
def list_results(
    request: Request, session: Reading, actor: Viewer, period_id: UUID, asked: Annotated[PagedQuery, Query()]
) -> Response:
    period = service.get_released_period(session, actor, period_id)
    found = paginate(session, find_results(actor, period_id=period_id, query=asked), number=asked.page)
    choices = filter_choices(session, period_id)
    address = ResultQuery.model_validate(asked.model_dump(exclude={"page"})).address()
    return render(
        request,
        "results/results.html",
        period=period,
        page=found,
        asked=asked,
        query=address,
        choices=choices,
        applied=_applied(choices, address, path=f"/results/{period_id}"),
        export_href=f"/results/{period_id}/export.xlsx?{urlencode(address)}",
        percent_of=percent_of,
        note=note,
        failed_rules=failed_rules,
        outcome_word=outcome_word,
        tab="results",
    )


def _applied(choices: Choices, address: dict[str, str], *, path: str) -> list[tuple[str, str]]:
    """The filters in force as (label, address without it)."""
    words: dict[str, dict[str, str]] = {
        "exam": dict(choices.exams),
        "unit": dict(choices.units),
        "position": dict(choices.positions),
        "band": dict(choices.bands),
        "outcome": {outcome.value: outcome_word(outcome) for outcome in Outcome},
    }
    applied = []
    for name, value in address.items():
        if name == "sort":
            continue
        rest = {key: kept for key, kept in address.items() if key != name}
        applied.append((words.get(name, {}).get(value, value), f"{path}?{urlencode(rest)}"))
    return applied


@router.get("/{period_id}/export.xlsx")
def export_results(session: Tx, actor: Viewer, period_id: UUID, asked: Asked) -> Response:
    """The same rows as the list, all pages of it. Who took the file away is in the audit trail."""
    period = service.get_released_period(session, actor, period_id)
    rows = session.execute(find_results(actor, period_id=period_id, query=asked)).all()
    record(session, actor, "results.export", ("period", period_id), rows=len(rows), **asked.address())
    return Response(
        results_workbook(period, rows),
        media_type=MEDIA_TYPE,
        headers={
            "Content-Disposition": f'attachment; filename="ket-qua-{period.code}.xlsx"',
            "Cache-Control": "no-store",
        },
    )


@router.get("/{period_id}/distribution")
def show_distribution(request: Request, session: Reading, actor: Viewer, period_id: UUID) -> Response:
    period = service.get_released_period(session, actor, period_id)
    results = session.scalars(
        service.results_visible_to(actor).where(Result.period_id == period_id, service.is_current())
    ).all()
    summaries = [summarise(exam, results) for exam in period.exams]
    return render(
        request, "results/distribution.html", period=period, summaries=summaries, tab="distribution"
    )


@router.get("/{period_id}/candidates/{candidate_id}")
def show_candidate(
    request: Request, session: Reading, actor: Viewer, period_id: UUID, candidate_id: UUID
) -> Response:
    """One person's result with every version of it."""
    period = service.get_released_period(session, actor, period_id)
    versions = [
        version
        for version in service.result_versions(session, actor, candidate_id)
        if version.period_id == period.id
    ]
    if not versions:
        raise NotFound
    candidate = session.get_one(Candidate, candidate_id)
    exam = session.get_one(Exam, candidate.exam_id)
    context: dict[str, Any] = {"period": period, "candidate": candidate, "exam": exam, "versions": versions}
    return render(
        request,
        "results/candidate.html",
        result=versions[0],
        cut=exam.cut_percent if versions[0].cut_percent is None else versions[0].cut_percent,
        rules=rule_lines(versions[0]),
        bars=competency_bars(versions[0]),
        unconverted=why_raw(conversion_of(session, versions[0])),
        percent_of=percent_of,
        note=note,
        outcome_word=outcome_word,
        **context,
    )
