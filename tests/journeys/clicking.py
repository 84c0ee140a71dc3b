"""People at browsers: windows of staff and candidates, what axe and the console say of each page."""

from dataclasses import dataclass, field

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Locator, Page

from exam_service.actor import Role
from tests.fixtures.auth import PASSWORD
from tests.journeys.conftest import Live

ROLES = {
    "soan": Role.AUTHOR,
    "duyet": Role.REVIEWER,
    "canbo": Role.OFFICER,
    "giamthi": Role.INVIGILATOR,
    "kiemtra": Role.AUDITOR,
}


@dataclass
class Room:
    """Everybody's browsers; what was wrong on any page is kept until the end."""

    chromium: Browser
    live: Live
    contexts: list[BrowserContext] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    judged: dict[str, list[str]] = field(default_factory=dict)

    def browser(self, *, touches: bool = False) -> Page:
        """A page in a browser that nobody has used before."""
        size = {"width": 390, "height": 844} if touches else {"width": 1366, "height": 768}
        context = self.chromium.new_context(locale="vi-VN", viewport=size)
        context.set_default_timeout(15_000)
        self.contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: self.errors.append(f"{page.url}: {error}"))
        return page

    def staff(self, username: str) -> Page:
        page = self.browser()
        page.goto(f"{self.live.url}/sign-in")
        self.judge(page, "staff sign-in")
        page.fill("#username", username)
        page.fill("#password", PASSWORD)
        page.press("#password", "Enter")
        page.wait_for_selector(".rail")
        return page

    def candidate(self, slip: tuple[str, str]) -> Page:
        page = self.browser()
        page.goto(f"{self.live.url}/exam/sign-in")
        self.judge(page, "candidate sign-in")
        page.fill("#number", slip[0])
        page.fill("#code", slip[1])
        page.press("#code", "Enter")
        page.wait_for_url("**/exam")
        page.wait_for_selector("h1")
        return page

    def judge(self, page: Page, name: str) -> None:
        """What axe finds on this page in light and in dark; a page seen before is not judged again."""
        if name in self.judged:
            return
        found: list[str] = []
        for scheme in ("light", "dark"):
            # Without motion: halfway through a transition the colours are those of neither theme.
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            for violation in Axe().run(page).response["violations"]:
                targets = [node["target"] for node in violation["nodes"][:3]]
                found.append(f"{scheme}: {violation['id']} {targets}")
        page.emulate_media(color_scheme="light", reduced_motion="no-preference")
        self.judged[name] = found

    def close(self) -> None:
        for context in self.contexts:
            context.close()


def follow(target: Locator) -> None:
    """Click what leads to another page, and be there."""
    with target.page.expect_navigation():
        target.click()
