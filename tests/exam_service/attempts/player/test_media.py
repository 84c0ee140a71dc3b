"""The images of a paper are there when the network is not."""

import base64
from typing import Any

import pytest
from playwright.sync_api import Page, Route

pytestmark = pytest.mark.browser

NAMES = [f"{digit * 32}.png" for digit in "abc"]
FORM: dict[str, Any] = {
    "sections": [
        {
            "title": "",
            "slots": [
                {
                    "slot": 1,
                    "view": {"stem": f'<img src="media:{NAMES[0]}" alt="x"> và <img src="media:{NAMES[1]}">'},
                },
                {
                    "slot": 2,
                    "view": {"stem": "media:khong", "options": [{"text": f'<img src="media:{NAMES[2]}">'}]},
                },
                {"slot": 3, "view": {"stem": f'lại <img src="media:{NAMES[0]}">'}},
            ],
        }
    ]
}
DOT = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)
PRELOAD = (
    "async (form) => { const { preloadMedia } = await import('/player/media.js'); await preloadMedia(form); }"
)


def test_every_image_of_the_paper_is_named_once(page: Page) -> None:
    found = page.evaluate("async (form) => (await import('/player/media.js')).namesIn(form)", FORM)
    assert found == NAMES


def test_images_are_fetched_at_the_start_again_after_a_failure_and_shown_without_the_network(
    page: Page,
) -> None:
    asked: list[str] = []

    def answer(route: Route) -> None:
        asked.append(route.request.url.rsplit("/", 1)[1])
        if asked.count(NAMES[1]) == 1 and asked[-1] == NAMES[1]:
            route.abort()
            return
        route.fulfill(
            body=DOT,
            content_type="image/png",
            headers={"Cache-Control": "private, max-age=86400, immutable"},
        )

    page.route("**/exam/media/*", answer)
    page.evaluate(PRELOAD, FORM)
    assert sorted(asked) == sorted([*NAMES, NAMES[1]])
    page.unroute("**/exam/media/*")
    page.context.set_offline(True)
    shown = page.evaluate(
        """async (names) => Promise.all(names.map(async (name) => {
            const image = new Image();
            image.src = `/exam/media/${name}`;
            await image.decode();
            return image.naturalWidth;
        }))""",
        NAMES,
    )
    assert shown == [1, 1, 1]
