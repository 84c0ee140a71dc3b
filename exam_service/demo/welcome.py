"""What `make run` prints: who can sign in as what, and where to begin."""

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from exam_service.demo.seed import DemoSummary
from exam_service.demo.staff import ACCOUNTS, PASSWORD
from exam_service.settings import Settings

RATING_LOGIN = ("nhansu", "xep-loai-demo-2026")  # the development account of the rating module


def welcome(summary: DemoSummary, settings: Settings) -> RenderableType:
    """Tables for people at a terminal."""
    here = f"http://localhost:{settings.port}"
    sit = Table.grid(padding=(0, 2))
    sit.add_row("1. Sit the test", f"{here}/exam/sign-in")
    sit.add_row(
        "", f"số báo danh [bold]{summary.trial_code.number}[/]   mã dự thi [bold]{summary.trial_code.code}[/]"
    )
    sit.add_row(
        "2. Mark and release",
        f"{here}/periods  as [bold]canbo[/] (the period closes by itself when you hand in)",
    )
    sit.add_row(
        "3. See it arrive",
        f"http://localhost:{settings.rating_port}  as {RATING_LOGIN[0]} / {RATING_LOGIN[1]}",
    )
    return Group(
        Panel(sit, title=f"Sát Hạch · {here}", title_align="left"),
        _accounts(),
        _more(summary, here),
        Text("Ctrl-C stops everything. The data stay in the data folder.\n"),
    )


def _accounts() -> Table:
    table = Table(
        "Sign in as",
        "Role",
        "What for",
        title=f"Staff accounts, all with the password {PASSWORD}",
        title_justify="left",
    )
    for account in ACCOUNTS:
        table.add_row(account.username, ", ".join(role.value for role in account.roles), account.does)
    return table


def _more(summary: DemoSummary, here: str) -> Table:
    table = Table.grid(padding=(0, 2))
    seats = "   ".join(f"{seat.number} {seat.code}" for seat in summary.room_codes)
    table.add_row("More seats (a room of 30)", seats)
    secret = summary.hr_secret or "(shown on the first start; rotate it under Quản trị)"
    table.add_row("HR's API client", f"{summary.hr_client_id}  {secret}  →  POST {here}/oauth/token")
    return table
