"""One act for several candidates: one reason, one transaction, a record of its own for each.

Whoever it does not apply to (handed in meanwhile, paused already) is left out and named with the reason; an act that
the actor may not do, or that names somebody of another room, changes nothing.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session
from uuid_utils.compat import uuid7

from exam_service.actor import Actor
from exam_service.attempts.models import Attempt
from exam_service.db import attempting
from exam_service.errors import NotFound, Refusal
from exam_service.invigilation.service import lock_sitting
from exam_service.periods.models import Candidate

MOST_TOGETHER = 500
Act = Callable[[UUID, UUID], object]
"""What is done for one attempt; the second id is that of the common act."""


class NobodyChosen(Refusal):
    code = "nobody_chosen"
    status = 422
    message = "Chưa chọn thí sinh nào. Hãy đánh dấu ở bảng thí sinh rồi làm lại."


@dataclass(frozen=True)
class Chosen:
    attempt_id: UUID
    number: str
    full_name: str


@dataclass(frozen=True)
class LeftOut:
    """Somebody for whom the act was refused."""

    chosen: Chosen
    refusal: Refusal


@dataclass
class Outcome:
    """For whom the act was done and for whom not, each in the order of candidate numbers."""

    done: list[Chosen] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)


def chosen_of(session: Session, sitting_id: UUID, attempt_ids: Sequence[UUID]) -> list[Chosen]:
    """The chosen candidates of the sitting, by number. Raises NobodyChosen, NotFound (somebody of another room)."""
    wanted = set(attempt_ids)
    if not wanted:
        raise NobodyChosen
    if len(wanted) > MOST_TOGETHER:
        raise NotFound
    rows = session.execute(
        select(Attempt.id, Candidate.number, Candidate.full_name)
        .join(Candidate, Candidate.id == Attempt.candidate_id)
        .where(Attempt.sitting_id == sitting_id, Attempt.id.in_(wanted))
        .order_by(Candidate.number)
    )
    found = [Chosen(*row) for row in rows]
    if len(found) != len(wanted):
        raise NotFound
    return found


def act_together(
    session: Session, actor: Actor, sitting_id: UUID, *, attempt_ids: Sequence[UUID], act: Act
) -> Outcome:
    """`act` for each of the attempts under the lock of the sitting.

    Raises Forbidden, NotFound, NobodyChosen, and what `act` raises that is no matter of one candidate (403, 404).
    """
    lock_sitting(session, actor, sitting_id)
    people = chosen_of(session, sitting_id, attempt_ids)
    common = uuid7()
    outcome = Outcome()
    refusals: dict[UUID, Refusal] = {}
    # In the order in which every other statement locks attempts.
    for one in sorted(people, key=lambda person: person.attempt_id):
        try:
            with attempting(session):
                act(one.attempt_id, common)
        except Refusal as refusal:
            if refusal.status in (403, 404):
                raise
            refusals[one.attempt_id] = refusal
    for one in people:
        refused = refusals.get(one.attempt_id)
        if refused is None:
            outcome.done.append(one)
        else:
            outcome.left_out.append(LeftOut(one, refused))
    return outcome
