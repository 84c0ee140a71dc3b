"""The borderline zone: papers within one standard error of the cut, for the council's eye before the release."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from math import sqrt
from uuid import UUID

from exam_service.calibration.conversions import ability_at_share
from exam_service.calibration.exam_scale import ExamScale, Scale
from exam_service.results.models import ResultKind
from exam_service.results.standings import Standing
from question_bank.standard_setting.borderline import binomial_variance, is_borderline


class ErrorKind(StrEnum):
    CALIBRATED = "calibrated"
    BINOMIAL = "binomial"


@dataclass(frozen=True)
class Borderline:
    """A paper whose share of the points is within `error_percent` of its cut; `distance_percent` is above (+) or below
    (-) it."""

    standing: Standing
    cut_percent: Decimal
    distance_percent: float
    error_percent: float
    error_kind: ErrorKind


def variance_at_cut(
    cut_percent: Decimal, items: int, *, scale: Scale | None = None
) -> tuple[Fraction | None, ErrorKind]:
    """The squared standard error of a share of the points at the cut, and where it comes from.

    With a scale that of the mean paper at the ability that expects the cut there; without one from the number of items
    alone. The one place that says how exact a paper is.
    """
    if isinstance(scale, ExamScale):
        found = scale.share_variance(ability_at_share(scale, cut_percent))
        return Fraction(found), ErrorKind.CALIBRATED
    return binomial_variance(Fraction(cut_percent) / 100, items), ErrorKind.BINOMIAL


def find_borderline(
    standings: Iterable[Standing], *, scales: Mapping[UUID, Scale] | None = None
) -> list[Borderline]:
    """The papers of the zone, nearest to the cut first; who was absent or annulled has no paper to look at.

    The mark is the one that counts. `scales` are those of the exams.
    """
    found = []
    known: dict[tuple[UUID, Decimal, int], tuple[Fraction | None, ErrorKind]] = {}
    for standing in standings:
        if standing.was_absent or standing.kind is ResultKind.ANNULLED:
            continue
        at = (standing.exam_id, standing.cut_percent, standing.item_count)
        if at not in known:
            scale = (scales or {}).get(standing.exam_id)
            known[at] = variance_at_cut(standing.cut_percent, standing.item_count, scale=scale)
        variance, kind = known[at]
        share = Fraction(standing.counted_points) / Fraction(standing.max_points)
        if variance is not None and is_borderline(share, standing.cut_percent, variance=variance):
            distance = float(100 * share - Fraction(standing.cut_percent))
            error = 100 * sqrt(variance)
            found.append(Borderline(standing, standing.cut_percent, distance, error, kind))
    return sorted(found, key=lambda entry: (abs(entry.distance_percent), entry.standing.candidate.number))


def count_by_exam(found: Sequence[Borderline]) -> dict[UUID, int]:
    """Exam → how many of its papers lie in the zone."""
    counts: dict[UUID, int] = {}
    for entry in found:
        counts[entry.standing.exam_id] = counts.get(entry.standing.exam_id, 0) + 1
    return counts
