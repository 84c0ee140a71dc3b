"""The pages of the feed: receivers, deliveries, sending again; ids only for who may not see results."""

from collections.abc import Callable
from typing import Any

import lxml.html
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from pydantic import SecretStr
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from exam_service.actor import SYSTEM, Role
from exam_service.rating_feed.models import DeliveryTry, OutboxDelivery, Subscription
from exam_service.rating_feed.outbox import subscribe
from exam_service.settings import Environment, Settings
from tests.fixtures.results import make_released_period

SignIn = Callable[..., Any]
FORM = {"name": "Xếp loại – Sở Nội vụ", "url": "https://rating.example.org/hook"}


def words(html: str) -> str:
    return " ".join(lxml.html.fromstring(html).text_content().split())


@pytest.fixture
def subscription(session: Session) -> Subscription:
    """A receiver with four waiting deliveries, one of which is parked after a try."""
    made = subscribe(session, SYSTEM, name="Phần mềm xếp loại", url="https://rating.example.org/hook")
    make_released_period(session)
    parked = session.scalars(select(OutboxDelivery.id).limit(1)).one()
    session.execute(
        update(OutboxDelivery)
        .where(OutboxDelivery.id == parked)
        .values(state="parked", tries=8, last_error="HTTP 500 <script>alert(1)</script>")
    )
    session.add(
        DeliveryTry(delivery_id=parked, at=made.created_at, status=None, error="ConnectError", duration_ms=12)
    )
    session.commit()
    return made


def parked_id(session: Session) -> Any:
    return session.scalars(select(OutboxDelivery.id).where(OutboxDelivery.state == "parked")).one()


def test_a_new_receiver_gets_its_secret_shown_once(session: Session, signed_in: SignIn):
    officer = signed_in(roles={Role.OFFICER})
    page = officer.post("/feed/new", data=FORM)
    made = session.scalars(select(Subscription)).one()
    assert page.status_code == 200
    assert made.secret in page.text
    assert page.headers["cache-control"] == "no-store"
    for path in ("/feed", "/feed/deliveries"):
        assert made.secret not in officer.get(path).text


@pytest.mark.parametrize(
    ("form", "field"), [({**FORM, "url": "ftp://x"}, "url"), ({**FORM, "name": "  "}, "name"), ({}, "name")]
)
def test_a_mistaken_receiver_is_shown_again_with_the_mistake(
    session: Session, signed_in: SignIn, form: dict[str, str], field: str
):
    page = signed_in(roles={Role.ADMIN}).post("/feed/new", data=form)
    assert page.status_code == 422
    assert lxml.html.fromstring(page.text).xpath(f"//*[@id='{field}'][@aria-invalid='true']")
    assert session.scalar(select(func.count()).select_from(Subscription)) == 0


def test_production_takes_https_addresses_only(
    app: FastAPI, session: Session, signed_in: SignIn, settings: Settings
):
    app.state.settings = Settings(
        environment=Environment.PRODUCTION,
        database_url="postgresql://unused",
        secret_key=SecretStr("x" * 40),
    )
    page = signed_in(roles={Role.OFFICER}).post("/feed/new", data={**FORM, "url": "http://rating.example.org/"})
    assert page.status_code == 422
    assert "https://" in words(page.text)


def test_the_list_counts_by_state_and_filters(session: Session, signed_in: SignIn, subscription: Subscription):
    officer = signed_in(roles={Role.OFFICER})
    page = words(officer.get("/feed").text)
    assert "Dừng gửi 1" in page
    listed = officer.get("/feed/deliveries", params={"state": "parked"}).text
    assert len(lxml.html.fromstring(listed).xpath("//tbody/tr")) == 1
    assert "<script>alert" not in listed
    everything = officer.get("/feed/deliveries", params={"state": "nonsense", "subscription": "x"}).text
    assert len(lxml.html.fromstring(everything).xpath("//tbody/tr")) == 4


def test_the_tries_of_a_delivery_are_listed(session: Session, signed_in: SignIn, subscription: Subscription):
    page = words(signed_in(roles={Role.OFFICER}).get(f"/feed/deliveries/{parked_id(session)}").text)
    assert "ConnectError" in page
    assert "Không trả lời" in page


def test_what_an_event_says_is_shown_only_to_those_who_may_see_results(
    session: Session, signed_in: SignIn, subscription: Subscription
):
    path = f"/feed/deliveries/{parked_id(session)}"
    body = session.scalars(select(OutboxDelivery).where(OutboxDelivery.state == "parked")).one().event.body
    name = body.decode().split('"full_name":"')[1].split('"')[0]
    assert name in words(signed_in(roles={Role.OFFICER}).get(path).text)
    administrator = signed_in(roles={Role.ADMIN}).get(path)
    assert administrator.status_code == 200
    assert name not in words(administrator.text)
    assert "evt_" in administrator.text


def test_a_parked_delivery_is_sent_again_singly_or_with_all(
    session: Session, signed_in: SignIn, subscription: Subscription
):
    officer = signed_in(roles={Role.OFFICER})
    one = parked_id(session)
    assert officer.post(f"/feed/deliveries/{one}/redeliver").status_code == 303
    session.expire_all()
    assert session.get_one(OutboxDelivery, one).state == "waiting"
    session.execute(update(OutboxDelivery).values(state="parked"))
    session.commit()
    assert officer.post("/feed/deliveries/redeliver").status_code == 303
    session.expire_all()
    assert set(session.scalars(select(OutboxDelivery.state))) == {"waiting"}


def test_a_receiver_rests_and_goes_on(session: Session, signed_in: SignIn, subscription: Subscription):
    officer = signed_in(roles={Role.OFFICER})
    for wanted in ("false", "true"):
        path = f"/feed/subscriptions/{subscription.id}/state"
        assert officer.post(path, data={"is_active": wanted}).status_code == 303
        session.expire_all()
        assert session.get_one(Subscription, subscription.id).is_active is (wanted == "true")


VIEWERS = {Role.ADMIN, Role.OFFICER, Role.AUDITOR}
MANAGERS = {Role.ADMIN, Role.OFFICER}


def test_each_address_is_open_to_its_roles_and_to_no_stranger(
    session: Session, signed_in: SignIn, browser: TestClient, subscription: Subscription
):
    delivery = parked_id(session)
    reads = {
        "/feed": VIEWERS,
        "/feed/deliveries": VIEWERS,
        f"/feed/deliveries/{delivery}": VIEWERS,
        "/feed/new": MANAGERS,
    }
    writes = (
        "/feed/new",
        f"/feed/subscriptions/{subscription.id}/state",
        f"/feed/deliveries/{delivery}/redeliver",
        "/feed/deliveries/redeliver",
    )
    for role in Role:
        client = signed_in(roles={role})
        for path, allowed in reads.items():
            assert client.get(path).status_code == (200 if role in allowed else 403), (role, path)
        if role not in MANAGERS:
            for path in writes:
                answer = client.post(path, data={"is_active": "false", **FORM})
                assert answer.status_code == 403, (role, path)
    for path in reads:
        assert browser.get(path).headers["location"].startswith("/sign-in")
    session.expire_all()
    assert session.get_one(Subscription, subscription.id).is_active


def test_an_unknown_delivery_or_receiver_is_not_found(signed_in: SignIn, subscription: Subscription):
    officer = signed_in(roles={Role.OFFICER})
    assert officer.get(f"/feed/deliveries/{subscription.id}").status_code == 404
    assert officer.post(f"/feed/deliveries/{subscription.id}/redeliver").status_code == 404
    path = f"/feed/subscriptions/{parked_like()}/state"
    assert officer.post(path, data={"is_active": "false"}).status_code == 404


def parked_like() -> str:
    return "01999999-9999-7999-8999-999999999999"
