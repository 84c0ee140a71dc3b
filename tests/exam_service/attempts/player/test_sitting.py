"""A candidate in a real Chromium, the real service and its database: what happens to the answers, whatever happens."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from itertools import cycle
from typing import Any

import pytest
import uvicorn
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from exam_service.app import create_app
from exam_service.attempts.handing_in import collect_due_attempts
from exam_service.attempts.models import AttemptState, CollectedBy
from exam_service.db import Database
from exam_service.invigilation.clocks import grant_extra_time, pause_attempt, resume_attempt
from exam_service.invigilation.schemas import ExtraTimeInput, ReasonInput
from exam_service.settings import Settings
from question_bank.items import ItemDraft
from tests.fixtures.attempts import Room, Seat, attempt_of, make_room, move_sitting, stored
from tests.fixtures.periods import make_draft
from tests.question_bank import type_samples as samples

pytestmark = pytest.mark.browser

QUESTIONS = 6
SAVED = ".save-state[data-kind=saved]"


KINDS = (
    *(samples.cluster, samples.short_text, samples.cloze),
    *(samples.matching, samples.ordering, samples.case),
)


def drafts_of_all_kinds() -> Callable[..., ItemDraft]:
    """A maker of drafts that goes through the types one after the other."""
    kinds = cycle(KINDS)

    def draft_of(stem: str, **values: Any) -> ItemDraft:
        draft = make_draft(stem, **values)
        content = next(kinds)()
        return draft.model_copy(
            update={"content": content.model_copy(update={"stem": f"{stem}: {content.stem}"})}
        )

    return draft_of


@dataclass
class Hall:
    """The running service: a room of candidates and the address where their browsers find it."""

    address: str
    database: Database
    room: Room

    @property
    def seat(self) -> Seat:
        return self.room.seats[0]

    def stored(self) -> dict[int, str]:
        """Slot → chosen option of the first seat, as the database has it."""
        with self.database.sessions() as session:
            return {
                slot: response["choice"]
                for slot, (_, response) in stored(session, self.seat).items()
                if response
            }

    def state(self) -> str:
        with self.database.sessions() as session:
            return attempt_of(session, self.seat).state

    def move_start(self, started_ago: timedelta) -> None:
        with self.database.sessions() as session:
            move_sitting(session, self.room, started_ago=started_ago)

    def collect(self) -> None:
        with self.database.transaction() as session:
            collect_due_attempts(session)


@contextmanager
def served(settings: Settings, database: Database) -> Iterator[str]:
    """The application on a free port of this machine, in a thread."""
    with closing(socket.socket()) as listener:
        listener.bind(("127.0.0.1", 0))
        server = uvicorn.Server(
            uvicorn.Config(create_app(settings, database=database), log_level="warning", ws="none")
        )
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


@contextmanager
def closing_database(url: str) -> Iterator[Database]:
    database = Database(url, pool_size=8)
    try:
        yield database
    finally:
        database.dispose()


def sign_in(page: Page, address: str, seat: Seat) -> None:
    page.goto(f"{address}/exam/sign-in")
    page.fill("[name=number]", seat.number)
    page.fill("[name=code]", seat.code)
    page.press("[name=code]", "Enter")
    page.wait_for_selector("h1")


@pytest.fixture
def hall(own_database_url: str, settings: Settings) -> Iterator[Hall]:
    with closing_database(own_database_url) as database:
        with database.sessions() as session:
            room = make_room(session, settings)
            session.commit()
        with served(settings, database) as address:
            yield Hall(address, database, room)


@pytest.fixture
def sit(hall: Hall, chromium: Browser) -> Iterator[Callable[..., Page]]:
    """`sit()` signs the first seat in with a new browser and returns its page; no page may report an error."""
    contexts: list[BrowserContext] = []
    errors: list[str] = []

    def sit(**options: object) -> Page:
        context = chromium.new_context(locale="vi-VN", **options)
        context.set_default_timeout(15_000)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        sign_in(page, hall.address, hall.seat)
        return page

    yield sit
    for context in contexts:
        context.close()
    assert errors == []


def test_the_whole_test_can_be_sat_by_keyboard_alone(hall: Hall, sit: Callable[..., Page]) -> None:
    page = sit()
    page.wait_for_selector(".question")
    for _ in range(QUESTIONS):
        page.keyboard.press("b")
        page.keyboard.press("n")
    page.wait_for_selector(SAVED)
    assert len(hall.stored()) == QUESTIONS
    page.keyboard.press("r")
    page.wait_for_selector(".review")
    while page.evaluate("() => document.activeElement.textContent") != "Nộp bài…":
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_selector("dialog")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Đã nộp bài")
    with hall.database.sessions() as session:
        attempt = attempt_of(session, hall.seat)
    assert attempt.collected_by == CollectedBy.CANDIDATE
    assert str(attempt.receipt_code) in page.inner_text(".receipt")
    assert f"{QUESTIONS} trên {QUESTIONS}" in page.inner_text(".receipt")


ANSWER_ALL = """() => {
    for (const each of document.querySelectorAll('.stage :is(input[type=text], textarea):not(.tools *)')) {
        each.value = '15';
        each.dispatchEvent(new Event('input', { bubbles: true }));
    }
    for (const each of document.querySelectorAll('.stage select')) {
        each.selectedIndex = 1;
        each.dispatchEvent(new Event('change', { bubbles: true }));
    }
    for (const each of document.querySelectorAll('.stage input[type=radio]:first-of-type')) each.click();
    document.querySelector('.stage .order-foot .button')?.click();
}"""
SHOWN = """() => [...document.querySelectorAll(
    '.stage :is(input, select, textarea, .order-note):not(.tools *)')].map((each) => (
    each.matches('[type=radio], [type=checkbox]') ? each.checked : each.value ?? each.textContent))"""


def test_answers_of_every_kind_are_stored_and_there_after_a_reload(
    own_database_url: str, settings: Settings, chromium: Browser
) -> None:
    with closing_database(own_database_url) as database:
        with database.sessions() as session:
            room = make_room(session, settings, items_per_cell=3, draft_of=drafts_of_all_kinds())
            session.commit()
        with served(settings, database) as address, closing(chromium.new_context()) as context:
            page = context.new_page()
            sign_in(page, address, room.seats[0])
            page.wait_for_selector(".question")
            before = []
            for _ in range(QUESTIONS):
                page.evaluate(ANSWER_ALL)
                before.append(page.evaluate(SHOWN))
                page.keyboard.press("Escape")
                page.click(".control-next", force=True)
            page.wait_for_selector(SAVED)
            with database.sessions() as session:
                kept = stored(session, room.seats[0])
            assert [slot for slot, (_, response) in sorted(kept.items()) if response] == list(range(1, 7))
            page.reload()
            for number, state in enumerate(before, start=1):
                page.click(f".cell[data-slot='{number}']")
                assert page.evaluate(SHOWN) == state


def test_the_waiting_room_shows_who_is_meant_and_opens_the_test_by_itself(
    hall: Hall, sit: Callable[..., Page]
) -> None:
    hall.move_start(timedelta(seconds=-6))
    page = sit()
    expect(page.locator("h1")).to_have_text("Phòng chờ")
    assert hall.seat.full_name in page.inner_text(".facts")
    page.wait_for_selector(".question")
    assert hall.state() == AttemptState.STARTED


def test_the_test_opens_when_the_start_came_while_a_slow_answer_was_on_its_way(
    hall: Hall, sit: Callable[..., Page]
) -> None:
    hall.move_start(timedelta(minutes=-5))
    page = sit()
    expect(page.locator("h1")).to_have_text("Phòng chờ")

    def answer_slowly(route: Route) -> None:
        answer = route.fetch()
        time.sleep(6)
        route.fulfill(response=answer)

    page.route("**/api/attempts/current", answer_slowly, times=1)
    hall.move_start(timedelta(seconds=-2))
    page.reload()
    page.wait_for_selector(".question")
    assert hall.state() == AttemptState.STARTED


def test_what_is_answered_without_network_is_kept_and_arrives(hall: Hall, sit: Callable[..., Page]) -> None:
    page = sit()
    page.wait_for_selector(".question")
    page.context.set_offline(True)
    for _ in range(4):
        page.keyboard.press("c")
        page.keyboard.press("n")
    expect(page.locator(".save-state")).to_have_text("Đang chờ mạng (4 câu)")
    assert hall.stored() == {}
    page.context.set_offline(False)
    page.wait_for_selector(SAVED)
    assert sorted(hall.stored()) == [1, 2, 3, 4]


def test_unsent_answers_survive_closing_the_page(hall: Hall, sit: Callable[..., Page]) -> None:
    page = sit()
    page.wait_for_selector(".question")
    page.context.set_offline(True)
    page.keyboard.press("a")
    page.keyboard.press("n")
    page.keyboard.press("b")
    expect(page.locator(".save-state")).to_have_text("Đang chờ mạng (2 câu)")
    context = page.context
    page.close()
    context.set_offline(False)
    again = context.new_page()
    again.goto(f"{hall.address}/exam")
    again.wait_for_selector(SAVED)
    assert sorted(hall.stored()) == [1, 2]
    assert again.inner_text("#question-title").startswith("Câu 2 trên 6")


def test_when_the_time_is_over_input_stops_and_the_systems_receipt_appears(
    hall: Hall, sit: Callable[..., Page]
) -> None:
    hall.move_start(timedelta(minutes=1))
    page = sit()
    page.wait_for_selector(".question")
    page.keyboard.press("b")
    page.wait_for_selector(SAVED)
    hall.move_start(timedelta(minutes=60) - timedelta(seconds=4))
    page.reload()
    page.wait_for_selector(".question")
    page.keyboard.press("n")
    page.keyboard.press("a")
    page.keyboard.press("n")
    expect(page.locator("h1")).to_have_text("Hết giờ làm bài", timeout=10_000)
    assert page.locator("input").count() == 0
    # Granted before the system collects: the test goes on, with what was entered.
    with hall.database.transaction() as session:
        data = ExtraTimeInput(reason="Mất điện", minutes=5)
        grant_extra_time(session, hall.room.world.officer, hall.seat.attempt_id, data=data)
    page.wait_for_selector(".question", timeout=10_000)
    assert page.inner_text(".timer-value").startswith(("05:00", "04:5"))
    expect(page.locator("h1")).to_contain_text("Câu 3 trên")
    expect(page.locator(".notice p")).to_contain_text("Thời gian làm bài vừa được điều chỉnh. Còn 0")
    expect(page.locator(".navigator-progress")).to_contain_text(f"Đã trả lời 2/{QUESTIONS}")
    hall.move_start(timedelta(minutes=60) - timedelta(seconds=2))
    page.reload()
    expect(page.locator("h1")).to_have_text("Hết giờ làm bài", timeout=10_000)
    page.wait_for_timeout(2500)
    hall.collect()
    expect(page.locator("h1")).to_have_text("Bài của Ông/Bà đã được thu", timeout=15_000)
    assert f"2 trên {QUESTIONS}" in page.inner_text(".receipt")
    assert hall.state() == AttemptState.EXPIRED


def test_extra_time_is_shown_within_five_seconds(hall: Hall, sit: Callable[..., Page]) -> None:
    page = sit()
    page.wait_for_selector(".question")
    with hall.database.transaction() as session:
        data = ExtraTimeInput(reason="Máy hỏng, đổi máy", minutes=30)
        grant_extra_time(session, hall.room.world.officer, hall.seat.attempt_id, data=data)
    expect(page.locator(".notice p")).to_contain_text("Thời gian làm bài vừa được điều chỉnh")
    assert page.inner_text(".timer-value").startswith("1:2")


def test_a_pause_covers_the_test_and_its_answers_arrive_afterwards(
    hall: Hall, sit: Callable[..., Page]
) -> None:
    page = sit()
    page.wait_for_selector(".question")
    officer, why = hall.room.world.officer, ReasonInput(reason="Mất điện")
    with hall.database.transaction() as session:
        pause_attempt(session, officer, hall.seat.attempt_id, data=why)
    page.keyboard.press("a")
    expect(page.locator("dialog")).to_contain_text("tạm dừng")
    with hall.database.transaction() as session:
        resume_attempt(session, officer, hall.seat.attempt_id, data=why)
    expect(page.locator("dialog")).to_have_count(0)
    page.wait_for_selector(SAVED)
    assert sorted(hall.stored()) == [1]


@pytest.mark.parametrize(("width", "height"), [(390, 844), (320, 256)])
def test_nothing_scrolls_sideways(hall: Hall, sit: Callable[..., Page], width: int, height: int) -> None:
    page = sit(viewport={"width": width, "height": height})
    page.wait_for_selector(".question")
    assert page.evaluate("() => document.documentElement.scrollWidth") <= width


def test_the_player_speaks_english_throughout(hall: Hall, sit: Callable[..., Page]) -> None:
    page = sit()
    page.context.add_cookies([{"name": "lang", "value": "en", "url": hall.address}])
    page.reload()
    expect(page.locator("#question-title")).to_contain_text("Question 1 of 6")
    page.keyboard.press("r")
    expect(page.locator("h1")).to_have_text("Review before you submit")
