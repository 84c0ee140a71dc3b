"""The style guide in a real Chromium: accessibility by axe, no sideways scrolling, and the comforts of staff.js."""

from collections.abc import Callable, Iterator
from mimetypes import guess_type
from pathlib import PurePosixPath
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Route

from exam_service.http import SECURITY_HEADERS
from exam_service.templates import STATIC

pytestmark = pytest.mark.browser
GUIDE = "http://guide.localhost/"
WIDE, PHONE = (1366, 768), (390, 844)


@pytest.fixture
def open_guide(chromium: Browser, guide: Callable[..., str]) -> Iterator[Callable[..., Page]]:
    """Opens the style guide under the service's own security headers; fails on any message in the console."""
    messages: list[str] = []
    pages: list[Page] = []

    def open_guide(*, theme: str = "light", size: tuple[int, int] = WIDE, script: bool = True) -> Page:
        def answer(route: Route) -> None:
            path = PurePosixPath(urlsplit(route.request.url).path)
            if path.parts[1:2] == ("static",):
                file = STATIC.joinpath(*path.parts[2:])
                kind = guess_type(file.name)[0] or "application/octet-stream"
                route.fulfill(body=file.read_bytes(), content_type=kind, headers={"Content-Type": kind})
            else:
                headers = {**SECURITY_HEADERS, "Content-Type": "text/html; charset=utf-8"}
                route.fulfill(body=guide(theme=theme), headers=headers)

        page = chromium.new_page(
            viewport={"width": size[0], "height": size[1]},
            java_script_enabled=script,
            service_workers="block",
        )
        page.on("console", lambda message: messages.append(message.text))
        page.on("pageerror", lambda error: messages.append(str(error)))
        page.route("**/*", answer)
        page.goto(GUIDE, wait_until="networkidle")
        pages.append(page)
        return page

    yield open_guide
    for page in pages:
        page.close()
    assert messages == []


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_and_the_page_does_not_scroll_sideways(
    open_guide: Callable[..., Page], theme: str, size: tuple[int, int]
) -> None:
    page = open_guide(theme=theme, size=size)
    violations = [
        (entry["id"], entry["nodes"][0]["html"]) for entry in Axe().run(page).response["violations"]
    ]
    assert violations == []
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]


def test_a_confirmation_is_modal_and_gives_the_focus_back(open_guide: Callable[..., Page]) -> None:
    page = open_guide()
    page.click("a[href='#seal']")
    assert page.evaluate("document.querySelector('#seal').matches(':modal')")
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.getAttribute('href')") == "#seal"


def test_a_confirmation_opens_and_closes_without_script(open_guide: Callable[..., Page]) -> None:
    page = open_guide(script=False)
    page.click("a[href='#void']")
    assert page.locator("#void").is_visible()
    page.click("#void [data-dialog-close]")
    assert page.locator("#void").is_hidden()


def test_the_bulk_bar_shows_once_rows_are_chosen_and_counts_them(open_guide: Callable[..., Page]) -> None:
    page = open_guide()
    bar = page.locator("[data-bulk=chosen]")
    assert bar.is_hidden()
    page.get_by_label("Chọn Trần Quốc Bảo").check()
    assert bar.locator("[data-bulk-count]").inner_text() == "1"
    page.locator("[data-tick-all=chosen]").check()
    assert bar.locator("[data-bulk-count]").inner_text() == "6"


def test_the_areas_open_from_the_header_on_a_phone_without_script(open_guide: Callable[..., Page]) -> None:
    page = open_guide(size=PHONE, script=False)
    area = page.locator(".drawer a.area", has_text="Chấm thi")
    assert area.is_hidden()
    page.click(".drawer summary")
    assert area.is_visible()


def test_paper_is_white_from_the_dark_theme_and_carries_no_chrome(open_guide: Callable[..., Page]) -> None:
    page = open_guide(theme="dark")
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.documentElement).backgroundColor") == "rgb(255, 255, 255)"
    assert page.locator(".masthead").is_hidden()
    assert page.locator(".rail").is_hidden()
    assert page.locator(".table thead th").first.is_hidden(), "the tick column stays off paper"
    assert page.locator(".table tbody tr").first.is_visible()
