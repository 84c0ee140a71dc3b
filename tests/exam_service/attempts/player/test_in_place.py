"""What the player says of itself while a test runs, in a real Chromium: its language, the time, the battery, the
computer, the receipt. One room for all of it."""

import contextlib
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import update

from exam_service.invigilation.clocks import extend_sitting
from exam_service.invigilation.schemas import ExtraTimeInput
from exam_service.periods.models import Candidate
from exam_service.settings import Settings
from tests.conftest import cloned_database
from tests.exam_service.attempts.player.test_sitting import SAVED, Hall, closing_database, served, sign_in
from tests.fixtures.attempts import make_room

pytestmark = pytest.mark.browser

DECISION = "QĐ 15/QĐ-HĐSH ngày 02/11/2026"
BATTERY = """
const battery = Object.assign(new EventTarget(), { level: 0.5, charging: false });
navigator.getBattery = async () => battery;
window.drain = (level) => { battery.level = level; battery.dispatchEvent(new Event('levelchange')); };
window.charge = (isOn) => { battery.charging = isOn; battery.dispatchEvent(new Event('chargingchange')); };
"""


@pytest.fixture(scope="module")
def hall(server_url: str, settings: Settings) -> Iterator[Hall]:
    """A running sitting; its first candidate has more time by decision."""
    with cloned_database(server_url) as url, closing_database(url) as database:
        with database.sessions() as session:
            room = make_room(session, settings)
            number = room.seats[0].candidate_id
            planned = update(Candidate).where(Candidate.id == number)
            session.execute(planned.values(extra_time_min=15, extra_time_reason=DECISION))
            session.commit()
        with served(settings, database) as address:
            yield Hall(address, database, room)


@pytest.fixture(scope="module")
def page(hall: Hall, chromium: Browser) -> Iterator[Page]:
    """The test of the first candidate, whose browser tells of a battery; the page may report no error."""
    errors: list[str] = []
    with contextlib.closing(chromium.new_context(locale="vi-VN")) as context:
        context.set_default_timeout(15_000)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.add_init_script(BATTERY)
        sign_in(page, hall.address, hall.seat)
        page.wait_for_selector(".question")
        yield page
    assert errors == []


def choose_language(page: Page, name: str) -> None:
    page.locator("#display").click()
    page.get_by_label(name).check()
    # The dialog is back in the new language, where it was left.
    expect(page.locator("dialog")).to_have_count(1)
    expect(page.get_by_label(name)).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#display")).to_be_focused()


def test_the_language_changes_in_place_without_network_and_the_test_stays_as_it_is(page: Page) -> None:
    page.keyboard.press("a")
    page.keyboard.press("n")
    page.keyboard.press("f")
    page.wait_for_selector(SAVED)
    page.locator("summary").click()
    page.get_by_label("Ghi nháp").fill("xem lại điều 12")
    page.context.set_offline(True)
    page.keyboard.press("Tab")
    page.locator("h1").focus()
    page.keyboard.press("b")
    expect(page.locator(".save-state")).to_have_text("Đang chờ mạng (1 câu)")
    requests: list[str] = []
    page.on("framenavigated", lambda frame: requests.append(frame.url))
    page.evaluate("window.same = true")
    choose_language(page, "English")
    expect(page.locator("h1")).to_contain_text("Question 2 of 6")
    expect(page.locator(".save-state")).to_have_text("Waiting for network (1 answer)")
    assert page.get_attribute("html", "lang") == "en"
    assert page.locator(".control-flag").get_attribute("aria-pressed") == "true"
    assert page.get_by_label("Scratch notes").input_value() == "xem lại điều 12"
    assert page.locator(".option-input:checked").count() == 1
    assert page.inner_text(".navigator-progress") == "2 of 6 answered, 1 flagged"
    assert page.inner_text(".skip-link") == "To the question"
    page.locator("h1").focus()
    page.keyboard.press("n")
    expect(page.locator("h1")).to_contain_text("Question 3 of 6")
    page.keyboard.press("p")
    assert requests == []
    assert page.evaluate("window.same")


def test_a_hand_in_that_waits_for_the_network_goes_on_in_the_other_language(page: Page) -> None:
    page.keyboard.press("r")
    page.locator(".footer-review .button-primary").click()
    page.click("dialog [value=yes]")
    expect(page.locator(".review-status")).to_contain_text("There is no receipt yet")
    choose_language(page, "Tiếng Việt")
    expect(page.locator(".review-status")).to_contain_text("Chưa có biên nhận")
    expect(page.get_by_role("button", name="Tải tệp bài làm")).to_be_enabled()
    page.get_by_role("button", name="Quay lại làm bài").click()
    page.context.set_offline(False)
    page.wait_for_selector(SAVED)
    choose_language(page, "English")
    page.reload()
    # A page that comes from the service or from the worker speaks the chosen language from its first word.
    expect(page.locator("h1")).to_contain_text("Question 2 of 6")
    choose_language(page, "Tiếng Việt")


def test_an_answer_that_the_service_will_not_take_stands_in_the_way_of_the_hand_in_by_its_number(
    page: Page,
) -> None:
    refusal = {"status": 422, "code": "invalid", "detail": "Câu trả lời không đúng dạng."}
    page.route(
        "**/responses/*",
        lambda route: route.fulfill(status=422, json=refusal, content_type="application/problem+json"),
    )
    page.keyboard.press("c")
    expect(page.locator(".save-state")).to_have_text("Chưa lưu được 1 câu")
    page.keyboard.press("r")
    page.locator(".footer-review .button-primary").click()
    page.click("dialog [value=yes]")
    told = page.locator(".review-status")
    expect(told).to_contain_text("vì câu 2 chưa lưu được: Câu trả lời không đúng dạng. Hãy sửa hoặc xóa")
    expect(page.get_by_role("button", name="Nộp bài")).to_be_enabled()
    page.unroute("**/responses/*")
    page.get_by_role("button", name="Quay lại làm bài").click()
    page.keyboard.press("b")
    page.wait_for_selector(SAVED)


def test_more_time_is_seen_at_once_and_its_reason_only_by_who_asks(page: Page, hall: Hall) -> None:
    button = page.locator(".timer-extra")
    expect(button).to_have_text("+15 phút")
    assert DECISION not in page.content()
    button.click()
    expect(page.locator("dialog")).to_contain_text(DECISION)
    assert "Bù do sự cố" not in page.inner_text("dialog")
    page.keyboard.press("Escape")
    with hall.database.transaction() as session:
        data = ExtraTimeInput(minutes=10, reason="Mất điện cả dãy")
        extend_sitting(session, hall.room.world.officer, hall.room.sitting_id, data=data)
    expect(page.locator(".notice")).to_be_visible(timeout=20_000)
    button.click()
    expect(page.locator("dialog")).to_contain_text("Mất điện cả dãy")
    parts = page.locator("dialog dt").all_inner_texts()
    assert parts == ["Chung cho ca thi", "Được duyệt trước cho Ông/Bà", "Bù do sự cố", "Tất cả"]
    assert page.locator("dialog dd").last.inner_text() == "85 phút"
    page.keyboard.press("Escape")
    expect(button).to_have_text("+25 phút")


def say_nothing_more_down_to(page: Page, level: float) -> None:
    """The message of the battery is confirmed, and stays away as the battery is drained to `level`."""
    message = page.locator(".message", has_text="Pin chỉ còn")
    message.get_by_role("button", name="Tôi đã đọc").click()
    page.evaluate(f"drain({level})")
    page.wait_for_timeout(200)
    expect(message).to_have_count(0)


def test_a_low_battery_is_told_once_and_again_when_it_is_nearly_empty_until_it_is_charged(page: Page) -> None:
    message = page.locator(".message", has_text="Pin chỉ còn")
    page.evaluate("drain(0.21)")
    expect(message).to_have_count(0)
    page.evaluate("drain(0.2)")
    expect(message).to_contain_text("20 %")
    expect(message).to_contain_text("Câu trả lời vẫn được giữ")
    page.evaluate("drain(0.12)")
    expect(message).to_contain_text("12 %")
    say_nothing_more_down_to(page, 0.1)
    page.evaluate("drain(0.09)")
    expect(message).to_contain_text("9 %")
    say_nothing_more_down_to(page, 0.03)
    page.evaluate("charge(true)")
    page.evaluate("charge(false)")
    expect(message).to_contain_text("3 %")
    message.get_by_role("button", name="Tôi đã đọc").focus()
    page.evaluate("charge(true)")
    expect(message).to_have_count(0)
    expect(page.locator("#screen")).to_be_focused()


def test_the_receipt_leads_to_its_check_by_a_code_that_is_printed_too(page: Page, hall: Hall) -> None:
    page.locator("h1").focus()
    page.keyboard.press("r")
    page.locator(".footer-review .button-primary").click()
    page.click("dialog [value=yes]")
    page.wait_for_selector(".receipt")
    code = page.inner_text(".receipt-code")
    picture = page.get_by_role("img", name=f"Mã QR của địa chỉ {page.inner_text('.address')}")
    page.emulate_media(media="print")
    assert picture.evaluate("each => each.naturalWidth > 100 && each.getBoundingClientRect().width > 100")
    expect(page.locator(".actions")).to_be_hidden()
    page.emulate_media(media="screen")
    assert page.inner_text(".address").endswith(f"/receipt/{code}")
    page.goto(f"{hall.address}/receipt/{code}")
    expect(page.locator(".notice")).to_contain_text("Biên nhận thật")


LEVELS = """async (found) => {
    const { judgeSystem, summarise } = await import('/player/system_check.js');
    const judged = judgeSystem(found);
    return [judged.map(({ level }) => level), summarise(judged).level];
}"""
GOOD: dict[str, Any] = {
    "storage": "indexeddb",
    "room": 5e8,
    "exchange": {"sentAt": 0, "receivedAt": 80, "date": None},
    "line": {"sent": 8, "lost": 0, "roundTripMs": 300, "kbps": 400},
    "browser": {"name": "Chrome", "version": "130", "canWork": True, "canKeep": True},
    "window": {"width": 1366, "height": 640, "zoom": 100},
    "battery": {"percent": 80, "isCharging": False},
}


@pytest.mark.parametrize(
    ("changed", "place", "level"),
    [
        ({}, 0, "good"),
        ({"storage": "memory"}, 0, "bad"),
        ({"room": 1e6}, 0, "bad"),
        ({"room": None}, 0, "good"),
        ({"line": None}, 1, "good"),
        ({"line": None, "exchange": None}, 1, "bad"),
        ({"line": {"sent": 8, "lost": 1, "roundTripMs": 300, "kbps": 400}}, 1, "note"),
        ({"line": {"sent": 8, "lost": 2, "roundTripMs": 300, "kbps": 400}}, 1, "bad"),
        ({"line": {"sent": 8, "lost": 8, "roundTripMs": None, "kbps": None}}, 1, "bad"),
        ({"line": {"sent": 8, "lost": 0, "roundTripMs": 1600, "kbps": 400}}, 1, "note"),
        ({"line": {"sent": 8, "lost": 0, "roundTripMs": 300, "kbps": 64}}, 1, "note"),
        ({"line": {"sent": 8, "lost": 0, "roundTripMs": 300, "kbps": 63}}, 1, "bad"),
        ({"browser": {"name": "", "version": "", "canWork": False, "canKeep": True}}, 2, "bad"),
        ({"browser": {"name": "Chrome", "version": "130", "canWork": True, "canKeep": False}}, 2, "bad"),
        ({"window": {"width": 390, "height": 844, "zoom": 100}}, 3, "note"),
        ({"window": {"width": 300, "height": 844, "zoom": 100}}, 3, "bad"),
        ({"window": {"width": 1000, "height": 600, "zoom": 150}}, 3, "note"),
        ({"battery": {"percent": 20, "isCharging": False}}, 4, "bad"),
        ({"battery": {"percent": 20, "isCharging": True}}, 4, "good"),
        ({"battery": {"percent": 40, "isCharging": False}}, 4, "note"),
    ],
)
def test_each_part_of_the_computer_is_judged_by_its_own_limit(
    judge: Page, changed: dict[str, Any], place: int, level: str
) -> None:
    levels, whole = judge.evaluate(LEVELS, {**GOOD, **changed})
    assert levels[place] == level
    assert [one for at, one in enumerate(levels) if at != place] == ["good"] * 4
    assert whole == ("bad" if level == "bad" else "good")


WAITING = """async () => {
    const { waitingRoom } = await import('/player/waiting.js');
    const current = {
        candidate: { number: '0001', full_name: 'A', extra_time_min: 0 },
        exam: { title: '', question_count: 1, max_points: '1' },
        sitting: { duration_min: 60 }, rules: { vi: [], en: [] }, policy: { measures_line: true },
    };
    const clock = Object.assign(new EventTarget(), { remainingMs: 60_000 });
    window.lines = [];
    const onMeasure = async () => lines.shift() ?? new Promise(() => {});
    const onJudged = (judged) => { window.heard = judged.map(({ check, level }) => `${check} ${level}`); };
    window.room = waitingRoom({ current, clock, onMeasure, onJudged });
    document.body.replaceChildren(room.draw(new AbortController().signal));
    window.see = async (exchange, ...measured) => {
        lines = measured;
        room.showCheck({ storage: 'indexeddb', exchange: exchange && { sentAt: 0, receivedAt: 80, date: null } });
        await new Promise((resolve) => { setTimeout(resolve); });
        const told = [...document.querySelectorAll('.checks li')].map((each) => each.textContent);
        return told.find((each) => each.includes('Kết nối'));
    };
}"""
FAST = {"sent": 8, "lost": 0, "roundTripMs": 300, "kbps": 400}
LOST = {"sent": 8, "lost": 8, "roundTripMs": None, "kbps": None}
STUCK = {**FAST, "kbps": None}


def test_the_waiting_room_says_of_the_line_what_was_found_last(judge: Page) -> None:
    judge.evaluate(WAITING)
    see = "([isThere, ...measured]) => see(isThere, ...measured)"
    for found, told in (
        ([True, FAST], "Tốt (300 mili giây, 400 kbit/giây)"),
        ([True], "Tốt (300 mili giây"),  # what was measured holds
        ([False], "Đang mất kết nối"),  # the cable was pulled afterwards
        ([True, LOST], "Đang mất kết nối"),
        ([True, FAST], "Tốt (300 mili giây"),  # the connection is back: measured anew
        ([False], "Đang mất kết nối"),
        ([True, STUCK], "Quá chậm (< 64 kbit/giây"),
    ):
        assert told in judge.evaluate(see, found), found


def test_the_waiting_room_looks_at_the_computer_anew_with_each_exchange_and_when_asked(judge: Page) -> None:
    judge.evaluate(f"() => {{ {BATTERY} window.battery = battery; }}")
    judge.evaluate(WAITING)

    def expect_battery(told: str, level: str) -> None:
        expect(judge.locator(".checks li", has_text="Pin")).to_contain_text(told)
        judge.wait_for_function("(told) => heard.includes(told)", arg=f"check_battery {level}")

    judge.evaluate("Object.assign(battery, { level: 0.12 })")
    judge.evaluate("(measured) => see(true, measured)", FAST)
    expect_battery("Chỉ còn 12 %, chưa cắm điện", "bad")
    judge.evaluate("Object.assign(battery, { charging: true })")
    judge.evaluate("see(true)")
    expect_battery("Đang cắm điện (12 %)", "good")
    judge.evaluate("Object.assign(battery, { level: 0.08, charging: false })")
    judge.evaluate("(line) => { lines = [line]; }", FAST)
    judge.get_by_role("button", name="Đo đường truyền").click()
    expect_battery("Chỉ còn 8 %, chưa cắm điện", "bad")


@pytest.fixture(scope="module")
def judge(chromium: Browser, static_url: str) -> Iterator[Page]:
    """An empty page of the player's origin, without the service."""
    page = chromium.new_page()
    page.goto(f"{static_url}/blank")
    yield page
    page.close()
