"""Every type of question is written with the keyboard alone, in a real Chromium."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Page, expect

from exam_service.actor import ActorKind, Role
from exam_service.app import create_app
from exam_service.auth import sessions
from exam_service.bank.editing import empty_content
from exam_service.bank.forms.registry import FORMS
from exam_service.bank.head import trusted_draft
from exam_service.bank.models import Item
from exam_service.db import Database
from exam_service.settings import Settings
from question_bank.items import ItemDraft
from question_bank.text import plain
from tests.fixtures.auth import make_account
from tests.fixtures.bank import actor_of, make_bank, make_competency, make_item
from tests.fixtures.serving import served

pytestmark = pytest.mark.browser
# What a person must be able to reach: every control of the form that shows, a group of radio buttons as one.
CONTROLS = """() => {
  const found = [...document.getElementById("editor-form").elements].filter(
    (one) => one.type !== "hidden" && !one.disabled && one.tabIndex >= 0
      && one.checkVisibility({visibilityProperty: true}));
  const name = (one) => one.type === "radio" ? `radio ${one.name}` : one.id || `${one.name}=${one.value}`;
  return [...new Set(found.map(name))];
}"""
# Writes down what the focus comes to; asking after each step would take twice as long.
RECORDED = """() => {
  window.reached = [];
  document.addEventListener("focusin", ({target: one}) => {
    if (one.form?.id !== "editor-form") return;
    window.reached.push(one.type === "radio" ? `radio ${one.name}` : one.id || `${one.name}=${one.value}`);
  });
}"""
STOPS = """() => [...document.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex]")].filter(
  (one) => !one.disabled && one.tabIndex >= 0 && one.checkVisibility({visibilityProperty: true})).length"""


@dataclass
class Desk:
    """The running service, its author's session and an empty draft of each type."""

    address: str
    database: Database
    token: str
    items: dict[str, str]

    def stem(self, item_type: str) -> str:
        with self.database.sessions() as session:
            item = session.get_one(Item, self.items[item_type])
            return plain(trusted_draft(item.draft or {}).content.stem)


@pytest.fixture
def desk(settings: Settings, own_database_url: str) -> Iterator[Desk]:
    database = Database(own_database_url)
    with database.transaction() as session:
        make_competency(session)
        account = make_account(session, roles=[Role.AUTHOR])
        bank, me = make_bank(session), actor_of(account)
        items = {
            name: str(make_item(session, bank, me, draft=ItemDraft(content=empty_content(name))).id)
            for name in FORMS
        }
        opened = sessions.open_session(
            session, kind=ActorKind.ACCOUNT, subject_id=account.id, address="test", user_agent="test"
        )
    with served(create_app(settings, database=database)) as address:
        yield Desk(address, database, opened.token, items)
    database.dispose()


def step_to(page: Page, name: str) -> None:
    """Tab from the head of the page to the control."""
    for _step in range(page.evaluate(STOPS)):
        page.keyboard.press("Tab")
        if page.evaluate("window.reached.at(-1)") == name:
            return
    raise AssertionError(f"no way to {name}")


def test_each_type_is_written_with_the_keyboard_alone(chromium: Browser, desk: Desk) -> None:
    context = chromium.new_context(viewport={"width": 1366, "height": 768})
    context.add_cookies([{"name": sessions.STAFF_COOKIE, "value": desk.token, "url": desk.address}])
    page = context.new_page()
    for name, item_id in desk.items.items():
        page.goto(f"{desk.address}/bank/items/{item_id}/edit", wait_until="load")
        expect(page.locator("#save-state")).to_be_visible()
        controls = set(page.evaluate(CONTROLS))
        page.evaluate(RECORDED)
        step_to(page, "stem")
        page.keyboard.type(f"Câu hỏi {name}")
        # Twice round at the most: advice that comes while somebody tabs adds stops on the way.
        for step in range(2 * page.evaluate(STOPS)):
            page.keyboard.press("Tab")
            if step % 20 == 19 and controls <= set(page.evaluate("window.reached")):
                break
        assert controls - set(page.evaluate("window.reached")) == set(), name
        expect(page.locator("#save-state")).to_contain_text("Đã lưu nháp")
    assert {name: desk.stem(name) for name in desk.items} == {name: f"Câu hỏi {name}" for name in desk.items}
    context.close()
