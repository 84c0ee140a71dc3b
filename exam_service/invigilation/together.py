"""One act for several candidates: one reason, one transaction, a record of its own for each.

Whoever it does not apply to (handed in meanwhile, paused already) is left out and named with the reason; an act that
the actor may not do, or that names somebody of another room, changes nothing. An act is done once (`acts`): what is
kept of it says for whom it was done and who was left out, and sent again it answers with that. One that was done for
nobody has changed nothing: sent again it is tried again.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import select
from sqlalchemy.orm import Session

from exam_service.actor import Actor
from exam_service.attempts.models import Attempt
from exam_service.db import attempting
from exam_service.errors import NotFound, Refusal
from exam_service.invigilation import acts
from exam_service.invigilation.service import lock_sitting
from exam_service.periods.models import Candidate

MOST_TOGETHER = 500
Act = Callable[[UUID, UUID], object]
"""What is done for one attempt; the second id is that of the common act."""


class NobodyChosen(Refusal):
    code = "nobody_chosen"
    status = 422
    message = "Chưa chọn thí sinh nào. Hãy đánh dấu ở bảng thí sinh rồi làm lại."


class TooManyChosen(Refusal):
    """`count` were chosen, `most` may be."""

    code = "too_many_chosen"
    status = 422
    message = (
        "Làm được cho tối đa %(most)s thí sinh một lần, đang chọn %(count)s. Hãy chọn ít hơn rồi làm lại."
    )


@dataclass(frozen=True)
class Chosen:
    attempt_id: UUID
    number: str
    full_name: str


@dataclass(frozen=True)
class LeftOut:
    """Somebody for whom the act was refused; `message` and `params` are those of the refusal."""

    chosen: Chosen
    message: str
    params: dict[str, Any]


@dataclass
class Outcome:
    """For whom the act was done and for whom not, each in the order of candidate numbers. `is_repeated`: it had been
    done before, and nothing was done now."""

    done: list[Chosen] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    is_repeated: bool = False


def chosen_of(session: Session, sitting_id: UUID, attempt_ids: Sequence[UUID]) -> list[Chosen]:
    """The chosen candidates of the sitting, by number. Raises NobodyChosen, TooManyChosen, NotFound (somebody of
    another room)."""
    wanted = set(attempt_ids)
    if not wanted:
        raise NobodyChosen
    if len(wanted) > MOST_TOGETHER:
        raise TooManyChosen(most=MOST_TOGETHER, count=len(wanted))
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
    session: Session, actor: Actor, sitting_id: UUID, *, act_id: UUID, attempt_ids: Sequence[UUID], act: Act
) -> Outcome:
    """`act` for each of the attempts under the lock of the sitting, once for each `act_id`.

    Raises Forbidden, NotFound, NobodyChosen, TooManyChosen, and what `act` raises that is no matter of one candidate
    (403, 404).
    """
    kept = acts.done_before(session, sitting_id, act_id)
    lock_sitting(session, actor, sitting_id)
    people = chosen_of(session, sitting_id, attempt_ids)
    if kept is not None and kept.get("done"):
        return _outcome(session, sitting_id, kept)
    outcome = Outcome()
    common = uuid5(
        sitting_id, str(act_id)
    )  # whoever made the form chose `act_id`: never that of another sitting's act
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
            outcome.left_out.append(LeftOut(one, refused.message, refused.params))
    _keep(session, actor, sitting_id, act_id, outcome)
    return outcome


def find_outcome(session: Session, sitting_id: UUID, act_id: UUID) -> Outcome | None:
    """What became of an act in this sitting; None: there was none. The caller has checked that the actor may know."""
    kept = acts.find_act(session, sitting_id, act_id)
    return _outcome(session, sitting_id, kept) if kept and "done" in kept else None


def _outcome(session: Session, sitting_id: UUID, kept: dict[str, Any]) -> Outcome:
    left_out = {UUID(one["attempt"]): one for one in kept["left_out"]}
    people = chosen_of(session, sitting_id, [*map(UUID, kept["done"]), *left_out])
    return Outcome(
        done=[one for one in people if one.attempt_id not in left_out],
        left_out=[
            LeftOut(one, left_out[one.attempt_id]["message"], left_out[one.attempt_id]["params"])
            for one in people
            if one.attempt_id in left_out
        ],
        is_repeated=True,
    )


def _keep(session: Session, actor: Actor, sitting_id: UUID, act_id: UUID, outcome: Outcome) -> None:
    acts.keep_act(
        session,
        actor,
        sitting_id,
        act_id,
        done=[one.attempt_id for one in outcome.done],
        left_out=[
            {"attempt": one.chosen.attempt_id, "message": one.message, "params": one.params}
            for one in outcome.left_out
        ],
    )
