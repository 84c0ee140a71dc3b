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
    let mark;
    let marked;
    const sendSignals = async (_, signals) => {
        if (signals.every(({ kind }) => kind === mark)) return signals[0].value === 0 && marked();
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
        // Things are told in their order: once a trouble behind it has come and gone, nothing more follows.
        const [check, kind] = levels.check_battery ? ['check_window', 'window_bad'] : ['check_battery', 'battery'];
        mark = kind;
        const known = { receivedAt: performance.now(), date: new Date(Date.now() - offMin * 60_000).toUTCString() };
        for (const level of ['bad', 'good']) {
            report([{ check, level }], { exchange: known, computer: { battery: { percent } }, startsInMs: 0 });
        }
        await new Promise((resolve) => { marked = resolve; });
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
    kinds = ["line_bad", "window_bad", "browser_bad"]
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


def test_only_a_computer_that_keeps_nothing_is_told_as_such_and_not_one_whose_disk_is_nearly_full(
    page: Page,
) -> None:
    told = page.evaluate(
        """async () => {
            const { waitingReport } = await import('/player/machine.js');
            const { judgeSystem } = await import('/player/system_check.js');
            const told = [];
            for (const [kind, room] of [['indexeddb', 1e6], ['memory', 5e8]]) {
                const journal = { kind, told: async () => ({}), keepTold: async () => {} };
                const sendSignals = async (_, signals) => {
                    told.push(...signals.map((each) => [kind, each.kind, each.value]));
                };
                const report = waitingReport({ api: { sendSignals, holder: kind }, journal, attemptId: 'attempt-1' });
                const exchange = { sentAt: 0, receivedAt: performance.now(), date: new Date().toUTCString() };
                const [storage] = judgeSystem({ storage: kind, room, exchange });
                told.push([kind, storage.level]);
                report([storage], { exchange, computer: {}, startsInMs: 600_000 });
                await new Promise((resolve) => { setTimeout(resolve); });
            }
            return told;
        }"""
    )
    assert told == [["indexeddb", "bad"], ["memory", "bad"], ["memory", "not_kept", 1]]


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


# A journal with what was entered ({slot, at, text}, answers unless `flagged`), and what is told of it.
PAUSES = """async ({ entered, pauses, since = 0, until = Infinity, isSteady = true }) => {
    const { openJournal } = await import('/player/journal.js');
    const { noteTypedInPauses } = await import('/player/pauses.js');
    const journal = await openJournal('attempt-4');
    await journal.unlock({ journal: 'A'.repeat(43), chain: 'A'.repeat(43) });
    await journal.answers();
    for (const { slot, at, text = `entered at ${at}` } of entered) {
        journal.readTime = () => ({ at, wall: at, isSteady });
        await journal.record({ slot, response: { text }, flagged: false, sequence: at, acknowledged: 0 });
    }
    const told = [];
    const attention = { note: (kind, { at_ms, lasted_ms, value }) => told.push([kind, at_ms, lasted_ms, value]) };
    const api = { current: async () => ({ sitting: { pauses } }) };
    await noteTypedInPauses({ api, journal, attention }, { since, until });
    return told;
}"""


def note_typed(
    page: Page, entered: list[tuple[int, int]], *pauses: tuple[int, int | None], **rest: int
) -> Any:
    return page.evaluate(
        PAUSES,
        {
            "entered": [{"slot": slot, "at": at} for slot, at in entered],
            "pauses": [{"begin_ms": begin, "end_ms": end} for begin, end in pauses],
            **rest,
        },
    )


def test_what_is_told_of_a_pause_counts_questions_and_not_letters_and_each_once(page: Page) -> None:
    letters = [(1, 20_000 + at) for at in range(0, 400, 10)]
    first, second = (10_000, 30_000), (40_000, None)
    found = note_typed(page, [(2, 11_000), *letters, (2, 25_000), (3, 35_000), (3, 50_000)], first, second)
    assert found == [["typed_in_pause", 20_000, 5000, 2], ["typed_in_pause", 50_000, 0, 1]]
    assert note_typed(page, [], first, second) == []
    assert note_typed(page, [(3, 51_000), (3, 52_000)], first, second) == [
        ["typed_in_pause", 51_000, 1000, 1]
    ]


def test_what_was_entered_in_contact_is_not_told_of_a_pause_that_reached_the_computer(page: Page) -> None:
    """Nothing entered without contact is missed by it, whatever the clock of the computer says meanwhile."""
    entered = [(1, 13_000), (2, 20_000), (3, 30_000)]
    assert note_typed(page, entered, (10_000, None), since=20_001, until=29_999) == []
    assert note_typed(page, [], (10_000, None), since=20_000, until=30_000) == [
        ["typed_in_pause", 20_000, 10_000, 2]
    ]
    assert note_typed(page, [(4, 90_000)], (10_000, None), since=20_000, until=30_000, isSteady=False) == [
        ["typed_in_pause", 90_000, 0, 1]
    ]


# The player of a test whose clock the room stops, its journal on the disk and a server in the page: `state` is what
# the room has decided, `told` what was told of it; `to(ms)` sets the server's clock.
RUNNING = """async () => {
    const { Unreachable, Problem } = await import('/player/api.js');
    const { openJournal } = await import('/player/journal.js');
    const { RunningTest } = await import('/player/test.js');
    const secrets = { journal: 'A'.repeat(43), chain: 'A'.repeat(43) };
    const view = { type: 'true_false', stem: 'x' };
    const form = { sections: [{ title: '', slots: [1, 2, 3].map((slot) => ({ slot, points: '1.00', view })) }] };
    window.state = { version: 1, pauses: [], isReachable: true };
    window.told = [];
    let now = 0;
    const heard = () => {
        if (!state.isReachable) throw new Unreachable('no network');
        api.onRemaining(600_000, performance.now(), performance.now());
        api.onServerTime(now, performance.now(), performance.now());
    };
    const isPaused = () => state.pauses.some(({ end_ms: end }) => end === null);
    const api = {
        start: async () => (heard(), { form, responses: [], secrets }),
        save: async () => { throw isPaused() ? new Problem(409, { code: 'paused' }) : new Unreachable('slow'); },
        clock: async () => (heard(), { state: 'started', paused: isPaused(), version: state.version }),
        current: async () => (heard(), { sitting: { pauses: state.pauses } }),
        sendSignals: async (_, signals) => told.push(...signals.map(({ at_ms, value }) => [at_ms, value])),
    };
    window.to = (ms) => { now = ms; test?.time.sync(now, performance.now(), performance.now()); };
    window.test = null;
    window.enter = (slot) => { test.answers.setResponse(slot, { value: true }); };
    window.open = async (ms) => {
        now = ms;
        const journal = await openJournal('attempt-5');
        await journal.unlock(secrets);
        const current = { attempt_id: 'attempt-5', state: 'started', candidate: {}, sitting: {} };
        window.test = await RunningTest.start({ api, current, journal });
    };
    window.look = async () => {
        await test.poll();
        await test.journal.carried();
        await test.journal.keepTold('settled', {});
        return told.splice(0);
    };
}"""
BEGUN = "() => { state.version += 1; state.pauses.push({ begin_ms: 101_000, end_ms: null }); }"


def test_a_click_before_the_cover_is_not_told_as_made_without_network(frozen_page: Page) -> None:
    frozen_page.evaluate(RUNNING)
    frozen_page.evaluate("async () => { await open(100_000); await look(); }")
    frozen_page.evaluate(BEGUN)
    assert frozen_page.evaluate("() => { to(104_000); enter(1); to(106_000); return look(); }") == []
    frozen_page.reload()
    frozen_page.evaluate(RUNNING)
    frozen_page.evaluate(BEGUN)
    assert frozen_page.evaluate("async () => { await open(110_000); to(111_000); enter(2); }") is None
    assert frozen_page.evaluate("() => { to(112_000); return look(); }") == [], "opened anew in the pause"
    lost = """async () => {
        state.isReachable = false;
        to(120_000);
        await look();
        to(121_000);
        enter(3);
        await test.journal.carried();
    }"""
    frozen_page.evaluate(lost)
    frozen_page.reload()
    frozen_page.evaluate(RUNNING)
    frozen_page.evaluate(BEGUN)
    assert frozen_page.evaluate("async () => { await open(130_000); to(131_000); return look(); }") == [
        [121_000, 1]
    ]


def test_the_journal_is_needed_until_the_first_of_two_looks_has_read_it(page: Page) -> None:
    found = page.evaluate(
        """async () => {
            const { Absence } = await import('/player/pauses.js');
            let answer;
            let asked = 0;
            const current = () => new Promise((resolve) => { asked += 1; answer = resolve; });
            const journal = { isNeeded: false };
            const time = { read: () => ({ at: 1 }) };
            const absence = new Absence({ api: { current }, journal, time });
            absence.begin();
            const askedAt = performance.now();
            const first = absence.end({ isNews: true, askedAt });
            const second = absence.end({ isNews: false, askedAt });
            await new Promise((resolve) => setTimeout(resolve));
            const meanwhile = journal.isNeeded;
            answer({ sitting: {} });
            await Promise.all([first, second]);
            const afterwards = journal.isNeeded;
            absence.begin();
            await absence.end({ isNews: false, askedAt: performance.now() - 1000 });
            return [asked, meanwhile, afterwards, journal.isNeeded];
        }"""
    )
    assert found == [1, True, False, True], "a look from before the loss may have been answered before it"


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
    assert [(one["slot"], one["at"]) for one in found] == [(1, 10), (2, 30), (1, 40), (1, 50)]
    assert all(one["steady"] for one in found)


MARKED = """async () => {
    const { openJournal } = await import('/player/journal.js');
    const { openStorage } = await import('/player/storage.js');
    const secrets = { journal: 'A'.repeat(43), chain: 'A'.repeat(43) };
    const answer = (slot, choice, flagged) => ({ slot, response: choice && { choice }, flagged, sequence: (at += 10) });
    let at = 0;
    const opened = async () => {
        const journal = await openJournal('attempt-3');
        await journal.unlock(secrets);
        await journal.answers();
        journal.readTime = () => ({ at, wall: at, isSteady: true });
        return journal;
    };
    let journal = await opened();
    await journal.record(answer(1, 'a', false));
    await journal.keep(answer(2, 'from the server', false));
    await (await openStorage('attempt-3')).forgetChain();
    for (const slot of [1, 2]) await journal.record(answer(slot, slot === 1 ? 'a' : 'from the server', true));
    await journal.record(answer(3, null, true));
    const marked = await journal.moments();
    journal = await opened();
    await journal.record(answer(1, 'a', false));
    const reloaded = await journal.moments();
    // While the first is being written the other two wait and go together.
    const changes = [answer(4, 'd', false), answer(5, 'e', false), answer(5, 'e', true)];
    await Promise.all(changes.map((one) => journal.record(one)));
    const { chain } = await journal.carried();
    return [marked, reloaded, await journal.moments(), [...new Set(chain.flatMap(Object.keys))]];
}"""


def test_a_mark_set_after_the_chain_began_anew_is_no_answer(page: Page) -> None:
    marked, reloaded, answered, carried = page.evaluate(MARKED)
    assert (marked, reloaded) == ([], [])
    assert len(answered) == 2, "an answer that waits to be written stays one when a mark follows it"
    assert carried == ["body", "mac"], "what the service takes and no more"
