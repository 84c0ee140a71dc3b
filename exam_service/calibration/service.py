"""Calibrating a marked period, and finding the periods that wait for it."""

from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

import numpy as np
from sqlalchemy import insert, select
from sqlalchemy.orm import Session
from uuid_utils.compat import uuid7

from exam_service import clock
from exam_service.actor import Actor, Permission
from exam_service.audit import record
from exam_service.bank.difficulty.models import Calibration, CalibrationOutcome, ItemCalibration
from exam_service.calibration.conversions import convert_exams
from exam_service.calibration.fitting import Fitted, fit_group
from exam_service.calibration.models import AttemptAbility
from exam_service.calibration.reading import MarkedAnswers, read_marked
from exam_service.errors import Forbidden, NotFound, Refusal
from exam_service.marking.models import ScoringRun
from exam_service.marking.service import newest_run_id
from exam_service.periods.models import Period, PeriodState
from question_bank.calibration import CalibrationRefused, without_extremes
from question_bank.calibration.connectivity import Group, connected_groups
from question_bank.calibration.fitting import NoVariation, Usable
from question_bank.calibration.persons import NoSpread, expected_abilities

MARKED = (PeriodState.MARKED.value, PeriodState.RELEASED.value, PeriodState.ARCHIVED.value)


class NotScored(Refusal):
    code = "not_scored"
    message = "Chỉ hiệu chuẩn được kỳ sát hạch đã chấm."


def calibrate_period(session: Session, actor: Actor, *, period_id: UUID) -> list[Calibration]:
    """The items of the marked period are calibrated from its newest scores; one row per connected group of items.

    Nothing is overwritten: the newest calibration of a version counts. What the data do not carry is stored as a
    refusal with its reason. Exams that declared it have their marks converted. Raises Forbidden, NotFound, NotScored.
    """
    if not actor.can(Permission.MARKING_RUN):
        raise Forbidden
    return _calibrate(session, actor, period_id)


def calibrate_due(session: Session, actor: Actor) -> int:
    """One marked period whose newest scores have no calibration yet is calibrated; returns 1, or 0 when none waits.

    For the background job: the actor is the system.
    """
    waiting = session.scalar(
        select(Period.id)
        .join(ScoringRun, ScoringRun.period_id == Period.id)
        .where(Period.state.in_(MARKED))
        .group_by(Period.id)
        .having(~_is_calibrated())
        .order_by(Period.id)
        .limit(1)
    )
    if waiting is None:
        return 0
    _calibrate(session, actor, waiting)
    return 1


def _is_calibrated() -> Any:
    newest = (
        select(ScoringRun.id)
        .where(ScoringRun.period_id == Period.id)
        .order_by(ScoringRun.started_at.desc(), ScoringRun.id.desc())
        .limit(1)
        .correlate(Period)
        .scalar_subquery()
    )
    return select(Calibration.id).where(Calibration.run_id == newest).correlate(Period).exists()


def _calibrate(session: Session, actor: Actor, period_id: UUID) -> list[Calibration]:
    # One calibration of a period at a time, so that a sweep and a person do not do the same work twice.
    period = session.scalar(select(Period).where(Period.id == period_id).with_for_update(key_share=True))
    if period is None:
        raise NotFound
    run_id = newest_run_id(session, period_id)
    if run_id is None or period.state not in MARKED:
        raise NotScored
    head = {"period_id": period_id, "run_id": run_id, "fitted_by": actor.id, "fitted_at": clock.now()}
    try:
        rows = _calibrate_groups(session, read_marked(session, period_id), head=head)
    except CalibrationRefused as refusal:
        rows = [_refused(session, refusal, head=head | {"number": 1})]
    fitted = sum(row.outcome == CalibrationOutcome.FITTED for row in rows)
    record(
        session,
        actor,
        "period.calibrate",
        ("period", period_id),
        run=run_id,
        groups=len(rows),
        fitted=fitted,
        items=sum(row.items for row in rows),
    )
    session.flush()  # conversions are made from what was just stored
    convert_exams(session, actor, period=period, run_id=run_id)
    return rows


def _calibrate_groups(session: Session, answers: MarkedAnswers, *, head: dict[str, Any]) -> list[Calibration]:
    """One row for each group of items that people had in common. Raises NoVariation when no item has a difficulty."""
    usable = without_extremes(answers.responses)
    groups = connected_groups(usable.responses)
    if not groups:
        raise NoVariation(np.flatnonzero(~usable.kept))
    return [
        _calibrate_group(session, answers, usable=usable, group=group, head=head | {"number": number})
        for number, group in enumerate(groups, start=1)
    ]


def _calibrate_group(
    session: Session, answers: MarkedAnswers, *, usable: Usable, group: Group, head: dict[str, Any]
) -> Calibration:
    columns = np.flatnonzero(usable.kept)
    versions = [answers.versions[columns[item]] for item in group.items]
    chosen = np.zeros(usable.responses.items, dtype=bool)
    chosen[group.items] = True
    present = np.zeros(usable.responses.persons, dtype=bool)
    present[group.persons] = True
    responses = usable.responses.of_items(chosen).of_persons(present)
    left_out = _extremes(answers, usable) if head["number"] == 1 else []
    try:
        fitted = fit_group(session, responses, versions=versions, period_id=head["period_id"])
    except CalibrationRefused as refusal:
        sizes = {"persons": len(group.persons), "items": len(group.items)}
        return _refused(session, refusal, head=head, left_out=left_out, **sizes)
    row = _fitted(
        fitted, head=head, scale_id=fitted.scale_id or _founded(session, head, versions), left_out=left_out
    )
    session.add(row)
    session.flush()  # items and abilities refer to it
    session.execute(insert(ItemCalibration), list(_item_rows(row.id, versions, fitted)))
    abilities = expected_abilities(fitted.calibration.posterior, population=fitted.calibration.population)
    attempts = [answers.attempts[person] for person in group.persons]
    session.execute(
        insert(AttemptAbility),
        [
            {"calibration_id": row.id, "attempt_id": attempt_id, "theta": theta, "error": error}
            for attempt_id, theta, error in zip(
                attempts, abilities.theta.tolist(), abilities.error.tolist(), strict=True
            )
        ],
    )
    return row


def _extremes(answers: MarkedAnswers, usable: Usable) -> list[dict[str, str]]:
    return [
        {"version_id": str(answers.versions[item]), "reason": reason}
        for reason, items in (("all_right", usable.all_right), ("all_wrong", usable.all_wrong))
        for item in items
    ]


def _founded(session: Session, head: dict[str, Any], versions: Sequence[UUID]) -> UUID:
    """The scale that an earlier calibration of the same period founded with these items, or a new one.

    Scoring again must not cut off later periods that stand on the scale.
    """
    earlier = session.scalar(
        select(Calibration.scale_id)
        .join(ItemCalibration, ItemCalibration.calibration_id == Calibration.id)
        .where(
            Calibration.period_id == head["period_id"],
            Calibration.anchors == 0,
            ItemCalibration.version_id.in_(list(versions)),
        )
        .order_by(Calibration.fitted_at.desc())
        .limit(1)
    )
    return earlier or uuid7()


def _refused(
    session: Session,
    refusal: CalibrationRefused,
    *,
    head: dict[str, Any],
    left_out: list[dict[str, str]] | None = None,
    persons: int = 0,
    items: int = 0,
) -> Calibration:
    row = Calibration(
        **head,
        outcome=CalibrationOutcome.REFUSED.value,
        model=None,
        reason={"code": refusal.code, **refusal.params},
        scale_id=None,
        persons=persons,
        items=items,
        anchors=0,
        reliability=None,
        population_mean=None,
        population_sd=None,
        log_likelihood=None,
        left_out=left_out or [],
    )
    session.add(row)
    session.flush()  # its id is asked for by the caller
    return row


def _fitted(
    fitted: Fitted, *, head: dict[str, Any], scale_id: UUID, left_out: list[dict[str, str]]
) -> Calibration:
    found = fitted.calibration
    abilities = expected_abilities(found.posterior, population=found.population)
    try:
        reliability = abilities.reliability
    except NoSpread:
        reliability = None
    return Calibration(
        **head,
        outcome=CalibrationOutcome.FITTED.value,
        model=found.model,
        reason={} if fitted.reason is None else {"code": fitted.reason.code, **fitted.reason.params},
        scale_id=scale_id,
        persons=found.persons,
        items=len(found.slope),
        anchors=0 if fitted.anchored is None else int(fitted.anchored.is_anchor.sum()),
        reliability=reliability,
        population_mean=found.population.mean,
        population_sd=found.population.sd,
        log_likelihood=found.log_likelihood,
        left_out=left_out,
    )


def _item_rows(calibration_id: UUID, versions: Sequence[UUID], fitted: Fitted) -> Iterator[dict[str, Any]]:
    found, anchored = fitted.calibration, fitted.anchored
    drift = dict(zip(fitted.anchor_items.tolist(), range(len(fitted.anchor_items)), strict=True))
    difficulty = (anchored.difficulty if anchored else found.difficulty).tolist()
    error = (anchored.error if anchored else found.difficulty_error).tolist()
    alone = anchored.alone if anchored else found
    for place, version_id in enumerate(versions):
        anchor = drift.get(place)
        yield {
            "calibration_id": calibration_id,
            "version_id": version_id,
            "responses": int(found.per_item[place]),
            "discrimination": float(found.slope[place]),
            "difficulty": difficulty[place],
            "discrimination_error": float(found.slope_error[place]),
            "difficulty_error": error[place],
            "location": -float(alone.intercept[place]),
            "location_error": float(alone.intercept_error[place]),
            "infit": float(found.infit[place]) if found.weight[place] == 1.0 else None,
            "shift": float(anchored.drift.shift[anchor]) if anchored and anchor is not None else None,
            "is_anchor": bool(anchored.is_anchor[place]) if anchored else False,
            "is_drifted": bool(anchored.drift.is_drifted[anchor])
            if anchored and anchor is not None
            else False,
        }
