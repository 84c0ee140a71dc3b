"""From the answers of one group of items to a calibration: on the scale of earlier periods where anchors carry it."""

from dataclasses import dataclass
from uuid import UUID

import numpy as np
import numpy.typing as npt
from sqlalchemy.orm import Session

from exam_service.bank.difficulty.estimates import Estimate, largest_scale, newest_estimates
from question_bank.calibration import (
    Anchors,
    Calibration,
    CalibrationRefused,
    FixedCalibration,
    Responses,
    fit_best,
    fit_fixed,
)
from question_bank.calibration.connectivity import Disconnected
from question_bank.calibration.fixed import TooFewAnchors


@dataclass(frozen=True, eq=False)
class Fitted:
    """What was fitted. `scale_id` is None for a scale that this period founds; `reason` says why a simpler way was
    taken than the one that was tried first; `anchored` is set when anchors carried the scale."""

    calibration: Calibration
    scale_id: UUID | None
    reason: CalibrationRefused | None
    anchored: FixedCalibration | None
    anchor_items: npt.NDArray[np.int64]


def fit_group(session: Session, responses: Responses, *, versions: list[UUID], period_id: UUID) -> Fitted:
    """The calibration of connected responses without extreme items; `versions` name the columns.

    Items that earlier periods calibrated are anchors. Raises CalibrationRefused.
    """
    earlier = newest_estimates(session, versions, but_period=period_id)
    scale = largest_scale(list(earlier.values()))
    why: CalibrationRefused | None = None
    if scale is not None:
        anchors = _anchors(versions, earlier, scale=scale)
        try:
            fixed = fit_fixed(responses, anchors)
            return Fitted(fixed.calibration, scale, None, fixed, anchors.items)
        except (TooFewAnchors, Disconnected) as refusal:
            why = refusal
    found, simpler = fit_best(responses)
    return Fitted(found, None, why or simpler, None, np.zeros(0, dtype=np.int64))


def _anchors(versions: list[UUID], earlier: dict[UUID, Estimate], *, scale: UUID) -> Anchors:
    held = [
        (place, earlier[version])
        for place, version in enumerate(versions)
        if version in earlier and earlier[version].scale_id == scale and earlier[version].discrimination > 0
    ]
    return Anchors(
        np.array([place for place, _found in held], dtype=np.int64),
        np.array([found.discrimination for _place, found in held], dtype=np.float64),
        np.array([found.difficulty for _place, found in held], dtype=np.float64),
        np.array([found.error for _place, found in held], dtype=np.float64),
    )
