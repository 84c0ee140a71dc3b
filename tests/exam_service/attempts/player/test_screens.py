"""Every screen of the player in a real Chromium, light and dark, as it is and at 200 % zoom: readable by everybody."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import delete

from exam_service.auth.models import LoginSession
from exam_service.entry.service import save_networks
from exam_service.invigilation.clocks import grant_extra_time, pause_attempt, resume_attempt
from exam_service.invigilation.messages import send_message
from exam_service.invigilation.schemas import ExtraTimeInput, MessageInput, ReasonInput
from tests.exam_service.attempts.player.test_sitting import SAVED, Hall, hall, sign_in, sit
from tests.fixtures.pages import violations

__all__ = ["hall", "sit"]  # fixtures

pytestmark = pytest.mark.browser

WHOLE = {"width": 1366, "height": 768}
ZOOMED = {"width": 683, "height": 384}  # the same window at 200 %
LOOKS = ((ZOOMED, "light"), (ZOOMED, "dark"), (WHOLE, "light"))
FITS = "document.documentElement.scrollWidth <= innerWidth"
MARKED = "[...CSS.highlights.get('passage')].map(String)"
WEAK_COMPUTER = """
navigator.getBattery = async () => Object.assign(new EventTarget(), { level: 0.12, charging: false });
navigator.storage.estimate = async () => ({ quota: 3e6, usage: 0 });
Object.defineProperty(navigator, 'locks', { value: undefined });
"""
WHY = ReasonInput(reason="Mất điện cả dãy")


class Judge:
    """Looks at screens; keeps what was wrong, by screen."""

    def __init__(self) -> None:
        self.wrong: dict[str, list[str]] = {}
        self.seen: list[str] = []

    def look(self, page: Page, name: str) -> None:
        found: list[str] = []
        for size, scheme in LOOKS:
            page.set_viewport_size(size)
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            found += [f"{size['width']} {scheme}: {each}" for each in violations(page)]
            if not page.evaluate(FITS):
                found.append(f"{size['width']}: scrolls sideways")
        self.seen.append(name)
        if found:
            self.wrong[name] = found


def test_no_screen_has_an_accessibility_violation(hall: Hall, sit: Callable[..., Page]) -> None:
    judge = Judge()
    before_the_start(hall, page := sit(has_touch=True), judge)
    during_the_test(hall, page, judge)
    on_two_pages(hall, page, judge)
    page = page.context.pages[-1]
    at_the_end(page, judge)
    assert judge.wrong == {}
    assert len(judge.seen) == 24


def before_the_start(hall: Hall, page: Page, judge: Judge) -> None:
    other = page.context.new_page()
    other.goto(f"{hall.address}/exam/sign-in")
    judge.look(other, "sign-in")
    other.goto(f"{hall.address}/receipt/22222-22222")
    judge.look(other, "no such receipt")
    other.add_init_script(WEAK_COMPUTER)
    other.goto(f"{hall.address}/practice")
    other.wait_for_selector(".check-sum[data-level=bad]")
    judge.look(other, "practice on a weak computer")
    in_the_wrong_room(hall, other, judge)
    other.close()
    hall.move_start(timedelta(minutes=-5))
    page.reload()
    page.wait_for_selector(".check-sum")
    judge.look(page, "waiting room")
    hall.move_start(timedelta(minutes=1))
    page.reload()
    page.wait_for_selector(".question")


def in_the_wrong_room(hall: Hall, page: Page, judge: Judge) -> None:
    ids = {"period_id": hall.room.period_id, "room": "Phòng 1"}
    officer = hall.room.world.officer
    with hall.database.transaction() as session:
        save_networks(session, officer, **ids, typed="10.1.2.0/24")
    page.goto(f"{hall.address}/exam/access")
    expect(page.locator("h2")).to_have_text("Máy này không thuộc mạng của phòng thi")
    judge.look(page, "wrong room")
    with hall.database.transaction() as session:
        save_networks(session, officer, **ids, typed="")


def during_the_test(hall: Hall, page: Page, judge: Judge) -> None:
    page.keyboard.press("b")
    page.keyboard.press("f")
    page.wait_for_selector(SAVED)
    judge.look(page, "question")
    page.click("summary")
    page.get_by_role("button", name="Gạch phương án").click()
    page.get_by_role("button", name="Gạch A").click()
    page.get_by_role("button", name="Dòng đọc", exact=True).click()
    judge.look(page, "tools")
    tools_outlive_the_page(page)
    page.set_viewport_size(ZOOMED)
    page.click(".control-list")
    judge.look(page, "numbers")
    page.keyboard.press("?")
    judge.look(page, "help")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Hiển thị").click()
    page.get_by_label("Tương phản cao").check()
    judge.look(page, "display, in high contrast")
    page.get_by_label("Tương phản cao").uncheck()
    page.keyboard.press("Escape")
    officer, attempt_id = hall.room.world.officer, hall.seat.attempt_id
    with hall.database.transaction() as session:
        grant_extra_time(session, officer, attempt_id, data=ExtraTimeInput(minutes=5, reason=WHY.reason))
    page.locator(".timer-extra").click()
    expect(page.locator("dialog")).to_contain_text(WHY.reason)
    judge.look(page, "what the time is made of")
    page.keyboard.press("Escape")
    with hall.database.transaction() as session:
        data = MessageInput(body="Phòng bên có tiếng ồn, xin Ông/Bà yên tâm làm bài.")
        send_message(session, officer, hall.room.sitting_id, data=data)
    page.wait_for_selector(".message")
    judge.look(page, "message")
    page.get_by_role("button", name="Tôi đã đọc").click()
    with hall.database.transaction() as session:
        pause_attempt(session, officer, attempt_id, data=WHY)
    page.wait_for_selector("dialog")
    judge.look(page, "pause")
    with hall.database.transaction() as session:
        resume_attempt(session, officer, attempt_id, data=WHY)
    expect(page.locator("dialog")).to_have_count(0)
    sign_in_over_the_test(hall, page, judge)


def tools_outlive_the_page(page: Page) -> None:
    """By finger, by mouse and by keyboard; all of it is there again after a reload."""
    page.get_by_role("button", name="Gạch C").tap()
    page.locator(".stem p, .stem").first.dblclick(position={"x": 20, "y": 15})
    page.get_by_role("button", name="Tô sáng").click()
    page.get_by_role("button", name="Dòng dưới").tap()
    page.locator("h1").focus()
    page.keyboard.press("h")
    page.get_by_label("Ghi nháp").fill("xem lại điều 12")
    page.wait_for_timeout(500)
    marked = page.evaluate(MARKED)
    assert len(marked) == 2
    page.reload()
    page.wait_for_selector(".question")
    assert page.locator(".option.is-struck .option-letter").all_inner_texts() == ["A", "C"]
    assert page.evaluate(MARKED) == marked
    assert page.get_by_label("Ghi nháp").input_value() == "xem lại điều 12"
    assert page.locator(".is-line").count() == 1


def sign_in_over_the_test(hall: Hall, page: Page, judge: Judge) -> None:
    """The sign-in ends in the middle of the test, and the candidate signs in again without leaving the page."""
    with hall.database.transaction() as session:
        session.execute(delete(LoginSession).where(LoginSession.subject_id == hall.seat.candidate_id))
    # The token that would have lasted for another two hours ends with it.
    page.route("**/api/responses/*", lambda route: route.fulfill(status=401, json={}), times=1)
    page.keyboard.press("c")
    code = page.get_by_label("Mã dự thi của số báo danh")
    code.fill("SAI")
    page.keyboard.press("Enter")
    expect(page.locator("#code-error")).to_contain_text("không đúng")
    judge.look(page, "signing in again")
    code.fill(hall.seat.code)
    page.keyboard.press("Enter")
    expect(page.locator("dialog")).to_have_count(0)
    page.wait_for_selector(SAVED)
    assert hall.stored()[1] == page.input_value(".option-input:checked")


def on_two_pages(hall: Hall, page: Page, judge: Judge) -> None:
    elsewhere = page.context.browser
    assert elsewhere is not None
    other = elsewhere.new_context(locale="vi-VN").new_page()
    sign_in(other, hall.address, hall.seat)
    other.fill("#pin", "000000")
    other.keyboard.press("Enter")
    other.wait_for_selector("#pin-error")
    judge.look(other, "asking for the PIN")
    other.context.close()
    tab = page.context.new_page()
    tab.goto(f"{hall.address}/exam")
    take = tab.get_by_role("button", name="Làm bài ở đây")
    take.wait_for()
    judge.look(tab, "asking which tab")
    take.click()
    tab.wait_for_selector(".question")
    expect(page.locator("h1")).to_have_text("Bài thi đã chuyển sang nơi khác")
    judge.look(page, "moved elsewhere")


def at_the_end(page: Page, judge: Judge) -> None:
    page.context.set_offline(True)
    page.keyboard.press("n")
    page.keyboard.press("a")
    expect(page.locator(".save-state")).to_have_text("Đang chờ mạng (1 câu)")
    judge.look(page, "without network")
    page.keyboard.press("r")
    page.wait_for_selector(".review")
    judge.look(page, "review")
    page.click(".footer-review .button-primary")
    page.wait_for_selector("dialog")
    judge.look(page, "the last question")
    page.click("dialog [value=yes]")
    expect(page.get_by_role("button", name="Tải tệp bài làm")).to_be_enabled()
    judge.look(page, "handing in without network")
    page.context.set_offline(False)
    page.wait_for_selector(".receipt")
    judge.look(page, "receipt")
    code = page.inner_text(".receipt-code")
    with page.context.expect_page() as opened:
        page.evaluate("code => window.open(`/receipt/${code}`)", code)
    judge.look(opened.value, "receipt, checked")
    opened.value.close()
    page.click("a[href='/exam/sign-out']")
    judge.look(page, "leaving")
