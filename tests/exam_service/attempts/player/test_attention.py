"""What is recorded of leaving the test: kept in the journal until it has arrived, whatever happens to the browser."""

from typing import Any

import pytest
from playwright.sync_api import Page

pytestmark = pytest.mark.browser

# The transport stands in for the server: it answers by `reply` and keeps what was sent.
SETUP = """async () => {
    const { Attention } = await import('/player/attention.js');
    const { Problem, Unreachable } = await import('/player/api.js');
    const { openJournal } = await import('/player/journal.js');
    const journal = await openJournal('attempt-1');
    await journal.unlock({ journal: 'A'.repeat(43), chain: 'A'.repeat(43) });
    Object.assign(window, { Problem, Unreachable, sent: [], reply: () => {} });
    const sendSignals = async (_, signals) => {
        reply();
        sent.push(...signals.map(({ kind }) => kind));
    };
    const time = { read: () => ({ at: 1_800_000_000_000 + performance.now() }) };
    const test = { current: { policy: { watches_focus: true } }, attemptId: 'attempt-1', isEnding: false,
        api: { sendSignals }, journal, time };
    window.attention = new Attention(test);
    await attention.load();
    window.kept = async () => (await journal.signals()).map(({ kind }) => kind);
    window.copy = () => document.body.dispatchEvent(new Event('copy', { bubbles: true }));
    window.settle = () => new Promise((resolve) => setTimeout(resolve, 50));
}"""


def sent(page: Page) -> list[Any]:
    return list(page.evaluate("async () => { await attention.send(); await settle(); return sent; }"))


def test_signals_made_without_network_are_sent_after_the_browser_was_closed(page: Page) -> None:
    page.evaluate(SETUP)
    page.evaluate("() => { reply = () => { throw new Unreachable('no network'); }; copy(); copy(); }")
    assert sent(page) == []
    page.reload()
    page.evaluate(SETUP)
    assert sent(page) == ["copied", "copied"]
    assert page.evaluate("kept()") == []
    page.reload()
    page.evaluate(SETUP)
    assert sent(page) == []


def test_signals_wait_for_a_new_sign_in_and_are_dropped_when_the_server_will_not_have_them(
    page: Page,
) -> None:
    page.evaluate(SETUP)
    page.evaluate("() => { reply = () => { throw new Problem(401, {}, 0); }; copy(); }")
    assert sent(page) == []
    assert page.evaluate("kept()") == ["copied"]
    page.evaluate("() => { reply = () => { throw new Problem(422, {}, 0); }; }")
    assert sent(page) == []
    assert page.evaluate("kept()") == []
