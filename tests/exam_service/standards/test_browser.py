"""Cut scores in a real Chromium: keys are enough for a judge, axe finds nothing, nothing scrolls sideways."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, expect
from sqlalchemy import select

from exam_service.actor import ActorKind, Role
from exam_service.app import create_app
from exam_service.auth import sessions
from exam_service.auth.models import Account
from exam_service.db import Database
from exam_service.settings import Settings
from exam_service.standards.models import PanelMethod, PanelRating
from exam_service.standards.panels import close_round, open_round
from tests.fixtures.auth import make_account
from tests.fixtures.periods import make_world
from tests.fixtures.serving import served
from tests.fixtures.standards import calibrate, make_judges, make_panel, rate

pytestmark = pytest.mark.browser
WIDE, PHONE = (1366, 768), (390, 844)


@dataclass
class Council:
    """The running service, an officer and a judge who are signed in, and the pages of their panel."""

    address: str
    database: Database
    officer: str
    judge: str
    paths: dict[str, str]


@pytest.fixture
def council(settings: Settings, own_database_url: str) -> Iterator[Council]:
    database = Database(own_database_url)
    with database.sessions() as session:
        world = make_world(session, people=2)
        judges = make_judges(session, 3)
        steps = [(1.0, place / 4 - 1) for place in range(len(world.versions))]
        calibrate(session, [version.id for version in world.versions], steps)
        panel = make_panel(session, world, judges)
        marked = make_panel(session, world, judges, method=PanelMethod.BOOKMARK)
        for judge, value in zip(judges, "235", strict=True):
            rate(session, marked, judge, {"page": value})
        close_round(session, world.officer, panel=marked, number=1)
        for judge, low, step in zip(judges, (30, 80, 95), (4, -8, 0), strict=True):
            values = {str(item.place): str(low + step * item.place) for item in panel.items}
            rate(session, panel, judge, values)
        close_round(session, world.officer, panel=panel, number=1)
        session.commit()
        open_round(session, world.officer, panel=panel, number=1)
        officer = make_account(session, roles=[Role.OFFICER])

        def token(account: Account) -> str:
            return sessions.open_session(
                session, kind=ActorKind.ACCOUNT, subject_id=account.id, address="test", user_agent="test"
            ).token

        tokens = token(officer), token(judges[0])
        session.commit()
        cuts = f"/periods/{world.period.id}/cuts"
        paths = {
            "cuts": cuts,
            "new": f"{cuts}/new?exam={world.exam.id}",
            "panel": f"{cuts}/{panel.id}",
            "bookmark": f"{cuts}/{marked.id}",
            "minutes": f"/documents/cut_panel/{panel.id}",
            "rate": f"/panels/{panel.id}",
            "own": "/panels",
        }
    with served(create_app(settings, database=database)) as address:
        yield Council(address, database, *tokens, paths)
    database.dispose()


def signed_in(
    chromium: Browser, council: Council, token: str, *, size: tuple[int, int] = WIDE, theme: str = "light"
) -> BrowserContext:
    context = chromium.new_context(viewport={"width": size[0], "height": size[1]})
    context.add_cookies(
        [
            {"name": name, "value": value, "url": council.address}
            for name, value in ((sessions.STAFF_COOKIE, token), ("theme", theme))
        ]
    )
    return context


def test_a_judge_rates_a_whole_paper_by_keys_alone(chromium: Browser, council: Council) -> None:
    context = signed_in(chromium, council, council.judge)
    page = context.new_page()
    page.goto(council.address + council.paths["rate"])
    page.locator("#mark-1").focus()
    for value in ("55", "60", "65", "70", "75", "80"):
        page.keyboard.type(value)
        page.keyboard.press("Enter")
    expect(page.get_by_text("Đã điền: 6/6")).to_be_visible()
    page.keyboard.press("Enter")  # the focus has come to the button
    expect(page.get_by_text("Đã lưu 6/6 ý kiến.")).to_be_visible()
    context.close()
    with council.database.sessions() as session:
        kept = session.scalars(
            select(PanelRating.value).where(PanelRating.round == 2).order_by(PanelRating.mark)
        ).all()
    assert kept == [55, 60, 65, 70, 75, 80]


def test_axe_finds_nothing_and_no_page_scrolls_sideways(chromium: Browser, council: Council) -> None:
    pictures = os.environ.get("CUT_SCORE_PICTURES")
    for size, theme in ((WIDE, "light"), (PHONE, "dark")):
        for name, path in council.paths.items():
            token = council.judge if name in ("rate", "own") else council.officer
            context = signed_in(chromium, council, token, size=size, theme=theme)
            page = context.new_page()
            page.goto(council.address + path, wait_until="networkidle")
            violations = Axe().run(page).response["violations"]
            assert [(entry["id"], entry["nodes"][0]["html"]) for entry in violations] == [], (name, theme)
            assert page.evaluate("document.documentElement.scrollWidth") <= size[0], (name, size)
            if pictures:
                page.screenshot(path=Path(pictures) / f"{name}-{size[0]}-{theme}.png", full_page=True)
            context.close()
