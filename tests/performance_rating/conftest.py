"""A running rating module on a database of its own for each test module, and a publisher that signs events for it."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from pydantic import SecretStr
from standardwebhooks import Webhook

from performance_rating.app import create_app
from performance_rating.settings import DEVELOPMENT_ADMIN_PASSWORD, DEVELOPMENT_WEBHOOK_SECRET, Settings

NEXT_SECRET = "whsec_bmV4dC1zZWNyZXQtZm9yLXJvdGF0aW9uLXRlc3RzIQ=="


@contextmanager
def empty_database(server_url: str) -> Iterator[str]:
    """The address of an empty database; the application makes its own schema in it."""
    name = f"rating_{uuid4().hex[:12]}"
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'".encode())
    try:
        yield server_url.replace("/sat_hach?", f"/{name}?")
    finally:
        with psycopg.connect(server_url, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


@pytest.fixture(scope="module")
def rating_database_url(server_url: str) -> Iterator[str]:
    with empty_database(server_url) as url:
        yield url


@pytest.fixture(scope="module")
def rating_settings(rating_database_url: str) -> Settings:
    return Settings(
        database_url=SecretStr(rating_database_url),
        webhook_secrets=(SecretStr(DEVELOPMENT_WEBHOOK_SECRET), SecretStr(NEXT_SECRET)),
    )


@dataclass
class Clock:
    """The application's clock; `offset` moves it."""

    offset: timedelta = timedelta(0)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.offset


@pytest.fixture
def rating_clock(_running: tuple[FastAPI, TestClient]) -> Iterator[Clock]:
    clock = _running[0].state.now
    assert isinstance(clock, Clock)
    yield clock
    clock.offset = timedelta(0)


@pytest.fixture(scope="module")
def _running(rating_settings: Settings) -> Iterator[tuple[FastAPI, TestClient]]:
    app = create_app(rating_settings, now=Clock())
    with TestClient(app, follow_redirects=False) as client:
        yield app, client


@pytest.fixture
def rating_app(_running: tuple[FastAPI, TestClient]) -> FastAPI:
    return _running[0]


@pytest.fixture
def stranger(_running: tuple[FastAPI, TestClient]) -> TestClient:
    """A client that nobody has signed in."""
    client = _running[1]
    client.cookies.clear()
    return client


@pytest.fixture
def no_attempts(database: psycopg.Connection[Any]) -> Iterator[None]:
    """Nobody has tried to sign in, neither before nor after the test."""
    database.execute("DELETE FROM rating.sign_in_attempt")
    yield
    database.execute("DELETE FROM rating.sign_in_attempt")


@pytest.fixture
def reader(_running: tuple[FastAPI, TestClient]) -> Iterator[TestClient]:
    """A signed-in browser."""
    client = TestClient(_running[0], follow_redirects=False, headers={"accept": "text/html"})
    answer = client.post("/sign-in", data={"username": "nhansu", "password": DEVELOPMENT_ADMIN_PASSWORD})
    assert answer.status_code == 303
    yield client
    client.close()


@pytest.fixture
def database(rating_database_url: str) -> Iterator[psycopg.Connection[Any]]:
    """A look at what is durable: every statement sees what is committed."""
    with psycopg.connect(rating_database_url, autocommit=True) as connection:
        yield connection


_numbers = count(1)


@dataclass
class Publisher:
    """An examination service as this module sees it: makes events and delivers them signed."""

    client: TestClient
    secret: str = DEVELOPMENT_WEBHOOK_SECRET
    staff_code: str = field(default_factory=lambda: f"CB{next(_numbers):05d}")

    def event(self, version: int = 1, *, kind: str = "result.released", **data: Any) -> dict[str, Any]:
        return {
            "type": kind,
            "timestamp": "2026-11-20T02:00:00Z",
            "data": {
                "result_id": str(uuid4()),
                "version": version,
                "supersedes": None,
                "person": {"staff_code": self.staff_code, "full_name": "Nguyễn Thị Đào"},
                "unit": {"code": "CT-NK-01", "name": "Phường Ninh Kiều", "type": "phuong"},
                "position": {"code": "VPTK", "title": "Văn phòng – thống kê"},
                "period": {"code": "2026-2", "name": "Kỳ II năm 2026", "reference_date": "2026-11-01"},
                "exam": {"code": "VPTK-2026-2", "title": "Văn phòng – thống kê"},
                "outcome": "pass",
                "band": {"code": "tot", "label": "Tốt"},
                "points": f"{44 + version}.50",
                "max_points": "60.00",
                "percent": "75.83",
                "competencies": [
                    {"code": "PL", "name": "Pháp luật", "points": "10", "max_points": "12"},
                    {"code": "TT", "name": "Thủ tục hành chính", "points": "4.5", "max_points": "9"},
                ],
                "checks": [
                    {
                        "rule": "section",
                        "title": "Phần II",
                        "is_met": True,
                        "points": "8",
                        "max_points": "20",
                        "needed": "8",
                    }
                ],
                "finality": "provisional",
                "released_at": "2026-11-20T01:59:00Z",
                "reason": None,
                **data,
            },
        }

    def deliver(
        self,
        event: dict[str, Any] | bytes,
        *,
        webhook_id: str | None = None,
        sent_at: datetime | None = None,
        signature: Callable[[str], str] = str,
    ) -> Any:
        """The answer to one delivery; `signature` may spoil the header."""
        body = event if isinstance(event, bytes) else json.dumps(event, ensure_ascii=False).encode()
        webhook_id = webhook_id or f"msg_{uuid4().hex}"
        moment = sent_at or datetime.now(UTC)
        signed = Webhook(self.secret).sign(webhook_id, moment, body.decode(errors="surrogateescape"))
        headers = {
            "webhook-id": webhook_id,
            "webhook-timestamp": str(int(moment.timestamp())),
            "webhook-signature": signature(signed),
            "content-type": "application/json",
        }
        return self.client.post("/webhooks/results", content=body, headers=headers)


@pytest.fixture
def publisher(stranger: TestClient) -> Publisher:
    """A publisher with a person of its own, whom no other test speaks of."""
    return Publisher(stranger)


@pytest.fixture
def empty_reader(server_url: str) -> Iterator[TestClient]:
    """A signed-in browser of a module that has never received anything."""
    with (
        empty_database(server_url) as url,
        TestClient(create_app(Settings(database_url=SecretStr(url)))) as client,
    ):
        client.post("/sign-in", data={"username": "nhansu", "password": DEVELOPMENT_ADMIN_PASSWORD})
        yield client
