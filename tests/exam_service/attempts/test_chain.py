"""The chain of a journal proves order, wholeness and origin, whatever is done to it."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exam_service.attempts.chain import (
    BrokenChain,
    ImplausibleTimes,
    SignedEntry,
    VerifiedChain,
    verify_chain,
)
from exam_service.attempts.keys import AttemptKeys, CannotOpen, seal, seal_paper, unseal
from tests.fixtures.journals import Journal

KEYS = AttemptKeys("a secret of a test, long enough to be one")
ATTEMPT, OTHER = UUID(int=1), UUID(int=2)
START = datetime(2026, 3, 5, 1, 0, tzinfo=UTC)


def journal(count: int = 5, attempt_id: UUID = ATTEMPT) -> Journal:
    written = Journal(KEYS, attempt_id, START)
    for place in range(count):
        written.enter(place % 3 + 1, {"choice": str(place)}, at=START + timedelta(seconds=20 * place))
    return written


def verify(entries: list[dict[str, str]], *, received: timedelta = timedelta(hours=1)) -> VerifiedChain:
    return verify_chain(
        [SignedEntry.model_validate(entry) for entry in entries],
        key=KEYS.chain(ATTEMPT),
        attempt_id=ATTEMPT,
        starts_at=START,
        received_at=START + received,
    )


def test_a_genuine_chain_is_read_in_its_order() -> None:
    found = verify(journal().entries)
    assert [entry.n for entry in found.entries] == [1, 2, 3, 4, 5]
    last = found.last_of(1)
    assert last is not None
    assert (last.n, last.made_at) == (4, START + timedelta(seconds=60))
    assert found.last_of(9) is None
    assert found.clock_changes == 0


@given(st.permutations(range(5)), st.integers(1, 5))
def test_nothing_but_a_beginning_of_the_chain_is_accepted(order: list[int], count: int) -> None:
    entries = journal().entries
    chosen = [entries[place] for place in order[:count]]
    if order[:count] == list(range(count)):
        assert len(verify(chosen).entries) == count
    else:
        with pytest.raises(BrokenChain):
            verify(chosen)


@given(st.integers(0, 4), st.integers(0, 400), st.sampled_from("09afx{\"' "))
def test_no_character_of_an_entry_can_be_changed(place: int, at: int, put: str) -> None:
    entries = journal().entries
    body = entries[place]["body"]
    at %= len(body)
    if body[at] == put:
        return
    entries[place] = {**entries[place], "body": body[:at] + put + body[at + 1 :]}
    with pytest.raises(BrokenChain):
        verify(entries)


def test_an_entry_sent_twice_or_taken_from_another_attempt_breaks_the_chain() -> None:
    entries = journal().entries
    foreign = journal(attempt_id=OTHER).entries
    mislabelled = Journal(KEYS, ATTEMPT, START)
    mislabelled.enter(1, None, attempt=str(OTHER))
    other_chain = journal(1)
    other_chain.enter(1, None, chain="f" * 32)
    for bad in (
        entries + entries[-1:],
        entries[:1] + entries,
        foreign,
        entries[:2] + foreign[2:],
        mislabelled.entries,
        other_chain.entries,
    ):
        with pytest.raises(BrokenChain):
            verify(bad)


def test_times_before_the_start_in_the_future_or_going_back_are_refused() -> None:
    for moments in (
        [-60],
        [7200],
        [600, 300],
    ):
        written = Journal(KEYS, ATTEMPT, START)
        for second in moments:
            written.enter(1, None, at=START + timedelta(seconds=second))
        with pytest.raises(ImplausibleTimes) as caught:
            verify(written.entries)
        assert caught.value.params["place"] == len(moments)


def test_a_change_of_the_computers_clock_is_counted_and_moves_nothing() -> None:
    written = journal(2)
    written.enter(1, {"choice": "x"}, at=START + timedelta(minutes=2), wall_ahead=timedelta(hours=-3))
    written.enter(2, {"choice": "y"}, at=START + timedelta(minutes=3), wall_ahead=timedelta(hours=-3))
    found = verify(written.entries)
    assert found.clock_changes == 1
    assert found.entries[-1].made_at == START + timedelta(minutes=3)


moments = st.integers(-(10**12), 10**12).map(lambda second: START + timedelta(milliseconds=second))


@given(entries=st.lists(st.tuples(st.booleans(), moments), min_size=1, max_size=8))
def test_a_computers_clock_that_is_wrong_by_years_costs_nothing_and_dates_nothing_outside_the_order(
    entries: list[tuple[bool, datetime]],
) -> None:
    """What ran on the server's time stays as it was; the rest lies between its neighbours."""
    written = Journal(KEYS, ATTEMPT, START)
    for place, (is_steady, claimed) in enumerate(entries):
        moment = START + timedelta(seconds=place) if is_steady else claimed
        written.enter(1, {"choice": str(place)}, at=moment, steady=is_steady)
    found = verify(written.entries).entries
    for place, ((is_steady, claimed), entry) in enumerate(zip(entries, found, strict=True)):
        before = found[place - 1].made_at if place else START
        after = [one.made_at for one in found[place:] if one.steady] or [START + timedelta(hours=1)]
        assert before <= entry.made_at <= after[0]
        if is_steady:
            assert entry.made_at == START + timedelta(seconds=place)
        elif before <= claimed <= after[0]:
            assert entry.made_at == claimed


def test_a_clock_that_was_set_back_over_a_restart_is_counted() -> None:
    written = journal(2)
    year = timedelta(days=365)
    written.enter(3, {"choice": "x"}, at=START - 9 * year, steady=False)
    found = verify(written.entries)
    assert found.clock_changes == 1
    assert found.entries[-1].made_at == found.entries[-2].made_at


@pytest.mark.parametrize("is_put_right", [False, True])
def test_many_answers_under_one_wrong_clock_count_it_once_and_once_more_when_it_is_put_right(
    is_put_right: bool,
) -> None:
    written, ahead = journal(2), timedelta(days=400)
    for minute in range(2, 32):
        at = START + timedelta(minutes=minute) + ahead
        written.enter(1, {"choice": str(minute)}, at=at, steady=False)
    offset = timedelta(0) if is_put_right else ahead
    for minute in (33, 34):
        written.enter(2, {"choice": "x"}, at=START + timedelta(minutes=minute), wall_ahead=offset)
    assert verify(written.entries).clock_changes == 1 + is_put_right


def test_a_wrong_clock_that_is_changed_again_is_counted_again() -> None:
    written = journal(2)
    for minute, ahead in ((2, 400), (3, 400), (4, -400), (5, -400)):
        at = START + timedelta(minutes=minute, days=ahead)
        written.enter(1, {"choice": str(minute)}, at=at, steady=False)
    assert verify(written.entries).clock_changes == 2


@pytest.mark.parametrize(
    "changed", [{"at_ms": 2**53}, {"at_ms": -1}, {"wall": 2**60}, {"sequence": 2**31 - 1}, {"n": 10**30}]
)
def test_a_number_that_no_moment_and_no_column_can_hold_breaks_the_chain(changed: dict[str, int]) -> None:
    written = Journal(KEYS, ATTEMPT, START)
    written.enter(1, None, **changed)  # type: ignore[arg-type] # the fields of the entry have types of their own
    with pytest.raises(BrokenChain):
        verify(written.entries)


def test_every_attempt_and_form_has_keys_of_its_own_and_a_seal_opens_only_under_its_label() -> None:
    kinds = {make(one) for make in (KEYS.paper, KEYS.journal, KEYS.chain) for one in (ATTEMPT, OTHER)}
    assert len(kinds) == 6
    sealed = seal(b"text", key=KEYS.journal(ATTEMPT), label="a")
    assert unseal(sealed, key=KEYS.journal(ATTEMPT), label="a") == b"text"
    paper = seal_paper('{"sections": []}', key=KEYS.paper(OTHER), attempt_id=ATTEMPT)
    assert b"sections" not in paper
    for key, label, data in (
        (KEYS.journal(OTHER), "a", sealed),
        (KEYS.journal(ATTEMPT), "b", sealed),
        (KEYS.journal(ATTEMPT), "a", sealed[:-1]),
        (KEYS.journal(ATTEMPT), "a", b"short"),
    ):
        with pytest.raises(CannotOpen):
            unseal(data, key=key, label=label)
