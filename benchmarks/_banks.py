"""Synthetic banks and candidates for the benchmarks of drawing: 12 cells, 3PL items, some in enemy pairs."""

import math
import random
from typing import NamedTuple

from question_bank.assembly import Assembly
from question_bank.blueprint import Blueprint, Cell, Section
from question_bank.pool import PoolItem, Taker
from question_bank.taxonomy import CognitiveLevel
from question_bank.types.content import ShuffleUnits

LEVELS = (CognitiveLevel.REMEMBER, CognitiveLevel.UNDERSTAND, CognitiveLevel.APPLY)
COUNTS = (7, 6, 4, 6, 6, 4, 6, 5, 3, 5, 5, 3)
"""Items per cell of 4 topics × 3 levels, 60 in all."""

CELLS = tuple((f"T.{topic}", level) for topic in range(1, 5) for level in LEVELS)
OPTIONS = ShuffleUnits(("a", "b", "c", "d"), frozenset(), locked=False)
ENEMY_SHARE = 0.05


def city_blueprint() -> Blueprint:
    cells = tuple(
        Cell(competency=c, level=level, count=n) for (c, level), n in zip(CELLS, COUNTS, strict=True)
    )
    return Blueprint(title="60 câu", sections=(Section(title="Đề thi", cells=cells),), question_count=60)


class Curve(NamedTuple):
    """The truth of an item: P(right) = guess + (1 - guess) / (1 + exp(-slope (θ - difficulty)))."""

    slope: float
    difficulty: float
    guess: float


def city_bank(count: int) -> list[PoolItem]:
    """Cell sizes three quarters in proportion to what the blueprint draws and one quarter equal."""
    return [item for item, _curve in city_items(count)]


def city_items(count: int) -> list[tuple[PoolItem, Curve]]:
    """The items of `city_bank` with the truth behind their expected scores."""
    chance = random.Random(1)
    sizes = [int(count * (0.75 * share / sum(COUNTS) + 0.25 / len(COUNTS))) for share in COUNTS]
    cells = [cell for cell, size in zip(CELLS, sizes, strict=True) for _ in range(size)]
    cells += [CELLS[index % len(CELLS)] for index in range(count - len(cells))]
    drawn = chance.sample(range(count), int(count * ENEMY_SHARE) // 2 * 2)
    enemies = {a: frozenset({f"item-{b}"}) for a, b in zip(drawn[::2], drawn[1::2], strict=True)}
    curves = [_curve(chance, level) for _competency, level in cells]
    items = [
        PoolItem(
            version_id=f"00000000-0000-7000-8000-{number:012d}",
            item_id=f"item-{number}",
            content_hash=f"{number:064x}",
            competency=competency,
            level=level,
            item_type="single_choice",
            shuffle=OPTIONS,
            enemies=enemies.get(number, frozenset()),
            expected_score=_expected(curve),
        )
        for number, ((competency, level), curve) in enumerate(zip(cells, curves, strict=True))
    ]
    return list(zip(items, curves, strict=True))


def _expected(curve: Curve) -> tuple[float, float, float]:
    low, middle, high = (
        curve.guess + (1 - curve.guess) / (1 + math.exp(-curve.slope * (theta - curve.difficulty)))
        for theta in (-1, 0, 1)
    )
    return low, middle, high


def _curve(chance: random.Random, level: CognitiveLevel) -> Curve:
    slope = math.exp(chance.gauss(0, 0.3))
    difficulty = chance.gauss(0.8 * (LEVELS.index(level) - 1), 0.9)
    return Curve(slope, difficulty, chance.betavariate(5, 17))


def candidates(count: int) -> list[Taker]:
    return [Taker(f"{number:06d}") for number in range(1, count + 1)]


def after_sitting(assembly: Assembly) -> list[Taker]:
    """The same people once they have seen these forms."""
    item_ids = [item.item_id for item in assembly.plan.items]
    return [
        Taker(taker.candidate_key, taker.seen_item_ids | {item_ids[index] for index in row})
        for taker, row in zip(assembly.takers, assembly.selection.tolist(), strict=True)
    ]
