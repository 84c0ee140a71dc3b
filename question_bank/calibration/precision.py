"""Standard errors of item parameters from the observed information of the marginal likelihood."""

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

import numpy as np

from question_bank.calibration.marginal import NODES, Expectation
from question_bank.calibration.responses import FloatArray, Responses

MOST_JOINT_ITEMS: Final = 200
"""Up to so many items the whole information matrix is inverted. Beyond, an item's block stands alone: what it leaves
out, the uncertainty of the common scale, falls with the number of items."""

CHUNK: Final = 65_536

Slopes: TypeAlias = Literal["own", "common", "known"]
"""Whether every item has a slope of its own, all share one, or slopes are not estimated."""


@dataclass(frozen=True, slots=True, eq=False)
class Errors:
    """Standard errors of slopes and intercepts, and the covariance of the two of each item."""

    slope: FloatArray
    intercept: FloatArray
    covariance: FloatArray


def item_errors(responses: Responses, curves: FloatArray, *, found: Expectation, slopes: Slopes) -> Errors:
    """Errors of (slope, intercept) of every item, in the units of NODES; `curves` is [items, nodes] of P.

    Beyond MOST_JOINT_ITEMS a common slope is taken as known.
    Source: Louis (1982), Journal of the Royal Statistical Society B 44, 226-233: the observed information is the
    complete-data information less the variance of the score given the data.
    """
    if responses.items <= MOST_JOINT_ITEMS:
        return _joint(responses, curves, found=found, slopes=slopes)
    return _separate(responses, curves, found=found, slopes=slopes)


def _joint(responses: Responses, curves: FloatArray, *, found: Expectation, slopes: Slopes) -> Errors:
    """Invert the whole matrix over (intercepts, slopes)."""
    count = responses.items
    information = np.zeros((2 * count, 2 * count))
    d, a = slice(0, count), slice(count, 2 * count)
    weight = found.seen * curves * (1 - curves)
    for rows, columns, power in ((d, d, 0), (d, a, 1), (a, a, 2)):
        np.fill_diagonal(information[rows, columns], (weight * NODES**power).sum(axis=1))
    seen = responses.seen if responses.is_dense else responses.seen.toarray()
    shares = responses.shares if responses.is_dense else responses.shares.toarray()
    seen, shares = seen * responses.weight, shares * responses.weight
    mean_d = np.zeros((responses.persons, count))
    mean_a = np.zeros_like(mean_d)
    # Σ_persons of E[score score'] less E[score] E[score]', node by node: nothing of persons × items × nodes is kept.
    for node, theta in enumerate(NODES):
        score = shares - seen * curves[:, node]
        held = found.posterior[:, node, None] * score
        square = score.T @ held
        information[d, d] -= square
        information[d, a] -= square * theta
        information[a, a] -= square * theta**2
        mean_d += held
        mean_a += theta * held
    information[d, d] += mean_d.T @ mean_d
    information[d, a] += mean_d.T @ mean_a
    information[a, a] += mean_a.T @ mean_a
    information[a, d] = information[d, a].T
    return _inverted(information, count, slopes=slopes)


def _inverted(information: FloatArray, count: int, *, slopes: Slopes) -> Errors:
    if slopes == "known":
        known = np.zeros(count)
        inverse = np.linalg.pinv(information[:count, :count], hermitian=True)
        return Errors(known, np.sqrt(np.maximum(np.diag(inverse), 0.0)), known)
    if slopes == "common":
        shared = np.zeros((2 * count, count + 1))
        shared[:count, :count] = np.eye(count)
        shared[count:, count] = 1.0
        information = shared.T @ information @ shared
    covariance = np.linalg.pinv(information, hermitian=True).astype(np.float64)
    variance = np.maximum(np.diag(covariance), 0.0)
    if slopes == "common":
        of_slope = np.full(count, np.sqrt(variance[count]))
        return Errors(of_slope, np.sqrt(variance[:count]), covariance[:count, count])
    between = covariance[np.arange(count), count + np.arange(count)]
    return Errors(np.sqrt(variance[count:]), np.sqrt(variance[:count]), between)


def _separate(responses: Responses, curves: FloatArray, *, found: Expectation, slopes: Slopes) -> Errors:
    """Each item's own block of Σ score score', which is the observed information at the maximum."""
    person, item, share = responses.entries()
    block = np.zeros((3, responses.items))
    for start in range(0, len(person), CHUNK):
        part = slice(start, start + CHUNK)
        posterior, curve = found.posterior[person[part]], curves[item[part]]
        at = share[part]
        d = at - np.einsum("kq,kq->k", posterior, curve)
        a = at * (posterior @ NODES) - np.einsum("kq,kq,q->k", posterior, curve, NODES)
        d, a = responses.weight[item[part]] * d, responses.weight[item[part]] * a
        for row, product in enumerate((d * d, d * a, a * a)):
            block[row] += np.bincount(item[part], weights=product, minlength=responses.items)
    dd, da, aa = block
    if slopes != "own":
        zero = np.zeros(responses.items)
        return Errors(zero, 1 / np.sqrt(dd), zero)
    determinant = np.maximum(dd * aa - da**2, np.finfo(float).tiny)
    return Errors(np.sqrt(dd / determinant), np.sqrt(aa / determinant), -da / determinant)
