"""Who may write: one page at a time holds an attempt.

The first page to start holds it. Another page of the same sign-in takes over when the candidate says so; a page of
another sign-in (another machine) needs a PIN that the invigilator reads out. What the page that lost it still sends is
kept as evidence (`attempts.hot`) and never counts.
"""

import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from fastapi import Request
from sqlalchemy import case, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from exam_service import audit
from exam_service.actor import Actor, ActorKind
from exam_service.attempts.evidence_models import DisplacedResponse, HandoverPin
from exam_service.attempts.keys import AttemptKeys
from exam_service.attempts.models import Attempt
from exam_service.attempts.room_models import AttemptSignal, SignalKind
from exam_service.attempts.tokens import Claims
from exam_service.errors import Invalid, Refusal
from exam_service.i18n import gettext as _
from exam_service.periods.models import Candidate

HEADER = "Exam-Page"
HOLDER = re.compile(r"[0-9A-Za-z_-]{0,64}")
PIN_LIFETIME = timedelta(minutes=5)
PIN_DIGITS = 6
MOST_TRIES = 5


class HeldElsewhere(Refusal):
    """Another page holds the attempt; `same_login` says that the candidate may decide alone."""

    code = "held_elsewhere"
    message = (
        "Bài thi đang mở ở một cửa sổ hoặc một máy khác. "
        "Câu trả lời gửi từ đây được giữ làm bằng chứng nhưng không tính."
    )


class WrongPin(Refusal):
    """Not the PIN, or it has expired, was used, or was tried too often."""

    code = "wrong_pin"
    message = "Mã chuyển máy không đúng hoặc đã hết hạn. Hãy hỏi giám thị."


@dataclass(frozen=True)
class Claimant:
    """The page that asks for the attempt: its id, whether the candidate wants it to take over, and the PIN typed."""

    holder: str = ""
    takes_over: bool = False
    pin: str = ""


NOBODY_ELSE = Claimant()


@dataclass(frozen=True)
class IssuedPin:
    """A PIN to read out: shown now and never again."""

    pin: str
    expires_at: datetime


def holder_of(request: Request) -> str:
    """The id of the calling page; empty for a program that names none. Raises Invalid."""
    holder = request.headers.get(HEADER, "")
    if not HOLDER.fullmatch(holder):
        raise Invalid(field=HEADER, reason=_("Định danh trang làm bài không đúng dạng."))
    return holder


def issue_pin(
    session: Session, actor: Actor, attempt: Attempt, *, keys: AttemptKeys, reason: str
) -> IssuedPin:
    """A fresh PIN for another machine; those issued before are void. The caller has checked that `actor` may."""
    now = session.execute(select(func.clock_timestamp())).scalar_one()
    session.execute(
        update(HandoverPin)
        .where(
            HandoverPin.attempt_id == attempt.id, HandoverPin.used_at.is_(None), HandoverPin.expires_at > now
        )
        .values(expires_at=now)
    )
    pin = f"{secrets.randbelow(10**PIN_DIGITS):0{PIN_DIGITS}d}"
    issued = IssuedPin(pin, now + PIN_LIFETIME)
    session.add(
        HandoverPin(
            attempt_id=attempt.id,
            pin_hash=keys.pin_hash(attempt.id, pin),
            reason=reason,
            issued_by=actor.id,
            issued_by_name=actor.display_name,
            issued_at=now,
            expires_at=issued.expires_at,
        )
    )
    audit.record(session, actor, "attempt.issue_pin", ("attempt", attempt.id), reason=reason)
    return issued


def redeem_pin(session: Session, claims: Claims, pin: str, *, keys: AttemptKeys) -> None:
    """The PIN is used up; only one of several callers succeeds. Raises WrongPin: the caller must commit all the same.

    A wrong PIN counts against the one that is out, which is void after MOST_TRIES. It is judged and counted in one
    statement: callers that try together wait for each other's row, and the next one sees the count of the one before.
    """
    is_right = HandoverPin.pin_hash == keys.pin_hash(claims.attempt_id, pin.strip())
    used = session.scalars(
        update(HandoverPin)
        .where(
            HandoverPin.attempt_id == claims.attempt_id,
            HandoverPin.used_at.is_(None),
            HandoverPin.expires_at > func.clock_timestamp(),
            HandoverPin.failures < MOST_TRIES,
        )
        .values(
            used_at=case((is_right, func.clock_timestamp())),
            failures=HandoverPin.failures + case((is_right, 0), else_=1),
        )
        .returning(HandoverPin.used_at)
        .execution_options(synchronize_session=False)
    ).all()
    if not any(used):
        raise WrongPin


def record_takeover(session: Session, claims: Claims, *, holder: str, by_pin: bool) -> None:
    """The audit trail and the board say that the attempt has moved to another page."""
    number = session.scalar(select(Candidate.number).where(Candidate.id == claims.candidate_id)) or ""
    actor = Actor(kind=ActorKind.CANDIDATE, id=claims.candidate_id, display_name=number)
    subject = ("attempt", claims.attempt_id)
    audit.record(session, actor, "attempt.take_over", subject, by_pin=by_pin, login=claims.login_id)
    session.execute(
        insert(AttemptSignal)
        .values(
            attempt_id=claims.attempt_id,
            page=holder,
            number=0,
            kind=SignalKind.TAKEN_OVER.value,
            at=func.clock_timestamp(),
            lasted_ms=0,
        )
        .on_conflict_do_nothing()
    )


def displaced_of(session: Session, attempt_id: UUID) -> list[DisplacedResponse]:
    """What pages sent after they had lost the attempt, in the order of arrival."""
    rows = select(DisplacedResponse).where(DisplacedResponse.attempt_id == attempt_id)
    return list(session.scalars(rows.order_by(DisplacedResponse.received_at, DisplacedResponse.slot)))
