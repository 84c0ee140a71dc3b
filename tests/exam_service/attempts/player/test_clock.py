"""The time left: the server's figure on the monotonic clock, steady on a bad line, unmoved by the computer's clock."""

import pytest
from playwright.sync_api import Page

pytestmark = pytest.mark.browser

SETUP = """
    const { ServerClock } = await import('/player/clock.js');
    window.clock = new ServerClock();
    window.events = [];
    for (const name of ['warning', 'changed', 'over', 'resumed']) {
        clock.addEventListener(name, (event) => events.push(event.detail ? `${name} ${event.detail.minutes}` : name));
    }
    window.sample = (ms, roundTrip = 0) => clock.sync(ms, performance.now() - roundTrip, performance.now());
"""


def start(page: Page, remaining_ms: int) -> None:
    page.evaluate(f"async () => {{ {SETUP} sample({remaining_ms}); }}")


def remaining(page: Page) -> float:
    return float(page.evaluate("clock.remainingMs"))


def events(page: Page) -> list[str]:
    return list(page.evaluate("events"))


def test_time_runs_on_the_monotonic_clock_whatever_the_computers_clock_says(frozen_page: Page) -> None:
    start(frozen_page, 600_000)
    frozen_page.evaluate("() => { Date.now = () => 0; }")
    frozen_page.clock.run_for(60_000)
    assert remaining(frozen_page) == 540_000


def test_a_slow_answer_does_not_move_a_time_known_more_exactly(frozen_page: Page) -> None:
    start(frozen_page, 600_000)
    frozen_page.evaluate("sample(601000, 4000)")
    assert remaining(frozen_page) == 600_000


def test_a_more_exact_sample_replaces_a_vague_one(frozen_page: Page) -> None:
    frozen_page.evaluate(f"async () => {{ {SETUP} sample(600000, 4000); sample(598500, 100); }}")
    assert remaining(frozen_page) == 598_450


def test_extra_time_is_taken_over_and_told(frozen_page: Page) -> None:
    start(frozen_page, 600_000)
    frozen_page.evaluate("sample(1500000, 800)")
    assert remaining(frozen_page) == 1_499_600
    assert events(frozen_page) == ["changed"]


def test_the_time_left_is_told_every_half_hour_too(frozen_page: Page) -> None:
    start(frozen_page, 31 * 60_000)
    frozen_page.clock.run_for(22 * 60_000)
    assert events(frozen_page) == ["warning 30", "warning 10"]


def test_warnings_come_once_each_and_only_those_still_ahead(frozen_page: Page) -> None:
    start(frozen_page, 7 * 60_000)
    frozen_page.clock.run_for(7 * 60_000 + 1000)
    assert events(frozen_page) == ["warning 5", "warning 1", "over"]


def test_the_end_is_taken_back_when_the_server_grants_more_time(frozen_page: Page) -> None:
    start(frozen_page, 1000)
    frozen_page.clock.run_for(2000)
    frozen_page.evaluate("sample(300000)")
    assert events(frozen_page) == ["over", "changed", "resumed"]
    assert frozen_page.evaluate("clock.isOver") is False


def test_a_pause_stops_the_time_and_the_server_says_where_it_goes_on(frozen_page: Page) -> None:
    start(frozen_page, 600_000)
    frozen_page.evaluate("clock.setPaused(true)")
    frozen_page.clock.run_for(120_000)
    assert remaining(frozen_page) == 600_000
    frozen_page.evaluate("() => { sample(600000); clock.setPaused(false); }")
    frozen_page.clock.run_for(1000)
    assert remaining(frozen_page) == 599_000
