"""What is wrong with the computers of a room, as their players tell it: the newest of each kind that still holds."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from exam_service.attempts.models import Attempt, AttemptState
from exam_service.attempts.room_models import CHECKED, TROUBLES, AttemptSignal, SignalKind
from exam_service.invigilation.service import OPEN


@dataclass(frozen=True)
class MachineTrouble:
    """`value` is what AttemptSignal says of the kind: percent, minutes, or 1."""

    kind: SignalKind
    value: int
    at: datetime


def load_machine_troubles(
    session: Session, sitting_ids: Collection[UUID]
) -> dict[UUID, tuple[MachineTrouble, ...]]:
    """Open attempt → what is wrong with its computer, in the order of TROUBLES; one statement for all sittings.

    Only the page that holds the attempt counts: a computer that was left for another one is no trouble any more. What
    the check in the waiting room finds is told until the start; afterwards saves and silence say how the line is.
    """
    newest = (
        select(
            AttemptSignal.attempt_id, AttemptSignal.kind, AttemptSignal.value, AttemptSignal.at, Attempt.state
        )
        .join(Attempt, Attempt.id == AttemptSignal.attempt_id)
        .where(
            Attempt.sitting_id.in_(sitting_ids),
            Attempt.state.in_(OPEN),
            AttemptSignal.kind.in_([kind.value for kind in TROUBLES]),
            func.coalesce(Attempt.lease_holder, AttemptSignal.page) == AttemptSignal.page,
        )
        .ext(distinct_on(AttemptSignal.attempt_id, AttemptSignal.kind))
        .order_by(
            AttemptSignal.attempt_id,
            AttemptSignal.kind,
            AttemptSignal.at.desc(),
            AttemptSignal.number.desc(),
        )
    )
    found: dict[UUID, list[MachineTrouble]] = {}
    for attempt_id, kind, value, at, state in session.execute(newest):
        is_past = state != AttemptState.ASSIGNED and kind in CHECKED
        if value != 0 and not is_past:
            found.setdefault(attempt_id, []).append(MachineTrouble(SignalKind(kind), value, at))
    return {
        attempt_id: tuple(sorted(troubles, key=lambda one: TROUBLES.index(one.kind)))
        for attempt_id, troubles in found.items()
    }
