"""The practice test, open to anybody, and the candidate's tools, tried in it by keyboard alone."""

import contextlib
from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from playwright.sync_api import Browser, Page, expect

from tests.fixtures.pages import violations
from tests.fixtures.serving import served

pytestmark = pytest.mark.browser


@pytest.fixture
def practice(app: FastAPI, chromium: Browser) -> Iterator[Page]:
    """The practice test of somebody who has not signed in, past its waiting room; no page may report an error."""
    errors: list[str] = []
    with (
        served(app) as address,
        contextlib.closing(chromium.new_context(locale="vi-VN", reduced_motion="reduce")) as context,
    ):
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.clock.install()
        page.goto(f"{address}/practice")
        expect(page.locator("h1")).to_have_text("Phòng chờ")
        expect(page.locator(".check-sum")).to_have_text("Máy này dùng được cho bài thi.")
        assert violations(page) == []
        page.get_by_role("button", name="Làm thử ngay").click()
        page.wait_for_selector(".question")
        yield page
    assert errors == []


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).focus()
    page.keyboard.press("Enter")


def test_everybody_may_practise_with_every_tool_by_keyboard_and_keeps_nothing(practice: Page) -> None:
    page = practice
    page.locator("summary").focus()
    page.keyboard.press("Enter")
    press(page, "Gạch phương án")
    press(page, "Gạch B")
    assert page.locator(".option.is-struck").count() == 1
    press(page, "Che phương án")
    assert page.locator(".option.is-covered").count() == page.locator(".option").count()
    assert (
        page.locator(".option-text").first.evaluate("each => getComputedStyle(each).visibility") == "hidden"
    )
    press(page, "Mở A")
    assert (
        page.locator(".option-text").first.evaluate("each => getComputedStyle(each).visibility") == "visible"
    )
    press(page, "Che phương án")
    assert page.locator(".option.is-covered").count() == 0
    page.get_by_label("Máy tính").fill("(1.250 + 300) × 8 %")
    page.keyboard.press("Enter")
    expect(page.locator("output")).to_have_text("( 1.250 + 300 ) × 8 % = 124")
    page.keyboard.press("Alt+Shift+n")
    expect(page.locator("h1")).to_contain_text("Câu 2")
    page.locator("h1").focus()
    page.keyboard.press("g")
    assert violations(page) == []
    page.keyboard.type("1")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text("Câu 1")
    press(page, "Dòng đọc")
    page.locator("h1").focus()
    page.keyboard.press("h")
    assert page.evaluate("[...CSS.highlights.get('passage')].map(String).join()").startswith("Ở phần thi thử")
    page.keyboard.press("]")
    assert page.locator(".is-line").inner_text().startswith("A")
    page.get_by_label("Ghi nháp").fill("xem lại câu 3")
    page.keyboard.press("Tab")
    assert violations(page) == []
    page.get_by_role("button", name="Hiển thị").click()
    page.get_by_label("200 %").check()
    page.get_by_role("button", name="Đóng").click()
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.locator("h1").focus()
    page.keyboard.press("a")
    page.keyboard.press("n")
    page.keyboard.press("p")
    assert page.locator(".option.is-struck").count() == 1
    assert page.get_by_label("Ghi nháp").input_value() == "xem lại câu 3"
    expect(page.locator(".this-saved")).to_contain_text("đã lưu")
    page.keyboard.press("h")
    page.locator("h1").focus()
    page.keyboard.press("r")
    page.click(".footer-review .button-primary")
    page.click("dialog [value=yes]")
    expect(page.locator("h1")).to_have_text("Đã nộp bài")
    assert "1 trên 5" in page.inner_text(".receipt")
