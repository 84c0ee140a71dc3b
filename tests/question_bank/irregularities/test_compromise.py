"""Items that become known while they are in use: by hand, in simulation, and where nothing can be said."""

import numpy as np
import pytest

from question_bank.irregularities.compromise import BadResiduals, item_days
from question_bank.statistics.ability import probability


def test_the_cumulative_sum_is_that_of_the_formula() -> None:
    item = np.array([0, 0, 0, 0, 1], np.int32)
    day = np.array([0, 0, 2, 3, 1], np.int32)
    residual, variance = np.array([0.5, 0.5, 0.4, -0.9, 0.2]), np.full(5, 0.25)
    found = item_days(item, day, residual=residual, variance=variance, items=2, days=4, limit=1.0)
    assert found.n.tolist() == [[2, 0, 1, 1], [0, 1, 0, 0]]
    first, third, fourth = 1 / np.sqrt(0.5), 0.4 / 0.5, -0.9 / 0.5
    assert found.z[0, [0, 2, 3]] == pytest.approx([first, third, fourth])
    assert np.isnan(found.z[0, 1])
    sums = [first - 0.5, first - 0.5, first - 0.5 + third - 0.5]
    assert found.cusum[0] == pytest.approx([*sums, max(0.0, sums[2] + fourth - 0.5)])
    assert found.cusum[1] == pytest.approx([0, 0, 0, 0], abs=0.2)
    assert item_days(
        item, day, residual=residual, variance=variance, items=2, days=4, limit=0.4
    ).passed.tolist() == [0, -1]


def test_an_item_that_leaks_is_found_within_days_and_innocent_ones_hardly_ever_are() -> None:
    rng = np.random.default_rng(8)
    items, days, each = 60, 30, 40
    item = np.tile(np.repeat(np.arange(items, dtype=np.int32), each), days)
    day = np.repeat(np.arange(days, dtype=np.int32), items * each)
    p = probability(rng.normal(0, 1, len(item)), rng.normal(0, 1, items)[item])
    known = (item == 7) & (day >= 10)
    right = rng.random(len(item)) < np.where(known, 0.5 + p / 2, p)
    found = item_days(item, day, residual=right - p, variance=p * (1 - p), items=items, days=days)
    assert 10 <= found.passed[7] <= 14
    assert (np.delete(found.passed, 7) >= 0).sum() <= 4
    assert found.z[np.arange(items) != 7].std() == pytest.approx(1, abs=0.05)


def test_what_has_no_residual_is_refused() -> None:
    one = np.zeros(1, np.int32)
    for changed in (
        {"residual": np.array([np.nan])},
        {"variance": np.array([-1.0])},
        {"residual": np.zeros(2)},
        {"items": 0},
    ):
        arguments = {"residual": np.zeros(1), "variance": np.ones(1), "items": 1, "days": 1} | changed
        with pytest.raises(BadResiduals):
            item_days(one, one, **arguments)  # type: ignore[arg-type]  # mixed kinds of bad input
    nothing = item_days(one[:0], one[:0], residual=np.zeros(0), variance=np.zeros(0), items=2, days=0)
    assert nothing.passed.tolist() == [-1, -1]
