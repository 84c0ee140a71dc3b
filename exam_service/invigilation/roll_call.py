"""Who is there and who they are, and what is said beside: roll call, an identity that is refused, notes."""

from uuid import UUID

from sqlalchemy.orm import Session

from exam_service.actor import Actor
from exam_service.attempts.models import AttemptState
from exam_service.errors import Refusal
from exam_service.invigilation.models import DecisionKind, RoomDecision
from exam_service.invigilation.schemas import NoteInput, ReasonInput
from exam_service.invigilation.service import decide, lock_attempt, lock_open_attempt


class IsAtWork(Refusal):
    code = "is_at_work"
    message = "Thí sinh đã vào làm bài nên không ghi vắng được."


def mark_present(
    session: Session, actor: Actor, attempt_id: UUID, *, data: ReasonInput, together: UUID | None = None
) -> RoomDecision:
    """The person sits in the room, whether or not the test has been opened.

    Raises Forbidden, NotFound, AttemptIsOver.
    """
    attempt = lock_open_attempt(session, actor, attempt_id)
    kind, sitting_id = DecisionKind.PRESENT, attempt.sitting_id
    return decide(session, actor, kind, sitting_id=sitting_id, attempt=attempt, data=data, together=together)


def mark_absent(
    session: Session, actor: Actor, attempt_id: UUID, *, data: ReasonInput, together: UUID | None = None
) -> RoomDecision:
    """The person was called and did not come; the board stops asking for help. Who comes later may start as before.

    Raises Forbidden, NotFound, AttemptIsOver, IsAtWork.
    """
    attempt = lock_open_attempt(session, actor, attempt_id)
    if attempt.state != AttemptState.ASSIGNED:
        raise IsAtWork
    kind, sitting_id = DecisionKind.ABSENT, attempt.sitting_id
    return decide(session, actor, kind, sitting_id=sitting_id, attempt=attempt, data=data, together=together)


def refuse_identity(session: Session, actor: Actor, attempt_id: UUID, *, data: ReasonInput) -> RoomDecision:
    """The person does not match the documents. It stands on the board until an identity is confirmed; what follows
    (a pause, minutes, voiding) is decided by people. Raises Forbidden, NotFound, AttemptIsOver."""
    attempt = lock_open_attempt(session, actor, attempt_id)
    kind, sitting_id = DecisionKind.IDENTITY_REFUSED, attempt.sitting_id
    return decide(session, actor, kind, sitting_id=sitting_id, attempt=attempt, data=data)


def write_note(session: Session, actor: Actor, attempt_id: UUID, *, data: NoteInput) -> RoomDecision:
    """Something is said about the person, whatever became of the test. The newest note says whether the board keeps the
    person in view. Raises Forbidden, NotFound."""
    attempt = lock_attempt(session, actor, attempt_id)
    flagged = "yes" if data.flagged else "no"
    kind, sitting_id = DecisionKind.NOTE, attempt.sitting_id
    return decide(session, actor, kind, sitting_id=sitting_id, attempt=attempt, data=data, flagged=flagged)
