"""Scores of a file as exact shares of the points and as whole weights."""

import math
from collections.abc import Sequence
from fractions import Fraction

from question_bank.shares import nearest_share, share_value

MAX_WEIGHT = 1_000
_MAX_DENOMINATOR = 100_000


def share_of(score: Fraction, whole: Fraction) -> Fraction:
    """Return the share that a score is, the nearest of a small denominator where a file rounded it."""
    return share_value(nearest_share((score / whole).limit_denominator(_MAX_DENOMINATOR)))


def whole_weights(scores: Sequence[Fraction]) -> list[int] | None:
    """Return whole numbers in the same proportion, or None where one is not positive or they grow too large."""
    if any(score <= 0 for score in scores):
        return None
    shares = [share_of(score, sum(scores, Fraction(0))) for score in scores]
    common = math.lcm(*(share.denominator for share in shares))
    weights = [int(share * common) for share in shares]
    divisor = math.gcd(*weights)
    weights = [weight // divisor for weight in weights]
    return weights if max(weights) <= MAX_WEIGHT else None
