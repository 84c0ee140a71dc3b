"""Violations and incidents of a room as documents tell them, from the records and from decisions that stand alone.

A suspension or annulment makes the attempt void by a decision of its own: it is told once, as the violation. A void
attempt without a violation, and what was done without an incident, are told from the decision; one act for several
candidates is told once. A void attempt that stands again is told no more.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.orm import Session, aliased, joinedload

from exam_service.attempts.models import Attempt
from exam_service.documents.handled_facts import COMMON_ACT, HANDLED, IncidentFact, handled_of, of_common_act
from exam_service.invigilation.models import DecisionKind, RoomDecision
from exam_service.invigilation.record_models import (
    Incident,
    Signature,
    Violation,
    ViolationLevel,
    ViolationWithdrawal,
)
from exam_service.periods.models import Candidate, Exam, Sitting

LEVELS = {
    ViolationLevel.REPRIMAND: "Khiển trách",
    ViolationLevel.WARNING: "Cảnh cáo",
    ViolationLevel.SUSPENSION: "Đình chỉ thi",
    ViolationLevel.ANNULMENT: "Hủy kết quả thi",
}
VOIDED = "Hủy bài làm"
SIGNED = {
    Signature.VIOLATOR: "Người vi phạm ký biên bản",
    Signature.WITNESSES: "Người vi phạm không ký; hai thí sinh ngồi gần ký: {witnesses}",
    Signature.NOBODY: "Không ai ký; biên bản có giá trị và được chuyển Trưởng ban coi thi",
}
KINDS = {
    "power": "Mất điện",
    "network": "Mất mạng",
    "machine": "Hỏng máy",
    "software": "Lỗi phần mềm",
    "paper": "Sai sót đề thi",
    "health": "Sức khỏe",
    "disorder": "Mất trật tự",
    "other": "Sự cố khác",
}


@dataclass(frozen=True)
class ViolationFact:
    """A violation as it was recorded, in words; `signed` is empty where nothing is recorded of signatures."""

    id: UUID
    sitting_id: UUID
    at: datetime
    number: str
    full_name: str
    unit: str
    level: str
    description: str
    recorded_by: str
    signed: str = ""


def violations_of(session: Session, sitting_id: UUID) -> list[ViolationFact]:
    """The violations of a sitting in the order of their time; withdrawn ones say so."""
    return _violations(session, Violation.sitting_id == sitting_id, RoomDecision.sitting_id == sitting_id)


def violation_named(session: Session, violation_id: UUID) -> ViolationFact | None:
    """The violation, or None."""
    found = _violations(session, Violation.id == violation_id, RoomDecision.id == violation_id)
    return found[0] if found else None


def _violations(
    session: Session, recorded: ColumnElement[bool], decided: ColumnElement[bool]
) -> list[ViolationFact]:
    rows = session.execute(
        select(Violation, Candidate, ViolationWithdrawal.reason)
        .join(Attempt, Attempt.id == Violation.attempt_id)
        .join(Candidate, Candidate.id == Attempt.candidate_id)
        .outerjoin(ViolationWithdrawal, ViolationWithdrawal.violation_id == Violation.id)
        .where(recorded)
    )
    found = [_violation(*row) for row in rows]
    found += [
        _void(decision, candidate) for decision, candidate in session.execute(_lone_voids().where(decided))
    ]
    return sorted(found, key=lambda one: (one.at, one.id))


def _lone_voids() -> Any:
    ending = exists().where(
        Violation.attempt_id == RoomDecision.attempt_id,
        Violation.level.in_([ViolationLevel.SUSPENSION.value, ViolationLevel.ANNULMENT.value]),
        ~exists().where(ViolationWithdrawal.violation_id == Violation.id),
    )
    later = aliased(RoomDecision)
    restored = exists().where(
        later.attempt_id == RoomDecision.attempt_id,
        later.kind == DecisionKind.RESTORE.value,
        later.at > RoomDecision.at,
    )
    return (
        select(RoomDecision, Candidate)
        .join(Attempt, Attempt.id == RoomDecision.attempt_id)
        .join(Candidate, Candidate.id == Attempt.candidate_id)
        .where(RoomDecision.kind == DecisionKind.VOID.value, ~ending, ~restored)
    )


def _violation(violation: Violation, candidate: Candidate, withdrawn: str | None) -> ViolationFact:
    level = LEVELS[ViolationLevel(violation.level)]
    return ViolationFact(
        id=violation.id,
        sitting_id=violation.sitting_id,
        at=violation.at,
        number=candidate.number,
        full_name=candidate.full_name,
        unit=candidate.unit_name,
        level=level if withdrawn is None else f"{level} (đã rút: {withdrawn})",
        description=violation.description,
        recorded_by=violation.recorded_by_name,
        signed=SIGNED[Signature(violation.signature)].format(witnesses=", ".join(violation.witnesses)),
    )


def _void(decision: RoomDecision, candidate: Candidate) -> ViolationFact:
    return ViolationFact(
        id=decision.id,
        sitting_id=decision.sitting_id,
        at=decision.at,
        number=candidate.number,
        full_name=candidate.full_name,
        unit=candidate.unit_name,
        level=VOIDED,
        description=decision.reason,
        recorded_by=decision.decided_by_name,
    )


def incidents_of(session: Session, sitting_id: UUID) -> list[IncidentFact]:
    """The incidents of a sitting in the order of their time."""
    return _incidents(session, Incident.sitting_id == sitting_id, RoomDecision.sitting_id == sitting_id)


def incident_named(session: Session, incident_id: UUID) -> IncidentFact | None:
    """The incident, or None. One act for several has the id of its first decision."""
    found = _incidents(session, Incident.id == incident_id, of_common_act(incident_id))
    return found[0] if found else None


def _incidents(
    session: Session, recorded: ColumnElement[bool], decided: ColumnElement[bool]
) -> list[IncidentFact]:
    kept = session.scalars(select(Incident).where(recorded).options(joinedload(Incident.affected))).unique()
    incidents = kept.all()
    names = _names(session, {one.attempt_id for incident in incidents for one in incident.affected})
    found = [_incident(incident, names) for incident in incidents]
    found += handled_of(session, decided)
    return sorted(found, key=lambda one: (one.at, one.id))


def _names(session: Session, attempt_ids: set[UUID]) -> dict[UUID, str]:
    rows = session.execute(
        select(Attempt.id, Candidate.number, Candidate.full_name)
        .join(Candidate, Candidate.id == Attempt.candidate_id)
        .where(Attempt.id.in_(attempt_ids))
    )
    return {attempt_id: f"{number} – {full_name}" for attempt_id, number, full_name in rows}


def _incident(incident: Incident, names: dict[UUID, str]) -> IncidentFact:
    return IncidentFact(
        id=incident.id,
        sitting_id=incident.sitting_id,
        at=incident.happened_at,
        people=sorted(names[one.attempt_id] for one in incident.affected),
        description=f"{KINDS[incident.kind]}: {incident.description}",
        handling=incident.handling,
        recorded_by=incident.recorded_by_name,
    )


def events_by_sitting(session: Session, period_id: UUID) -> dict[UUID, int]:
    """Sitting → how many violations and incidents there are, each of which needs minutes."""
    sittings = select(Sitting.id).join(Exam, Exam.id == Sitting.exam_id).where(Exam.period_id == period_id)
    counts: dict[UUID, int] = {}
    for model in (Violation, Incident):
        rows = session.execute(
            select(model.sitting_id, func.count())
            .where(model.sitting_id.in_(sittings))
            .group_by(model.sitting_id)
        )
        for sitting_id, count in rows:
            counts[sitting_id] = counts.get(sitting_id, 0) + count
    handled = (
        select(RoomDecision.sitting_id)
        .where(RoomDecision.kind.in_([kind.value for kind in HANDLED]), RoomDecision.sitting_id.in_(sittings))
        .group_by(RoomDecision.sitting_id, COMMON_ACT)
    )
    voided = _lone_voids().with_only_columns(RoomDecision.sitting_id)
    for statement in (handled, voided.where(RoomDecision.sitting_id.in_(sittings))):
        for sitting_id in session.scalars(statement):
            counts[sitting_id] = counts.get(sitting_id, 0) + 1
    return counts
