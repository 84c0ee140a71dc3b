"""The distribution of true scores behind observed marks: a four-parameter beta by the method of moments."""

from math import sqrt

import numpy as np
import numpy.typing as npt

from question_bank.calibration.classification import (
    NoClassification,
    TrueScores,
    effective_length,
    true_score_distribution,
)
from question_bank.calibration.refusals import are_usable
from question_bank.calibration.responses import FloatArray

FEWEST_PEOPLE = 30
"""A third and a fourth moment of fewer people are noise; two parameters are then fitted."""


def true_scores_of(
    marks: npt.ArrayLike, *, reliability: float, low: float, high: float, length: float | None = None
) -> TrueScores:
    """The four-parameter beta distribution of true scores as shares of the range `low`..`high`.

    `marks` are people's observed marks, [people]; `length` is the effective test length (Livingston and Lewis's unless
    given). The first four moments of the true scores follow from the factorial moments of the marks on that length.
    Where they belong to no beta distribution within 0 and 1, or there are fewer than FEWEST_PEOPLE, the two-parameter
    one of the same mean and variance is returned (low 0, high 1). Raises NoClassification.

    Source: Lord (1965), Psychometrika 30, 239-270; Hanson (1991), ACT Research Report 91-5 (moments and bounds);
    Livingston & Lewis (1995), Journal of Educational Measurement 32, 179-197.
    """
    held = np.asarray(marks, dtype=np.float64)
    is_sound = held.ndim == 1 and len(held) > 1 and are_usable(held) and low < high
    if not is_sound or not bool(((held >= low) & (held <= high)).all()):
        raise NoClassification("Marks must be at least two finite numbers within the range.")
    mean, variance = float(held.mean()), float(held.var())
    found = effective_length(mean, variance, reliability=reliability, low=low, high=high)
    items = found if length is None else length
    four = None
    if len(held) >= FEWEST_PEOPLE and items > 3:
        four = _four_parameters(_true_moments((held - low) / (high - low) * items, items))
    if four is not None:
        return four
    return true_score_distribution(mean, variance, reliability=reliability, low=low, high=high)


def _true_moments(right: FloatArray, items: float) -> tuple[float, float, float, float]:
    """Mean, variance, skewness and kurtosis of the true share, from factorial moments of the number right."""
    raw = []
    falling, top = np.ones(len(right)), 1.0
    for order in range(4):
        falling, top = falling * (right - order), top * (items - order)
        raw.append(float(falling.mean()) / top)
    first, second, third, fourth = raw
    variance = second - first**2
    if variance <= 0:
        return first, 0.0, 0.0, 0.0
    central3 = third - 3 * first * second + 2 * first**3
    central4 = fourth - 4 * first * third + 6 * first**2 * second - 3 * first**4
    return first, variance, central3 / variance**1.5, central4 / variance**2


def _four_parameters(moments: tuple[float, float, float, float]) -> TrueScores | None:
    mean, variance, skew, kurtosis = moments
    shape = 6 + 3 * skew**2 - 2 * kurtosis
    size = 6 * (kurtosis - skew**2 - 1) / shape if variance > 0 and shape != 0 else 0.0  # alpha + beta
    if size <= 0:
        return None
    inner = 24 * (size + 1) / ((size + 2) * (size + 3) * kurtosis - 3 * (size - 6) * (size + 1))
    if not inner < 1:
        return None
    away = sqrt(1 - inner) * (1 if skew < 0 else -1)
    alpha, beta = size / 2 * (1 + away), size / 2 * (1 - away)
    if min(alpha, beta) <= 0:
        return None
    width = sqrt(variance * (size + 1) / (alpha * beta)) * size
    low = mean - width * alpha / size
    high = low + width
    return TrueScores(low, high, alpha, beta) if low >= 0 and high <= 1 else None
