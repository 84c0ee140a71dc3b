"""The register, a change and the citation picker in a real Chromium."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, expect

from exam_service.actor import ActorKind, Role
from exam_service.app import create_app
from exam_service.auth import sessions
from exam_service.bank.legal.imports import add_starter_register
from exam_service.bank.legal.models import LegalDocument
from exam_service.bank.legal.touching import today
from exam_service.db import Database
from exam_service.settings import Settings
from question_bank.citations import Citation
from tests.fixtures.auth import make_account
from tests.fixtures.bank import (
    actor_of,
    make_actor,
    make_approved,
    make_bank,
    make_competency,
    make_draft,
    make_item,
)
from tests.fixtures.legal import make_change
from tests.fixtures.pages import Open, barriers, opening
from tests.fixtures.serving import served

pytestmark = pytest.mark.browser


@dataclass
class Office:
    """The running service with a register, one repealed law and the work it made."""

    address: str
    token: str
    paths: dict[str, str]


@pytest.fixture
def office(settings: Settings, own_database_url: str) -> Iterator[Office]:
    database = Database(own_database_url)
    with database.transaction() as session:
        make_competency(session)
        bank = make_bank(session, code="TPHT")
        account = make_account(session, roles=[Role.AUTHOR, Role.REVIEWER])
        me, other = actor_of(account), make_actor(session, Role.REVIEWER)
        add_starter_register(session, me)
        law = session.query(LegalDocument).filter_by(number="60/2014/QH13").one()
        used = session.query(LegalDocument).filter_by(number="30/2020/NĐ-CP").one()
        make_approved(session, bank, me, other)
        make_change(session, me, law, effective_on=today())
        cited = (Citation(document_number="30/2020/NĐ-CP", article="8"),)
        make_approved(session, bank, me, other, draft=make_draft("Văn bản nào?", citations=cited))
        draft = make_item(session, bank, me, draft=make_draft("Đang soạn?", citations=cited))
        opened = sessions.open_session(
            session, kind=ActorKind.ACCOUNT, subject_id=account.id, address="test", user_agent="test"
        )
        paths = {
            "register": "/bank/legal",
            "document": f"/bank/legal/{law.id}",
            "change": f"/bank/legal/{used.id}/changes/new",
            "form": "/bank/legal/new",
            "import": "/bank/legal/import",
            "report": "/bank/legal/report",
            "tasks": "/bank/legal/tasks",
            "editor": f"/bank/items/{draft.id}/edit",
        }
    with served(create_app(settings, database=database)) as address:
        yield Office(address, opened.token, paths)
    database.dispose()


@pytest.fixture
def open_page(chromium: Browser, office: Office) -> Iterator[Open]:
    reached = {"address": office.address, "token": office.token, "paths": office.paths}
    with opening(chromium, **reached, allowed=()) as open_page:
        yield open_page


def test_every_page_is_accessible_and_fits(open_page: Open) -> None:
    names = ("register", "document", "change", "form", "import", "report", "tasks")
    assert {name: barriers(open_page(name)) for name in names} == {name: [] for name in names}


def test_a_change_is_previewed_and_confirmed(open_page: Open) -> None:
    page = open_page("change")
    page.get_by_label("Thay đổi", exact=True).select_option("expires")
    page.get_by_label("Có hiệu lực từ").fill(today().strftime("%d/%m/%Y"))
    page.get_by_role("button", name="Xem trước").click()
    expect(page.get_by_role("heading", name="Xem trước")).to_be_visible()
    assert barriers(page) == []
    page.get_by_role("button", name="Xác nhận và tạm ngừng 1 câu").click()
    expect(page.get_by_text("Các câu hỏi viện dẫn đã tạm ngừng")).to_be_visible()


def test_a_picked_document_fills_the_citation(open_page: Open) -> None:
    page = open_page("editor")
    page.get_by_label("Tìm trong danh mục văn bản").fill("can bo cong chuc")
    with page.expect_response("**/edit"):
        page.get_by_role("button", name="80/2025/QH15").click()
    expect(page.locator("#citation-0-number")).to_have_value("80/2025/QH15")
    expect(page.locator("#citation-0-start")).to_have_value("01/07/2025")
    expect(page.locator("#citation-0-article")).to_be_focused()
    assert barriers(page) == []
