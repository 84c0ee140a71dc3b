"""Saving as it is promised to the candidate: at most 3 s late, true about what is saved, patient with the network."""

from typing import Any

import pytest
from playwright.sync_api import Page

pytestmark = pytest.mark.browser

# The transport stands in for the server: it answers what the test puts into `reply` and keeps what was sent.
SETUP = """
    const { Answers } = await import('/player/answers.js');
    const { Problem, Unreachable } = await import('/player/api.js');
    const { Saver } = await import('/player/saver.js');
    const memory = { answers: async () => [], keep: async () => {}, record: async () => {}, shorten: async () => {},
        keepPlace: async () => {} };
    const view = { type: 'true_false', stem: 'x' };
    const slots = Array.from({ length: 8 }, (_, index) => ({ slot: index + 1, points: '1.00', view }));
    Object.assign(window, { Problem, Unreachable, sent: [], log: [] });
    window.store = (slot, { sequence }) => ({ slot, sequence, saved_at: '2026-11-23T02:41:07Z' });
    window.reply = store;
    const save = async (_, slot, body) => {
        sent.push([slot, body.response?.value ?? null]);
        return reply(slot, body);
    };
    window.answers = new Answers({ sections: [{ title: '', slots }] }, memory);
    const current = async () => { log.push('fresh token'); };
    window.saver = new Saver({ answers, api: { save, current }, attemptId: 'attempt-1' });
    saver.addEventListener('closed', ({ detail }) => log.push(detail.code));
    window.fail = (error) => { reply = () => { throw error; }; };
    window.refuse = (status, code, { detail = '', wait = 0 } = {}) => fail(new Problem(status, { code, detail }, wait));
    window.answer = (slot, value) => answers.setResponse(slot, { value });
"""


def start(page: Page) -> None:
    page.evaluate(f"async () => {{ {SETUP} }}")


def sent(page: Page) -> list[list[Any]]:
    return list(page.evaluate("sent"))


def state(page: Page) -> dict[str, Any]:
    return dict(page.evaluate("saver.state"))


def test_quick_changes_of_one_answer_go_out_as_one_within_three_seconds(frozen_page: Page) -> None:
    start(frozen_page)
    frozen_page.evaluate("() => { answer(1, true); answer(1, false); answer(1, true); answer(1, false); }")
    assert state(frozen_page)["kind"] == "saving"
    frozen_page.clock.run_for(2000)
    assert sent(frozen_page) == [[1, False]]
    assert state(frozen_page)["kind"] == "saved"


def test_saved_is_claimed_only_after_the_confirmation(frozen_page: Page) -> None:
    start(frozen_page)
    frozen_page.evaluate(
        "() => { reply = () => new Promise((resolve) => { window.confirm_ = resolve; }); answer(1, true); }"
    )
    frozen_page.clock.run_for(5000)
    assert sent(frozen_page) == [[1, True]]
    assert state(frozen_page)["kind"] == "saving"
    frozen_page.evaluate("async () => { confirm_(store(1, answers.entry(1))); await 0; }")
    assert state(frozen_page)["kind"] == "saved"


def test_a_change_during_the_sending_is_sent_too(frozen_page: Page) -> None:
    start(frozen_page)
    frozen_page.evaluate(
        "() => { answer(1, true);"
        " reply = (slot, body) => new Promise((resolve) => setTimeout(() => resolve(store(slot, body)), 1500)); }"
    )
    frozen_page.clock.run_for(1200)
    frozen_page.evaluate("answer(1, false)")
    frozen_page.clock.run_for(6000)
    assert sent(frozen_page) == [[1, True], [1, False]]
    assert state(frozen_page)["kind"] == "saved"


def test_a_lost_network_is_told_with_the_count_and_everything_is_sent_when_it_returns(
    frozen_page: Page,
) -> None:
    start(frozen_page)
    frozen_page.evaluate(
        "() => { fail(new Unreachable('no network')); for (const slot of [1, 2, 3]) answer(slot, true); }"
    )
    frozen_page.clock.run_for(5000)
    assert {key: state(frozen_page)[key] for key in ("kind", "waiting")} == {"kind": "offline", "waiting": 3}
    frozen_page.evaluate("() => { reply = store; sent.length = 0; dispatchEvent(new Event('online')); }")
    frozen_page.clock.run_for(500)
    assert sorted(sent(frozen_page)) == [[1, True], [2, True], [3, True]]
    assert state(frozen_page)["kind"] == "saved"


def test_tries_get_rarer_and_never_stop(frozen_page: Page) -> None:
    start(frozen_page)
    frozen_page.evaluate("() => { fail(new Unreachable('no network')); answer(1, true); }")
    frozen_page.clock.run_for(60_000)
    first_minute = len(sent(frozen_page))
    frozen_page.clock.run_for(600_000)
    later = len(sent(frozen_page)) - first_minute
    assert 4 <= first_minute <= 9
    assert 600 / 30 <= later <= 600 / 15


def test_an_overloaded_server_is_asked_again_no_sooner_than_it_wishes(frozen_page: Page) -> None:
    start(frozen_page)
    frozen_page.evaluate("() => { refuse(503, 'overloaded', { wait: 20000 }); answer(1, true); }")
    frozen_page.clock.run_for(20_000)
    assert len(sent(frozen_page)) == 1
    frozen_page.clock.run_for(5000)
    assert len(sent(frozen_page)) == 2


def test_a_refused_answer_is_told_and_not_repeated_until_it_is_changed(frozen_page: Page) -> None:
    start(frozen_page)
    frozen_page.evaluate(
        "() => { refuse(413, 'answer_too_large', { detail: 'Quá dài.' }); answer(1, true); }"
    )
    frozen_page.clock.run_for(60_000)
    assert len(sent(frozen_page)) == 1
    assert state(frozen_page)["kind"] == "refused"
    assert frozen_page.evaluate("answers.entry(1).refusal") == "Quá dài."
    frozen_page.evaluate("() => { reply = store; answer(1, false); }")
    frozen_page.clock.run_for(2000)
    assert state(frozen_page)["kind"] == "saved"


def test_a_save_that_the_token_does_not_allow_asks_for_a_fresh_one_once_and_again_at_the_hand_in(
    frozen_page: Page,
) -> None:
    start(frozen_page)
    frozen_page.evaluate(
        "() => { refuse(403, 'entry_not_proven', { detail: 'Hãy vào lại.' }); answer(1, true); answer(2, true); }"
    )
    frozen_page.clock.run_for(60_000)
    assert sorted(sent(frozen_page)) == [[1, True], [1, True], [2, True], [2, True]]
    assert frozen_page.evaluate("log") == ["fresh token"], "both waited for the same one"
    assert frozen_page.evaluate("answers.entry(2).refusal") == "Hãy vào lại."
    frozen_page.evaluate("() => { saver.retryRefused(); saver.settle(); }")
    frozen_page.clock.run_for(2000)
    assert frozen_page.evaluate("log") == ["fresh token", "fresh token"]
    frozen_page.evaluate("() => { reply = store; saver.retryRefused(); saver.settle(); }")
    frozen_page.clock.run_for(2000)
    assert state(frozen_page)["kind"] == "saved"


def test_after_the_server_closes_nothing_is_sent_and_it_is_told_once(frozen_page: Page) -> None:
    start(frozen_page)
    frozen_page.evaluate("() => { refuse(409, 'time_over'); answer(1, true); }")
    frozen_page.clock.run_for(2000)
    frozen_page.evaluate("answer(2, true)")
    frozen_page.clock.run_for(60_000)
    assert len(sent(frozen_page)) == 1
    assert frozen_page.evaluate("log") == ["time_over"]
    assert state(frozen_page)["kind"] == "closed"


def test_a_pause_holds_answers_back_and_its_end_sends_them(frozen_page: Page) -> None:
    start(frozen_page)
    frozen_page.evaluate("() => { refuse(409, 'paused'); answer(1, true); }")
    frozen_page.clock.run_for(30_000)
    assert state(frozen_page)["kind"] == "paused"
    assert len(sent(frozen_page)) == 1
    frozen_page.evaluate("() => { reply = store; saver.block(null); }")
    frozen_page.clock.run_for(100)
    assert state(frozen_page)["kind"] == "saved"


def test_leaving_a_question_sends_its_change_at_once(frozen_page: Page) -> None:
    start(frozen_page)
    frozen_page.evaluate("() => { answer(1, true); saver.flush(); }")
    frozen_page.clock.run_for(1)
    assert sent(frozen_page) == [[1, True]]
