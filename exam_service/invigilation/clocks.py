"""Decisions that move or stop clocks, of one person or of a whole sitting.

The times of an attempt are never edited: after each decision they are folded again from the sitting and every decision
so far (`attempts.clock_rules`). The database's clock dates the decisions.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from exam_service.actor import Actor
from exam_service.attempts.clock_rules import ClockState
from exam_service.attempts.decided_clocks import decided_clocks
from exam_service.attempts.models import Attempt, AttemptState
from exam_service.attempts.window import Span
from exam_service.errors import Refusal
from exam_service.invigilation.cut_off import note_cut_off
from exam_service.invigilation.models import DecisionKind, RoomDecision
from exam_service.invigilation.schemas import ExtraTimeInput, ReasonInput, ShiftInput
from exam_service.invigilation.service import (
    OPEN,
    AttemptIsOver,
    NotLate,
    check_may_give_time,
    decide,
    lock_open_attempt,
    lock_sitting,
)
from exam_service.periods.models import Sitting


class NobodyIsOpen(Refusal):
    code = "nobody_open"
    message = "Không còn bài làm nào đang mở trong ca thi này."


class AlreadyPaused(Refusal):
    code = "already_paused"
    message = "Đồng hồ đã được tạm dừng trước đó."


class NotPaused(Refusal):
    code = "not_paused"
    message = "Đồng hồ không ở trạng thái tạm dừng nên không có gì để tiếp tục."


class HasBegun(Refusal):
    """A shift is for a sitting in which nobody has begun; afterwards a pause or extra time does it."""

    code = "has_begun"
    message = (
        "Đã có thí sinh vào làm bài nên không dời được giờ bắt đầu. "
        "Hãy tạm dừng hoặc thêm thời gian cho cả phòng."
    )


def grant_extra_time(
    session: Session, actor: Actor, attempt_id: UUID, *, data: ExtraTimeInput, together: UUID | None = None
) -> RoomDecision:
    """The person has `minutes` more; an open player shows it within seconds.

    Raises Forbidden, NotFound, NotHead, AttemptIsOver.
    """
    attempt = lock_open_attempt(session, actor, attempt_id)
    check_may_give_time(session, actor, attempt.sitting_id)
    kind = DecisionKind.EXTRA_TIME
    return _decide(session, actor, [attempt], kind, data=data, minutes=data.minutes, together=together)


def admit_late(session: Session, actor: Actor, attempt_id: UUID, *, data: ReasonInput) -> RoomDecision:
    """The person may start although the late limit has passed; the common deadline stays.

    Raises Forbidden, NotFound, AttemptIsOver, NotLate.
    """
    attempt = lock_open_attempt(session, actor, attempt_id)
    if attempt.state == AttemptState.STARTED:
        raise NotLate
    return _decide(session, actor, [attempt], DecisionKind.LATE_ADMISSION, data=data)


def pause_attempt(
    session: Session, actor: Actor, attempt_id: UUID, *, data: ReasonInput, together: UUID | None = None
) -> RoomDecision:
    """The person's clock stands still and nothing is taken from the test until it goes on.

    Raises Forbidden, NotFound, AttemptIsOver (also when the time has run out), AlreadyPaused.
    """
    attempt = lock_open_attempt(session, actor, attempt_id)
    before = _states(session, [attempt])[attempt.id]
    if False in before.pauses:
        raise AlreadyPaused
    decision = _decide(session, actor, [attempt], DecisionKind.PAUSE, data=data, together=together)
    if attempt.paused_at is None:
        raise AttemptIsOver
    return decision


def resume_attempt(
    session: Session, actor: Actor, attempt_id: UUID, *, data: ReasonInput, together: UUID | None = None
) -> RoomDecision:
    """The person goes on, with the time of the pause given back; while the whole sitting is paused, with it.

    Raises Forbidden, NotFound, AttemptIsOver, NotPaused.
    """
    attempt = lock_open_attempt(session, actor, attempt_id)
    if False not in _states(session, [attempt])[attempt.id].pauses:
        raise NotPaused
    return _decide(session, actor, [attempt], DecisionKind.RESUME, data=data, together=together)


def extend_sitting(session: Session, actor: Actor, sitting_id: UUID, *, data: ExtraTimeInput) -> int:
    """Everybody who has not handed in has `minutes` more; returns how many. Raises Forbidden, NotFound,
    NotHead, NobodyIsOpen."""
    attempts = _lock_sitting(session, actor, sitting_id)
    check_may_give_time(session, actor, sitting_id)
    kind = DecisionKind.EXTRA_TIME
    _decide(session, actor, attempts, kind, data=data, minutes=data.minutes, is_for_all=True)
    return len(attempts)


def pause_sitting(
    session: Session, actor: Actor, sitting_id: UUID, *, data: ReasonInput, together: UUID | None = None
) -> int:
    """Every clock of the sitting stands still; returns how many. Raises Forbidden, NotFound, NobodyIsOpen,
    AlreadyPaused."""
    attempts = _lock_sitting(session, actor, sitting_id)
    if is_sitting_paused(session, sitting_id):
        raise AlreadyPaused
    _decide(session, actor, attempts, DecisionKind.PAUSE, data=data, is_for_all=True, together=together)
    return len(attempts)


def resume_sitting(
    session: Session, actor: Actor, sitting_id: UUID, *, data: ReasonInput, together: UUID | None = None
) -> int:
    """The sitting goes on, with the time of the pause given back to everybody; who was paused alone stays paused.

    Returns how many attempts are open. Raises Forbidden, NotFound, NobodyIsOpen, NotPaused.
    """
    attempts = _lock_sitting(session, actor, sitting_id)
    if not is_sitting_paused(session, sitting_id):
        raise NotPaused
    _decide(session, actor, attempts, DecisionKind.RESUME, data=data, is_for_all=True, together=together)
    return len(attempts)


def shift_sitting(session: Session, actor: Actor, sitting_id: UUID, *, data: ShiftInput) -> int:
    """The sitting starts `minutes` later for everybody, while nobody has begun; returns how many attempts moved.

    Raises Forbidden, NotFound, NotHead, NobodyIsOpen, HasBegun.
    """
    attempts = _lock_sitting(session, actor, sitting_id)
    check_may_give_time(session, actor, sitting_id)
    begun = select(Attempt.id).where(Attempt.sitting_id == sitting_id, Attempt.started_at.is_not(None))
    if session.scalar(begun.limit(1)) is not None:
        raise HasBegun
    kind = DecisionKind.SHIFT
    _decide(session, actor, attempts, kind, data=data, minutes=data.minutes, is_for_all=True)
    return len(attempts)


def is_sitting_paused(session: Session, sitting_id: UUID) -> bool:
    """True while the whole sitting is paused."""
    return _ends_paused(session, RoomDecision.sitting_id == sitting_id, RoomDecision.attempt_id.is_(None))


def paused_sittings(session: Session, sitting_ids: Collection[UUID]) -> set[UUID]:
    """Those of the sittings that are paused as a whole."""
    newest = (
        select(RoomDecision.sitting_id, RoomDecision.kind)
        .where(
            RoomDecision.sitting_id.in_(sitting_ids),
            RoomDecision.attempt_id.is_(None),
            RoomDecision.kind.in_((DecisionKind.PAUSE.value, DecisionKind.RESUME.value)),
        )
        .ext(distinct_on(RoomDecision.sitting_id))
        .order_by(RoomDecision.sitting_id, RoomDecision.at.desc())
    )
    return {sitting_id for sitting_id, kind in session.execute(newest) if kind == DecisionKind.PAUSE}


def is_attempt_paused(session: Session, attempt_id: UUID) -> bool:
    """True while this person is paused, whatever the sitting is."""
    return _ends_paused(session, RoomDecision.attempt_id == attempt_id)


def _ends_paused(session: Session, *which: ColumnElement[bool]) -> bool:
    newest = session.scalar(
        select(RoomDecision.kind)
        .where(
            *which,
            RoomDecision.kind.in_((DecisionKind.PAUSE.value, DecisionKind.RESUME.value)),
        )
        .order_by(RoomDecision.at.desc())
        .limit(1)
    )
    return newest == DecisionKind.PAUSE


def shifted_start(session: Session, sitting: Sitting) -> datetime:
    """The start of the sitting after every shift."""
    return shifted_starts(session, [sitting])[sitting.id]


def shifted_starts(session: Session, sittings: Collection[Sitting]) -> dict[UUID, datetime]:
    """Sitting → its start after every shift."""
    rows = session.execute(
        select(RoomDecision.sitting_id, func.sum(RoomDecision.minutes))
        .where(
            RoomDecision.sitting_id.in_([sitting.id for sitting in sittings]),
            RoomDecision.kind == DecisionKind.SHIFT.value,
        )
        .group_by(RoomDecision.sitting_id)
    )
    minutes = {row[0]: row[1] for row in rows}
    return {
        sitting.id: sitting.starts_at + timedelta(minutes=minutes.get(sitting.id, 0)) for sitting in sittings
    }


def _lock_sitting(session: Session, actor: Actor, sitting_id: UUID) -> Sequence[Attempt]:
    """The open attempts of the sitting, locked in the order that every other statement locks them in."""
    lock_sitting(session, actor, sitting_id)
    attempts = session.scalars(
        select(Attempt)
        .where(Attempt.sitting_id == sitting_id, Attempt.state.in_(OPEN))
        .order_by(Attempt.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    if not attempts:
        raise NobodyIsOpen
    return attempts


def _decide(
    session: Session,
    actor: Actor,
    attempts: Sequence[Attempt],
    kind: DecisionKind,
    *,
    data: ReasonInput,
    minutes: int = 0,
    is_for_all: bool = False,
    together: UUID | None = None,
) -> RoomDecision:
    """The decision is kept, and the times of the locked `attempts` follow from every decision so far."""
    decision = decide(
        session,
        actor,
        kind,
        sitting_id=attempts[0].sitting_id,
        attempt=None if is_for_all else attempts[0],
        data=data,
        minutes=minutes,
        together=together,
    )
    stopped = {one.id: one.paused_at for one in attempts if one.paused_at is not None}
    apply_clock(session, attempts)
    if kind is DecisionKind.RESUME:
        going = {one.id for one in attempts if one.paused_at is None}
        note_cut_off(session, {one: at for one, at in stopped.items() if one in going})
    return decision


def apply_clock(session: Session, attempts: Sequence[Attempt]) -> None:
    """The times of the `attempts`, all of one sitting whose lock the caller holds, follow from its decisions so far."""
    states = _states(session, attempts)
    for attempt in attempts:
        state = states[attempt.id]
        attempt.starts_at, attempt.late_until = state.window.starts_at, state.window.late_until
        attempt.deadline_at, attempt.paused_at = state.window.deadline_at, state.stopped_at
    session.flush()


def stood_still(session: Session, attempts: Sequence[Attempt]) -> dict[UUID, tuple[Span, ...]]:
    """Attempt → when its clock stood still; all `attempts` are of one sitting."""
    return {attempt_id: state.stood_still for attempt_id, state in _states(session, attempts).items()}


def _states(session: Session, attempts: Sequence[Attempt]) -> dict[UUID, ClockState]:
    """Attempt → its clock; all `attempts` are of one sitting."""
    return {attempt_id: clock.state for attempt_id, clock in decided_clocks(session, attempts).items()}
