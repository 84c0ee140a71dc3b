"""The same story by clicking: every person in a Chromium of their own, and every page they see judged by axe."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from exam_service.actor import SYSTEM, Role
from exam_service.auth.models import Account
from exam_service.bank.models import Bank, Competency
from exam_service.i18n import HOME
from exam_service.rating_feed.outbox import subscribe
from performance_rating.settings import DEVELOPMENT_ADMIN_PASSWORD
from question_bank.taxonomy import CognitiveLevel
from tests.fixtures.auth import make_account
from tests.fixtures.periods import DICE, make_draft, make_version
from tests.journeys.clicking import ROLES, Room, follow
from tests.journeys.conftest import Live, wait_until
from tests.journeys.officials import City, make_city

pytestmark = pytest.mark.browser

SAVED = ".save-state[data-kind=saved]"
LEVELS = (CognitiveLevel.REMEMBER, CognitiveLevel.UNDERSTAND)
QUESTIONS = 4
CUT_S = 60


@pytest.fixture
def room(chromium: Browser, live: Live) -> Iterator[Room]:
    room = Room(chromium, live)
    yield room
    room.close()


@pytest.fixture
def city(live: Live) -> City:
    """The officials, the staff, and a bank to which one question more will be written."""
    with live.database.transaction() as session:
        city = make_city(session)
        for username, role in ROLES.items():
            make_account(
                session, username=username, display_name=f"Nguyễn Thị {username.title()}", roles=[role]
            )
        writer: Account = make_account(session, username="nguoikhac", roles=[Role.AUTHOR])
        session.add(Competency(code="HC", name="Hành chính", name_en="Administration"))
        bank = Bank(code="HC", name="Hành chính – văn thư", position_id=None)
        session.add(bank)
        session.flush()
        for level in LEVELS:
            for number in range(4):
                stem = f"Câu hỏi {level.value} số {number} về công tác văn thư hỏi điều gì?"
                make_version(session, bank, make_draft(stem, competency="HC", level=level), author=writer)
    return city


@pytest.mark.timeout(600)
def test_the_story_by_clicking(live: Live, city: City, room: Room) -> None:
    with live.database.transaction() as session:
        url = f"{live.rating_url}/webhooks/results"
        secret = subscribe(session, SYSTEM, name="Phần mềm xếp loại", url=url).secret
    live.start_rating(secret)
    live.start_worker()
    _write_and_approve(room)
    officer = room.staff("canbo")
    _make_blueprint(room, officer)
    _make_period(room, officer)
    _enter_and_seal(room, officer)
    slips = _issue_codes(room)
    _sit(room, slips)
    _time_runs_out(room, slips)
    _mark_and_release(room, officer)
    _see_the_result(room, slips)
    _see_it_in_the_rating_module(room)
    assert room.errors == []
    assert {name: found for name, found in room.judged.items() if found} == {}


def _write_and_approve(room: Room) -> None:
    """The author writes with the editor, which saves by itself; somebody else approves with one key."""
    author = room.staff("soan")
    room.judge(author, "banks")
    author.goto(f"{room.live.url}/bank/items")
    room.judge(author, "items")
    author.goto(f"{room.live.url}/bank/items/new")
    room.judge(author, "new item")
    follow(author.get_by_role("button", name="Bắt đầu soạn"))
    author.fill("#stem", "Thể thức văn bản hành chính bắt buộc có thành phần nào sau đây?")
    texts = ["Tên loại văn bản", "Chữ ký số", "Trang bìa", "Mục lục"]
    for place, text in enumerate(texts):
        author.locator("textarea.option-text").nth(place).fill(text)
    author.locator(".option-key").first.click()
    author.select_option("#level", "remember")
    author.select_option("#competency", "HC")
    author.get_by_role("button", name="Thêm căn cứ").click()
    author.fill("#citation-0-number", "30/2020/NĐ-CP")
    author.fill("#citation-0-article", "8")
    expect(author.locator("#saved")).to_contain_text("Đã lưu", timeout=15_000)
    room.judge(author, "editor")
    follow(author.get_by_role("button", name="Gửi thẩm định"))
    expect(author.locator(".notice")).to_contain_text("đi thẩm định")
    room.judge(author, "item")
    reviewer = room.staff("duyet")
    reviewer.goto(f"{room.live.url}/bank/review")
    expect(reviewer.locator("article")).to_contain_text("Thể thức văn bản")
    room.judge(reviewer, "review")
    reviewer.keyboard.press("a")
    expect(reviewer.locator(".notice")).to_contain_text("Đã duyệt")
    room.judge(reviewer, "review, empty")


def _make_blueprint(room: Room, officer: Page) -> None:
    officer.goto(f"{room.live.url}/periods/blueprints/new")
    officer.fill("#name", "Ma trận hành chính")
    officer.fill("#code", "MT-HC")
    officer.fill("#s0-title", "Kiến thức chung")
    officer.select_option("#s0-r0-competency", "HC")
    for level in LEVELS:
        officer.fill(f"#s0-r0-{level.value}", str(QUESTIONS // len(LEVELS)))
        officer.press(f"#s0-r0-{level.value}", "Tab")
    expect(officer.locator("#matrix-verdict")).to_contain_text("Ngân hàng đủ câu hỏi")
    room.judge(officer, "matrix")
    follow(officer.get_by_role("button", name="Lưu ma trận"))
    expect(officer.locator(".notice").first).to_contain_text("Đã lưu ma trận")


def _make_period(room: Room, officer: Page) -> None:
    """From the empty list to a period with one exam for two positions and one sitting."""
    officer.goto(f"{room.live.url}/periods")
    room.judge(officer, "periods, none")
    follow(officer.get_by_role("link", name="Tạo kỳ sát hạch").first)
    room.judge(officer, "new period")
    officer.fill("#name", "Kỳ sát hạch thử")
    officer.fill("#code", "KY-1")
    officer.fill("#reference_date", "2026-10-01")
    follow(officer.get_by_role("button", name="Tạo kỳ sát hạch"))
    room.judge(officer, "period, empty")
    follow(officer.get_by_role("link", name="Thêm nội dung sát hạch").first)
    officer.fill("#title", "Hành chính")
    officer.fill("#code", "HC")
    for name in ("Tư pháp – hộ tịch", "Văn phòng – thống kê", "Hành chính – văn thư"):
        officer.locator("label.choice", has_text=name).click()
    matrix = officer.locator("#blueprint_id option", has_text="Ma trận hành chính")
    officer.select_option("#blueprint_id", matrix.get_attribute("value"))
    officer.fill("#duration_min", "30")
    officer.fill("#unseen_periods", "0")
    room.judge(officer, "exam")
    follow(officer.locator(".form-actions .button-primary"))
    expect(officer.locator(".notice").first).to_contain_text("Đã lưu nội dung")
    follow(officer.locator(".tabs a", has_text="Ca thi"))
    room.judge(officer, "sittings, none")
    follow(officer.get_by_role("link", name="Thêm ca thi").first)
    starts_at = (datetime.now(UTC) + timedelta(minutes=10)).astimezone(HOME)
    officer.fill("#starts_at", starts_at.strftime("%Y-%m-%dT%H:%M"))
    room.judge(officer, "sitting")
    follow(officer.get_by_role("button", name="Thêm ca thi"))
    room.judge(officer, "sittings")


def _enter_and_seal(room: Room, officer: Page) -> None:
    follow(officer.locator(".tabs a", has_text="Thí sinh"))
    follow(officer.get_by_role("link", name="Xem trước và thêm thí sinh"))
    room.judge(officer, "entry")
    follow(officer.get_by_role("button", name="Cập nhật 3 thí sinh"))
    follow(officer.get_by_role("button", name="Xếp chỗ"))
    expect(officer.locator(".notice").first).to_contain_text("Đã xếp chỗ cho 3 thí sinh")
    room.judge(officer, "candidates")
    follow(officer.get_by_role("link", name="Bốc đề và niêm phong"))
    room.judge(officer, "draw, nothing committed")
    officer.get_by_role("link", name="Cam kết bốc đề").click()
    room.judge(officer, "commit dialog")
    follow(officer.get_by_role("button", name="Lập và công bố cam kết"))
    officer.fill("#numbers", DICE)
    room.judge(officer, "public numbers")
    follow(officer.get_by_role("button", name="Ghi dãy số"))
    witness = room.staff("kiemtra")
    witness.goto(officer.url)
    witness.fill("#again", DICE)
    room.judge(witness, "confirm the numbers")
    follow(witness.get_by_role("button", name="Xác nhận và bốc đề"))
    expect(witness.locator(".notice").first).to_contain_text("Đã niêm phong 3 đề thi")
    officer.goto(officer.url)
    room.judge(officer, "evidence")
    officer.goto(officer.url.replace("/periods/", "/draws/").removesuffix("/evidence"))
    room.judge(officer, "public draw")
    officer.goto(officer.url.replace("/draws/", "/periods/"))
    wait_until(lambda: room.live.rows("SELECT FROM period WHERE state = 'open'"), what="the period opens")


def _issue_codes(room: Room) -> dict[str, tuple[str, str]]:
    """Name → number and code, as printed."""
    officer = room.staff("canbo")
    officer.goto(f"{room.live.url}/rooms")
    follow(officer.locator("table a").first)
    follow(officer.get_by_role("link", name="Phân công giám thị"))
    room.judge(officer, "naming invigilators")
    officer.get_by_role("checkbox", name="Nguyễn Thị Giamthi giamthi").check()
    follow(officer.get_by_role("button", name="Lưu phân công"))
    invigilator = room.staff("giamthi")
    room.judge(invigilator, "rooms")
    follow(invigilator.locator("table a").first)
    room.judge(invigilator, "board")
    invigilator.goto(f"{invigilator.url}/codes")
    room.judge(invigilator, "codes")
    follow(invigilator.get_by_role("button", name="Cấp mã và mở phiếu để in"))
    invigilator.wait_for_selector("section.card dl")
    room.judge(invigilator, "slips")
    slips = {}
    for card in invigilator.locator("section.card").all():
        number, code = card.locator("dd").all_inner_texts()[:2]
        slips[card.locator("h2").inner_text()] = (number, code)
    return slips


def _sit(room: Room, slips: dict[str, tuple[str, str]]) -> None:
    """Three in the room: one without network for a minute, one by keyboard and twice, one who goes home."""
    cut, keys, gone = (
        room.candidate(slips[name]) for name in ("Nguyễn Thị Ánh", "Trần Văn Bình", "Lê Hoàng Đức")
    )
    expect(cut.locator("h1")).to_have_text("Phòng chờ")
    room.judge(cut, "waiting room")
    [(left_s,)] = room.live.rows(
        "SELECT extract(epoch FROM min(starts_at) - clock_timestamp())::float FROM sitting"
    )
    room.live.pass_time(left_s - 20)
    for page in (cut, keys, gone):
        page.reload()
        expect(page.locator("h1")).to_have_text("Phòng chờ")
    for page in (cut, keys, gone):
        page.wait_for_selector(".question", timeout=40_000)
    cut.keyboard.press("a")
    cut.wait_for_selector(SAVED)
    room.judge(cut, "question")
    cut.context.set_offline(True)
    began = time.monotonic()
    for key in ("b", "c", "d"):
        cut.keyboard.press("n")
        cut.keyboard.press(key)
    expect(cut.locator(".save-state")).to_have_text("Đang chờ mạng (3 câu)")
    room.judge(cut, "question without network")
    _answer_by_keyboard(room, keys, slips["Trần Văn Bình"])
    gone.keyboard.press("b")
    gone.keyboard.press("n")
    gone.keyboard.press("a")
    gone.wait_for_selector(SAVED)
    gone.context.close()
    _watch_the_room(room)
    cut.wait_for_timeout(max(0.0, CUT_S - (time.monotonic() - began)) * 1000)
    assert _stored(room, "Nguyễn Thị Ánh") == [1]
    shown = cut.input_value(".option-input:checked")
    cut.context.set_offline(False)
    cut.wait_for_selector(SAVED)
    assert _stored(room, "Nguyễn Thị Ánh") == [1, 2, 3, 4]
    cut.reload()
    cut.wait_for_selector(".option-input:checked", state="attached")
    assert cut.input_value(".option-input:checked") == shown
    cut.locator(".control-submit").click()
    room.judge(cut, "review before handing in")
    cut.get_by_role("button", name="Nộp bài…").click()
    room.judge(cut, "confirming")
    cut.locator("dialog [value=yes]").click()
    expect(cut.locator("h1")).to_have_text("Đã nộp bài")
    room.judge(cut, "receipt")


def _answer_by_keyboard(room: Room, page: Page, slip: tuple[str, str]) -> None:
    """No mouse from the first question to the receipt; a second machine is told and takes nothing away."""
    for key in ("a", "b", "c", "d"):
        page.keyboard.press(key)
        page.keyboard.press("n")
    page.wait_for_selector(SAVED)
    assert _stored(room, "Trần Văn Bình") == [1, 2, 3, 4]
    second = room.candidate(slip)
    expect(second.locator("h1")).to_have_text("Bài thi đang mở ở nơi khác")
    room.judge(second, "open elsewhere")
    second.context.close()
    page.keyboard.press("r")
    page.wait_for_selector(".review")
    for _press in range(20):
        if page.evaluate("() => document.activeElement.textContent") == "Nộp bài…":
            break
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_selector("dialog")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Đã nộp bài")


def _stored(room: Room, name: str) -> list[int]:
    """The slots of this candidate that hold an answer in the database."""
    rows = room.live.rows(
        "SELECT slot FROM response JOIN attempt ON attempt.id = attempt_id "
        "JOIN candidate ON candidate.id = candidate_id WHERE full_name = %s ORDER BY slot",
        name,
    )
    return [slot for (slot,) in rows]


def _watch_the_room(room: Room) -> None:
    """The invigilator sees who has handed in, and opens one person."""
    invigilator = room.staff("giamthi")
    follow(invigilator.locator("table a").first)
    expect(invigilator.locator("#board tr", has_text="Trần Văn Bình")).to_contain_text("Đã nộp bài")
    room.judge(invigilator, "board with people")
    follow(invigilator.get_by_role("link", name="Lê Hoàng Đức"))
    room.judge(invigilator, "person in the room")


def _time_runs_out(room: Room, slips: dict[str, tuple[str, str]]) -> None:
    """Nobody sits at the third computer; the system collects what was saved there."""
    room.live.pass_time(1800)
    wait_until(lambda: room.live.rows("SELECT FROM period WHERE state = 'closed'"), what="the period closes")
    page = room.candidate(slips["Lê Hoàng Đức"])
    expect(page.locator("h1")).to_have_text("Bài của Ông/Bà đã được thu")
    expect(page.locator(".receipt")).to_contain_text(f"2 trên {QUESTIONS}")
    room.judge(page, "receipt of the system")


def _mark_and_release(room: Room, officer: Page) -> None:
    """The one primary button of each page leads to the next."""
    officer.goto(f"{room.live.url}/periods")
    room.judge(officer, "periods")
    follow(officer.get_by_role("link", name="Kỳ sát hạch thử"))
    follow(officer.get_by_role("link", name="Chấm điểm"))
    room.judge(officer, "marking, not yet")
    officer.get_by_role("link", name="Chấm điểm", exact=True).click()
    follow(officer.locator("dialog[open]").get_by_role("button", name="Chấm điểm"))
    expect(officer.locator(".notice").first).to_contain_text("Đã chấm 3 bài")
    room.judge(officer, "marking")
    follow(officer.get_by_role("link", name="Xem tổng hợp"))
    room.judge(officer, "summary")
    follow(officer.get_by_role("link", name="Công bố kết quả"))
    room.judge(officer, "release")
    officer.locator("#is_confirmed").check()
    follow(officer.get_by_role("button", name="Công bố kết quả"))
    expect(officer.locator(".notice").first).to_contain_text("Đã công bố 3 kết quả")
    room.judge(officer, "results")
    follow(officer.get_by_role("link", name="Nguyễn Thị Ánh"))
    room.judge(officer, "result of a person")
    wait_until(
        lambda: len(room.live.rows("SELECT FROM outbox_delivery WHERE state = 'delivered'")) == 3,
        what="the results arrive",
    )
    officer.goto(f"{room.live.url}/feed")
    room.judge(officer, "feed")
    officer.goto(f"{room.live.url}/feed/deliveries")
    room.judge(officer, "deliveries")


def _see_the_result(room: Room, slips: dict[str, tuple[str, str]]) -> None:
    page = room.candidate(slips["Nguyễn Thị Ánh"])
    follow(page.locator("a[href='/exam/result']"))
    expect(page.locator("h1")).to_have_text("Kết quả sát hạch")
    expect(page.locator("#content")).to_contain_text("Nguyễn Thị Ánh")
    expect(page.locator("#content")).not_to_contain_text("BÍ MẬT")
    room.judge(page, "own result")


def _see_it_in_the_rating_module(room: Room) -> None:
    page = room.browser()
    page.goto(room.live.rating_url)
    room.judge(page, "rating sign-in")
    page.fill("#username", "nhansu")
    page.fill("#password", DEVELOPMENT_ADMIN_PASSWORD)
    page.press("#password", "Enter")
    page.wait_for_url("**/overview")
    room.judge(page, "rating overview")
    page.goto(f"{room.live.rating_url}/results")
    room.judge(page, "rating results")
    follow(page.get_by_role("link", name="Nguyễn Thị Ánh"))
    expect(page.locator("h1")).to_have_text("Nguyễn Thị Ánh")
    expect(page.locator("main")).to_contain_text("Kỳ sát hạch thử")
    room.judge(page, "rating person")
