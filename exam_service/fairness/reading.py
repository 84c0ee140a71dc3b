"""What the report is computed from: the plan of the draw, the papers, difficulties and abilities."""

import json
from array import array
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import numpy as np
from pydantic import TypeAdapter
from sqlalchemy import select
from sqlalchemy.orm import Session

from exam_service.attempts.models import Attempt
from exam_service.bank.difficulty.models import Calibration, ItemCalibration
from exam_service.calibration.models import AttemptAbility
from exam_service.periods.models import Candidate, ExamDraw, FormSlot
from question_bank.assembly.plan import Plan
from question_bank.assembly.prepare import prepare
from question_bank.blueprint import Blueprint
from question_bank.calibration.curves import ItemParameters
from question_bank.calibration.responses import FloatArray
from question_bank.calibration.shrinkage import shrink_to_cells
from question_bank.draw_records import ItemRecord, OptionsRecord
from question_bank.fairness import Difficulties, Forms
from question_bank.fairness.forms import mean_marks
from question_bank.stream import derive

BLOCK = 50_000
POOL = TypeAdapter(list[ItemRecord])


def plain_seed(draw: ExamDraw) -> bytes:
    """The seed of the plain random draw that the real one is compared with: anybody can derive it from what was
    published, and it says nothing about the real one."""
    return derive(bytes.fromhex(draw.commitment), "plain random draw")


def plan_of(draw: ExamDraw) -> tuple[Plan, int]:
    """What the draw drew from, by its own records, and its tolerance in millionths of a mark."""
    # The records are strict: dates are read from JSON only.
    options = OptionsRecord.model_validate_json(json.dumps(draw.inputs["options"])).options()
    pool = POOL.validate_json(json.dumps(draw.inputs["pool"]))
    plan = prepare(
        Blueprint.model_validate(draw.inputs["blueprint"]),
        [record.item() for record in pool],
        seed=plain_seed(draw),
        on=options.on,
        tolerance=options.tolerance,
    )
    assert isinstance(plan, Plan), "papers were drawn from this pool"
    return plan, options.tolerance


@dataclass(frozen=True, eq=False)
class Sat:
    """The papers of everybody with an ability, in one order."""

    forms: Forms
    theta: FloatArray
    theta_error: FloatArray


def read_sat(session: Session, plan: Plan, *, exam_id: UUID, calibration_id: UUID) -> Sat:
    """The scored slots and the abilities of the people of the exam that the calibration placed; slots of versions
    outside the pool (a late exchange) are left out."""
    of_exam = (Candidate.exam_id == exam_id, AttemptAbility.calibration_id == calibration_id)
    found = session.execute(
        select(Attempt.form_id, AttemptAbility.theta, AttemptAbility.error)
        .join(Attempt, Attempt.id == AttemptAbility.attempt_id)
        .join(Candidate, Candidate.id == Attempt.candidate_id)
        .where(*of_exam)
        .order_by(Attempt.form_id)
    ).all()
    slots = session.execute(
        select(FormSlot.form_id, FormSlot.version_id, FormSlot.points)
        .join(Attempt, Attempt.form_id == FormSlot.form_id)
        .join(AttemptAbility, AttemptAbility.attempt_id == Attempt.id)
        .join(Candidate, Candidate.id == Attempt.candidate_id)
        .where(*of_exam, FormSlot.is_pretest.is_(False))
        .execution_options(yield_per=BLOCK)
    )
    people = {form_id: place for place, (form_id, _theta, _error) in enumerate(found)}
    theta = np.array([at for _form, at, _error in found])
    return Sat(_forms(plan, people, slots), theta, np.array([error for _form, _at, error in found]))


def _forms(plan: Plan, people: Mapping[UUID, int], slots: Iterable[Any]) -> Forms:
    places = {item.version_id: place for place, item in enumerate(plan.items)}
    points = float(plan.blueprint.cell_points_sum)
    form, item, marks = array("q"), array("q"), array("d")
    for form_id, version_id, worth in slots:
        place = places.get(str(version_id))
        if place is not None:
            form.append(people[form_id])
            item.append(place)
            marks.append(float(worth) * 100 / points)
    return Forms(
        count=len(people),
        form=np.array(form, np.int64),
        item=np.array(item, np.int64),
        marks=np.array(marks, np.float64),
        mean_marks=mean_marks(plan),
        mean_squares=mean_marks(plan, power=2),
    )


def read_difficulties(session: Session, plan: Plan, *, calibration_id: UUID) -> Difficulties | None:
    """The curves of the pool by this calibration, drawn towards the mean of competency and level as for a draw; None
    when it has no item of the pool."""
    found = {
        str(version_id): (slope, difficulty, error)
        for version_id, slope, difficulty, error in session.execute(
            select(
                ItemCalibration.version_id,
                ItemCalibration.discrimination,
                ItemCalibration.difficulty,
                ItemCalibration.difficulty_error,
            ).where(ItemCalibration.calibration_id == calibration_id, ItemCalibration.discrimination > 0)
        )
    }
    nothing = (np.nan, np.nan, np.nan)
    rows = np.array([found.get(item.version_id, nothing) for item in plan.items])
    slope, difficulty, error = rows.T
    if not np.isfinite(difficulty).any():
        return None
    shrunken = shrink_to_cells(
        difficulty, error, cells=[(item.competency, item.level) for item in plan.items]
    )
    slopes = np.where(np.isfinite(slope), slope, np.nanmedian(slope))
    return Difficulties(ItemParameters(slopes, shrunken.value, np.zeros(len(slopes))), shrunken.error)


def calibrations_of_exam(session: Session, exam_id: UUID, *, fitted_at: datetime) -> list[UUID]:
    """The calibrations of that moment that placed people of the exam."""
    return list(
        session.scalars(
            select(AttemptAbility.calibration_id)
            .join(Calibration, Calibration.id == AttemptAbility.calibration_id)
            .join(Attempt, Attempt.id == AttemptAbility.attempt_id)
            .join(Candidate, Candidate.id == Attempt.candidate_id)
            .where(Candidate.exam_id == exam_id, Calibration.fitted_at == fitted_at)
            .distinct()
        )
    )
