"""Tables of the bank as a working place."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from exam_service.db import Base, Keyed


class SavedView(Keyed, Base):
    """The address of a list under a name; shared ones are seen by everybody who may see the bank they look at."""

    __tablename__ = "saved_view"
    __table_args__ = (
        UniqueConstraint("account_id", "name"),
        CheckConstraint("bank_id IS NOT NULL OR NOT is_shared", name="shared"),
    )

    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"))
    bank_id: Mapped[UUID | None] = mapped_column(ForeignKey("bank.id"), index=True)
    name: Mapped[str]
    query: Mapped[str]
    is_shared: Mapped[bool]
    created_at: Mapped[datetime]


class ItemComment(Keyed, Base):
    """What somebody of the staff said about an item while it stood as a version (None: as a draft).

    An answer names the first comment of its thread in `thread_id`; the first comment carries who settled the thread.
    """

    __tablename__ = "item_comment"
    __table_args__ = (
        CheckConstraint("(resolved_at IS NULL) = (resolved_by IS NULL)", name="resolved"),
        CheckConstraint("thread_id IS NULL OR resolved_at IS NULL", name="first"),
    )

    item_id: Mapped[UUID] = mapped_column(ForeignKey("item.id", ondelete="CASCADE"), index=True)
    version_id: Mapped[UUID | None] = mapped_column(ForeignKey("item_version.id"))
    thread_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("item_comment.id", ondelete="CASCADE"), index=True
    )
    author_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"))
    text: Mapped[str]
    created_at: Mapped[datetime]
    resolved_at: Mapped[datetime | None]
    resolved_by: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"))
