"""The player in a real Chromium when the network, the browser or the machine is gone: no answer is lost."""

import contextlib
import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import uvicorn
from playwright.sync_api import Browser, BrowserContext, Error, Page, expect
from sqlalchemy import select
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from exam_service.app import create_app
from exam_service.attempts.evidence_models import DisplacedResponse, Verdict
from exam_service.attempts.keys import AttemptKeys
from exam_service.attempts.room_models import AttemptSignal, SignalKind
from exam_service.attempts.verdicts import VerdictInput
from exam_service.db import Database
from exam_service.invigilation import handover
from exam_service.invigilation.schemas import ReasonInput
from exam_service.settings import Settings
from tests.exam_service.attempts.player.test_sitting import (
    SAVED,
    Hall,
    closing_database,
    sign_in,
)
from tests.fixtures.attempts import make_room
from tests.fixtures.chromium import ARGUMENTS, chromium_path
from tests.fixtures.pages import violations

pytestmark = pytest.mark.browser

QUESTIONS = 40
OUTAGE = timedelta(minutes=10)
KEPT_OFFLINE = """async () => {
    await navigator.serviceWorker.ready;
    const names = await caches.keys();
    return names.length === 1 && (await (await caches.open(names[0])).match('/exam')) !== undefined;
}"""


class Line:
    """The service on one port, which can be cut off and connected again: unlike a browser's own switch, this cuts its
    service worker off as well."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self.settings, self.database = settings, database
        with closing(socket.socket()) as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        self.address = f"http://127.0.0.1:{self.port}"
        self.answered: list[tuple[str, int]] = []  # path and bytes of every answer
        self._running = contextlib.ExitStack()

    def connect(self) -> None:
        listener = self._running.enter_context(closing(socket.socket()))
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", self.port))
        listener.listen()
        app = self._counting(create_app(self.settings, database=self.database))
        server = uvicorn.Server(
            uvicorn.Config(app, log_level="error", ws="none", timeout_graceful_shutdown=1)
        )
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        self._running.callback(thread.join)
        self._running.callback(setattr, server, "should_exit", True)

    def _counting(self, app: ASGIApp) -> ASGIApp:
        async def counted(scope: Scope, receive: Receive, send: Send) -> None:
            size = 0

            async def measured(message: Message) -> None:
                nonlocal size
                size += len(message.get("body", b"")) + sum(map(len, sum(message.get("headers", []), ())))
                await send(message)

            await app(scope, receive, measured)
            if scope["type"] == "http":
                self.answered.append((scope["path"], size))

        return counted

    def cut(self) -> None:
        self._running.close()


@dataclass
class Networked(Hall):
    """A hall on a line."""

    line: Line


@pytest.fixture
def hall(own_database_url: str, settings: Settings) -> Iterator[Networked]:
    """A running sitting whose papers have forty questions."""
    with closing_database(own_database_url) as database:
        with database.sessions() as session:
            rules = {"watches_focus": True}
            room = make_room(session, settings, items_per_cell=20, per_cell=20, exam_rules=rules)
            session.commit()
        line = Line(settings, database)
        line.connect()
        yield Networked(line.address, database, room, line)
        line.cut()


READ_STORAGE = """async () => {
    const database = await new Promise((resolve) => {
        const request = indexedDB.open('sat-hach-journal');
        request.onsuccess = () => resolve(request.result);
    });
    const found = {};
    for (const name of database.objectStoreNames) {
        const request = database.transaction(name).objectStore(name).getAll();
        await new Promise((resolve) => { request.onsuccess = resolve; });
        const decoder = new TextDecoder();
        const spell = (key, value) => (value instanceof Uint8Array ? decoder.decode(value) : value);
        found[name] = JSON.stringify(request.result, spell);
    }
    return found;
}"""
EXPORT_KEYS = """async () => {
    const database = await new Promise((resolve) => {
        const request = indexedDB.open('sat-hach-journal');
        request.onsuccess = () => resolve(request.result);
    });
    const request = database.transaction('sittings').objectStore('sittings').getAll();
    await new Promise((resolve) => { request.onsuccess = resolve; });
    const names = [];
    for (const key of Object.values(request.result[0].keys)) {
        await crypto.subtle.exportKey('raw', key).catch((error) => names.push(error.name));
    }
    return names;
}"""


@pytest.fixture
def keys(settings: Settings) -> AttemptKeys:
    return AttemptKeys(settings.signing_secret())


@pytest.fixture
def open_context(chromium: Browser) -> Iterator[Callable[[], BrowserContext]]:
    with contextlib.ExitStack() as stack:
        yield lambda: stack.enter_context(
            contextlib.closing(chromium.new_context(locale="vi-VN", accept_downloads=True))
        )


def sit(context: BrowserContext, hall: Hall, *, has_own_clock: bool = False) -> Page:
    """The test on a page of `context`; with its own clock it can be moved on in time."""
    page = context.new_page()
    if has_own_clock:
        page.clock.install(time=datetime.now(UTC))
    sign_in(page, hall.address, hall.seat)
    page.wait_for_selector(".question")
    return page


def answer_all(page: Page, *, first: int = 1) -> None:
    for _number in range(first, QUESTIONS + 1):
        page.keyboard.press("b")
        page.keyboard.press("n")


@pytest.fixture
def computer(chromium: Browser, tmp_path: Path) -> Iterator[Callable[[], BrowserContext]]:
    """`computer()` starts the browser of one machine, again on the same profile after a crash."""
    with contextlib.ExitStack() as stack:

        def start() -> BrowserContext:
            context = chromium.browser_type.launch_persistent_context(
                tmp_path, executable_path=chromium_path(chromium.browser_type), args=ARGUMENTS, locale="vi-VN"
            )
            stack.callback(close_quietly, context)
            return context

        yield start


def close_quietly(context: BrowserContext) -> None:
    with contextlib.suppress(Error):
        context.close()


def cut_power(profile: Path) -> None:
    """Every process of the browser on this profile ends at once."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                command = (entry / "cmdline").read_bytes().decode(errors="replace")
                if f"--user-data-dir={profile}" in command:
                    os.kill(int(entry.name), signal.SIGKILL)


def test_a_cold_load_is_eight_requests_and_a_warm_one_is_next_to_nothing(
    hall: Networked, open_context: Callable[[], BrowserContext]
) -> None:
    context = open_context()
    sign_in_without_page(context, hall)
    hall.line.answered.clear()
    page = context.new_page()
    page.goto(f"{hall.address}/exam")
    page.wait_for_selector(".question")
    page.wait_for_function(KEPT_OFFLINE)
    # Looks at the clock go on for the whole test; how many fall into the load is up to the machine.
    cold = [one for one in hall.line.answered if not one[0].endswith("/clock")]
    hall.line.answered.clear()
    page.reload()
    page.wait_for_selector(".question")
    warm = list(hall.line.answered)
    assert len(cold) <= 8, [path for path, _size in cold]
    assert sum(size for _path, size in cold) <= 114_600, cold
    assert sum(size for _path, size in warm) <= 10_000, warm


def sign_in_without_page(context: BrowserContext, hall: Hall) -> None:
    """`context` holds the cookies of a sign-in and has loaded nothing: a page would leave requests behind it."""
    address = f"{hall.address}/exam/sign-in"
    context.request.get(address)
    token = next(cookie["value"] for cookie in context.cookies() if cookie["name"] == "candidate_form")
    form = {"number": hall.seat.number, "code": hall.seat.code, "csrf_token": token}
    answer = context.request.post(address, form=form, max_redirects=0)
    assert answer.status == 303, answer.status


def test_forty_answers_of_ten_minutes_without_network_survive_the_end_of_the_browser(
    hall: Networked, computer: Callable[[], BrowserContext], tmp_path: Path
) -> None:
    page = sit(computer(), hall, has_own_clock=True)
    page.wait_for_function(KEPT_OFFLINE)
    hall.line.cut()
    for _number in range(QUESTIONS):
        page.clock.fast_forward(OUTAGE // timedelta(milliseconds=1) // QUESTIONS)
        page.keyboard.press("b")
        page.keyboard.press("n")
    expect(page.locator(".save-state")).to_have_text(f"Đang chờ mạng ({QUESTIONS} câu)")
    assert page.inner_text(".timer-value").startswith(("48:", "47:"))
    cut_power(tmp_path)
    # For the service and for the computer the ten minutes have passed as well.
    hall.move_start(timedelta(minutes=1) + OUTAGE)
    again = computer().new_page()
    again.clock.install(time=datetime.now(UTC) + OUTAGE)
    again.goto(f"{hall.address}/exam")
    expect(again.locator(".navigator-progress")).to_have_text(
        f"Đã trả lời {QUESTIONS}/{QUESTIONS}, đánh dấu 0"
    )
    assert again.inner_text("#question-title").startswith("Câu 40 trên 40")
    assert again.inner_text(".timer-value").startswith(("48:", "47:"))
    assert hall.stored() == {}
    hall.line.connect()
    again.wait_for_selector(SAVED)
    assert sorted(hall.stored()) == list(range(1, QUESTIONS + 1))


def test_what_is_kept_on_the_computer_cannot_be_read_there(
    hall: Networked, open_context: Callable[[], BrowserContext]
) -> None:
    page = sit(open_context(), hall)
    page.keyboard.press("a")
    page.wait_for_selector(SAVED)
    kept = page.evaluate(READ_STORAGE)
    stem = page.inner_text(".question .stem, .question .item")[:20]
    assert {"answers", "chain", "heads", "sittings"} == set(kept)
    assert kept["answers"]
    for text in ("choice", "stem", "token", hall.seat.full_name, stem):
        assert text not in str(kept)
    assert page.evaluate(EXPORT_KEYS) == ["InvalidAccessError", "InvalidAccessError"]


def test_a_test_handed_in_without_network_reaches_the_service_as_a_file(
    hall: Networked, open_context: Callable[[], BrowserContext], keys: AttemptKeys
) -> None:
    page = sit(open_context(), hall)
    page.keyboard.press("a")
    page.wait_for_selector(SAVED)
    page.keyboard.press("n")
    hall.line.cut()
    answer_all(page, first=2)
    page.keyboard.press("r")
    page.click(".footer-review .button-primary")
    page.click("dialog [value=yes]")
    button = page.get_by_role("button", name="Tải tệp bài làm")
    expect(button).to_be_enabled()
    assert violations(page) == []
    with page.expect_download() as download:
        button.click()
    data = Path(download.value.path()).read_bytes()
    page.goto("about:blank")  # what the page sends when it goes finds no service
    page.close()
    hall.line.connect()
    officer = hall.room.world.officer
    ids = {"sitting_id": hall.room.sitting_id, "attempt_id": hall.seat.attempt_id}
    with hall.database.transaction() as session:
        opened = handover.check_file(session, officer, **ids, data=data, keys=keys)
        added = {each.slot for each in opened.examined.differences}
        # On a slow machine some of that may still reach the service that is just back.
        assert added
        assert added | set(hall.stored()) == set(range(1, QUESTIONS + 1))
        handover.take_file(session, officer, **ids, data=data, keys=keys)
    assert sorted(hall.stored()) == list(range(1, QUESTIONS + 1))


def test_answers_that_arrive_after_the_end_wait_for_a_decision(
    hall: Networked, open_context: Callable[[], BrowserContext]
) -> None:
    page = sit(open_context(), hall)
    hall.move_start(timedelta(minutes=60) - timedelta(seconds=6))
    page.reload()
    page.wait_for_selector(".question")
    hall.line.cut()
    page.keyboard.press("a")
    page.evaluate("document.body.dispatchEvent(new Event('copy', { bubbles: true }))")
    page.keyboard.press("n")
    page.keyboard.press("b")
    expect(page.locator("h1")).to_have_text("Hết giờ làm bài", timeout=20_000)
    expect(page.get_by_role("button", name="Tải tệp bài làm")).to_be_visible()
    expect(page.locator(".note")).to_contain_text("Chưa có biên nhận")
    assert violations(page) == []
    page.wait_for_timeout(2500)
    hall.collect()
    hall.line.connect()
    expect(page.locator(".receipt .note")).to_contain_text("Câu 1, 2", timeout=30_000)
    assert hall.stored() == {}
    officer = hall.room.world.officer
    with hall.database.sessions() as session:
        assert SignalKind.COPIED in set(session.scalars(select(AttemptSignal.kind)))
    with hall.database.transaction() as session:
        line = handover.list_deliveries(session, officer, hall.room.sitting_id)[0]
        verdict = VerdictInput(verdict=Verdict.ACCEPTED, reason="Mất mạng cả phòng, có biên bản")
        ids = {"sitting_id": hall.room.sitting_id, "delivery_id": line.delivery.id}
        handover.decide(session, officer, **ids, data=verdict)
    assert sorted(hall.stored()) == [1, 2]


def test_a_test_moves_to_another_machine_by_pin_and_to_another_tab_by_choice(
    hall: Networked, open_context: Callable[[], BrowserContext], keys: AttemptKeys
) -> None:
    old = sit(open_context(), hall)
    old.keyboard.press("a")
    old.wait_for_selector(SAVED)
    new = open_context().new_page()
    sign_in(new, hall.address, hall.seat)
    expect(new.locator("h1")).to_have_text("Bài thi đang mở ở nơi khác")
    assert violations(new) == []
    new.fill("#pin", "000000")
    new.keyboard.press("Enter")
    expect(new.locator("#pin-error")).to_contain_text("không đúng")
    with hall.database.transaction() as session:
        issued = handover.give_pin(
            session,
            hall.room.world.officer,
            sitting_id=hall.room.sitting_id,
            attempt_id=hall.seat.attempt_id,
            data=ReasonInput(reason="Máy hỏng"),
            keys=keys,
        )
    new.fill("#pin", issued.pin)
    new.keyboard.press("Enter")
    new.wait_for_selector(".option-input:checked", state="attached")
    old.keyboard.press("c")
    expect(old.locator("h1")).to_have_text("Bài thi đã chuyển sang nơi khác")
    assert violations(old) == []
    tab = new.context.new_page()
    tab.goto(f"{hall.address}/exam")
    tab.get_by_role("button", name="Làm bài ở đây").click()
    tab.wait_for_selector(".question")
    expect(new.locator("h1")).to_have_text("Bài thi đã chuyển sang nơi khác")
    tab.keyboard.press("d")
    tab.wait_for_selector(SAVED)
    with hall.database.sessions() as session:
        displaced = session.scalars(select(DisplacedResponse)).all()
        assert [(one.slot, one.response is not None) for one in displaced] == [(1, True)]
    assert hall.stored()[1] == tab.input_value(".option-input:checked")
