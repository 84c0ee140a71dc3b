"""What proves a hand-in: the digest over the final answers, the counts, and a short code to read out."""

import hashlib
import json
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import Any, NamedTuple
from uuid import UUID

from exam_service.attempts.models import Attempt, CollectedBy

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""Characters that nobody confuses on paper or by voice: without 0 and O, 1, I and L."""

RECEIPT_LENGTH = 10


class FinalAnswer(NamedTuple):
    """What stands in a slot at the hand-in."""

    slot: int
    sequence: int
    response: dict[str, Any] | None


@dataclass(frozen=True)
class Receipt:
    """What the candidate keeps. `answered` of `total` slots held an answer; `digest` is `digest_of` them in hex."""

    submitted_at: datetime
    answered: int
    total: int
    digest: str
    receipt_code: str
    collected_by: CollectedBy


def random_text(length: int) -> str:
    """`length` random characters of ALPHABET, in groups of four or five joined by hyphens."""
    return in_groups("".join(secrets.choice(ALPHABET) for _ in range(length)))


def in_groups(text: str) -> str:
    """`text` in groups of four or five joined by hyphens, as it is printed."""
    group = 4 if len(text) % 4 == 0 else 5
    return "-".join(text[start : start + group] for start in range(0, len(text), group))


def new_receipt_code() -> str:
    """A fresh code; 31¹⁰ of them exist, and the database refuses a second one."""
    return random_text(RECEIPT_LENGTH)


def is_answered(response: dict[str, Any] | None) -> bool:
    """True when something was entered; what it is worth is another question."""
    return response is not None and any(value not in (None, "", [], {}) for value in response.values())


def answered_count(answers: Iterable[FinalAnswer]) -> int:
    return sum(is_answered(answer.response) for answer in answers)


def digest_of(attempt_id: UUID, answers: Iterable[FinalAnswer]) -> str:
    """SHA-256 in hex over the attempt and its final answers, in one spelling.

    The text hashed is UTF-8 JSON without spaces, keys sorted:
    `{"attempt":"<id>","responses":[[slot,sequence,response],…]}`, slots ascending.
    """
    rows = [
        [answer.slot, answer.sequence, answer.response] for answer in sorted(answers, key=attrgetter("slot"))
    ]
    text = json.dumps(
        {"attempt": str(attempt_id), "responses": rows},
        ensure_ascii=False,
        sort_keys=True,
        separators=(",", ":"),
        allow_nan=False,
    )
    return hashlib.sha256(text.encode()).hexdigest()


def receipt_of(attempt: Attempt) -> Receipt | None:
    """The receipt of a handed-in or collected attempt; None before."""
    if attempt.submitted_at is None:
        return None
    assert attempt.digest is not None
    assert attempt.receipt_code is not None
    assert attempt.collected_by is not None
    return Receipt(
        submitted_at=attempt.submitted_at,
        answered=attempt.answered_count or 0,
        total=attempt.slot_count,
        digest=attempt.digest,
        receipt_code=attempt.receipt_code,
        collected_by=CollectedBy(attempt.collected_by),
    )
