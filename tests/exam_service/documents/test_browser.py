"""Documents and conditions for entering in a real Chromium: readable by everybody, and a browser that proves itself."""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy import update
from sqlalchemy.orm import Session

from exam_service import clock
from exam_service.actor import ActorKind, Role
from exam_service.app import create_app
from exam_service.auth import sessions
from exam_service.db import Database
from exam_service.documents import service as documents
from exam_service.documents.models import PrintFormat
from exam_service.documents.subjects import Letterhead
from exam_service.entry import proving, service
from exam_service.entry.codes import SittingCodes
from exam_service.entry.models import Condition
from exam_service.entry.safe_exam_browser import config_key, hash_quit_password, key_for_address
from exam_service.entry.service import RuleInput
from exam_service.invigilation.clocks import grant_extra_time
from exam_service.invigilation.schemas import ExtraTimeInput
from exam_service.periods.models import Sitting
from exam_service.settings import Settings
from tests.conftest import cloned_database
from tests.fixtures.attempts import Room, Seat, make_room
from tests.fixtures.auth import make_account
from tests.fixtures.serving import served

pytestmark = pytest.mark.browser
WIDE, PHONE = (1366, 768), (390, 844)
LONG_ROOM = "Phòng máy số 3 – Trung tâm bồi dưỡng chính trị phường Thới An Đông"


@dataclass
class House:
    """The running service with one room, an officer and three candidates who have signed in."""

    address: str
    officer: str
    candidates: list[str]
    room: Room
    code: str
    keys: dict[str, str]
    pages: dict[str, str]

    def context(
        self,
        chromium: Browser,
        cookie: tuple[str, str],
        *,
        size: tuple[int, int] = WIDE,
        theme: str = "light",
    ) -> BrowserContext:
        context = chromium.new_context(viewport={"width": size[0], "height": size[1]})
        context.add_cookies(
            [
                {"name": name, "value": value, "url": self.address}
                for name, value in (cookie, ("theme", theme))
            ]
        )
        return context


def arrange(database: Database, settings: Settings) -> tuple[Room, str, list[str]]:
    """A room that asks for everything, with documents issued, printed and waiting."""
    with database.transaction() as session:
        room = make_room(session, settings, people=3)
        officer = room.world.officer
        more = ExtraTimeInput(minutes=10, reason="Mất điện")
        grant_extra_time(session, officer, room.seats[1].attempt_id, data=more)
        rule = RuleInput(needs_browser=True, needs_code=True, quit_password="thoát")
        service.save_rule(session, officer, period_id=room.period_id, exam_id=room.exam_id, data=rule)
        service.waive(
            session, officer, room.seats[2].candidate_id, condition=Condition.BROWSER, reason="Máy quá cũ"
        )
        paper = Letterhead(settings.organisation, settings.place)
        issued = documents.issue_document(
            session, officer, code="candidate_list", subject_id=room.sitting_id, letterhead=paper, typed={}
        )
        documents.print_document(session, officer, issued.id, print_format=PrintFormat.PDF)
        session.execute(
            update(Sitting)
            .where(Sitting.id == room.sitting_id)
            .values(room=LONG_ROOM, collected_at=clock.now())
        )
        account = make_account(session, roles=[Role.OFFICER])
        token = sessions.open_session(
            session, kind=ActorKind.ACCOUNT, subject_id=account.id, address="t", user_agent="t"
        ).token
        return room, token, [_sign_in(session, seat) for seat in room.seats]


def _sign_in(session: Session, seat: Seat) -> str:
    return sessions.open_session(
        session,
        kind=ActorKind.CANDIDATE,
        subject_id=seat.candidate_id,
        address="t",
        user_agent="t",
    ).token


@pytest.fixture(scope="module")
def house(settings: Settings, server_url: str) -> Iterator[House]:
    with cloned_database(server_url) as url:
        database = Database(url)
        room, officer, candidates = arrange(database, settings)
        app = create_app(settings, database=database)
        with served(app) as address:
            public = app.state.settings = settings.model_copy(update={"public_url": address})
            quit_hash = hash_quit_password("thoát")
            key = config_key(
                proving.browser_settings(public, exam_id=room.exam_id, quit_password_hash=quit_hash)
            )
            ids = f"{room.period_id}", f"{room.sitting_id}"
            yield House(
                address,
                officer,
                candidates,
                room,
                SittingCodes(settings.signing_secret()).code(room.sitting_id, 1),
                {
                    f"{address}{path}": key_for_address(f"{address}{path}", key)
                    for path in ("/exam", "/exam/access")
                },
                {
                    "period": f"/periods/{ids[0]}/documents",
                    "room": f"/documents/rooms/{ids[1]}",
                    "issued": f"/documents/candidate_list/{ids[1]}",
                    "new": f"/documents/room_minutes/{ids[1]}",
                    "check": "/documents/check?code=abc",
                    "conditions": f"/periods/{ids[0]}/access",
                    "waivers": f"/rooms/{ids[1]}/access",
                },
            )
        database.dispose()


def check(page: Page, name: str, *, size: tuple[int, int], theme: str) -> None:
    """axe finds nothing, nothing scrolls sideways; a picture where somebody wants to look."""
    violations = Axe().run(page).response["violations"]
    assert [(entry["id"], entry["nodes"][0]["html"]) for entry in violations] == [], (name, theme)
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0], (name, size)
    pictures = os.environ.get("DOCUMENT_PICTURES")
    if pictures:
        page.screenshot(path=Path(pictures) / f"{name}-{size[0]}-{theme}.png", full_page=True)


@pytest.mark.parametrize(("size", "theme"), [(WIDE, "light"), (PHONE, "dark")])
def test_axe_finds_nothing_and_no_page_scrolls_sideways(
    chromium: Browser, house: House, size: tuple[int, int], theme: str
) -> None:
    staff = house.context(chromium, (sessions.STAFF_COOKIE, house.officer), size=size, theme=theme)
    page = staff.new_page()
    for name in house.pages if size == WIDE else ("period", "conditions", "waivers"):
        page.goto(house.address + house.pages[name])
        check(page, name, size=size, theme=theme)
    staff.close()
    gates = {"browser": house.candidates[1], "code": house.candidates[2]}
    for name, token in gates.items():
        candidate = house.context(chromium, (sessions.CANDIDATE_COOKIE, token), size=size, theme=theme)
        page = candidate.new_page()
        page.goto(f"{house.address}/exam")
        assert page.url.endswith("/exam/access")
        check(page, f"gate-{name}", size=size, theme=theme)
        candidate.close()


def test_a_browser_that_sends_no_headers_proves_itself_by_its_script_interface(
    chromium: Browser, house: House
) -> None:
    context = house.context(chromium, (sessions.CANDIDATE_COOKIE, house.candidates[0]))
    context.add_init_script(
        f"""globalThis.SafeExamBrowser = {{ version: "3.5", security: {{
            get configKey() {{ return {json.dumps(house.keys)}[location.href.split("#")[0]] ?? ""; }},
            updateKeys(done) {{ done(); }},
        }} }};"""
    )
    page = context.new_page()
    page.goto(f"{house.address}/exam")
    field = page.get_by_label("Mã vào phòng thi")
    field.fill("1")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Mã vào phòng thi không đúng.")).to_be_visible()
    page.get_by_label("Mã vào phòng thi").fill(house.code)
    page.keyboard.press("Enter")
    expect(page.locator("#screen .question")).to_be_visible()
    context.close()


def test_an_officer_issues_and_prints_minutes_by_keys(chromium: Browser, house: House) -> None:
    context = house.context(chromium, (sessions.STAFF_COOKIE, house.officer))
    page = context.new_page()
    page.goto(house.address + house.pages["new"])
    page.get_by_label("Giám thị").fill("Đỗ Văn Ước; Lê Thị Ẩn")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Đã lập văn bản số 01/BB-HĐSH.")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("button", name="In PDF").focus()
        page.keyboard.press("Enter")
    assert download.value.suggested_filename.startswith("room-minutes-01-")
    page.reload()
    expect(page.get_by_text("Đã in 1 lần")).to_be_visible()
    context.close()
