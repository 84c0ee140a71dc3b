"""The import's pages in a real Chromium: a file with mistakes repaired in the table, questions about files, looks."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from sqlalchemy import select

from exam_service.actor import ActorKind, Role
from exam_service.app import create_app
from exam_service.auth import sessions
from exam_service.bank import import_batches, imports
from exam_service.bank.import_batches import SentFile
from exam_service.bank.models import Item
from exam_service.db import Database
from exam_service.settings import Settings
from tests.fixtures.auth import make_account
from tests.fixtures.bank import actor_of, make_bank, make_competency, question_file
from tests.fixtures.pages import Open, barriers, opening
from tests.fixtures.serving import served
from tests.question_bank.formats.word import text_file

pytestmark = pytest.mark.browser
OLD_FONT = "C©u 1. C¬ quan nµo ban hµnh nghÞ ®Þnh?\nA. Quèc héi\nB. ChÝnh phñ\n§¸p ¸n: B\n".encode("cp1252")
STRANGE = ["Hỏi gì", "Chọn thứ nhất", "Chọn thứ hai", "Chọn thứ ba", "Chọn thứ tư", "KQ"]
WORD = (
    "Câu 1. Ai ban hành nghị định?",
    "A. Quốc hội",
    "B. Chính phủ",
    "C. Bộ Nội vụ",
    "Đáp án: Chính phu",
    "Câu 2. Thời hạn đăng ký khai sinh?",
    "A. 15 ngày",
    "C. 60 ngày",
    "Đáp án: C",
    "Câu 3. Ai ký giấy khai sinh?",
    "A. Chủ tịch",
    "B. Công an",
    "Đáp án: A",
)


@dataclass
class Office:
    """The running service, an author, and the addresses of imports in every state."""

    address: str
    database: Database
    token: str
    paths: dict[str, str]

    def summaries(self) -> list[str]:
        with self.database.sessions() as session:
            return list(session.scalars(select(Item.summary).order_by(Item.code)))


@pytest.fixture
def office(settings: Settings, own_database_url: str) -> Iterator[Office]:
    database = Database(own_database_url)
    with database.transaction() as session:
        make_competency(session)
        bank = make_bank(session, code="TPHT")
        account = make_account(session, roles=[Role.AUTHOR])
        me = actor_of(account)
        rows = [("Ai ký?", "Một", "Hai", "Ba", "Bốn", key, "Nâng cao") for key in "AB"]
        rows += [("Ai duyệt?", "Một", "Hai", "Ba", "Bốn", "C", "Dễ"), ("", "x", "", "", "", "A", "")]
        headings = ["Câu hỏi", "A", "B", "C", "D", "Đáp án", "Mức độ"]
        data = {
            "table": ("de.xlsx", question_file(*rows, headings=headings)),
            "encoding": ("cu.txt", OLD_FONT),
            "columns": ("la.xlsx", question_file(("Ai ký?", *"abcd", "A"), headings=STRANGE)),
        }
        paths = {}
        for name, (file_name, content) in data.items():
            found = imports.preview_import(session, me, bank_id=bank.id, file_name=file_name, data=content)
            paths[name] = f"/bank/imports/{found.id}"
        paths["row"] = f"{paths['table']}/rows/0"
        files = [SentFile("a.xlsx", data["table"][1]), SentFile("b.pdf", b"%PDF")]
        batch = import_batches.preview_files(session, me, bank_id=bank.id, files=files)
        paths |= {"batch": f"/bank/imports/batches/{batch}", "upload": "/bank/imports/new"}
        opened = sessions.open_session(
            session, kind=ActorKind.ACCOUNT, subject_id=account.id, address="test", user_agent="test"
        )
    with served(create_app(settings, database=database)) as address:
        yield Office(address, database, opened.token, paths)
    database.dispose()


@pytest.fixture
def open_page(chromium: Browser, office: Office) -> Iterator[Open]:
    with opening(chromium, address=office.address, token=office.token, paths=office.paths) as open_page:
        yield open_page


def test_a_word_file_with_mistakes_is_repaired_in_the_table_and_written(
    office: Office, open_page: Open, tmp_path: Path
) -> None:
    (tmp_path / "de.docx").write_bytes(text_file(*WORD))
    page = open_page("upload")
    page.set_input_files("#file", tmp_path / "de.docx")
    page.get_by_role("button", name="Đọc thử tệp").click()
    expect(page.get_by_role("heading", name="Cần quyết định từng dòng (2)")).to_be_visible()
    page.get_by_role("button", name="Lấy B làm đáp án").click()
    expect(page.get_by_role("heading", name="Cần quyết định từng dòng (1)")).to_be_visible()
    page.get_by_role("link", name="Xem và sửa").first.click()
    editor = page.locator(".import-row")
    editor.get_by_label("Phương án B").fill("60 ngày")
    editor.get_by_label("Phương án C").fill("90 ngày")
    editor.get_by_role("textbox", name="Đáp án").fill("B")
    editor.get_by_role("button", name="Lưu dòng này").click()
    expect(page.get_by_text("Đã sửa dòng 6")).to_be_visible()
    expect(page.get_by_role("heading", name="Các dòng khác (3)")).to_be_visible()
    page.get_by_label("Năng lực").first.select_option("TP")
    page.get_by_label("Chọn dòng 10").uncheck()
    page.get_by_role("button", name="Ghi các dòng đã chọn").click()
    expect(page.get_by_text("Đã ghi: 2 câu mới")).to_be_visible()
    assert set(office.summaries()) == {"Ai ban hành nghị định?", "Thời hạn đăng ký khai sinh?"}


def test_what_was_chosen_outlives_loading_and_a_filter_only_hides_rows(open_page: Open) -> None:
    page = open_page("table")
    page.get_by_label("Chọn dòng 4").uncheck()
    page.get_by_role("radio", name="Bỏ qua").first.check()
    page.get_by_role("link", name="Không đọc được").click()
    expect(page.locator("#row-2")).to_be_hidden()
    expect(page.locator("#row-3")).to_be_visible()
    page.reload(wait_until="networkidle")
    expect(page.get_by_label("Chọn dòng 4")).not_to_be_checked()
    expect(page.get_by_role("radio", name="Bỏ qua").first).to_be_checked()


def test_all_rows_of_one_kind_are_repaired_by_one_click(open_page: Open) -> None:
    page = open_page("table")
    page.get_by_role("button", name="Sửa tất cả (2 dòng)").click()
    expect(page.get_by_text("Đã sửa 2 dòng.")).to_be_visible()
    expect(page.get_by_role("button", name="Sửa tất cả")).to_have_count(0)


def test_an_old_encoding_and_unknown_columns_are_answered_by_one_click_each(open_page: Open) -> None:
    page = open_page("encoding")
    page.get_by_role("button", name="Đọc tệp theo cách đã chọn").click()
    expect(page.get_by_role("cell", name="Cơ quan nào ban hành nghị định?")).to_be_visible()
    page = open_page("columns")
    page.get_by_role("button", name="Đọc tệp theo các cột này").click()
    expect(page.get_by_role("heading", name="Các dòng khác (1)")).to_be_visible()


def test_every_page_is_accessible_and_fits_the_screen(office: Office, open_page: Open) -> None:
    assert {name: barriers(open_page(name)) for name in office.paths} == {name: [] for name in office.paths}
