"""The table of decided cut scores."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Numeric, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from exam_service.db import Base, Keyed, one_of


class CutMethod(StrEnum):
    ANGOFF = "angoff"
    BOOKMARK = "bookmark"
    HOFSTEE = "hofstee"
    LEGAL = "legal"


class DecisionState(StrEnum):
    PROPOSED = "proposed"
    CONFIRMED = "confirmed"
    REJECTED = "rejected"


class CutDecision(Keyed, Base):
    """A cut score for one position in one period. Proposed by one person, confirmed by another, then never changed; a
    later decision is the next `version`, and the newest confirmed one counts.

    Constraint `four_eyes` keeps the two apart; trigger `cut_decision_kept` lets nothing be written once the period is
    sealed, and nothing be changed but the settling of a proposal. `recommended_percent` and `findings` are what the
    panel came to; where the council decides otherwise, `reason` says why.
    """

    __tablename__ = "cut_decision"
    __table_args__ = (
        UniqueConstraint("period_id", "position_id", "version"),
        Index(
            "uq_cut_decision_open",
            "period_id",
            "position_id",
            unique=True,
            postgresql_where="state = 'proposed'",
        ),
        CheckConstraint(one_of(CutMethod, "method"), name="method"),
        CheckConstraint(one_of(DecisionState, "state"), name="state"),
        CheckConstraint("cut_percent > 0 AND cut_percent <= 100", name="cut"),
        CheckConstraint("(state = 'proposed') = (settled_at IS NULL)", name="settled"),
        CheckConstraint("state <> 'confirmed' OR settled_by <> decided_by", name="four_eyes"),
    )

    period_id: Mapped[UUID] = mapped_column(ForeignKey("period.id"))
    exam_id: Mapped[UUID] = mapped_column(ForeignKey("exam.id", ondelete="CASCADE"), index=True)
    position_id: Mapped[UUID] = mapped_column(ForeignKey("position.id"))
    version: Mapped[int]
    method: Mapped[str]
    # The panel stands in a feature to the left, whose tables this one does not know.
    panel_id: Mapped[UUID | None] = mapped_column(index=True)
    recommended_percent: Mapped[Decimal | None] = mapped_column(Numeric(6, 3))
    findings: Mapped[list[Any]]  # [{code, vi, en}]
    cut_percent: Mapped[Decimal] = mapped_column(Numeric(6, 3))
    basis: Mapped[str]  # the legal text, or the number of the council's minutes
    reason: Mapped[str]
    state: Mapped[str] = mapped_column(default=DecisionState.PROPOSED.value)
    decided_by: Mapped[UUID] = mapped_column(ForeignKey("account.id"))
    decided_at: Mapped[datetime]
    settled_by: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"))
    settled_at: Mapped[datetime | None]
    settled_reason: Mapped[str] = mapped_column(default="")
