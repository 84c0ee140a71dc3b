"""Tables of the tools and the documents that an exam lets its candidates use."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from exam_service.db import Base, Keyed


class ExamTools(Base):
    """The tools of an exam by name (settings.PLAYER_TOOLS); no row: those of the installation.

    Written for every exam when its period is sealed; kept from the opening on (trigger `exam_tools_kept`).
    """

    __tablename__ = "exam_tools"

    exam_id: Mapped[UUID] = mapped_column(ForeignKey("exam.id", ondelete="CASCADE"), primary_key=True)
    tools: Mapped[list[str]]


class ToolChange(Keyed, Base):
    """A change of the tools after the seal, with the reason. Append-only (trigger `tool_change_append_only`)."""

    __tablename__ = "tool_change"
    __table_args__ = (CheckConstraint("reason <> ''", name="reason"),)

    exam_id: Mapped[UUID] = mapped_column(ForeignKey("exam.id"), index=True)
    before: Mapped[list[str]]
    after: Mapped[list[str]]
    reason: Mapped[str]
    changed_by: Mapped[UUID | None]
    changed_by_name: Mapped[str]
    changed_at: Mapped[datetime]


class StatuteContent(Base):
    """What candidates read of one version of a document, named by its SHA-256. Never changed or deleted (trigger
    `statute_content_kept`).

    `packed` is the content (aids.content) as JSON in UTF-8, packed with gzip; the hash is that of the JSON.
    """

    __tablename__ = "statute_content"
    __table_args__ = (CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name="sha256"),)

    sha256: Mapped[str] = mapped_column(primary_key=True)
    packed: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    size: Mapped[int]  # of the JSON, in bytes


class PermittedDocument(Keyed, Base):
    """A document that the candidates of an exam may read during the test, once somebody has looked at it and confirmed.

    Kept as it is once the period is sealed (trigger `permitted_document_sealed`): with the candidate's exam it proves
    which version everybody could use. `figures` counts what was found, `findings` are the sentences that the preview
    showed, as {vi, en}.
    """

    __tablename__ = "permitted_document"
    __table_args__ = (UniqueConstraint("exam_id", "sha256"),)

    exam_id: Mapped[UUID] = mapped_column(ForeignKey("exam.id", ondelete="CASCADE"), index=True)
    sha256: Mapped[str] = mapped_column(ForeignKey("statute_content.sha256"), index=True)
    legal_document_id: Mapped[UUID | None] = mapped_column(ForeignKey("legal_document.id"))
    number: Mapped[str]
    title: Mapped[str]
    issued_on: Mapped[date | None]
    figures: Mapped[dict[str, Any]]
    findings: Mapped[list[Any]]
    file_name: Mapped[str]
    file_sha256: Mapped[str]
    added_by: Mapped[UUID | None]
    added_by_name: Mapped[str]
    added_at: Mapped[datetime]
    confirmed_by_name: Mapped[str | None]
    confirmed_at: Mapped[datetime | None]

    @property
    def is_confirmed(self) -> bool:
        return self.confirmed_at is not None

    @property
    def name(self) -> str:
        return f"{self.number} – {self.title}" if self.number else self.title
