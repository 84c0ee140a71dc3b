"""The outbox: releasing writes results and their events in one transaction; who subscribes later gets the rest."""

import base64
import secrets
from uuid import UUID

from sqlalchemy import ColumnElement, func, insert, literal, select, true, update
from sqlalchemy.orm import Session
from uuid_utils.compat import uuid7

from exam_service import clock
from exam_service.actor import Actor, Permission
from exam_service.audit import record
from exam_service.errors import Forbidden, Invalid, NotFound, Refusal
from exam_service.i18n import gettext as _
from exam_service.rating_feed.destinations import Destinations
from exam_service.rating_feed.events import describe_results, event_body
from exam_service.rating_feed.models import DeliveryState, OutboxDelivery, OutboxEvent, Subscription
from exam_service.results.models import RESULTS_LOCK, Result
from exam_service.results.service import release_results
from question_bank.text import clean_text

BATCH = 500


class NameTaken(Refusal):
    code = "name_taken"
    message = "Đã có nơi nhận tên “%(name)s”. Hãy chọn tên khác."


def release_period(session: Session, actor: Actor, *, period_id: UUID, run_id: UUID | None = None) -> int:
    """The period's results are released and their events wait for delivery; returns how many results.

    One transaction: there is never a released result without its event. `run_id` is the newest scoring run that the
    officer has seen. Raises Forbidden, NotFound, NotMarked, Stale.
    """
    results = release_results(session, actor, period_id=period_id, run_id=run_id)
    write_events(session, results)
    return len(results)


def write_events(session: Session, results: list[Result]) -> None:
    """Each result has its event, and each subscription (a resting one too) a waiting delivery of it."""
    at = clock.now()
    for start in range(0, len(results), BATCH):
        chunk = results[start : start + BATCH]
        described = describe_results(session, [result.id for result in chunk])
        events = [
            {
                "id": uuid7(),
                "type": f"result.{result.kind}",
                "result_id": result.id,
                "body": event_body(described[result.id], result.kind),
                "created_at": at,
            }
            for result in chunk
        ]
        session.execute(insert(OutboxEvent), events)
        _wait(session, OutboxEvent.id.in_([event["id"] for event in events]))


def _wait(session: Session, condition: ColumnElement[bool]) -> None:
    """A waiting delivery for every pair of event and subscription that meets `condition`: one INSERT … SELECT."""
    pairs = (
        select(
            func.uuidv7(),
            OutboxEvent.id,
            Subscription.id,
            literal(DeliveryState.WAITING.value),
            literal(0),
            literal(clock.now()),
            literal(""),
        )
        .select_from(OutboxEvent)
        .join(Subscription, true())
        .where(condition)
    )
    columns = ["id", "event_id", "subscription_id", "state", "tries", "next_try_at", "last_error"]
    session.execute(insert(OutboxDelivery).from_select(columns, pairs))


def new_secret() -> str:
    """A fresh signing secret of 32 random bytes. Source: Standard Webhooks specification, "Signature scheme"."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


def subscribe(
    session: Session,
    actor: Actor,
    *,
    name: str,
    url: str,
    secret: str | None = None,
    allowed: Destinations | None = None,
) -> Subscription:
    """The system receives every event from now on, and those written before it subscribed.

    Raises Forbidden, NameTaken, Invalid (no name), BadDestination (not an address that `allowed` lets through).
    """
    if not actor.can(Permission.FEED_MANAGE):
        raise Forbidden
    name, url = clean_text(name), url.strip()
    if not name:
        raise Invalid(field="name", reason=_("Hãy đặt tên cho nơi nhận."))
    (allowed or Destinations()).check_url(url)
    if session.scalar(select(Subscription.id).where(func.lower(Subscription.name) == name.lower())):
        raise NameTaken(name=name, field="name")
    # A release that is being committed, or that waits behind us, meets this subscription on one side or the other.
    session.execute(select(func.pg_advisory_xact_lock(RESULTS_LOCK)))
    subscription = Subscription(
        name=name, url=url, secret=secret or new_secret(), is_active=True, created_at=clock.now()
    )
    session.add(subscription)
    session.flush()  # deliveries refer to it
    _wait(session, Subscription.id == subscription.id)
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
    if moved:
        record(session, actor, "delivery.redeliver", ("outbox", "parked"), count=len(moved))
    return len(moved)


def set_active(session: Session, actor: Actor, *, subscription_id: UUID, is_active: bool) -> Subscription:
    """Nothing is sent to an inactive subscription; what waits for it stays waiting, and goes out when it is active
    again. Raises Forbidden, NotFound.
    """
    if not actor.can(Permission.FEED_MANAGE):
        raise Forbidden
    subscription = session.get(Subscription, subscription_id)
    if subscription is None:
        raise NotFound
    if subscription.is_active != is_active:
        subscription.is_active = is_active
        record(session, actor, "subscription.active", ("subscription", subscription_id), is_active=is_active)
    return subscription
