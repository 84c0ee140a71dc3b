"""Tables of what lists filter on beside the columns of an item."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Identity, Index, String, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY, DATEMULTIRANGE, TSVECTOR, Range
from sqlalchemy.orm import Mapped, mapped_column

from exam_service.db import Base


class ItemFacet(Base):
    """What the item as it stands now (its draft, else its current version) is filtered by; narrow, so that counting
    over a whole bank reads little.

    `usable` holds every day on which each cited place is law as the item says, as assembly asks it: nothing has to be
    written when a day passes. `changes_on` is the last day on which a recorded change of a cited place takes effect
    that nobody has checked the item against. `answers` is that of the version with most answers of released results.
    """

    __tablename__ = "item_facet"
    __table_args__ = (Index("ix_item_facet_tags", "tags", postgresql_using="gin"),)

    item_id: Mapped[UUID] = mapped_column(ForeignKey("item.id", ondelete="CASCADE"), primary_key=True)
    tags: Mapped[list[str]] = mapped_column(ARRAY(String))
    has_basis: Mapped[bool]
    usable: Mapped[list[Range[date]]] = mapped_column(DATEMULTIRANGE)
    changes_on: Mapped[date | None]
    answers: Mapped[int] = mapped_column(default=0, server_default=text("0"))


class FacetGroup(Base):
    """A combination of what lists filter on that items have or had; empty texts stand for nothing said.

    Counting by one number takes a third of the time that counting by six columns does.
    """

    __tablename__ = "facet_group"
    __table_args__ = (UniqueConstraint("bank_id", "competency", "level", "type", "state", "author_id"),)

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    bank_id: Mapped[UUID]
    competency: Mapped[str]
    level: Mapped[str]
    type: Mapped[str]
    state: Mapped[str]
    author_id: Mapped[UUID]


class ItemSearch(Base):
    """The words of an item as they stand now and its facets. Triggers on `item` write it, nothing else does.

    Apart from the items because searching for a word that most items hold reads a row of each.
    """

    __tablename__ = "item_search"
    __table_args__ = (Index("ix_item_search_words", "words", postgresql_using="gin"),)

    item_id: Mapped[UUID] = mapped_column(ForeignKey("item.id", ondelete="CASCADE"), primary_key=True)
    group_id: Mapped[int] = mapped_column(ForeignKey("facet_group.id"), index=True)
    words: Mapped[Any] = mapped_column(TSVECTOR)


class ItemUse(Base):
    """A version that papers of a period held which is over. What is still to be sat is never in this table.

    Periods stand above the bank, so they write these rows; code and name are kept as they were. `answers` is null until
    the results of the period are released.
    """

    __tablename__ = "item_use"

    version_id: Mapped[UUID] = mapped_column(
        ForeignKey("item_version.id", ondelete="CASCADE"), primary_key=True
    )
    period_id: Mapped[UUID] = mapped_column(primary_key=True, index=True)
    item_id: Mapped[UUID] = mapped_column(ForeignKey("item.id", ondelete="CASCADE"), index=True)
    period_code: Mapped[str]
    period_name: Mapped[str]
    sealed_at: Mapped[datetime | None]
    answers: Mapped[int | None]
