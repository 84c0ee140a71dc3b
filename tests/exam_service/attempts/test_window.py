from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exam_service.attempts.window import (
    TRANSIT_GRACE,
    Allowance,
    Phase,
    Window,
    attempt_window,
    milliseconds,
    phase,
    remaining,
)

START = datetime(2026, 3, 5, 1, 0, tzinfo=UTC)
minutes = st.integers(0, 600)
allowances = st.lists(
    st.builds(Allowance, extra_min=st.integers(0, 180), is_admitted_late=st.booleans()), max_size=6
)


def at(minute: float) -> datetime:
    return START + timedelta(minutes=minute)


@given(duration=st.integers(1, 600), late=minutes, planned=minutes, granted=allowances)
def test_the_deadline_is_start_plus_duration_plus_everything_granted(
    duration: int, late: int, planned: int, granted: list[Allowance]
) -> None:
    window = attempt_window(
        START, duration, late_limit_min=late, planned_extra_min=planned, allowances=granted
    )
    assert window.deadline_at == at(duration + planned + sum(one.extra_min for one in granted))
    assert window.starts_at <= window.late_until <= window.deadline_at < window.closes_at


@given(duration=st.integers(1, 600), late=minutes, granted=allowances, one_more=st.integers(0, 180))
def test_a_further_allowance_never_takes_time_away(
    duration: int, late: int, granted: list[Allowance], one_more: int
) -> None:
    before = attempt_window(START, duration, late_limit_min=late, allowances=granted)
    after = attempt_window(START, duration, late_limit_min=late, allowances=[*granted, Allowance(one_more)])
    assert after.deadline_at >= before.deadline_at
    assert after.late_until >= before.late_until


@given(granted=allowances, seed=st.randoms(use_true_random=False))
def test_the_order_of_decisions_does_not_matter(granted: list[Allowance], seed: object) -> None:
    shuffled = sorted(granted, key=lambda _one: seed.random())
    one, other = (
        attempt_window(START, 60, late_limit_min=10, allowances=each) for each in (granted, shuffled)
    )
    assert one == other


def test_an_admission_lifts_the_late_limit_to_the_deadline_and_moves_nothing_else() -> None:
    plain = attempt_window(START, 60, late_limit_min=10)
    admitted = attempt_window(START, 60, late_limit_min=10, allowances=[Allowance(is_admitted_late=True)])
    assert (plain.late_until, admitted.late_until) == (at(10), at(60))
    assert admitted.deadline_at == plain.deadline_at


def test_a_late_limit_beyond_the_duration_ends_with_the_deadline() -> None:
    assert attempt_window(START, 30, late_limit_min=45).late_until == at(30)


# Minute of the sitting → phase of somebody who has not started, and of somebody who has. Late limit 10, duration 60.
TIMELINE = [
    (-60, Phase.WAITING, None),
    (-0.001, Phase.WAITING, None),
    (0, Phase.STARTABLE, Phase.RUNNING),
    (9.99, Phase.STARTABLE, Phase.RUNNING),
    (10, Phase.STARTABLE, Phase.RUNNING),
    (10.01, Phase.TOO_LATE, Phase.RUNNING),
    (59.99, Phase.TOO_LATE, Phase.RUNNING),
    (60, Phase.OVER, Phase.RUNNING),
    (60 + 1.9 / 60, Phase.OVER, Phase.RUNNING),
    (60 + 2.0 / 60, Phase.OVER, Phase.OVER),
    (600, Phase.OVER, Phase.OVER),
]


@pytest.mark.parametrize(("minute", "not_started", "started"), TIMELINE)
def test_the_timeline_of_a_sitting(minute: float, not_started: Phase, started: Phase | None) -> None:
    window = attempt_window(START, 60, late_limit_min=10)
    assert phase(at(minute), window, is_started=False) is not_started
    if started is not None:
        assert phase(at(minute), window, is_started=True) is started
    assert phase(at(minute), window, is_started=True, is_closed=True) is Phase.CLOSED
    assert phase(at(minute), window, is_started=True, paused_at=at(5)) is Phase.PAUSED


@given(
    duration=st.integers(1, 300),
    late=st.integers(0, 300),
    seconds=st.lists(st.integers(-600, 20_000), min_size=2, max_size=20),
    is_started=st.booleans(),
)
def test_phases_only_move_forward(duration: int, late: int, seconds: list[int], is_started: bool) -> None:
    window = attempt_window(START, duration, late_limit_min=late)
    order = [Phase.WAITING, Phase.STARTABLE, Phase.TOO_LATE, Phase.RUNNING, Phase.OVER]
    seen = [
        order.index(phase(START + timedelta(seconds=second), window, is_started=is_started))
        for second in sorted(seconds)
    ]
    assert seen == sorted(seen)


@given(second=st.integers(-10_000, 10_000), pause=st.none() | st.integers(0, 3600))
def test_the_remaining_time_is_never_negative_and_stands_still_in_a_pause(
    second: int, pause: int | None
) -> None:
    window = Window(START, at(10), at(60))
    paused_at = None if pause is None else START + timedelta(seconds=pause)
    left = remaining(START + timedelta(seconds=second), window, paused_at=paused_at)
    expected = at(60) - (paused_at or START + timedelta(seconds=second))
    assert left == max(timedelta(0), expected)
    assert milliseconds(left) >= 0


def test_the_grace_covers_the_transit_and_no_working_time() -> None:
    assert timedelta(0) < TRANSIT_GRACE <= timedelta(seconds=5)
    assert remaining(at(60), Window(START, at(10), at(60))) == timedelta(0)
