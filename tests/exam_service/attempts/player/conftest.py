"""A real Chromium with the player's own modules, served from the repository without the service behind them."""

import contextlib
import functools
import http.server
import threading
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.exam_service.attempts.player import STATIC

SHEETS = "".join(
    f'<link rel="stylesheet" href="/{name}">'
    for name in ("tokens.css", "player/controls.css", "player/player.css", "player/item.css")
)
PAGES = {
    "/blank": '<!doctype html><html lang="vi"><title>modules</title><body></body></html>',
    "/item": f'<!doctype html><html lang="vi"><title>item</title>{SHEETS}<main><h1>Câu 1</h1>'
    '<div id="place"></div></main></html>',
}


class _Files(http.server.SimpleHTTPRequestHandler):
    """The static folder, and Vietnamese pages into which tests import single modules: /blank, /item with the sheets."""

    def do_GET(self) -> None:
        if self.path not in PAGES:
            return super().do_GET()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(PAGES[self.path].encode())
        return None

    def log_message(self, *args: object) -> None:
        """Keep the test output clean."""


@pytest.fixture(scope="session")
def static_url() -> Iterator[str]:
    handler = functools.partial(_Files, directory=str(STATIC))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    with contextlib.closing(chromium.new_context(locale="vi-VN")) as context:
        yield context


def _blank_page(context: BrowserContext, static_url: str, *, is_frozen: bool) -> Iterator[Page]:
    errors: list[str] = []
    page = context.new_page()
    page.on("pageerror", lambda error: errors.append(str(error)))
    if is_frozen:
        page.clock.install(time=0)
    page.goto(f"{static_url}/blank")
    if is_frozen:
        page.clock.pause_at(10_000)
    yield page
    assert errors == []


@pytest.fixture
def page(context: BrowserContext, static_url: str) -> Iterator[Page]:
    """An empty page of the player's origin; `page.evaluate` imports what it tests. Errors in the page fail the test."""
    yield from _blank_page(context, static_url, is_frozen=False)


@pytest.fixture
def frozen_page(context: BrowserContext, static_url: str) -> Iterator[Page]:
    """The same with time standing still: `page.clock.run_for(ms)` moves timers and the monotonic clock."""
    yield from _blank_page(context, static_url, is_frozen=True)
