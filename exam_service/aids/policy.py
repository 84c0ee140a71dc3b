"""What the player is told of an exam: its tools and its permitted documents; and what the seal makes of them."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from fastapi import FastAPI
from sqlalchemy import select
from sqlalchemy.orm import Session

from exam_service import audit
from exam_service.actor import Actor
from exam_service.aids.documents import documents_of, sizes_of
from exam_service.aids.tools import CHANGEABLE, settle_tools, tools_of
from exam_service.periods.models import Exam
from exam_service.settings import Settings

STATUTES = "statutes"
MOST_KEPT = 200


class ExamAids:
    """What the exams allow, kept by each process once it can no longer change: every player asks for it."""

    def __init__(self, default: Sequence[str]) -> None:
        self._default = list(default)
        self._kept: dict[UUID, dict[str, Any]] = {}

    def policy(self, session: Session, exam_id: UUID, *, state: str) -> dict[str, Any]:
        """`{tools: [name], statutes: [{sha256, number, title, issued_on, articles, size}]}`; `state`: the period's."""
        found = self._kept.get(exam_id)
        if found is None:
            found = policy_of(session, exam_id, default=self._default)
            if state not in CHANGEABLE:
                while len(self._kept) >= MOST_KEPT:
                    self._kept.pop(next(iter(self._kept)))
                self._kept[exam_id] = found
        return found


def aids_of(app: FastAPI) -> ExamAids:
    """The one of this process."""
    found: ExamAids | None = getattr(app.state, "exam_aids", None)
    if found is None:
        settings: Settings = app.state.settings
        found = app.state.exam_aids = ExamAids(settings.tools)
    return found


def policy_of(session: Session, exam_id: UUID, *, default: Sequence[str]) -> dict[str, Any]:
    """As `ExamAids.policy`, read now."""
    tools = tools_of(session, [exam_id], default=default)[exam_id]
    documents = documents_of(session, [exam_id], only_confirmed=True)[exam_id] if STATUTES in tools else ()
    sizes = sizes_of(session, {document.sha256 for document in documents})
    return {
        "tools": tools,
        "statutes": [
            {
                "sha256": document.sha256,
                "number": document.number,
                "title": document.title,
                "issued_on": document.issued_on.isoformat() if document.issued_on else None,
                "articles": document.figures.get("article", 0),
                "size": sizes[document.sha256],
            }
            for document in documents
        ],
    }


def seal_aids(session: Session, actor: Actor, period_id: UUID, *, default: Sequence[str]) -> None:
    """The tools of every exam are written down, and the audit trail names tools and documents by their hashes."""
    settle_tools(session, period_id, default=default)
    session.flush()
    exams = session.execute(
        select(Exam.id, Exam.code).where(Exam.period_id == period_id).order_by(Exam.code)
    ).all()
    exam_ids = [exam_id for exam_id, _code in exams]
    tools = tools_of(session, exam_ids, default=default)
    documents = documents_of(session, exam_ids, only_confirmed=True)
    sealed = {
        code: {"tools": tools[exam_id], "statutes": [one.sha256 for one in documents[exam_id]]}
        for exam_id, code in exams
    }
    audit.record(session, actor, "period.seal_aids", ("period", period_id), exams=sealed)
