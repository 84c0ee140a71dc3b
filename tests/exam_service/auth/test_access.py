"""Who may go where: each page of administration with its stranger, and the token that every form must carry."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Annotated
from uuid import UUID

import pytest
from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import iter_route_contexts
from fastapi.testclient import TestClient
from sqlalchemy.orm import Session

from exam_service.actor import PERMISSIONS, Actor, Permission, Role
from exam_service.app import create_app
from exam_service.auth import access
from exam_service.settings import Settings
from tests.fixtures.auth import SignIn, make_account

NOBODY = UUID(int=0)
PAGES = {
    "/admin/accounts": Permission.ACCOUNTS_MANAGE,
    "/admin/accounts/new": Permission.ACCOUNTS_MANAGE,
    "/admin/clients": Permission.ACCOUNTS_MANAGE,
    "/admin/clients/new": Permission.ACCOUNTS_MANAGE,
    "/admin/audit": Permission.AUDIT_VIEW,
    "/admin/audit/verification": Permission.AUDIT_VIEW,
}


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("path", list(PAGES))
def test_a_page_of_administration_opens_for_its_permission_and_for_nobody_else(
    signed_in: SignIn, path: str, role: Role
) -> None:
    answer = signed_in(roles={role}).get(path)
    assert answer.status_code == (200 if PAGES[path] in PERMISSIONS[role] else 403)


@pytest.fixture(scope="module")
def _application(settings: Settings) -> FastAPI:
    """With a route for each permission."""
    app = create_app(settings)
    for permission in Permission:
        app.add_api_route(f"/api/guarded/{permission}", _guarded_by(permission))
    return app


def _guarded_by(permission: Permission) -> Callable[..., dict[str, str]]:
    def guarded(actor: Annotated[Actor, access.require(permission)]) -> dict[str, str]:
        return {"name": actor.display_name}

    return guarded


@pytest.mark.parametrize("permission", list(Permission))
def test_every_permission_is_refused_to_an_account_without_roles(
    signed_in: SignIn, permission: Permission
) -> None:
    address = f"/api/guarded/{permission}"
    assert signed_in(roles=()).get(address).status_code == 403
    holder = next(role for role in Role if permission in PERMISSIONS[role])
    assert signed_in(roles={holder}).get(address).status_code == 200


def test_a_role_taken_away_counts_at_the_next_request(signed_in: SignIn, session: Session) -> None:
    client = signed_in(roles={Role.ADMIN})
    assert client.get("/admin/accounts").status_code == 200
    client.account.grants.clear()
    session.commit()
    assert client.get("/admin/accounts").status_code == 403


def test_a_deactivated_account_is_out_at_the_next_request(signed_in: SignIn, session: Session) -> None:
    client = signed_in(roles={Role.ADMIN})
    client.account.is_active = False
    session.commit()
    assert client.get("/admin/accounts").status_code == 303


def unsafe_pages(app: FastAPI) -> Iterator[tuple[str, str, Dependant]]:
    """(method, address with ids that nothing has, what the endpoint asks for) of every form of the service."""
    for route in iter_route_contexts(app.routes):
        dependant = getattr(route, "dependant", None)
        if dependant is None or route.include_in_schema:
            continue
        assert route.path is not None
        path = route.path.format_map(defaultdict(lambda: NOBODY))
        for method in (route.methods or set()) - access.SAFE_METHODS:
            yield method, path, dependant


def asks_for_staff(dependant: Dependant) -> bool:
    calls = [dependant.call, *(part.call for part in dependant.dependencies)]
    return access.optional_staff in calls or any(asks_for_staff(part) for part in dependant.dependencies)


def test_no_form_of_the_service_is_accepted_without_the_token_of_its_session(
    app: FastAPI, signed_in: SignIn
) -> None:
    client = signed_in(roles=set(Role))
    del client.headers["X-CSRF-Token"]
    walked = 0
    for method, path, dependant in unsafe_pages(app):
        answer = client.request(method, path, data={"any": "thing"})
        if asks_for_staff(dependant):
            assert answer.status_code == 403, (method, path)
            assert "tải lại trang" in answer.text, (method, path)
        else:  # forms before a sign-in, and of candidates, who have no session here
            assert answer.status_code in (401, 403) or "sign-in" in answer.headers.get("location", ""), path
        walked += 1
    assert walked >= 11


def test_a_token_of_another_session_is_no_token(signed_in: SignIn) -> None:
    client, other = signed_in(roles={Role.ADMIN}), signed_in(roles={Role.ADMIN})
    client.headers["X-CSRF-Token"] = other.csrf
    assert client.post("/admin/accounts/new", data={}).status_code == 403
    del client.headers["X-CSRF-Token"]
    data = {"csrf_token": client.csrf, "username": "", "display_name": ""}
    assert client.post("/admin/accounts/new", data=data).status_code == 422


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site", "Origin": "http://testserver"},
    ],
)
@pytest.mark.parametrize("path", ["/sign-in", "/preferences"])
def test_a_form_before_the_sign_in_must_come_from_this_site(
    browser: TestClient, path: str, headers: dict[str, str]
) -> None:
    browser.cookies.set("sign_in_form", "token")
    data = {"username": "x", "password": "x", "csrf_token": "token", "theme": "dark"}
    assert browser.post(path, data=data, headers=headers).status_code == 403


def test_the_sign_in_form_must_carry_the_token_of_its_page(browser: TestClient, session: Session) -> None:
    make_account(session, username="anh.nguyen")
    session.commit()
    own = {"Origin": "http://testserver"}
    assert browser.post("/sign-in", data={"csrf_token": ""}, headers=own).status_code == 403
    browser.get("/sign-in")
    assert browser.post("/sign-in", data={"csrf_token": "other"}, headers=own).status_code == 403


def test_language_and_theme_are_remembered(browser: TestClient) -> None:
    own = {"Sec-Fetch-Site": "same-origin"}
    data = {"locale": "en", "next": "/sign-in"}
    assert browser.post("/preferences", data=data, headers=own).headers["location"] == "/sign-in"
    browser.post("/preferences", data={"theme": "dark"}, headers=own)
    page = browser.get("/sign-in").text
    assert '<html lang="en" data-theme="dark">' in page
    assert "Password" in page
