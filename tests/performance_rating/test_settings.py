"""Settings that would be unsafe or unusable stop the start, with a sentence that names what to set."""

import os
import socket
import subprocess
import sys

import pytest
from pwdlib import PasswordHash
from pydantic import SecretStr, ValidationError

from performance_rating.settings import DEVELOPMENT_WEBHOOK_SECRET, Environment, Settings
from performance_rating.sign_in import Account

DATABASE = SecretStr("postgresql://rating:geheim@db/rating")


def _production(**given):
    return Settings(
        **{
            "environment": Environment.PRODUCTION,
            "database_url": DATABASE,
            "webhook_secrets": "whsec_cHJvZHVjdGlvbi1zZWNyZXQtb2YtdGhpcy10ZXN0",
            "admin_password": SecretStr("một mật khẩu riêng"),
            **given,
        }
    )


def test_production_starts_with_secrets_of_its_own():
    assert _production().environment is Environment.PRODUCTION


@pytest.mark.parametrize(
    "secrets",
    [
        DEVELOPMENT_WEBHOOK_SECRET,
        f"whsec_cHJvZHVjdGlvbi1zZWNyZXQtb2YtdGhpcy10ZXN0,{DEVELOPMENT_WEBHOOK_SECRET}",
    ],
)
def test_production_refuses_the_development_webhook_secret(secrets):
    with pytest.raises(ValidationError, match="RATING_WEBHOOK_SECRETS"):
        _production(webhook_secrets=secrets)


def test_production_refuses_missing_secrets():
    with pytest.raises(ValidationError, match="RATING_WEBHOOK_SECRETS"):
        Settings(environment=Environment.PRODUCTION, database_url=DATABASE)


@pytest.mark.parametrize("password", ["xep-loai-demo-2026", "short", ""])
def test_production_refuses_a_public_or_short_password(password):
    with pytest.raises(ValidationError, match="RATING_ADMIN_PASSWORD"):
        _production(admin_password=SecretStr(password))


@pytest.mark.parametrize(
    "secrets", ["", ",", "secret", "whsec_", "whsec_c2hvcnQ=", "whsec_***", "whsec_" + "QUFB" * 30]
)
def test_a_secret_outside_the_standard_is_refused_without_being_printed(secrets):
    with pytest.raises(ValidationError) as refusal:
        _production(webhook_secrets=secrets)

    assert "whsec_" in str(refusal.value)
    assert "c2hvcnQ" not in str(refusal.value)


@pytest.mark.parametrize("url", ["sqlite:///x.db", "mysql://host/db", "not a url", ""])
def test_only_postgresql_is_accepted(url):
    with pytest.raises(ValidationError, match="postgresql"):
        Settings(database_url=SecretStr(url))


def test_secrets_are_read_from_the_environment_separated_by_commas(monkeypatch):
    monkeypatch.setenv("RATING_DATABASE_URL", DATABASE.get_secret_value())
    monkeypatch.setenv(
        "RATING_WEBHOOK_SECRETS", f"{DEVELOPMENT_WEBHOOK_SECRET}, {DEVELOPMENT_WEBHOOK_SECRET}"
    )

    settings = Settings()

    assert settings.webhook_secret_texts == (DEVELOPMENT_WEBHOOK_SECRET, DEVELOPMENT_WEBHOOK_SECRET)
    assert "geheim" not in repr(settings)
    assert "whsec_c" not in repr(settings)


def test_the_password_may_be_given_as_its_hash():
    hashed = PasswordHash.recommended().hash("một mật khẩu riêng")
    account = Account(_production(admin_password=SecretStr(hashed)))

    assert account.accepts("nhansu", "một mật khẩu riêng")
    assert not account.accepts("nhansu", hashed)


def _start(**environment):
    return subprocess.run(
        [sys.executable, "-m", "performance_rating"],
        env={**{k: v for k, v in os.environ.items() if not k.startswith("RATING_")}, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_program_names_the_setting_that_is_missing():
    ended = _start()

    assert ended.returncode == 2
    assert "RATING_DATABASE_URL: Field required" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_the_program_names_a_taken_port(rating_database_url):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = _start(RATING_DATABASE_URL=rating_database_url, RATING_PORT=str(port))

    assert ended.returncode == 1
    assert f"127.0.0.1:{port}" in ended.stderr
    assert "RATING_PORT" in ended.stderr
    assert "Traceback" not in ended.stderr
