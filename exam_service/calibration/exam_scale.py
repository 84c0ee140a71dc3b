"""The scored items of an exam on one scale: their curves, and the mean paper that marks are compared on."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from exam_service.bank.difficulty.models import Calibration, CalibrationOutcome, ItemCalibration
from exam_service.bank.models import ItemVersion
from exam_service.calibration.overview import newest_calibrations
from exam_service.marking.service import newest_run_id
from exam_service.periods.models import Candidate, Exam, FormSlot, SealedForm
from question_bank.calibration import CalibrationRefused
from question_bank.calibration.curves import ItemParameters, parameters
from question_bank.calibration.mark_table import mean_paper
from question_bank.calibration.shrinkage import shrink_to_cells

BLOCK = 20_000
FloatArray = npt.NDArray[np.float64]


class NotCalibrated(CalibrationRefused):
    """The newest scores of the period have no calibration yet, or no item of the exam has an estimate."""

    code = "not_calibrated"


class SeveralScales(CalibrationRefused):
    """The items of the exam stand on scales that are not linked."""

    code = "several_scales"


@dataclass(frozen=True, eq=False)
class ExamScale:
    """The items of the papers of one exam, each as often as it has different points.

    `items` are shrunken estimates and `error` their standard errors; an item without an estimate (all right, all wrong,
    cancelled) stands at the mean of its competency and level. `points` are those of the item where it stands,
    `reference` those in the mean paper. `calibration` is the largest of `calibration_ids`, all on one scale.
    """

    calibration: Calibration
    calibration_ids: tuple[UUID, ...]
    columns: dict[tuple[UUID, Decimal], int]
    items: ItemParameters
    error: FloatArray
    points: FloatArray
    reference: FloatArray
    is_estimated: npt.NDArray[np.bool_]
    is_parted: npt.NDArray[np.bool_]
    papers: int

    def share_variance(self, theta: float) -> float:
        """The squared standard error of a share of the points on the mean paper, at an ability.

        Σ points² P Q over all points squared. Source: Lord (1980), Applications of Item Response Theory, eq. 4-3.
        """
        p = self.items.probability(theta)[0]
        return float((self.reference * self.points) @ (p * (1 - p))) / float(self.reference.sum()) ** 2


def load_scale(session: Session, *, period_id: UUID, run_id: UUID, exam_id: UUID) -> ExamScale:
    """The scale of the exam from the calibration of this scoring run.

    Raises NotCalibrated, SeveralScales.
    """
    rows = [row for row in newest_calibrations(session, period_id) if row.run_id == run_id]
    fitted = [row for row in rows if row.outcome == CalibrationOutcome.FITTED]
    if not fitted:
        raise _why_not(rows)
    slots = _slots(session, exam_id)
    estimates = _estimates(session, [row.id for row in fitted], {version for version, *_rest in slots})
    used = {row.id for row, _found in estimates.values()}
    if not estimates:
        raise NotCalibrated("No item of the exam has an estimate.")
    if len({row.scale_id for row in fitted if row.id in used}) > 1:
        raise SeveralScales("The items of the exam stand on scales that are not linked.", scales=len(used))
    main = max((row for row in fitted if row.id in used), key=lambda row: row.items)
    return _scale(session, main, slots, estimates, exam_id=exam_id)


Scale = ExamScale | CalibrationRefused


def load_scales(session: Session, *, period_id: UUID, exams: Sequence[Exam]) -> dict[UUID, Scale]:
    """Exam → its scale by the newest scores, or why there is none."""
    run_id = newest_run_id(session, period_id)
    found: dict[UUID, Scale] = {}
    for exam in exams:
        try:
            if run_id is None:
                raise NotCalibrated("The period has no scores.")
            found[exam.id] = load_scale(session, period_id=period_id, run_id=run_id, exam_id=exam.id)
        except CalibrationRefused as refusal:
            found[exam.id] = refusal
    return found


def _why_not(rows: list[Calibration]) -> CalibrationRefused:
    """That there is no calibration; `because` is the code of its refusal, with the figures of that."""
    if not rows:
        return NotCalibrated("The newest scores have not been calibrated.")
    figures = {name: value for name, value in rows[0].reason.items() if name != "code"}
    return NotCalibrated("The calibration was refused.", because=rows[0].reason["code"], **figures)


def of_exam(exam_id: UUID) -> Any:
    """FormSlots of papers of the exam that count: joined and filtered, to be added to a SELECT."""
    return (
        select(FormSlot)
        .join(SealedForm, SealedForm.id == FormSlot.form_id)
        .join(Candidate, Candidate.id == SealedForm.candidate_id)
        .where(Candidate.exam_id == exam_id, ~FormSlot.is_pretest, FormSlot.points > 0)
    )


def _slots(session: Session, exam_id: UUID) -> list[tuple[UUID, Decimal, int]]:
    """(version, points, in how many papers), in the order of versions."""
    rows = session.execute(
        of_exam(exam_id)
        .with_only_columns(FormSlot.version_id, FormSlot.points, func.count())
        .group_by(FormSlot.version_id, FormSlot.points)
        .order_by(FormSlot.version_id, FormSlot.points)
    )
    return [(version_id, points, count) for version_id, points, count in rows]


def _estimates(
    session: Session, calibration_ids: list[UUID], versions: set[UUID]
) -> dict[UUID, tuple[Calibration, ItemCalibration]]:
    rows = session.execute(
        select(Calibration, ItemCalibration)
        .join(ItemCalibration, ItemCalibration.calibration_id == Calibration.id)
        .where(Calibration.id.in_(calibration_ids))
    )
    return {found.version_id: (row, found) for row, found in rows if found.version_id in versions}


def _scale(
    session: Session,
    main: Calibration,
    slots: list[tuple[UUID, Decimal, int]],
    estimates: dict[UUID, tuple[Calibration, ItemCalibration]],
    *,
    exam_id: UUID,
) -> ExamScale:
    papers = session.scalar(
        select(func.count(SealedForm.id))
        .join(Candidate, Candidate.id == SealedForm.candidate_id)
        .where(Candidate.exam_id == exam_id)
    )
    cells = _cells(session, {version for version, *_rest in slots})
    own = [cells[version] for version, *_rest in slots]
    held = [estimates[version][1] if version in estimates else None for version, *_rest in slots]
    shrunken = shrink_to_cells(
        [one.difficulty if one else np.nan for one in held],
        [one.difficulty_error if one else np.nan for one in held],
        cells=own,
    )
    usual = float(np.median([one.discrimination for one in held if one]))
    points = np.array([float(points) for _version, points, _count in slots])
    counts = np.array([count for *_rest, count in slots])
    return ExamScale(
        calibration=main,
        calibration_ids=tuple({row.id for row, _found in estimates.values()}),
        columns={(version, worth): place for place, (version, worth, _count) in enumerate(slots)},
        items=parameters(
            shrunken.value, discrimination=[one.discrimination if one else usual for one in held]
        ),
        error=shrunken.error,
        points=points,
        reference=mean_paper(
            points * counts,
            papers=papers or 0,
            groups=[(*cell, worth) for cell, (_version, worth, _count) in zip(own, slots, strict=True)],
        ),
        is_estimated=np.array([one is not None for one in held]),
        is_parted=np.array([one is not None and one.infit is None for one in held]),
        papers=papers or 0,
    )


def _cells(session: Session, versions: set[UUID]) -> dict[UUID, tuple[str, str]]:
    rows = session.execute(
        select(ItemVersion.id, ItemVersion.competency, ItemVersion.level).where(ItemVersion.id.in_(versions))
    )
    return {version_id: (competency, level) for version_id, competency, level in rows}


def read_papers(
    session: Session,
    exam_id: UUID,
    columns: dict[tuple[UUID, Decimal], int],
    *,
    only: Collection[UUID] | None = None,
) -> tuple[list[UUID], csr_array]:
    """(form ids, points [papers, columns]) of the exam's papers, or of those with ids in `only`. Read in blocks through
    a server-side cursor."""
    forms: dict[UUID, int] = {}
    row, column, points = [], [], []
    wanted = of_exam(exam_id) if only is None else of_exam(exam_id).where(FormSlot.form_id.in_(only))
    slots = session.execute(
        wanted.with_only_columns(FormSlot.form_id, FormSlot.version_id, FormSlot.points)
        .order_by(FormSlot.form_id, FormSlot.slot)
        .execution_options(yield_per=BLOCK)
    )
    for form_id, version_id, worth in slots:
        row.append(forms.setdefault(form_id, len(forms)))
        column.append(columns[version_id, worth])
        points.append(float(worth))
    return list(forms), csr_array((points, (row, column)), shape=(len(forms), len(columns)))
