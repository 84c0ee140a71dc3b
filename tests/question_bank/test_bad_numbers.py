"""Whatever comes in, every public function of measurement names a reason or gives finite numbers, and never warns.

Warnings are errors in this suite, so a division by nothing fails here by itself.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np
import pytest
from scipy.sparse import csr_array, issparse

from question_bank.calibration import (
    Anchors,
    CalibrationRefused,
    Population,
    fit_best,
    fit_fixed,
    fit_rasch,
    responses_of_table,
    without_extremes,
)
from question_bank.calibration import classification as sure
from question_bank.calibration.connectivity import connected_groups, ensure_connected
from question_bank.calibration.curves import ability_at, expected_score, parameters, score_distribution
from question_bank.calibration.equating import (
    circle_arc_conversion,
    equipercentile_conversion,
    identity,
    linear_conversion,
    mean_conversion,
    paper,
    scores,
    true_score_conversion,
)
from question_bank.calibration.fit import s_x2
from question_bank.calibration.fixed import screen_drift
from question_bank.calibration.linking import haebara, mean_mean, mean_shift, mean_sigma, stocking_lord
from question_bank.calibration.mark_table import conversion_errors, mark_tables, mean_paper
from question_bank.calibration.persons import (
    Abilities,
    abilities_by_score,
    estimate_abilities,
    expected_abilities,
    weighted_likelihood,
)
from question_bank.calibration.refusals import are_usable
from question_bank.calibration.shrinkage import shrink_to_cells
from question_bank.irregularities.gains import gains
from question_bank.irregularities.likelihood import maximum_likelihood
from question_bank.irregularities.pairs import find_alike
from question_bank.irregularities.person_fit import person_fit
from question_bank.irregularities.preknowledge import preknowledge
from question_bank.irregularities.response_times import exposed_speed, response_times
from question_bank.irregularities.similarity import (
    BadProbabilities,
    TooFewShared,
    k_index,
    match_distribution,
    power_of,
    similarity,
)
from question_bank.standard_setting import rasch_scale
from question_bank.standard_setting.agreement import correlation, intraclass_correlation, sample_sd
from question_bank.standard_setting.angoff import angoff_round
from question_bank.standard_setting.bookmark import bookmark_round, ordered_booklet
from question_bank.standard_setting.borderline import binomial_variance
from question_bank.standard_setting.hofstee import BOUNDS, hofstee_cut
from question_bank.standard_setting.ratings import Unusable
from question_bank.statistics.analysis import Earlier, analyse
from question_bank.statistics.dif import BadCounts, mantel_haenszel
from question_bank.statistics.drift import drift_of
from question_bank.statistics.facility import wilson
from question_bank.statistics.reliability import alpha_of, conditional_error, marginal_reliability
from question_bank.statistics.responses import BadResponses, matrix_responses

REASONS = (BadCounts, CalibrationRefused, BadResponses, BadProbabilities, TooFewShared, Unusable)
NAN, INF = math.nan, math.inf

MIXED = (np.add.outer(np.arange(40), np.arange(6)) % 3 > 0).astype(float)
ALIKE = np.repeat(np.array([[1.0, 0, 1, 0, 0, 1]]), 40, axis=0)
APART = np.full((80, 6), NAN)
APART[:40, :3], APART[40:, 3:] = MIXED[:, :3], MIXED[:, 3:]
TABLES = {
    "nobody": np.zeros((0, 6)),
    "nothing": np.zeros((6, 0)),
    "one person": MIXED[:1],
    "two people": MIXED[:2],
    "one item": MIXED[:, :1],
    "two items": MIXED[:, :2],
    "one answer": np.ones((1, 1)),
    "all right": np.ones((40, 6)),
    "all wrong": np.zeros((40, 6)),
    "one constant column": np.hstack([MIXED, np.ones((40, 1))]),
    "everybody alike": ALIKE,
    "two kinds of people": np.vstack([ALIKE, 1 - ALIKE]),
    "the same item six times": np.repeat(MIXED[:, :1], 6, axis=1),
    "all half right": np.full((40, 6), 0.5),
    "disconnected": APART,
    "no number at all": np.full((40, 6), NAN),
    "infinite": np.where(MIXED > 0, INF, 0.0),
    "beyond one": MIXED * 2,
    "below nothing": -MIXED,
}
VECTORS: dict[str, list[float]] = {
    "none": [],
    "one": [0.3],
    "two": [0.2, 0.7],
    "constant": [0.5] * 6,
    "nothing": [0.0] * 6,
    "ones": [1.0] * 6,
    "usual": [-1.0, -0.4, 0.0, 0.3, 0.8, 1.5],
    "far": [-90.0, 90.0, 500.0],
    "not a number": [0.1, NAN, 0.5],
    "infinite": [INF, -INF, 0.5],
    "huge": [1e300, -1e300, 1.0],
}


def numbers_in(found: Any) -> Iterator[float]:
    """Every number in a result, however deep."""
    if isinstance(found, float | np.floating):
        yield float(found)
    elif isinstance(found, np.ndarray):
        yield from found[...].astype(float).ravel() if found.dtype.kind == "f" else ()
    elif issparse(found):
        yield from found.data
    elif is_dataclass(found) and not isinstance(found, type):
        for field in fields(found):
            yield from numbers_in(getattr(found, field.name))
    elif isinstance(found, dict):
        yield from numbers_in(list(found.values()))
    elif isinstance(found, list | tuple):
        for one in found:
            yield from numbers_in(one)


def sound(call: Callable[[], Any], *, may_be_unknown: bool = False) -> bool:
    """True when the call named a reason or gave finite numbers; NaN only where it is documented as "not known"."""
    try:
        found = call()
    except REASONS as refusal:
        return bool(str(refusal))
    return all(math.isfinite(one) or (may_be_unknown and math.isnan(one)) for one in numbers_in(found))


def calibrations(table: np.ndarray) -> dict[str, Callable[[], Any]]:
    anchors = Anchors(
        np.arange(table.shape[1]),
        np.ones(table.shape[1]),
        np.zeros(table.shape[1]),
        np.full(table.shape[1], 0.1),
    )
    rows = lambda: responses_of_table(table)  # noqa: E731 - read where it is called, so that its refusal counts
    usable = lambda: without_extremes(rows()).responses  # noqa: E731 - as above
    return {
        "fit_rasch": lambda: fit_rasch(rows()),
        "fit_rasch usable": lambda: fit_rasch(usable()),
        "fit_best": lambda: fit_best(usable()),
        "fit_fixed": lambda: fit_fixed(rows(), anchors),
        "connected": lambda: connected_groups(rows()),
        "ensure_connected": lambda: ensure_connected(rows()),
        "wle": lambda: weighted_likelihood(rows(), parameters(np.zeros(table.shape[1]))),
        "eap": lambda: estimate_abilities(
            rows(), parameters(np.zeros(table.shape[1])), population=Population()
        ),
        "reliability": lambda: (
            expected_abilities(fit_rasch(usable()).posterior, population=Population()).reliability
        ),
        "s_x2": lambda: s_x2(usable(), fit_rasch(usable())),
    }


@pytest.mark.parametrize("name", TABLES)
def test_every_table_of_answers_is_calibrated_soundly_or_refused_by_name(name: str) -> None:
    table = TABLES[name]
    for function, call in calibrations(table).items():
        assert sound(call), function


@pytest.mark.parametrize("name", TABLES)
def test_every_table_of_answers_has_statistics_with_numbers_or_reasons(name: str) -> None:
    table = TABLES[name]
    groups = {"half": np.arange(len(table)) % 2, "one": np.zeros(len(table), np.int64)}
    earlier = Earlier(np.zeros(table.shape[1]), np.full(table.shape[1], 0.1))
    assert sound(
        lambda: analyse(matrix_responses(table), groups=groups, earlier=earlier), may_be_unknown=True
    )
    try:
        found = analyse(matrix_responses(table), groups=groups, earlier=earlier)
    except BadResponses:
        return
    for item in found.items:  # what is shown has no NaN: a number, or None with a reason
        assert sound(lambda item=item: item)
    assert sound(lambda: (found.reliability.value, found.speededness))


@pytest.mark.parametrize("name", TABLES)
def test_every_table_of_answers_has_signs_or_none(name: str) -> None:
    table = np.nan_to_num(TABLES[name], nan=0.0, posinf=1.0).clip(0, 1)
    people, items = table.shape
    person, item = (one.ravel().astype(np.int32) for one in np.indices(table.shape))
    share, difficulty, theta = table.ravel(), np.zeros(items), np.zeros(people)
    is_exposed = item < items // 2
    estimate = maximum_likelihood(person, share, difficulty=difficulty[item], people=people)
    times = response_times(person, item, seconds=np.ones(len(person)), people=people, items=items)
    for found in (
        estimate,
        times,
        person_fit(person, share, theta=estimate.theta, difficulty=difficulty[item]),
        preknowledge(person, share, difficulty=difficulty[item], is_exposed=is_exposed, people=people),
        exposed_speed(times, person, is_exposed=is_exposed, people=people),
        find_alike(
            person,
            item,
            answer=(item * 2 + (share > 0)).astype(np.int32),
            is_right=share > 0,
            theta=theta,
            difficulty=difficulty,
            fewest=1,
        ),
    ):
        assert sound(lambda found=found: found, may_be_unknown=True), type(found)


def of_one(v: list[float]) -> dict[str, Callable[[], Any]]:
    n, array = len(v), np.array(v)
    steps = sorted(v)
    return {
        "parameters": lambda: parameters(v),
        "expected": lambda: expected_score(parameters(v), [-1, 0, 1]),
        "information": lambda: parameters(v).information([0.0]),
        "ability_at": lambda: ability_at(parameters(v), n / 2),
        "distribution": lambda: score_distribution(v),
        "by score": lambda: abilities_by_score(parameters(v), population=Population()),
        "lee": lambda: sure.lee(
            parameters(v), cuts=[n / 2], true_cuts=[n / 2 - 0.5], population=Population()
        ),
        "rudner": lambda: sure.rudner(v, np.abs(array), cuts=[0.0]),
        "rudner cuts": lambda: sure.rudner([0.0, 1.0], [0.1, 0.2], cuts=v),
        "binomial": lambda: sure.binomial_error(v, n),
        "conditional": lambda: sure.conditional_error(parameters(v), 0.0, points=v),
        "borderline": lambda: sure.borderline(v, cut=0.5, error=0.1),
        "scores": lambda: (scores(v).mean, scores(v).sd),
        "identity": lambda: identity(steps) if are_usable(array) else None,
        "true score": lambda: true_score_conversion(
            paper(parameters(v)), paper(parameters([0.0, 1.0])), raw=steps
        ),
        "points": lambda: paper(parameters(np.zeros(n)), points=v),
        "shrink": lambda: shrink_to_cells(v, np.abs(array), cells=["a"] * n),
        "shrink known": lambda: shrink_to_cells(v, np.full(n, 0.2), cells=["a", "b", "c", "a", "b", "c"][:n]),
        "mean paper": lambda: mean_paper(v, papers=n, groups=["a"] * n),
        "mark tables": lambda: mark_tables(parameters(v), csr_array(np.ones((1, n))), reference=np.ones(n)),
        "mark errors": lambda: conversion_errors(
            parameters(v), csr_array(np.ones((1, n))), reference=np.ones(n), error=np.abs(array), theta=0.0
        ),
        "reliability": lambda: Abilities(array, np.abs(array)).reliability,
        "matches": lambda: match_distribution(array) if ((array >= 0) & (array <= 1)).all() else None,
        "similarity": lambda: similarity(n, array, fewest=1),
        "power": lambda: power_of(n, largest_shared=n),
        "k index": lambda: [k_index(1, 3, chance=one) for one in v],
        "consistency": lambda: rasch_scale.judge_consistency(
            [0.5] * n, [rasch_scale.ScaledItem(one) for one in v], cut=n / 2
        ),
        "marks": lambda: rasch_scale.marks_on_form(
            1.0, reference=[rasch_scale.ScaledItem(one) for one in v], form=[rasch_scale.ScaledItem(0.0)]
        ),
        "booklet": lambda: ordered_booklet(
            {str(place): one for place, one in enumerate(v)}, {str(place): 1.0 for place in range(n)}
        ),
        "bookmark": lambda: bookmark_round(
            {str(place): one for place, one in enumerate(v)},
            ordered_booklet({"a": 0.0, "b": 1.0}, {"a": 1.0, "b": 1.0}),
        ),
        "angoff": lambda: angoff_round(
            {str(j): {"a": one, "b": one} for j, one in enumerate(v)}, {"a": 1, "b": 2}
        ),
        "angoff one": lambda: angoff_round(
            {"j": dict.fromkeys("abcdef"[:n], 0.5)}, dict.fromkeys("abcdef"[:n], 1)
        ),
        "hofstee": lambda: hofstee_cut(
            {str(j): dict.fromkeys(BOUNDS, one) for j, one in enumerate(v)}, [Fraction(50)]
        ),
        "effective": lambda: [sure.effective_length(one, 0.04, reliability=0.8, low=0, high=1) for one in v],
        "beta": lambda: [sure.true_score_distribution(0.5, one, reliability=0.8, low=0, high=1) for one in v],
        "ll": lambda: sure.livingston_lewis(sure.TrueScores(0, 1, 2, 3), length=n, cuts=v),
        "ll shape": lambda: [
            sure.livingston_lewis(sure.TrueScores(0, 1, one, one), length=20, cuts=0.5) for one in v
        ],
        "sem": lambda: [sure.standard_error(one, reliability=0.5) for one in v],
        "alpha": lambda: (
            alpha_of(np.outer(array.clip(0, 1), array.clip(0, 1))).value if are_usable(array) else None
        ),
        "zone": lambda: binomial_variance(Fraction(1, 2), n),
        "spread": lambda: sample_sd([Fraction(one) for one in v]) if are_usable(array) else None,
    }


@pytest.mark.parametrize("name", VECTORS)
def test_every_list_of_numbers_gives_sound_results_or_a_reason(name: str) -> None:
    for function, call in of_one(VECTORS[name]).items():
        assert sound(call), function


def of_two(v: list[float], w: list[float]) -> dict[str, Callable[[], Any]]:
    a, b = np.array(v), np.array(w)
    found: dict[str, Callable[[], Any]] = {
        name: lambda method=method: method(parameters(v), parameters(w))
        for name, method in (
            ("mean/mean", mean_mean),
            ("mean/sigma", mean_sigma),
            ("shift", mean_shift),
            ("HB", haebara),
            ("SL", stocking_lord),
        )
    }
    found |= {
        name: lambda method=method: method(scores(v), scores(w))
        for name, method in (
            ("mean", mean_conversion),
            ("linear", linear_conversion),
            ("equipercentile", equipercentile_conversion),
        )
    }
    found["arc"] = lambda: circle_arc_conversion(scores(v), scores(w), low=(0, 0), high=(5, 5))
    found["slopes"] = lambda: parameters(v, discrimination=w).probability([0.0])
    found["floors"] = lambda: expected_score(parameters(v, guessing=w), [0.0])
    found["judges"] = lambda: (
        intraclass_correlation([[Fraction(one) for one in v], [Fraction(one) for one in w]])
        if len(v) == len(w) and are_usable(a) and are_usable(b)
        else None
    )
    if len(v) == len(w):
        found["drift"] = lambda: (
            screen_drift(a, b, old_error=np.full(len(a), 0.1), new_error=np.full(len(a), 0.1)).shift
        )
        found["correlation"] = lambda: correlation(v, w) if are_usable(a) and are_usable(b) else None
    return found


@pytest.mark.parametrize(("one", "other"), list(product(VECTORS, repeat=2)))
def test_every_pair_of_lists_gives_sound_results_or_a_reason(one: str, other: str) -> None:
    for function, call in of_two(VECTORS[one], VECTORS[other]).items():
        assert sound(call), function


@pytest.mark.parametrize("n", [0, 1, 2, 30])
def test_statistics_of_lists_say_unknown_instead_of_a_wrong_number(n: int) -> None:
    level, error = np.zeros(n), np.full(n, 0.1)
    holes = np.full(n, NAN)
    for before, now in ((level, level), (holes, level), (level, holes), (level, level + np.arange(n))):
        assert sound(
            lambda b=before, w=now: gains(b, w, before_error=error, now_error=error), may_be_unknown=True
        )
        assert sound(lambda b=before, w=now: drift_of(b, w, before_error=error, now_error=error))
        assert sound(lambda w=now: marginal_reliability(w, error, are_posterior=True).value)
    for right, people in product((level, level + 1), (level, level + 2)):
        assert sound(lambda r=right, p=people: mantel_haenszel(r, p, focal_right=r, focal_n=p))
    assert sound(lambda: wilson(level, level), may_be_unknown=True)
    assert sound(lambda: conditional_error(level, n), may_be_unknown=True)
    assert sound(lambda: binomial_variance(Fraction(Decimal("0.5")), n))
