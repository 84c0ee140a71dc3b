"""Each event counts once, whatever is repeated, reordered, raced or broken on the way."""

import json
from concurrent.futures import ThreadPoolExecutor
from itertools import permutations
from threading import Barrier
from uuid import uuid4

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.performance_rating.conftest import Publisher

CURRENT = (
    "SELECT exam_code, version, kind, points::text FROM rating.person_result WHERE staff_code = %s ORDER BY 1"
)


def current(database, publisher):
    return database.execute(CURRENT, [publisher.staff_code]).fetchall()


def test_a_repeated_delivery_is_acknowledged_and_has_no_second_effect(publisher, database):
    event = publisher.event()
    webhook_id = f"msg_{uuid4().hex}"

    answers = [publisher.deliver(event, webhook_id=webhook_id) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert [answer.json()["verdict"] for answer in answers] == ["accepted", "repeated", "repeated"]
    assert database.execute(
        "SELECT count(*) FROM rating.received_event WHERE webhook_id = %s", [webhook_id]
    ).fetchone() == (1,)
    assert database.execute(
        "SELECT count(*) FROM rating.delivery WHERE webhook_id = %s", [webhook_id]
    ).fetchone() == (3,)


def test_concurrent_deliveries_of_one_event_have_one_effect(publisher, database):
    event, webhook_id, together = publisher.event(), f"msg_{uuid4().hex}", Barrier(6)

    def deliver(_number):
        together.wait()
        return publisher.deliver(event, webhook_id=webhook_id)

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(deliver, range(6)))

    assert {answer.status_code for answer in answers} == {200}
    assert sorted(answer.json()["verdict"] for answer in answers) == ["accepted"] + ["repeated"] * 5
    assert database.execute(
        "SELECT count(*) FROM rating.result_version WHERE staff_code = %s", [publisher.staff_code]
    ).fetchone() == (1,)


def test_concurrent_versions_of_one_result_leave_the_newest(publisher, database):
    events, together = [publisher.event(version) for version in range(1, 9)], Barrier(8)

    def deliver(event):
        together.wait()
        return publisher.deliver(event).status_code

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(deliver, events)) == {200}

    assert [row[1] for row in current(database, publisher)] == [8]


@given(order=st.permutations(range(1, 7)), repeats=st.lists(st.integers(0, 5), max_size=4))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_in_any_order_and_however_often_the_newest_version_counts(stranger, database, order, repeats):
    publisher = Publisher(stranger)
    events = {version: publisher.event(version) for version in order}
    ids = {version: f"msg_{uuid4().hex}" for version in order}

    for version in [*order, *(order[place] for place in repeats)]:
        assert publisher.deliver(events[version], webhook_id=ids[version]).status_code == 200

    assert current(database, publisher) == [("VPTK-2026-2", 6, "released", "50.50")]


def test_a_late_older_version_is_recorded_but_changes_nothing(publisher, database):
    publisher.deliver(publisher.event(2, kind="result.corrected", reason="Đính chính đáp án câu 12"))

    answer = publisher.deliver(publisher.event(1))

    assert answer.json()["disposition"] == "late"
    assert [row[1:3] for row in current(database, publisher)] == [(2, "corrected")]
    kept = database.execute(
        "SELECT version FROM rating.result_version WHERE staff_code = %s ORDER BY 1", [publisher.staff_code]
    ).fetchall()
    assert kept == [(1,), (2,)]


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_a_result_of_another_exam_that_supersedes_one_replaces_it_in_any_order(publisher, database, order):
    first = publisher.event(1)
    wrong = publisher.event(2, supersedes=first["data"]["result_id"])
    moved = publisher.event(
        3, supersedes=wrong["data"]["result_id"], exam={"code": "DCXD-2026-2", "title": "Địa chính"}
    )
    second_exam = publisher.event(4, exam={"code": "KTC-2026-2", "title": "Kiến thức chung"})
    events = [first, wrong, moved, second_exam]

    for place in order:
        assert publisher.deliver(events[place]).status_code == 200

    assert [row[:2] for row in current(database, publisher)] == [("DCXD-2026-2", 3), ("KTC-2026-2", 4)]


def test_an_annulled_result_stays_visible_as_annulled(publisher, database):
    publisher.deliver(publisher.event(1))
    publisher.deliver(publisher.event(2, kind="result.annulled", reason="Vi phạm quy chế"))

    assert [row[1:3] for row in current(database, publisher)] == [(2, "annulled")]


def test_the_same_version_under_another_id_is_accepted_without_effect(publisher, database):
    event = publisher.event()
    publisher.deliver(event)

    answer = publisher.deliver(event)

    assert (answer.status_code, answer.json()["disposition"]) == (200, "restated")
    assert len(current(database, publisher)) == 1


def test_a_version_that_says_something_else_is_refused_and_kept_as_evidence(publisher, database):
    publisher.deliver(publisher.event(1))
    webhook_id = f"msg_{uuid4().hex}"

    answer = publisher.deliver(publisher.event(1, outcome="fail"), webhook_id=webhook_id)

    assert answer.status_code == 409
    assert answer.json()["code"] == "conflicting-content"
    assert database.execute(
        "SELECT verdict, body IS NOT NULL FROM rating.delivery WHERE webhook_id = %s", [webhook_id]
    ).fetchall() == [("conflicting", True)]


def test_an_id_that_comes_back_with_another_body_is_refused(publisher, database):
    webhook_id = f"msg_{uuid4().hex}"
    publisher.deliver(publisher.event(1), webhook_id=webhook_id)

    answer = publisher.deliver(publisher.event(2), webhook_id=webhook_id)

    assert answer.status_code == 409
    assert [row[1] for row in current(database, publisher)] == [1]


def test_an_unknown_type_is_recorded_and_ignored(publisher, database):
    webhook_id = f"msg_{uuid4().hex}"
    event = {"type": "period.archived", "timestamp": "2026-11-20T02:00:00Z", "data": {"code": "2026-2"}}

    answers = [publisher.deliver(event, webhook_id=webhook_id) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [202, 202]
    stored = database.execute(
        "SELECT type, disposition, body FROM rating.received_event WHERE webhook_id = %s", [webhook_id]
    ).fetchone()
    assert stored == ("period.archived", "ignored", json.dumps(event).encode())


def _without(key):
    def change(event):
        del event["data"][key]

    return change


def _with(key, value):
    def change(event):
        event["data"][key] = value

    return change


MALFORMED = {
    "no version": (_without("version"), "data.version"),
    "version zero": (_with("version", 0), "data.version"),
    "version as text": (_with("version", "1"), "data.version"),
    "version beyond an integer column": (_with("version", 2**31), "data.version"),
    "points as a JSON number": (_with("points", 45.0), "data.points"),
    "points that are no number": (_with("points", "NaN"), "data.points"),
    "more points than possible": (_with("points", "60.01"), "data"),
    "negative points": (_with("points", "-1"), "data.points"),
    "percent above 100": (_with("percent", "100.01"), "data.percent"),
    "unknown outcome": (_with("outcome", "excellent"), "data.outcome"),
    "empty staff code": (_with("person", {"staff_code": " ", "full_name": "A"}), "data.person.staff_code"),
    "NUL in a name": (_with("person", {"staff_code": "A", "full_name": "A\x00B"}), "data.person.full_name"),
    "overlong name": (_with("person", {"staff_code": "A", "full_name": "A" * 301}), "data.person.full_name"),
    "time without zone": (_with("released_at", "2026-11-20T02:00:00"), "data.released_at"),
    "time before the calendar": (_with("released_at", "0001-01-01T00:00:00+14:00"), "data.released_at"),
    "day that does not exist": (
        _with("period", {"code": "P", "name": "P", "reference_date": "2026-02-30"}),
        "data.period.reference_date",
    ),
    "result id that is no UUID": (_with("result_id", "1"), "data.result_id"),
    "competencies out of nothing": (
        _with("competencies", [{"code": "A", "name": "A", "points": "0", "max_points": "0"}]),
        "data.competencies.0",
    ),
}


@pytest.mark.parametrize("case", MALFORMED)
def test_a_malformed_event_is_refused_with_its_place_and_kept(publisher, database, case):
    change, place = MALFORMED[case]
    event, webhook_id = publisher.event(), f"msg_{uuid4().hex}"
    change(event)

    answer = publisher.deliver(event, webhook_id=webhook_id)

    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert any(reason.startswith(f"{place}: ") for reason in answer.json()["errors"]), answer.json()["errors"]
    assert database.execute(
        "SELECT verdict FROM rating.delivery WHERE webhook_id = %s", [webhook_id]
    ).fetchall() == [("malformed",)]


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"null", b'"text"', b'{"type": "result.released"}', b"[" * 10_000,
     b'{"type": "a b", "timestamp": "2026-11-20T02:00:00Z", "data": {}}',
     b'{"type": "x", "timestamp": "2026-11-20T02:00:00Z", "data": {"a": "\\ud800"}}'],
)  # fmt: skip
def test_a_body_that_is_no_event_is_refused(publisher, body):
    answer = publisher.deliver(body)

    assert answer.status_code == 422
    assert answer.json()["errors"]


def test_a_refusal_names_the_place_but_not_the_personal_value(publisher):
    event = publisher.event()
    event["data"]["person"]["full_name"] = "Trần Văn Bí Mật" * 30

    assert "Bí Mật" not in publisher.deliver(event).text


def test_a_mended_event_is_accepted_under_the_id_that_was_refused(publisher):
    webhook_id, event = f"msg_{uuid4().hex}", publisher.event()
    del event["data"]["version"]
    assert publisher.deliver(event, webhook_id=webhook_id).status_code == 422

    assert publisher.deliver(publisher.event(), webhook_id=webhook_id).status_code == 200


def test_members_added_by_a_newer_publisher_are_accepted_and_kept(publisher, database):
    event = publisher.event(certificate="C-1")
    event["data"]["unit"]["parent"] = "CT-NK"

    assert publisher.deliver(event).status_code == 200
    body = database.execute(
        "SELECT body FROM rating.received_event JOIN rating.result_version ON event_id = id WHERE staff_code = %s",
        [publisher.staff_code],
    ).fetchone()[0]
    assert json.loads(body) == event


@pytest.mark.parametrize("size", [64 * 1024 + 1, 5_000_000])
def test_an_oversize_body_is_refused(publisher, size):
    answer = publisher.deliver(b" " * size)

    assert answer.status_code == 413
    assert answer.json()["code"] == "too-large"


def test_an_oversize_body_of_unknown_length_is_refused(publisher):
    chunks = (b" " * 4096 for _ in range(100))

    answer = publisher.client.post("/webhooks/results", content=chunks)

    assert answer.status_code == 413


def test_an_event_of_exactly_the_greatest_size_is_accepted(publisher):
    body = json.dumps(publisher.event()).encode()

    assert publisher.deliver(body + b" " * (64 * 1024 - len(body))).status_code == 200


def test_an_unavailable_database_asks_the_sender_to_try_again(publisher, database):
    with psycopg.connect(database.info.dsn) as blocker:
        blocker.execute("LOCK TABLE rating.received_event IN ACCESS EXCLUSIVE MODE")
        answer = publisher.deliver(publisher.event())
        blocker.rollback()

    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "30"
    assert publisher.deliver(publisher.event()).status_code == 200


@pytest.mark.parametrize("table", ["received_event", "result_version", "delivery"])
@pytest.mark.parametrize(
    "act", ["DELETE FROM rating.{}", "TRUNCATE rating.{} CASCADE", "UPDATE rating.{} SET {}"]
)
def test_what_was_received_cannot_be_changed(publisher, database, table, act):
    publisher.deliver(publisher.event())
    column = {"received_event": "type = 'x'", "result_version": "version = 9", "delivery": "reason = 'x'"}[
        table
    ]

    with pytest.raises(psycopg.errors.RestrictViolation, match="append-only"):
        database.execute(act.format(table, column))
