"""Converted marks in a real Chromium: axe finds nothing, nothing scrolls sideways, with long names and on a phone."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser
from sqlalchemy import update

from exam_service.actor import ActorKind, Role
from exam_service.app import create_app
from exam_service.auth import sessions
from exam_service.auth.models import Account
from exam_service.calibration.service import calibrate_period
from exam_service.db import Database
from exam_service.periods.models import Period
from exam_service.rating_feed.outbox import release_period
from exam_service.settings import Settings
from tests.fixtures.auth import make_account
from tests.fixtures.periods import make_world
from tests.fixtures.results import (
    attempts_of,
    candidate_cookie,
    declare_conversion,
    make_converting_period,
    review_items,
)
from tests.fixtures.serving import served

pytestmark = pytest.mark.browser
LONG = "Kỳ sát hạch năng lực chuyên môn, nghiệp vụ công chức cấp xã phường quý IV năm 2026 thành phố Cần Thơ"
STAFF, CANDIDATE = sessions.STAFF_COOKIE, sessions.CANDIDATE_COOKIE


@dataclass
class Marked:
    """The running service, who is signed in, and the pages as (who, path)."""

    address: str
    cookies: dict[str, str]
    paths: dict[str, tuple[str, str]]


@pytest.fixture
def marked(settings: Settings, own_database_url: str) -> Iterator[Marked]:
    database = Database(own_database_url)
    with database.sessions() as session:
        world = make_converting_period(session)
        session.execute(update(Period).where(Period.id == world.period.id).values(name=LONG))
        calibrate_period(session, world.officer, period_id=world.period.id)
        review_items(session, world)
        release_period(session, world.officer, period_id=world.period.id)
        draft = make_world(session, people=1)
        declare_conversion(session, draft)
        account: Account = make_account(session, roles=[Role.OFFICER])
        token = sessions.open_session(
            session, kind=ActorKind.ACCOUNT, subject_id=account.id, address="test", user_agent="test"
        ).token
        candidate = attempts_of(session, world)[0].candidate_id
        cookies = {STAFF: token, CANDIDATE: candidate_cookie(session, candidate)}
        here = f"/marking/{world.period.id}"
        paths = {
            "paper": (STAFF, f"{here}/conversion?number=0001"),
            "borderline": (STAFF, f"{here}/borderline"),
            "own": (CANDIDATE, "/exam/result"),
            "exam": (STAFF, f"/periods/{draft.period.id}/exams/{draft.exam.id}"),
        }
    with served(create_app(settings, database=database)) as address:
        yield Marked(address, cookies, paths)
    database.dispose()


def test_axe_finds_nothing_and_no_page_of_converted_marks_scrolls_sideways(
    chromium: Browser, marked: Marked
) -> None:
    pictures = os.environ.get("CONVERSION_PICTURES")
    for width, height, theme in ((1366, 768, "light"), (390, 844, "dark")):
        context = chromium.new_context(viewport={"width": width, "height": height})
        context.add_cookies(
            [
                {"name": name, "value": value, "url": marked.address}
                for name, value in (*marked.cookies.items(), ("theme", theme))
            ]
        )
        page = context.new_page()
        for name, (_who, path) in marked.paths.items():
            answer = page.goto(marked.address + path, wait_until="load")
            assert answer is not None
            assert answer.ok, (name, answer.status)
            violations = Axe().run(page).response["violations"]
            assert [(entry["id"], entry["nodes"][0]["html"]) for entry in violations] == [], (name, theme)
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (name, width)
            if pictures:
                page.screenshot(path=Path(pictures) / f"{name}-{width}-{theme}.png", full_page=True)
        context.close()
