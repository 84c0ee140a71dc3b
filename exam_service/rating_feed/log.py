"""The delivery log: what waits, what arrived, what failed, and every try of it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import Select, false, func, select
from sqlalchemy.orm import Session

from exam_service.actor import Actor, Permission
from exam_service.errors import NotFound
from exam_service.rating_feed.models import (
    DeliveryState,
    DeliveryTry,
    OutboxDelivery,
    OutboxEvent,
    Subscription,
)


@dataclass(frozen=True)
class SubscriptionLine:
    """A subscription with its deliveries counted by state."""

    subscription: Subscription
    counts: dict[str, int] = field(default_factory=dict)

    def count(self, state: str) -> int:
        return self.counts.get(state, 0)


@dataclass(frozen=True)
class DeliveryRecord:
    """One delivery with its event, its receiver and every try, newest first."""

    delivery: OutboxDelivery
    event: OutboxEvent
    subscription: Subscription
    tries: Sequence[DeliveryTry]


def subscriptions_visible_to(actor: Actor) -> Select[Subscription]:
    statement = select(Subscription).order_by(Subscription.name)
    return statement if actor.can(Permission.FEED_VIEW) else statement.where(false())


def deliveries_visible_to(actor: Actor) -> Select[OutboxDelivery, OutboxEvent, Subscription]:
    """(OutboxDelivery, OutboxEvent, Subscription): nothing for who may not see the feed."""
    statement = (
        select(OutboxDelivery, OutboxEvent, Subscription)
        .join(OutboxEvent, OutboxEvent.id == OutboxDelivery.event_id)
        .join(Subscription, Subscription.id == OutboxDelivery.subscription_id)
    )
    return statement if actor.can(Permission.FEED_VIEW) else statement.where(false())


def list_subscriptions(session: Session, actor: Actor) -> list[SubscriptionLine]:
    counts: dict[UUID, dict[str, int]] = {}
    for subscription_id, state, count in session.execute(
        select(OutboxDelivery.subscription_id, OutboxDelivery.state, func.count()).group_by(
            OutboxDelivery.subscription_id, OutboxDelivery.state
        )
    ):
        counts.setdefault(subscription_id, {})[state] = count
    return [
        SubscriptionLine(subscription, counts.get(subscription.id, {}))
        for subscription in session.scalars(subscriptions_visible_to(actor))
    ]


def find_deliveries(
    actor: Actor, *, state: DeliveryState | None = None, subscription_id: UUID | None = None
) -> Select[OutboxDelivery, OutboxEvent, Subscription]:
    """Deliveries of one state and one receiver (None: all), the newest event first."""
    statement = deliveries_visible_to(actor)
    if state is not None:
        statement = statement.where(OutboxDelivery.state == state.value)
    if subscription_id is not None:
        statement = statement.where(OutboxDelivery.subscription_id == subscription_id)
    return statement.order_by(OutboxEvent.created_at.desc(), OutboxDelivery.id.desc())


def get_subscription(session: Session, actor: Actor, subscription_id: UUID) -> Subscription:
    """Raises NotFound."""
    found = session.scalar(subscriptions_visible_to(actor).where(Subscription.id == subscription_id))
    if found is None:
        raise NotFound
    return found


def get_delivery(session: Session, actor: Actor, delivery_id: UUID) -> DeliveryRecord:
    """Raises NotFound."""
    found = session.execute(
        deliveries_visible_to(actor).where(OutboxDelivery.id == delivery_id)
    ).one_or_none()
    if found is None:
        raise NotFound
    delivery, event, subscription = found
    tries = session.scalars(
        select(DeliveryTry).where(DeliveryTry.delivery_id == delivery_id).order_by(DeliveryTry.id.desc())
    ).all()
    return DeliveryRecord(delivery, event, subscription, tries)
