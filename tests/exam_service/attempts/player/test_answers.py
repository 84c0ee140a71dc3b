"""What the candidate answered: numbered, kept, joined with the server's copy, never confused between two pages."""

import pytest
from playwright.sync_api import Page

pytestmark = pytest.mark.browser

SETUP = """
    const { Answers, sequenceAfter } = await import('/player/answers.js');
    const { openJournal } = await import('/player/journal.js');
    const view = { type: 'true_false', stem: 'x' };
    const form = { sections: [{ title: 'I', slots: [1, 2, 3].map((slot) => ({ slot, points: '1.00', view })) }] };
    window.sequenceAfter = sequenceAfter;
    const secret = 'A'.repeat(43);
    window.openJournal = async (id = 'attempt-1') => {
        const journal = await openJournal(id);
        await journal.unlock({ journal: secret, chain: secret });
        journal.readTime = () => ({ at: Date.now(), wall: Date.now(), isSteady: true });
        return journal;
    };
    window.load = async (responses) => {
        window.answers = new Answers(form, await window.openJournal());
        await answers.load(responses);
    };
    window.kept = async () => (await window.openJournal()).answers();
    window.settle = () => new Promise((resolve) => setTimeout(resolve, 100));
"""

NO_INDEXED_DATABASE = "Object.defineProperty(window, 'indexedDB', { get() { throw new Error('refused'); } });"
NO_STORAGE = NO_INDEXED_DATABASE + (
    "Object.defineProperty(window, 'localStorage', { get() { throw new Error('refused'); } });"
)


def load(page: Page, responses: str = "[]") -> None:
    page.evaluate(f"async () => {{ {SETUP} await load({responses}); }}")


def stored(sequence: int, value: str) -> str:
    return (
        f"[{{slot: 1, sequence: {sequence}, response: {{value: {value}}}, flagged: false,"
        " saved_at: '2026-11-23T02:41:07Z'}]"
    )


def test_sequences_rise_and_two_pages_never_share_one(page: Page) -> None:
    load(page)
    mine, theirs, next_mine = page.evaluate(
        "[sequenceAfter(5000, 17), sequenceAfter(5000, 18), sequenceAfter(sequenceAfter(5000, 17), 17)]"
    )
    assert 5000 < mine < next_mine
    assert mine != theirs


def test_an_unsent_answer_survives_a_reload(page: Page) -> None:
    load(page)
    page.evaluate(
        "async () => { answers.setResponse(2, {value: true}); answers.toggleFlag(3); await settle(); }"
    )
    page.reload()
    load(page)
    found = page.evaluate(
        "async () => [(await openJournal()).kind,"
        " answers.entry(2).response, answers.entry(3).flagged, answers.unsent()]"
    )
    assert found == ["indexeddb", {"value": True}, True, [2, 3]]


def test_without_any_storage_the_player_works_and_says_so(page: Page) -> None:
    page.add_init_script(NO_STORAGE)
    page.reload()
    load(page)
    kind = page.evaluate(
        "async () => { answers.setResponse(1, {value: false}); return (await openJournal()).kind; }"
    )
    assert kind == "memory"
    assert page.evaluate("answers.counts().answered") == 1


def test_the_servers_answer_wins_over_a_confirmed_local_one(page: Page) -> None:
    load(page)
    page.evaluate(
        "async () => { answers.setResponse(1, {value: true}); const sent = answers.entry(1).sequence;"
        " answers.acknowledge(1, {sequence: sent, savedAt: '2026-11-23T02:00:00Z', sent}); await settle(); }"
    )
    page.reload()
    load(page, stored(900_000, "false"))
    assert page.evaluate("[answers.entry(1).response, answers.unsent()]") == [{"value": False}, []]


def test_an_unsent_local_answer_goes_out_above_the_servers(page: Page) -> None:
    load(page)
    page.evaluate("async () => { answers.setResponse(1, {value: true}); await settle(); }")
    page.reload()
    load(page, stored(900_000, "false"))
    response, unsent, sequence = page.evaluate(
        "[answers.entry(1).response, answers.unsent(), answers.entry(1).sequence]"
    )
    assert (response, unsent) == ({"value": True}, [1])
    assert sequence > 900_000


def test_an_answer_that_arrived_without_its_confirmation_is_not_sent_again(page: Page) -> None:
    load(page)
    sequence = page.evaluate(
        "async () => { answers.setResponse(1, {value: true}); await settle(); return answers.entry(1).sequence; }"
    )
    page.reload()
    load(page, stored(sequence, "true"))
    assert page.evaluate("answers.unsent()") == []


def test_an_answer_overtaken_by_another_page_is_numbered_anew(page: Page) -> None:
    load(page)
    unsent, sequence = page.evaluate(
        "() => { answers.setResponse(1, {value: true}); const sent = answers.entry(1).sequence;"
        " answers.acknowledge(1, {sequence: 900000, savedAt: '2026-11-23T02:00:00Z', sent});"
        " return [answers.unsent(), answers.entry(1).sequence]; }"
    )
    assert unsent == [1]
    assert sequence > 900_000


def test_an_older_tab_cannot_overwrite_a_newer_kept_answer(page: Page) -> None:
    load(page)
    value = page.evaluate(
        "async () => { const j = await openJournal();"
        " await j.keep({slot: 1, sequence: 9, response: {value: true}});"
        " await j.keep({slot: 1, sequence: 4, response: {value: false}}); return (await kept())[0].response; }"
    )
    assert value == {"value": True}


def test_journals_of_two_attempts_are_apart(page: Page) -> None:
    load(page)
    counts = page.evaluate(
        "async () => {"
        " const [one, two] = [await openJournal('attempt-1'), await openJournal('attempt-2')];"
        " await one.keep({slot: 1, sequence: 1}); await two.keep({slot: 2, sequence: 1}); await one.clear();"
        " return [(await one.answers()).length, (await two.answers()).length]; }"
    )
    assert counts == [0, 1]
