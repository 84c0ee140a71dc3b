"""The fairness report in a real Chromium: readable by everybody, at a desk and on a phone, in light and dark."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from exam_service.actor import SYSTEM, ActorKind, Role
from exam_service.app import create_app
from exam_service.auth import sessions
from exam_service.db import Database
from exam_service.fairness.service import report_due
from exam_service.settings import Settings
from tests.exam_service.fairness.test_report import sealed, sit_and_mark
from tests.fixtures.auth import make_account
from tests.fixtures.serving import served

pytestmark = pytest.mark.browser
LONG = "Kiến thức chung và kỹ năng của công chức Văn phòng – Thống kê, Tư pháp – Hộ tịch cấp xã"
WIDE, PHONE = (1366, 768), (390, 844)


def test_the_report_is_readable_by_everybody_at_every_size(
    settings: Settings, own_database_url: str, chromium: Browser
) -> None:
    database = Database(own_database_url)
    with database.transaction() as session:
        world = sealed(session, title=LONG)
        sit_and_mark(session, world)
        while report_due(session, SYSTEM):
            pass
        account = make_account(session, roles=[Role.AUDITOR])
        token = sessions.open_session(
            session, kind=ActorKind.ACCOUNT, subject_id=account.id, address="test", user_agent="test"
        ).token
        path = f"/periods/{world.period.id}/fairness"
    with served(create_app(settings, database=database)) as address:
        for size, theme in ((WIDE, "light"), (WIDE, "dark"), (PHONE, "light"), (PHONE, "dark")):
            context = chromium.new_context(viewport={"width": size[0], "height": size[1]})
            values = {sessions.STAFF_COOKIE: token, "theme": theme}
            context.add_cookies(
                [{"name": key, "value": value, "url": address} for key, value in values.items()]
            )
            page = context.new_page()
            page.goto(address + path, wait_until="networkidle")
            assert page.locator("svg[role=img]").count() >= 1
            assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
            found = Axe().run(page)
            assert found.violations_count == 0, found.generate_report()
            context.close()
    database.dispose()
