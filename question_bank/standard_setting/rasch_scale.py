"""Between marks on a form and ability, by the Rasch model: what carries one cut score to forms of other difficulty."""

import math
from collections.abc import Sequence
from typing import Final, NamedTuple

from question_bank.blueprint import Reason
from question_bank.standard_setting.agreement import correlation
from question_bank.standard_setting.ratings import Unusable

LOWEST, HIGHEST = -30.0, 30.0
STEPS: Final = 200
RESPONSE_PROBABILITY: Final = 0.67
"""Source: Mitzel, Lewis, Patz & Green (2001), The Bookmark procedure, in Cizek, Setting Performance Standards."""


class ScaledItem(NamedTuple):
    """An item with its Rasch difficulty in logits and its points."""

    difficulty: float
    points: float = 1.0


def expected_marks(theta: float, items: Sequence[ScaledItem]) -> float:
    """The test characteristic curve: Σ points · 1 / (1 + exp(b - θ)). Source: Rasch (1960)."""
    return math.fsum(item.points * _logistic(theta - item.difficulty) for item in items)


def marks_slope(theta: float, items: Sequence[ScaledItem]) -> float:
    """By how many marks the test characteristic curve rises per logit at `theta`: Σ points · P (1 - P)."""
    chances = [(item.points, _logistic(theta - item.difficulty)) for item in items]
    return math.fsum(points * p * (1 - p) for points, p in chances)


def ability_at(marks: float, items: Sequence[ScaledItem]) -> float:
    """The ability whose expected marks on these items are `marks`, strictly between 0 and all points.

    Raises Unusable: no items, a difficulty that is no number, or marks that no ability is expected to reach.
    """
    top = math.fsum(item.points for item in items)
    if not items or not all(math.isfinite(item.difficulty) and item.points > 0 for item in items):
        raise Unusable([no_difficulties(0, len(items))])
    if not 0 < marks < top:
        raise Unusable(
            [
                Reason(
                    "marks_at_the_end",
                    "Ngưỡng bằng 0 hoặc bằng toàn bộ số điểm không ứng với năng lực nào.",
                    "A cut of no marks or of all marks belongs to no ability.",
                )
            ]
        )
    low, high = LOWEST, HIGHEST
    for _step in range(STEPS):
        middle = (low + high) / 2
        if expected_marks(middle, items) < marks:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def marks_on_form(marks: float, *, reference: Sequence[ScaledItem], form: Sequence[ScaledItem]) -> float:
    """The marks on `form` that mean what `marks` mean on the reference form (IRT true-score equating).

    Source: Kolen & Brennan (2014), Test Equating, Scaling, and Linking, chapter 6.
    """
    return expected_marks(ability_at(marks, reference), form)


def mastery_location(
    difficulty: float,
    *,
    discrimination: float = 1.0,
    guessing: float = 0.0,
    probability: float = RESPONSE_PROBABILITY,
) -> float:
    """The ability in logits that answers the item right with `probability`: b + ln((p - c) / (1 - p)) / a.

    By the Rasch model (a = 1, c = 0) that is b + 0.7082 for 0.67. Raises Unusable where no ability does: a probability
    at or below the lower asymptote or at 1, a discrimination that is not above 0, or what is no number.
    """
    is_sound = all(math.isfinite(one) for one in (difficulty, discrimination, guessing, probability))
    if not is_sound or discrimination <= 0 or not 0 <= guessing < probability < 1:
        raise Unusable(
            [
                Reason(
                    "never_mastered",
                    "Không có mức năng lực nào trả lời đúng câu này với xác suất yêu cầu.",
                    "No ability answers this item right with the probability that is asked for.",
                )
            ]
        )
    return difficulty + math.log((probability - guessing) / (1 - probability)) / discrimination


def judge_consistency(ratings: Sequence[float], items: Sequence[ScaledItem], *, cut: float) -> float | None:
    """Correlation of one judge's probabilities with those of the model at the cut; None where it is not defined.

    Source: van der Linden (1982), Journal of Educational Measurement 19, 295-308.
    """
    theta = ability_at(cut, items)
    return correlation(list(ratings), [_logistic(theta - item.difficulty) for item in items])


def no_difficulties(known: int, total: int) -> Reason:
    """That items lack a difficulty from data, which the method cannot do without."""
    return Reason(
        "no_difficulties",
        f"Mới có độ khó từ dữ liệu thi của {known}/{total} câu; phương pháp đánh dấu cần đủ cả. Hãy dùng Angoff hoặc "
        "hiệu chuẩn ngân hàng trước.",
        f"Difficulties from data are known for {known} of {total} items; the bookmark method needs all of them. Use "
        "Angoff or calibrate the bank first.",
        {"known": known, "total": total},
    )


def _logistic(value: float) -> float:
    # Both branches keep the exponent below zero, so that nothing overflows.
    if value >= 0:
        return 1 / (1 + math.exp(-value))
    return math.exp(value) / (1 + math.exp(value))
