"""One HTTP try of each parcel: signed, bounded in time and in what is read of the answer."""

import asyncio
import ssl
import time
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache
from http import HTTPStatus
from urllib.parse import urlsplit
from uuid import UUID

import httpx2
from standardwebhooks import Webhook

from exam_service.rating_feed.destinations import BadDestination, Destinations

TIMEOUT_S = 10.0  # from connecting to the last byte that is read
BATCH_TIME_S = 5.0  # no try begins later than this after its batch
AT_ONCE = 8  # per receiver
KEPT_ERROR = 300
LONGEST_WAIT_S = 86_400


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


def send_all(parcels: Iterable[Parcel], *, allowed: Destinations) -> dict[UUID, Answer]:
    """Delivery id → answer, for the parcels that were tried within BATCH_TIME_S.

    Each receiver has its own lane. A lane ends as soon as its receiver is silent, so that one that is down is not
    called a thousand times; what it had left is missing from the answers.
    """
    lanes: dict[UUID, list[Parcel]] = {}
    for parcel in parcels:
        lanes.setdefault(parcel.subscription_id, []).append(parcel)

    async def run() -> dict[UUID, Answer]:
        answers: dict[UUID, Answer] = {}
        await asyncio.gather(*(_send_lane(lane, answers, allowed=allowed) for lane in lanes.values()))
        return answers

    return asyncio.run(run())


async def _send_lane(parcels: list[Parcel], answers: dict[UUID, Answer], *, allowed: Destinations) -> None:
    url = parcels[0].url
    try:
        address = await asyncio.wait_for(allowed.resolve(url), TIMEOUT_S)
    except (BadDestination, TimeoutError) as error:
        refused = Answer(None, str(error) or type(error).__name__, 0)
        answers.update({parcel.delivery_id: refused for parcel in parcels})
        return
    waiting = deque(parcels)
    until = time.monotonic() + BATCH_TIME_S
    # A client per receiver: a pool shared by address would reuse one host's connection for another. No proxy of the
    # environment, which would look the name up again.
    async with httpx2.AsyncClient(
        timeout=TIMEOUT_S, follow_redirects=False, trust_env=False, verify=_tls()
    ) as client:

        async def work() -> None:
            while waiting and time.monotonic() < until:
                parcel = waiting.popleft()
                answer = answers[parcel.delivery_id] = await send(client, parcel, address=address)
                if answer.status is None:
                    waiting.clear()

        await asyncio.gather(*(work() for _ in range(AT_ONCE)))


@cache
def _tls() -> ssl.SSLContext:
    # Reading the certificates of the authorities takes longer than a delivery.
    return httpx2.create_ssl_context()


async def send(client: httpx2.AsyncClient, parcel: Parcel, *, address: str) -> Answer:
    """One try at `address`. Redirects count as failures; of the answer only the start of an error is read."""
    began = time.monotonic()
    try:
        async with asyncio.timeout(TIMEOUT_S):
            return await _post(client, parcel, address=address, began=began)
    except TimeoutError:
        return Answer(None, "TimeoutError", _since(began))
    except (httpx2.HTTPError, httpx2.InvalidURL, OSError) as error:
        return Answer(None, type(error).__name__, _since(began))


async def _post(client: httpx2.AsyncClient, parcel: Parcel, *, address: str, began: float) -> Answer:
    url = httpx2.URL(parcel.url)
    async with client.stream(
        "POST",
        url.copy_with(host=address),
        content=parcel.body,
        headers={**signed_headers(parcel), "host": urlsplit(parcel.url).netloc},
        # The certificate must be that of the name, not of the address.
        extensions={"sni_hostname": url.host},
    ) as response:
        error = "" if response.is_success else await _start_of(response)
        after = retry_after_s(response.headers)
        return Answer(response.status_code, error, _since(began), after)


def signed_headers(parcel: Parcel) -> dict[str, str]:
    """The headers of a Standard Webhooks delivery: stable id, time of this try, signature over both and the body."""
    at = datetime.now(UTC)
    webhook_id = f"evt_{parcel.event_id}"
    return {
        "content-type": "application/json",
        "webhook-id": webhook_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(parcel.secret).sign(webhook_id, at, parcel.body.decode()),
    }


async def _start_of(response: httpx2.Response) -> str:
    kept = b""
    try:
        async for chunk in response.aiter_bytes(KEPT_ERROR):
            kept += chunk
            if len(kept) >= KEPT_ERROR:
                break
    except httpx2.HTTPError:
        pass  # the status is what counts, an answer that breaks off has one
    text = kept.decode(errors="replace")[:KEPT_ERROR]
    return "".join(letter if letter.isprintable() else " " for letter in text).strip()


def retry_after_s(headers: Mapping[str, str]) -> int | None:
    """Seconds that the receiver asks to wait, at most a day; None when it does not say so intelligibly.

    Source: RFC 9110 §10.2.3 (delay in seconds or an HTTP date).
    """
    text = headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit():
        return int(text) if len(text) < len(str(LONGEST_WAIT_S)) else LONGEST_WAIT_S
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    wait_s = (moment - datetime.now(UTC)).total_seconds()
    return min(max(int(wait_s), 0), LONGEST_WAIT_S)


def _since(began: float) -> int:
    return int((time.monotonic() - began) * 1000)
