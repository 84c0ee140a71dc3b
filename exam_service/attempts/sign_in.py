"""Signing in as a candidate: candidate number and login code, on any computer of the room."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from exam_service import audit, clock
from exam_service.actor import Actor, ActorKind
from exam_service.attempts.codes import CodeHasher, failure_name
from exam_service.attempts.models import Attempt
from exam_service.auth import sessions
from exam_service.auth.models import SignInFailure
from exam_service.auth.sessions import OpenedSession
from exam_service.errors import Refusal
from exam_service.periods.models import Candidate, Period, PeriodState

MOST_FAILURES = 10
FAILURES_COUNT_FOR = timedelta(minutes=5)


class WrongCode(Refusal):
    """Number and code do not belong together; which of them is wrong is not said."""

    code = "wrong_code"
    status = 401
    message = "Số báo danh hoặc mã dự thi không đúng. Hãy kiểm tra lại phiếu dự thi, hoặc hỏi giám thị."


class TooManyTries(Refusal):
    code = "too_many_tries"
    status = 429
    message = "Đã nhập sai nhiều lần. Hãy chờ 5 phút, hoặc báo giám thị để nhận mã dự thi mới."


def sign_in(
    session: Session, *, number: str, code: str, hasher: CodeHasher, address: str, user_agent: str
) -> OpenedSession:
    """A new browser session for the candidate with this number and code.

    The code works on several computers one after the other: before the hand-in to go on after a breakdown, after it to
    see the receipt and the released result. Failures count per number, because a room shares one address.

    Raises WrongCode (the caller then calls `note_failure`), TooManyTries.
    """
    since = clock.now() - FAILURES_COUNT_FOR
    failures = session.scalar(
        select(func.count()).where(SignInFailure.name == failure_name(number), SignInFailure.at > since)
    )
    if failures is not None and failures >= MOST_FAILURES:
        raise TooManyTries
    found = _find(session, number=number, code=code, hasher=hasher)
    if found is None:
        raise WrongCode
    session.execute(delete(SignInFailure).where(SignInFailure.name == failure_name(number)))
    actor = Actor(kind=ActorKind.CANDIDATE, id=found, display_name=number)
    audit.record(session, actor, "candidate.sign_in", ("candidate", found), address=address)
    return sessions.open_session(
        session, kind=ActorKind.CANDIDATE, subject_id=found, address=address, user_agent=user_agent
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
    session.add(SignInFailure(name=failure_name(number), address=address, at=clock.now()))


def sign_out(session: Session, *, session_id: UUID) -> None:
    """The browser session is over; a running test goes on and is collected at its deadline."""
    sessions.end_session(session, session_id)
