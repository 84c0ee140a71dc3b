"""What is balanced beside the expected marks: information at the cut, and the expected time of a form.

Each is one more column of whole numbers, scaled so that the tolerance of the marks means the wanted closeness there:
the stages that exchange items need to know nothing of it.
"""

from collections.abc import Sequence
from decimal import Decimal
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
) -> tuple[IntArray, ...] | None:
    """The marks with information and time beside them; None: nothing to balance."""
    columns: list[list[IntArray]] = [] if marks is None else [list(marks)]
    columns += [
        column
        for column in (
            _information(blueprint, items, decks),
            _times(blueprint, items, decks, tolerance=tolerance),
        )
        if column is not None
    ]
    if not columns:
        return None
    return tuple(np.concatenate(parts, axis=1) for parts in zip(*columns, strict=True))


def filled_information(items: Sequence[PoolItem]) -> list[int] | None:
    """Millionths of information of each item; those of which nothing is known count as the mean of the others. None
    where nothing is known of any."""
    values = [item.information_millionths for item in items]
    known = [value for value in values if value is not None]
    if not known or not sum(known):
        return None
    mean = round(Fraction(sum(known), len(known)))
    return [mean if value is None else value for value in values]


def _information(
    blueprint: Blueprint, items: Sequence[PoolItem], decks: Sequence[Sequence[int]]
) -> list[IntArray] | None:
    filled = filled_information(items)
    if filled is None:
        return None
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
) -> list[IntArray] | None:
    """The column of times, scaled so that the nearer limit lies one tolerance from the mean; None without limits, or
    where the mean lies outside them, so that exchanges could not bring the forms in.
    """
    limits, times = blueprint.expected_time, filled_times(items)
    if limits is None or times is None:
        return None
    mean = mean_time(blueprint, times, decks)
    room = min(limits.most_s - mean, mean - limits.least_s)
    if room <= 0:
        return None
    scale = max(tolerance, 1) / (room * TIME_MARGIN)
    column = _column(times, scale)
    # The target lies at the mean: an even draw can have no other.
    return [column] * len(blueprint.cells)


def mean_time(blueprint: Blueprint, times: Sequence[int], decks: Sequence[Sequence[int]]) -> Fraction:
    """Seconds that a form drawn evenly from the decks is expected to take."""
    return sum(
        (
            Fraction(cell.count * sum(times[i] for i in deck), len(deck))
            for cell, deck in zip(blueprint.cells, decks, strict=True)
        ),
        Fraction(0),
    )


def _column(values: Sequence[int], scale: Fraction) -> IntArray:
    return np.array([[round(value * scale)] for value in values], dtype=np.int64)


def no_expected_times() -> Reason:
    return Reason(
        "no_expected_times",
        "Ma trận giới hạn tổng thời gian dự kiến nhưng không câu hỏi nào có thời gian dự kiến.",
        "The blueprint limits the expected time, but no item has an expected time.",
    )


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


def information_not_met(forms: int, *, least: Decimal) -> Reason:
    """Some forms tell too little at the cut."""
    return Reason(
        "information_not_met",
        f"{forms} đề không đạt lượng thông tin {least} tại điểm chuẩn. Hãy giảm mức đòi hỏi hoặc bổ sung câu hỏi phân "
        "biệt tốt quanh điểm chuẩn.",
        f"{forms} forms do not reach an information of {least} at the cut score. Ask for less, or add items that "
        "discriminate well around it.",
        {"forms": forms, "least": least},
    )
