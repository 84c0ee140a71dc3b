"""The editor, the review queue and the import in a real Chromium."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, expect
from sqlalchemy import select

from exam_service.actor import ActorKind, Role
from exam_service.app import create_app
from exam_service.auth import sessions
from exam_service.bank import editing, imports
from exam_service.bank.forms.registry import FORMS
from exam_service.bank.media.storing import store_image
from exam_service.bank.models import Item
from exam_service.db import Database
from exam_service.settings import Settings
from question_bank.items import ItemDraft
from tests.fixtures.auth import make_account
from tests.fixtures.bank import (
    actor_of,
    make_actor,
    make_approved,
    make_bank,
    make_competency,
    make_draft,
    make_item,
    make_submitted,
    question_file,
)
from tests.fixtures.pages import Open, barriers, opening
from tests.fixtures.serving import served

pytestmark = pytest.mark.browser
CHART = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 90 60"><rect width="30" height="20"/></svg>'
ALL_OF_THEM = ["15 ngày", "60 ngày", "30 ngày", "Tất cả các phương án trên"]


@dataclass
class Office:
    """The running service, somebody who writes and reviews, and their work."""

    address: str
    database: Database
    token: str
    paths: dict[str, str]

    def summaries(self) -> list[str]:
        with self.database.sessions() as session:
            return list(session.scalars(select(Item.summary).order_by(Item.code)))

    def states(self) -> list[str]:
        with self.database.sessions() as session:
            return list(session.scalars(select(Item.state).order_by(Item.code)))


@pytest.fixture
def office(settings: Settings, own_database_url: str) -> Iterator[Office]:
    database = Database(own_database_url)
    with database.transaction() as session:
        make_competency(session)
        bank = make_bank(session, code="TPHT")
        account = make_account(session, roles=[Role.AUTHOR, Role.REVIEWER])
        me, other = actor_of(account), make_actor(session, Role.AUTHOR)
        mine = make_item(session, bank, me, draft=make_draft("Trong bao nhiêu ngày?", options=ALL_OF_THEM))
        for stem in ("Câu chờ thứ nhất?", "Câu chờ thứ hai?", "Câu chờ thứ ba?"):
            make_submitted(session, bank, other, draft=make_draft(stem))
        used = make_approved(session, bank, me, make_actor(session, Role.REVIEWER))
        rows = [("Ai ký?", "Một", "Hai", "Ba", "Bốn", "A"), ("Ai ký?", "Một", "Hai", "Ba", "Bốn", "B")]
        data = question_file(*rows, ("Ai duyệt?", "Một", "Hai", "Ba", "Bốn", "C"), ("", "x", "", "", "", "A"))
        found = imports.preview_import(session, me, bank_id=bank.id, file_name="de.xlsx", data=data)
        store_image(session, me, bank_id=bank.id, data=CHART)
        opened = sessions.open_session(
            session, kind=ActorKind.ACCOUNT, subject_id=account.id, address="test", user_agent="test"
        )
        typed = {
            name: make_item(session, bank, me, draft=ItemDraft(content=editing.empty_content(name)))
            for name in FORMS
        }
        paths = {
            **{f"edit {name}": f"/bank/items/{item.id}/edit" for name, item in typed.items()},
            "overview": "/bank",
            "bank": "/bank/banks/TPHT",
            "list": "/bank/items",
            "editor": f"/bank/items/{mine.id}/edit",
            "item": f"/bank/items/{used.item_id}",
            "review": "/bank/review",
            "import": f"/bank/imports/{found.id}",
            "upload": "/bank/imports/new",
            "media": "/bank/media?bank=TPHT",
            "competencies": "/bank/competencies",
        }
    with served(create_app(settings, database=database)) as address:
        yield Office(address, database, opened.token, paths)
    database.dispose()


@pytest.fixture
def open_page(chromium: Browser, office: Office) -> Iterator[Open]:
    with opening(chromium, address=office.address, token=office.token, paths=office.paths) as open_page:
        yield open_page


def test_what_is_typed_is_saved_by_itself_and_shown_as_a_candidate_sees_it(
    office: Office, open_page: Open
) -> None:
    page = open_page("editor")
    page.fill("#stem", "Trong thời hạn bao nhiêu ngày?")
    expect(page.locator("candidate-preview .stem")).to_have_text("Trong thời hạn bao nhiêu ngày?")
    expect(page.locator("#save-state")).to_contain_text("Đã lưu nháp")
    assert "Trong thời hạn bao nhiêu ngày?" in office.summaries()
    assert page.evaluate("document.activeElement.id") == "stem", "the box that is typed in keeps the focus"


def test_an_option_is_added_typed_and_shuffled_and_the_flaw_repaired_by_one_click(open_page: Open) -> None:
    page = open_page("editor")
    page.get_by_role("button", name="Giữ vị trí phương án", exact=True).click()
    expect(page.locator("input[name$='.pinned']:checked")).to_have_count(1)
    page.get_by_role("button", name="Trộn thứ tự").click()
    expect(page.get_by_text("Thứ tự trộn thử lần 1")).to_be_visible()
    expect(page.locator("candidate-preview .option").nth(3)).to_contain_text("Tất cả các phương án trên")
    page.get_by_role("button", name="Thêm phương án").click()
    expect(page.locator(".option-row")).to_have_count(5)
    expect(page.locator(".option-row").last.locator(":focus")).to_have_count(1)
    page.keyboard.type("45 ngày")
    expect(page.locator("candidate-preview .option").filter(has_text="45 ngày")).to_be_visible()


@pytest.mark.parametrize("item_type", FORMS)
def test_the_form_of_every_type_is_saved_as_it_is_typed_and_accessible(
    open_page: Open, item_type: str
) -> None:
    page = open_page(f"edit {item_type}")
    page.fill("#stem", "Trình tự xử lý hồ sơ?")
    expect(page.locator("#save-state")).to_contain_text("Đã lưu nháp")
    page = open_page(f"edit {item_type}")
    assert page.input_value("#stem") == "Trình tự xử lý hồ sơ?"
    assert barriers(page) == []


def test_selected_words_become_a_gap_with_that_answer(open_page: Open) -> None:
    page = open_page("edit cloze")
    page.fill("#stem", "Thời hạn là 20 ngày.")
    page.evaluate("document.getElementById('stem').setSelectionRange(12, 14)")
    page.get_by_role("button", name="Tạo chỗ trống").click()
    expect(page.locator("#stem")).to_have_value(re.compile(r"Thời hạn là \[\[gap:\w+\]\] ngày\."))
    expect(page.get_by_label("Đáp án chấp nhận")).to_have_value("20")


def test_rows_move_and_the_draft_is_kept_by_keys_alone(open_page: Open) -> None:
    page = open_page("edit ordering")
    first = page.locator("textarea.option-text").first
    first.fill("Tiếp nhận")
    first.press("Alt+ArrowDown")
    expect(page.locator("textarea.option-text").nth(1)).to_have_value("Tiếp nhận")
    page.keyboard.press("Control+s")
    expect(page.locator("#save-state")).to_contain_text("Đã lưu nháp")


def test_a_document_number_is_read_while_it_is_typed(open_page: Open) -> None:
    page = open_page("editor")
    number = page.locator("#citation-0-number")
    number.fill("nghị định")
    expect(page.locator("#citation-note-0")).to_contain_text("không phải là số, ký hiệu văn bản")
    expect(page.locator("#save-state")).to_contain_text("trừ 1 mục")
    number.fill("150/2025/nd-cp")
    expect(page.locator("#citation-note-0")).to_contain_text("Nghị định số 150/2025/NĐ-CP")


def test_a_lost_network_is_told_and_typing_on_saves_it(office: Office, open_page: Open) -> None:
    page = open_page("editor")
    page.route("**/edit", lambda route: route.abort())
    page.fill("#stem", "Khi mất mạng?")
    expect(page.locator("#save-state")).to_contain_text("mất mạng")
    page.unroute("**/edit")
    page.fill("#stem", "Khi có mạng lại?")
    expect(page.locator("#save-state")).to_contain_text("Đã lưu nháp")
    assert "Khi có mạng lại?" in office.summaries()


def test_filtering_shows_its_rows_counts_and_address_at_once(open_page: Open) -> None:
    page = open_page("list")
    page.select_option("#state", "in_review")
    expect(page.locator("#list tbody tr")).to_have_count(3)
    expect(page.locator("#author option").nth(1)).to_contain_text("(3)")
    expect(page.locator(".chip")).to_contain_text("Chờ thẩm định")
    assert "state=in_review" in page.url
    page.fill("#q", "thu hai")
    expect(page.locator("#list tbody tr")).to_have_count(1)
    assert page.evaluate("document.activeElement.id") == "q"
    page.reload()
    expect(page.locator("#list tbody tr")).to_have_count(1)


def test_reviewers_decide_by_the_keyboard(office: Office, open_page: Open) -> None:
    page = open_page("review")
    expect(page.get_by_role("heading", name="Câu hỏi TPHT-0002")).to_be_visible()
    page.keyboard.press("j")
    expect(page.get_by_role("heading", name="Câu hỏi TPHT-0003")).to_be_visible()
    page.keyboard.press("k")
    expect(page.get_by_role("heading", name="Câu hỏi TPHT-0002")).to_be_visible()
    page.keyboard.press("a")
    expect(page.get_by_text("Đã duyệt câu hỏi TPHT-0002.")).to_be_visible()
    expect(page.get_by_role("heading", name="Câu hỏi TPHT-0003")).to_be_visible()
    page.keyboard.press("r")
    page.keyboard.type("Có a và j trong lý do")
    page.get_by_role("button", name="Trả lại (R)").click()
    expect(page.get_by_text("Đã trả lại câu hỏi TPHT-0003")).to_be_visible()
    assert office.states()[1:4] == ["approved", "draft", "in_review"]


def test_an_import_is_decided_and_written(office: Office, open_page: Open) -> None:
    page = open_page("import")
    page.get_by_role("button", name="Ghi các dòng đã chọn").click()
    expect(page.get_by_text("Còn 2 dòng chờ quyết định")).to_be_visible()
    page.get_by_role("button", name="Nhập tất cả dòng này thành bản nháp").click()
    page.get_by_role("button", name="Ghi các dòng đã chọn").click()
    expect(page.get_by_text("Đã ghi: 3 câu mới")).to_be_visible()
    assert office.summaries().count("Ai ký?") == 2


def test_every_page_is_accessible_and_fits_the_screen(office: Office, open_page: Open) -> None:
    # The form of each type has a test of its own.
    names = [name for name in office.paths if not name.startswith("edit ")]
    assert {name: barriers(open_page(name)) for name in names} == {name: [] for name in names}


def test_the_editor_saves_without_script(office: Office, open_page: Open) -> None:
    page = open_page("editor", script=False)
    page.fill("#stem", "Không có script?")
    page.get_by_role("button", name="Lưu nháp").last.click()
    assert "Không có script?" in office.summaries()


PASTE = """async (box) => {
    const canvas = Object.assign(document.createElement('canvas'), { width: 8, height: 6 });
    canvas.getContext('2d').fillRect(0, 0, 4, 6);
    const blob = await new Promise((resolve) => canvas.toBlob(resolve, 'image/png'));
    const clipboardData = new DataTransfer();
    clipboardData.items.add(new File([blob], 'image.png', { type: 'image/png' }));
    box.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }));
}"""


def test_an_image_is_pasted_described_and_seen_as_a_candidate_sees_it(open_page: Open) -> None:
    page = open_page("editor")
    page.locator("#stem").focus()
    page.locator("#stem").evaluate(PASTE)
    dialog = page.locator("#media-picker")
    expect(dialog.locator("input[name=media]:checked")).to_have_count(1)
    expect(dialog.locator("input[name=media]")).to_have_count(2)
    assert barriers(page) == []
    dialog.get_by_label("Mô tả hình bằng lời").fill('Hình "đen" & trắng')
    dialog.get_by_role("button", name="Chèn").click()
    picture = page.locator(".paper-stem img")
    expect(picture).to_have_attribute("alt", 'Hình "đen" & trắng')
    assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") == 8
    expect(page.locator("#save-state")).to_contain_text("Đã lưu nháp")


def test_an_image_of_the_bank_goes_into_an_option_and_one_without_words_is_named(open_page: Open) -> None:
    page = open_page("editor")
    page.get_by_role("button", name="Chèn hình vào phương án B").click()
    dialog = page.locator("#media-picker")
    dialog.locator("input[name=media]").check()
    dialog.get_by_label("Mô tả hình bằng lời").fill("   ")
    dialog.get_by_role("button", name="Chèn").click()
    expect(dialog.get_by_role("alert")).to_contain_text("mô tả hình bằng lời")
    dialog.get_by_label("Mô tả hình bằng lời").fill("Biểu đồ một cột")
    dialog.get_by_role("button", name="Chèn").click()
    preview = page.locator("candidate-preview .option").nth(1)
    expect(preview.get_by_role("img", name="Biểu đồ một cột")).to_be_visible()
    box = page.locator(".option-text").nth(1)
    box.fill(box.input_value().replace("Biểu đồ một cột", ""))
    expect(page.locator(".finding-danger")).to_contain_text("chưa có mô tả bằng chữ")


def test_a_file_that_is_no_image_is_refused_in_the_dialog(open_page: Open) -> None:
    page = open_page("editor")
    page.get_by_role("button", name="Chèn hình", exact=True).first.click()
    dialog = page.locator("#media-picker")
    expect(dialog.locator("input[name=media]")).to_have_count(1)
    dialog.get_by_label("Tải hình mới").set_input_files(
        {"name": "anh.png", "mimeType": "image/png", "buffer": b"<html><script>alert(1)</script></html>"}
    )
    expect(dialog.get_by_role("alert")).to_contain_text("không phải là hình")
