"""Working a bank in a real Chromium: the list, acts on many questions, comments, supply; readable by everybody."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, expect
from sqlalchemy import select

from exam_service.actor import ActorKind, Role
from exam_service.app import create_app
from exam_service.auth import sessions
from exam_service.bank.manage.cloning import clone_item
from exam_service.bank.manage.comments import add_comment
from exam_service.bank.models import Item
from exam_service.db import Database
from exam_service.settings import Settings
from tests.fixtures.auth import make_account
from tests.fixtures.bank import actor_of, make_actor, make_item, make_submitted
from tests.fixtures.pages import PHONE, Open, barriers, opening
from tests.fixtures.results import make_released_period
from tests.fixtures.serving import served

pytestmark = pytest.mark.browser


@dataclass
class Desk:
    """The running service and a person who writes and reviews."""

    address: str
    database: Database
    token: str
    paths: dict[str, str]

    def states(self, prefix: str) -> list[str]:
        with self.database.sessions() as session:
            return list(session.scalars(select(Item.state).where(Item.summary.startswith(prefix))))


@pytest.fixture
def desk(settings: Settings, own_database_url: str) -> Iterator[Desk]:
    database = Database(own_database_url)
    with database.transaction() as session:
        world = make_released_period(session, right=(6, 5, 3, 1))
        account = make_account(session, roles=[Role.AUTHOR, Role.REVIEWER])
        me, other = actor_of(account), make_actor(session, Role.AUTHOR)
        mine = [make_item(session, world.bank, me) for _number in range(3)]
        make_submitted(session, world.bank, other)
        clone_item(session, me, item_id=mine[0].id)
        used = world.versions[0]
        add_comment(session, other, item_id=used.item_id, text="Kiểm tra lại khoản 2.")
        opened = sessions.open_session(
            session, kind=ActorKind.ACCOUNT, subject_id=account.id, address="test", user_agent="test"
        )
        paths = {
            "list": "/bank/items",
            "bulk": "/bank/items/bulk?view=mine",
            "item": f"/bank/items/{used.item_id}",
            "family": f"/bank/items/{mine[0].id}/family",
            "review": "/bank/review",
            "supply": "/bank/supply",
            "bank": f"/bank/banks/{world.bank.code}",
        }
    with served(create_app(settings, database=database)) as address:
        yield Desk(address, database, opened.token, paths)
    database.dispose()


@pytest.fixture
def open_page(chromium: Browser, desk: Desk) -> Iterator[Open]:
    with opening(chromium, address=desk.address, token=desk.token, paths=desk.paths) as open_page:
        yield open_page


def test_rows_are_ticked_by_keyboard_and_sent_to_review_together(open_page: Open, desk: Desk) -> None:
    page = open_page("list")
    page.goto(f"{desk.address}/bank/items?view=mine&state=draft&sort=code", wait_until="networkidle")
    for key in ("j", "x", "j", "x"):
        page.keyboard.press(key)
    expect(page.locator("[data-bulk-count]")).to_have_text("2")
    page.get_by_role("button", name="Thao tác với các câu đã chọn").click()
    page.get_by_role("button", name="Gửi thẩm định (2)").click()
    expect(page.get_by_text("Đã gửi thẩm định 2 câu hỏi.")).to_be_visible()
    assert sorted(desk.states("Câu hỏi số")).count("in_review") == 3


def test_a_view_is_saved_and_opened_and_the_filters_fold_on_a_phone(open_page: Open, desk: Desk) -> None:
    page = open_page("list", size=PHONE)
    expect(page.locator("#state")).to_be_hidden()
    page.get_by_text("Bộ lọc").click()
    page.select_option("#state", "in_review")
    expect(page.locator("#list .chip")).to_have_count(1)
    page.get_by_role("link", name="Lưu chế độ xem").click()
    page.get_by_label("Tên").fill("Đang chờ")
    page.get_by_role("button", name="Lưu", exact=True).click()
    expect(page.get_by_text("Đã lưu chế độ xem “Đang chờ”.")).to_be_visible()
    assert "state=in_review" in page.url


def test_comments_and_figures_come_into_the_page_of_an_item(open_page: Open, desk: Desk) -> None:
    page = open_page("item")
    expect(page.get_by_text("Kiểm tra lại khoản 2.")).to_be_visible()
    expect(page.get_by_role("heading", name="Nơi dùng và thống kê")).to_be_visible()
    page.get_by_label("Nội dung trao đổi").fill("Đã sửa theo góp ý.")
    page.get_by_role("button", name="Gửi", exact=True).click()
    expect(page.get_by_text("Đã sửa theo góp ý.")).to_be_visible()
    page.get_by_role("button", name="Đã giải quyết").first.click()
    expect(page.get_by_role("button", name="Mở lại")).to_be_visible()


def test_no_page_has_a_barrier_or_scrolls_sideways(open_page: Open, desk: Desk) -> None:
    assert {name: barriers(open_page(name)) for name in desk.paths} == {name: [] for name in desk.paths}
