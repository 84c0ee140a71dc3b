from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from exam_service.attempts.clock_rules import (
    ClockEvent,
    ClockEventKind,
    ClockState,
    Terms,
    attempt_window,
    earliest_submit,
    fold_clock,
)

START = datetime(2026, 3, 5, 1, 0, tzinfo=UTC)
SHIFT, ADMIT = ClockEventKind.SHIFT, ClockEventKind.LATE_ADMISSION
EXTRA, PAUSE, RESUME = ClockEventKind.EXTRA_TIME, ClockEventKind.PAUSE, ClockEventKind.RESUME


def at(minute: float) -> datetime:
    return START + timedelta(minutes=minute)


def event(kind: ClockEventKind, minute: float, minutes: int = 0, *, room: bool = False) -> ClockEvent:
    return ClockEvent(kind, at(minute), minutes, is_for_all=room)


TERMS = Terms(START, 60, 10)
terms = st.builds(
    Terms,
    starts_at=st.just(START),
    duration_min=st.integers(1, 180),
    late_limit_min=st.integers(0, 60),
    planned_extra_min=st.integers(0, 30),
)
timed = st.builds(
    ClockEvent,
    kind=st.sampled_from([SHIFT, EXTRA]),
    at=st.integers(-3600, 20_000).map(lambda second: START + timedelta(seconds=second)),
    minutes=st.integers(0, 60),
    is_for_all=st.booleans(),
)
untimed = st.builds(
    ClockEvent,
    kind=st.sampled_from([ADMIT, PAUSE, RESUME]),
    at=timed.map(lambda one: one.at),
    is_for_all=st.booleans(),
)
histories = st.lists(timed | untimed, max_size=7)
briefly = settings(max_examples=40)


def worked(terms: Terms, events: list[ClockEvent], until: datetime) -> timedelta:
    """The time in which the person could work until `until`, measured event by event from what stood after each."""
    total = timedelta(0)
    ordered = sorted(events, key=lambda one: one.at)
    moments = [one.at for one in ordered] + [until]
    for index, end in enumerate(moments):
        begin = moments[index - 1] if index else datetime.min.replace(tzinfo=UTC)
        state = fold_clock(terms, ordered[:index])
        stops = min(end, state.window.deadline_at, state.stopped_at or end)
        total += max(timedelta(0), stops - max(begin, state.window.starts_at))
    return total


def has_run_out_before_an_event(terms: Terms, events: list[ClockEvent]) -> bool:
    ordered = sorted(events, key=lambda one: one.at)
    for index, one in enumerate(ordered):
        state = fold_clock(terms, ordered[:index])
        if state.stopped_at is None and one.at >= state.window.deadline_at:
            return True
    return False


def distinct(events: list[ClockEvent]) -> list[ClockEvent]:
    """One event per instant, as the lock of the sitting gives them."""
    return list({one.at: one for one in events}.values())


@briefly
@given(terms=terms, events=histories.map(distinct))
def test_no_event_moves_a_deadline_a_start_or_the_late_limit_backwards(
    terms: Terms, events: list[ClockEvent]
) -> None:
    ordered = sorted(events, key=lambda one: one.at)
    states = [fold_clock(terms, ordered[:count]) for count in range(len(ordered) + 1)]
    for before, after in pairwise(states):
        assert after.window.starts_at >= before.window.starts_at
        assert after.window.deadline_at >= before.window.deadline_at
        assert after.window.late_until >= before.window.late_until


@briefly
@given(terms=terms, events=histories.map(distinct))
def test_nobody_loses_time_by_any_event(terms: Terms, events: list[ClockEvent]) -> None:
    ordered = sorted(events, key=lambda one: one.at)
    for count, one in enumerate(ordered):
        before, after = fold_clock(terms, ordered[:count]), fold_clock(terms, ordered[: count + 1])
        assert after.remaining(one.at) >= before.remaining(one.at)


@briefly
@given(terms=terms, events=histories.map(distinct))
def test_pauses_neither_give_nor_take_working_time(terms: Terms, events: list[ClockEvent]) -> None:
    """Whoever is let go on in the end has worked exactly the duration and everything granted, whatever the pauses."""
    last = max([one.at for one in events], default=START)
    ends = [event(RESUME, 0, room=room) for room in (False, True)]
    events = [one for one in events if one.kind is not SHIFT] + [
        ClockEvent(RESUME, last + timedelta(seconds=second), is_for_all=one.is_for_all)
        for second, one in enumerate(ends, start=1)
    ]
    final = fold_clock(terms, events)
    granted = sum(one.minutes for one in events if one.kind is EXTRA)
    allowed = timedelta(minutes=terms.duration_min + terms.planned_extra_min + granted)
    if not has_run_out_before_an_event(terms, events):
        assert worked(terms, events, final.window.deadline_at) == allowed
    assert worked(terms, events, final.window.deadline_at) <= allowed


def paused_seconds(events: list[ClockEvent]) -> set[int]:
    """The seconds after START in which somebody's pause lasts, counted one by one from the events themselves."""
    seconds: set[int] = set()
    for room in (False, True):
        since: int | None = None
        for one in sorted(events, key=lambda one: one.at):
            second = (one.at - START) // timedelta(seconds=1)
            if one.is_for_all is not room or one.kind not in (PAUSE, RESUME):
                continue
            if one.kind is PAUSE:
                since = second if since is None else since
            elif since is not None:
                seconds.update(range(since, second))
                since = None
    return seconds


busy = st.lists(
    st.tuples(
        st.sampled_from([PAUSE, PAUSE, RESUME, RESUME, SHIFT, EXTRA, ADMIT]),
        st.integers(-600, 2400),
        st.integers(1, 20),
        st.booleans(),
    ),
    min_size=3,
    max_size=9,
    unique_by=lambda one: one[1],
).map(
    lambda rows: [
        ClockEvent(
            kind, START + timedelta(seconds=second), minutes if kind in (SHIFT, EXTRA) else 0, is_for_all=room
        )
        for kind, second, minutes, room in rows
    ]
)
"""Many decisions within three quarters of an hour around the start: they lie over each other."""


@settings(max_examples=150)
@given(events=busy, delay_s=st.integers(0, 45))
def test_whatever_was_decided_the_seconds_of_work_are_those_granted(
    events: list[ClockEvent], delay_s: int
) -> None:
    """From the last start to the deadline: pauses of the room and of the person over each other and over shifts, extra
    time in a pause, admissions, and a start of one's own within the first seconds."""
    opened = replace(TERMS, starts_at=START + timedelta(seconds=delay_s), planned_extra_min=15)
    last = max(one.at for one in events)
    events = [
        *events,
        *(ClockEvent(RESUME, last + timedelta(seconds=1 + room), is_for_all=bool(room)) for room in (0, 1)),
    ]
    assume(not has_run_out_before_an_event(opened, events))
    window = fold_clock(opened, events).window
    begin, end = (
        (moment - START) // timedelta(seconds=1) for moment in (window.starts_at, window.deadline_at)
    )
    at_work = set(range(begin, end)) - paused_seconds(events)
    granted = sum(one.minutes for one in events if one.kind is EXTRA)
    assert len(at_work) == 60 * (60 + 15 + granted)


def test_a_pause_before_a_shift_is_not_given_back_twice() -> None:
    """Nobody had begun: what was paused lies before the new start and cost nobody anything."""
    pause = [event(PAUSE, 0, room=True), event(RESUME, 10, room=True)]
    away = fold_clock(TERMS, [*pause, event(SHIFT, 12, 30, room=True)])
    assert (away.window.starts_at, away.window.late_until, away.window.deadline_at) == (
        at(30),
        at(40),
        at(90),
    )
    into = fold_clock(TERMS, [*pause, event(SHIFT, 12, 5, room=True)])
    assert (into.window.starts_at, into.window.late_until, into.window.deadline_at) == (at(5), at(20), at(70))


@briefly
@given(terms=terms, events=histories, seed=st.randoms(use_true_random=False))
def test_the_order_in_which_events_are_read_does_not_matter(
    terms: Terms, events: list[ClockEvent], seed: object
) -> None:
    shuffled = list(events)
    seed.shuffle(shuffled)
    assert fold_clock(terms, shuffled) == fold_clock(terms, events)


@briefly
@given(
    terms=terms,
    events=histories,
    grants=st.permutations([3, 7, 20]),
    second=st.integers(0, 20_000),
)
def test_grants_of_one_moment_add_up_in_any_order(
    terms: Terms, events: list[ClockEvent], grants: list[int], second: int
) -> None:
    moment = START + timedelta(seconds=second)

    def with_grants(order: list[int]) -> ClockState:
        given = [
            ClockEvent(EXTRA, moment + timedelta(microseconds=place), minutes, is_for_all=minutes == 7)
            for place, minutes in enumerate(order)
        ]
        return fold_clock(terms, [*events, *given])

    one, other = with_grants(grants), with_grants(sorted(grants))
    assert abs(one.window.deadline_at - other.window.deadline_at) <= timedelta(microseconds=2)


@briefly
@given(terms=terms, events=histories)
def test_a_window_always_begins_before_it_ends(terms: Terms, events: list[ClockEvent]) -> None:
    state = fold_clock(terms, events)
    assert state.window.starts_at <= state.window.late_until <= state.window.deadline_at
    assert state.stopped_at is None or state.window.starts_at <= state.stopped_at
    assert state.stopped_at is None or state.pauses


def test_an_ending_that_is_withdrawn_gives_back_its_time_once_and_no_other_clock_starts_again() -> None:
    ended = event(ClockEventKind.END, 20)
    stopped = fold_clock(TERMS, [ended, event(PAUSE, 30, room=True), event(RESUME, 40, room=True)])
    assert stopped.stopped_at == at(20), "the room going on does not start it"
    restored = fold_clock(TERMS, [ended, event(ClockEventKind.RESTORE, 90)])
    assert (restored.stopped_at, restored.remaining(at(90))) == (None, timedelta(minutes=40))
    paused = [event(PAUSE, 50, room=True), event(RESUME, 95, room=True)]
    assert fold_clock(TERMS, [ended, *paused, event(ClockEventKind.RESTORE, 90)]).remaining(
        at(95)
    ) == timedelta(minutes=40)
    over = fold_clock(TERMS, [event(ClockEventKind.END, 61), event(ClockEventKind.RESTORE, 90)])
    assert over.window.deadline_at == at(60)


def test_a_clock_stands_still_in_a_pause_and_gives_all_of_it_back() -> None:
    paused = fold_clock(TERMS, [event(PAUSE, 20)])
    assert [paused.remaining(at(minute)) for minute in (20, 25, 500)] == [timedelta(minutes=40)] * 3
    resumed = fold_clock(TERMS, [event(PAUSE, 20), event(RESUME, 35)])
    assert (resumed.window.deadline_at, resumed.stopped_at) == (at(75), None)


def test_two_pauses_at_once_stop_the_clock_once_and_both_must_end() -> None:
    events = [event(PAUSE, 10), event(PAUSE, 15, room=True), event(RESUME, 20)]
    assert fold_clock(TERMS, events).stopped_at == at(10)
    done = fold_clock(TERMS, [*events, event(RESUME, 30, room=True)])
    assert done.window.deadline_at == at(80)


def test_a_pause_before_the_start_takes_nothing_and_gives_only_what_was_lost_of_the_sitting() -> None:
    before = fold_clock(TERMS, [event(PAUSE, -20), event(RESUME, -5)])
    assert before.window == fold_clock(TERMS, []).window
    across = fold_clock(TERMS, [event(PAUSE, -20, room=True), event(RESUME, 5, room=True)])
    assert (across.window.late_until, across.window.deadline_at) == (at(15), at(65))
    shifted = fold_clock(TERMS, [event(PAUSE, -20, room=True), event(SHIFT, -10, 30, room=True)])
    assert shifted.stopped_at == at(30)


def test_extra_time_granted_while_the_deadline_passes_is_had_in_full() -> None:
    in_time = fold_clock(TERMS, [event(EXTRA, 59.9, 10)])
    too_late = fold_clock(TERMS, [event(EXTRA, 60.5, 10)])
    assert (in_time.window.deadline_at, too_late.window.deadline_at) == (at(70), at(70.5))
    assert too_late.remaining(at(60.5)) == timedelta(minutes=10)


def test_a_pause_after_the_end_stops_only_what_is_granted_afterwards() -> None:
    ended = fold_clock(TERMS, [event(PAUSE, 61, room=True)])
    assert (ended.stopped_at, ended.window.deadline_at) == (None, at(60))
    revived = fold_clock(TERMS, [event(PAUSE, 61, room=True), event(EXTRA, 62, 5)])
    assert (revived.stopped_at, revived.remaining(at(90))) == (at(62), timedelta(minutes=5))


def test_the_late_limit_moves_with_pauses_and_shifts_and_an_admission_lifts_it() -> None:
    moved = fold_clock(
        TERMS,
        [event(SHIFT, -30, 15, room=True), event(PAUSE, 18, room=True), event(RESUME, 28, room=True)],
    )
    assert (moved.window.starts_at, moved.window.late_until, moved.window.deadline_at) == (
        *(at(15), at(35)),
        at(85),
    )
    too_late = fold_clock(TERMS, [event(PAUSE, 20, room=True), event(RESUME, 30, room=True)])
    assert too_late.window.late_until < at(30), "a pause after the limit lets nobody in who was too late"
    admitted = fold_clock(TERMS, [event(ADMIT, 12), event(EXTRA, 20, 5)])
    assert admitted.window.late_until == admitted.window.deadline_at == at(65)


def test_planned_time_is_part_of_the_terms_and_the_late_limit_ends_with_the_deadline() -> None:
    assert fold_clock(Terms(START, 60, 10, 15), []).window.deadline_at == at(75)
    assert attempt_window(START, 30, late_limit_min=45).late_until == at(30)


def test_a_hand_in_is_taken_from_the_minute_that_the_exam_says() -> None:
    window = fold_clock(TERMS, []).window
    assert [earliest_submit(window, minutes) for minutes in (0, 30, 90)] == [at(0), at(30), at(60)]
