"""Who may watch which sitting, and decisions about one person. Each is an append-only row with its reason, and changes
the attempt with it."""

from typing import Any
from uuid import UUID

from sqlalchemy import Select, false, func, select, update
from sqlalchemy.orm import Session

from exam_service import audit
from exam_service.actor import Actor, Permission
from exam_service.attempts.codes import CodeHasher, IssuedCode, renew_code
from exam_service.attempts.deliveries import hold_period
from exam_service.attempts.models import Attempt, AttemptState
from exam_service.errors import Forbidden, NotFound, Refusal
from exam_service.invigilation.models import DecisionKind, RoomDecision, SittingInvigilator
from exam_service.invigilation.schemas import Document, IdentityInput, ReasonInput
from exam_service.periods.models import Exam, Period, PeriodState, Sitting

OPEN = (AttemptState.ASSIGNED.value, AttemptState.STARTED.value)


class AttemptIsOver(Refusal):
    code = "attempt_over"
    message = "Bài làm đã nộp, đã thu hoặc đã hủy nên không thay đổi được nữa."


class ResultsAreOut(Refusal):
    code = "results_are_out"
    message = (
        "Kết quả của kỳ này đã công bố nên không hủy bài tại phòng thi được nữa. Hãy báo hội đồng sát hạch."
    )


class AlreadyVoid(Refusal):
    code = "already_void"
    message = "Bài làm này đã hủy trước đó."


class NotHead(Forbidden):
    """Two levels: minutes are given by whoever answers for the room."""

    code = "not_head"
    message = "Chỉ trưởng phòng thi hoặc cán bộ phụ trách kỳ được thêm thời gian và dời giờ."


class NotLate(Refusal):
    code = "not_late"
    message = "Thí sinh này đã vào thi nên không cần cho vào muộn."


def sittings_visible_to(actor: Actor) -> Select[Sitting]:
    """The sittings that the actor may watch, of sealed and later periods: officers every one, invigilators those that
    they were named for."""
    statement = (
        select(Sitting)
        .join(Exam, Exam.id == Sitting.exam_id)
        .join(Period, Period.id == Exam.period_id)
        .where(Period.state != PeriodState.DRAFT.value)
    )
    if not actor.can(Permission.INVIGILATE):
        return statement.where(false())
    if actor.can(Permission.PERIODS_MANAGE):
        return statement
    own = select(SittingInvigilator.sitting_id).where(SittingInvigilator.account_id == actor.id)
    return statement.where(Sitting.id.in_(own))


def get_sitting(session: Session, actor: Actor, sitting_id: UUID) -> Sitting:
    """Raises NotFound."""
    sitting = session.scalar(sittings_visible_to(actor).where(Sitting.id == sitting_id))
    if sitting is None:
        raise NotFound
    return sitting


def check_seated(session: Session, actor: Actor, *, sitting_id: UUID, attempt_id: UUID) -> None:
    """Return when the attempt belongs to this sitting, which the actor may watch. Raises NotFound."""
    get_sitting(session, actor, sitting_id)
    seated = select(Attempt.id).where(Attempt.id == attempt_id, Attempt.sitting_id == sitting_id)
    if session.scalar(seated) is None:
        raise NotFound


def lock_sitting(session: Session, actor: Actor, sitting_id: UUID) -> Sitting:
    """The sitting under its lock, which every decision takes first: so a sitting's decisions have one order, and its
    open players are told (`room_version`). Raises Forbidden, NotFound."""
    if not actor.can(Permission.INVIGILATE):
        raise Forbidden
    sitting = get_sitting(session, actor, sitting_id)
    raise_version(session, sitting_id)
    return sitting


def raise_version(session: Session, sitting_id: UUID) -> None:
    """The sitting is locked until the transaction ends, and its open players look again after it."""
    session.execute(
        update(Sitting)
        .where(Sitting.id == sitting_id)
        .values(room_version=Sitting.room_version + 1)
        .execution_options(synchronize_session=False)
    )


def may_give_time(session: Session, actor: Actor, sitting_id: UUID) -> bool:
    """Whether the actor may give minutes in this sitting: officers, and the heads named for it."""
    if actor.can(Permission.PERIODS_MANAGE):
        return True
    own = session.get(SittingInvigilator, (sitting_id, actor.id)) if actor.id else None
    return own is not None and own.is_head


def check_may_give_time(session: Session, actor: Actor, sitting_id: UUID) -> None:
    """Raises NotHead."""
    if not may_give_time(session, actor, sitting_id):
        raise NotHead


def lock_attempt(
    session: Session, actor: Actor, attempt_id: UUID, *, also_when_closed: bool = False
) -> Attempt:
    """The attempt under its lock and that of its sitting. `also_when_closed`: for what may be asked of a closed
    period as well, which somebody may be marking. Raises Forbidden, NotFound."""
    if not actor.can(Permission.INVIGILATE):
        raise Forbidden
    sitting_id = session.scalar(select(Attempt.sitting_id).where(Attempt.id == attempt_id))
    if sitting_id is None:
        raise NotFound
    lock_sitting(session, actor, sitting_id)
    if also_when_closed:
        hold_period(session, attempt_id)
    return session.scalars(
        select(Attempt)
        .where(Attempt.id == attempt_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def lock_open_attempt(session: Session, actor: Actor, attempt_id: UUID) -> Attempt:
    """The attempt under its lock, while it is still to be handed in. Raises Forbidden, NotFound, AttemptIsOver."""
    attempt = lock_attempt(session, actor, attempt_id)
    if attempt.state not in OPEN:
        raise AttemptIsOver
    return attempt


def give_new_code(
    session: Session, actor: Actor, attempt_id: UUID, *, data: ReasonInput, hasher: CodeHasher
) -> IssuedCode:
    """The person has a fresh login code and is signed out everywhere; answers and time are untouched.

    Raises Forbidden, NotFound, AttemptIsOver.
    """
    attempt = lock_open_attempt(session, actor, attempt_id)
    decide(session, actor, DecisionKind.NEW_CODE, sitting_id=attempt.sitting_id, attempt=attempt, data=data)
    return renew_code(session, attempt.candidate_id, hasher=hasher)


def confirm_identity(
    session: Session, actor: Actor, attempt_id: UUID, *, data: IdentityInput, together: UUID | None = None
) -> RoomDecision:
    """Somebody has compared the person with a document; which one, who and when is kept, its number is not.

    Raises Forbidden, NotFound, AttemptIsOver.
    """
    attempt = lock_open_attempt(session, actor, attempt_id)
    names = {Document.CARD: "CCCD", Document.VNEID: "VNeID"}
    reason = " – ".join(filter(None, (names.get(data.document, ""), data.note)))
    return decide(
        session,
        actor,
        DecisionKind.IDENTITY,
        sitting_id=attempt.sitting_id,
        attempt=attempt,
        data=ReasonInput(reason=reason),
        document=data.document.value,
        together=together,
    )


def void_attempt(session: Session, actor: Actor, attempt_id: UUID, *, data: ReasonInput) -> RoomDecision:
    """The attempt does not count, whatever its state was, until results are released.

    Raises Forbidden, NotFound, AlreadyVoid, ResultsAreOut.
    """
    attempt = lock_attempt(session, actor, attempt_id, also_when_closed=True)
    return void_locked(session, actor, attempt, data=data)


def void_locked(
    session: Session, actor: Actor, attempt: Attempt, *, data: ReasonInput, **detail: Any
) -> RoomDecision:
    """`void_attempt` for an attempt whose lock is held; `detail` says what it follows from.

    Raises AlreadyVoid, ResultsAreOut.
    """
    if attempt.state == AttemptState.VOID:
        raise AlreadyVoid
    refuse_after_release(session, attempt)
    state_before = attempt.state
    attempt.state = AttemptState.VOID.value
    kind = DecisionKind.VOID
    return decide(
        session,
        actor,
        kind,
        sitting_id=attempt.sitting_id,
        attempt=attempt,
        data=data,
        state_before=state_before,
        **detail,
    )


def refuse_after_release(session: Session, attempt: Attempt) -> None:
    """Raises ResultsAreOut."""
    if hold_period(session, attempt.id) in (PeriodState.RELEASED, PeriodState.ARCHIVED):
        raise ResultsAreOut


def decide(
    session: Session,
    actor: Actor,
    kind: DecisionKind,
    *,
    sitting_id: UUID,
    attempt: Attempt | None,
    data: ReasonInput,
    minutes: int = 0,
    together: UUID | None = None,
    **detail: object,
) -> RoomDecision:
    """The decision's row and its place in the audit trail; the lock of the sitting is held. Decisions of one common act
    name it in `together`."""
    if together is not None:
        detail["together"] = together
    decision = RoomDecision(
        sitting_id=sitting_id,
        attempt_id=attempt.id if attempt else None,
        kind=kind.value,
        minutes=minutes,
        reason=data.reason,
        detail={name: str(value) for name, value in detail.items()},
        decided_by=actor.id,
        decided_by_name=actor.display_name,
        at=session.execute(select(func.clock_timestamp())).scalar_one(),
    )
    session.add(decision)
    noun, subject = ("attempt", attempt.id) if attempt else ("sitting", sitting_id)
    audit.record(
        session,
        actor,
        f"{noun}.{kind.value}",
        (noun, subject),
        reason=data.reason,
        minutes=minutes,
        **detail,
    )
    session.flush()  # what follows from the decisions counts this one as well
    return decision


def decisions_of(session: Session, actor: Actor, attempt_id: UUID) -> list[RoomDecision]:
    """The decisions about one attempt and its whole sitting, newest first. Raises Forbidden, NotFound."""
    if not actor.can(Permission.INVIGILATE):
        raise Forbidden
    visible = sittings_visible_to(actor).with_only_columns(Sitting.id)
    sitting_id = session.scalar(
        select(Attempt.sitting_id).where(Attempt.id == attempt_id, Attempt.sitting_id.in_(visible))
    )
    if sitting_id is None:
        raise NotFound
    return list(
        session.scalars(
            select(RoomDecision)
            .where(
                RoomDecision.sitting_id == sitting_id,
                (RoomDecision.attempt_id == attempt_id) | RoomDecision.attempt_id.is_(None),
            )
            .order_by(RoomDecision.at.desc())
        )
    )
