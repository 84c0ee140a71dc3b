"""What is recorded about a room, read for its documents: one function per fact, and nowhere else.

The documents know only these shapes; where a fact is recorded in another table, its function here changes alone.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from exam_service.attempts.evidence_models import HandoverPin
from exam_service.attempts.models import Attempt, AttemptState, CollectedBy
from exam_service.attempts.verdicts import DeliveryLine
from exam_service.invigilation.handover import deliveries_of
from exam_service.invigilation.models import DecisionKind, RoomDecision
from exam_service.people.models import Person
from exam_service.periods.models import Candidate, CandidateStatus

LATE_AFTER = timedelta(minutes=1)
"""Who opens the test within the first minute was there at the start: machines open it one after the other."""


@dataclass(frozen=True)
class Seated:
    """A candidate of the sitting with what became of the attempt."""

    attempt_id: UUID | None
    number: str
    full_name: str
    birth_date: date | None
    unit: str
    position: str
    extra_time_min: int
    starts_at: datetime | None
    started_at: datetime | None
    submitted_at: datetime | None
    state: AttemptState | None
    collected_by: CollectedBy | None
    digest: str
    receipt_code: str
    answered_count: int
    slot_count: int
    is_called_present: bool | None = None  # the roll call; None where nobody was called

    @property
    def is_absent(self) -> bool:
        return self.started_at is None and self.state is not AttemptState.VOID

    @property
    def is_late(self) -> bool:
        return (
            self.started_at is not None
            and self.starts_at is not None
            and self.started_at > self.starts_at + LATE_AFTER
        )


@dataclass(frozen=True)
class MachineChange:
    """A test that was moved to another machine with a PIN."""

    at: datetime
    number: str
    full_name: str
    reason: str
    issued_by: str


def seated_of(session: Session, sitting_id: UUID) -> list[Seated]:
    """The candidates of a sitting by number."""
    called = _roll_call(session, sitting_id)
    rows = session.execute(
        select(Candidate, Attempt, Person.birth_date)
        .join(Person, Person.id == Candidate.person_id)
        .outerjoin(Attempt, Attempt.candidate_id == Candidate.id)
        .where(Candidate.sitting_id == sitting_id, Candidate.status == CandidateStatus.ENTERED.value)
        .order_by(Candidate.number)
    )
    return [
        _seated(candidate, attempt, birth_date, is_called_present=called.get(attempt.id) if attempt else None)
        for candidate, attempt, birth_date in rows
    ]


def _roll_call(session: Session, sitting_id: UUID) -> dict[UUID | None, bool]:
    """Attempt → whether the person answered the newest call."""
    rows = session.execute(
        select(RoomDecision.attempt_id, RoomDecision.kind)
        .where(
            RoomDecision.sitting_id == sitting_id,
            RoomDecision.kind.in_((DecisionKind.PRESENT.value, DecisionKind.ABSENT.value)),
        )
        .order_by(RoomDecision.at)
    )
    return {attempt_id: kind == DecisionKind.PRESENT for attempt_id, kind in rows}


def _seated(
    candidate: Candidate, attempt: Attempt | None, birth_date: date | None, *, is_called_present: bool | None
) -> Seated:
    return Seated(
        attempt_id=attempt.id if attempt else None,
        number=candidate.number,
        full_name=candidate.full_name,
        birth_date=birth_date,
        unit=candidate.unit_name,
        position=candidate.position_title,
        extra_time_min=candidate.extra_time_min,
        starts_at=attempt.starts_at if attempt else None,
        started_at=attempt.started_at if attempt else None,
        submitted_at=attempt.submitted_at if attempt else None,
        state=AttemptState(attempt.state) if attempt else None,
        collected_by=CollectedBy(attempt.collected_by) if attempt and attempt.collected_by else None,
        digest=(attempt.digest or "") if attempt else "",
        receipt_code=(attempt.receipt_code or "") if attempt else "",
        answered_count=(attempt.answered_count or 0) if attempt else 0,
        slot_count=attempt.slot_count if attempt else 0,
        is_called_present=is_called_present,
    )


def admissions_of(session: Session, sitting_id: UUID) -> dict[str, str]:
    """Candidate number → why the person was let in after the late limit."""
    rows = _decisions(session, sitting_id, DecisionKind.LATE_ADMISSION)
    return {candidate.number: decision.reason for decision, candidate, _sitting in rows}


def _decisions(
    session: Session, sitting_id: UUID, kind: DecisionKind
) -> list[tuple[RoomDecision, Candidate, UUID]]:
    rows = session.execute(
        select(RoomDecision, Candidate, Attempt.sitting_id)
        .join(Attempt, Attempt.id == RoomDecision.attempt_id)
        .join(Candidate, Candidate.id == Attempt.candidate_id)
        .where(Attempt.sitting_id == sitting_id, RoomDecision.kind == kind.value)
        .order_by(RoomDecision.at, RoomDecision.id)
    )
    return [(decision, candidate, seat) for decision, candidate, seat in rows]


def machine_changes_of(session: Session, sitting_id: UUID) -> list[MachineChange]:
    """The tests of a sitting that moved to another machine, in the order of their time."""
    rows = session.execute(
        select(HandoverPin, Candidate)
        .join(Attempt, Attempt.id == HandoverPin.attempt_id)
        .join(Candidate, Candidate.id == Attempt.candidate_id)
        .where(Attempt.sitting_id == sitting_id, HandoverPin.used_at.is_not(None))
        .order_by(HandoverPin.used_at)
    )
    return [
        MachineChange(pin.used_at, candidate.number, candidate.full_name, pin.reason, pin.issued_by_name)
        for pin, candidate in rows
        if pin.used_at is not None
    ]


def late_deliveries_of(session: Session, sitting_id: UUID) -> list[DeliveryLine]:
    """Answers that came after the end or as a file, oldest first."""
    return deliveries_of(session, sitting_id)
