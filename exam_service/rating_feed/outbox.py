"""The outbox: releasing writes results and their events in one transaction; who subscribes later gets the rest."""

import base64
import secrets
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session
from uuid_utils.compat import uuid7

from exam_service import clock
from exam_service.actor import Actor, Permission
from exam_service.audit import record
from exam_service.errors import Forbidden, Invalid, NotFound, Refusal
from exam_service.rating_feed.events import describe_results, event_body
from exam_service.rating_feed.models import DeliveryState, OutboxDelivery, OutboxEvent, Subscription
from exam_service.results.models import Result
from exam_service.results.service import release_results

BATCH = 500


class NameTaken(Refusal):
    code = "name_taken"
    message = "Đã có nơi nhận tên “%(name)s”. Hãy chọn tên khác."


def release_period(session: Session, actor: Actor, *, period_id: UUID) -> int:
    """The period's results are released and their events wait for delivery; returns how many results.

    One transaction: there is never a released result without its event.
    """
    results = release_results(session, actor, period_id=period_id)
    write_events(session, results)
    return len(results)


def write_events(session: Session, results: list[Result]) -> None:
    """Each result has its event, and each active subscription a waiting delivery of it."""
    subscriptions = session.scalars(select(Subscription.id).where(Subscription.is_active)).all()
    at = clock.now()
    for start in range(0, len(results), BATCH):
        chunk = results[start : start + BATCH]
        event_ids = [uuid7() for _result in chunk]
        described = describe_results(session, [result.id for result in chunk])
        events = [
            {
                "id": event_id,
                "type": f"result.{result.kind}",
                "result_id": result.id,
                "body": event_body(described[result.id], result.kind),
                "created_at": at,
            }
            for event_id, result in zip(event_ids, chunk, strict=True)
        ]
        session.execute(insert(OutboxEvent), events)
        _wait(session, event_ids, subscriptions)


def _wait(session: Session, event_ids: list[UUID], subscription_ids: Sequence[UUID]) -> None:
    at = clock.now()
    rows = [
        {
            "id": uuid7(),
            "event_id": event_id,
            "subscription_id": subscription_id,
            "state": DeliveryState.WAITING.value,
            "tries": 0,
            "next_try_at": at,
            "last_error": "",
        }
        for event_id in event_ids
        for subscription_id in subscription_ids
    ]
    if rows:
        session.execute(insert(OutboxDelivery), rows)


def new_secret() -> str:
    """A fresh signing secret of 32 random bytes. Source: Standard Webhooks specification, "Signature scheme"."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


def subscribe(
    session: Session, actor: Actor, *, name: str, url: str, secret: str | None = None
) -> Subscription:
    """The system receives every event from now on, and those written before it subscribed.

    Raises Forbidden, NameTaken, Invalid (not an http address).
    """
    if not actor.can(Permission.FEED_MANAGE):
        raise Forbidden
    if not url.startswith(("http://", "https://")):
        raise Invalid(field="url", reason="Địa chỉ nhận phải bắt đầu bằng http:// hoặc https://.")
    if session.scalar(select(Subscription.id).where(Subscription.name == name)):
        raise NameTaken(name=name, field="name")
    subscription = Subscription(name=name, url=url, secret=secret or new_secret(), created_at=clock.now())
    session.add(subscription)
    session.flush()  # deliveries refer to it
    _wait(session, list(session.scalars(select(OutboxEvent.id))), [subscription.id])
    record(session, actor, "subscription.create", ("subscription", subscription.id), name=name, url=url)
    return subscription


def redeliver(session: Session, actor: Actor, *, delivery_ids: list[UUID] | None = None) -> int:
    """Parked deliveries (these, or all when None) wait again from now on; returns how many. Raises Forbidden."""
    if not actor.can(Permission.FEED_MANAGE):
        raise Forbidden
    statement = update(OutboxDelivery).where(OutboxDelivery.state == DeliveryState.PARKED.value)
    if delivery_ids is not None:
        statement = statement.where(OutboxDelivery.id.in_(delivery_ids))
    moved = session.scalars(
        statement.values(state=DeliveryState.WAITING.value, tries=0, next_try_at=clock.now()).returning(
            OutboxDelivery.id
        )
    ).all()
    record(session, actor, "delivery.redeliver", ("outbox", "parked"), count=len(moved))
    return len(moved)


def set_active(session: Session, actor: Actor, *, subscription_id: UUID, is_active: bool) -> None:
    """Nothing is sent to an inactive subscription; what waits for it stays waiting. Raises Forbidden, NotFound."""
    if not actor.can(Permission.FEED_MANAGE):
        raise Forbidden
    subscription = session.get(Subscription, subscription_id)
    if subscription is None:
        raise NotFound
    subscription.is_active = is_active
    record(session, actor, "subscription.active", ("subscription", subscription_id), is_active=is_active)
