"""Tables of the panels that set cut scores."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Numeric
from sqlalchemy.orm import Mapped, mapped_column, relationship

from exam_service.db import Base, Keyed, one_of
from exam_service.periods.models import Exam


class PanelMethod(StrEnum):
    ANGOFF = "angoff"
    BOOKMARK = "bookmark"
    HOFSTEE = "hofstee"


class CutPanel(Keyed, Base):
    """A panel of judges for the cut score of an exam. Its rounds are numbered from 1; the newest is open until
    somebody closes it. Trigger `cut_panel_kept` (and its likes on the tables below) lets nothing be written once the
    period is sealed.
    """

    __tablename__ = "cut_panel"
    __table_args__ = (CheckConstraint(one_of(PanelMethod, "method"), name="method"),)

    exam_id: Mapped[UUID] = mapped_column(ForeignKey("exam.id", ondelete="CASCADE"), index=True)
    position_ids: Mapped[list[str]]
    method: Mapped[str]
    borderline: Mapped[str]  # what the panel means by a candidate who only just passes
    place: Mapped[str]
    held_on: Mapped[date]
    opened_by: Mapped[UUID] = mapped_column(ForeignKey("account.id"))
    opened_at: Mapped[datetime]

    exam: Mapped[Exam] = relationship()
    members: Mapped[list["PanelMember"]] = relationship(
        order_by="PanelMember.place", cascade="all, delete-orphan"
    )
    items: Mapped[list["PanelItem"]] = relationship(order_by="PanelItem.place", cascade="all, delete-orphan")
    rounds: Mapped[list["PanelRound"]] = relationship(
        order_by="PanelRound.number", cascade="all, delete-orphan"
    )


class PanelMember(Base):
    """A judge; the name is copied, so that the minutes say who sat there that day."""

    __tablename__ = "cut_panel_member"

    panel_id: Mapped[UUID] = mapped_column(ForeignKey("cut_panel.id", ondelete="CASCADE"), primary_key=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"), primary_key=True, index=True)
    place: Mapped[int]
    name: Mapped[str]


class PanelItem(Base):
    """An item of the form that the judges look at; `difficulty` in logits where the bank knows it from data."""

    __tablename__ = "cut_panel_item"

    panel_id: Mapped[UUID] = mapped_column(ForeignKey("cut_panel.id", ondelete="CASCADE"), primary_key=True)
    place: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[UUID] = mapped_column(ForeignKey("item_version.id"))
    points: Mapped[Decimal] = mapped_column(Numeric(8, 3))
    difficulty: Mapped[float | None]


class PanelRound(Base):
    """One round. `outcome` is what the judgements came to when it was closed, as figures; fixed from then on."""

    __tablename__ = "cut_panel_round"

    panel_id: Mapped[UUID] = mapped_column(ForeignKey("cut_panel.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"))
    outcome: Mapped[dict[str, Any] | None]


class PanelRating(Base):
    """What one judge says of one mark (an item's place, a page, a bound) in one round; theirs to change while it is
    open (trigger `cut_panel_rating_open`)."""

    __tablename__ = "cut_panel_rating"

    panel_id: Mapped[UUID] = mapped_column(ForeignKey("cut_panel.id", ondelete="CASCADE"), primary_key=True)
    round: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"), primary_key=True)
    mark: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[Decimal] = mapped_column(Numeric(7, 3))
    rated_at: Mapped[datetime]
