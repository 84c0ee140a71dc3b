"""Tables of the stored question banks."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from exam_service.db import Base, Keyed, one_of
from question_bank.review import ReviewState
from question_bank.taxonomy import CognitiveLevel


class Bank(Keyed, Base):
    """The items of one position, or (without a position) items shared by all, such as kiến thức chung.

    `last_number` is the highest running number given to an item code of this bank; numbers are never given twice.
    `media_quota_mb` is how much room its images have.
    """

    __tablename__ = "bank"

    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    position_id: Mapped[UUID | None] = mapped_column(ForeignKey("position.id"), unique=True)
    last_number: Mapped[int] = mapped_column(default=0, server_default="0")
    media_quota_mb: Mapped[int] = mapped_column(default=200, server_default="200")


class Competency(Keyed, Base):
    """A node of the competency tree; the dotted code gives the place (`KTC.03` is part of `KTC`)."""

    __tablename__ = "competency"

    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    name_en: Mapped[str]


class Item(Keyed, Base):
    """A question with its identity; what it says stands in its versions.

    `draft` is the working copy that its author edits; submitting it freezes a version and empties it. `revision` rises
    with each write of the draft so that two browsers cannot overwrite each other.
    """

    __tablename__ = "item"
    __table_args__ = (
        UniqueConstraint("bank_id", "source_id"),
        CheckConstraint(one_of(ReviewState, "state"), name="state"),
        CheckConstraint(one_of(CognitiveLevel, "level"), name="level"),
    )

    code: Mapped[str] = mapped_column(unique=True)
    bank_id: Mapped[UUID] = mapped_column(ForeignKey("bank.id"), index=True)
    author_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"), index=True)
    source_id: Mapped[str | None]  # where an import found it: re-import updates, never duplicates
    draft: Mapped[dict[str, Any] | None]
    revision: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime] = mapped_column(index=True)
    # What lists filter on, taken from the draft or, without one, from the newest version.
    state: Mapped[str] = mapped_column(index=True)
    type: Mapped[str]
    level: Mapped[str | None]
    competency: Mapped[str | None] = mapped_column(index=True)
    summary: Mapped[str]  # the stem as plain text
    search_text: Mapped[str]  # folded stem, options, code and citations
    semantic_hash: Mapped[str] = mapped_column(index=True)

    bank: Mapped[Bank] = relationship()
    versions: Mapped[list["ItemVersion"]] = relationship(back_populates="item", order_by="ItemVersion.number")


class ItemAuthor(Base):
    """Everybody who wrote any part of an item. Nobody among them may approve a version of it."""

    __tablename__ = "item_author"

    item_id: Mapped[UUID] = mapped_column(ForeignKey("item.id", ondelete="CASCADE"), primary_key=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"), primary_key=True, index=True)


class ItemVersion(Keyed, Base):
    """Immutable content of an item. Only `state` may change, by the steps of `question_bank.review` (trigger
    `item_version_frozen`); at most one version of an item is operational."""

    __tablename__ = "item_version"
    __table_args__ = (
        UniqueConstraint("item_id", "number"),
        Index(
            "uq_item_version_operational",
            "item_id",
            unique=True,
            postgresql_where=text("state = 'operational'"),
        ),
        CheckConstraint(one_of(ReviewState, "state"), name="state"),
    )

    item_id: Mapped[UUID] = mapped_column(ForeignKey("item.id"), index=True)
    number: Mapped[int]
    state: Mapped[str] = mapped_column(index=True)
    body: Mapped[dict[str, Any]]  # question_bank.items.ItemDraft: content, level, competency, citations, …
    type: Mapped[str]
    level: Mapped[str]
    competency: Mapped[str]
    content_hash: Mapped[str] = mapped_column(index=True)
    author_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"))
    created_at: Mapped[datetime]

    item: Mapped[Item] = relationship(back_populates="versions")


class ReviewStep(Keyed, Base):
    """One move of a version through its life cycle, with person and reason. Append-only."""

    __tablename__ = "review_step"

    version_id: Mapped[UUID] = mapped_column(ForeignKey("item_version.id"), index=True)
    from_state: Mapped[str]
    to_state: Mapped[str]
    actor_id: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"))
    reason: Mapped[str]
    at: Mapped[datetime]


class Enemy(Base):
    """Two items that must not meet in one form; stored once, the smaller id first."""

    __tablename__ = "item_enemy"
    __table_args__ = (CheckConstraint("item_id < other_id", name="order"),)

    item_id: Mapped[UUID] = mapped_column(ForeignKey("item.id", ondelete="CASCADE"), primary_key=True)
    other_id: Mapped[UUID] = mapped_column(
        ForeignKey("item.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    reason: Mapped[str]


class ItemOrigin(Keyed, Base):
    """What a package of the native format told of an item's life elsewhere: a record, which approves nothing here.

    `origin_id` is the item's id there, by which a later import of the same item finds it. Append-only.
    """

    __tablename__ = "item_origin"

    item_id: Mapped[UUID] = mapped_column(ForeignKey("item.id", ondelete="CASCADE"), index=True)
    origin_id: Mapped[UUID | None] = mapped_column(index=True)
    bank: Mapped[str]  # its name there
    record: Mapped[dict[str, Any]]  # question_bank.formats.native_json.NativeOrigin
    record_hash: Mapped[str]
    at: Mapped[datetime]


class ItemImport(Keyed, Base):
    """A file of items: the dry run's verdicts, and what became of each row.

    waiting → previewed → committed or discarded. A file waits while it cannot be read for sure: somebody has to
    confirm its encoding or say what its columns hold. `reading` is what was said, `batch_id` is common to files that
    were sent together.
    """

    __tablename__ = "item_import"
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'previewed', 'committed', 'discarded')", name="state"),
    )

    bank_id: Mapped[UUID] = mapped_column(ForeignKey("bank.id"))
    format: Mapped[str]
    file_name: Mapped[str]
    file_hash: Mapped[str]
    file: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    state: Mapped[str] = mapped_column(default="previewed")
    verdicts: Mapped[list[Any]]
    reading: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default=text("'{}'"))
    batch_id: Mapped[UUID | None] = mapped_column(index=True)
    outcome: Mapped[dict[str, Any]]  # notes on the file; committed: created, updated, unchanged, left_out
    created_by: Mapped[UUID] = mapped_column(ForeignKey("account.id"))
    created_at: Mapped[datetime]
    committed_at: Mapped[datetime | None]


class ImportMapping(Keyed, Base):
    """What a person said the columns under some headings hold, remembered for the next file with these headings."""

    __tablename__ = "import_mapping"
    __table_args__ = (UniqueConstraint("bank_id", "account_id", "fingerprint"),)

    bank_id: Mapped[UUID] = mapped_column(ForeignKey("bank.id", ondelete="CASCADE"))
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    fingerprint: Mapped[str]  # question_bank.formats.column_mapping.fingerprint of the headings
    places: Mapped[dict[str, Any]]  # column (from 0) → place code
    used_at: Mapped[datetime]


class ItemSource(Keyed, Base):
    """Where an item came in: the row of an imported file, by whom. Append-only.

    `source` is the original markup of a question that the bank could not hold, `source_format` what it is written in
    and `reason` why; they stay when the item is written anew. Without an import a person or a program sent the markup.
    """

    __tablename__ = "item_source"

    item_id: Mapped[UUID] = mapped_column(ForeignKey("item.id", ondelete="CASCADE"), index=True)
    import_id: Mapped[UUID | None] = mapped_column(ForeignKey("item_import.id"))
    sheet: Mapped[str]
    row: Mapped[int]
    is_new: Mapped[bool]  # the row made the item; else it gave the item a draft
    source_format: Mapped[str | None]
    source: Mapped[str | None]
    reason: Mapped[str | None]
    by_id: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"))
    at: Mapped[datetime]
