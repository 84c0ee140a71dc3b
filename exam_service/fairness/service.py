"""Making the halves of fairness reports, and finding the exams that wait for one."""

from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from exam_service import clock
from exam_service.actor import Actor
from exam_service.audit import record
from exam_service.bank.difficulty.models import Calibration
from exam_service.calibration.service import MARKED
from exam_service.fairness.models import FairnessReport, Stage
from exam_service.fairness.reading import (
    calibrations_of_exam,
    plain_seed,
    plan_of,
    read_difficulties,
    read_sat,
)
from exam_service.periods.models import Exam, ExamDraw, Period
from question_bank.assembly.result import AssemblyReport
from question_bank.fairness.report import NoFigures, SittingFigures, random_report, sitting_figures


def report_due(session: Session, actor: Actor) -> int:
    """One half of a report that is missing is made; returns 1, or 0 when none waits. For the background job."""
    exam_id = session.scalar(_drawn_without_report())
    if exam_id is not None:
        return _make(session, actor, exam_id, fitted_at=None)
    waiting = session.execute(_calibrated_without_report()).first()
    if waiting is None:
        return 0
    return _make(session, actor, waiting[0], fitted_at=waiting[1])


def _drawn_without_report() -> Any:
    has_report = exists().where(
        FairnessReport.exam_id == ExamDraw.exam_id, FairnessReport.stage == Stage.DRAWN.value
    )
    return select(ExamDraw.exam_id).where(~has_report).order_by(ExamDraw.drawn_at).limit(1)


def _calibrated_without_report() -> Any:
    newest = (
        select(Calibration.period_id, func.max(Calibration.fitted_at).label("fitted_at"))
        .group_by(Calibration.period_id)
        .subquery()
    )
    has_report = exists().where(
        FairnessReport.exam_id == Exam.id,
        FairnessReport.stage == Stage.SAT.value,
        FairnessReport.fitted_at == newest.c.fitted_at,
    )
    return (
        select(Exam.id, newest.c.fitted_at)
        .join(ExamDraw, ExamDraw.exam_id == Exam.id)
        .join(Period, Period.id == Exam.period_id)
        .join(newest, newest.c.period_id == Exam.period_id)
        .where(Period.state.in_(MARKED), ~has_report)
        .order_by(Exam.id)
        .limit(1)
    )


def _make(session: Session, actor: Actor, exam_id: UUID, *, fitted_at: datetime | None) -> int:
    # One at a time for an exam, so that two workers do not both make it.
    exam = session.scalar(select(Exam).where(Exam.id == exam_id).with_for_update(key_share=True))
    assert exam is not None, "papers were drawn for it"
    draw = session.get_one(ExamDraw, exam_id)
    stage = Stage.DRAWN if fitted_at is None else Stage.SAT
    figures = _drawn(draw) if fitted_at is None else _sat(session, exam, draw, fitted_at=fitted_at)
    session.add(
        FairnessReport(
            exam_id=exam_id,
            stage=stage.value,
            fitted_at=fitted_at,
            missing=figures.value if isinstance(figures, NoFigures) else None,
            figures=None if isinstance(figures, NoFigures) else asdict(figures),
            made_at=clock.now(),
        )
    )
    record(session, actor, "period.fairness", ("period", exam.period_id), exam=exam_id, stage=stage.value)
    return 1


def _drawn(draw: ExamDraw) -> AssemblyReport | NoFigures:
    plan, tolerance = plan_of(draw)
    return random_report(plan, forms=draw.report["forms"], seed=plain_seed(draw), tolerance=tolerance)


def _sat(session: Session, exam: Exam, draw: ExamDraw, *, fitted_at: datetime) -> SittingFigures | NoFigures:
    found = calibrations_of_exam(session, exam.id, fitted_at=fitted_at)
    if len(found) != 1:
        return NoFigures.SEVERAL_SCALES if found else NoFigures.NOT_CALIBRATED
    plan, _tolerance = plan_of(draw)
    difficulties = read_difficulties(session, plan, calibration_id=found[0])
    if difficulties is None:
        return NoFigures.NOT_CALIBRATED
    sat = read_sat(session, plan, exam_id=exam.id, calibration_id=found[0])
    return sitting_figures(
        plan,
        sat.forms,
        difficulties,
        abilities=(sat.theta, sat.theta_error),
        cut_percent=float(exam.cut_percent),
        seed=plain_seed(draw),
    )
