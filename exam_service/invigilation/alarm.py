"""The alarm of a room: one act stops every clock in it, one act lets all of them go on with the lost time given back.

A room may hold several sittings at once (other exams at the same tables): the alarm is for the people between its
walls, not for a sitting.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session
from uuid_utils.compat import uuid7

from exam_service.actor import Actor
from exam_service.errors import Refusal
from exam_service.invigilation import clocks
from exam_service.invigilation.clocks import AlreadyPaused, NobodyIsOpen, NotPaused
from exam_service.invigilation.schemas import ReasonInput
from exam_service.invigilation.service import get_sitting, sittings_visible_to
from exam_service.periods.models import Exam, Sitting

AHEAD = timedelta(hours=1)
"""People may sit in a room so long before their sitting starts."""


@dataclass(frozen=True)
class Alarm:
    """How many sittings and open tests an act of the alarm reached."""

    sittings: int
    people: int


def sittings_in_room(session: Session, actor: Actor, sitting_id: UUID) -> Sequence[Sitting]:
    """The sittings of the same period and room that have begun or begin within the hour, and are not collected, as far
    as the actor watches them; always the one that is named. In the order of their ids. Raises NotFound."""
    named = get_sitting(session, actor, sitting_id)
    now = session.execute(select(func.clock_timestamp())).scalar_one()
    visible = sittings_visible_to(actor).where(
        Sitting.room == named.room,
        Exam.period_id == named.exam.period_id,
        Sitting.collected_at.is_(None),
        Sitting.starts_at <= now + AHEAD,
    )
    together = {sitting.id: sitting for sitting in session.scalars(visible)} | {named.id: named}
    return [together[one] for one in sorted(together)]


def raise_alarm(session: Session, actor: Actor, sitting_id: UUID, *, data: ReasonInput) -> Alarm:
    """Every clock in the room stands still. Raises Forbidden, NotFound, NobodyIsOpen, AlreadyPaused."""
    return _for_room(session, actor, sitting_id, data=data, act=clocks.pause_sitting)


def end_alarm(session: Session, actor: Actor, sitting_id: UUID, *, data: ReasonInput) -> Alarm:
    """Every clock in the room goes on, and the time that it stood still is given back; who was paused alone stays
    paused. Raises Forbidden, NotFound, NobodyIsOpen, NotPaused."""
    return _for_room(session, actor, sitting_id, data=data, act=clocks.resume_sitting)


def _for_room(
    session: Session, actor: Actor, sitting_id: UUID, *, data: ReasonInput, act: Callable[..., int]
) -> Alarm:
    """Sittings that are so already, or in which nobody is open, are passed over as long as there is another."""
    common, reached = uuid7(), []
    refused: Refusal | None = None
    for sitting in sittings_in_room(session, actor, sitting_id):
        try:
            reached.append(act(session, actor, sitting.id, data=data, together=common))
        except (AlreadyPaused, NotPaused, NobodyIsOpen) as refusal:
            refused = refusal if refused is None or sitting.id == sitting_id else refused
    if refused is not None and not reached:
        raise refused
    return Alarm(len(reached), sum(reached))
