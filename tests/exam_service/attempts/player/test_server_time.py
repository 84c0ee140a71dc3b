"""With what moments the journal is dated: through sleep, bad lines and a computer's clock that is wrong by years."""

from typing import Any

import pytest
from playwright.sync_api import Page

pytestmark = pytest.mark.browser

NOW = 1_795_000_000_000
SETUP = """
    const { ServerTime } = await import('/player/server_time.js');
    window.time = new ServerTime();
    window.hear = (ms, roundTrip = 100) => time.sync(ms, performance.now() - roundTrip, performance.now());
"""


def run(page: Page, script: str) -> Any:
    return page.evaluate(f"async () => {{ {SETUP} {script} }}")


def test_a_computer_that_slept_is_told_the_time_by_the_first_answer(frozen_page: Page) -> None:
    """Its monotonic clock stood still; the answer is no more exact than the one before the sleep."""
    found = run(
        frozen_page,
        f"hear({NOW}); const before = time.read().at; hear({NOW} + 300_000, 120); return [before, time.read().at];",
    )
    assert found == [NOW + 50, NOW + 300_060]


def test_a_better_sample_never_turns_the_time_back(frozen_page: Page) -> None:
    """A slow answer may have put the time ahead by half its way; the chain of the journal must not go backwards."""
    found = run(
        frozen_page,
        f"hear({NOW}, 10_000); const first = time.read().at; hear({NOW}, 20); return [first, time.read().at];",
    )
    assert found[0] == NOW + 5000
    assert found[1] == found[0]


def test_after_a_restart_the_computers_clock_counts_but_not_before_the_last_moment_known(
    frozen_page: Page,
) -> None:
    lost_battery, a_day_ahead = run(
        frozen_page,
        f"""
        Date.now = () => 1_230_000_000_000;
        time.restore(0, {NOW});
        const lost = time.read();
        Date.now = () => {NOW} + 86_400_000;
        const ahead = time.read().at;
        hear({NOW} + 5000, 0);
        return [lost, [ahead, time.read().at]];
        """,
    )
    assert (lost_battery["at"], lost_battery["isSteady"]) == (NOW, False)
    assert a_day_ahead == [NOW + 86_400_000, NOW + 5000], "the first answer puts it right"
