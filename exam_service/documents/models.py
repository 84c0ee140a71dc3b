"""Tables of issued documents: the number series, the documents, and every print of them."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from exam_service.db import Base, Keyed, one_of


class DocumentSeries(Base):
    """The last number given under a symbol (BB-HĐSH) in a year. The row's lock makes callers take turns, and a number
    taken by a transaction that fails goes back with it: no gaps, no doubles."""

    __tablename__ = "document_series"
    __table_args__ = (CheckConstraint("last_number > 0", name="last_number"),)

    symbol: Mapped[str] = mapped_column(primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True)
    last_number: Mapped[int]


class IssuedDocument(Keyed, Base):
    """A document with its number. Append-only (trigger `issued_document_append_only`): a correction is a new document
    with the next `version` about the same subject.

    `content` is the whole sheet (official.sheet.Sheet), `content_hash` its SHA-256, printed at the foot of each page.
    `subject_id` is what it is about: a period, a sitting, a violation, an incident, a panel.
    """

    __tablename__ = "issued_document"
    __table_args__ = (
        UniqueConstraint("symbol", "year", "number"),
        UniqueConstraint("kind", "subject_id", "version"),
        CheckConstraint("version > 0", name="version"),
        CheckConstraint("version = 1 OR reason <> ''", name="reason"),
    )

    kind: Mapped[str]
    subject_id: Mapped[UUID]
    version: Mapped[int]
    period_id: Mapped[UUID] = mapped_column(ForeignKey("period.id"), index=True)
    sitting_id: Mapped[UUID | None] = mapped_column(ForeignKey("sitting.id"), index=True)
    symbol: Mapped[str]
    year: Mapped[int]
    number: Mapped[int]
    title: Mapped[str]
    typed: Mapped[dict[str, Any]]  # the lines that whoever issued it added to the facts
    content: Mapped[dict[str, Any]] = mapped_column(deferred=True)
    content_hash: Mapped[str] = mapped_column(unique=True)
    reason: Mapped[str] = mapped_column(default="")  # why the version before was not right
    issued_by: Mapped[UUID | None]
    issued_by_name: Mapped[str]
    issued_at: Mapped[datetime]

    @property
    def full_number(self) -> str:
        return f"{self.number:02d}/{self.symbol}"


class PrintFormat(StrEnum):
    PDF = "pdf"
    WORD = "docx"


class DocumentPrint(Base):
    """One print of a document, counted from 1. Append-only (trigger `document_print_append_only`)."""

    __tablename__ = "document_print"
    __table_args__ = (CheckConstraint(one_of(PrintFormat, "format"), name="format"),)

    document_id: Mapped[UUID] = mapped_column(ForeignKey("issued_document.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    format: Mapped[str]
    printed_by: Mapped[UUID | None]
    printed_by_name: Mapped[str]
    printed_at: Mapped[datetime]
