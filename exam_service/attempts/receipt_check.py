"""Whether a receipt is genuine, for anybody who holds its code: what the code says, and that the answers still give it.

The code is the secret: 31¹⁰ of them exist, and wrong ones are slowed down as wrong sign-ins are. Whoever has it reads
what stands on the receipt, without the candidate's name; never an answer, never a result.
"""

import re
from dataclasses import dataclass
from datetime import datetime

import segno
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from exam_service.attempts.evidence_models import ACCEPTANCE
from exam_service.attempts.models import Attempt, ResponseHistory, WithdrawnReceipt
from exam_service.attempts.receipts import (
    ALPHABET,
    RECEIPT_LENGTH,
    FinalAnswer,
    Receipt,
    digest_of,
    in_groups,
    receipt_of,
)
from exam_service.auth import throttle
from exam_service.errors import Refusal
from exam_service.periods.models import Candidate, Exam

CHECK_PAGE = "/receipt"
LONGEST_CODE = 40
WRITTEN = re.compile(f"[{ALPHABET}]{{{RECEIPT_LENGTH}}}")
# Any of the eight masks can be read; weighing them against each other takes five times as long as everything else.
MASK = 2


class TooManyChecks(Refusal):
    """`wait_s`: seconds until another code may be tried."""

    code = "too_many_checks"
    status = 429
    message = "Đã nhập sai mã biên nhận nhiều lần. Hãy thử lại sau %(wait_s)s giây."


@dataclass(frozen=True)
class CheckedReceipt:
    """A receipt that the service has given. `is_intact`: the answers it keeps of the hand-in still give its digest."""

    receipt: Receipt
    number: str
    exam_title: str
    is_intact: bool


@dataclass(frozen=True)
class ReplacedReceipt:
    """A receipt that the service has given and that counts no more: the test was reopened at `withdrawn_at`."""

    code: str
    number: str
    exam_title: str
    withdrawn_at: datetime


def plain_receipt_code(typed: str) -> str:
    """The code as it is printed, whatever spaces, hyphens and case it was typed with; "" when it can be none."""
    code = re.sub(r"[\s\-]+", "", typed[:LONGEST_CODE]).upper()
    return in_groups(code) if WRITTEN.fullmatch(code) else ""


def check_receipt(session: Session, code: str, *, address: str) -> CheckedReceipt | ReplacedReceipt | None:
    """The receipt with this plain code, or None, which counts towards the limit of the code and of the address.

    Raises TooManyChecks.
    """
    # Apart from the counts of sign-ins: wrong receipts slow nobody down who wants to enter.
    name, where = f"receipt:{code}", f"receipt {address}"
    try:
        throttle.refuse_while_throttled(session, name=name, address=where)
    except (throttle.NameLocked, throttle.AddressSlowed) as slowed:
        raise TooManyChecks(wait_s=slowed.params["wait_s"]) from slowed
    found = _find(session, code) or _find_replaced(session, code)
    if found is None:
        throttle.count_failure(session, name=name, address=where)
    return found


def _find(session: Session, code: str) -> CheckedReceipt | None:
    row = session.execute(
        select(Attempt, Candidate.number, Exam.title)
        .join(Candidate, Candidate.id == Attempt.candidate_id)
        .join(Exam, Exam.id == Candidate.exam_id)
        .where(Attempt.receipt_code == code)
    ).one_or_none()
    if row is None:
        return None
    attempt, number, title = row
    receipt = receipt_of(attempt)
    assert receipt is not None, "a code is given with the hand-in"
    return CheckedReceipt(receipt, number, title, _digest_now(session, attempt) == receipt.digest)


def _find_replaced(session: Session, code: str) -> ReplacedReceipt | None:
    row = session.execute(
        select(WithdrawnReceipt.receipt_code, Candidate.number, Exam.title, WithdrawnReceipt.withdrawn_at)
        .join(Attempt, Attempt.id == WithdrawnReceipt.attempt_id)
        .join(Candidate, Candidate.id == Attempt.candidate_id)
        .join(Exam, Exam.id == Candidate.exam_id)
        .where(WithdrawnReceipt.receipt_code == code)
    ).one_or_none()
    return ReplacedReceipt(*row) if row is not None else None


def _digest_now(session: Session, attempt: Attempt) -> str:
    """The digest of what was handed in: the newest saves of each slot, without the answers that the council has
    accepted since."""
    kept = session.execute(
        select(ResponseHistory.slot, ResponseHistory.sequence, ResponseHistory.response)
        .where(
            ResponseHistory.attempt_id == attempt.id,
            ~(ACCEPTANCE & (ResponseHistory.saved_at > attempt.submitted_at)),
        )
        .ext(distinct_on(ResponseHistory.slot))
        .order_by(ResponseHistory.slot, ResponseHistory.sequence.desc())
    )
    return digest_of(attempt.id, [FinalAnswer(*row) for row in kept])


def check_address(public_url: str, code: str) -> str:
    """Where the receipt with this code can be checked."""
    return f"{public_url.rstrip('/')}{CHECK_PAGE}/{code}"


def qr_of(address: str) -> str:
    """`address` as a QR code: an SVG image in a data URI, black on white with its quiet zone."""
    code = segno.make_qr(address, error="m", mask=MASK)
    return str(code.svg_data_uri(scale=4, border=4, dark="#000", light="#fff"))
