"""Clients of the API: made by administrators, token by RFC 6749."""

import base64
import re
from datetime import timedelta
from typing import Annotated, Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from exam_service import clock
from exam_service.actor import Actor, Role, Scope
from exam_service.app import create_app
from exam_service.auth import clients
from exam_service.auth.access import require_scope
from exam_service.auth.models import ApiClient, ApiToken
from exam_service.settings import Settings
from tests.fixtures.auth import SECRET, SignIn, make_client


@pytest.fixture(scope="module")
def _application(settings: Settings) -> FastAPI:
    """With a route that asks for a scope."""

    def show(actor: Annotated[Actor, require_scope(Scope.RESULTS_READ)]) -> dict[str, str]:
        return {"name": actor.display_name}

    app = create_app(settings)
    app.add_api_route("/api/guarded", show)
    return app


@pytest.fixture
def guarded() -> str:
    return "/api/guarded"


def basic(client_id: str, secret: str = SECRET) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{client_id}:{secret}".encode()).decode()}


def ask(browser: TestClient, client: ApiClient, **fields: str) -> Any:
    data = {"grant_type": "client_credentials", **fields}
    return browser.post("/oauth/token", data=data, headers=basic(client.client_id))


def bearer(browser: TestClient, client: ApiClient, **fields: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {ask(browser, client, **fields).json()['access_token']}"}


def test_a_token_opens_what_its_scope_names_for_one_hour(
    browser: TestClient, session: Session, guarded: str
) -> None:
    client = make_client(session, name="HRM")
    session.commit()
    answer = ask(browser, client, scope="results:read")
    body = answer.json()
    assert (answer.status_code, body["token_type"], body["expires_in"], body["scope"]) == (
        200,
        "Bearer",
        3600,
        "results:read",
    )
    assert (answer.headers["cache-control"], answer.headers["pragma"]) == ("no-store", "no-cache")
    headers = {"Authorization": f"bearer {body['access_token']}"}
    assert browser.get(guarded, headers=headers).json() == {"name": "HRM"}
    with clock.fixed_at(clock.now() + timedelta(hours=1, seconds=1)):
        ended = browser.get(guarded, headers=headers)
    assert (ended.status_code, ended.json()["code"]) == (401, "invalid_token")
    assert ended.headers["www-authenticate"].startswith("Bearer")


def test_credentials_may_stand_in_the_body(browser: TestClient, session: Session) -> None:
    client = make_client(session)
    session.commit()
    data = {
        "grant_type": "client_credentials",
        "client_id": client.client_id,
        "client_secret": SECRET,
    }
    assert browser.post("/oauth/token", data=data).status_code == 200
    assert (
        browser.post("/oauth/token", data={**data, "client_secret": "x"}).json()["error"] == "invalid_client"
    )


def test_without_a_scope_the_token_has_all_that_the_client_has(browser: TestClient, session: Session) -> None:
    client = make_client(session, scopes=[Scope.PEOPLE_WRITE, Scope.RESULTS_READ])
    session.commit()
    assert ask(browser, client).json()["scope"] == "people:write results:read"


@pytest.mark.parametrize(
    ("fields", "headers", "status", "error"),
    [
        ({}, {}, 400, "invalid_request"),
        ({"grant_type": "password"}, {}, 400, "unsupported_grant_type"),
        ({"grant_type": "client_credentials"}, {}, 401, "invalid_client"),
        ({"grant_type": "client_credentials"}, basic("unknown"), 401, "invalid_client"),
        ({"grant_type": "client_credentials"}, basic("known", "wrong"), 401, "invalid_client"),
        ({"grant_type": "client_credentials"}, basic("closed"), 401, "invalid_client"),
        ({"grant_type": "client_credentials"}, {"Authorization": "Basic %%%"}, 401, "invalid_client"),
        ({"grant_type": "client_credentials"}, {"Authorization": "Bearer abc"}, 401, "invalid_client"),
        ({"grant_type": "client_credentials", "scope": "people:write"}, basic("known"), 400, "invalid_scope"),
        ({"grant_type": "client_credentials", "scope": "nonsense"}, basic("known"), 400, "invalid_scope"),
        (
            {"grant_type": "client_credentials", "client_secret": SECRET},
            basic("known"),
            400,
            "invalid_request",
        ),
        (
            {"grant_type": ["client_credentials", "client_credentials"]},
            basic("known"),
            400,
            "invalid_request",
        ),
    ],
)
def test_a_refused_token_request_is_answered_as_the_rfc_demands(
    browser: TestClient,
    session: Session,
    fields: dict[str, Any],
    headers: dict[str, str],
    status: int,
    error: str,
) -> None:
    make_client(session, client_id="known", scopes=[Scope.RESULTS_READ])
    make_client(session, client_id="closed", is_active=False)
    session.commit()
    answer = browser.post("/oauth/token", data=fields, headers=headers)
    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert answer.headers["cache-control"] == "no-store"
    assert ("www-authenticate" in answer.headers) == (status == 401)
    # RFC 6749 §5.2: printable ASCII without quotes and backslashes.
    assert re.fullmatch(r"[\x20-\x21\x23-\x5B\x5D-\x7E]+", answer.json()["error_description"])


def test_a_token_request_in_json_is_malformed(browser: TestClient) -> None:
    answer = browser.post("/oauth/token", json={"grant_type": "client_credentials"})
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


def test_a_token_without_the_scope_is_refused(browser: TestClient, session: Session, guarded: str) -> None:
    client = make_client(session)
    session.commit()
    answer = browser.get(guarded, headers=bearer(browser, client, scope="people:write"))
    assert (answer.status_code, answer.json()["code"]) == (403, "insufficient_scope")


@pytest.mark.parametrize("header", [{}, {"Authorization": "Bearer "}, {"Authorization": "Bearer wrong"}])
def test_without_a_living_token_nothing_opens(
    browser: TestClient, guarded: str, header: dict[str, str]
) -> None:
    assert browser.get(guarded, headers=header).status_code == 401


def test_a_cookie_of_the_staff_is_no_token(signed_in: SignIn, guarded: str) -> None:
    assert signed_in(roles=set(Role)).get(guarded).status_code == 401


@pytest.mark.parametrize("end", ["deactivate", "rotate", "scope"])
def test_what_an_administrator_takes_away_is_gone_at_the_next_call(
    browser: TestClient, session: Session, signed_in: SignIn, guarded: str, end: str
) -> None:
    client = make_client(session)
    admin = signed_in(roles={Role.ADMIN})
    headers = bearer(browser, client)
    assert browser.get(guarded, headers=headers).status_code == 200
    page = f"/admin/clients/{client.id}"
    match end:
        case "deactivate":
            done = admin.post(f"{page}/state", data={"is_active": "false"})
        case "rotate":
            done = admin.post(f"{page}/secret")
        case _:
            done = admin.post(page, data={"name": "HRM", "scopes": ["people:write"]})
    assert done.status_code in (200, 303)
    assert browser.get(guarded, headers=headers).status_code == (403 if end == "scope" else 401)


def test_a_secret_is_shown_once_and_works(signed_in: SignIn, browser: TestClient, session: Session) -> None:
    admin = signed_in(roles={Role.ADMIN})
    data = {"name": "Phần mềm cán bộ", "scopes": ["results:read"]}
    page = admin.post("/admin/clients/new", data=data).text
    client = session.scalars(select(ApiClient)).one()
    secrets = [text for text in re.findall(r"[\w-]{43}", page) if text != admin.csrf]
    assert len(secrets) == 1
    answer = browser.post(
        "/oauth/token",
        data={"grant_type": "client_credentials"},
        headers=basic(client.client_id, secrets[0]),
    )
    assert answer.status_code == 200
    assert secrets[0] not in admin.get(f"/admin/clients/{client.id}").text
    assert client.name in admin.get("/admin/clients").text


@pytest.mark.parametrize("data", [{"name": "", "scopes": ["results:read"]}, {"name": "HRM"}])
def test_a_client_needs_a_name_and_a_scope(signed_in: SignIn, data: dict[str, Any]) -> None:
    assert signed_in(roles={Role.ADMIN}).post("/admin/clients/new", data=data).status_code == 422


def test_ended_tokens_are_swept_and_living_ones_stay(browser: TestClient, session: Session) -> None:
    client = make_client(session)
    session.commit()
    with clock.fixed_at(clock.now() - timedelta(hours=2)):
        ask(browser, client)
    ask(browser, client)
    assert clients.sweep_tokens(session) == 1
    assert len(session.scalars(select(ApiToken)).all()) == 1


def test_the_api_document_says_how_to_get_a_token(browser: TestClient) -> None:
    document = browser.get("/openapi.json").json()
    assert document["paths"]["/oauth/token"]["post"]["requestBody"]["required"] is True
