"""Tables of images: those of the banks, where they are used, and those of imports that wait for a decision."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from exam_service.db import Base


class Media(Base):
    """An image of a bank under the name that its content gives it (`question_bank.media.clean_image`).

    Stored once per bank, however often it is uploaded. Its bytes never change (trigger `media_frozen`), and it cannot
    be deleted while a draft or any version of an item shows it (`MediaUse`).
    """

    __tablename__ = "media"
    __table_args__ = (
        CheckConstraint("size = octet_length(data)", name="size"),
        CheckConstraint("width > 0 AND height > 0", name="sides"),
        Index("ix_media_name", "name"),
    )

    bank_id: Mapped[UUID] = mapped_column(ForeignKey("bank.id"), primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    media_type: Mapped[str]
    data: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    size: Mapped[int]  # bytes
    width: Mapped[int]  # CSS pixels
    height: Mapped[int]
    created_by: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"))
    created_at: Mapped[datetime]


class MediaUse(Base):
    """An item whose draft or versions show an image; kept by triggers of `item` and `item_version`, never by hand."""

    __tablename__ = "media_use"
    __table_args__ = (
        ForeignKeyConstraint(["bank_id", "name"], ["media.bank_id", "media.name"]),
        Index("ix_media_use_bank_id_name", "bank_id", "name"),
    )

    item_id: Mapped[UUID] = mapped_column(ForeignKey("item.id", ondelete="CASCADE"), primary_key=True)
    bank_id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)


class ImportMedia(Base):
    """An image found in a file that is being imported, from its dry run until it is committed or discarded."""

    __tablename__ = "import_media"

    import_id: Mapped[UUID] = mapped_column(
        ForeignKey("item_import.id", ondelete="CASCADE"), primary_key=True
    )
    name: Mapped[str] = mapped_column(primary_key=True)
    media_type: Mapped[str]
    data: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    width: Mapped[int]
    height: Mapped[int]
