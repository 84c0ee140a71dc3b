"""The newest calibration of item versions, and what the draw expects of a pool."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from exam_service.bank.difficulty.models import Calibration, ItemCalibration
from question_bank.calibration.beliefs import Basis, Calibrated, believe
from question_bank.pool import PoolItem
from question_bank.taxonomy import DifficultyRating

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


@dataclass(frozen=True)
class Expectations:
    """A pool with expected shares; `errors` are the standard errors of the shares, by version id.

    `basis` says where the difficulties are from; None where nothing is known and papers are equal by their blueprint
    alone.
    """

    pool: tuple[PoolItem, ...]
    errors: Mapping[str, Errors]
    basis: Basis | None


def expected_of_pool(
    session: Session, pool: Sequence[PoolItem], ratings: Mapping[str, DifficultyRating | None]
) -> Expectations:
    """The pool with what is expected of it: from calibration, and from the authors' `ratings` (by version id) of items
    that have never been calibrated, or only on another scale.
    """
    estimates = newest_estimates(session, [UUID(item.version_id) for item in pool])
    scale = largest_scale(list(estimates.values()))
    known = [
        Calibrated(found.discrimination, found.difficulty, found.error)
        if (found := estimates.get(UUID(item.version_id)))
        and found.scale_id == scale
        and found.discrimination > 0
        else None
        for item in pool
    ]
    beliefs = believe(
        known,
        [ratings.get(item.version_id) for item in pool],
        cells=[(item.competency, item.level) for item in pool],
    )
    if beliefs is None:
        return Expectations(tuple(pool), {}, None)
    expected = tuple(
        replace(item, expected_score=(low, middle, high))
        for item, (low, middle, high) in zip(pool, beliefs.shares.tolist(), strict=True)
    )
    errors = {
        item.version_id: (low, middle, high)
        for item, (low, middle, high) in zip(pool, beliefs.errors.tolist(), strict=True)
    }
    return Expectations(expected, errors, beliefs.basis)
