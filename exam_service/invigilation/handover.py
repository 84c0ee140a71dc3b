"""What an invigilator does about machines: a PIN to move a test, answer files brought by hand, late answers."""

from functools import partial
from uuid import UUID

from sqlalchemy.orm import Session

from exam_service.actor import Actor
from exam_service.attempts import answer_files, evidence_limits, leases, verdicts
from exam_service.attempts.answer_files import OpenedFile
from exam_service.attempts.deliveries import lock_attempt
from exam_service.attempts.evidence_models import AnswerDelivery, DisplacedResponse, EvidenceCount
from exam_service.attempts.keys import AttemptKeys
from exam_service.attempts.leases import IssuedPin
from exam_service.attempts.models import Attempt, AttemptState
from exam_service.attempts.verdicts import DeliveryLine, VerdictInput
from exam_service.invigilation import clocks
from exam_service.invigilation.schemas import ReasonInput
from exam_service.invigilation.service import AttemptIsOver, check_seated, get_sitting


def give_pin(
    session: Session,
    actor: Actor,
    *,
    sitting_id: UUID,
    attempt_id: UUID,
    data: ReasonInput,
    keys: AttemptKeys,
) -> IssuedPin:
    """A PIN with which another machine takes the running test over. Raises NotFound, AttemptIsOver."""
    check_seated(session, actor, sitting_id=sitting_id, attempt_id=attempt_id)
    attempt = session.get_one(Attempt, attempt_id)
    if attempt.state not in (AttemptState.ASSIGNED, AttemptState.STARTED):
        raise AttemptIsOver
    return leases.issue_pin(session, actor, attempt, keys=keys, reason=data.reason)


def check_file(
    session: Session, actor: Actor, *, sitting_id: UUID, attempt_id: UUID, data: bytes, keys: AttemptKeys
) -> OpenedFile:
    """What the file would add, and which of it would wait for the council; nothing is written. Raises NotFound and what
    `answer_files.open_file` raises."""
    check_seated(session, actor, sitting_id=sitting_id, attempt_id=attempt_id)
    attempt = session.get_one(Attempt, attempt_id)
    stopped = clocks.stood_still(session, [attempt])[attempt_id]
    return answer_files.open_file(session, attempt, data, keys=keys, stopped=stopped)


def take_file(
    session: Session, actor: Actor, *, sitting_id: UUID, attempt_id: UUID, data: bytes, keys: AttemptKeys
) -> AnswerDelivery:
    """The file is received. Raises as `check_file` does."""
    check_seated(session, actor, sitting_id=sitting_id, attempt_id=attempt_id)
    # Whoever stops or starts the clock holds the attempt as well: what is read under its lock stays true.
    attempt = lock_attempt(session, attempt_id)
    stopped = clocks.stood_still(session, [attempt])[attempt_id]
    return answer_files.receive_file(session, actor, attempt_id, data, keys=keys, stopped=stopped)


def list_deliveries(session: Session, actor: Actor, sitting_id: UUID) -> list[DeliveryLine]:
    """The deliveries of a sitting, for the minutes and for decision. Raises NotFound."""
    get_sitting(session, actor, sitting_id)
    return deliveries_of(session, sitting_id)


def deliveries_of(session: Session, sitting_id: UUID) -> list[DeliveryLine]:
    """The deliveries of a sitting, oldest first, with the times at which the clocks of their attempts stood still."""
    return verdicts.deliveries_of(
        session, sitting_id=sitting_id, stood_still=partial(clocks.stood_still, session)
    )


def decide(
    session: Session, actor: Actor, *, sitting_id: UUID, delivery_id: UUID, data: VerdictInput
) -> list[int]:
    """Returns what `verdicts.decide_delivery` returns. Raises NotFound and what `verdicts.decide_delivery` raises."""
    get_sitting(session, actor, sitting_id)
    return verdicts.decide_delivery(session, actor, delivery_id, sitting_id=sitting_id, data=data)


def list_displaced(
    session: Session, actor: Actor, *, sitting_id: UUID, attempt_id: UUID
) -> list[DisplacedResponse]:
    """What pages sent after they had lost the test. Raises NotFound."""
    check_seated(session, actor, sitting_id=sitting_id, attempt_id=attempt_id)
    return leases.displaced_of(session, attempt_id)


def refused_evidence(
    session: Session, actor: Actor, *, sitting_id: UUID, attempt_id: UUID
) -> list[EvidenceCount]:
    """Of what more was sent than is kept. Raises NotFound."""
    check_seated(session, actor, sitting_id=sitting_id, attempt_id=attempt_id)
    return evidence_limits.refused_of(session, attempt_id)
