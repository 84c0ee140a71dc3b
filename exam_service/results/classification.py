"""How sure "passed" and "failed" are at the cuts of a period: accuracy and consistency by three methods."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from math import ceil
from uuid import UUID

import numpy as np
from scipy.sparse import csr_array
from sqlalchemy import select
from sqlalchemy.orm import Session

from exam_service.analysis.models import StatisticsRun
from exam_service.calibration.conversions import ability_at_share
from exam_service.calibration.exam_scale import ExamScale, Scale, read_papers
from exam_service.calibration.models import AttemptAbility
from exam_service.periods.models import Exam
from exam_service.results.converting import Conversions
from exam_service.results.models import ResultKind
from exam_service.results.standings import Standing
from question_bank.calibration import CalibrationRefused
from question_bank.calibration.classification import (
    Classification,
    effective_length,
    lee,
    livingston_lewis,
    rudner,
)
from question_bank.calibration.marginal import Population
from question_bank.calibration.true_scores import true_scores_of

LEE_PAPERS = 12
"""Papers on which Lee's method is averaged: equally hard papers differ little, and each takes a tenth of a second."""


class Method(StrEnum):
    RUDNER = "rudner"
    LEE = "lee"
    LIVINGSTON_LEWIS = "livingston_lewis"


class TooFewPeople(CalibrationRefused):
    code = "too_few_people"


class PartedItems(CalibrationRefused):
    """Lee's method needs items worth the same that are right or wrong."""

    code = "parted_items"


class NoReliability(CalibrationRefused):
    code = "no_reliability"


@dataclass(frozen=True)
class Sureness:
    """One method at one cut: the figures, or why there are none. `n` people were classified, on `papers` papers."""

    method: Method
    n: int
    found: Classification | None
    refusal: CalibrationRefused | None = None
    papers: int = 0


@dataclass(frozen=True)
class CutSureness:
    """The three methods at one cut of one exam."""

    exam: Exam
    cut_percent: Decimal
    lines: Sequence[Sureness]


@dataclass(frozen=True)
class Scene:
    """What the methods look at: one exam, one cut, the people with papers that count there."""

    exam: Exam
    cut_percent: Decimal
    standings: Sequence[Standing]
    scale: Scale
    conversions: Conversions
    reliability: float | None


def classify_period(
    session: Session,
    standings: Iterable[Standing],
    *,
    exams: Sequence[Exam],
    scales: Mapping[UUID, Scale],
    conversions: Conversions,
    least: int,
) -> list[CutSureness]:
    """Every cut of every exam, lowest first. With fewer than `least` people nothing is reported."""
    held: dict[tuple[UUID, Decimal], list[Standing]] = {}
    for one in standings:
        if not one.was_absent and one.kind is not ResultKind.ANNULLED:
            held.setdefault((one.exam_id, one.cut_percent), []).append(one)
    by_id = {exam.id: exam for exam in exams}
    return [
        _classify(
            session,
            Scene(
                by_id[exam_id],
                cut,
                people,
                scales[exam_id],
                conversions,
                _reliability(session, by_id[exam_id], scales[exam_id]),
            ),
            least=least,
        )
        for (exam_id, cut), people in sorted(
            held.items(), key=lambda entry: (by_id[entry[0][0]].code, entry[0][1])
        )
    ]


def _classify(session: Session, scene: Scene, *, least: int) -> CutSureness:
    lines = []
    for method, apply in (
        (Method.RUDNER, _rudner),
        (Method.LEE, _lee),
        (Method.LIVINGSTON_LEWIS, _livingston_lewis),
    ):
        n = len(scene.standings)
        try:
            if n < least:
                raise TooFewPeople("Too few people.", n=n, least=least)
            lines.append(apply(session, scene))
        except CalibrationRefused as refusal:
            lines.append(Sureness(method, n, None, refusal))
    return CutSureness(scene.exam, scene.cut_percent, lines)


def _scale_of(scene: Scene) -> ExamScale:
    """Raises why there is none."""
    if isinstance(scene.scale, CalibrationRefused):
        raise scene.scale
    return scene.scale


def _reliability(session: Session, exam: Exam, scale: Scale) -> float | None:
    """That of the calibration; without one that of the newest item statistics of the period."""
    if not isinstance(scale, CalibrationRefused):
        return scale.calibration.reliability
    summary = session.scalar(
        select(StatisticsRun.summary)
        .where(StatisticsRun.period_id == exam.period_id)
        .order_by(StatisticsRun.started_at.desc(), StatisticsRun.id.desc())
        .limit(1)
    )
    return None if summary is None else summary["reliability"]["value"]


def _rudner(session: Session, scene: Scene) -> Sureness:
    """From the abilities (EAP) with their errors, cut where the mean paper expects the cut."""
    scale = _scale_of(scene)
    rows = session.execute(
        select(AttemptAbility.theta, AttemptAbility.error).where(
            AttemptAbility.calibration_id.in_(scale.calibration_ids),
            AttemptAbility.attempt_id.in_([one.attempt.id for one in scene.standings]),
        )
    ).all()
    theta, error = np.array([row[0] for row in rows]), np.array([row[1] for row in rows])
    found = rudner(theta, error, cuts=ability_at_share(scale, scene.cut_percent))
    return Sureness(Method.RUDNER, len(rows), found)


def _lee(session: Session, scene: Scene) -> Sureness:
    """From the items of some papers and the population, averaged; the least number right that passes each paper."""
    scale = _scale_of(scene)
    if scale.is_parted.any() or len(set(scale.points.tolist())) > 1:
        raise PartedItems("Lee's method needs items worth the same that are right or wrong.")
    step = max(1, len(scene.standings) // LEE_PAPERS)
    chosen = scene.standings[::step][:LEE_PAPERS]
    forms, papers = read_papers(
        session, scene.exam.id, scale.columns, only=[one.attempt.form_id for one in chosen]
    )
    place = {form_id: row for row, form_id in enumerate(forms)}
    population = Population(scale.calibration.population_mean or 0.0, scale.calibration.population_sd or 1.0)
    found = []
    for one in chosen:
        paper = csr_array(papers[[place[one.attempt.form_id]]])
        items = scale.items.of(paper.indices.astype(np.int64))
        least = _least_right(scene, one, items=len(items))
        done = lee(items, cuts=[least], true_cuts=[least - 0.5], population=population)
        found.append(done.classification)
    mean = Classification(*(float(np.mean(part)) for part in zip(*map(_parts, found), strict=True)))
    return Sureness(Method.LEE, len(scene.standings), mean, papers=len(found))


def _parts(one: Classification) -> tuple[float, float, float]:
    return one.accuracy, one.consistency, one.chance


def _least_right(scene: Scene, standing: Standing, *, items: int) -> int:
    """The least number right whose mark, converted where marks are, reaches the cut."""
    plain = ceil(Fraction(scene.cut_percent) * items / 100)
    whole = standing.max_points
    needed = Fraction(scene.cut_percent) * Fraction(whole) / 100
    for right in range(items + 1):
        mark = scene.conversions.mark(
            scene.exam, standing.attempt.form_id, Fraction(whole) * right / items, max_points=whole
        )
        if mark is None:
            return plain
        if mark >= needed:
            return right
    return items


def _livingston_lewis(_session: Session, scene: Scene) -> Sureness:
    """From the distribution and the reliability of the marks."""
    if scene.reliability is None:
        raise NoReliability("There is no reliability of the marks.")
    share = np.array(
        [float(Fraction(one.counted_points) / Fraction(one.max_points)) for one in scene.standings]
    )
    moments = float(share.mean()), float(share.var())
    scaled = {"reliability": scene.reliability, "low": 0.0, "high": 1.0}
    found = livingston_lewis(
        true_scores_of(share, **scaled),
        length=effective_length(*moments, **scaled),
        cuts=float(scene.cut_percent) / 100,
    )
    return Sureness(Method.LIVINGSTON_LEWIS, len(share), found.classification)
