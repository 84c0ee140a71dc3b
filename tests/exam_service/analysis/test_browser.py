"""Reviewing flagged questions in a real Chromium: readable by everybody, decided in a dialog."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from exam_service.actor import ActorKind, Role
from exam_service.analysis.models import IrregularitySign, SignKind
from exam_service.analysis.service import compute_statistics
from exam_service.app import create_app
from exam_service.auth import sessions
from exam_service.db import Database
from exam_service.settings import Settings
from tests.fixtures.analysis import make_sat
from tests.fixtures.auth import make_account
from tests.fixtures.results import attempts_of
from tests.fixtures.serving import served

pytestmark = pytest.mark.browser
WIDE, PHONE = (1366, 768), (390, 844)
DETAILS = {
    SignKind.PERSON_FIT: {"z": -3.4, "n": 60},
    SignKind.RAPID_GUESSING: {"rapid": 21.7, "n": 60},
    SignKind.PREKNOWLEDGE: {"z": 3.6, "exposed": 20, "other": 40},
    SignKind.SIMILARITY: {"z": 5.8, "shared": 60, "matches": 57},
}


@dataclass
class Desk:
    """The running service, an officer's session, and the pages of a scored period."""

    address: str
    token: str
    paths: dict[str, str]

    def open(
        self, chromium: Browser, name: str, *, size: tuple[int, int] = WIDE, theme: str = "light"
    ) -> Page:
        context = chromium.new_context(viewport={"width": size[0], "height": size[1]})
        values = {sessions.STAFF_COOKIE: self.token, "theme": theme}
        context.add_cookies(
            [{"name": key, "value": value, "url": self.address} for key, value in values.items()]
        )
        page = context.new_page()
        page.goto(self.address + self.paths[name], wait_until="networkidle")
        return page


@pytest.fixture
def desk(settings: Settings, own_database_url: str) -> Iterator[Desk]:
    database = Database(own_database_url)
    with database.transaction() as session:
        sat = make_sat(session)
        run = compute_statistics(session, sat.world.officer, period_id=sat.period_id)
        one, other = attempts_of(session, sat.world)[:2]
        for kind, detail in DETAILS.items():
            other_id = other.id if kind is SignKind.SIMILARITY else None
            session.add(
                IrregularitySign(
                    run_id=run.id,
                    attempt_id=one.id,
                    other_attempt_id=other_id,
                    kind=kind.value,
                    strength=4.0,
                    detail=detail,
                )
            )
        account = make_account(session, roles=[Role.OFFICER])
        opened = sessions.open_session(
            session, kind=ActorKind.ACCOUNT, subject_id=account.id, address="test", user_agent="test"
        )
        base = f"/marking/{sat.period_id}"
        paths = {
            "items": f"{base}/items?show=all",
            "item": f"{base}/items/{sat.wrong_key}",
            "irregularities": f"{base}/irregularities",
        }
    with served(create_app(settings, database=database)) as address:
        yield Desk(address, opened.token, paths)
    database.dispose()


def test_the_review_is_readable_by_everybody_and_a_flag_is_decided_in_a_dialog(
    chromium: Browser, desk: Desk
) -> None:
    for name in desk.paths:
        for size, theme in ((WIDE, "light"), (PHONE, "dark")):
            page = desk.open(chromium, name, size=size, theme=theme)
            violations = [
                (entry["id"], entry["nodes"][0]["html"]) for entry in Axe().run(page).response["violations"]
            ]
            assert (name, size, theme, violations) == (name, size, theme, [])
            assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
            page.context.close()
    page = desk.open(chromium, "item")
    page.get_by_role("link", name="Quyết định").click()
    page.get_by_label("Hủy câu hỏi").check()
    page.get_by_label("Lý do").fill("Đáp án sai")
    page.get_by_role("button", name="Ghi quyết định").click()
    expect(page.get_by_text("Đã quyết định hủy câu hỏi. Hãy chấm lại để áp dụng.")).to_be_visible()
    expect(page.get_by_text("cần chấm lại")).to_be_visible()
    page.context.close()
