"""What the room tells open tests: to one person or everybody, with who has confirmed it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from exam_service import audit
from exam_service.actor import Actor
from exam_service.attempts.models import Attempt
from exam_service.attempts.room_models import MessageReceipt, RoomMessage
from exam_service.invigilation.clocks import NobodyIsOpen
from exam_service.invigilation.schemas import MessageInput
from exam_service.invigilation.service import (
    OPEN,
    AttemptIsOver,
    check_seated,
    get_sitting,
    lock_sitting,
)
from exam_service.periods.models import Candidate


@dataclass(frozen=True)
class SentMessage:
    """A message and its receipts: (candidate number, time read) of those who confirmed; `to` is a number or empty."""

    message: RoomMessage
    to: str
    readers: list[tuple[str, datetime]]


def send_message(
    session: Session,
    actor: Actor,
    sitting_id: UUID,
    *,
    data: MessageInput,
    attempt_id: UUID | None = None,
) -> RoomMessage:
    """Open players of the sitting, or of one attempt, show the message within seconds until it is confirmed.

    Raises Forbidden, NotFound, AttemptIsOver, NobodyIsOpen.
    """
    if attempt_id is not None:
        check_seated(session, actor, sitting_id=sitting_id, attempt_id=attempt_id)
    lock_sitting(session, actor, sitting_id)
    receivers = select(Attempt.id).where(Attempt.sitting_id == sitting_id, Attempt.state.in_(OPEN))
    if attempt_id is not None:
        receivers = receivers.where(Attempt.id == attempt_id)
    if session.scalar(receivers.limit(1)) is None:
        raise NobodyIsOpen if attempt_id is None else AttemptIsOver
    message = RoomMessage(
        sitting_id=sitting_id,
        attempt_id=attempt_id,
        body=data.body,
        sent_by=actor.id,
        sent_by_name=actor.display_name,
        sent_at=session.execute(select(func.clock_timestamp())).scalar_one(),
    )
    session.add(message)
    noun, subject = ("attempt", attempt_id) if attempt_id else ("sitting", sitting_id)
    audit.record(session, actor, f"{noun}.message", (noun, subject), body=data.body)
    session.flush()
    return message


def messages_of(
    session: Session, actor: Actor, sitting_id: UUID, *, attempt_id: UUID | None = None
) -> list[SentMessage]:
    """The messages of a sitting, newest first; with `attempt_id` those that this person got. Raises NotFound."""
    get_sitting(session, actor, sitting_id)
    rows = select(RoomMessage, Candidate.number).where(RoomMessage.sitting_id == sitting_id)
    if attempt_id is not None:
        own = (RoomMessage.attempt_id == attempt_id) | RoomMessage.attempt_id.is_(None)
        rows = rows.where(own)
    rows = (
        rows.outerjoin(Attempt, Attempt.id == RoomMessage.attempt_id)
        .outerjoin(Candidate, Candidate.id == Attempt.candidate_id)
        .order_by(RoomMessage.sent_at.desc())
    )
    messages = session.execute(rows).all()
    readers: dict[UUID, list[tuple[str, datetime]]] = {message.id: [] for message, _number in messages}
    receipts = (
        select(MessageReceipt.message_id, Candidate.number, MessageReceipt.read_at)
        .join(Attempt, Attempt.id == MessageReceipt.attempt_id)
        .join(Candidate, Candidate.id == Attempt.candidate_id)
        .where(MessageReceipt.message_id.in_(readers))
        .order_by(MessageReceipt.read_at)
    )
    if attempt_id is not None:
        receipts = receipts.where(MessageReceipt.attempt_id == attempt_id)
    for message_id, number, read_at in session.execute(receipts):
        readers[message_id].append((number, read_at))
    return [SentMessage(message, number or "", readers[message.id]) for message, number in messages]
