"""How an attempt went: changes of answers and time per question, from the stored history; for officers, after
the hand-in.

What was answered is not shown: the log is for questions about how, not what. The time of a question is the time between
a save and the one before it (or the start), given to the question that was saved; a pause between two saves is
part of it. Time spent on a question without entering anything is therefore found with the next one entered. Answers
that were accepted from a delivery were stored when that was decided, not when they were entered: they have no time.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from exam_service.actor import Actor, Permission
from exam_service.attempts.evidence_models import ACCEPTANCE, AnswerDelivery
from exam_service.attempts.models import Attempt, AttemptState, ResponseHistory
from exam_service.attempts.room_models import AttemptSignal
from exam_service.errors import Forbidden, Refusal
from exam_service.invigilation.service import OPEN, check_seated


class StillOpen(Refusal):
    code = "still_open"
    message = "Bài làm còn đang mở. Nhật ký xem được sau khi đã nộp hoặc thu bài."


@dataclass(frozen=True)
class SlotLog:
    """One question: the candidate's saves, how many of them changed the answer, first and last, and the time given."""

    slot: int
    saves: int
    changes: int
    first_at: datetime | None
    last_at: datetime | None
    spent: timedelta


@dataclass(frozen=True)
class AnswerLog:
    """`accepted` are the questions with answers that were accepted from a delivery; `clock_changes` is how often the
    computer's own clock jumped, where answers came late or as a file."""

    attempt: Attempt
    slots: list[SlotLog]
    accepted: Sequence[int]
    signals: Sequence[AttemptSignal]
    clock_changes: int


def load_log(session: Session, actor: Actor, *, sitting_id: UUID, attempt_id: UUID) -> AnswerLog:
    """Raises Forbidden, NotFound, StillOpen."""
    if not actor.can(Permission.PERIODS_MANAGE):
        raise Forbidden
    check_seated(session, actor, sitting_id=sitting_id, attempt_id=attempt_id)
    attempt = session.get_one(Attempt, attempt_id)
    if AttemptState(attempt.state).value in OPEN:
        raise StillOpen
    history = session.scalars(
        select(ResponseHistory)
        .where(ResponseHistory.attempt_id == attempt_id, ~ACCEPTANCE)
        .order_by(ResponseHistory.saved_at, ResponseHistory.slot, ResponseHistory.sequence)
    ).all()
    accepted = session.scalars(
        select(ResponseHistory.slot)
        .where(ResponseHistory.attempt_id == attempt_id, ACCEPTANCE)
        .distinct()
        .order_by(ResponseHistory.slot)
    ).all()
    signals = session.scalars(
        select(AttemptSignal)
        .where(AttemptSignal.attempt_id == attempt_id)
        .order_by(AttemptSignal.at, AttemptSignal.number)
    ).all()
    jumps = select(func.coalesce(func.sum(AnswerDelivery.clock_changes), 0)).where(
        AnswerDelivery.attempt_id == attempt_id
    )
    slots = log_slots(attempt.slot_count, attempt.started_at, history)
    return AnswerLog(attempt, slots, accepted, signals, clock_changes=session.scalar(jumps) or 0)


def log_slots(
    slot_count: int, started_at: datetime | None, history: Sequence[ResponseHistory]
) -> list[SlotLog]:
    """One line per question, from the candidate's own saves in the order in which they came."""
    lines = {slot: SlotLog(slot, 0, 0, None, None, timedelta(0)) for slot in range(1, slot_count + 1)}
    answers: dict[int, object] = {}
    before = started_at
    for row in history:
        line = lines[row.slot]
        is_change = row.slot in answers and answers[row.slot] != row.response
        lines[row.slot] = SlotLog(
            slot=row.slot,
            saves=line.saves + 1,
            changes=line.changes + is_change,
            first_at=line.first_at or row.saved_at,
            last_at=row.saved_at,
            spent=line.spent + (row.saved_at - (before or row.saved_at)),
        )
        answers[row.slot] = row.response
        before = row.saved_at
    return list(lines.values())
