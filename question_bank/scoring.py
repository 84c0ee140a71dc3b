"""Scores and the rules that turn a response into one, in exact arithmetic, rounded once at the end."""

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction
from itertools import pairwise
from typing import Literal

from pydantic import JsonValue

POINT_UNIT = Decimal("0.000001")
"""Points are kept to a millionth of a mark; a share that does not divide is rounded half up to it."""


@dataclass(frozen=True, slots=True)
class Score:
    """Points gained, `0 ≤ points ≤ max_points`, with what a report needs to explain them."""

    points: Decimal
    max_points: Decimal
    detail: Mapping[str, JsonValue] = field(default_factory=dict)

    def __post_init__(self) -> None:
        assert Decimal(0) <= self.points <= self.max_points, (self.points, self.max_points)


class InvalidPoints(ValueError):
    """The points offered for an item are negative or no number; `code` is `invalid_points`."""

    code = "invalid_points"

    def __init__(self, points: Decimal) -> None:
        super().__init__(f"an item cannot be worth {points} points")
        self.points = points


def score_share(share: Fraction, points: Decimal, *, detail: Mapping[str, JsonValue] | None = None) -> Score:
    """Return the score for a share of the points, `share` in [0, 1], rounded half up to `POINT_UNIT`.

    Raises:
        InvalidPoints: `points` is negative, infinite or not a number.
    """
    if not points.is_finite() or points < 0:
        raise InvalidPoints(points)
    assert 0 <= share <= 1, share
    if share == 1:
        gained = points
    else:
        exact = share * Fraction(points)
        with localcontext() as context:
            context.prec = 60
            quotient = Decimal(exact.numerator) / Decimal(exact.denominator)
            gained = min(quotient.quantize(POINT_UNIT, rounding=ROUND_HALF_UP), points).normalize()
    return Score(gained, points, {**(detail or {}), "share": str(share)})


def all_or_nothing_share(chosen: AbstractSet[str], keys: AbstractSet[str]) -> Fraction:
    """Return 1 if exactly the keys were chosen, else 0."""
    return Fraction(int(bool(keys) and chosen == keys))


def right_minus_wrong_share(
    chosen: AbstractSet[str], keys: AbstractSet[str], *, distractors: AbstractSet[str]
) -> Fraction:
    """Return the share of keys chosen less the share of distractors chosen, not below 0.

    Choosing everything and choosing nothing both give 0.
    """
    if not keys:
        return Fraction(0)
    right = Fraction(len(chosen & keys), len(keys))
    wrong = Fraction(len(chosen & distractors), len(distractors)) if distractors else Fraction(0)
    return max(Fraction(0), right - wrong)


def multiple_true_false_share(
    chosen: AbstractSet[str], keys: AbstractSet[str], *, distractors: AbstractSet[str]
) -> Fraction:
    """Return the share of right decisions: keys chosen and distractors left.

    A response of nothing has decisions too, and earns (n - k) / n: ask for one per option (a true/false cluster does).

    Source: Cronbach (1941), Journal of Educational Psychology 32, 533-543 (multiple true-false tests).
    """
    right = len(chosen & keys) + len(distractors - chosen)
    return Fraction(right, len(keys | distractors) or 1)


def ps50_share(
    chosen: AbstractSet[str], keys: AbstractSet[str], *, distractors: AbstractSet[str]
) -> Fraction:
    """Return 1 for all right decisions, one half for more than half of them, else 0.

    In a true/false cluster the scale of steps says the same ("0", "0", "0", "1/2", "1/2", "1" for five statements).

    Source: Bauer, Holzer, Kopp & Fischer (2011), Advances in Health Sciences Education 16, 211-221 (PS50).
    """
    share = multiple_true_false_share(chosen, keys, distractors=distractors)
    if share == 1:
        return Fraction(1)
    return Fraction(1, 2) if share > Fraction(1, 2) else Fraction(0)


def ripkey_share(chosen: AbstractSet[str], keys: AbstractSet[str]) -> Fraction:
    """Return the share of keys chosen, 0 where more options are chosen than there are keys.

    Source: Ripkey, Case & Swanson (1996), Academic Medicine 71(10 Suppl.) (pick-N items).
    """
    return correct_only_share(chosen, keys) if len(chosen) <= len(keys) else Fraction(0)


def plus_minus_share(chosen: AbstractSet[str], keys: AbstractSet[str]) -> Fraction:
    """Return the number of keys chosen less that of other options chosen, over the keys, not below 0.

    Source: Betts, Muntean, Kim & Kao (2022), Educational and Psychological Measurement 82, 151-176 (plus/minus).
    """
    if not keys:
        return Fraction(0)
    return max(Fraction(0), Fraction(len(chosen & keys) - len(chosen - keys), len(keys)))


def correct_only_share(chosen: AbstractSet[str], keys: AbstractSet[str]) -> Fraction:
    """Return the share of keys chosen, whatever else is chosen: to choose everything earns everything, so limit the
    number of choices."""
    return Fraction(len(chosen & keys), len(keys)) if keys else Fraction(0)


def penalty_for_guessing(options: int) -> Fraction:
    """Return what a wrong single choice of `options` costs, -1/(n - 1), so that blind guessing expects nothing.

    Raises:
        ValueError: fewer than two options: there is nothing to guess.
    """
    if options < 2:
        raise ValueError("a choice has at least two options")
    return Fraction(-1, options - 1)


def position_share(order: Sequence[str], right: Sequence[str]) -> Fraction:
    """Return the share of entries that stand at their right place.

    Source: grading "absolute position" of the Moodle ordering question.
    """
    return Fraction(sum(a == b for a, b in zip(order, right, strict=True)), len(right) or 1)


def adjacent_pairs_share(order: Sequence[str], right: Sequence[str]) -> Fraction:
    """Return the share of neighbours in the right order that follow each other in `order` too.

    Source: grading "relative to the next item, excluding the last" of the Moodle ordering question.
    """
    pairs = set(pairwise(right))
    return Fraction(sum(pair in pairs for pair in pairwise(order)), len(pairs) or 1)


def rank_distance(means: Sequence[Fraction], *, power: Literal[1, 2]) -> Fraction:
    """Return the sum over ranks r = 1 … n of |r - means[r - 1]| ** power.

    `means` are the experts' mean ranks of the options, in the order in which a candidate ranked them.

    Source: power 1, Spearman's footrule: Diaconis & Graham (1977), Journal of the Royal Statistical Society B 39,
    262-268; power 2, the squared differences of Spearman's rank correlation (1904).
    """
    return sum((abs(rank - mean) ** power for rank, mean in enumerate(means, 1)), Fraction(0))


def distance_range(means: Sequence[Fraction], *, power: Literal[1, 2]) -> tuple[Fraction, Fraction]:
    """Return the least and the greatest `rank_distance` over all orders of the means.

    They belong to the options sorted by mean rank and to the reverse, because |x - y| ** power is convex in x - y
    (rearrangement inequality). They are equal where no ranking can be told from another: all means tie, or, with
    power 1, such as 2 and 3.

    Source: Hardy, Littlewood & Pólya, Inequalities (1952), section 10.2.
    """
    nearest, farthest = sorted(means), sorted(means, reverse=True)
    return rank_distance(nearest, power=power), rank_distance(farthest, power=power)


def consensus_share(means: Sequence[Fraction], *, power: Literal[1, 2]) -> Fraction:
    """Return (D_max - D) / (D_max - D_min) for the distance D of a ranking from the consensus; 0 where no ranking
    can be told from another.
    """
    nearest, farthest = distance_range(means, power=power)
    if farthest == nearest:
        return Fraction(0)
    return (farthest - rank_distance(means, power=power)) / (farthest - nearest)


def weighted_share(parts: Iterable[tuple[Fraction, int]]) -> Fraction:
    """Return the mean of shares by their weights; 0 where there are none."""
    listed = list(parts)
    total = sum(weight for _share, weight in listed)
    return sum((share * weight for share, weight in listed), Fraction(0)) / (total or 1)
