"""How much each item tells at the cut score: its Fisher information at the ability whose mean form earns the cut."""

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Final, NamedTuple

from question_bank.blueprint import Blueprint
from question_bank.pool import PoolItem

FARTHEST: Final = 6.0
"""Abilities are sought from -6 to 6; a cut that no ability there earns counts as the nearer end."""

STEPS: Final = 60
NEAREST: Final = 1e-6


class _Curve(NamedTuple):
    """P(θ) = 1 / (1 + exp(-(slope θ + intercept)))."""

    slope: float
    intercept: float

    def share(self, ability: float) -> float:
        return 1 / (1 + math.exp(-(self.slope * ability + self.intercept)))


def with_information(
    pool: Sequence[PoolItem], blueprint: Blueprint, *, cut_percent: float
) -> tuple[PoolItem, ...]:
    """The pool with `information` for items that have expected scores; unchanged where no cell can be filled from them.

    The curve of an item is the two-parameter one through its expected shares at -1, 0 and 1.
    Source: Birnbaum (1968), in Lord & Novick, Statistical Theories of Mental Test Scores, ch. 20: I = a² P (1 - P).
    """
    curves = {item.version_id: _curve(*item.expected_score) for item in pool if item.expected_score}
    cells = [
        (float(cell.count * cell.points_per_item), found)
        for cell in blueprint.cells
        if not cell.pretest
        and (found := [curves[i.version_id] for i in pool if i.version_id in curves and cell.accepts(i)])
    ]
    if not cells:
        return tuple(pool)
    cut = _ability_at(cells, cut_percent / 100)
    return tuple(
        replace(item, information=_information(curves[item.version_id], cut))
        if item.version_id in curves
        else item
        for item in pool
    )


def _curve(low: float, middle: float, high: float) -> _Curve:
    return _Curve((_logit(high) - _logit(low)) / 2, _logit(middle))


def _logit(share: float) -> float:
    inside = min(max(share, NEAREST), 1 - NEAREST)
    return math.log(inside / (1 - inside))


def _ability_at(cells: Sequence[tuple[float, Sequence[_Curve]]], share: float) -> float:
    """The ability at which a form drawn evenly earns the share of its points, by halving; the share grows with it."""
    total = sum(points for points, _curves in cells)
    low, high = -FARTHEST, FARTHEST
    for _step in range(STEPS):
        middle = (low + high) / 2
        earned = sum(
            points * sum(curve.share(middle) for curve in curves) / len(curves) for points, curves in cells
        )
        low, high = (middle, high) if earned < share * total else (low, middle)
    return (low + high) / 2


def _information(curve: _Curve, ability: float) -> float:
    share = curve.share(ability)
    return curve.slope**2 * share * (1 - share)
