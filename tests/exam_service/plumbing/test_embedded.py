"""The embedded database as an operator meets it: shared, restarted after a kill, clear about a bad folder."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from pydantic import ValidationError
from typer.testing import CliRunner

from exam_service import running
from exam_service.cli import app as cli
from exam_service.postgres import UnusableDataFolder, check_data_folder
from exam_service.settings import SHORTEST_SECRET, Settings

HOLD = """
import sys, time
from pathlib import Path
from exam_service.postgres import start_embedded
print(start_embedded(Path(sys.argv[1])), flush=True)
sys.stdin.readline()
"""


class Holder:
    """A process that has the embedded server of a folder started, until `leave`."""

    def __init__(self, folder: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", HOLD, str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        self.url = self.process.stdout.readline().strip()

    def leave(self) -> None:
        self.process.communicate("\n", timeout=60)

    def die(self) -> None:
        self.process.kill()
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout):
            assert stream is not None
            stream.close()


def postmaster(folder: Path) -> int:
    return int((folder / "postgres" / "postmaster.pid").read_text().splitlines()[0])


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return b"State:\tZ" not in Path(f"/proc/{pid}/status").read_bytes()


@pytest.fixture
def folder() -> Iterator[Path]:
    """Not pytest's own folder: runs beside this one clean that up while the server still starts."""
    with tempfile.TemporaryDirectory(prefix="sat-hach-data-", ignore_cleanup_errors=True) as name:
        yield Path(name)


def test_two_processes_share_one_server_which_stops_when_the_last_leaves(folder: Path) -> None:
    first, second = Holder(folder), Holder(folder)
    pid = postmaster(folder)
    assert first.url == second.url
    first.leave()
    with psycopg.connect(second.url) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    second.leave()
    assert not is_running(pid)


def test_what_was_committed_is_there_after_everything_was_killed(folder: Path) -> None:
    holder = Holder(folder)
    with psycopg.connect(holder.url, autocommit=True) as connection:
        connection.execute("CREATE TABLE kept (value int)")
        connection.execute("INSERT INTO kept VALUES (42)")
    os.kill(postmaster(folder), signal.SIGKILL)
    holder.die()
    time.sleep(0.5)  # the killed server's children notice and go
    again = Holder(folder)
    with psycopg.connect(again.url) as connection:
        assert connection.execute("SELECT value FROM kept").fetchone() == (42,)
    again.leave()


def test_a_server_left_behind_by_a_killed_process_is_taken_over_and_stopped(folder: Path) -> None:
    killed = Holder(folder)
    killed.die()
    pid = postmaster(folder)
    heir = Holder(folder)
    heir.leave()
    assert not is_running(pid)


def test_a_file_in_place_of_the_data_folder_is_named(tmp_path: Path) -> None:
    file = tmp_path / "var"
    file.write_text("not a folder")
    with pytest.raises(UnusableDataFolder, match="is a file, not a folder"):
        check_data_folder(file)


def test_a_folder_of_another_postgresql_version_is_named(tmp_path: Path) -> None:
    (tmp_path / "postgres").mkdir()
    (tmp_path / "postgres" / "PG_VERSION").write_text("15\n")
    with pytest.raises(UnusableDataFolder, match="PostgreSQL 15, this is 18"):
        check_data_folder(tmp_path)


def test_a_folder_with_other_peoples_files_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "postgres").mkdir()
    (tmp_path / "postgres" / "letter.txt").write_text("mine")
    with pytest.raises(UnusableDataFolder, match="holds files but no PostgreSQL database"):
        check_data_folder(tmp_path)


def test_production_refuses_to_start_on_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXAM_ENVIRONMENT", "production")
    monkeypatch.delenv("DATABASE_URL", raising=False)
    with pytest.raises(ValidationError, match="DATABASE_URL"):
        Settings()
    monkeypatch.setenv("DATABASE_URL", "postgresql://exam@db/exam")
    with pytest.raises(ValidationError, match="EXAM_SECRET_KEY"):
        Settings()
    monkeypatch.setenv("EXAM_SECRET_KEY", "x" * (SHORTEST_SECRET - 1))
    with pytest.raises(ValidationError, match=str(SHORTEST_SECRET)):
        Settings()
    monkeypatch.setenv("EXAM_SECRET_KEY", "x" * SHORTEST_SECRET)
    assert Settings().is_production


def test_a_complaint_about_settings_never_shows_a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXAM_ENVIRONMENT", "production")
    monkeypatch.setenv("DATABASE_URL", "postgresql://exam:geheim@db/exam")
    monkeypatch.setenv("EXAM_SECRET_KEY", "too-short-secret")
    answer = CliRunner().invoke(cli, ["serve"])
    assert answer.exit_code == 2
    assert "geheim" not in answer.output
    assert "too-short-secret" not in answer.output


def test_the_signing_secret_is_made_once_and_kept_private(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    secret = settings.signing_secret()
    assert len(secret) >= SHORTEST_SECRET
    assert Settings(data_dir=tmp_path).signing_secret() == secret
    assert (tmp_path / "secret").stat().st_mode & 0o077 == 0


def test_a_taken_port_is_named_with_the_way_out() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(running.PortTaken, match=rf"Port {port} is taken.*EXAM_PORT={port + 100}"):
            running.check_port("127.0.0.1", port, setting="EXAM_PORT")


def test_serve_refuses_an_old_schema_and_prints_the_command(
    server_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute("CREATE DATABASE old_schema")
    try:
        monkeypatch.setenv("DATABASE_URL", server_url.replace("/sat_hach?", "/old_schema?"))
        answer = CliRunner().invoke(cli, ["serve"])
    finally:
        with psycopg.connect(server_url, autocommit=True) as connection:
            connection.execute("DROP DATABASE old_schema WITH (FORCE)")
    assert answer.exit_code == 1
    assert "exam-service migrate" in answer.output
