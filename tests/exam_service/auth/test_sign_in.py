import re
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from exam_service import clock
from exam_service.actor import Role
from exam_service.audit import AuditRow
from exam_service.auth import sessions, throttle
from exam_service.auth.models import LoginSession, SignInFailure
from exam_service.auth.pages.sign_in import FORM_COOKIE
from tests.fixtures.auth import PASSWORD, SignIn, make_account

OWN = {"Origin": "http://testserver"}


def try_sign_in(browser: TestClient, username: str, password: str = PASSWORD, **fields: str):
    browser.get("/sign-in")
    token = browser.cookies[FORM_COOKIE]
    data = {"username": username, "password": password, "csrf_token": token, **fields}
    return browser.post("/sign-in", data=data, headers=OWN)


def test_the_right_password_signs_in_and_leads_to_the_first_area(
    browser: TestClient, session: Session
) -> None:
    account = make_account(session, roles={Role.HR}, username="anh.nguyen")
    session.commit()
    answer = try_sign_in(browser, " Anh.Nguyen ")
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert browser.get("/").headers["location"] == "/results"
    signed_in_at = session.scalar(
        select(AuditRow.at).where(AuditRow.action == "account.sign_in", AuditRow.actor_id == account.id)
    )
    assert signed_in_at is not None


@pytest.mark.parametrize(("username", "password"), [("anh.nguyen", "wrong"), ("nobody", PASSWORD), ("", "")])
def test_a_wrong_name_and_a_wrong_password_get_the_same_answer(
    browser: TestClient, session: Session, username: str, password: str
) -> None:
    make_account(session, username="anh.nguyen")
    session.commit()
    answer = try_sign_in(browser, username, password)
    assert answer.status_code == 401
    assert "Tên đăng nhập hoặc mật khẩu chưa đúng" in answer.text
    assert sessions.STAFF_COOKIE not in browser.cookies


def test_an_inactive_account_cannot_sign_in(browser: TestClient, session: Session) -> None:
    make_account(session, username="anh.nguyen", is_active=False)
    session.commit()
    assert try_sign_in(browser, "anh.nguyen").status_code == 401


@pytest.mark.parametrize("username", ["anh.nguyen", "nobody"])
def test_five_failures_lock_the_name_for_ten_minutes_whether_it_exists_or_not(
    browser: TestClient, session: Session, username: str
) -> None:
    make_account(session, username="anh.nguyen")
    session.commit()
    for _ in range(throttle.NAME_LIMIT):
        assert try_sign_in(browser, username, "wrong").status_code == 401
    locked = try_sign_in(browser, username)
    assert locked.status_code == 429
    assert "10 phút" in locked.text
    assert 590 <= int(locked.headers["Retry-After"]) <= 600
    # A try while the name is locked is not counted: nobody can keep a lock alive for ever.
    assert session.scalar(select(func.count()).select_from(SignInFailure)) == throttle.NAME_LIMIT


def test_a_lock_ends_by_itself(browser: TestClient, session: Session) -> None:
    make_account(session, username="anh.nguyen")
    session.commit()
    start = clock.now()
    with clock.fixed_at(start):
        for _ in range(throttle.NAME_LIMIT):
            try_sign_in(browser, "anh.nguyen", "wrong")
    with clock.fixed_at(start + throttle.NAME_LOCK - timedelta(seconds=1)):
        assert try_sign_in(browser, "anh.nguyen").status_code == 429
    with clock.fixed_at(start + throttle.NAME_LOCK):
        assert try_sign_in(browser, "anh.nguyen").status_code == 303


def test_the_right_password_clears_the_count(browser: TestClient, session: Session) -> None:
    make_account(session, username="anh.nguyen")
    session.commit()
    for _ in range(2):
        for _ in range(throttle.NAME_LIMIT - 1):
            try_sign_in(browser, "anh.nguyen", "wrong")
        assert try_sign_in(browser, "anh.nguyen").status_code == 303
        browser.cookies.delete(sessions.STAFF_COOKIE)


def test_a_room_of_people_who_mistype_is_not_locked_out(browser: TestClient, session: Session) -> None:
    make_account(session, username="anh.nguyen")
    for person in range(60):
        for _ in range(4):
            throttle.count_failure(session, name=f"account:person{person}", address="testclient")
    session.commit()
    assert try_sign_in(browser, "anh.nguyen").status_code == 303


def test_an_address_that_guesses_many_names_has_to_wait_between_tries(
    browser: TestClient, session: Session
) -> None:
    make_account(session, username="anh.nguyen")
    start = clock.now()
    with clock.fixed_at(start):
        for number in range(throttle.ADDRESS_LIMIT):
            throttle.count_failure(session, name=f"account:guess{number}", address="testclient")
        session.commit()
        slowed = try_sign_in(browser, "anh.nguyen")
        assert (slowed.status_code, slowed.headers["Retry-After"]) == (429, "3")
        assert "không bị khóa" in slowed.text
    with clock.fixed_at(start + throttle.ADDRESS_PAUSE):
        assert try_sign_in(browser, "anh.nguyen").status_code == 303


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "/\\evil.example", "/a\nb"])
def test_signing_in_never_leads_to_another_site(browser: TestClient, session: Session, target: str) -> None:
    make_account(session, username="anh.nguyen")
    session.commit()
    assert try_sign_in(browser, "anh.nguyen", next=target).headers["location"] == "/"


def test_a_page_asked_for_without_a_session_is_shown_after_the_sign_in(
    browser: TestClient, session: Session
) -> None:
    make_account(session, roles={Role.ADMIN}, username="anh.nguyen")
    session.commit()
    sent = urlsplit(browser.get("/admin/accounts?q=h%E1%BB%93&page=2").headers["location"])
    assert sent.path == "/sign-in"
    target = parse_qs(sent.query)["next"][0]
    assert try_sign_in(browser, "anh.nguyen", next=target).headers["location"] == target
    assert target == "/admin/accounts?q=h%E1%BB%93&page=2"


def test_a_cookie_planted_before_the_sign_in_is_replaced_and_worth_nothing(
    browser: TestClient, session: Session
) -> None:
    make_account(session, username="anh.nguyen")
    session.commit()
    browser.cookies.set(sessions.STAFF_COOKIE, "planted", domain="testserver.local", path="/")
    try_sign_in(browser, "anh.nguyen")
    given = [cookie.value for cookie in browser.cookies.jar if cookie.name == sessions.STAFF_COOKIE]
    assert "planted" not in given
    assert session.scalars(select(LoginSession.token_hash)).all() == [sessions.hash_token(given[0])]


def test_signing_in_again_ends_the_session_that_the_browser_had(
    browser: TestClient, session: Session, signed_in: SignIn
) -> None:
    first = signed_in()
    old = first.cookies[sessions.STAFF_COOKIE]
    browser.cookies.set(sessions.STAFF_COOKIE, old)
    form = browser.get("/sign-in").headers["location"]
    assert form == "/"
    browser.cookies.set(FORM_COOKIE, "form-token")
    data = {"username": first.account.username, "password": PASSWORD, "csrf_token": "form-token"}
    assert browser.post("/sign-in", data=data, headers=OWN).status_code == 303
    assert first.get("/account/password").headers["location"].startswith("/sign-in")


def test_the_cookie_of_a_session_is_out_of_reach_of_scripts_and_other_sites(
    browser: TestClient, session: Session
) -> None:
    make_account(session, username="anh.nguyen")
    session.commit()
    header = try_sign_in(browser, "anh.nguyen").headers["set-cookie"]
    assert re.search(r"staff_session=[\w-]{43}; HttpOnly; Path=/; SameSite=lax", header)


def test_signing_out_ends_the_session_on_the_server(signed_in: SignIn, browser: TestClient) -> None:
    client = signed_in()
    token = client.cookies[sessions.STAFF_COOKIE]
    assert client.post("/sign-out").headers["location"] == "/sign-in"
    browser.cookies.set(sessions.STAFF_COOKIE, token)
    assert browser.get("/account/password").headers["location"].startswith("/sign-in")


def test_a_session_ends_after_an_hour_without_a_request(signed_in: SignIn) -> None:
    start = clock.now()
    client = signed_in()
    with clock.fixed_at(start + timedelta(minutes=59)):
        assert client.get("/account/password").status_code == 200
    with clock.fixed_at(start + timedelta(minutes=59 + 59)):
        assert client.get("/account/password").status_code == 200
    with clock.fixed_at(start + timedelta(minutes=59 + 59 + 61)):
        assert client.get("/account/password").status_code == 303


def test_a_session_ends_after_twelve_hours_however_busy(signed_in: SignIn) -> None:
    start = clock.now()
    client = signed_in()
    for minutes in range(50, 12 * 60, 50):
        with clock.fixed_at(start + timedelta(minutes=minutes)):
            assert client.get("/account/password").status_code == 200
    with clock.fixed_at(start + timedelta(hours=12, seconds=1)):
        assert client.get("/account/password").status_code == 303
