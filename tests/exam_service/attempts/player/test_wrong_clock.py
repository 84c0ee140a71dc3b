"""A machine that loses its power, its network and the battery of its clock, in a real Chromium."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, expect

from exam_service.attempts.answer_files import open_file
from exam_service.attempts.keys import AttemptKeys
from exam_service.settings import Settings
from tests.exam_service.attempts.player import test_offline
from tests.exam_service.attempts.player.test_offline import KEPT_OFFLINE, Line, Networked, cut_power
from tests.exam_service.attempts.player.test_sitting import SAVED, closing_database
from tests.fixtures.attempts import attempt_of, make_room

pytestmark = pytest.mark.browser
computer, keys = test_offline.computer, test_offline.keys


@pytest.fixture
def hall(own_database_url: str, settings: Settings) -> Iterator[Networked]:
    """A running sitting whose papers have six questions."""
    with closing_database(own_database_url) as database:
        with database.sessions() as session:
            room = make_room(session, settings)
            session.commit()
        line = Line(settings, database)
        line.connect()
        yield Networked(line.address, database, room, line)
        line.cut()


def test_answers_entered_while_the_computer_believes_it_is_2009_are_proven_by_the_file(
    hall: Networked, computer: Callable[[], BrowserContext], keys: AttemptKeys, tmp_path: Path
) -> None:
    page = test_offline.sit(computer(), hall)
    page.wait_for_function(KEPT_OFFLINE)
    page.keyboard.press("b")
    page.wait_for_selector(SAVED)
    hall.line.cut()
    cut_power(tmp_path)
    again = computer().new_page()
    again.clock.install(time=datetime(2009, 1, 1, tzinfo=UTC))
    again.goto(f"{hall.address}/exam")
    again.wait_for_selector(".question")
    assert again.inner_text(".timer-value").startswith(("58:", "57:")), "not the years since 2009"
    again.keyboard.press("n")
    again.keyboard.press("a")
    expect(again.locator(".navigator-progress")).to_contain_text("Đã trả lời 2/")
    again.keyboard.press("r")
    again.click(".footer-review .button-primary")
    again.click("dialog [value=yes]")
    button = again.get_by_role("button", name="Tải tệp bài làm")
    expect(button).to_be_enabled()
    with again.expect_download() as download:
        button.click()
    data = Path(download.value.path()).read_bytes()
    with hall.database.sessions() as session:
        attempt = attempt_of(session, hall.seat)
        opened = open_file(session, attempt, data, keys=keys)
        (added,) = opened.examined.differences
        assert (added.slot, added.is_steady) == (2, False)
        assert attempt.starts_at < added.made_at < attempt.deadline_at
        assert opened.examined.chain.clock_changes == 1
