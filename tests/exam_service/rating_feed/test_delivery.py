"""Delivery to a real HTTP receiver: signatures, retries, limits, and nothing lost or sent to the wrong place."""

import socket
import time
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from uuid import uuid4

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session
from standardwebhooks import Webhook

from exam_service import clock
from exam_service.actor import SYSTEM, Role
from exam_service.audit import AuditRow
from exam_service.db import Database
from exam_service.errors import Forbidden
from exam_service.rating_feed import sending
from exam_service.rating_feed.delivery import LEASE, RETRY_AFTER_S, after_try, claim_due, deliver_due
from exam_service.rating_feed.destinations import BadDestination, Destinations
from exam_service.rating_feed.models import DeliveryTry, OutboxDelivery, OutboxEvent, Subscription
from exam_service.rating_feed.outbox import NameTaken, redeliver, set_active, subscribe
from exam_service.rating_feed.sending import Answer, Parcel, retry_after_s
from tests.exam_service.rating_feed.conftest import Receiver, answering
from tests.fixtures.periods import actor_with
from tests.fixtures.results import make_released_period

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
STRICT = Destinations(over_http=False)


def subscribed(session: Session, url: str, *, name: str = "Nơi nhận") -> Subscription:
    subscription = subscribe(session, SYSTEM, name=name, url=url)
    session.commit()
    return subscription


def states(session: Session) -> dict[str, int]:
    session.expire_all()
    rows = session.execute(select(OutboxDelivery.state, func.count()).group_by(OutboxDelivery.state))
    return dict(rows.all())


def only_delivery(session: Session) -> OutboxDelivery:
    session.expire_all()
    return session.scalars(select(OutboxDelivery)).one()


def deliver_in(database: Database, seconds: float) -> int:
    with clock.fixed_at(datetime.now(UTC) + timedelta(seconds=seconds)):
        return deliver_due(database)


def test_every_event_arrives_with_its_stored_bytes_and_a_valid_signature(
    session: Session, database: Database, receiver: Receiver
):
    make_released_period(session)
    subscription = subscribed(session, receiver.url)
    assert deliver_due(database) == 4
    assert states(session) == {"delivered": 4}
    stored = {f"evt_{event.id}": event.body for event in session.scalars(select(OutboxEvent))}
    assert {one.headers["webhook-id"]: one.body for one in receiver.received} == stored
    for one in receiver.received:
        Webhook(subscription.secret).verify(one.body, one.headers)


def test_nothing_due_makes_no_call(session: Session, database: Database, receiver: Receiver):
    subscribed(session, receiver.url)
    assert deliver_due(database) == 0


def test_a_later_release_reaches_who_subscribed_before(
    session: Session, database: Database, receiver: Receiver
):
    subscribed(session, receiver.url)
    make_released_period(session, right=(6,))
    assert deliver_due(database) == 1
    assert len(receiver.received) == 1


def test_a_failed_try_is_repeated_with_the_same_id_and_body(
    session: Session, database: Database, receiver: Receiver
):
    make_released_period(session, right=(6,))
    subscribed(session, receiver.url)
    receiver.script = lambda handler, number: answering(503 if number == 0 else 200)(handler, number)
    deliver_due(database)
    assert states(session) == {"waiting": 1}
    assert deliver_due(database) == 0, "the back-off has not passed"
    assert deliver_in(database, RETRY_AFTER_S[0] * 1.2 + 1) == 1
    assert states(session) == {"delivered": 1}
    first, second = receiver.received
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert first.body == second.body
    assert session.scalars(select(DeliveryTry.status).order_by(DeliveryTry.id)).all() == [503, 200]


def test_after_the_last_retry_the_delivery_is_parked_and_can_be_sent_again(
    session: Session, database: Database, receiver: Receiver
):
    make_released_period(session, right=(6,))
    subscribed(session, receiver.url)
    receiver.script = answering(500, b"mend me")
    for _ in range(len(RETRY_AFTER_S) + 1):
        assert states(session) == {"waiting": 1}
        deliver_in(database, 10 * 86_400)
        session.execute(update(OutboxDelivery).values(next_try_at=clock.now()))
        session.commit()
    parked = only_delivery(session)
    assert (parked.state, parked.tries, parked.last_error) == ("parked", 8, "HTTP 500 mend me")
    assert deliver_due(database) == 0
    receiver.script = answering(200)
    assert redeliver(session, SYSTEM, delivery_ids=[uuid4()]) == 0
    assert redeliver(session, SYSTEM, delivery_ids=[parked.id]) == 1
    session.commit()
    assert deliver_due(database) == 1
    assert states(session) == {"delivered": 1}


@pytest.mark.parametrize("tries", range(len(RETRY_AFTER_S)))
def test_the_wait_grows_by_the_schedule_with_at_most_a_fifth_of_jitter(tries: int):
    parcel = Parcel(uuid4(), uuid4(), uuid4(), "http://x", "", b"", tries)
    change = after_try(parcel, Answer(500, "", 1), NOW)
    wait_s = (change["next_try_at"] - NOW).total_seconds()
    assert RETRY_AFTER_S[tries] <= wait_s <= RETRY_AFTER_S[tries] * 1.2
    assert change["tries"] == tries + 1


def test_the_receiver_may_ask_for_a_longer_wait_but_not_for_more_than_a_day():
    parcel = Parcel(uuid4(), uuid4(), uuid4(), "http://x", "", b"", 0)
    change = after_try(parcel, Answer(503, "", 1, retry_after_s=7200), NOW)
    assert change["next_try_at"] == NOW + timedelta(hours=2)
    assert retry_after_s({"retry-after": "9" * 400}) == 86_400
    assert retry_after_s({"retry-after": "120"}) == 120
    later = (datetime.now(UTC) + timedelta(hours=1)).strftime("%a, %d %b %Y %H:%M:%S GMT")
    assert 3590 <= (retry_after_s({"retry-after": later}) or 0) <= 3600
    assert retry_after_s({"retry-after": "Mon, 01 Jan 2024 00:00:00 GMT"}) == 0
    for nonsense in ("", "soon", "-5", "١٢"):
        assert retry_after_s({"retry-after": nonsense}) is None


def test_gone_switches_the_subscription_off_and_says_so_in_the_audit_trail(
    session: Session, database: Database, receiver: Receiver
):
    make_released_period(session, right=(6,))
    subscription = subscribed(session, receiver.url)
    receiver.script = answering(410)
    deliver_due(database)
    session.expire_all()
    assert session.get_one(Subscription, subscription.id).is_active is False
    assert deliver_in(database, 86_400) == 0
    act = session.scalars(select(AuditRow).where(AuditRow.action == "subscription.active")).one()
    assert act.detail == {"is_active": False, "reason": "HTTP 410"}


def test_a_redirect_is_a_failure_and_is_not_followed(
    session: Session, database: Database, receiver: Receiver
):
    make_released_period(session, right=(6,))
    subscribed(session, receiver.url)
    receiver.script = answering(302, location="/elsewhere")
    deliver_due(database)
    assert len(receiver.received) == 1
    assert only_delivery(session).last_error == "HTTP 302"


def test_an_endless_answer_is_cut_off(
    session: Session, database: Database, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
):
    make_released_period(session, right=(6,))
    subscribed(session, receiver.url)
    monkeypatch.setattr(sending, "TIMEOUT_S", 0.4)

    def drip(handler, _number):
        handler.send_response(500)
        handler.end_headers()
        for _ in range(400):
            handler.wfile.write(b".")
            handler.wfile.flush()
            time.sleep(0.01)
        handler.close_connection = True

    receiver.script = drip
    began = time.monotonic()
    deliver_due(database)
    assert time.monotonic() - began < 3
    assert only_delivery(session).last_error == "TimeoutError"


def test_control_characters_of_an_answer_do_not_reach_the_database(
    session: Session, database: Database, receiver: Receiver
):
    make_released_period(session, right=(6,))
    subscribed(session, receiver.url)
    receiver.script = answering(500, b"bad\x00\x1b[31m\xff" + b"x" * 5000)
    deliver_due(database)
    error = only_delivery(session).last_error
    assert error.startswith("HTTP 500 bad")
    assert error.isprintable()
    assert len(error) < 320


def test_a_receiver_that_is_down_is_not_called_for_every_event_and_costs_no_tries(
    session: Session, database: Database
):
    make_released_period(session, right=(3,) * 12)
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    subscribed(session, f"http://127.0.0.1:{port}/hook")
    made = deliver_due(database)
    assert made <= sending.AT_ONCE
    session.expire_all()
    tries = sorted(session.scalars(select(OutboxDelivery.tries)))
    assert tries == [0] * (12 - made) + [1] * made


def test_one_silent_receiver_does_not_hold_up_another(
    session: Session, database: Database, receiver: Receiver
):
    make_released_period(session, right=(3,) * 12)
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    subscribed(session, f"http://127.0.0.1:{port}/hook", name="Hỏng")
    subscribed(session, receiver.url, name="Tốt")
    deliver_due(database)
    assert states(session)["delivered"] == 12


def test_a_worker_that_dies_after_claiming_leaves_everything_to_the_next_one(
    session: Session, database: Database, receiver: Receiver
):
    make_released_period(session)
    subscribed(session, receiver.url)
    assert len(claim_due(database, limit=100)) == 4  # and then it dies
    assert deliver_due(database) == 0, "what is leased is not sent twice"
    assert deliver_in(database, LEASE.total_seconds() + 1) == 4
    assert states(session) == {"delivered": 4}


def test_a_worker_that_outlived_its_lease_does_not_undo_what_another_has_written(
    session: Session, database: Database, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
):
    make_released_period(session, right=(6,))
    subscribed(session, receiver.url)

    def overtaken(parcels, *, allowed):
        session.execute(update(OutboxDelivery).values(state="delivered", tries=1, delivered_at=NOW))
        session.commit()
        return {parcel.delivery_id: Answer(500, "late", 1) for parcel in parcels}

    monkeypatch.setattr("exam_service.rating_feed.delivery.send_all", overtaken)
    deliver_due(database)
    assert (only_delivery(session).state, only_delivery(session).delivered_at) == ("delivered", NOW)


def test_what_waits_for_a_resting_subscription_goes_out_when_it_is_active_again(
    session: Session, database: Database, receiver: Receiver
):
    subscription = subscribed(session, receiver.url)
    set_active(session, SYSTEM, subscription_id=subscription.id, is_active=False)
    make_released_period(session, right=(6, 3))
    assert deliver_due(database) == 0
    set_active(session, SYSTEM, subscription_id=subscription.id, is_active=True)
    session.commit()
    assert deliver_due(database) == 2


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.org/x",
        "example.org",
        "https://",
        "https://user:pass@example.org/",
        "https://example.org/#part",
        "https://example.org:99999/",
        "https://exa mple.org/",
        "javascript:alert(1)",
        "https://[::1",
        "https://example.org/" + "a" * 600,
    ],
)
def test_an_address_that_is_no_plain_web_address_is_refused(url: str):
    with pytest.raises(BadDestination) as refusal:
        Destinations().check_url(url)
    assert refusal.value.field == "url"


@pytest.mark.parametrize(
    "address",
    [
        "169.254.169.254",
        "fe80::1",
        "0.0.0.0",
        "::",
        "224.0.0.1",
        "100.100.100.200",
        "168.63.129.16",
        "fd00:ec2::254",
        "::ffff:169.254.169.254",
        "64:ff9b::a9fe:a9fe",
        "2002:a9fe:a9fe::1",
        "255.255.255.255",
    ],
)
def test_link_local_and_metadata_addresses_are_never_sent_to(address: str):
    for allowed in (Destinations(), STRICT):
        with pytest.raises(BadDestination):
            allowed.check_address(ip_address(address))


@pytest.mark.parametrize(
    "address", ["10.1.2.3", "192.168.7.8", "172.16.0.9", "203.162.4.191", "2405:4800::1"]
)
def test_addresses_of_offices_and_of_the_net_are_sent_to(address: str):
    STRICT.check_address(ip_address(address))


def test_production_sends_by_https_only_and_never_to_the_machine_itself():
    with pytest.raises(BadDestination):
        STRICT.check_url("http://rating.example.org/hook")
    for address in ("127.0.0.1", "::1", "::ffff:127.0.0.1"):
        with pytest.raises(BadDestination):
            STRICT.check_address(ip_address(address))
    STRICT.check_url("https://rating.example.org/hook")


def test_a_name_that_stands_for_a_forbidden_address_is_not_called(
    session: Session, database: Database, receiver: Receiver
):
    make_released_period(session, right=(6,))
    subscribed(session, receiver.url.replace("127.0.0.1", "localhost"))
    assert deliver_due(database, allowed=Destinations(over_http=True)) == 1
    assert len(receiver.received) == 1
    assert receiver.received[0].headers["host"].startswith("localhost:")
    session.execute(update(OutboxDelivery).values(state="waiting", next_try_at=clock.now()))
    session.execute(update(Subscription).values(url="https://localhost/hook"))
    session.commit()
    assert deliver_due(database, allowed=STRICT) == 1
    assert len(receiver.received) == 1
    assert "localhost" not in only_delivery(session).last_error
    assert "127.0.0.1" in only_delivery(session).last_error or "::1" in only_delivery(session).last_error


def test_a_name_nobody_knows_is_a_failed_try(session: Session, database: Database):
    make_released_period(session, right=(6,))
    subscribed(session, "https://khong-co-may-nay.invalid/hook")
    assert deliver_due(database) == 1
    assert only_delivery(session).tries == 1


def test_two_subscriptions_cannot_have_one_name(session: Session):
    subscribe(session, SYSTEM, name="Xếp loại", url="https://a.example/")
    with pytest.raises(NameTaken):
        subscribe(session, SYSTEM, name="  xếp  loại ", url="https://b.example/")


@pytest.mark.parametrize("role", [role for role in Role if role not in (Role.OFFICER, Role.ADMIN)])
def test_a_stranger_cannot_manage_the_feed(session: Session, role: Role):
    stranger = actor_with(session, role)
    subscription = subscribed(session, "https://a.example/")
    with pytest.raises(Forbidden):
        subscribe(session, stranger, name="Khác", url="https://b.example/")
    with pytest.raises(Forbidden):
        set_active(session, stranger, subscription_id=subscription.id, is_active=False)
    with pytest.raises(Forbidden):
        redeliver(session, stranger)
