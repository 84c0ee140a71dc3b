"""Tables of likeness: what each item is compared by, the pairs that are alike, and the families of clones."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, CheckConstraint, ForeignKey, Index, Integer, SmallInteger, String
from sqlalchemy.dialects.postgresql import BIT
from sqlalchemy.orm import Mapped, mapped_column

from exam_service.bank.similar.sketch import BITS
from exam_service.db import Base, one_of
from question_bank.similarity import LikenessKind


class PairDecision(StrEnum):
    """What a person decided about two items that are alike."""

    DIFFERENT = "different"
    FAMILY = "family"
    ENEMIES = "enemies"
    ONE_RETIRED = "one_retired"


class ItemSignature(Base):
    """What an item is compared by, always that of its current words (`question_bank.similarity.Signature`).

    `grams` is searched by the GIN index, and `sketch` tells most of what it finds apart; `recipe` tells a signature of
    an older making, which a job makes again.
    """

    __tablename__ = "item_signature"
    __table_args__ = (
        # A pending list would be read whole by every search after an import.
        Index(
            "ix_item_signature_grams", "grams", postgresql_using="gin", postgresql_with={"fastupdate": "off"}
        ),
    )

    item_id: Mapped[UUID] = mapped_column(ForeignKey("item.id", ondelete="CASCADE"), primary_key=True)
    recipe: Mapped[int] = mapped_column(SmallInteger)
    signed_at: Mapped[datetime] = mapped_column(index=True)
    stem_hash: Mapped[int] = mapped_column(BigInteger, index=True)
    options_hash: Mapped[int | None] = mapped_column(BigInteger, index=True)
    word_count: Mapped[int]
    grams: Mapped[list[int]] = mapped_column(ARRAY(Integer))
    sketch: Mapped[str] = mapped_column(BIT(BITS))
    stem: Mapped[str]
    options: Mapped[list[str]] = mapped_column(ARRAY(String))
    keyed: Mapped[list[str] | None] = mapped_column(ARRAY(String))


class SimilarPair(Base):
    """Two items that are alike; stored once, the smaller id first.

    Undecided pairs follow the words of their items; a decided pair stays, so that nobody is asked twice.
    """

    __tablename__ = "similar_pair"
    __table_args__ = (
        CheckConstraint("item_id < other_id", name="order"),
        CheckConstraint(one_of(LikenessKind, "kind"), name="kind"),
        CheckConstraint(one_of(PairDecision, "decision"), name="decision"),
        CheckConstraint("(decision IS NULL) = (decided_at IS NULL)", name="decided"),
    )

    item_id: Mapped[UUID] = mapped_column(ForeignKey("item.id", ondelete="CASCADE"), primary_key=True)
    other_id: Mapped[UUID] = mapped_column(
        ForeignKey("item.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    kind: Mapped[str]
    score_permille: Mapped[int] = mapped_column(SmallInteger)
    has_conflict: Mapped[bool]
    decision: Mapped[str | None]
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"))
    decided_at: Mapped[datetime | None]


class ItemFamily(Base):
    """Clones of one question, of which a form holds at most one; a family has two members or more."""

    __tablename__ = "item_family"

    item_id: Mapped[UUID] = mapped_column(ForeignKey("item.id", ondelete="CASCADE"), primary_key=True)
    family_id: Mapped[UUID] = mapped_column(index=True)
