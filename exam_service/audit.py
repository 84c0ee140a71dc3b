"""The audit trail: who did what to which thing, append-only and hash-chained."""

import hashlib
import json
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Identity, Index, insert, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from exam_service import clock
from exam_service.actor import Actor
from exam_service.db import Base, before_commit

FIRST_HASH = "0" * 64
CHAIN_LOCK = 7_361_001  # advisory lock: one writer extends the chain at a time


class AuditRow(Base):
    """One act. Append-only (trigger `audit_row_append_only`); `hash` covers the row and `previous_hash`."""

    __tablename__ = "audit_row"
    __table_args__ = (Index("ix_audit_row_subject", "subject_type", "subject_id"),)

    sequence: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    at: Mapped[datetime]
    actor_kind: Mapped[str]
    actor_id: Mapped[UUID | None]
    actor_name: Mapped[str]
    action: Mapped[str] = mapped_column(index=True)
    subject_type: Mapped[str]
    subject_id: Mapped[str]
    detail: Mapped[dict[str, Any]]
    previous_hash: Mapped[str]
    hash: Mapped[str] = mapped_column(unique=True)


@dataclass(frozen=True)
class Act:
    """An act waiting for the commit of its transaction."""

    at: datetime
    actor: Actor
    action: str
    subject_type: str
    subject_id: str
    detail: dict[str, Any]


def record(
    session: Session, actor: Actor, action: str, subject: tuple[str, object], **detail: object
) -> None:
    """The act is in the audit trail if, and only if, the transaction of `session` commits.

    `action` reads `noun.verb` (`period.seal`), `subject` is (type, id), `detail` must be JSON-able after `str()` of
    unknown types and must hold no secrets and no answer of a candidate.
    """
    plain = json.loads(json.dumps(detail, default=str, ensure_ascii=False))
    act = Act(clock.now(), actor, action, subject[0], str(subject[1]), plain)
    session.info.setdefault("audit", []).append(act)


def chain_hash(previous_hash: str, fields: dict[str, Any]) -> str:
    """SHA-256 over the previous hash and the row's fields as canonical JSON."""
    canonical = json.dumps(fields, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str)
    return hashlib.sha256(f"{previous_hash}\n{canonical}".encode()).hexdigest()


@before_commit
def write_pending(session: Session) -> None:
    """Append the acts of this transaction to the chain; the lock is held only from here to the commit."""
    pending: list[Act] = session.info.get("audit", [])
    if not pending:
        return
    session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": CHAIN_LOCK})
    previous = session.scalar(select(AuditRow.hash).order_by(AuditRow.sequence.desc()).limit(1)) or FIRST_HASH
    rows: list[dict[str, Any]] = []
    for act in pending:
        row: dict[str, Any] = {
            "at": act.at,
            "actor_kind": act.actor.kind.value,
            "actor_id": act.actor.id,
            "actor_name": act.actor.display_name,
            "action": act.action,
            "subject_type": act.subject_type,
            "subject_id": act.subject_id,
            "detail": act.detail,
        }
        made = chain_hash(previous, _hashed_fields(row))
        rows.append({**row, "previous_hash": previous, "hash": made})
        previous = made
    # One INSERT a row, sent together: the identity column must follow the order of the chain.
    session.execute(insert(AuditRow), rows)
    pending.clear()


def _hashed_fields(row: dict[str, Any]) -> dict[str, Any]:
    return {
        **{
            name: row[name]
            for name in ("actor_kind", "actor_name", "action", "subject_type", "subject_id", "detail")
        },
        "at": row["at"].astimezone(UTC).isoformat(),
        "actor_id": str(row["actor_id"]) if row["actor_id"] else None,
    }


def first_broken_link(session: Session) -> int | None:
    """The sequence number of the first row whose hash does not follow from the chain, or None when it is whole."""
    previous = FIRST_HASH
    ordered = select(AuditRow).order_by(AuditRow.sequence).execution_options(yield_per=1000)
    # Leaving early must close the server-side cursor behind the rows.
    with closing(session.scalars(ordered)) as rows:
        for row in rows:
            fields = _hashed_fields(vars(row))
            if row.previous_hash != previous or row.hash != chain_hash(previous, fields):
                return row.sequence
            previous = row.hash
    return None
