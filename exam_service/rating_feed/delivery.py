"""Delivery: waiting events are sent, signed, until they arrive or every retry has failed.

1. Claim a few due deliveries per receiver by moving their `next_try_at` ahead (SKIP LOCKED: workers share
   the work); commit.
2. Send each: exact stored bytes, stable `webhook-id`, fresh timestamp and signature.
3. Write what happened. A worker that dies between 1 and 3 leaves the rows waiting: they are sent again when the lease
   ends, and the receiver knows the id.
"""

import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any
from uuid import UUID

from sqlalchemy import Table, bindparam, insert, or_, select, update
from sqlalchemy.orm import Session, joinedload

from exam_service import clock
from exam_service.actor import SYSTEM
from exam_service.audit import record
from exam_service.db import Database
from exam_service.rating_feed.destinations import Destinations
from exam_service.rating_feed.models import DeliveryState, DeliveryTry, OutboxDelivery, Subscription
from exam_service.rating_feed.sending import BATCH_TIME_S, TIMEOUT_S, Answer, Parcel, send_all

# Source: the example schedule of the Standard Webhooks specification, without its last two days.
RETRY_AFTER_S = (5, 60, 300, 1_800, 7_200, 18_000, 36_000)
# Longer than a batch can take: nobody else sends what is still being sent.
LEASE = timedelta(seconds=BATCH_TIME_S + 2 * TIMEOUT_S + 5)
PUT_OFF = timedelta(seconds=5)
BATCH = 100  # per receiver


def deliver_due(database: Database, *, allowed: Destinations | None = None, limit: int = BATCH) -> int:
    """Send what is due, at most `limit` per receiver; returns how many tries were made (0: nothing is due)."""
    parcels = claim_due(database, limit=limit)
    if not parcels:
        return 0
    answers = send_all(parcels, allowed=allowed or Destinations())
    assert answers, "every lane makes at least one try"
    with database.transaction() as session:
        _write(session, parcels, answers)
    return len(answers)


def claim_due(database: Database, *, limit: int) -> list[Parcel]:
    """Due deliveries of the active subscriptions, leased to this worker; each subscription has its own share."""
    with database.transaction() as session:
        subscriptions = session.scalars(
            select(Subscription).where(Subscription.is_active).order_by(Subscription.id)
        ).all()
        return [
            parcel
            for subscription in subscriptions
            for parcel in _claim_of(session, subscription, limit=limit)
        ]


def _claim_of(session: Session, subscription: Subscription, *, limit: int) -> list[Parcel]:
    at = clock.now()
    rows = session.scalars(
        select(OutboxDelivery)
        .where(
            OutboxDelivery.subscription_id == subscription.id,
            OutboxDelivery.state == DeliveryState.WAITING.value,
            OutboxDelivery.next_try_at <= at,
        )
        .options(joinedload(OutboxDelivery.event))
        .order_by(OutboxDelivery.next_try_at, OutboxDelivery.id)
        .limit(limit)
        .with_for_update(of=OutboxDelivery, skip_locked=True)
    ).all()
    for row in rows:
        row.next_try_at = at + LEASE
    return [
        Parcel(
            delivery_id=row.id,
            event_id=row.event_id,
            subscription_id=subscription.id,
            url=subscription.url,
            secret=subscription.secret,
            body=row.event.body,
            tries=row.tries,
        )
        for row in rows
    ]


def _write(session: Session, parcels: Sequence[Parcel], answers: dict[UUID, Answer]) -> None:
    at = clock.now()
    tried = [(parcel, answers[parcel.delivery_id]) for parcel in parcels if parcel.delivery_id in answers]
    session.execute(
        insert(DeliveryTry),
        [
            {
                "delivery_id": parcel.delivery_id,
                "at": at,
                "status": answer.status,
                "error": answer.error,
                "duration_ms": answer.duration_ms,
            }
            for parcel, answer in tried
        ],
    )
    _apply(session, sorted((after_try(p, answer, at) for p, answer in tried), key=lambda row: row["of_id"]))
    silent = {parcel.subscription_id for parcel, answer in tried if answer.status is None}
    left = [parcel for parcel in parcels if parcel.delivery_id not in answers]
    _put_back(session, [p for p in left if p.subscription_id not in silent], due_at=at)
    _put_back(session, [p for p in left if p.subscription_id in silent], due_at=at + PUT_OFF)
    for gone in {p.subscription_id for p, answer in tried if answer.status == HTTPStatus.GONE}:
        _deactivate(session, gone)


def _put_back(session: Session, parcels: Sequence[Parcel], *, due_at: datetime) -> None:
    """What was claimed and not tried is due at `due_at`; its tries and its last error stay."""
    session.execute(
        update(OutboxDelivery)
        .where(
            OutboxDelivery.id.in_([parcel.delivery_id for parcel in parcels]),
            OutboxDelivery.state == DeliveryState.WAITING.value,
        )
        .values(next_try_at=due_at)
        .execution_options(synchronize_session=False)
    )


def _apply(session: Session, changes: list[dict[str, Any]]) -> None:
    """One statement for all rows, sent in one go. Who outlived its lease overwrites nothing but by "delivered"."""
    table = OutboxDelivery.__table__
    assert isinstance(table, Table)
    session.connection().execute(
        update(table)
        .where(
            table.c.id == bindparam("of_id"),
            table.c.state == DeliveryState.WAITING.value,
            or_(table.c.tries == bindparam("of_tries"), bindparam("state") == DeliveryState.DELIVERED.value),
        )
        .values(
            state=bindparam("state"),
            tries=bindparam("tries"),
            next_try_at=bindparam("next_try_at"),
            delivered_at=bindparam("delivered_at"),
            last_error=bindparam("last_error"),
        ),
        changes,
    )


def _change(
    parcel: Parcel,
    *,
    tries: int,
    next_try_at: datetime,
    state: DeliveryState = DeliveryState.WAITING,
    delivered_at: datetime | None = None,
    last_error: str = "",
) -> dict[str, Any]:
    return {
        "of_id": parcel.delivery_id,
        "of_tries": parcel.tries,
        "state": state.value,
        "tries": tries,
        "next_try_at": next_try_at,
        "delivered_at": delivered_at,
        "last_error": last_error,
    }


def after_try(parcel: Parcel, answer: Answer, at: datetime) -> dict[str, Any]:
    """What becomes of the delivery: delivered, waiting for the next try with back-off and jitter, or parked."""
    tries = parcel.tries + 1
    if answer.is_received:
        return _change(parcel, tries=tries, next_try_at=at, state=DeliveryState.DELIVERED, delivered_at=at)
    error = f"HTTP {answer.status} {answer.error}".strip() if answer.status else answer.error
    if tries > len(RETRY_AFTER_S):
        return _change(parcel, tries=tries, next_try_at=at, state=DeliveryState.PARKED, last_error=error)
    wait_s = max(RETRY_AFTER_S[tries - 1] * random.uniform(1, 1.2), answer.retry_after_s or 0)  # noqa: S311 - jitter
    return _change(parcel, tries=tries, next_try_at=at + timedelta(seconds=wait_s), last_error=error)


def _deactivate(session: Session, subscription_id: UUID) -> None:
    # Source: Standard Webhooks specification: 410 asks never to be called again.
    subscription = session.get_one(Subscription, subscription_id)
    if subscription.is_active:
        subscription.is_active = False
        record(
            session,
            SYSTEM,
            "subscription.active",
            ("subscription", subscription_id),
            is_active=False,
            reason="HTTP 410",
        )
