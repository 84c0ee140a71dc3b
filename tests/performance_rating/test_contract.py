"""What others rely on: the event's schema, the description of the endpoint, the texts and the health check."""

import json
from importlib import resources

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po
from pydantic import TypeAdapter

from performance_rating.event import (
    EventType,
    MalformedEvent,
    ResultEvent,
    UnknownEvent,
    parse_event,
    schema_text,
)

PACKAGE = resources.files("performance_rating")


def test_the_schema_file_is_current():
    kept = (PACKAGE / "event.schema.json").read_text(encoding="utf-8")

    assert kept == schema_text(), (
        "run: python -m performance_rating.event > performance_rating/event.schema.json"
    )


def test_a_published_event_survives_the_round_trip_exactly(publisher):
    event = publisher.event(points="45.50", percent="75.83")

    parsed = parse_event(json.dumps(event).encode())

    assert isinstance(parsed, ResultEvent)
    assert parsed.model_dump(mode="json") == event


@pytest.mark.parametrize("event_type", list(EventType))
def test_every_published_type_carries_the_same_data(publisher, event_type):
    assert isinstance(parse_event(json.dumps(publisher.event(kind=event_type)).encode()), ResultEvent)


def test_a_foreign_type_is_well_formed_with_any_data():
    body = b'{"type": "a.b", "timestamp": "2026-11-20T02:00:00Z", "data": {"anything": 1}}'

    assert isinstance(parse_event(body), UnknownEvent)


def test_at_most_twenty_reasons_are_given(publisher):
    broken = publisher.event(competencies=[{} for _ in range(50)])

    with pytest.raises(MalformedEvent) as refusal:
        parse_event(json.dumps(broken).encode())

    assert len(refusal.value.reasons) == 20


def test_openapi_describes_the_webhook_with_its_event(stranger):
    description = stranger.get("/openapi.json").json()

    assert description["openapi"].startswith("3.1")
    webhook = description["paths"]["/webhooks/results"]["post"]
    assert webhook["requestBody"]["content"]["application/json"]["schema"] == {
        "$ref": "#/components/schemas/ResultEvent"
    }
    assert {parameter["name"] for parameter in webhook["parameters"]} == {
        "webhook-id", "webhook-timestamp", "webhook-signature",
    }  # fmt: skip
    assert set(webhook["responses"]) >= {"200", "202", "401", "409", "413", "422", "503"}
    references = [part.split('"')[0] for part in json.dumps(description).split('"#/components/schemas/')[1:]]
    assert set(references) <= set(description["components"]["schemas"])
    assert set(description["paths"]) == {"/webhooks/results", "/healthz"}


def test_the_health_check_asks_the_database(stranger):
    answer = stranger.get("/healthz")

    assert answer.status_code == 200
    assert answer.json()["database"] == "ok"


def test_the_webhook_answers_other_methods_with_a_problem(stranger):
    answer = stranger.get("/webhooks/results", headers={"accept": "text/html"})

    assert answer.status_code == 405
    assert answer.headers["content-type"] == "application/problem+json"
    TypeAdapter(dict[str, object]).validate_json(answer.content)


def test_every_text_has_its_english_and_no_english_is_left_over():
    used = {
        message
        for _file, _line, message, _comments, _context in extract_from_dir(
            str(PACKAGE / "templates"),
            method_map=[("**.html", "jinja2.ext.babel_extract")],
            options_map={"**.html": {"silent": "false"}},
        )
    }
    with (PACKAGE / "locales" / "en.po").open("rb") as file:
        catalogue = read_po(file, locale="en")
    translated = {message.id for message in catalogue if message.id and message.string}

    assert translated == used
    for message in catalogue:
        assert not message.id or message.string.count("%(") == message.id.count("%("), message.id
