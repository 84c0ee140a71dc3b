"""The newest calibration of item versions, and what the draw expects of a pool."""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

import numpy as np
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from exam_service.bank.difficulty.models import Calibration, ItemCalibration
from question_bank.calibration.expected import expected_shares
from question_bank.pool import PoolItem

BATCH = 10_000

Errors = tuple[float, float, float]


@dataclass(frozen=True)
class Estimate:
    """The parameters of a version that count now."""

    scale_id: UUID
    discrimination: float
    difficulty: float
    error: float


def newest_estimates(
    session: Session, version_ids: Collection[UUID], *, but_period: UUID | None = None
) -> dict[UUID, Estimate]:
    """Version → its newest calibration, those of the period `but_period` left out; versions without one are absent."""
    found: dict[UUID, Estimate] = {}
    for batch in _batches(list(version_ids)):
        rows = session.execute(
            select(
                ItemCalibration.version_id,
                Calibration.scale_id,
                ItemCalibration.discrimination,
                ItemCalibration.difficulty,
                ItemCalibration.difficulty_error,
            )
            .join(Calibration, Calibration.id == ItemCalibration.calibration_id)
            .where(ItemCalibration.version_id.in_(batch), Calibration.period_id.is_distinct_from(but_period))
            .order_by(ItemCalibration.version_id, Calibration.fitted_at.desc(), Calibration.id.desc())
            .ext(distinct_on(ItemCalibration.version_id))
        )
        for version_id, scale_id, discrimination, difficulty, error in rows:
            assert scale_id is not None, "items are stored for fitted calibrations only"
            found[version_id] = Estimate(scale_id, discrimination, difficulty, error)
    return found


def _batches(ids: Sequence[UUID]) -> Iterator[Sequence[UUID]]:
    for start in range(0, len(ids), BATCH):
        yield ids[start : start + BATCH]


def largest_scale(estimates: Collection[Estimate]) -> UUID | None:
    """The scale on which most of these stand; of several equally large ones the latest founded."""
    counts = Counter(estimate.scale_id for estimate in estimates)
    return max(counts, key=lambda scale: (counts[scale], str(scale)), default=None)


def expected_of_pool(
    session: Session, pool: Sequence[PoolItem]
) -> tuple[tuple[PoolItem, ...], dict[str, Errors]]:
    """The pool with expected shares, and the standard error of each share, by version.

    Difficulties are drawn towards the mean of the competency and level as far as their errors say; items that have
    never been calibrated, or only on another scale, stand at that mean. Without any calibration nothing is expected:
    papers are then equal by their blueprint alone.
    """
    estimates = newest_estimates(session, [UUID(item.version_id) for item in pool])
    scale = largest_scale(list(estimates.values()))
    if scale is None:
        return tuple(pool), {}
    usable = {
        key: found for key, found in estimates.items() if found.scale_id == scale and found.discrimination > 0
    }
    mine = [usable.get(UUID(item.version_id)) for item in pool]
    if not usable:
        return tuple(pool), {}
    difficulty = np.array([found.difficulty if found else np.nan for found in mine])
    error = np.array([found.error if found else np.nan for found in mine])
    slope = np.array([found.discrimination if found else np.nan for found in mine])
    cells = [(item.competency, item.level) for item in pool]
    expected = expected_shares(difficulty, error, slope=slope, cells=cells)
    rated = tuple(
        replace(item, expected_score=(low, middle, high))
        for item, (low, middle, high) in zip(pool, expected.shares.tolist(), strict=True)
    )
    return rated, {
        item.version_id: (low, middle, high)
        for item, (low, middle, high) in zip(pool, expected.errors.tolist(), strict=True)
    }
