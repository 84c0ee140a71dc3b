"""The period's calibration as what the statistics start from."""

from uuid import UUID

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from exam_service.analysis.reading import PeriodResponses
from exam_service.bank.difficulty.models import Calibration, CalibrationOutcome, ItemCalibration
from exam_service.calibration.models import AttemptAbility
from question_bank.statistics.ability import Abilities, CalibratedItems, calibrated_abilities


def calibrations_of_run(session: Session, run_id: UUID) -> list[Calibration]:
    """The newest calibration of this scoring run, one row per group of items; empty when it was not calibrated yet."""
    rows = session.scalars(select(Calibration).where(Calibration.run_id == run_id)).all()
    newest = max((row.fitted_at for row in rows), default=None)
    return [row for row in rows if row.fitted_at == newest]


def is_calibrated(session: Session, run_id: UUID) -> bool:
    """Whether every group of items of the run has difficulties."""
    rows = calibrations_of_run(session, run_id)
    return bool(rows) and all(row.outcome == CalibrationOutcome.FITTED for row in rows)


def read_abilities(session: Session, responses: PeriodResponses) -> Abilities | None:
    """Abilities and difficulties of the run by its calibration, NaN for whom or what it left out; None without one."""
    if not is_calibrated(session, responses.run_id):
        return None
    groups = [row.id for row in calibrations_of_run(session, responses.run_id)]
    person = {taker.attempt_id: place for place, taker in enumerate(responses.takers)}
    item = {version_id: place for place, version_id in enumerate(responses.versions)}
    theta = np.full((2, len(person)), np.nan)
    found = np.full((5, len(item)), np.nan)
    for attempt_id, *values in session.execute(
        select(AttemptAbility.attempt_id, AttemptAbility.theta, AttemptAbility.error).where(
            AttemptAbility.calibration_id.in_(groups)
        )
    ):
        if attempt_id in person:
            theta[:, person[attempt_id]] = values
    for version_id, *values in session.execute(
        select(
            ItemCalibration.version_id,
            ItemCalibration.discrimination,
            ItemCalibration.difficulty,
            ItemCalibration.difficulty_error,
            ItemCalibration.location,
            ItemCalibration.location_error,
        ).where(ItemCalibration.calibration_id.in_(groups))
    ):
        if version_id in item:
            found[:, item[version_id]] = values
    return calibrated_abilities(theta[0], theta[1], CalibratedItems(*found))
