"""The command line: `exam-service VERB`."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer
from pydantic import ValidationError
from rich.console import Console
from rich.table import Table
from sqlalchemy import select
from sqlalchemy.orm import Session

from exam_service import running, schema
from exam_service.actor import SYSTEM, Role, Scope
from exam_service.auth import accounts, clients
from exam_service.auth.access import actor_named
from exam_service.bank import exports, imports
from exam_service.bank.formats import format_of
from exam_service.bank.import_rows import ImportRow
from exam_service.bank.legal import imports as register_imports
from exam_service.bank.models import Bank
from exam_service.db import Database
from exam_service.errors import Refusal
from exam_service.postgres import UnusableDataFolder, start_embedded
from exam_service.rating_feed import outbox
from exam_service.settings import Settings
from exam_service.worker import keep_working
from question_bank.draw_bundle import verify_bundle
from question_bank.draw_extract import is_extract, verify_extract
from question_bank.formats.refusal import UnreadableFile

app = typer.Typer(
    no_args_is_help=True, add_completion=False, help="Sát Hạch: periodic competency examinations."
)
console = Console()
complaints = Console(stderr=True, style="bold")


def _settings() -> Settings:
    """The settings of the environment, or an exit that names what is wrong with them."""
    try:
        return Settings()
    except ValidationError as error:
        for entry in error.errors(include_url=False, include_input=False):
            complaints.print(f"Settings: {entry['msg'].removeprefix('Value error, ')}")
        raise typer.Exit(2) from error


def _database(settings: Settings, *, waits: bool = False) -> Database:
    """The migrated (embedded) or checked (given) database, or an exit with the reason; `waits` for one that starts."""
    try:
        url = settings.database_url or start_embedded(settings.data_dir)
        if waits:
            schema.wait_for_database(url)
        schema.ensure_current(url, may_migrate=settings.is_embedded)
    except (UnusableDataFolder, schema.SchemaOutdated) as error:
        complaints.print(str(error))
        raise typer.Exit(1) from error
    return Database(url, pool_size=settings.pool_size)


@app.command()
def run() -> None:
    """Start everything with demo data on this machine (what `make run` does)."""
    from exam_service.demo.seed import seed_demo  # noqa: PLC0415 - only this verb needs the demo
    from exam_service.demo.welcome import welcome  # noqa: PLC0415 - loads the whole application

    settings = _settings()
    try:
        running.check_port(settings.host, settings.port, setting="EXAM_PORT")
        running.check_port(settings.host, settings.rating_port, setting="EXAM_RATING_PORT")
    except running.PortTaken as error:
        complaints.print(str(error))
        raise typer.Exit(1) from error
    if settings.is_production:
        complaints.print(
            "`run` makes demo accounts with known passwords: it is not for production. Use `serve`."
        )
        raise typer.Exit(2)
    database = _database(settings)
    summary = seed_demo(database, settings, console=console)
    console.print(welcome(summary, settings))
    running.serve_all(database, settings)


@app.command()
def serve(
    workers: Annotated[int, typer.Option(min=1, max=64, help="Web processes.")] = 1,
) -> None:
    """Serve the web application (background work runs in `exam-service worker`)."""
    settings = _settings()
    running.serve_web(_database(settings, waits=True), settings, workers=workers)


@app.command()
def worker() -> None:
    """Do the background work: collecting papers at the deadline, opening and closing periods, deliveries."""
    settings = _settings()
    database = _database(settings, waits=True)
    asyncio.run(keep_working(database, settings, install_signal_handlers=True))


@app.command()
def migrate() -> None:
    """Bring the database schema to the version of this code."""
    settings = _settings()
    url = settings.database_url or start_embedded(settings.data_dir)
    before = schema.current_revision(url)
    schema.migrate(url)
    console.print(f"Schema: {before or 'empty'} → {schema.current_revision(url)}")


@app.command()
def doctor() -> None:
    """Check settings, database, schema, audit chain and waiting work; exit 1 when something needs a person."""
    from exam_service.doctor import examine  # noqa: PLC0415 - imports every feature

    settings = _settings()
    findings = examine(settings)
    table = Table("Check", "Result", "What to do", show_lines=False)
    for finding in findings:
        table.add_row(
            finding.check, ("[green]ok[/]" if finding.is_fine else "[red]needs you[/]"), finding.advice
        )
    console.print(table)
    raise typer.Exit(0 if all(finding.is_fine for finding in findings) else 1)


@app.command()
def user(
    username: Annotated[str, typer.Argument(help="The name to sign in with.")],
    name: Annotated[str, typer.Option(help="The person's name as others see it.")],
    role: Annotated[
        list[Role], typer.Option(help="A role; give the option several times for several roles.")
    ],
) -> None:
    """Make a staff account; prints the one-time password, which must be changed at the first sign-in."""
    with _acting() as session:
        made = accounts.create_account(session, SYSTEM, username=username, display_name=name, roles=role)
        password = made.password
    console.print(f"{username} may sign in once with the password [bold]{password}[/]")


@app.command()
def client(
    name: Annotated[str, typer.Argument(help="The system that will call the API.")],
    scope: Annotated[list[Scope], typer.Option(help="What it may ask for.")],
) -> None:
    """Make an API client (OAuth 2.0 client credentials); prints its secret, which is shown only now."""
    with _acting() as session:
        made = clients.create_client(session, SYSTEM, name=name, scopes=scope)
        client_id, secret = made.client.client_id, made.secret
    console.print(f"client_id [bold]{client_id}[/]\nclient_secret [bold]{secret}[/]")


@app.command()
def redeliver() -> None:
    """Try every parked delivery again (those that failed all their retries)."""
    with _acting() as session:
        count = outbox.redeliver(session, SYSTEM)
    console.print(f"{count} deliveries wait again; the worker sends them.")


@app.command()
def demo() -> None:
    """Fill an empty database with the demo (people, banks, a finished period); never in production."""
    from exam_service.demo.seed import seed_demo  # noqa: PLC0415 - only this verb needs the demo
    from exam_service.demo.welcome import welcome  # noqa: PLC0415 - loads the whole application

    settings = _settings()
    if settings.is_production:
        complaints.print("The demo has accounts with known passwords: it is not for production.")
        raise typer.Exit(2)
    database = _database(settings)
    console.print(welcome(seed_demo(database, settings, console=console), settings))
    database.dispose()


@app.command("import")
def import_items(
    file: Annotated[Path, typer.Argument(help="An Excel file of questions.", exists=True, dir_okay=False)],
    bank: Annotated[str, typer.Option(help="The code of the bank.")],
    author: Annotated[str, typer.Option(help="The account that the questions are written by.")],
    commit: Annotated[
        bool, typer.Option(help="Store the sound rows; without it nothing is written.")
    ] = False,
) -> None:
    """Read a file of questions: a verdict for every row that needs a person, and the sound ones on --commit."""
    with _acting() as session:
        actor = actor_named(session, author)
        found = imports.preview_import(
            session, actor, bank_id=_bank_id(session, bank), file_name=file.name, data=file.read_bytes()
        )
        rows = imports.rows_in(found)
        console.print(_verdicts(rows))
        if not commit:
            imports.discard_import(session, actor, import_id=found.id)
            return
        done = imports.commit_import(session, actor, import_id=found.id, choice=imports.sound_rows(rows))
        console.print("Stored: " + ", ".join(f"{count} {name}" for name, count in done.outcome.items()))


def _verdicts(rows: list[ImportRow]) -> Table:
    table = Table("Row", "Verdict", "Question", "Why", title=f"{len(rows)} rows, those shown need a person")
    for row in rows:
        if not row.is_proposed:
            why = "; ".join(found.message("en") for found in row.row_findings())
            table.add_row(f"{row.sheet} {row.row}", row.severity.value, row.preview[:60], why)
    return table


def _bank_id(session: Session, code: str) -> UUID:
    bank_id = session.scalar(select(Bank.id).where(Bank.code == code))
    if bank_id is None:
        known = ", ".join(session.scalars(select(Bank.code).order_by(Bank.code)))
        complaints.print(f"There is no bank {code}. Banks: {known or 'none yet'}.")
        raise typer.Exit(1)
    return bank_id


register_app = typer.Typer(no_args_is_help=True, help="The register of legal documents.")
app.add_typer(register_app, name="register")


@register_app.command("import")
def import_register(
    keeper: Annotated[str, typer.Option(help="The account that answers for the register.")],
    file: Annotated[
        Path | None,
        typer.Argument(
            help="Excel, CSV or JSON; without it the documents that come with the software.", dir_okay=False
        ),
    ] = None,
    commit: Annotated[bool, typer.Option(help="Write; without it only told.")] = False,
) -> None:
    """Read legal documents: what each row would do, and doing it on --commit."""
    with _acting() as session:
        actor = actor_named(session, keeper)
        try:
            done = register_imports.read_file(session, actor, file, commit=commit)
        except UnreadableFile as refused:
            complaints.print(refused.message("en"))
            raise typer.Exit(1) from refused
    for row in done.rows:
        if row.notes:
            console.print(f"line {row.line} {row.shown}: {row.verdict}. {' '.join(row.notes)}")
    counts = ", ".join(f"{done.count(verdict)} {verdict}" for verdict in ("new", "filled", "same", "refused"))
    console.print(f"{counts}; {done.changes} changes; {done.suspended} questions suspended")


@app.command()
def export(
    bank: Annotated[str, typer.Argument(help="The code of the bank.")],
    file: Annotated[
        Path, typer.Argument(help="The file to write; its ending tells the format.", dir_okay=False)
    ],
    author: Annotated[
        str, typer.Option(help="The account that takes the file; it stands in the audit trail.")
    ],
    kind: Annotated[
        str, typer.Option("--format", help="Such as qti30; without it the file's ending decides.")
    ] = "",
) -> None:
    """Write a bank as a file that imports back unchanged: .xlsx, .xml or .gift of Moodle, or .zip with its history.

    QTI packages are written with --format qti30, qti22 or qti21.

    It holds the keys: keep it safe.
    """
    with _acting() as session:
        actor = actor_named(session, author)
        bank_id = _bank_id(session, bank)
        name = kind or format_of(file.name).name
        left_out = exports.plan_export(session, actor, bank_id=bank_id, format_name=name).left_out
        is_zip = file.suffix.lower() != ".json"
        data = exports.export_bank(session, actor, bank_id=bank_id, format_name=name, is_zip=is_zip)
    file.touch(mode=0o600)
    file.write_bytes(data)
    console.print(f"{file}: {len(data):,} bytes")
    for code, reason in left_out:
        complaints.print(f"{code} is not in the file: {reason}")


@app.command("verify-draw")
def verify_draw(
    file: Annotated[Path, typer.Argument(help="A bundle, or the extract of one candidate.", exists=True)],
    commitment: Annotated[str, typer.Argument(help="The commitment published before the sitting.")] = "",
    root: Annotated[
        str, typer.Option(help="For an extract: the published root of all papers, or the late paper's value.")
    ] = "",
    late: Annotated[str, typer.Option(help="For a bundle: the last published value of late papers.")] = "",
) -> None:
    """Derive every paper of a published draw again, without any database, and name what is not as it was drawn.

    Exit status 0: everything agrees; 1: something does not.
    """
    data = file.read_bytes()
    if is_extract(data):
        found = verify_extract(data, published_commitment=commitment or None, published_root=root or None)
    else:
        found = verify_bundle(data, published_commitment=commitment or None, published_chain=late or None)
    for finding in found:
        complaints.print(f"{finding.place}: {finding.sentence('en')}", markup=False, soft_wrap=True)
    if found:
        raise typer.Exit(1)
    console.print("Every paper derived again is the one in the file, byte for byte.")
    if not commitment:
        console.print("Without the published commitment the file is only shown to agree with itself.")


@contextmanager
def _acting() -> Iterator[Session]:
    """A transaction of the operator; a refusal ends the command with its sentence and writes nothing."""
    database = _database(_settings())
    try:
        with database.transaction() as session:
            yield session
    except Refusal as refusal:
        complaints.print(str(refusal))
        raise typer.Exit(1) from refusal
    finally:
        database.dispose()
