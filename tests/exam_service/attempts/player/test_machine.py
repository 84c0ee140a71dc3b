"""What a computer tells of its own trouble: once when it begins and once when it is over."""

from typing import Any

import pytest
from playwright.sync_api import Page

pytestmark = pytest.mark.browser

# The transport stands in for the server: it answers by `reply` and keeps what was sent.
SETUP = """async () => {
    const { waitingReport } = await import('/player/machine.js');
    const { Unreachable } = await import('/player/api.js');
    const { openJournal } = await import('/player/journal.js');
    const journal = await openJournal('attempt-1');
    Object.assign(window, { Unreachable, sent: [], numbers: [], reply: () => {} });
    const sendSignals = async (_, signals) => {
        reply();
        sent.push(...signals.map(({ kind, value }) => [kind, value]));
        numbers.push(...signals.map(({ number }) => number));
    };
    const report = waitingReport({ api: { sendSignals, holder: 'page' }, journal, attemptId: 'attempt-1' });
    window.check = async (levels, { percent = 50, startsInMs = 600_000, offMin = 0, date } = {}) => {
        sent.length = 0;
        const judged = Object.entries(levels).map(([check, level]) => ({ check, level }));
        date ??= new Date(Date.now() - offMin * 60_000).toUTCString();
        const exchange = date && { receivedAt: performance.now(), date };
        report(judged, { exchange, computer: { battery: { percent } }, startsInMs });
        await new Promise((resolve) => setTimeout(resolve, 60));
        return sent;
    };
}"""


def check(page: Page, levels: dict[str, str], **found: Any) -> Any:
    return page.evaluate(
        "([levels, found]) => check(levels, found)",
        [{f"check_{name}": level for name, level in levels.items()}, found],
    )


def test_the_check_before_the_start_tells_each_trouble_and_its_end_once(page: Page) -> None:
    page.evaluate(SETUP)
    bad = {"storage": "bad", "network": "bad", "window": "bad", "browser": "bad", "clock": "note"}
    kinds = ["not_kept", "line_bad", "window_bad", "browser_bad"]
    assert check(page, bad) == [[kind, 1] for kind in kinds]
    assert check(page, bad) == []
    page.reload()
    page.evaluate(SETUP)
    assert check(page, bad) == [], "the room knows it from the page before"
    assert check(page, dict.fromkeys(bad, "good")) == [[kind, 0] for kind in kinds]
    assert check(page, {"network": "note", "window": "note"}) == [], "what only could be better is no trouble"
    numbers = page.evaluate("numbers")
    assert numbers == sorted(set(numbers))
    assert 0 < numbers[0] < 10**9, "below those of the test"


def test_what_did_not_get_through_is_told_with_the_next_look(page: Page) -> None:
    page.evaluate(SETUP)
    page.evaluate("() => { reply = () => { throw new Unreachable('no network'); }; }")
    assert check(page, {"window": "bad"}) == []
    assert check(page, {"window": "bad"}, date="") == [], (
        "without an answer of the service nothing can be told"
    )
    page.evaluate("() => { reply = () => {}; }")
    assert check(page, {"window": "bad"}, startsInMs=3_700_000) == [], (
        "hours before, it is not the machine of the room"
    )
    assert check(page, {"window": "bad"}) == [["window_bad", 1]]


def test_a_battery_speaks_every_five_percent_and_a_clock_when_it_is_off_by_more_than_two_minutes(
    page: Page,
) -> None:
    page.evaluate(SETUP)
    low = {"battery": "bad"}
    said = [check(page, low, percent=percent) for percent in (19, 16, 14, 10, 9, 3)]
    assert said == [[["battery", 19]], [], [["battery", 14]], [], [["battery", 9]], [["battery", 3]]]
    assert check(page, {"battery": "good"}, percent=40) == [["battery", 0]]
    said = [check(page, {}, offMin=minutes) for minutes in (1, 7, 8, 60, 0, -3)]
    assert said == [[], [["clock_off", 7]], [], [["clock_off", 60]], [["clock_off", 0]], [["clock_off", -3]]]


def test_moments_of_the_journal_are_those_of_answers_and_not_of_marks(page: Page) -> None:
    found = page.evaluate(
        """async () => {
            const { openJournal } = await import('/player/journal.js');
            const journal = await openJournal('attempt-2');
            await journal.unlock({ journal: 'A'.repeat(43), chain: 'A'.repeat(43) });
            let at = 0;
            journal.readTime = () => ({ at, wall: at, isSteady: true });
            const changes = [[1, 'a', false], [1, 'a', true], [2, 'b', false], [1, 'b', true], [1, 'a', true]];
            for (const [slot, choice, flagged] of changes) {
                at += 10;
                await journal.record({ slot, response: { choice }, flagged, sequence: at, acknowledged: 0 });
            }
            journal.isNeeded = true;
            await journal.shorten();
            return journal.moments();
        }"""
    )
    assert found == [10, 30, 40, 50]
