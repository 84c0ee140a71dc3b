"""Signing in as a candidate: candidate number and login code, on any computer of the room."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from exam_service import audit
from exam_service.actor import Actor, ActorKind
from exam_service.attempts.codes import CodeHasher, failure_name
from exam_service.attempts.models import Attempt
from exam_service.auth import sessions, throttle
from exam_service.auth.sessions import OpenedSession
from exam_service.errors import Refusal
from exam_service.periods.models import Candidate, Period, PeriodState


class WrongCode(Refusal):
    """Number and code do not belong together; which of them is wrong is not said."""

    code = "wrong_code"
    status = 401
    message = "Số báo danh hoặc mã dự thi không đúng. Hãy kiểm tra lại phiếu dự thi, hoặc hỏi giám thị."


class TooManyTries(Refusal):
    code = "too_many_tries"
    status = 429
    message = (
        "Đã nhập sai nhiều lần. Hãy thử lại sau %(minutes)s phút, hoặc báo giám thị để nhận mã dự thi mới."
    )


def sign_in(session: Session, *, number: str, code: str, hasher: CodeHasher, address: str) -> OpenedSession:
    """A new browser session for the candidate with this number and code.

    The code works on several computers one after the other: before the hand-in to go on after a breakdown, after it to
    see the receipt and the released result. Failures count per number, because a room shares one address.

    Raises WrongCode (the caller then calls `note_failure`), TooManyTries, AddressSlowed.
    """
    name = failure_name(number)
    try:
        throttle.refuse_while_throttled(session, name=name, address=address)
    except throttle.NameLocked as locked:
        raise TooManyTries(minutes=locked.params["minutes"]) from locked
    found = _find(session, number=number, code=code, hasher=hasher)
    if found is None:
        raise WrongCode
    throttle.forget_failures(session, name=name)
    actor = Actor(kind=ActorKind.CANDIDATE, id=found, display_name=number)
    audit.record(session, actor, "candidate.sign_in", ("candidate", found), address=address)
    # Nothing asks which browser a candidate used, so it is not kept.
    return sessions.open_session(
        session, kind=ActorKind.CANDIDATE, subject_id=found, address=address, user_agent=""
    )


def _find(session: Session, *, number: str, code: str, hasher: CodeHasher) -> UUID | None:
    """The candidate; several periods may use the same number, the code tells them apart."""
    rows = session.execute(
        select(Candidate.id, Candidate.code_hash)
        .join(Attempt, Attempt.candidate_id == Candidate.id)
        .join(Period, Period.id == Candidate.period_id)
        .where(
            Candidate.number == number,
            Candidate.code_hash.is_not(None),
            Period.state.not_in((PeriodState.DRAFT.value, PeriodState.ARCHIVED.value)),
        )
    )
    for candidate_id, stored in rows:
        if hasher.is_right(candidate_id, code, stored=stored):
            return candidate_id
    return None


def note_failure(session: Session, *, number: str, address: str) -> None:
    """A refused sign-in counts towards the limit of its number."""
    throttle.count_failure(session, name=failure_name(number), address=address)


def sign_out(session: Session, *, session_id: UUID) -> None:
    """The browser session is over; a running test goes on and is collected at its deadline."""
    sessions.end_session(session, session_id)
