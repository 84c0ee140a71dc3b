"""`python -m tests.screenshots [NAME …]`: takes the pictures of docs/screenshots from a running demo.

The demo is made in a folder of its own and served by the real programs; with names, only pages whose name begins with
one of them are taken.
"""

import io
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Literal
from uuid import UUID

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright
from rich.console import Console
from sqlalchemy import select
from sqlalchemy.orm import Session

from exam_service import running
from exam_service.attempts.codes import IssuedCode
from exam_service.auth.access import actor_named
from exam_service.bank.authoring import start_new_version
from exam_service.bank.models import Item
from exam_service.db import Database
from exam_service.demo.seed import DemoSummary, seed_demo
from exam_service.demo.staff import PASSWORD
from exam_service.demo.welcome import RATING_LOGIN
from exam_service.periods import service
from exam_service.periods.schemas import PeriodInput
from exam_service.rating_feed.delivery import deliver_due
from exam_service.settings import Settings
from tests.fixtures.chromium import ARGUMENTS, chromium_path
from tests.journeys.processes import SERVICE, free_port, running_programs
from tests.working_room import arrange_room, fill_room, keep_heard

FOLDER = Path(__file__).parents[1] / "docs" / "screenshots"
SIZES = {"desktop": (1366, 768), "phone": (390, 844)}
COLOURS = 128
Scheme = Literal["light", "dark"]

# (name, who, address), {period}: the finished one, {running}: the one being sat; the others as in PLACES.
STAFF_PAGES = (
    ("bank", "soanthao", "/bank"),
    ("items", "soanthao", "/bank/items"),
    ("item", "soanthao", "/bank/items/{item}"),
    ("editor", "soanthao", "/bank/items/{draft}/edit"),
    ("import", "soanthao", "/bank/imports/new"),
    ("review", "thamdinh", "/bank/review"),
    ("competencies", "thamdinh", "/bank/competencies"),
    ("periods", "canbo", "/periods"),
    ("period", "canbo", "/periods/{period}"),
    ("sittings", "canbo", "/periods/{period}/sittings"),
    ("candidates", "canbo", "/periods/{period}/candidates"),
    ("evidence", "canbo", "/periods/{period}/evidence"),
    ("aids", "canbo", "/periods/{running}/aids"),
    ("fairness", "canbo", "/periods/{period}/fairness"),
    ("matrix", "canbo", "/periods/blueprints/{blueprint}"),
    ("exam", "canbo", "/periods/{preparing}/exams/new"),
    ("preparing", "canbo", "/periods/{preparing}"),
    ("rooms", "giamthi", "/rooms"),
    ("board", "giamthi", "/rooms/{sitting}"),
    ("all-rooms", "canbo", "/rooms/all"),
    ("room-person", "giamthi", "/rooms/{sitting}/attempts/{attempt}"),
    ("room-everybody", "giamthi", "/rooms/{sitting}/all"),
    ("room-seats", "giamthi", "/rooms/{sitting}/seats"),
    ("room-incidents", "giamthi", "/rooms/{sitting}/incidents"),
    ("room-documents", "giamthi", "/documents/rooms/{sitting}"),
    ("marking", "canbo", "/marking/{period}"),
    ("summary", "canbo", "/marking/{period}/summary"),
    ("calibration", "canbo", "/marking/{period}/calibration"),
    ("results", "nhansu", "/results/{period}"),
    ("distribution", "nhansu", "/results/{period}/distribution"),
    ("result", "nhansu", "/results/{period}/candidates/{candidate}"),
    ("feed", "quantri", "/feed"),
    ("deliveries", "quantri", "/feed/deliveries"),
    ("people", "nhansu", "/people"),
    ("person", "nhansu", "/people/{person}"),
    ("units", "nhansu", "/people/units"),
    ("accounts", "quantri", "/admin/accounts"),
    ("clients", "quantri", "/admin/clients"),
    ("audit", "kiemtra", "/admin/audit"),
)
IN_DARK = {
    "calibration",
    "fairness",
    "items",
    "review",
    "periods",
    "period",
    "matrix",
    "board",
    "room-person",
    "results",
    "distribution",
}


@dataclass
class Studio:
    """The running demo, a browser, and where the pictures go."""

    browser: Browser
    settings: Settings
    database: Database
    wanted: tuple[str, ...]
    problems: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.settings.port}"

    @property
    def rating_url(self) -> str:
        return f"http://127.0.0.1:{self.settings.rating_port}"

    def wants(self, name: str) -> bool:
        return not self.wanted or name.startswith(self.wanted)

    def page(self, *, size: str, scheme: Scheme) -> Page:
        width, height = SIZES[size]
        context = self.browser.new_context(
            locale="vi-VN",
            timezone_id="Asia/Ho_Chi_Minh",
            viewport={"width": width, "height": height},
            color_scheme=scheme,
            reduced_motion="reduce",
        )
        return context.new_page()

    def take(self, page: Page, name: str, *, size: str, scheme: Scheme) -> None:
        """The page as it stands, in few colours; what is wider than the window is told."""
        page.wait_for_load_state("networkidle")
        page.evaluate("document.fonts.ready.then(() => true)")
        width = page.evaluate("document.documentElement.scrollWidth")
        if width > SIZES[size][0]:
            self.problems.append(f"{name}-{size}: {width} px wide")
        picture = Image.open(io.BytesIO(page.screenshot()))
        suffix = "" if scheme == "light" else "-dark"
        path = FOLDER / f"{name}-{size}{suffix}.png"
        picture.convert("RGB").quantize(COLOURS, method=Image.Quantize.MEDIANCUT).save(path, optimize=True)


def sign_in(page: Page, url: str, *, username: str, password: str) -> None:
    page.goto(f"{url}/sign-in")
    page.fill("#username", username)
    page.fill("#password", password)
    page.press("#password", "Enter")
    page.wait_for_load_state("networkidle")


def views(name: str) -> Iterator[tuple[str, Scheme]]:
    """The sizes and schemes in which a page is taken."""
    yield "desktop", "light"
    yield "phone", "light"
    if name in IN_DARK:
        yield "desktop", "dark"


def take_staff_pages(studio: Studio, places: dict[str, str]) -> None:
    for username in dict.fromkeys(who for _name, who, _path in STAFF_PAGES):
        pages = [(name, path) for name, who, path in STAFF_PAGES if who == username and studio.wants(name)]
        wanted = {view for name, _path in pages for view in views(name)}
        for size, scheme in sorted(wanted):
            page = studio.page(size=size, scheme=scheme)
            sign_in(page, studio.url, username=username, password=PASSWORD)
            for name, path in pages:
                if (size, scheme) in set(views(name)):
                    with studio.database.transaction() as session:
                        keep_heard(session, sitting_of(session))
                    answer = page.goto(studio.url + path.format(**places))
                    if answer is None or answer.status != 200:
                        studio.problems.append(f"{name}: {path} answers {answer and answer.status}")
                    studio.take(page, name, size=size, scheme=scheme)
            page.context.close()


def take_sign_in_pages(studio: Studio) -> None:
    pages = {"sign-in": f"{studio.url}/sign-in", "candidate-sign-in": f"{studio.url}/exam/sign-in"}
    for name, address in pages.items():
        for size in SIZES:
            if studio.wants(name):
                page = studio.page(size=size, scheme="light")
                page.goto(address)
                studio.take(page, name, size=size, scheme="light")
                page.context.close()


def enter(studio: Studio, seat: IssuedCode, *, size: str, scheme: Scheme) -> Page:
    """The candidate of this slip in a browser of their own."""
    page = studio.page(size=size, scheme=scheme)
    page.goto(f"{studio.url}/exam/sign-in")
    page.fill("#number", seat.number)
    page.fill("#code", seat.code)
    page.press("#code", "Enter")
    page.wait_for_url("**/exam")
    return page


def take_player(studio: Studio, seats: list[IssuedCode]) -> None:
    """Waiting room, question, review and receipt: on a big screen, on a phone, and in the dark."""
    looks: tuple[tuple[str, Scheme], ...] = (("desktop", "light"), ("phone", "light"), ("desktop", "dark"))
    for seat, (size, scheme) in zip(seats, looks, strict=False):
        with _later(studio, seat):
            page = enter(studio, seat, size=size, scheme=scheme)
            page.wait_for_selector(".countdown")
            studio.take(page, "player-waiting", size=size, scheme=scheme)
        page.reload()
        page.wait_for_selector(".question")
        for place, key in enumerate("abcbadcb"):
            page.keyboard.press(key)
            if place in (2, 5):
                page.keyboard.press("f")
            page.keyboard.press("n")
        page.wait_for_selector(".save-state[data-kind=saved]")
        page.keyboard.press("p")
        studio.take(page, "player-question", size=size, scheme=scheme)
        take_statutes(studio, page, size=size, scheme=scheme)
        page.context.set_offline(True)
        page.keyboard.press("a")
        page.wait_for_selector(".save-state[data-kind=offline]")
        studio.take(page, "player-offline", size=size, scheme=scheme)
        page.context.set_offline(False)
        page.wait_for_selector(".save-state[data-kind=saved]")
        page.keyboard.press("r")
        page.wait_for_selector(".review")
        studio.take(page, "player-review", size=size, scheme=scheme)
        page.click(".footer-review .button-primary")
        page.click("dialog [value=yes]")
        page.wait_for_selector(".receipt")
        studio.take(page, "player-receipt", size=size, scheme=scheme)
        page.context.close()


def take_statutes(studio: Studio, page: Page, *, size: str, scheme: Scheme) -> None:
    """The permitted document beside the question, with something found in it; closed again."""
    page.wait_for_selector(".tool-statutes")
    page.keyboard.press("v")
    page.wait_for_selector(".statute-part")
    page.fill("#statutes-search", "van ban duoc phep")
    page.keyboard.press("Enter")
    page.wait_for_selector(".statute-hit.is-current")
    studio.take(page, "player-statutes", size=size, scheme=scheme)
    page.click(".statutes-head button")


@contextmanager
def _later(studio: Studio, seat: IssuedCode) -> Iterator[None]:
    """Within the block this person's sitting begins in twelve minutes; the demo's has begun already."""
    shift = "UPDATE attempt SET starts_at = starts_at + %s * interval '12 min' WHERE candidate_id = %s"
    with studio.database.transaction() as session:
        session.connection().exec_driver_sql(shift, (1, seat.candidate_id))
    yield
    with studio.database.transaction() as session:
        session.connection().exec_driver_sql(shift, (-1, seat.candidate_id))


def take_rating_module(studio: Studio) -> None:
    paths = {"rating-overview": "/overview", "rating-results": "/results", "rating-person": ""}
    for size in SIZES:
        page = studio.page(size=size, scheme="light")
        sign_in(page, studio.rating_url, username=RATING_LOGIN[0], password=RATING_LOGIN[1])
        for name, path in paths.items():
            if path:
                page.goto(studio.rating_url + path)
            else:
                page.locator("tbody th a").first.click()
            if studio.wants(name):
                studio.take(page, name, size=size, scheme="light")
        page.context.close()


PLACES = {
    "period": "SELECT id FROM period WHERE state = 'released' ORDER BY id LIMIT 1",
    "running": "SELECT id FROM period WHERE code LIKE 'DANG-THI-%%' LIMIT 1",
    "preparing": "SELECT id FROM period WHERE state = 'draft' LIMIT 1",
    "sitting": "SELECT sitting.id FROM sitting JOIN exam ON exam.id = exam_id JOIN period ON period.id = period_id "
    "WHERE period.code LIKE 'DANG-THI-%%' LIMIT 1",
    "attempt": "SELECT attempt.id FROM attempt JOIN candidate ON candidate.id = candidate_id "
    "JOIN period ON period.id = period_id WHERE period.code LIKE 'DANG-THI-%%' "
    "ORDER BY candidate.number OFFSET 18 LIMIT 1",
    "item": "SELECT item_id FROM item_version WHERE state = 'operational' ORDER BY item_id LIMIT 1",
    "draft": "SELECT id FROM item WHERE code = 'TPHT-0007'",
    "blueprint": "SELECT id FROM blueprint ORDER BY code DESC LIMIT 1",
    "candidate": "SELECT candidate_id FROM result WHERE NOT was_absent ORDER BY id LIMIT 1",
    "person": "SELECT person_id FROM candidate WHERE id = (SELECT candidate_id FROM result LIMIT 1)",
}


def add_work_in_progress(database: Database) -> None:
    """What the demo leaves to its visitor: a period being prepared, a question being rewritten, a room at work."""
    with database.transaction() as session:
        coming = PeriodInput(
            code="2027-1", name="Kỳ sát hạch định kỳ lần 1 năm 2027", reference_date=date(2027, 3, 1)
        )
        service.create_period(session, actor_named(session, "canbo"), data=coming)
        item_id = session.scalars(select(Item.id).where(Item.code == "TPHT-0007")).one()
        start_new_version(session, actor_named(session, "soanthao"), item_id=item_id)
        arrange_room(session, actor_named(session, "giamthi"), sitting_of(session))


def sitting_of(session: Session) -> UUID:
    found: UUID = session.connection().exec_driver_sql(PLACES["sitting"]).scalar_one()
    return found


def find_places(database: Database) -> dict[str, str]:
    """The ids that addresses need, from the demo's database."""
    with database.reading() as session:
        found = {
            name: session.connection().exec_driver_sql(statement).scalar()
            for name, statement in PLACES.items()
        }
    return {name: str(value) for name, value in found.items()}


@contextmanager
def served(database: Database, settings: Settings, folder: Path) -> Iterator[None]:
    """The service and the rating module, which has every released result."""
    environment = {
        "DATABASE_URL": database.url,
        "EXAM_DATA_DIR": str(settings.data_dir),
        "EXAM_PORT": str(settings.port),
        "EXAM_RATING_PORT": str(settings.rating_port),
    }
    with running_programs(folder) as programs, running.rating_module(database, settings):
        web = programs.start("web", (*SERVICE, "serve"), environment)
        web.answers(f"http://127.0.0.1:{settings.port}/healthz")
        web.answers(f"http://127.0.0.1:{settings.rating_port}/healthz")
        while deliver_due(database):
            pass
        yield


def take_everything(
    summary: DemoSummary, database: Database, settings: Settings, wanted: tuple[str, ...]
) -> int:
    """Returns how many problems were told."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium_path(playwright.chromium), args=[*ARGUMENTS, "--lang=vi"]
        )
        studio = Studio(browser, settings, database, wanted)
        take_sign_in_pages(studio)
        if studio.wants("player"):
            take_player(studio, summary.room_codes)
        with database.transaction() as session:
            fill_room(session, actor_named(session, "giamthi"), sitting_of(session))
        take_staff_pages(studio, find_places(database))
        if studio.wants("rating"):
            take_rating_module(studio)
        browser.close()
    for problem in studio.problems:
        Console(stderr=True).print(problem)
    return len(studio.problems)


def main(wanted: tuple[str, ...]) -> int:
    """The exit status: 1 when a page did not answer or did not fit."""
    with tempfile.TemporaryDirectory(prefix="sat-hach-demo-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        settings = Settings(
            data_dir=folder, host="127.0.0.1", port=free_port(), rating_port=free_port(), database_url=None
        )
        with closing(_Closing(running.prepare(settings))) as held:
            summary = seed_demo(held.database, settings, console=Console())
            add_work_in_progress(held.database)
            with served(held.database, settings, folder):
                return 1 if take_everything(summary, held.database, settings, wanted) else 0


@dataclass
class _Closing:
    database: Database

    def close(self) -> None:
        self.database.dispose()


if __name__ == "__main__":
    sys.exit(main(tuple(sys.argv[1:])))
