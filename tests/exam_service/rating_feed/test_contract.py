"""The published event is the one that the rating module was built for."""

import json
from pathlib import Path
from typing import Any

from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from exam_service.attempts.models import AttemptState
from exam_service.marking.service import score_period
from exam_service.rating_feed.events import event_schema
from exam_service.rating_feed.models import OutboxEvent
from exam_service.rating_feed.outbox import release_period
from performance_rating.event import ResultEvent, parse_event
from tests.fixtures.results import ABSENT, attempts_of, make_released_period, make_sat_period

CONTRACT = Path(__file__).parents[3] / "performance_rating" / "event.schema.json"
SUBSTANCE = (
    "type",
    "format",
    "pattern",
    "enum",
    "const",
    "minLength",
    "maxLength",
    "minimum",
    "maximum",
    "maxItems",
)


def resolved(schema: dict[str, Any], root: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in schema:
        schema = root["$defs"][schema["$ref"].rsplit("/", 1)[1]]
    return schema


def leaves(schema: dict[str, Any], root: dict[str, Any], path: str = "") -> dict[str, Any]:
    """Path → what a value there must be; names, descriptions and defaults left out."""
    schema = resolved(schema, root)
    if schema.get("type") == "object":
        found: dict[str, Any] = {}
        for name, part in schema["properties"].items():
            found |= leaves(part, root, f"{path}/{name}")
        return found
    if schema.get("type") == "array":
        rules = {key: schema[key] for key in SUBSTANCE if key in schema}
        return {path: rules} | leaves(schema["items"], root, f"{path}[]")
    if "anyOf" in schema:
        return {path: sorted((leaves(part, root)[""] for part in schema["anyOf"]), key=str)}
    rules = {key: schema[key] for key in SUBSTANCE if key in schema}
    if "enum" in rules:
        rules["enum"] = sorted(rules["enum"])
    return {path: rules}


def required(schema: dict[str, Any], root: dict[str, Any], path: str = "") -> set[str]:
    schema = resolved(schema, root)
    if schema.get("type") == "array":
        return required(schema["items"], root, f"{path}[]")
    found = {f"{path}/{name}" for name in schema.get("required", [])}
    for name, part in schema.get("properties", {}).items():
        found |= required(part, root, f"{path}/{name}")
    return found


def test_both_sides_describe_the_same_event():
    ours, theirs = event_schema(), json.loads(CONTRACT.read_text(encoding="utf-8"))
    assert leaves(ours, ours) == leaves(theirs, theirs)


def test_everything_that_the_receiver_requires_is_always_sent():
    ours, theirs = event_schema(), json.loads(CONTRACT.read_text(encoding="utf-8"))
    assert required(theirs, theirs) - required(ours, ours) == set()


def test_the_schema_is_published_without_a_token(browser: TestClient):
    answer = browser.get("/api/v1/events/result.schema.json")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/schema+json"
    assert answer.json() == event_schema()


def test_the_receiver_reads_every_kind_of_result(session: Session):
    make_released_period(session, right=(6, 3, 0, ABSENT))
    world = make_sat_period(session, right=(6,))
    attempts_of(session, world)[0].state = AttemptState.VOID.value
    score_period(session, world.officer, period_id=world.period.id)
    release_period(session, world.officer, period_id=world.period.id)
    bodies = session.scalars(select(OutboxEvent.body)).all()
    events = [parse_event(body) for body in bodies]
    assert len(events) == 5
    assert all(isinstance(event, ResultEvent) for event in events)
    assert sorted({event.type for event in events}) == ["result.annulled", "result.released"]
