"""An examiner's day by clicking: a Word file with mistakes becomes a reviewed bank, a law is repealed, a near-duplicate
is found."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from exam_service.actor import Role
from exam_service.bank.models import Bank, Competency
from tests.fixtures.auth import make_account
from tests.journeys.conftest import Live
from tests.journeys.test_story_browser import Room, follow
from tests.question_bank.formats.word import text_file

pytestmark = pytest.mark.browser

LAW = "60/2014/QH13"
FIRST, REWORDED = (
    "Thời hạn cha, mẹ phải đi đăng ký khai sinh cho con kể từ ngày sinh là bao nhiêu ngày?",
    "Thời hạn cha, mẹ phải đi đăng ký khai sinh cho con tính từ ngày sinh là bao nhiêu ngày?",
)
DAYS = ("A. 30 ngày", "B. 45 ngày", "C. 60 ngày", "D. 90 ngày")
LINES = (
    f"Câu 1. {FIRST}",
    *DAYS,
    "Đáp án: C",
    f"Căn cứ: Khoản 1 Điều 15 Luật số {LAW}",
    "",
    "Câu 2. Cơ quan nào đăng ký khai sinh cho trẻ em sinh ra trong nước?",
    "A. Ủy ban nhân dân cấp xã",
    "B. Công an cấp xã",
    "C. Tòa án nhân dân khu vực",
    "D. Sở Tư pháp",
    f"Căn cứ: Điều 13 Luật số {LAW}",
    "",
    "Câu 3. Đơn vị nào cấp bản sao trích lục hộ tịch từ sổ gốc?",
    "A. Cơ quan quản lý cơ sở dữ liệu hộ tịch",
    "B. Bưu điện",
    "C. Trạm y tế",
    "D. Ngân hàng chính sách",
    "Đáp án: A",
    f"Căn cứ: Điều 63 Luật số {LAW}",
    "",
    f"Câu 4. {REWORDED}",
    *DAYS,
    "Đáp án: C",
    f"Căn cứ: Khoản 1 Điều 15 Luật số {LAW}",
)


@pytest.fixture
def room(chromium: Browser, live: Live) -> Iterator[Room]:
    room = Room(chromium, live)
    yield room
    room.close()


@pytest.fixture
def bank(live: Live) -> None:
    """A bank that all may write, an author and a reviewer."""
    with live.database.transaction() as session:
        session.add(Competency(code="HT", name="Hộ tịch", name_en="Civil status"))
        session.add(Bank(code="HT", name="Tư pháp – hộ tịch", position_id=None))
        for username, role in (("soan", Role.AUTHOR), ("duyet", Role.REVIEWER)):
            make_account(
                session, username=username, display_name=f"Nguyễn Thị {username.title()}", roles=[role]
            )


@pytest.mark.timeout(300)
@pytest.mark.usefixtures("bank")
def test_a_word_file_becomes_a_reviewed_bank_that_follows_the_law(room: Room, tmp_path: Path) -> None:
    author, reviewer = room.staff("soan"), room.staff("duyet")
    reviewer.goto(f"{room.live.url}/bank/legal")
    follow(reviewer.get_by_role("button", name="Dùng danh mục khởi đầu"))
    _import(room, author, tmp_path / "ho-tich.docx")
    _submit_all(room, author)
    _review(room, reviewer)
    _find_the_near_duplicate(room, author)
    _repeal_the_law(room, reviewer)
    _see_the_work(room, author)
    assert room.errors == []
    assert {name: found for name, found in room.judged.items() if found} == {}


def _import(room: Room, author: Page, file: Path) -> None:
    """The question without a key is completed in the table; then everything comes in at once."""
    file.write_bytes(text_file(*LINES))
    author.goto(f"{room.live.url}/bank/imports/new")
    author.select_option("#bank", "HT")
    author.set_input_files("#file", file)
    follow(author.get_by_role("button", name="Đọc thử tệp"))
    held = author.locator(".decision").filter(has_text="Cơ quan nào đăng ký khai sinh")
    expect(held).to_be_visible()
    room.judge(author, "dry run")
    held.get_by_role("link", name="Xem và sửa").click()
    held.locator("[name=key]").fill("A")
    follow(held.get_by_role("button", name="Lưu dòng này"))
    expect(author.locator(".decision").filter(has_text="Cơ quan nào đăng ký khai sinh")).to_have_count(0)
    for box in author.get_by_label("Nhập thành bản nháp").all():
        box.check()
    author.select_option("#competency", "HT")
    author.select_option("#level", "remember")
    follow(author.get_by_role("button", name="Ghi các dòng đã chọn"))
    assert room.live.rows("SELECT count(*) FROM item WHERE state = 'draft'") == [(4,)]
    room.judge(author, "report")


def _submit_all(room: Room, author: Page) -> None:
    author.goto(f"{room.live.url}/bank/items?state=draft")
    room.judge(author, "list")
    follow(author.get_by_role("link", name="Thao tác với cả 4 câu"))
    room.judge(author, "many at once")
    follow(author.get_by_role("button", name="Gửi thẩm định"))
    assert room.live.rows("SELECT count(*) FROM item WHERE state = 'in_review'") == [(4,)]


def _review(room: Room, reviewer: Page) -> None:
    """One is returned with a reason, the others are approved by one key each."""
    reviewer.goto(f"{room.live.url}/bank/review")
    follow(reviewer.locator(".review-queue a").filter(has_text="trích lục"))
    room.judge(reviewer, "review")
    reviewer.fill("#reason", "Phương án nhiễu quá dễ, cần viết lại.")
    follow(reviewer.get_by_role("button", name="Trả lại (R)"))
    for _left in range(3):
        with reviewer.expect_navigation():
            reviewer.keyboard.press("a")
    states = "SELECT state, count(*) FROM item GROUP BY state ORDER BY state"
    assert room.live.rows(states) == [("approved", 3), ("draft", 1)]


def _find_the_near_duplicate(room: Room, author: Page) -> None:
    author.goto(f"{room.live.url}/bank/banks/HT")
    follow(author.get_by_role("link", name="Trùng lặp"))
    pair = author.locator(".similar-pair").filter(has_text="tính từ ngày sinh")
    expect(pair.locator("mark").first).to_be_visible()
    room.judge(author, "near-duplicates")
    follow(pair.get_by_role("button", name="Không ra chung đề"))
    assert room.live.rows("SELECT count(*) FROM item_enemy") == [(1,)]


def _repeal_the_law(room: Room, keeper: Page) -> None:
    keeper.goto(f"{room.live.url}/bank/legal?q={LAW}")
    follow(keeper.get_by_role("link", name=LAW).first)
    room.judge(keeper, "document")
    follow(keeper.get_by_role("link", name="Ghi nhận thay đổi"))
    keeper.select_option("#kind", "expires")
    keeper.fill("#effective_on", "01/11/2026")
    follow(keeper.get_by_role("button", name="Xem trước"))
    expect(keeper.get_by_text("Sẽ tạm ngừng, chờ thẩm định lại").first).to_be_visible()
    room.judge(keeper, "preview of a change")
    follow(keeper.get_by_role("button", name="Xác nhận"))
    assert room.live.rows("SELECT count(*) FROM item WHERE state = 'suspended'") == [(3,)]


def _see_the_work(room: Room, author: Page) -> None:
    author.goto(f"{room.live.url}/bank/legal/tasks")
    expect(author.get_by_text("Soạn phiên bản mới").first).to_be_visible()
    room.judge(author, "work list")
    author.goto(f"{room.live.url}/bank/items?state=suspended")
    expect(author.locator("tbody tr")).to_have_count(3)
