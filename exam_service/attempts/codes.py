"""Login codes: one per candidate and sitting, printed once, kept only as a keyed hash.

A code has 8 characters out of 31 (40 bits) and signs in only together with its candidate number under throttling, so a
fast keyed hash is right: a slow one would stall the minute in which a whole room signs in.
"""

import hashlib
import hmac
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from fastapi import Request
from sqlalchemy import select
from sqlalchemy.orm import Session

from exam_service import audit, clock
from exam_service.actor import Actor, ActorKind, Permission
from exam_service.attempts.models import Attempt
from exam_service.attempts.receipts import ALPHABET, random_text
from exam_service.auth import sessions, throttle
from exam_service.errors import Forbidden, NotFound, Refusal
from exam_service.periods.models import Candidate, Sitting
from exam_service.settings import Settings

CODE_LENGTH = 8


class SittingCollected(Refusal):
    code = "sitting_collected"
    message = "Ca thi đã thu bài nên không cấp mã dự thi nữa."


@dataclass(frozen=True)
class IssuedCode:
    """A fresh code for one candidate: shown now and never again."""

    candidate_id: UUID
    number: str
    full_name: str
    unit_name: str
    code: str


class CodeHasher:
    """Turns codes into what is stored: HMAC-SHA-256 with the service's secret over candidate and code."""

    def __init__(self, secret: str) -> None:
        self._key = hashlib.sha256(f"login-code:{secret}".encode()).digest()

    def hash(self, candidate_id: UUID, code: str) -> str:
        return hmac.new(self._key, f"{candidate_id}:{plain_code(code)}".encode(), hashlib.sha256).hexdigest()

    def is_right(self, candidate_id: UUID, code: str, *, stored: str | None) -> bool:
        return stored is not None and hmac.compare_digest(self.hash(candidate_id, code), stored)


def code_hasher_of(request: Request) -> CodeHasher:
    settings: Settings = request.app.state.settings
    return CodeHasher(settings.signing_secret())


def plain_code(typed: str) -> str:
    """What a candidate typed, as it was printed: upper case, without spaces and hyphens, full-width forms folded."""
    folded = unicodedata.normalize("NFKC", typed).upper()
    return "".join(character for character in folded if character in ALPHABET)


def failure_name(number: str) -> str:
    """The name under which refused sign-ins of a candidate number are counted."""
    return f"candidate:{number}"


def issue_codes(session: Session, actor: Actor, sitting_id: UUID, *, hasher: CodeHasher) -> list[IssuedCode]:
    """Every candidate of the sitting has a fresh code; the codes printed before are void. By candidate number.

    Whoever has signed in stays signed in. Raises Forbidden, NotFound, SittingCollected.
    """
    if not actor.can(Permission.INVIGILATE):
        raise Forbidden
    sitting = session.get(Sitting, sitting_id)
    if sitting is None:
        raise NotFound
    if sitting.collected_at is not None:
        raise SittingCollected
    candidates = session.scalars(
        select(Candidate)
        .join(Attempt, Attempt.candidate_id == Candidate.id)
        .where(Attempt.sitting_id == sitting_id)
        .order_by(Candidate.number)
        .with_for_update(of=Candidate)
    ).all()
    issued = _renew(session, candidates, hasher=hasher)
    audit.record(session, actor, "sitting.issue_codes", ("sitting", sitting_id), count=len(issued))
    return issued


def renew_code(session: Session, candidate_id: UUID, *, hasher: CodeHasher) -> IssuedCode:
    """One candidate has a fresh code: the old one is void, and every browser signed in with it is signed out."""
    candidate = session.get(Candidate, candidate_id, with_for_update=True)
    if candidate is None:
        raise NotFound
    sessions.end_sessions_of(session, kind=ActorKind.CANDIDATE, subject_id=candidate_id)
    return _renew(session, [candidate], hasher=hasher)[0]


def _renew(session: Session, candidates: Iterable[Candidate], *, hasher: CodeHasher) -> list[IssuedCode]:
    issued = []
    for candidate in candidates:
        code = random_text(CODE_LENGTH)
        candidate.code_hash = hasher.hash(candidate.id, code)
        candidate.code_issued_at = clock.now()
        issued.append(
            IssuedCode(candidate.id, candidate.number, candidate.full_name, candidate.unit_name, code)
        )
        throttle.forget_failures(session, name=failure_name(candidate.number))
    return issued
