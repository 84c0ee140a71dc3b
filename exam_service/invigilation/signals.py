"""What was noticed about each person of a room beside the clock: identity, attention, violations, messages."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from sqlalchemy import Row, case, exists, func, select
from sqlalchemy.orm import Session

from exam_service.attempts.models import Attempt
from exam_service.attempts.room_models import AttemptSignal, MessageReceipt, RoomMessage, SignalKind
from exam_service.invigilation.machines import MachineTrouble, load_machine_troubles
from exam_service.invigilation.models import DecisionKind, RoomDecision
from exam_service.invigilation.record_models import Violation, ViolationWithdrawal

REFUSED = "refused"
COUNTED = (
    SignalKind.TAKEN_OVER,
    SignalKind.FOCUS_LOST,
    SignalKind.COPIED,
    SignalKind.TYPED_IN_PAUSE,
    SignalKind.CUT_OFF_IN_PAUSE,
)
"""Named as the fields of Signals."""

TOLD = [
    kind.value
    for kind in (
        DecisionKind.IDENTITY,
        DecisionKind.IDENTITY_REFUSED,
        DecisionKind.PRESENT,
        DecisionKind.ABSENT,
        DecisionKind.NOTE,
    )
]


@dataclass(frozen=True)
class Signals:
    """Counts of what was noticed.

    `identity` is the document seen (REFUSED: the person does not match), `violations` are levels, oldest first,
    `is_present` is the roll call (None before it), `note` stands while the person is flagged. `typed_in_pause` are
    the questions answered without network while the clock stood still, as the player tells, added up over the pauses;
    `machine` is what is wrong with the computer.
    """

    taken_over: int = 0
    focus_lost: int = 0
    copied: int = 0
    typed_in_pause: int = 0
    cut_off_in_pause: int = 0
    machine: tuple[MachineTrouble, ...] = ()
    identity: str = ""
    is_present: bool | None = None
    note: str = ""
    violations: tuple[str, ...] = ()
    unread: int = 0


def load_signals(session: Session, sitting_ids: Collection[UUID]) -> dict[UUID, Signals]:
    """Attempt → what was noticed, for those of the sittings with anything; five statements whatever their number."""
    found: dict[UUID, Signals] = defaultdict(Signals)
    for attempt_id, kind, count in _counts(session, sitting_ids):
        changed: dict[str, Any] = {SignalKind(kind).value: count}
        found[attempt_id] = replace(found[attempt_id], **changed)
    for attempt_id, troubles in load_machine_troubles(session, sitting_ids).items():
        found[attempt_id] = replace(found[attempt_id], machine=troubles)
    for decision in _told(session, sitting_ids):
        found[decision.attempt_id] = replace(found[decision.attempt_id], **_change(decision))
    for attempt_id, level in session.execute(
        select(Violation.attempt_id, Violation.level)
        .where(
            Violation.sitting_id.in_(sitting_ids),
            ~exists().where(ViolationWithdrawal.violation_id == Violation.id),
        )
        .order_by(Violation.at)
    ):
        found[attempt_id] = replace(found[attempt_id], violations=(*found[attempt_id].violations, level))
    for attempt_id, count in _unread(session, sitting_ids):
        found[attempt_id] = replace(found[attempt_id], unread=count)
    return dict(found)


def _told(session: Session, sitting_ids: Collection[UUID]) -> Iterable[Row[UUID, str, str, dict[str, Any]]]:
    """What was said about people, oldest first: the newest of its kind holds."""
    return session.execute(
        select(RoomDecision.attempt_id, RoomDecision.kind, RoomDecision.reason, RoomDecision.detail)
        .where(RoomDecision.sitting_id.in_(sitting_ids), RoomDecision.kind.in_(TOLD))
        .order_by(RoomDecision.at)
    )


def _change(decision: Any) -> dict[str, Any]:
    match DecisionKind(decision.kind):
        case DecisionKind.IDENTITY:
            return {"identity": str(decision.detail["document"])}
        case DecisionKind.IDENTITY_REFUSED:
            return {"identity": REFUSED}
        case DecisionKind.NOTE:
            return {"note": decision.reason if decision.detail["flagged"] == "yes" else ""}
        case kind:
            return {"is_present": kind is DecisionKind.PRESENT}


def _counts(session: Session, sitting_ids: Collection[UUID]) -> Iterable[tuple[UUID, str, int]]:
    typed = AttemptSignal.kind == SignalKind.TYPED_IN_PAUSE.value
    rows = session.execute(
        select(
            AttemptSignal.attempt_id,
            AttemptSignal.kind,
            func.sum(case((typed, AttemptSignal.value), else_=1)),
        )
        .join(Attempt, Attempt.id == AttemptSignal.attempt_id)
        .where(Attempt.sitting_id.in_(sitting_ids), AttemptSignal.kind.in_([kind.value for kind in COUNTED]))
        .group_by(AttemptSignal.attempt_id, AttemptSignal.kind)
    )
    return ((attempt_id, kind, count) for attempt_id, kind, count in rows)


def _unread(session: Session, sitting_ids: Collection[UUID]) -> Iterable[tuple[UUID, int]]:
    read = exists().where(
        MessageReceipt.message_id == RoomMessage.id, MessageReceipt.attempt_id == Attempt.id
    )
    rows = session.execute(
        select(Attempt.id, func.count())
        .join(
            RoomMessage,
            (RoomMessage.sitting_id == Attempt.sitting_id)
            & (func.coalesce(RoomMessage.attempt_id, Attempt.id) == Attempt.id),
        )
        .where(Attempt.sitting_id.in_(sitting_ids), Attempt.submitted_at.is_(None), ~read)
        .group_by(Attempt.id)
    )
    return ((attempt_id, count) for attempt_id, count in rows)
