"""The player in Chromium on an old computer and a bad line: until it can be used, and what goes over the wire.

400 kbit/s each way, 300 ms latency on every exchange, the processor four times slower (all by the Chrome DevTools
Protocol). Cold: a browser that has never been here; warm: the same page loaded again. `usable_` counts what had come
when the page could be used, `cold_` everything of the player: its letters, which come afterwards, and the service
worker. The room's standing line (the held clock) and the sealed paper, whose size is the exam's, are not the load.
Bytes are those on the wire, heads included, over HTTP/1.1 without TLS; HTTP/2 in front of the service packs the heads
of all but the first exchange.
"""

import argparse
import gzip
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from playwright.sync_api import APIResponse, Browser, BrowserContext, CDPSession, Page, sync_playwright

from benchmarks._seed import CODE, Place, begin_in, make_places
from benchmarks._server import SECRET, Site, running_site
from exam_service.attempts.codes import CodeHasher
from exam_service.attempts.models import AttemptState

SETTLING_MS = 2000
LINE = {"offline": False, "latency": 300, "downloadThroughput": 50_000, "uploadThroughput": 50_000}
CPU_SLOWDOWN = 4
READY = "() => document.querySelector('.question, .waiting') !== null"
QUESTION = "() => document.querySelector('.question') !== null"
NOW = "() => performance.now() / 1000"
WORKER = "/exam/worker.js"
SETTLED = """async () => {
    const worker = await navigator.serviceWorker.ready;
    return worker.active !== null && [...document.fonts].every(({ status }) => status === 'loaded');
}"""
NOT_THE_LOAD = ("/paper", "/clock")
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


@dataclass
class Wire:
    """What the page exchanged, by request: bytes of the request and of the answer, and the address."""

    sent: dict[str, int] = field(default_factory=dict)
    received: dict[str, int] = field(default_factory=dict)
    address: dict[str, str] = field(default_factory=dict)
    body: dict[str, int] = field(default_factory=dict)

    def listen(self, session: CDPSession) -> None:
        session.on("Network.requestWillBeSent", self._on_request)
        session.on("Network.requestWillBeSentExtraInfo", self._on_headers)
        session.on("Network.loadingFinished", self._on_end)

    def _on_request(self, event: dict[str, Any]) -> None:
        request = event["request"]
        self.address[event["requestId"]] = f"{request['method']} {request['url']}"

    def _on_headers(self, event: dict[str, Any]) -> None:
        self.sent[event["requestId"]] = sum(
            len(f"{name}: {value}\r\n") for name, value in event["headers"].items()
        )
        length = {name.lower(): value for name, value in event["headers"].items()}.get("content-length", 0)
        self.body[event["requestId"]] = int(length)

    def _on_end(self, event: dict[str, Any]) -> None:
        self.received[event["requestId"]] = int(event["encodedDataLength"])

    def over_the_network(self) -> list[str]:
        """The requests whose answers came over the wire, not from a store of the browser."""
        return [
            key
            for key, size in self.received.items()
            if size > 0 and not self.address[key].startswith("GET data:")
        ]

    def bytes_of(self, key: str) -> int:
        line = len(self.address[key].split("://", 1)[-1].partition("/")[2]) + len("GET / HTTP/1.1\r\n\r\n")
        return line + self.sent.get(key, 0) + self.body.get(key, 0) + self.received[key]

    def load(self) -> list[str]:
        """The requests of the player itself."""
        return [
            key
            for key in self.over_the_network()
            if not self.address[key].partition("?")[0].endswith(NOT_THE_LOAD)
        ]

    def forget(self) -> None:
        for known in (self.sent, self.received, self.address, self.body):
            known.clear()


@contextmanager
def browser() -> Iterator[Browser]:
    """The system's Chromium, else Playwright's own."""
    with sync_playwright() as playwright:
        found = next(filter(None, map(shutil.which, NAMES)), None)
        launched = playwright.chromium.launch(executable_path=found, args=["--no-sandbox", "--disable-gpu"])
        yield launched
        launched.close()


def signed_in(chromium: Browser, address: str, place: Place) -> BrowserContext:
    """A browser with the candidate's cookies that has loaded nothing else."""
    first = chromium.new_context(locale="vi-VN", service_workers="block")
    page = first.new_page()
    page.goto(f"{address}/exam/sign-in")
    page.fill("[name=number]", place.number)
    page.fill("[name=code]", CODE)
    page.press("[name=code]", "Enter")
    page.wait_for_function(READY)
    cookies = [{"name": each["name"], "value": each["value"], "url": address} for each in first.cookies()]
    first.close()
    fresh = chromium.new_context(locale="vi-VN")
    fresh.add_cookies(cookies)  # type: ignore[arg-type] # exactly the fields that the protocol asks for
    return fresh


def slow_page(context: BrowserContext) -> tuple[Page, Wire]:
    page, wire = context.new_page(), Wire()
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.emulateNetworkConditions", LINE)
    session.send("Emulation.setCPUThrottlingRate", {"rate": CPU_SLOWDOWN})
    wire.listen(session)
    return page, wire


def until_usable(page: Page, address: str) -> float:
    """Seconds from the navigation to a screen that takes input, by the clock of the page."""
    page.goto(f"{address}/exam", wait_until="commit")
    page.wait_for_function(READY, polling="raf")
    return float(page.evaluate(NOW))


def counted(name: str, wire: Wire) -> dict[str, float]:
    loaded = wire.load()
    return {f"{name}_requests": len(loaded), f"{name}_bytes": sum(wire.received[key] for key in loaded)}


def worker_bytes(answer: APIResponse) -> int:
    """The script of the worker as it went over the wire."""
    head = sum(len(f"{each['name']}: {each['value']}\r\n") for each in answer.headers_array)
    length = answer.headers.get("content-length")
    return head + (int(length) if length else len(gzip.compress(answer.body(), 5)))


def measure(chromium: Browser, site: Site, place: Place) -> dict[str, float]:
    """One candidate: the waiting room cold, the start, one save, a reload."""
    address = f"http://localhost:{site.port}"
    begin_in(site.database, 600, places=[place])
    context = signed_in(chromium, address, place)
    page, wire = slow_page(context)
    found = {"cold_s": until_usable(page, address), **counted("usable", wire)}
    page.wait_for_function(SETTLED)
    page.wait_for_timeout(SETTLING_MS)
    found |= counted("cold", wire)
    # The page's own protocol does not show the fetch of the service worker's script.
    worker = context.request.get(f"{address}{WORKER}")
    found["cold_requests"] += 1
    found["cold_bytes"] += worker_bytes(worker)
    begin_in(site.database, -30, places=[place])
    wire.forget()
    found["warm_s"] = until_usable(page, address)
    page.wait_for_function(QUESTION)
    page.wait_for_timeout(SETTLING_MS)
    found |= counted("warm", wire)
    wire.forget()
    page.keyboard.press("b")
    page.wait_for_selector(".save-state[data-kind=saved]")
    saves = [key for key in wire.over_the_network() if wire.address[key].startswith("PUT ")]
    found["save_bytes"] = max(wire.bytes_of(key) for key in saves)
    context.close()
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--rounds", type=int, default=3, help="candidates measured one after the other; the middle counts"
    )
    rounds_wanted: int = parser.parse_args().rounds
    with running_site(workers=2) as site, browser() as chromium:
        places = make_places(
            site.database, rounds_wanted, state=AttemptState.ASSIGNED, hasher=CodeHasher(SECRET)
        )
        rounds = [measure(chromium, site, place) for place in places]
    middle = {name: round(median(each[name] for each in rounds), 2) for name in rounds[0]}
    print(
        f"slowest cold load {max(each['cold_s'] for each in rounds):.2f} s; load average {os.getloadavg()[0]:.1f}"
    )
    print(json.dumps(middle))


if __name__ == "__main__":
    main()
