"""A test that the server had closed and opens again goes on in the same page: a reload would cost some browsers all."""

import pytest
from playwright.sync_api import Page

pytestmark = pytest.mark.browser

# A journal in the memory of the page, and a server that refuses the first save because the time is over.
SETUP = """async (refusedAtStart) => {
    const { Problem } = await import('/player/api.js');
    const { RunningTest } = await import('/player/test.js');
    const nothing = async () => {};
    const empty = async () => [];
    const names = ['keep', 'record', 'shorten', 'keepPlace', 'unlock', 'tools', 'keepTools', 'keepSitting', 'keepTime'];
    const journal = { kind: 'memory', answers: empty, signals: empty, hasSealedPaper: async () => false };
    for (const name of names) journal[name] = nothing;
    const view = { type: 'true_false', stem: 'x' };
    const form = { sections: [{ title: '', slots: [{ slot: 1, points: '1.00', view }] }] };
    let isOver = true;
    let starts = 0;
    window.sent = [];
    const api = {
        start: async () => {
            starts += 1;
            if (starts === 2 && refusedAtStart) throw new Problem(409, { code: refusedAtStart });
            if (starts === 2) isOver = false;
            api.onRemaining(600_000, performance.now(), performance.now());
            return { form, responses: [], secrets: {} };
        },
        save: async (_, slot, { sequence, response }) => {
            sent.push(response.value);
            if (isOver) throw new Problem(409, { code: 'time_over' });
            return { slot, sequence, saved_at: '2026-11-23T02:41:07Z' };
        },
        clock: async () => ({ state: 'started', paused: false, held: starts < 2 || !refusedAtStart }),
        current: async () => ({ state: 'started', receipt: null, sitting: { remaining_ms: 600_000 } }),
    };
    const current = { attempt_id: 'attempt-1', state: 'started', candidate: {}, sitting: {} };
    window.test = await RunningTest.start({ api, current, journal });
    window.log = [];
    for (const name of ['ending', 'resumed', 'displaced', 'ended']) test.addEventListener(name, () => log.push(name));
    test.answers.setResponse(1, { value: true });
}"""


def test_an_answer_that_came_too_late_is_saved_when_time_is_granted_after_all(frozen_page: Page) -> None:
    frozen_page.evaluate("window.same = true")
    frozen_page.evaluate(SETUP, None)
    frozen_page.clock.run_for(1100)
    frozen_page.clock.run_for(1100)
    assert frozen_page.evaluate("log") == ["ending", "resumed"]
    assert frozen_page.evaluate("sent") == [True, True]
    assert frozen_page.evaluate("[test.saver.state.kind, test.isEnding, test.hasUnsent]") == [
        "saved",
        False,
        False,
    ]
    assert frozen_page.evaluate("window.same"), "the page was not loaded anew"


def test_another_page_that_has_the_test_by_then_keeps_it(frozen_page: Page) -> None:
    frozen_page.evaluate(SETUP, "held_elsewhere")
    frozen_page.clock.run_for(1100)
    frozen_page.clock.run_for(1100)
    assert frozen_page.evaluate("log") == ["ending", "displaced"]
    assert frozen_page.evaluate("sent") == [True]
    # However often it is looked at afterwards, it says so once.
    for event in ("visibilitychange", "online"):
        frozen_page.evaluate("(event) => dispatchEvent(new Event(event))", event)
        frozen_page.clock.run_for(60_000)
    frozen_page.evaluate("test.clock.dispatchEvent(new Event('resumed'))")
    assert frozen_page.evaluate("log") == ["ending", "displaced"], (
        "time granted there is nothing to go on with here"
    )
    assert frozen_page.evaluate("test.saver.state.kind") == "displaced"
