"""The preview on staff pages: the player's rendering, word for word, in a tree and with sheets of its own."""

import json

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from exam_service.bank.preview_files import preview_script, preview_sheet
from tests.exam_service.attempts.player.test_types import SHOW
from tests.exam_service.attempts.player.views import CASE, CLUSTER, MATCHING, RESPONSES, SINGLE, VIEWS, View

pytestmark = pytest.mark.browser

PREVIEW = """([view, attributes]) => {
    const preview = document.createElement('candidate-preview');
    Object.assign(preview.dataset, { view, sheet: '/preview.css', ...attributes });
    preview.innerHTML = '<p class="fallback">Không có JavaScript</p>';
    document.getElementById('place').replaceChildren(preview);
}"""


@pytest.fixture
def staff_page(page: Page, static_url: str) -> Page:
    """A page on which the joined script of the preview runs."""
    page.route("**/preview.css", lambda route: route.fulfill(body=preview_sheet(), content_type="text/css"))
    page.goto(f"{static_url}/item")
    page.add_script_tag(content=preview_script(), type="module")
    page.wait_for_function("() => customElements.get('candidate-preview') !== undefined")
    return page


def preview(page: Page, view: View, **attributes: str) -> None:
    page.evaluate(PREVIEW, [json.dumps(view), attributes])
    expect(page.locator("candidate-preview .item")).to_be_visible()


@pytest.mark.parametrize("name", VIEWS)
def test_a_preview_shows_what_the_player_shows(staff_page: Page, name: str) -> None:
    preview(staff_page, VIEWS[name])
    previewed = staff_page.locator("candidate-preview .item").inner_text()
    staff_page.evaluate(SHOW, [VIEWS[name], None])
    assert previewed == staff_page.locator("#place > .item").inner_text()


def test_an_author_can_try_the_item_out(staff_page: Page) -> None:
    preview(staff_page, SINGLE)
    staff_page.get_by_role("radio", name="B. Ủy ban").press("Space")
    expect(staff_page.get_by_role("radio", name="B. Ủy ban")).to_be_checked()


@pytest.mark.parametrize("name", VIEWS)
def test_the_key_is_shown_entered_in_words_and_locked(staff_page: Page, name: str) -> None:
    preview(staff_page, VIEWS[name], response=json.dumps(RESPONSES[name]), key="xem hướng dẫn")
    expect(staff_page.locator(".key-note")).to_have_text("Đáp án: xem hướng dẫn")
    free = staff_page.locator("candidate-preview :is(input, select, .order-move):enabled")
    expect(free).to_have_count(0)
    assert [violation["id"] for violation in Axe().run(staff_page).response["violations"]] == []


def test_the_keyed_option_is_called_the_key(staff_page: Page) -> None:
    preview(staff_page, SINGLE, response=json.dumps(RESPONSES["single_choice"]))
    expect(staff_page.locator(".option", has_text="Đáp án")).to_have_count(1)
    expect(staff_page.locator(".option", has_text="Đáp án")).to_contain_text("Ủy ban nhân dân cấp xã")


def test_a_preview_follows_its_attributes(staff_page: Page) -> None:
    preview(staff_page, SINGLE)
    staff_page.evaluate(
        "(view) => { document.querySelector('candidate-preview').dataset.view = view; }", json.dumps(CLUSTER)
    )
    expect(staff_page.get_by_role("radio", name="Đúng a)")).to_be_visible()


def test_a_folded_preview_is_drawn_when_it_is_opened(staff_page: Page) -> None:
    staff_page.evaluate(
        "(view) => { document.getElementById('place').innerHTML = '<details><summary>Câu 1</summary></details>';"
        " const preview = document.createElement('candidate-preview');"
        " Object.assign(preview.dataset, { view, sheet: '/preview.css' });"
        " document.querySelector('details').append(preview); }",
        json.dumps(MATCHING),
    )
    assert staff_page.evaluate("document.querySelector('candidate-preview').shadowRoot") is None
    staff_page.get_by_text("Câu 1").last.click()
    expect(staff_page.get_by_role("combobox").first).to_be_visible()


def test_the_images_of_a_preview_come_from_the_bank_or_from_where_it_says(staff_page: Page) -> None:
    view = {**CASE, "stem": '<img src="media:a.png" alt="Sơ đồ">'}
    staff_page.route("**/*.png", lambda route: route.fulfill(status=404))
    preview(staff_page, view)
    image = staff_page.get_by_role("img", name="Sơ đồ")
    expect(image).to_have_attribute("src", "/bank/media/a.png")
    preview(staff_page, view, media="/bank/imports/1/media/")
    expect(image).to_have_attribute("src", "/bank/imports/1/media/a.png")


def test_an_item_that_cannot_be_shown_tells_staff_so_and_calls_no_invigilator(staff_page: Page) -> None:
    preview(staff_page, {"type": "unsupported", "stem": "Kéo thả"})
    note = staff_page.locator("candidate-preview .note")
    expect(note).to_contain_text("nguyên văn được giữ")
    expect(note).not_to_contain_text("giám thị")
