"""Whether a model describes the answers to a whole paper, by the shares right of items and of pairs of items (M2)."""

from dataclasses import dataclass
from itertools import combinations
from typing import Final

import numpy as np
from scipy.special import chdtrc

from question_bank.calibration.fitting import Calibration
from question_bank.calibration.marginal import LOG_WEIGHTS, NODES
from question_bank.calibration.refusals import CalibrationRefused
from question_bank.calibration.responses import FloatArray, Responses

MOST_ITEMS: Final = 80
"""The covariances of all pairs of pairs are inverted: with 80 items a matrix of 3,240 rows."""


class NoOverallFit(CalibrationRefused):
    """M2 is for one paper that everybody had, answered right or wrong, calibrated by itself; `code` says so."""

    code = "no_overall_fit"


@dataclass(frozen=True, slots=True)
class OverallFit:
    """M2 with its degrees of freedom and probability (small: the model does not hold).

    `rmsea` is the misfit per degree of freedom (.05 or less is called close) and `srmsr` the root mean square of the
    differences between observed and expected correlations of two items.
    """

    statistic: float
    degrees: int
    probability: float
    rmsea: float
    srmsr: float


def m2(responses: Responses, calibration: Calibration) -> OverallFit:
    """The statistic of the answers under a Rasch or two-parameter calibration of these very answers.

    Raises NoOverallFit: people had different items or shares of points, more than MOST_ITEMS items, a calibration on
    the scale of anchors, no degrees of freedom, or covariances that cannot be inverted.
    Source: Maydeu-Olivares & Joe (2005), Journal of the American Statistical Association 100, 1009-1020, eq. 4.1;
    (2014), Multivariate Behavioral Research 49, 305-328 (RMSEA2, SRMSR).
    """
    right = _table(responses, calibration)
    people, items = right.shape
    pairs = np.array(list(combinations(range(items), 2)), dtype=np.int64).reshape(-1, 2)
    p = calibration.parameters.probability(calibration.population.nodes)
    weight = np.exp(LOG_WEIGHTS)
    expected = weight @ _products(p, pairs)
    observed = np.concatenate([right.mean(axis=0), (right.T @ right / people)[pairs[:, 0], pairs[:, 1]]])
    slopes = _derivatives(calibration, p, pairs)
    degrees = len(expected) - slopes.shape[1]
    if degrees < 1:
        raise NoOverallFit("The model has as many parameters as there are shares to describe.", items=items)
    try:
        root = np.linalg.cholesky(_covariance(p, pairs, expected=expected))
    except np.linalg.LinAlgError as error:
        raise NoOverallFit(
            "The shares of some items or pairs follow from the others.", items=items
        ) from error
    # N e' C e with C = Ξ⁻¹ - Ξ⁻¹ Δ (Δ' Ξ⁻¹ Δ)⁻¹ Δ' Ξ⁻¹ is what least squares leave of the whitened differences.
    whitened = np.linalg.solve(root, np.column_stack([observed - expected, slopes]))
    away, directions = whitened[:, 0], whitened[:, 1:]
    left = away - directions @ np.linalg.lstsq(directions, away, rcond=None)[0]
    statistic = float(people * left @ left)
    return OverallFit(
        statistic,
        degrees,
        float(chdtrc(degrees, statistic)),
        float(np.sqrt(max(statistic - degrees, 0.0) / (people * degrees))),
        _srmsr(observed, expected, pairs),
    )


def _table(responses: Responses, calibration: Calibration) -> FloatArray:
    if not responses.is_dense or not bool((responses.seen == 1).all()):
        raise NoOverallFit("M2 needs people who all had the same items.")
    right: FloatArray = responses.shares
    if not bool(((right == 0) | (right == 1)).all()):
        raise NoOverallFit("M2 needs items that are right or wrong.")
    if responses.items > MOST_ITEMS:
        raise NoOverallFit(f"M2 is for at most {MOST_ITEMS} items.", items=responses.items, most=MOST_ITEMS)
    population = calibration.population
    if len(calibration.slope) != responses.items or (population.mean, population.sd) != (0.0, 1.0):
        raise NoOverallFit("M2 needs the calibration of these answers by themselves, without anchors.")
    return right


def _products(p: FloatArray, pairs: np.ndarray) -> FloatArray:
    """[nodes, items + pairs]: the chance of each item, then of both items of each pair, at each ability."""
    return np.concatenate([p, p[:, pairs[:, 0]] * p[:, pairs[:, 1]]], axis=1)


def _derivatives(calibration: Calibration, p: FloatArray, pairs: np.ndarray) -> FloatArray:
    """[items + pairs, parameters]: by the intercepts, then by what was free of the slopes."""
    weight, items = np.exp(LOG_WEIGHTS), p.shape[1]
    density = p * (1 - p)

    def by(change: FloatArray) -> FloatArray:
        found = np.zeros((items + len(pairs), items))
        found[np.arange(items), np.arange(items)] = weight @ change
        row = items + np.arange(len(pairs))
        for own, other in ((pairs[:, 0], pairs[:, 1]), (pairs[:, 1], pairs[:, 0])):
            found[row, own] = weight @ (change[:, own] * p[:, other])
        return found

    intercepts, slopes = by(density), by(NODES[:, None] * density)
    if calibration.model == "2pl":
        return np.concatenate([intercepts, slopes], axis=1)
    if not calibration.slope_error.any():
        return intercepts
    return np.concatenate([intercepts, slopes.sum(axis=1, keepdims=True)], axis=1)


def _covariance(p: FloatArray, pairs: np.ndarray, *, expected: FloatArray) -> FloatArray:
    """Ξ: the covariances of one person's rights of items and pairs, which share no, one or all items."""
    weight, items = np.exp(LOG_WEIGHTS), p.shape[1]
    each = _products(p, pairs)
    joint = each.T @ (weight[:, None] * each)
    for item in range(items):
        of_item = np.flatnonzero((pairs == item).any(axis=1))
        other = pairs[of_item].sum(axis=1) - item
        rest = np.concatenate([np.ones((len(p), 1)), p[:, other]], axis=1)
        place = np.concatenate([[item], items + of_item])
        # An item is right once, however often it is asked for.
        joint[np.ix_(place, place)] = rest.T @ ((weight * p[:, item])[:, None] * rest)
    np.fill_diagonal(joint, expected)
    found: FloatArray = joint - np.outer(expected, expected)
    return found


def _srmsr(observed: FloatArray, expected: FloatArray, pairs: np.ndarray) -> float:
    def correlations(shares: FloatArray) -> FloatArray:
        items = len(shares) - len(pairs)
        single = shares[:items]
        first, second = single[pairs[:, 0]], single[pairs[:, 1]]
        spread = np.sqrt(first * (1 - first) * second * (1 - second))
        found: FloatArray = (shares[items:] - first * second) / spread
        return found

    return float(np.sqrt(((correlations(observed) - correlations(expected)) ** 2).mean()))
