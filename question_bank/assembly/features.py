"""What is balanced beside the expected marks: information at the cut, and the expected time of a form.

Each is one more column of whole numbers, scaled so that the tolerance of the marks means the wanted closeness there:
the stages that exchange items need to know nothing of it.
"""

from collections.abc import Sequence
from fractions import Fraction
from typing import Final

import numpy as np

from question_bank.assembly.plan import MARK_UNIT, IntArray
from question_bank.blueprint import Blueprint, ExpectedTime, Reason
from question_bank.pool import PoolItem

INFORMATION_MARKS: Final = 10
"""The information of a mean form counts as this many marks: a tolerance of 0.2 marks is 2 % of it."""

TIME_MARGIN: Final = Fraction(999, 1000)
"""A little is left for the rounding of times, so that a form inside the tolerance is inside its limits."""


def add_features(
    blueprint: Blueprint,
    items: Sequence[PoolItem],
    *,
    decks: Sequence[Sequence[int]],
    marks: tuple[IntArray, ...] | None,
    tolerance: int,
) -> tuple[IntArray, ...] | Reason | None:
    """The marks with information and time beside them (None: nothing to balance), or why the limits of time
    cannot be met.
    """
    columns: list[list[IntArray]] = [] if marks is None else [list(marks)]
    information = _information(blueprint, items, decks)
    if information is not None:
        columns.append(information)
    if blueprint.expected_time is not None:
        times = _times(blueprint, items, decks, tolerance=tolerance)
        if isinstance(times, Reason):
            return times
        columns.append(times)
    if not columns:
        return None
    return tuple(np.concatenate(parts, axis=1) for parts in zip(*columns, strict=True))


def _information(
    blueprint: Blueprint, items: Sequence[PoolItem], decks: Sequence[Sequence[int]]
) -> list[IntArray] | None:
    values = [item.information_millionths for item in items]
    known = [value for value in values if value is not None]
    if not known or not sum(known):
        return None
    mean = round(Fraction(sum(known), len(known)))
    filled = [mean if value is None else value for value in values]
    cells = list(zip(blueprint.cells, decks, strict=True))
    form = sum(
        (
            Fraction(cell.count * sum(filled[i] for i in deck), len(deck))
            for cell, deck in cells
            if not cell.pretest
        ),
        Fraction(0),
    )
    scale = Fraction(INFORMATION_MARKS * MARK_UNIT) / form
    scored = _column(filled, scale)
    return [np.zeros_like(scored) if cell.pretest else scored for cell in blueprint.cells]


def filled_times(items: Sequence[PoolItem]) -> list[int] | None:
    """Expected seconds of each item; those without any count as the mean of the others. None when nobody has one."""
    known = [item.expected_time_s for item in items if item.expected_time_s is not None]
    if not known:
        return None
    mean = round(Fraction(sum(known), len(known)))
    return [mean if item.expected_time_s is None else item.expected_time_s for item in items]


def _times(
    blueprint: Blueprint, items: Sequence[PoolItem], decks: Sequence[Sequence[int]], *, tolerance: int
) -> list[IntArray] | Reason:
    """The column of times, scaled so that the nearer limit lies one tolerance from the mean."""
    limits = blueprint.expected_time
    assert limits is not None
    times = filled_times(items)
    if times is None:
        return Reason(
            "no_expected_times",
            "Ma trận giới hạn tổng thời gian dự kiến nhưng không câu hỏi nào có thời gian dự kiến.",
            "The blueprint limits the expected time, but no item has an expected time.",
        )
    mean = sum(
        (
            Fraction(cell.count * sum(times[i] for i in deck), len(deck))
            for cell, deck in zip(blueprint.cells, decks, strict=True)
        ),
        Fraction(0),
    )
    room = min(limits.most_s - mean, mean - limits.least_s)
    if room <= 0:
        return time_outside(limits, mean=round(mean))
    scale = max(tolerance, 1) / (room * TIME_MARGIN)
    column = _column(times, scale)
    # The target lies at the mean: an even draw can have no other.
    return [column] * len(blueprint.cells)


def _column(values: Sequence[int], scale: Fraction) -> IntArray:
    return np.array([[round(value * scale)] for value in values], dtype=np.int64)


def time_outside(limits: ExpectedTime, *, mean: int) -> Reason:
    """The bank's own mean lies outside the limits: no even draw can meet them."""
    return Reason(
        "expected_time_infeasible",
        f"Tổng thời gian dự kiến trung bình của một đề từ ngân hàng này là {mean} giây, không nằm giữa "
        f"{limits.least_s} và {limits.most_s} giây. Hãy đổi giới hạn, số câu hoặc bổ sung câu hỏi ngắn hơn, dài hơn.",
        f"A mean form from this bank is expected to take {mean} seconds, which is not between {limits.least_s} and "
        f"{limits.most_s}. Change the limits, the counts, or add shorter or longer items.",
        {"mean_s": mean, "least_s": limits.least_s, "most_s": limits.most_s},
    )


def time_not_met(limits: ExpectedTime, *, forms: int) -> Reason:
    """Some forms could not be brought inside the limits."""
    return Reason(
        "expected_time_not_met",
        f"{forms} đề không đưa được tổng thời gian dự kiến vào khoảng {limits.least_s}–{limits.most_s} giây. "
        "Hãy nới giới hạn.",
        f"{forms} forms could not be brought to an expected time of {limits.least_s} to {limits.most_s} seconds. "
        "Widen the limits.",
        {"forms": forms, "least_s": limits.least_s, "most_s": limits.most_s},
    )
