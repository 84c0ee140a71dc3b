"""M2 against the package mirt, against an enumeration of all patterns, and where it means nothing."""

from dataclasses import replace
from itertools import combinations, product

import numpy as np
import pytest

from question_bank.calibration import fit_fixed, fit_rasch, fit_two_pl, responses_of_table
from question_bank.calibration.fitting import Calibration
from question_bank.calibration.fixed import Anchors
from question_bank.calibration.limited_information import NoOverallFit, m2
from tests.fixtures.calibration import LSAT6, LSAT7, lsat, simulate, table_of


def test_m2_of_the_lsat_data_is_the_published_one() -> None:
    # philchalmers/mirt, tests/testthat/test-01-mirtOne.R: LSAT7 2PL 11.93841 (df 5); LSAT6 Rasch 5.291576 and with one
    # slope 5.292566 (df 9), both from EM stopped early; LSAT6 2PL 4.737141 by quasi-Monte Carlo.
    found = m2(lsat(LSAT7), fit_two_pl(lsat(LSAT7), tolerance=1e-7))
    assert (found.statistic, found.degrees) == (pytest.approx(11.93841, abs=1e-4), 5)
    found = m2(lsat(LSAT6), fit_rasch(lsat(LSAT6), tolerance=1e-7))
    assert (found.statistic, found.degrees) == (pytest.approx(5.2926, abs=0.002), 9)
    assert found.probability == pytest.approx(0.808, abs=0.001)
    found = m2(lsat(LSAT6), fit_two_pl(lsat(LSAT6), tolerance=1e-7))
    assert (found.statistic, found.degrees) == (pytest.approx(4.737141, abs=0.002), 5)
    assert found.rmsea == 0.0


def enumerated(table: np.ndarray, calibration: Calibration, *, slopes: str) -> float:
    """N e' C e from the 32 patterns of five items, derivatives by differences, 401 nodes."""
    items = table.shape[1]
    theta = np.linspace(-8, 8, 401)
    weight = np.exp(-(theta**2) / 2) / np.exp(-(theta**2) / 2).sum()
    patterns = np.array(list(product([0, 1], repeat=items)))
    pairs = list(combinations(range(items), 2))
    margins = np.column_stack([patterns, *(patterns[:, a] * patterns[:, b] for a, b in pairs)]).astype(float)

    def chances(at: np.ndarray) -> np.ndarray:
        p = 1 / (1 + np.exp(-(theta[:, None] * at[items:] + at[:items])))
        return np.where(patterns[:, None, :] == 1, p, 1 - p).prod(axis=2) @ weight

    at = np.append(calibration.intercept, calibration.slope)
    expected = margins.T @ chances(at)
    observed = np.array([*table.mean(axis=0), *((table[:, a] * table[:, b]).mean() for a, b in pairs)])
    spread = margins.T @ (chances(at)[:, None] * margins) - np.outer(expected, expected)
    steps = np.eye(2 * items) * 1e-5
    if slopes == "common":
        steps = np.vstack([steps[:items], steps[items:].sum(axis=0)])
    delta = np.column_stack([margins.T @ (chances(at + step) - chances(at - step)) / 2e-5 for step in steps])
    inverse = np.linalg.inv(spread)
    middle = inverse @ delta @ np.linalg.inv(delta.T @ inverse @ delta) @ delta.T @ inverse
    away = observed - expected
    return float(len(table) * away @ (inverse - middle) @ away)


def test_m2_is_what_the_enumeration_of_all_patterns_gives() -> None:
    for data in (LSAT6, LSAT7):
        one, two = fit_rasch(lsat(data)), fit_two_pl(lsat(data))
        assert m2(lsat(data), one).statistic == pytest.approx(
            enumerated(table_of(data), one, slopes="common"), abs=1e-5
        )
        assert m2(lsat(data), two).statistic == pytest.approx(
            enumerated(table_of(data), two, slopes="own"), abs=1e-5
        )


def test_m2_follows_its_chi_square_and_finds_two_items_that_ask_the_same() -> None:
    ratios = []
    for seed in range(12):
        theta = np.random.default_rng(seed).normal(0, 1, 500)
        full = simulate(theta, np.linspace(-1, 1, 8), seed=100 + seed)
        ratios.append(m2(full, fit_rasch(full)).probability)
    assert 0.25 < np.mean(ratios) < 0.75
    assert min(ratios) > 0.001
    double = np.array(full.shares)
    double[:, 1] = np.where(np.random.default_rng(3).random(500) < 0.7, double[:, 0], double[:, 1])
    found = m2(responses_of_table(double), fit_rasch(responses_of_table(double)))
    assert found.probability < 1e-6
    assert found.rmsea > 0.05
    assert found.srmsr > 0.05


def test_what_m2_cannot_judge_is_refused() -> None:
    full = simulate(np.random.default_rng(1).normal(0, 1, 200), np.linspace(-1, 1, 10), seed=2)
    fitted = fit_rasch(full)
    holes = np.array(full.shares)
    holes[0, 0] = np.nan
    parts = np.array(full.shares)
    parts[0, 0] = 0.5
    few = full.of_items(np.arange(10) < 2)
    anchors = Anchors(np.arange(10), fitted.slope, fitted.difficulty, fitted.difficulty_error)
    moved = fit_fixed(full, anchors).calibration
    twin = np.array(full.shares)
    twin[:, 1] = twin[:, 0]
    copied = responses_of_table(twin)
    sure = replace(fitted, intercept=np.append(fitted.intercept[:9], 900.0))
    for responses, calibration in (
        (responses_of_table(holes), fitted),
        (responses_of_table(parts), fitted),
        (few, fit_rasch(few)),
        (few, fitted),
        (full, moved),
        (copied, sure),
    ):
        with pytest.raises(NoOverallFit) as refused:
            m2(responses, calibration)
        assert refused.value.code == "no_overall_fit"
