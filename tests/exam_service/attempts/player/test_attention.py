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
        reply(signals);
        sent.push(...signals.map(({ kind }) => kind));
    };
    const time = { read: () => ({ at: 1_800_000_000_000 + performance.now() }) };
    window.clock = Object.assign(new EventTarget(), { isOver: false });
    window.test = { current: { policy: { watches_focus: true } }, attemptId: 'attempt-1', isEnding: false,
        api: { sendSignals }, journal, time, clock, saver: { state: { kind: 'idle' } } };
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


def test_a_signal_that_the_server_refuses_costs_none_of_those_sent_with_it(page: Page) -> None:
    page.evaluate(SETUP)
    page.evaluate("() => { attention.note('bad'); copy(); attention.note('bad'); copy(); }")
    page.evaluate(
        """() => { reply = (signals) => {
            if (signals.some(({ kind }) => kind === 'bad')) throw new Problem(422, {}, 0);
            if (sent.length === 1) throw new Unreachable('no network');
        }; }"""
    )
    assert sent(page) == ["copied"]
    assert page.evaluate("kept()") == ["bad", "copied", "bad", "copied"], "sent again: they are stored once"
    page.evaluate("() => { sent.push('later'); }")
    assert sent(page) == ["copied", "later", "copied", "copied"]
    assert page.evaluate("kept()") == []


OVER = """async () => {
    window.dispatchEvent(new Event('blur'));
    await new Promise((resolve) => setTimeout(resolve, 1050));
    clock.isOver = true;
    clock.dispatchEvent(new Event('over'));
    copy();
    window.dispatchEvent(new Event('blur'));
    test.isEnding = true;
    await settle();
    return kept();
}"""


def test_who_is_away_when_the_time_runs_out_without_network_is_told_of_afterwards(page: Page) -> None:
    page.evaluate(SETUP)
    page.evaluate("() => { reply = () => { throw new Unreachable('no network'); }; copy(); }")
    assert page.evaluate(OVER) == ["copied", "focus_lost"]
    page.reload()
    page.evaluate(SETUP)
    page.evaluate("() => { let n = 0; reply = () => { if (n++ === 0) throw new Unreachable('not yet'); }; }")
    assert page.evaluate("async () => [await attention.finish(), sent]") == [True, ["copied", "focus_lost"]]
    assert page.evaluate("kept()") == []
    assert page.evaluate("async () => { copy(); await settle(); return kept(); }") == []


ELSEWHERE = """async () => {
    window.dispatchEvent(new Event('blur'));
    test.saver.state.kind = 'displaced';
    copy();
    await new Promise((resolve) => setTimeout(resolve, 1050));
    window.dispatchEvent(new Event('focus'));
    await settle();
    return kept();
}"""


def test_what_happens_to_a_page_that_has_lost_the_test_is_not_told_of_the_candidate(page: Page) -> None:
    page.evaluate(SETUP)
    assert page.evaluate(ELSEWHERE) == []


def test_a_key_that_is_held_does_not_fill_the_journal(page: Page) -> None:
    page.evaluate(SETUP)
    page.evaluate("() => { reply = () => { throw new Unreachable('no network'); }; }")
    page.evaluate("() => { for (let n = 0; n < 600; n += 1) copy(); }")
    kept = page.evaluate("async () => { await settle(); return (await kept()).length; }")
    assert kept == 450


def test_signals_that_no_page_is_left_to_send_are_sent_from_the_journal(page: Page) -> None:
    page.evaluate(SETUP)
    page.evaluate("() => { reply = () => { throw new Unreachable('no network'); }; copy(); copy(); }")
    assert sent(page) == []
    page.evaluate(SETUP)
    found = page.evaluate(
        "async () => [await (await import('/player/attention.js')).sendKept({ ...test }), sent]"
    )
    assert found == [True, ["copied", "copied"]]
