"""Only a holder of a current secret is heard, and only about a body that is byte for byte what was signed."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from standardwebhooks import Webhook

from performance_rating.settings import DEVELOPMENT_WEBHOOK_SECRET


def test_a_signed_event_is_stored_before_it_is_acknowledged(publisher, database):
    answer = publisher.deliver(publisher.event(), webhook_id="msg_stored")

    assert answer.status_code == 200
    assert answer.json() == {"webhook_id": "msg_stored", "verdict": "accepted", "disposition": "applied"}
    stored = database.execute(
        "SELECT count(*) FROM rating.person_result WHERE staff_code = %s", [publisher.staff_code]
    ).fetchone()
    assert stored == (1,)


def test_during_a_rotation_either_secret_signs(publisher):
    from tests.performance_rating.conftest import NEXT_SECRET

    assert publisher.deliver(publisher.event()).status_code == 200
    publisher.secret = NEXT_SECRET
    assert publisher.deliver(publisher.event(2)).status_code == 200


def test_a_secret_that_was_never_or_is_no_longer_configured_is_refused(publisher, database):
    publisher.secret = "whsec_" + "b2xk" * 8

    answer = publisher.deliver(publisher.event())

    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "bad-signature"
    found = database.execute(
        "SELECT count(*) FROM rating.result_version WHERE staff_code = %s", [publisher.staff_code]
    ).fetchone()
    assert found == (0,)


@pytest.mark.parametrize("age", [timedelta(minutes=6), timedelta(minutes=-6), timedelta(days=400)])
def test_a_delivery_signed_too_long_ago_or_in_the_future_is_refused(publisher, age):
    answer = publisher.deliver(publisher.event(), sent_at=datetime.now(UTC) - age)

    assert answer.status_code == 401
    assert "timestamp too" in answer.json()["detail"]


def test_one_changed_byte_is_refused(publisher):
    event = publisher.event()
    signed_at, body = datetime.now(UTC), json.dumps(event).encode()
    signature = Webhook(DEVELOPMENT_WEBHOOK_SECRET).sign("msg_tampered", signed_at, body.decode())

    answer = publisher.client.post(
        "/webhooks/results",
        content=body.replace(b'"pass"', b'"fail"'),
        headers={
            "webhook-id": "msg_tampered",
            "webhook-timestamp": str(int(signed_at.timestamp())),
            "webhook-signature": signature,
        },
    )

    assert answer.status_code == 401


@pytest.mark.parametrize(
    "spoil",
    [
        lambda _signed: "",
        lambda _signed: "v1",
        lambda _signed: "v1,not base64!",
        lambda _signed: "v1,a,b",
        lambda signed: signed.replace("v1,", "v1a,"),
        lambda signed: signed[:-4],
    ],
)
def test_a_malformed_signature_header_is_refused_and_not_an_error(publisher, spoil):
    assert publisher.deliver(publisher.event(), signature=spoil).status_code == 401


def test_the_signature_is_found_among_several(publisher):
    answer = publisher.deliver(
        publisher.event(), signature=lambda signed: f"v1,{'A' * 43}= {signed} v2,whatever"
    )

    assert answer.status_code == 200


@pytest.mark.parametrize("missing", ["webhook-id", "webhook-timestamp", "webhook-signature"])
def test_a_delivery_without_one_of_the_headers_is_refused(publisher, missing):
    headers = {"webhook-id": "msg_x", "webhook-timestamp": "1", "webhook-signature": "v1,AAAA"}
    del headers[missing]

    assert publisher.client.post("/webhooks/results", content=b"{}", headers=headers).status_code == 401


def test_a_timestamp_that_is_no_number_is_refused(publisher):
    headers = {"webhook-id": "msg_x", "webhook-timestamp": "nan", "webhook-signature": "v1,AAAA"}

    assert publisher.client.post("/webhooks/results", content=b"{}", headers=headers).status_code == 401


def test_a_body_that_is_not_utf8_is_refused(publisher):
    headers = {
        "webhook-id": "msg_x",
        "webhook-timestamp": str(int(datetime.now(UTC).timestamp())),
        "webhook-signature": "v1,AAAA",
    }

    assert publisher.client.post("/webhooks/results", content=b"\xff\xfe", headers=headers).status_code == 401


def test_an_overlong_webhook_id_is_refused(publisher):
    assert publisher.deliver(publisher.event(), webhook_id="m" * 201).status_code == 401


def test_strangers_leave_no_trace_in_the_log(publisher, database):
    before = database.execute("SELECT count(*) FROM rating.delivery").fetchone()
    publisher.secret = "whsec_" + "b2xk" * 8

    publisher.deliver(publisher.event())

    assert database.execute("SELECT count(*) FROM rating.delivery").fetchone() == before
