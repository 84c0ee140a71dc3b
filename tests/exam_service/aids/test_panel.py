"""The permitted documents in a real Chromium: by keyboard, found without diacritics, kept when the network goes."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from exam_service.app import create_app
from exam_service.auth import sessions
from exam_service.db import Database
from exam_service.settings import Settings
from tests.conftest import cloned_database
from tests.exam_service.aids.open_law import MARKUP, OpenLawExam, make_open_law_exam
from tests.exam_service.aids.panel import (
    AT_TOP,
    BETWEEN,
    FOCUSED,
    KEPT,
    OUTLINE,
    PANEL_KEPT,
    PARAGRAPH_AT_TOP,
    SAID,
    TWO_FRAMES,
    choose,
    opened,
)
from tests.exam_service.attempts.player.test_in_place import choose_language
from tests.exam_service.attempts.player.test_sitting import SAVED, sign_in
from tests.fixtures.pages import barriers, violations
from tests.fixtures.serving import served

pytestmark = pytest.mark.browser

WIDE = {"width": 1366, "height": 768}
PHONE = {"width": 390, "height": 844}
ZOOMED = {"width": 683, "height": 384}  # WIDE at 200 %


@dataclass
class Place:
    """A candidate at work, and where the next one finds the service."""

    page: Page
    address: str
    exam: OpenLawExam


@pytest.fixture(scope="module")
def place(server_url: str, settings: Settings, chromium: Browser) -> Iterator[Place]:
    with cloned_database(server_url) as url:
        database = Database(url, pool_size=8)
        with database.sessions() as session:
            exam = make_open_law_exam(session, settings)
            session.commit()
        context = chromium.new_context(locale="vi-VN", viewport=WIDE)
        context.set_default_timeout(15_000)
        errors: list[str] = []
        with served(create_app(settings, database=database)) as address:
            page = context.new_page()
            page.on("pageerror", lambda error: errors.append(str(error)))
            sign_in(page, address, exam.seats[0])
            page.wait_for_selector(".question")
            yield Place(page, address, exam)
            context.close()
        database.dispose()
        assert errors == []


@pytest.fixture
def page(place: Place) -> Page:
    """The candidate's page with the panel closed, at the first question."""
    page = place.page
    page.set_viewport_size(WIDE)
    while page.locator(".statutes").count():
        page.locator(".statutes-head button").click()
    page.locator("h1").evaluate("(heading) => heading.focus()")
    return page


def test_the_panel_is_used_by_keyboard_alone_and_gives_the_focus_back(page: Page) -> None:
    before = page.evaluate(FOCUSED)
    opened(page)
    assert page.evaluate(FOCUSED) == "statutes-title"
    page.keyboard.press("b")  # answers nothing while somebody reads
    assert page.locator(".stage input:checked").count() == 0
    while page.evaluate(FOCUSED) != "statutes-search":
        page.keyboard.press("Tab")
    page.keyboard.type("quyen hoi giam thi")
    page.keyboard.press("Enter")
    expect(page.locator(".statutes-count")).to_have_text("1/120")
    page.keyboard.press("Enter")
    expect(page.locator(".statutes-count")).to_have_text("2/120")
    page.keyboard.press("Shift+Enter")
    page.keyboard.press("Shift+Enter")
    expect(page.locator(".statutes-count")).to_have_text("120/120")
    assert page.locator(".statute-hit.is-current").inner_text() == "quyền hỏi giám thị"
    assert "Điều 120" in page.locator(".statute-part:has(.is-current)").inner_text()
    page.keyboard.press("Escape")  # the browser empties the search box or the panel closes
    if page.locator(".statutes").count():
        page.keyboard.press("Escape")
    assert page.locator(".statutes").count() == 0
    assert page.evaluate(FOCUSED) == before
    page.keyboard.press("b")
    page.wait_for_selector(SAVED)


def test_the_key_goes_to_the_open_panel_and_closes_it_from_within(page: Page) -> None:
    opened(page)
    page.locator("h1").first.evaluate("(heading) => heading.focus()")
    page.wait_for_selector(".tool-statutes")
    page.keyboard.press("v")
    assert page.evaluate(FOCUSED) == "statutes-title"
    page.wait_for_selector(".tool-statutes")
    page.keyboard.press("v")
    assert page.locator(".statutes").count() == 0
    page.keyboard.press("?")
    expect(page.locator("dialog")).to_contain_text("Văn bản được phép dùng")
    page.keyboard.press("Escape")


def test_button_and_open_panel_change_their_language_with_the_page(page: Page) -> None:
    opened(page)
    choose(page, "Nội quy phòng thi")
    for language, button, title in (
        ("English", "Documents", "Permitted documents"),
        ("Tiếng Việt", "Văn bản", "Văn bản được phép dùng"),
    ):
        choose_language(page, language)
        expect(page.locator(".tool-statutes")).to_have_text(button)
        expect(page.locator(".tool-statutes")).to_have_attribute("aria-expanded", "true")
        expect(page.locator(".statutes-title")).to_have_text(title)
    page.keyboard.press("v")
    assert page.evaluate(FOCUSED) == "statutes-title"
    page.keyboard.press("v")
    assert page.locator(".statutes").count() == 0


FOLDING = """async () => {
    const { fold, foldQuery, placesOf, articleIn } = await import('/static/statutes/folding.js');
    const text = 'ĐIỀU 5: Quyền – nghĩa vụ “ưu tiên” 𝔸ßİ';
    return { folded: fold(text), isAsLong: fold(text).length === text.length, query: foldQuery('  Quyền   NGHĨA '),
        places: placesOf('aa', 'aaaa aa'),
        articles: ['Điều 12', 'dieu 5a', 'đ7', '12', 'điều', 'khoản 2'].map(articleIn) };
}"""


def test_text_is_folded_character_by_character(page: Page) -> None:
    found = page.evaluate(FOLDING)
    assert found["isAsLong"]
    assert found["folded"].startswith("dieu 5: quyen – nghia vu “uu tien” ")
    assert found["query"] == "quyen nghia"
    assert found["places"] == [0, 2, 5]
    assert found["articles"] == ["12", "5a", "7", "12", None, None]


def test_an_article_is_reached_by_its_number_and_by_the_contents(page: Page) -> None:
    opened(page)
    page.fill("#statutes-article", "121a")
    page.keyboard.press("Enter")
    assert page.evaluate("() => document.activeElement.textContent") == "Điều 121a. Điều chen giữa"
    page.fill("#statutes-search", "điều 45")
    page.keyboard.press("Enter")
    assert page.evaluate("() => document.activeElement.textContent") == "Điều 45. Nội dung thứ 45"
    page.fill("#statutes-article", "999")
    page.keyboard.press("Enter")
    expect(page.locator(".statutes-count")).to_have_text("Không thấy")
    page.get_by_role("button", name="Mục lục").click()
    assert page.evaluate("() => document.activeElement.textContent") == "Điều 45. Nội dung thứ 45"
    assert page.locator(".statutes-link").count() == 123
    page.get_by_role("button", name="Chương II. TỔ CHỨC PHÒNG THI").click()
    page.wait_for_function(AT_TOP, arg="Chương II")


def test_the_reading_place_of_each_document_is_kept(page: Page) -> None:
    opened(page)
    choose(page, "Quy chế dài")
    page.fill("#statutes-article", "77")
    page.keyboard.press("Enter")
    choose(page, "Nội quy phòng thi")
    choose(page, "Quy chế dài")
    page.wait_for_function(AT_TOP, arg="Điều 77.")
    page.wait_for_timeout(700)  # the journal writes what it keeps after a moment
    page.reload()
    page.wait_for_selector(".question")
    opened(page)
    page.wait_for_function(AT_TOP, arg="Điều 77.")


def test_text_is_never_markup(page: Page) -> None:
    opened(page)
    choose(page, "Quy chế dài")
    assert MARKUP in (page.locator(".statute-part", has_text="là chữ").text_content() or "")
    page.fill("#statutes-search", "onerror")
    expect(page.locator(".statutes-count")).to_have_text("1/1")
    assert page.locator(".statutes img").count() == 0


def test_question_and_document_stand_side_by_side_and_on_a_phone_one_at_a_time(page: Page) -> None:
    opened(page)
    assert page.locator(".question").is_visible()
    page.set_viewport_size(PHONE)
    expect(page.locator(".question")).not_to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.set_viewport_size({"width": 320, "height": 720})
    for size in ("200", "100"):
        page.evaluate("(size) => { document.documentElement.dataset.text = size; }", size)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), size
    page.locator(".statutes-head button").click()
    assert page.locator(".question").is_visible()


def test_a_letter_answers_no_question_that_the_panel_covers(page: Page) -> None:
    third = page.locator(".stage [data-choice='2']")
    page.keyboard.press("b")
    opened(page)
    page.set_viewport_size(PHONE)
    page.wait_for_selector("body[data-statutes=over]")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("c")
    page.keyboard.press("n")
    page.locator(".statutes-bar").click(position={"x": 2, "y": 2})
    assert page.evaluate("document.querySelector('.statutes').contains(document.activeElement)")
    page.keyboard.press("c")
    assert not third.is_checked()
    page.keyboard.press("Escape")
    assert page.locator(".statutes").count() == 0
    page.keyboard.press("c")
    assert third.is_checked()
    page.wait_for_selector(SAVED)
    page.keyboard.press("r")
    opened(page).evaluate("document.activeElement.blur()")
    page.keyboard.press("Escape")  # leaves no review, and no hand-in that waits there, unseen
    page.locator(".statutes-head button").click()
    page.locator(".review").wait_for()
    page.keyboard.press("Escape")


def test_the_place_between_two_paragraphs_is_that_of_the_next_one(page: Page) -> None:
    opened(page)
    choose(page, "Quy chế dài")
    page.fill("#statutes-article", "33")
    page.keyboard.press("Enter")
    page.wait_for_function(AT_TOP, arg="Điều 33.")
    page.evaluate(TWO_FRAMES)  # after the jump the place is settled
    found = page.evaluate(BETWEEN)
    page.wait_for_timeout(250)  # the place is kept a moment after the scrolling
    choose(page, "Nội quy phòng thi")
    choose(page, "Quy chế dài")
    page.wait_for_function(PARAGRAPH_AT_TOP, arg=found)
    assert found == "a) điểm a của Điều 33;"


def test_the_focused_heading_is_marked_within_its_own_box(page: Page) -> None:
    opened(page)
    choose(page, "Quy chế dài")
    page.fill("#statutes-article", "9")
    page.keyboard.press("Enter")
    for colours in ("none", "active"):
        page.emulate_media(forced_colors=colours)
        style, offset = page.evaluate(OUTLINE)
        assert (style, float(offset.removesuffix("px")) < 0) == ("solid", True)
    page.emulate_media(forced_colors="none")


def test_the_panel_has_no_accessibility_violation(page: Page) -> None:
    opened(page)
    choose(page, "Nội quy phòng thi")
    page.fill("#statutes-search", "giam thi")
    expect(page.locator(".statutes-count")).to_contain_text("/")
    wrong = []
    for size, scheme in ((WIDE, "light"), (WIDE, "dark"), (PHONE, "dark"), (ZOOMED, "light")):
        page.set_viewport_size(size)
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        page.wait_for_selector(f"body[data-statutes={'beside' if size is WIDE else 'over'}]")
        wrong += [f"{size['width']} {scheme}: {each}" for each in violations(page)]
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.emulate_media(color_scheme="light")
    page.set_viewport_size(WIDE)
    page.get_by_role("button", name="Mục lục").click()
    wrong += violations(page)
    assert wrong == []


def test_the_officers_pages_have_no_barrier(place: Place) -> None:
    assert place.page.context.browser is not None
    context = place.page.context.browser.new_context(locale="vi-VN")
    values = {sessions.STAFF_COOKIE: place.exam.staff, "theme": "auto"}
    context.add_cookies(
        [{"name": key, "value": value, "url": place.address} for key, value in values.items()]
    )
    page = context.new_page()
    for path in place.exam.pages:
        page.goto(place.address + path)
        assert (path, barriers(page)) == (path, [])
    context.close()


def test_everything_is_there_after_a_restart_without_network(page: Page, place: Place) -> None:
    page.wait_for_function(KEPT)
    page.wait_for_function(PANEL_KEPT)
    page.context.set_offline(True)
    try:
        page.reload()
        page.wait_for_selector(".question")
        opened(page)
        choose(page, "Nội quy phòng thi")
        expect(page.locator(".statute-part").last).to_contain_text("điểm a của Điều 3;")
    finally:
        page.context.set_offline(False)


def test_a_text_that_somebody_put_into_the_browser_is_not_shown(page: Page, place: Place) -> None:
    page.evaluate(
        """async (sha256) => (await caches.open('sat-hach-statutes')).put(`/statutes/${sha256}`,
            new Response(JSON.stringify({ format: 1, number: '', title: 'Giả', issued_on: null, sections: [] })))""",
        place.exam.hashes[0],
    )
    page.reload()
    page.wait_for_selector(".question")
    page.wait_for_selector(".tool-statutes")
    page.keyboard.press("v")
    expect(page.locator(".statute-name")).not_to_have_text("Giả")
    choose(page, "Quy chế dài")
    expect(page.locator(".statute-part").nth(2)).to_contain_text("Điều 1. Nội dung thứ 1")


def test_a_document_that_is_not_here_yet_says_so_once_and_comes_by_itself(place: Place) -> None:
    assert place.page.context.browser is not None
    context = place.page.context.browser.new_context(locale="vi-VN", viewport=WIDE, service_workers="block")
    context.route("**/statutes/*", lambda route: route.abort())
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    context.route("**/player-statutes.js*", hold)
    page = context.new_page()
    sign_in(page, place.address, place.exam.seats[1])
    page.wait_for_selector(".question")
    for language in ("English", "Tiếng Việt"):
        choose_language(page, language)
    held.pop().continue_()
    page.wait_for_selector(".tool-statutes")
    expect(page.locator(".tool-statutes")).to_have_count(1)
    page.evaluate(SAID, "Chưa tải được")
    page.keyboard.press("v")
    expect(page.locator(".statutes-status")).to_contain_text("Chưa tải được", timeout=15_000)
    assert page.locator("#statutes-search").is_disabled()
    assert violations(page) == []
    page.evaluate("window.option = document.querySelector('#statutes-choice option')")
    for _ in range(3):
        with page.expect_request("**/statutes/*"):
            page.evaluate("dispatchEvent(new Event('online'))")
        page.wait_for_timeout(50)
    assert page.evaluate("said") == 1
    assert page.evaluate("option.isConnected"), "the list of the choices may be open"
    page.wait_for_function(PANEL_KEPT)  # before the first document
    context.unroute("**/statutes/*")
    page.evaluate("dispatchEvent(new Event('online'))")
    page.wait_for_selector(".statute-part", timeout=20_000)
    context.close()


def test_a_document_that_was_refused_while_nobody_was_signed_in_comes_after_the_sign_in(page: Page) -> None:
    page.wait_for_function(KEPT)
    refusal = {"status": 401, "code": "unauthorised", "detail": "Phiên đã kết thúc."}
    page.route(
        "**/statutes/*",
        lambda route: route.fulfill(status=401, json=refusal, content_type="application/problem+json"),
    )
    page.evaluate("caches.delete('sat-hach-statutes')")
    page.reload()
    page.wait_for_selector(".tool-statutes")
    page.keyboard.press("v")
    expect(page.locator(".statutes-status")).to_contain_text("Chưa tải được")
    page.evaluate("window.same = true")
    page.unroute("**/statutes/*")
    page.wait_for_selector(".statute-part")
    choose(page, "Nội quy phòng thi")
    page.wait_for_selector(".statute-part")
    assert page.evaluate("window.same")
