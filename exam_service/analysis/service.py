"""Computing and storing the statistics of a scored period."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter
from sqlalchemy import Select, func, insert, select
from sqlalchemy.orm import Session, aliased
from uuid_utils.compat import uuid7

from exam_service import clock
from exam_service.actor import Actor, Permission
from exam_service.analysis.calibrated import is_calibrated, read_abilities
from exam_service.analysis.irregularities import find_signs
from exam_service.analysis.models import IrregularitySign, ItemFigures, ItemFlag, StatisticsRun
from exam_service.analysis.reading import PeriodResponses, read_responses
from exam_service.analysis.shapes import shape_of
from exam_service.audit import record
from exam_service.bank.head import trusted_draft
from exam_service.bank.models import ItemVersion
from exam_service.errors import Forbidden, NotFound, Refusal
from exam_service.marking.models import ScoringRun
from exam_service.marking.service import newest_run_id
from exam_service.people.models import Sex, UnitType
from exam_service.periods.models import Period, PeriodState
from question_bank.statistics import dif
from question_bank.statistics.analysis import Analysis, Earlier, ItemStatistics, analyse
from question_bank.statistics.flags import MINIMUM_N, ItemShape, flags_of

STATISTICS_LOCK = 7_361_004  # advisory lock: one process computes statistics at a time
STORED = TypeAdapter(ItemStatistics)
SCORED = (PeriodState.MARKED.value, PeriodState.RELEASED.value, PeriodState.ARCHIVED.value)


class NothingScored(Refusal):
    code = "nothing_scored"
    message = "Kỳ này chưa có lượt chấm nào nên chưa có gì để thống kê."


def compute_statistics(
    session: Session, actor: Actor, *, period_id: UUID, with_signs: bool = True
) -> StatisticsRun:
    """The period has statistics of its newest scoring run; those that it has are returned as they are, unless they were
    made before the run was calibrated: then they are made again.

    Abilities and difficulties are those of the calibration, and a quick estimate where there is none. `with_signs`
    looks for irregularities too.

    Memory grows with the number of responses (about 60 bytes each), never with their text. Raises Forbidden, NotFound,
    NothingScored.
    """
    if not actor.can(Permission.MARKING_RUN):
        raise Forbidden
    period = session.get(Period, period_id)
    if period is None or period.state not in SCORED:
        raise NotFound
    run_id = newest_run_id(session, period_id)
    if run_id is None:
        raise NothingScored
    session.execute(select(func.pg_advisory_xact_lock(STATISTICS_LOCK)))
    known = session.scalar(select(StatisticsRun).where(StatisticsRun.scoring_run_id == run_id))
    if known is not None and not can_be_refreshed(session, known):
        return known
    if known is not None:
        session.delete(known)  # with its figures, flags and signs; decisions are kept by period and version
        session.flush()
    started_at = clock.now()
    responses = read_responses(session, session.get_one(ScoringRun, run_id))
    analysis = analyse(
        responses.data,
        abilities=read_abilities(session, responses),
        groups=_groups(responses),
        earlier=_earlier(session, period, responses.versions),
    )
    run = _store(session, responses, analysis, started_at=started_at)
    if with_signs:
        _store_signs(session, run, responses, analysis)
    record(session, actor, "period.statistics", ("period", period_id), run=run.id, attempts=run.attempts)
    return run


def can_be_refreshed(session: Session, run: StatisticsRun) -> bool:
    """Whether the statistics rest on a quick estimate and a calibration has come since."""
    return not run.summary.get("is_calibrated") and is_calibrated(session, run.scoring_run_id)


def _groups(responses: PeriodResponses) -> dict[str, NDArray[np.int64]]:
    sexes = {Sex.MALE.value: dif.REFERENCE, Sex.FEMALE.value: dif.FOCAL}
    units = {UnitType.WARD.value: dif.REFERENCE, UnitType.COMMUNE.value: dif.FOCAL}
    return {
        "sex": np.array([sexes.get(taker.sex or "", dif.OUTSIDE) for taker in responses.takers], np.int64),
        "unit_type": np.array(
            [units.get(taker.unit_type, dif.OUTSIDE) for taker in responses.takers], np.int64
        ),
    }


def newest_statistics(session: Session, period_id: UUID) -> StatisticsRun | None:
    """The statistics of the period's latest scored run that has any, or None."""
    return session.scalar(
        select(StatisticsRun)
        .where(StatisticsRun.period_id == period_id)
        .order_by(StatisticsRun.scoring_run_id.desc())
        .limit(1)
    )


def newest_runs() -> Select[UUID]:
    """The ids of the newest statistics run of every period."""
    later = aliased(StatisticsRun)
    is_newest = ~(
        select(later.id)
        .where(
            later.period_id == StatisticsRun.period_id, later.scoring_run_id > StatisticsRun.scoring_run_id
        )
        .exists()
    )
    return select(StatisticsRun.id).where(is_newest)


def _earlier(session: Session, period: Period, versions: Sequence[UUID]) -> Earlier:
    """The difficulties of the versions in the latest earlier period that has figures of at least MINIMUM_N for them."""
    before = session.scalar(
        select(Period.id)
        .join(StatisticsRun, StatisticsRun.period_id == Period.id)
        .where(
            Period.state.in_((PeriodState.RELEASED.value, PeriodState.ARCHIVED.value)),
            Period.closed_at < (period.closed_at or clock.now()),
            Period.id != period.id,
        )
        .order_by(Period.closed_at.desc())
        .limit(1)
    )
    difficulty, error = np.full(len(versions), np.nan), np.full(len(versions), np.nan)
    run = newest_statistics(session, before) if before else None
    if run is not None:
        place = {version_id: index for index, version_id in enumerate(versions)}
        for row in session.scalars(
            select(ItemFigures).where(ItemFigures.run_id == run.id, ItemFigures.n >= MINIMUM_N)
        ):
            if row.version_id in place and row.difficulty is not None and row.difficulty_error is not None:
                difficulty[place[row.version_id]] = row.difficulty
                error[place[row.version_id]] = row.difficulty_error
    return Earlier(difficulty, error)


def _store(
    session: Session, responses: PeriodResponses, analysis: Analysis, *, started_at: datetime
) -> StatisticsRun:
    run = StatisticsRun(
        id=uuid7(),
        period_id=responses.period_id,
        scoring_run_id=responses.run_id,
        started_at=started_at,
        finished_at=clock.now(),
        attempts=analysis.people,
        responses=analysis.responses,
        summary={
            "is_calibrated": analysis.abilities.are_posterior,
            "reliability": asdict(analysis.reliability),
            "speededness": {**asdict(analysis.speededness), "is_speeded": analysis.speededness.is_speeded},
        },
    )
    session.add(run)
    session.flush()  # figures and flags refer to it
    figures, flags = [], []
    shapes = _shapes(session, responses.versions)
    for version_id, item in zip(responses.versions, analysis.items, strict=True):
        figures.append(_figures_row(run.id, version_id, item))
        flags += [
            {
                "run_id": run.id,
                "version_id": version_id,
                "code": flag.code.value,
                "is_serious": flag.is_serious,
                "params": dict(flag.params),
            }
            for flag in flags_of(item, shapes[version_id])
        ]
    for table, rows in ((ItemFigures, figures), (ItemFlag, flags)):
        if rows:
            session.execute(insert(table), rows)
    return run


def _shapes(session: Session, versions: Sequence[UUID]) -> dict[UUID, ItemShape]:
    rows = session.execute(select(ItemVersion.id, ItemVersion.body).where(ItemVersion.id.in_(versions)))
    return {version_id: shape_of(trusted_draft(body).content) for version_id, body in rows}


def _figures_row(run_id: UUID, version_id: UUID, item: ItemStatistics) -> dict[str, Any]:
    return {
        "run_id": run_id,
        "version_id": version_id,
        "n": item.facility.n,
        "facility": item.facility.value,
        "discrimination": item.discrimination.value,
        "difficulty": item.difficulty,
        "difficulty_error": item.difficulty_error,
        "median_s": item.time.median_s,
        "body": STORED.dump_python(item, mode="json"),
    }


def _store_signs(
    session: Session, run: StatisticsRun, responses: PeriodResponses, analysis: Analysis
) -> None:
    found = find_signs(session, responses, analysis, run_id=run.id)
    run.summary = {**run.summary, "similarity": found.similarity}
    rows = [
        {
            "id": uuid7(),
            "run_id": run.id,
            "attempt_id": responses.takers[sign.person].attempt_id,
            "other_attempt_id": None if sign.other is None else responses.takers[sign.other].attempt_id,
            "kind": sign.kind.value,
            "strength": sign.strength,
            "detail": sign.detail,
        }
        for sign in found.signs
    ]
    if rows:
        session.execute(insert(IrregularitySign), rows)
