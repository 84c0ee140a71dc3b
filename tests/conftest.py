"""What every test may ask for: one embedded PostgreSQL per run, a clone of the migrated template per worker."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from hypothesis import HealthCheck
from hypothesis import settings as examples
from sqlalchemy import Connection, create_engine
from sqlalchemy.orm import Session

from exam_service import schema
from exam_service.app import create_app
from exam_service.db import Database, sqlalchemy_url
from exam_service.postgres import start_embedded
from exam_service.settings import Settings
from tests.fixtures.auth import signed_in

__all__ = ["signed_in"]

pytest_plugins = ("tests.fixtures.chromium",)

# A shared machine may be slow at any moment: no property fails by the clock.
examples.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
examples.load_profile("untimed")

TEMPLATE = "template_sat_hach"
SHARED = Path(os.environ.get("SHAREDDIR", Path(__file__).parents[2] / "shared"))


def pytest_configure(config: pytest.Config) -> None:
    """The controller starts the server and migrates the template once; xdist workers are told its address."""
    if hasattr(config, "workerinput"):
        config.server_url = config.workerinput["server_url"]
        return
    if config.option.collectonly:
        return
    folder = Path(tempfile.mkdtemp(prefix="sat-hach-tests-"))
    config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))
    url = start_embedded(folder)
    with psycopg.connect(url, autocommit=True) as connection:
        # A crash of the machine may cost a test run its database: nothing is lost by that.
        for setting in ("fsync = off", "synchronous_commit = off", "max_connections = 300"):
            connection.execute(f"ALTER SYSTEM SET {setting}".encode())
        connection.execute("SELECT pg_reload_conf()")
        connection.execute(f"CREATE DATABASE {TEMPLATE} TEMPLATE sat_hach".encode())
    schema.migrate(_address(url, TEMPLATE))
    config.server_url = url


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest tests first: begun last, one of them would keep one worker busy while the others wait."""
    items.sort(key=lambda item: "journeys" not in item.path.parts)


def pytest_configure_node(node: Any) -> None:
    node.workerinput["server_url"] = node.config.server_url


def _address(url: str, database: str) -> str:
    return url.replace("/sat_hach?", f"/{database}?")


@contextmanager
def cloned_database(server_url: str) -> Iterator[str]:
    """The address of a fresh copy of the migrated database, dropped afterwards."""
    name = f"t_{uuid4().hex[:12]}"
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}".encode())
    try:
        yield _address(server_url, name)
    finally:
        with psycopg.connect(server_url, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


@pytest.fixture(scope="session")
def server_url(request: pytest.FixtureRequest) -> str:
    url: str = request.config.server_url
    return url


@pytest.fixture(scope="session")
def worker_database_url(server_url: str) -> Iterator[str]:
    with cloned_database(server_url) as url:
        yield url


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(data_dir=tmp_path_factory.mktemp("var"), secret_key="test-secret-" + "x" * 32)


@pytest.fixture(scope="session")
def _engine(worker_database_url: str) -> Iterator[Any]:
    engine = create_engine(sqlalchemy_url(worker_database_url))
    yield engine
    engine.dispose()


@pytest.fixture
def connection(_engine: Any) -> Iterator[Connection]:
    """One connection inside a transaction that is rolled back after the test."""
    with _engine.connect() as connection:
        outer = connection.begin()
        yield connection
        outer.rollback()


@pytest.fixture
def database(connection: Connection, worker_database_url: str) -> Iterator[Database]:
    """Sessions of this database commit to savepoints of the test's transaction."""
    database = Database(worker_database_url, bind=connection)
    yield database
    database.dispose()


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    """A session for arranging; call `session.commit()` before the service looks."""
    with database.sessions() as session:
        yield session


@pytest.fixture(scope="session")
def _application(settings: Settings) -> FastAPI:
    # Its routes are made at the first request, which takes longer than most tests.
    return create_app(settings)


@pytest.fixture
def app(_application: FastAPI, database: Database) -> Iterator[FastAPI]:
    """The application on the test's database. What a test adds to its state goes; routes stay, so none may be added."""
    state = _application.state._state
    before, routes = dict(state), len(_application.routes)
    _application.state.database = database
    yield _application
    state.clear()
    state.update(before)
    assert len(_application.routes) == routes, "a test that adds routes makes an application of its own"


@pytest.fixture
def browser(app: FastAPI) -> Iterator[TestClient]:
    """An HTTP client that nobody has signed in; it does not follow redirects."""
    client = TestClient(
        app, base_url="http://testserver", follow_redirects=False, raise_server_exceptions=True
    )
    yield client
    client.close()


@pytest.fixture
def own_database_url(server_url: str) -> Iterator[str]:
    """A database of its own for tests that need true commits (concurrency, the save path, journeys)."""
    with cloned_database(server_url) as url:
        yield url


@pytest.fixture(scope="session")
def shared_files() -> Path:
    """The folder of real exchange files beside the repository, where there is one."""
    if not SHARED.is_dir():
        pytest.skip("the folder of real exchange files is not beside this repository")
    return SHARED
