"""Delivery: waiting events are sent, signed, until they arrive or every retry has failed.

1. Claim a few due deliveries by moving their `next_try_at` ahead (SKIP LOCKED: workers share the work); commit.
2. Send each: exact stored bytes, stable `webhook-id`, fresh timestamp and signature.
3. Write what happened. A worker that dies between 1 and 3 leaves the row waiting: it is sent again when its lease
   ends, and the receiver knows the id.
"""

import random
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from uuid import UUID

import httpx2
from sqlalchemy import insert, select, update
from sqlalchemy.orm import joinedload
from standardwebhooks import Webhook

from exam_service import clock
from exam_service.db import Database
from exam_service.rating_feed.models import DeliveryState, DeliveryTry, OutboxDelivery, Subscription

# Source: the example schedule of the Standard Webhooks specification, without its last two days.
RETRY_AFTER_S = (5, 60, 300, 1_800, 7_200, 18_000, 36_000)
LEASE = timedelta(seconds=60)
TIMEOUT_S = 15.0
BATCH = 100
AT_ONCE = 8
KEPT_ERROR = 300


@dataclass(frozen=True)
class Parcel:
    """What one try needs, read before the network is touched."""

    delivery_id: UUID
    event_id: UUID
    subscription_id: UUID
    url: str
    secret: str
    body: bytes
    tries: int


@dataclass(frozen=True)
class Answer:
    """What came back: `status` is None when nobody answered."""

    status: int | None
    error: str
    duration_ms: int
    retry_after_s: int | None = None

    @property
    def is_received(self) -> bool:
        return self.status is not None and HTTPStatus.OK <= self.status < HTTPStatus.MULTIPLE_CHOICES


def deliver_due(database: Database, *, limit: int = BATCH) -> int:
    """Send what is due, at most `limit`; returns how many tries were made (0: nothing is due)."""
    parcels = claim_due(database, limit=limit)
    if not parcels:
        return 0
    with (
        httpx2.Client(timeout=TIMEOUT_S, follow_redirects=False) as client,
        ThreadPoolExecutor(AT_ONCE) as threads,
    ):
        answers = list(threads.map(lambda parcel: send(client, parcel), parcels))
    _write(database, list(zip(parcels, answers, strict=True)))
    return len(parcels)


def claim_due(database: Database, *, limit: int) -> list[Parcel]:
    """Due deliveries, leased to this worker for a minute."""
    with database.transaction() as session:
        rows = session.scalars(
            select(OutboxDelivery)
            .join(Subscription, Subscription.id == OutboxDelivery.subscription_id)
            .where(
                OutboxDelivery.state == DeliveryState.WAITING.value,
                OutboxDelivery.next_try_at <= clock.now(),
                Subscription.is_active,
            )
            .options(joinedload(OutboxDelivery.event), joinedload(OutboxDelivery.subscription))
            .order_by(OutboxDelivery.next_try_at)
            .limit(limit)
            .with_for_update(of=OutboxDelivery, skip_locked=True)
        ).all()
        for row in rows:
            row.next_try_at = clock.now() + LEASE
        return [
            Parcel(
                row.id,
                row.event_id,
                row.subscription_id,
                row.subscription.url,
                row.subscription.secret,
                row.event.body,
                row.tries,
            )
            for row in rows
        ]


def send(client: httpx2.Client, parcel: Parcel) -> Answer:
    """One try. Redirects count as failures, and nothing of the answer's body is kept but the start of an error."""
    at = datetime.now(UTC)
    webhook_id = f"evt_{parcel.event_id}"
    headers = {
        "content-type": "application/json",
        "webhook-id": webhook_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(parcel.secret).sign(webhook_id, at, parcel.body.decode()),
    }
    began = time.monotonic()
    try:
        response = client.post(parcel.url, content=parcel.body, headers=headers)
    except httpx2.HTTPError as error:
        return Answer(None, type(error).__name__, _since(began))
    after = response.headers.get("retry-after", "")
    return Answer(
        response.status_code,
        "" if response.is_success else response.text[:KEPT_ERROR],
        _since(began),
        int(after) if after.isdigit() else None,
    )


def _since(began: float) -> int:
    return int((time.monotonic() - began) * 1000)


def _write(database: Database, outcomes: Sequence[tuple[Parcel, Answer]]) -> None:
    at = clock.now()
    with database.transaction() as session:
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
                for parcel, answer in outcomes
            ],
        )
        for parcel, answer in outcomes:
            session.execute(
                update(OutboxDelivery)
                .where(
                    OutboxDelivery.id == parcel.delivery_id,
                    OutboxDelivery.state == DeliveryState.WAITING.value,
                )
                .values(**after_try(parcel, answer, at))
            )
            if answer.status == HTTPStatus.GONE:
                # The specification: 410 asks never to be called again.
                session.execute(
                    update(Subscription)
                    .where(Subscription.id == parcel.subscription_id)
                    .values(is_active=False)
                )


def after_try(parcel: Parcel, answer: Answer, at: datetime) -> dict[str, object]:
    """The new values of the delivery: delivered, waiting for the next try with back-off and jitter, or parked."""
    tries = parcel.tries + 1
    if answer.is_received:
        return {"state": DeliveryState.DELIVERED.value, "tries": tries, "delivered_at": at, "last_error": ""}
    error = f"HTTP {answer.status}: {answer.error}" if answer.status else answer.error
    if tries > len(RETRY_AFTER_S):
        return {"state": DeliveryState.PARKED.value, "tries": tries, "last_error": error}
    wait_s = max(RETRY_AFTER_S[tries - 1] * random.uniform(1, 1.2), answer.retry_after_s or 0)  # noqa: S311 - jitter
    return {"tries": tries, "last_error": error, "next_try_at": at + timedelta(seconds=wait_s)}
