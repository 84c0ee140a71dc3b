"""What violations of the room's rules take off the points: percents, as each exam says, 0 where it says nothing.

Of several violations the one that costs most counts; nothing adds up, because the second already is the next level. The
share is taken off the exact sum, before it is compared with cut score and bands.
"""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import case, exists, select
from sqlalchemy.orm import Session

from exam_service.attempts.models import Attempt
from exam_service.invigilation.record_models import Violation, ViolationLevel, ViolationWithdrawal
from exam_service.periods.models import Candidate, Exam

NAMES = {ViolationLevel.REPRIMAND: "khiển trách", ViolationLevel.WARNING: "cảnh cáo"}


@dataclass(frozen=True)
class Deduction:
    """`percent` of the points are lost; `reason` is the sentence that the result carries."""

    percent: int
    reason: str


def find_deductions(session: Session, period_id: UUID) -> dict[UUID, Deduction]:
    """Attempt → what it loses, for those of the period that lose something."""
    costs = case(
        (Violation.level == ViolationLevel.REPRIMAND.value, Exam.reprimand_percent),
        else_=Exam.warning_percent,
    )
    rows = session.execute(
        select(Violation.attempt_id, Violation.level, costs.label("percent"))
        .join(Attempt, Attempt.id == Violation.attempt_id)
        .join(Candidate, Candidate.id == Attempt.candidate_id)
        .join(Exam, Exam.id == Candidate.exam_id)
        .where(
            Candidate.period_id == period_id,
            Violation.level.in_([level.value for level in NAMES]),
            costs > 0,
            ~exists().where(ViolationWithdrawal.violation_id == Violation.id),
        )
        .order_by(costs)
    )
    return {
        attempt_id: Deduction(percent, f"Trừ {percent} % số điểm ({NAMES[ViolationLevel(level)]})")
        for attempt_id, level, percent in rows
    }
