"""Tables of the register of legal documents, of what changes did to items, and of where items cite."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Computed, ForeignKey, Index, UniqueConstraint
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column, relationship

from exam_service.db import Base, Keyed, one_of
from question_bank.legal.documents import ChangeKind


class LegalDocument(Keyed, Base):
    """A document of the register. Numbers of localities repeat, so issuer and day belong to what is unique.

    `in_force_to` is the first day on which it is no longer in force; once registered it is set by a change only.
    """

    __tablename__ = "legal_document"
    __table_args__ = (
        UniqueConstraint("number_key", "issuer", "issued_on", postgresql_nulls_not_distinct=True),
        CheckConstraint("in_force_to > in_force_from", name="dates"),
        Index("ix_legal_document_search_vector", "search_vector", postgresql_using="gin"),
    )

    number: Mapped[str]
    number_key: Mapped[str] = mapped_column(index=True)  # question_bank.citations.document_key
    type: Mapped[str] = mapped_column(index=True)
    issuer: Mapped[str]
    title: Mapped[str]
    short_title: Mapped[str]
    issued_on: Mapped[date | None]
    in_force_from: Mapped[date | None]
    in_force_to: Mapped[date | None]
    notes: Mapped[str]
    search_text: Mapped[str]  # folded number, titles and issuer
    search_vector: Mapped[Any] = mapped_column(
        TSVECTOR, Computed("to_tsvector('simple', search_text)", persisted=True)
    )
    revision: Mapped[int] = mapped_column(default=1)
    created_by: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"))
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class LegalRelation(Keyed, Base):
    """What one document (`by_id`; null where a term simply ends) does to another. Never changed or deleted (trigger
    `legal_relation_kept`) but for `applied_at`, set once when the items that cite it have been suspended.

    `places` lists the articles, clauses and points; empty means the whole document. A row whose `undoes_id` names
    another takes that one back from `recorded_at` on; both stay.
    """

    __tablename__ = "legal_relation"
    __table_args__ = (
        CheckConstraint(one_of(ChangeKind, "kind"), name="kind"),
        CheckConstraint("by_id <> target_id", name="other"),
        CheckConstraint("effective_to > effective_on", name="dates"),
    )

    kind: Mapped[str]
    target_id: Mapped[UUID] = mapped_column(ForeignKey("legal_document.id"), index=True)
    by_id: Mapped[UUID | None] = mapped_column(ForeignKey("legal_document.id"), index=True)
    places: Mapped[list[Any]]  # {article, clause, point}
    effective_on: Mapped[date | None]
    effective_to: Mapped[date | None]
    note: Mapped[str]
    undoes_id: Mapped[UUID | None] = mapped_column(ForeignKey("legal_relation.id"), unique=True)
    recorded_by: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"))
    recorded_at: Mapped[datetime] = mapped_column(index=True)
    applied_at: Mapped[datetime | None]

    target: Mapped[LegalDocument] = relationship(foreign_keys=[target_id])
    by: Mapped[LegalDocument | None] = relationship(foreign_keys=[by_id])


class LegalSuspension(Base):
    """A version that a change suspended: why it stands in its author's work list. Append-only (trigger
    `legal_suspension_append_only`)."""

    __tablename__ = "legal_suspension"

    relation_id: Mapped[UUID] = mapped_column(ForeignKey("legal_relation.id"), primary_key=True)
    version_id: Mapped[UUID] = mapped_column(ForeignKey("item_version.id"), primary_key=True, index=True)
    from_state: Mapped[str]
    at: Mapped[datetime]


class ItemCitation(Keyed, Base):
    """A place that an item cites: in its draft (`version_id` null) or in a version. Follows the item on every save."""

    __tablename__ = "item_citation"
    __table_args__ = (Index("ix_item_citation_document_key", "document_key", "article"),)

    item_id: Mapped[UUID] = mapped_column(ForeignKey("item.id", ondelete="CASCADE"), index=True)
    version_id: Mapped[UUID | None] = mapped_column(ForeignKey("item_version.id"), index=True)
    document_key: Mapped[str | None]
    title_key: Mapped[str | None] = mapped_column(index=True)
    article: Mapped[str]
    clause: Mapped[str]
    point: Mapped[str]
