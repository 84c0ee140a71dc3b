"""What every answer of the service keeps to, whoever asks."""

import asyncio
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from exam_service.actor import Role
from exam_service.auth import sessions
from exam_service.http import API_SECURITY_HEADERS, LARGEST_API_BODY, SECURITY_HEADERS
from tests.fixtures.auth import SignIn


@pytest.mark.parametrize("path", ["/healthz", "/sign-in", "/no/such/page", "/static/tokens.css", "/api/none"])
def test_security_headers_stand_on_every_answer(browser: TestClient, path: str) -> None:
    answer = browser.get(path)
    expected = API_SECURITY_HEADERS if path.startswith("/api/") else SECURITY_HEADERS
    for name, value in expected.items():
        assert answer.headers[name] == value


def test_a_missing_page_says_so_in_the_readers_language(browser: TestClient) -> None:
    answer = browser.get("/no/such/page")
    assert answer.status_code == 404
    assert "Không tìm thấy" in answer.text
    browser.cookies.set("lang", "en")
    assert "Không tìm thấy" not in browser.get("/no/such/page").text


def test_a_missing_api_address_answers_with_a_problem_document(browser: TestClient) -> None:
    answer = browser.get("/api/none")
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.json()["status"], answer.json()["code"]) == (404, "not_found")


def test_a_body_over_the_limit_is_refused_before_it_is_read(browser: TestClient) -> None:
    answer = browser.post("/oauth/token", content=b"x" * (LARGEST_API_BODY + 1))
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")


def test_a_body_of_unknown_length_is_cut_off_at_the_limit(browser: TestClient) -> None:
    def endless() -> object:
        for _ in range(LARGEST_API_BODY // 1000 + 2):
            yield b"x" * 1000

    answer = browser.post("/oauth/token", content=endless())
    assert answer.status_code == 413


def test_who_goes_away_in_the_middle_of_a_form_is_no_crash(app: FastAPI, signed_in: SignIn) -> None:
    cookie = f"{sessions.STAFF_COOKIE}={signed_in(roles={Role.OFFICER}).cookies[sessions.STAFF_COOKIE]}"
    headers = {"host": "testserver", "cookie": cookie, "content-type": "application/x-www-form-urlencoded"}
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/periods/new",
        "query_string": b"",
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        "client": ("testclient", 1),
    }
    come = iter(
        [{"type": "http.request", "body": b"csrf_tok", "more_body": True}, {"type": "http.disconnect"}]
    )
    said: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return next(come)

    async def send(message: Any) -> None:
        said.append(message)

    asyncio.run(app(scope, receive, send))
    assert said[0]["status"] == 400


def test_versioned_files_may_be_kept_for_a_year_and_others_are_asked_for_again(browser: TestClient) -> None:
    assert "immutable" in browser.get("/static/tokens.css?v=1").headers["cache-control"]
    assert browser.get("/static/tokens.css").headers["cache-control"] == "no-cache"


def test_an_unsafe_return_address_after_switching_the_language_is_ignored(browser: TestClient) -> None:
    answer = browser.post(
        "/preferences",
        data={"locale": "en", "next": "https://elsewhere.example/"},
        headers={"Origin": "http://testserver"},
    )
    assert answer.status_code in (303, 403, 422)
    assert "elsewhere" not in answer.headers.get("location", "")
