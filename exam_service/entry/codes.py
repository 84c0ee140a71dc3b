"""The access code of a sitting: announced in the room, typed once by each candidate.

It is derived from the service's secret, the sitting and a counter, so it stands in no table and no backup.
"""

import hashlib
import hmac
from datetime import timedelta
from uuid import UUID

from fastapi import Request
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from exam_service import audit
from exam_service.actor import Actor
from exam_service.entry.models import SittingCode
from exam_service.settings import Settings

DIGITS = 6
SHOWN_BEFORE = timedelta(minutes=30)
"""So long before the start the room sees its code."""


class SittingCodes:
    """Makes the codes of an installation."""

    def __init__(self, secret: str) -> None:
        self._key = hashlib.sha256(f"sitting-code:{secret}".encode()).digest()

    def code(self, sitting_id: UUID, generation: int) -> str:
        """Six digits."""
        digest = hmac.new(self._key, f"{sitting_id}:{generation}".encode(), hashlib.sha256).digest()
        return f"{int.from_bytes(digest[:8]) % 10**DIGITS:0{DIGITS}d}"

    def is_right(self, sitting_id: UUID, generation: int, typed: str) -> bool:
        """Whether `typed` is the code; blanks between the digits do not count."""
        plain = "".join(typed.split()).encode(errors="replace")
        return hmac.compare_digest(plain, self.code(sitting_id, generation).encode())


def sitting_codes_of(request: Request) -> SittingCodes:
    settings: Settings = request.app.state.settings
    return SittingCodes(settings.signing_secret())


def generation_of(session: Session, sitting_id: UUID) -> int:
    """Which code of the sitting holds, from 1."""
    row = session.get(SittingCode, sitting_id)
    return 1 if row is None else row.generation


def renew_sitting_code(session: Session, actor: Actor, sitting_id: UUID) -> int:
    """The sitting has another code; who has entered stays. The caller has checked that `actor` may."""
    statement = (
        insert(SittingCode)
        .values(sitting_id=sitting_id, generation=2)
        .on_conflict_do_update(
            index_elements=[SittingCode.sitting_id], set_={"generation": SittingCode.generation + 1}
        )
        .returning(SittingCode.generation)
    )
    generation = session.execute(statement).scalar_one()
    audit.record(session, actor, "sitting.renew_code", ("sitting", sitting_id), generation=generation)
    return generation
