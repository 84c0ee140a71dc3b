"""Whether the model describes what people answered, item by item, where everybody had the same items."""

from dataclasses import dataclass

import numpy as np
from scipy.special import chdtrc

from question_bank.calibration.curves import score_distribution
from question_bank.calibration.fitting import Calibration
from question_bank.calibration.marginal import LOG_WEIGHTS
from question_bank.calibration.refusals import CalibrationRefused
from question_bank.calibration.responses import FloatArray, IntArray, Responses

FEWEST_EXPECTED = 1.0


class NotOneForm(CalibrationRefused):
    """S-X² compares people of the same number right on the same items, answered right or wrong."""

    code = "not_one_form"


@dataclass(frozen=True, slots=True, eq=False)
class ItemFit:
    """S-X² of each item with its degrees of freedom and probability; NaN-free: an item without degrees has p = 1."""

    statistic: FloatArray
    degrees: IntArray
    probability: FloatArray


def s_x2(responses: Responses, calibration: Calibration) -> ItemFit:
    """Orlando and Thissen's S-X²: shares right by number right, observed against expected.

    Neighbouring numbers right are joined until each expected count of right and wrong is at least 1. Raises NotOneForm.
    Source: Orlando & Thissen (2000), Applied Psychological Measurement 24, 50-64.
    """
    if not responses.is_dense or not bool((responses.seen == 1).all()):
        raise NotOneForm("S-X2 needs people who all had the same items.")
    right = responses.shares
    if not bool(((right == 0) | (right == 1)).all()):
        raise NotOneForm("S-X2 needs items that are right or wrong.")
    p = calibration.parameters.probability(calibration.population.nodes)
    weight = np.exp(LOG_WEIGHTS)
    score = right.sum(axis=1).astype(np.int64)
    every = weight @ score_distribution(p)
    people = np.bincount(score, minlength=responses.items + 1)[1:-1]
    free = 2 if calibration.model == "2pl" else 1
    statistic, degrees = np.zeros(responses.items), np.zeros(responses.items, dtype=np.int64)
    for item in range(responses.items):
        rest = score_distribution(np.delete(p, item, axis=1))
        expected = _share_right(weight * p[:, item], rest, every)
        observed = np.bincount(score, weights=right[:, item], minlength=responses.items + 1)[1:-1]
        statistic[item], cells = _pearson(people, observed.astype(np.float64), expected)
        degrees[item] = max(cells - free, 0)
    probability = np.where(degrees > 0, chdtrc(np.maximum(degrees, 1), statistic), 1.0)
    return ItemFit(statistic, degrees, probability)


def _share_right(weight: FloatArray, rest: FloatArray, every: FloatArray) -> FloatArray:
    """The expected share right of people with 1 .. n-1 right."""
    share: FloatArray = (weight @ rest)[: len(every) - 2] / every[1:-1]
    return share


def _pearson(people: IntArray, observed: FloatArray, expected: FloatArray) -> tuple[float, int]:
    """The statistic over cells that are joined from the ends inwards, and the number of cells."""
    cells = [
        [float(n), float(n * share), float(seen)]
        for n, share, seen in zip(people, expected, observed, strict=True)
    ]
    place = 0
    while len(cells) > 1 and place < len(cells):
        n, right, _seen = cells[place]
        if min(right, n - right) >= FEWEST_EXPECTED:
            place += 1
            continue
        other = place - 1 if place else 1
        cells[other] = [a + b for a, b in zip(cells[other], cells[place], strict=True)]
        del cells[place]
        place = max(place - 1, 0)
    total = sum((seen - right) ** 2 * n / (right * (n - right)) for n, right, seen in cells if 0 < right < n)
    return total, len(cells)
