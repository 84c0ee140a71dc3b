"""The whole service as it runs in production: web, background work and the rating module as processes of their own."""

import re
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import psycopg
import pytest

from exam_service.db import Database
from tests.journeys.processes import RATING, SERVICE, Program, Programs, free_port, running_programs
from tests.journeys.visitor import Visitor

PATIENCE_S = 60


@dataclass
class Live:
    """The running service on a database of its own."""

    programs: Programs
    database_url: str
    port: int = field(default_factory=free_port)
    rating_port: int = field(default_factory=free_port)
    visitors: list[Visitor] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def rating_url(self) -> str:
        return f"http://127.0.0.1:{self.rating_port}"

    @property
    def environment(self) -> dict[str, str]:
        return {
            "DATABASE_URL": self.database_url,
            "EXAM_DATA_DIR": str(self.programs.folder),
            "EXAM_SECRET_KEY": "journey-secret-" + "x" * 32,
            "EXAM_PORT": str(self.port),
            "EXAM_PUBLIC_URL": self.url,
            "COLUMNS": "300",
        }

    def start_web(self) -> None:
        self.programs.start("web", (*SERVICE, "serve"), self.environment).answers(f"{self.url}/healthz")

    def start_worker(self) -> Program:
        return self.programs.start("worker", (*SERVICE, "worker"), self.environment)

    def start_rating(self, secret: str) -> Program:
        environment = {
            "RATING_DATABASE_URL": self.database_url,
            "RATING_WEBHOOK_SECRETS": secret,
            "RATING_EXAM_SERVICE_URL": self.url,
            "RATING_PORT": str(self.rating_port),
        }
        program = self.programs.start("rating", RATING, environment)
        program.answers(f"{self.rating_url}/healthz")
        return program

    def visitor(self) -> Visitor:
        """A fresh browser; it is closed with the service."""
        self.visitors.append(Visitor(self.url))
        return self.visitors[-1]

    def command(self, *words: str) -> str:
        """What `exam-service WORDS` prints; it must succeed."""
        done = subprocess.run(
            (*SERVICE, *words), env=self.environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def make_account(self, username: str, *, name: str, role: str) -> str:
        """An account made at the command line; returns its one-time password."""
        said = self.command("user", username, "--name", name, "--role", role)
        found = re.search(r"password (\S+)", said)
        assert found, said
        return found[1]

    @cached_property
    def database(self) -> Database:
        return Database(self.database_url, pool_size=2)

    def rows(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """What is durable now."""
        with psycopg.connect(self.database_url, autocommit=True) as connection:
            return connection.execute(statement.encode(), values).fetchall()

    def change(self, statement: str, *values: Any) -> None:
        with psycopg.connect(self.database_url, autocommit=True) as connection:
            connection.execute(statement.encode(), values)

    def pass_time(self, seconds: float) -> None:
        """Every sitting and open attempt is `seconds` further on: their times are moved, as no clock can be set."""
        self.change(
            "WITH s AS (UPDATE sitting SET starts_at = starts_at - make_interval(secs => %s) RETURNING id) "
            "UPDATE attempt SET starts_at = starts_at - make_interval(secs => %s), "
            "late_until = late_until - make_interval(secs => %s), "
            "deadline_at = deadline_at - make_interval(secs => %s) WHERE submitted_at IS NULL",
            *[seconds] * 4,
        )

    def close(self) -> None:
        for visitor in self.visitors:
            visitor.close()
        if "database" in self.__dict__:
            self.database.dispose()


def wait_until(holds: Callable[[], Any], *, what: str) -> Any:
    """The first true value of `holds`; fails when there is none for a minute."""
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        if value := holds():
            return value
        time.sleep(0.2)
    raise AssertionError(f"waited {PATIENCE_S} s in vain: {what}")


@pytest.fixture
def live(own_database_url: str, tmp_path: Path) -> Iterator[Live]:
    with running_programs(tmp_path) as programs, closing(Live(programs, own_database_url)) as live:
        live.start_web()
        yield live
