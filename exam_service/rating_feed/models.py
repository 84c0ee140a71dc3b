"""Tables of the outbox and its deliveries."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    LargeBinary,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from exam_service.db import Base, Keyed, one_of


class DeliveryState(StrEnum):
    WAITING = "waiting"
    DELIVERED = "delivered"
    PARKED = "parked"  # every retry failed: a person looks and redelivers


class Subscription(Keyed, Base):
    """A system that receives result events, signed with its secret."""

    __tablename__ = "subscription"

    name: Mapped[str] = mapped_column(unique=True)
    url: Mapped[str]
    secret: Mapped[str]  # whsec_…; needed in clear to sign
    is_active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]


class OutboxEvent(Keyed, Base):
    """An event, written in the transaction of the release. `body` is sent byte for byte, on every try."""

    __tablename__ = "outbox_event"

    type: Mapped[str]
    result_id: Mapped[UUID] = mapped_column(ForeignKey("result.id"), unique=True)
    body: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime]


class OutboxDelivery(Keyed, Base):
    """One event on its way to one subscription; the state here is the truth, a job is only a hint."""

    __tablename__ = "outbox_delivery"
    __table_args__ = (
        UniqueConstraint("event_id", "subscription_id"),
        CheckConstraint(one_of(DeliveryState, "state"), name="state"),
        Index(
            "ix_outbox_delivery_due",
            "subscription_id",
            "next_try_at",
            postgresql_where=text("state = 'waiting'"),
        ),
    )

    event_id: Mapped[UUID] = mapped_column(ForeignKey("outbox_event.id"))
    subscription_id: Mapped[UUID] = mapped_column(ForeignKey("subscription.id"), index=True)
    state: Mapped[str] = mapped_column(default=DeliveryState.WAITING.value)
    tries: Mapped[int] = mapped_column(default=0)
    next_try_at: Mapped[datetime]
    delivered_at: Mapped[datetime | None]
    last_error: Mapped[str] = mapped_column(default="")

    event: Mapped[OutboxEvent] = relationship()
    subscription: Mapped[Subscription] = relationship()


class DeliveryTry(Base):
    """One HTTP try. Append-only."""

    __tablename__ = "delivery_try"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    delivery_id: Mapped[UUID] = mapped_column(ForeignKey("outbox_delivery.id"), index=True)
    at: Mapped[datetime]
    status: Mapped[int | None]  # HTTP status, None when nobody answered
    error: Mapped[str]
    duration_ms: Mapped[int]
