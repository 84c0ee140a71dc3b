"""What a draw shows, in a real Chromium: the fairness report, papers added after the seal, and the page that adds them.

Readable by everybody, at a desk and on a phone, in light and dark.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page
from sqlalchemy.orm import Session

from exam_service.actor import SYSTEM, ActorKind, Role
from exam_service.app import create_app
from exam_service.auth import sessions
from exam_service.db import Database
from exam_service.fairness.service import report_due
from exam_service.invigilation.late_candidates import add_late_candidate
from exam_service.periods.schemas import LateCandidateInput
from exam_service.settings import Settings
from tests.exam_service.fairness.test_report import sealed, sit_and_mark
from tests.fixtures.auth import make_account
from tests.fixtures.periods import make_person
from tests.fixtures.serving import served

pytestmark = pytest.mark.browser
LONG = "Kiến thức chung và kỹ năng của công chức Văn phòng – Thống kê, Tư pháp – Hộ tịch cấp xã"
NAMESAKE = {"family_names": "Công Tằng Tôn Nữ Thị Huyền Trân Nguyễn Phúc", "given_name": "Bảo Ngọc"}
WIDE, PHONE = (1366, 768), (390, 844)


def _reported(session: Session) -> str:
    world = sealed(session, title=LONG)
    sit_and_mark(session, world)
    while report_due(session, SYSTEM):
        pass
    return f"/periods/{world.period.id}/fairness"


def _with_late_papers(session: Session) -> dict[str, str]:
    """Name → address, of a sealed period to which somebody has been added and somebody else may be."""
    world = sealed(session, people=3, title=LONG)
    world.sitting.capacity = 30
    people = [
        make_person(
            session,
            unit=world.unit,
            position=world.position,
            search_text=f"cong tang ton nu thi huyen tran bao ngoc {number}",
            **NAMESAKE,
        )
        for number in range(3)
    ]
    data = LateCandidateInput(
        person_id=people[0].id, sitting_id=world.sitting.id, reason="Bổ nhiệm theo Quyết định 12/QĐ-UBND"
    )
    add_late_candidate(session, world.officer, period_id=world.period.id, data=data)
    here = f"/periods/{world.period.id}"
    return {
        "late": f"{here}/late?q=bao+ngoc",
        "late-evidence": f"{here}/evidence",
    }


def _check(page: Page, name: str, theme: str, *, width: int) -> None:
    assert page.evaluate("document.documentElement.scrollWidth") <= width, name
    pictures = os.environ.get("PICTURES")
    if pictures:
        page.screenshot(path=Path(pictures) / f"{name}-{width}-{theme}.png", full_page=True)
    found = Axe().run(page)
    assert found.violations_count == 0, (name, found.generate_report())


def _tabbed(page: Page) -> Iterator[str | None]:
    """The names and addresses that the Tab key reaches, one after the other."""
    for _stop in range(80):
        page.keyboard.press("Tab")
        yield page.evaluate("document.activeElement.getAttribute('href') || document.activeElement.name")


def test_what_a_draw_shows_is_readable_by_everybody_at_every_size(
    settings: Settings, own_database_url: str, chromium: Browser
) -> None:
    database = Database(own_database_url)
    with database.transaction() as session:
        report = _reported(session)
        pages = _with_late_papers(session)
        account = make_account(session, roles=[Role.OFFICER, Role.AUDITOR])
        token = sessions.open_session(
            session, kind=ActorKind.ACCOUNT, subject_id=account.id, address="test", user_agent="test"
        ).token
    with served(create_app(settings, database=database)) as address:
        for size, theme in ((WIDE, "light"), (WIDE, "dark"), (PHONE, "light"), (PHONE, "dark")):
            context = chromium.new_context(viewport={"width": size[0], "height": size[1]})
            values = {sessions.STAFF_COOKIE: token, "theme": theme}
            context.add_cookies(
                [{"name": key, "value": value, "url": address} for key, value in values.items()]
            )
            page = context.new_page()
            page.goto(address + report)
            charts = page.locator("figure svg[role=img]")
            assert charts.count() == 2, "what the draw promised and what the answers showed"
            assert all(chart.get_attribute("aria-label") for chart in charts.all())
            if (size, theme) == (WIDE, "light"):
                assert f"{report}/report.pdf" in _tabbed(page), "the document is reached by the keyboard"
            _check(page, "fairness", theme, width=size[0])
            # A layout and a theme are each seen once: what depends on both is in the style sheet, seen above.
            for name, path in pages.items() if (size, theme) in ((WIDE, "light"), (PHONE, "dark")) else ():
                page.goto(address + path)
                _check(page, name, theme, width=size[0])
            context.close()
    database.dispose()


def test_somebody_is_added_by_keyboard_alone(
    settings: Settings, own_database_url: str, chromium: Browser
) -> None:
    database = Database(own_database_url)
    with database.transaction() as session:
        pages = _with_late_papers(session)
        account = make_account(session, roles=[Role.OFFICER])
        token = sessions.open_session(
            session, kind=ActorKind.ACCOUNT, subject_id=account.id, address="test", user_agent="test"
        ).token
    with served(create_app(settings, database=database)) as address:
        context = chromium.new_context(viewport={"width": WIDE[0], "height": WIDE[1]})
        context.add_cookies([{"name": sessions.STAFF_COOKIE, "value": token, "url": address}])
        page = context.new_page()
        page.goto(address + pages["late"])
        assert "person_id" in _tabbed(page)
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Tab")
        page.keyboard.press("ArrowDown")  # the sitting
        page.keyboard.press("Tab")
        page.keyboard.type("Bổ nhiệm ngày 20/11")
        assert page.evaluate("document.activeElement.name") == "reason"
        page.keyboard.press("Tab")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        page.wait_for_url("**/candidates/*")
        assert "Bổ nhiệm ngày 20/11" in page.content()
        context.close()
    database.dispose()
