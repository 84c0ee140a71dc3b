"""Leaving items out, so that an even draw from the rest is as hard, as informative and as long as the blueprint asks.

Every form drawn evenly from its decks has the mean of the decks. Where that is not what is asked for, the items that
pull it away most are left out, as few as possible, and never more than half of a deck: exposure stays even over those
that remain.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from question_bank.assembly.features import filled_information, filled_times, no_expected_times
from question_bank.assembly.plan import MARK_UNIT, IntArray
from question_bank.blueprint import Blueprint, Reason
from question_bank.pool import SHARE_UNIT, PoolItem

MIDDLE: Final = 1
"""The place of ability 0 among `ABILITIES`."""

INFORMATION_MARGIN: Final = Fraction(103, 100)
"""The mean form tells so much more than asked for that one within the tolerance still tells enough."""

Decks = Sequence[Sequence[int]]


@dataclass(frozen=True, slots=True)
class Demand:
    """What the blueprint asks of the mean form: that the sum of `values[cell][item]` (whole numbers) lies from `least`
    to `most`.
    """

    values: Sequence[Sequence[int]]
    least: Fraction | None = None
    most: Fraction | None = None

    def off(self, mean: Fraction) -> Fraction:
        """How far outside the mean is: above 0 when too large, below 0 when too small."""
        if self.least is not None and mean < self.least:
            return mean - self.least
        if self.most is not None and mean > self.most:
            return mean - self.most
        return Fraction(0)

    def mean(self, counts: Sequence[int], decks: Decks) -> Fraction:
        """What a form drawn evenly from the decks has."""
        parts = zip(counts, decks, self.values, strict=True)
        return sum((Fraction(n * sum(v[i] for i in deck), len(deck)) for n, deck, v in parts), Fraction(0))


def demands_of(
    blueprint: Blueprint,
    items: Sequence[PoolItem],
    *,
    decks: Decks,
    marks: Sequence[IntArray] | None,
    tolerance: int,
) -> tuple[Demand, ...]:
    """What the blueprint asks of the mean form, as far as anything is known of the items: time, information,
    difficulty.
    """
    counts = [cell.count for cell in blueprint.cells]
    found = []
    limits, times = blueprint.expected_time, filled_times(items)
    if limits is not None and times is not None:
        asked = Demand([times] * len(counts), Fraction(limits.least_s), Fraction(limits.most_s))
        if asked.off(asked.mean(counts, decks)):
            # Once something has to be left out, the mean shall be well inside: forms lie around it.
            room = Fraction(limits.most_s - limits.least_s, 4)
            found.append(Demand(asked.values, limits.least_s + room, limits.most_s - room))
    informed = filled_information(items)
    if blueprint.least_information is not None and informed is not None:
        values = [[0] * len(items) if cell.pretest else informed for cell in blueprint.cells]
        found.append(Demand(values, Fraction(blueprint.least_information) * SHARE_UNIT * INFORMATION_MARGIN))
    target = difficulty_demand(blueprint, marks=marks, tolerance=tolerance)
    return (*found, target) if target else tuple(found)


def difficulty_demand(
    blueprint: Blueprint, *, marks: Sequence[IntArray] | None, tolerance: int
) -> Demand | None:
    """The expected mark of an average candidate (ability 0) within the tolerance of what the blueprint asks for."""
    if blueprint.target_percent is None or marks is None:
        return None
    wanted = Fraction(blueprint.target_percent) * MARK_UNIT
    return Demand([cell[:, MIDDLE].tolist() for cell in marks], wanted - tolerance, wanted + tolerance)


def target_unreachable(target: Demand, *, mean: Fraction, wanted: Fraction) -> Reason:
    """Even with half of every deck left out the mean form is too easy or too hard."""
    reached, asked = (round(float(value), 1) for value in (mean / MARK_UNIT, wanted))
    harder = target.off(mean) > 0
    vi, en = ("khó", "harder") if harder else ("dễ", "easier")
    return Reason(
        "target_unreachable",
        f"Từ ngân hàng này, đề trung bình chỉ có thể tới {reached:g} điểm thay vì {asked:g} điểm như ma trận đòi hỏi. "
        f"Hãy bổ sung câu {vi} hơn hoặc đổi mức điểm mong đợi.",
        f"From this bank the mean form can only come to {reached:g} marks, not the {asked:g} that the blueprint asks "
        f"for. Add {en} items or change the expected mark.",
        {"reached": f"{reached:g}", "wanted": f"{asked:g}"},
    )


def nothing_known(blueprint: Blueprint, items: Sequence[PoolItem], *, is_rated: bool) -> Reason | None:
    """The blueprint asks for a time, a difficulty or information of which nothing is known."""
    if blueprint.expected_time is not None and filled_times(items) is None:
        return no_expected_times()
    if blueprint.target_percent is not None and not is_rated:
        return Reason(
            "no_expected_scores",
            "Ma trận đặt mức điểm mong đợi nhưng chưa câu hỏi nào có số liệu hay ước lượng độ khó.",
            "The blueprint sets an expected mark, but no item has a difficulty from answers or from its author.",
        )
    if blueprint.least_information is not None and filled_information(items) is None:
        return Reason(
            "no_information",
            "Ma trận đòi hỏi thông tin tại điểm chuẩn nhưng chưa câu hỏi nào được hiệu chỉnh.",
            "The blueprint asks for information at the cut score, but no item has been calibrated.",
        )
    return None


class _Narrowing:
    """Decks while items are left out, and what the mean form then has of each demand."""

    def __init__(self, counts: Sequence[int], decks: Decks, demands: Sequence[Demand]) -> None:
        self.counts = counts
        self.decks = [list(deck) for deck in decks]
        self.floors = [max(n, -(-len(deck) // 2)) for n, deck in zip(counts, decks, strict=True)]
        self.means = {id(demand): demand.mean(counts, decks) for demand in demands}

    def without(self, demand: Demand, cell: int, item: int) -> Fraction:
        """The mean if the item were left out of the cell's deck."""
        deck, values, count = self.decks[cell], demand.values[cell], self.counts[cell]
        total = sum(values[i] for i in deck)
        return (
            self.means[id(demand)]
            - Fraction(count * total, len(deck))
            + Fraction(count * (total - values[item]), len(deck) - 1)
        )

    def leave_out(self, demand: Demand, *, met: Sequence[Demand]) -> bool:
        """Leave out the extreme item that brings the demand's mean nearest and upsets none that is `met`."""
        off = demand.off(self.means[id(demand)])
        best: tuple[Fraction, int, int] | None = None
        for cell, (deck, floor) in enumerate(zip(self.decks, self.floors, strict=True)):
            if len(deck) <= floor:
                continue
            sign = 1 if off > 0 else -1
            _value, place = max((sign * demand.values[cell][i], -i) for i in deck)
            item = -place
            left = abs(demand.off(self.without(demand, cell, item)))
            is_best = left < abs(off) and (best is None or left < best[0])
            if is_best and not any(one.off(self.without(one, cell, item)) for one in met):
                best = (left, cell, item)
        if best is None:
            return False
        _left, cell, item = best
        for one in (demand, *met):
            self.means[id(one)] = self.without(one, cell, item)
        self.decks[cell].remove(item)
        return True


def narrow_decks(
    counts: Sequence[int], decks: Decks, *, demands: Sequence[Demand]
) -> tuple[tuple[int, ...], ...]:
    """The decks without the items left out; where a demand cannot be met, as near to it as they came."""
    if not demands:
        return tuple(map(tuple, decks))
    state = _Narrowing(counts, decks, demands)
    met: list[Demand] = []
    for demand in demands:
        state.means[id(demand)] = demand.mean(counts, state.decks)
        while demand.off(state.means[id(demand)]) and state.leave_out(demand, met=met):
            pass
        if not demand.off(state.means[id(demand)]):
            met.append(demand)
    return tuple(map(tuple, state.decks))
