"""HR's API: who may read, filters, cursors, problems, and its description."""

import contextlib
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import schemathesis
from fastapi import FastAPI
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from sqlalchemy import insert, select
from sqlalchemy.orm import Session
from uuid_utils.compat import uuid7

from exam_service import clock
from exam_service.actor import Role, Scope
from exam_service.people.models import Position, Unit
from exam_service.results.models import Result
from tests.fixtures.auth import make_client
from tests.fixtures.periods import World, make_unit
from tests.fixtures.results import access_token, make_released_period


@pytest.fixture
def world(session: Session) -> World:
    return make_released_period(session, right=(6, 5, 3, 2))


@pytest.fixture
def hr(browser: TestClient, session: Session) -> TestClient:
    """A client of HR with the scope to read results."""
    token = access_token(session, make_client(session, scopes=[Scope.RESULTS_READ]))
    browser.headers["Authorization"] = f"Bearer {token}"
    return browser


def get(client: TestClient, **parameters: Any) -> dict[str, Any]:
    answer = client.get("/api/v1/results", params=parameters)
    assert answer.status_code == 200, answer.text
    return answer.json()


def everything(client: TestClient, **parameters: Any) -> list[dict[str, Any]]:
    """All pages, by following next_cursor."""
    found: list[dict[str, Any]] = []
    cursor: str | None = None
    while True:
        page = get(client, **parameters, **({"cursor": cursor} if cursor else {}))
        found += page["results"]
        cursor = page["next_cursor"]
        if cursor is None:
            return found


def correct(session: Session, old: Result, **values: Any) -> UUID:
    """A later version of a result, as a correction writes it."""
    kept = {
        column.name: getattr(old, column.name)
        for column in Result.__table__.columns
        if column.name not in ("id", "sequence")
    }
    made = uuid7()
    session.execute(
        insert(Result).values(
            **{
                **kept,
                "id": made,
                "version": old.version + 1,
                "supersedes_id": old.id,
                "kind": "corrected",
                "reason": "Đính chính đáp án",
                "released_at": clock.now(),
                **values,
            }
        )
    )
    session.commit()
    return made


def test_results_come_in_the_order_of_their_sequence_with_decimal_texts(hr: TestClient, world: World):
    results = get(hr)["results"]
    assert [one["points"] for one in results] == ["6", "5", "3", "2"]
    assert [one["percent"] for one in results] == ["100.00", "83.33", "50.00", "33.33"]
    assert [one["outcome"] for one in results] == ["pass", "pass", "pass", "fail"]
    assert [one["sequence"] for one in results] == sorted(one["sequence"] for one in results)
    assert results[0]["period"]["code"] == world.period.code
    assert results[0]["competencies"] == [{"code": "TP", "name": "Tư pháp", "points": "6", "max_points": "6"}]


def test_pages_neither_repeat_nor_miss_a_result(hr: TestClient, world: World):
    paged = everything(hr, page_size=3)
    assert [one["result_id"] for one in paged] == [one["result_id"] for one in get(hr)["results"]]


def test_the_link_header_leads_to_the_next_page_and_ends(hr: TestClient, world: World):
    first = hr.get("/api/v1/results", params={"page_size": 3, "period": world.period.code})
    link = first.headers["link"]
    assert link.endswith('>; rel="next"')
    second = hr.get(link[1 : link.index(">")])
    assert [len(first.json()["results"]), len(second.json()["results"])] == [3, 1]
    assert "link" not in second.headers
    assert second.json()["next_cursor"] is None


@pytest.mark.parametrize(("asked", "given"), [(0, 50), (201, 200), (10_000, 200), (7, 7)])
def test_the_page_size_is_coerced(asked: int, given: int):
    from exam_service.rating_feed.pull import PullQuery

    assert PullQuery(page_size=asked).limit == given


def test_the_resume_cursor_brings_only_what_came_since(hr: TestClient, world: World, session: Session):
    resume = get(hr)["resume_cursor"]
    assert get(hr, cursor=resume) == {"results": [], "next_cursor": None, "resume_cursor": resume}
    old = session.scalars(select(Result).order_by(Result.sequence).limit(1)).one()
    made = correct(session, old)
    assert [one["result_id"] for one in get(hr, cursor=resume)["results"]] == [str(made)]


def test_only_current_versions_are_listed_unless_history_is_asked_for(
    hr: TestClient, world: World, session: Session
):
    old = session.scalars(select(Result).order_by(Result.sequence).limit(1)).one()
    made = correct(session, old)
    current = {one["result_id"]: one for one in get(hr)["results"]}
    history = {one["result_id"]: one for one in get(hr, include_superseded=True)["results"]}
    assert (len(current), len(history)) == (4, 5)
    assert str(old.id) not in current
    assert history[str(old.id)]["is_current"] is False
    assert (current[str(made)]["version"], current[str(made)]["supersedes"]) == (2, str(old.id))
    assert current[str(made)]["kind"] == "corrected"


def test_a_superseded_version_is_still_found_by_its_id(hr: TestClient, world: World, session: Session):
    old = session.scalars(select(Result).order_by(Result.sequence).limit(1)).one()
    correct(session, old)
    found = hr.get(f"/api/v1/results/{old.id}").json()
    assert (found["result_id"], found["is_current"]) == (str(old.id), False)


def test_a_cursor_of_other_filters_is_refused(hr: TestClient, world: World):
    cursor = get(hr, page_size=2)["next_cursor"]
    assert len(get(hr, page_size=1, cursor=cursor)["results"]) == 1, "the page size may change"
    for changed in ({"period": world.period.code}, {"include_superseded": True}):
        answer = hr.get("/api/v1/results", params={"cursor": cursor, **changed})
        assert (answer.status_code, answer.json()["code"]) == (400, "cursor_mismatch")


@pytest.mark.parametrize(
    "cursor",
    ["x", "é", "e30", "WzFd", "bnVsbA", "eyJhZnRlciI6ICJ4In0", "eyJhZnRlciI6LTEsImZpbHRlcnMiOiIifQ", "=" * 9],
)
def test_a_cursor_that_nobody_gave_out_is_refused(hr: TestClient, world: World, cursor: str):
    answer = hr.get("/api/v1/results", params={"cursor": cursor})
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_cursor")
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_unit_brings_the_units_under_it(hr: TestClient, world: World, session: Session):
    city = make_unit(session, "Cần Thơ", type="city", code="92")
    district = make_unit(session, "Phòng Tư pháp", type="office", code="92.1", parent_id=city.id)
    make_unit(session, "Nơi khác", code="93")
    session.get_one(Unit, world.unit.id).parent_id = district.id
    session.commit()
    assert len(get(hr, unit="92")["results"]) == 4
    assert len(get(hr, unit=session.get_one(Unit, world.unit.id).code)["results"]) == 4
    assert get(hr, unit="93")["results"] == []


def test_period_and_position_narrow_the_list(hr: TestClient, world: World, session: Session):
    other = make_released_period(session, right=(4,))
    assert len(get(hr)["results"]) == 5
    assert [one["points"] for one in get(hr, period=other.period.code)["results"]] == ["4"]
    position = session.get_one(Position, other.position.id)
    assert [one["position"]["code"] for one in get(hr, position=position.code)["results"]] == [position.code]


def test_updated_since_includes_the_moment_itself(hr: TestClient, world: World, session: Session):
    released_at = session.scalars(select(Result.released_at).limit(1)).one()
    assert len(get(hr, updated_since=released_at.isoformat())["results"]) == 4
    later = released_at + timedelta(microseconds=1)
    assert get(hr, updated_since=later.isoformat())["results"] == []


@pytest.mark.parametrize("parameter", ["period", "unit", "position"])
def test_a_code_that_does_not_exist_is_named_instead_of_an_empty_list(hr: TestClient, parameter: str):
    answer = hr.get("/api/v1/results", params={parameter: "KHONG-CO"})
    assert (answer.status_code, answer.json()["code"]) == (422, "unknown_code")
    assert answer.json()["parameter"] == parameter


@pytest.mark.parametrize(
    "parameters",
    [
        {"page_size": -1},
        {"page_size": "many"},
        {"updated_since": "2026-11-20"},
        {"updated_since": "2026-11-20T00:00:00"},
        {"unit": ""},
        {"unit": "\x00"},
        {"unitcode": "92"},
        {"include_superseded": "perhaps"},
    ],
)
def test_a_malformed_or_unknown_parameter_is_a_problem(hr: TestClient, parameters: dict[str, Any]):
    answer = hr.get("/api/v1/results", params=parameters)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
    assert answer.headers["content-type"] == "application/problem+json"


def test_without_a_token_nothing_is_read(browser: TestClient, world: World):
    for path in ("/api/v1/results", f"/api/v1/results/{uuid4()}"):
        answer = browser.get(path)
        assert (answer.status_code, answer.json()["code"]) == (401, "invalid_token")
        assert answer.headers["www-authenticate"] == "Bearer"


def test_a_token_without_the_scope_reads_nothing(browser: TestClient, session: Session, world: World):
    token = access_token(session, make_client(session, scopes=[Scope.PEOPLE_WRITE]))
    answer = browser.get("/api/v1/results", headers={"Authorization": f"Bearer {token}"})
    assert (answer.status_code, answer.json()["code"]) == (403, "insufficient_scope")


def test_the_cookie_of_staff_is_no_token(signed_in: Any, world: World):
    assert signed_in(roles={Role.OFFICER}).get("/api/v1/results").status_code == 401


def test_an_unknown_result_is_not_found(hr: TestClient, world: World):
    answer = hr.get(f"/api/v1/results/{uuid4()}")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert hr.get("/api/v1/results/not-an-id").status_code == 422


def test_personal_data_is_not_kept_by_caches(hr: TestClient, world: World):
    found = get(hr)["results"][0]["result_id"]
    for path in ("/api/v1/results", f"/api/v1/results/{found}"):
        assert hr.get(path).headers["cache-control"] == "no-store"


def test_a_page_costs_the_same_number_of_queries_however_long_it_is(
    hr: TestClient, world: World, connection: Any
):
    from sqlalchemy import event

    def statements(page_size: int) -> int:
        seen: list[str] = []

        def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
            seen.append(statement)

        event.listen(connection, "before_cursor_execute", note)
        try:
            get(hr, page_size=page_size)
        finally:
            event.remove(connection, "before_cursor_execute", note)
        return len([one for one in seen if one.startswith("SELECT")])

    assert statements(1) == statements(4)


def test_openapi_describes_the_api_the_webhooks_and_how_to_sign_in(app: FastAPI):
    described = app.openapi()
    assert described["openapi"].startswith("3.1")
    listed = described["paths"]["/api/v1/results"]["get"]
    assert set(listed["responses"]) == {"200", "400", "401", "403", "422"}
    for status in ("400", "401", "403", "422"):
        assert list(listed["responses"][status]["content"]) == ["application/problem+json"]
    assert {parameter["name"] for parameter in listed["parameters"]} == {
        "period", "unit", "position", "updated_since", "include_superseded", "page_size", "cursor",
    }  # fmt: skip
    (scheme_name,) = listed["security"][0]
    scheme = described["components"]["securitySchemes"][scheme_name]
    assert scheme["flows"]["clientCredentials"]["tokenUrl"] == "/oauth/token"
    assert listed["security"] == [{scheme_name: ["results:read"]}]
    assert set(described["webhooks"]) == {"result.released", "result.corrected", "result.annulled"}
    assert {p["name"] for p in described["webhooks"]["result.released"]["post"]["parameters"]} == {
        "webhook-id", "webhook-timestamp", "webhook-signature",
    }  # fmt: skip


CHECKS = (
    not_a_server_error,
    status_code_conformance,
    response_schema_conformance,
    response_headers_conformance,
)


@pytest.fixture
def described_api(app: FastAPI, session: Session, world: World) -> Any:
    token = access_token(session, make_client(session, scopes=[Scope.RESULTS_READ]))
    schema = schemathesis.openapi.from_asgi("/openapi.json", app).include(
        path_regex="^/api/v1/(results|events)"
    )

    @schema.auth()
    class Bearer:
        def get(self, _case: Any, _context: Any) -> str:
            return token

        def set(self, case: Any, data: str, _context: Any) -> None:
            case.headers = {**(case.headers or {}), "Authorization": f"Bearer {data}"}

    return schema


def test_whatever_is_sent_the_answer_is_one_of_those_described(described_api: Any):
    operations = [found.ok() for found in described_api.get_all_operations()]
    assert len(operations) == 3
    for operation in operations:
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):

            @given(case=operation.as_strategy(generation_mode=mode))
            @settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck), database=None)
            def ask(case: Any) -> None:
                case.call_and_validate(checks=CHECKS)

            with contextlib.suppress(Unsatisfiable):  # an operation without parameters has no wrong ones
                ask()


def test_a_moment_at_the_end_of_time_is_no_crash(hr: TestClient, world: World):
    for moment in ("9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+14:00"):
        assert hr.get("/api/v1/results", params={"updated_since": moment}).status_code in (200, 422)
    assert datetime.now(UTC).year < 9999
