import unicodedata

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from exam_service.actor import Role
from exam_service.auth import passwords, sessions, throttle
from exam_service.auth.models import LoginSession
from tests.fixtures.auth import PASSWORD, SignIn, make_account

NEW = "bốn con trâu cày ruộng"


@pytest.mark.parametrize(
    ("password", "refusal"),
    [
        ("ngắn", passwords.PasswordTooShort),
        ("x" * 201, passwords.PasswordTooLong),
        ("anh.nguyen-2026", passwords.PasswordLikeName),
        ("Matkhau@123", passwords.PasswordTooCommon),
        ("1234567890", passwords.PasswordTooCommon),
        ("aaaaaaaaaaaa", passwords.PasswordTooCommon),
        ("P@ssw0rd2026", passwords.PasswordTooCommon),
    ],
)
def test_a_password_that_is_easy_to_guess_is_refused(password: str, refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        passwords.check_password(password, username="anh.nguyen")


@pytest.mark.parametrize("password", [NEW, PASSWORD, "k7mx-p4tq-9hvw", "ruộng lúa 123456 chín vàng"])
def test_a_long_sentence_is_a_good_password(password: str) -> None:
    passwords.check_password(password, username="anh.nguyen")


def test_one_time_passwords_satisfy_the_rules_and_never_repeat() -> None:
    made = {passwords.one_time_password() for _ in range(200)}
    assert len(made) == 200
    for password in made:
        passwords.check_password(password, username="anh.nguyen")


def test_a_password_typed_in_decomposed_letters_is_the_same_password() -> None:
    stored = passwords.hash_password(unicodedata.normalize("NFC", NEW))
    assert passwords.verify_password(unicodedata.normalize("NFD", NEW), stored)[0]


def test_nobody_signs_in_with_a_name_that_does_not_exist() -> None:
    assert passwords.verify_password("", None) == (False, None)


def test_a_first_password_must_be_changed_before_anything_else(signed_in: SignIn, session: Session) -> None:
    client = signed_in(roles={Role.ADMIN}, must_change_password=True)
    assert client.get("/admin/accounts").headers["location"] == "/account/password"
    assert client.post("/admin/accounts/new", data={}).headers["location"] == "/account/password"
    assert client.get("/account/password").status_code == 200
    data = {"current_password": PASSWORD, "new_password": NEW, "repeated_password": NEW}
    assert client.post("/account/password", data=data).status_code == 303
    assert client.get("/admin/accounts").status_code == 200


def test_changing_the_password_ends_every_other_session_and_renews_this_one(
    signed_in: SignIn, session: Session
) -> None:
    client = signed_in()
    other = signed_in(account=client.account)
    before = client.cookies[sessions.STAFF_COOKIE]
    data = {"current_password": PASSWORD, "new_password": NEW, "repeated_password": NEW}
    client.post("/account/password", data=data)
    assert client.get("/account/password").status_code == 200
    assert other.get("/account/password").status_code == 303
    living = session.scalars(select(LoginSession.token_hash).where(LoginSession.ended_at.is_(None))).all()
    assert len(living) == 1
    assert sessions.hash_token(before) not in living


@pytest.mark.parametrize(
    ("changed", "field", "sentence"),
    [
        ({"current_password": "wrong"}, "current_password", "Mật khẩu hiện tại chưa đúng"),
        ({"repeated_password": "something else"}, "repeated_password", "không giống nhau"),
        ({"new_password": "ngắn", "repeated_password": "ngắn"}, "new_password", "ít nhất 10 ký tự"),
        ({"new_password": PASSWORD, "repeated_password": PASSWORD}, "new_password", "phải khác"),
    ],
)
def test_a_refused_change_shows_the_form_again_with_the_reason_at_its_field(
    signed_in: SignIn, changed: dict[str, str], field: str, sentence: str
) -> None:
    client = signed_in()
    data = {"current_password": PASSWORD, "new_password": NEW, "repeated_password": NEW, **changed}
    answer = client.post("/account/password", data=data)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert f'id="{field}-error"' in answer.text
    assert NEW not in answer.text


def test_guessing_the_current_password_in_an_open_session_is_stopped_too(
    signed_in: SignIn, session: Session
) -> None:
    client = signed_in(account=make_account(session))
    data = {"current_password": "wrong", "new_password": NEW, "repeated_password": NEW}
    statuses = [client.post("/account/password", data=data).status_code for _ in range(6)]
    assert statuses == [422] * throttle.NAME_LIMIT + [429]
