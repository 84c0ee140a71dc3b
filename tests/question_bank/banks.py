"""Synthetic banks for the tests of assembly and draw: 12 cells (4 topics × 3 levels), parameters after Rasch or 3PL."""

import math
import random
from decimal import Decimal

from question_bank.blueprint import Blueprint, Cell, Section
from question_bank.pool import PoolItem, Taker
from question_bank.taxonomy import CognitiveLevel
from question_bank.types.content import ShuffleUnits

LEVELS = (CognitiveLevel.REMEMBER, CognitiveLevel.UNDERSTAND, CognitiveLevel.APPLY)
COUNTS = (7, 6, 4, 6, 6, 4, 6, 5, 3, 5, 5, 3)
CELLS = tuple((f"T.{topic}", level) for topic in range(1, 5) for level in LEVELS)
OPTIONS = ShuffleUnits(("a", "b", "c", "d"), frozenset(), locked=False)


def item(number: int, competency: str = "T.1", **fields: object) -> PoolItem:
    values: dict[str, object] = {
        "version_id": f"00000000-0000-7000-8000-{number:012d}",
        "item_id": f"item-{number}",
        "content_hash": f"{number:064x}",
        "competency": competency,
        "level": CognitiveLevel.REMEMBER,
        "item_type": "single_choice",
        "shuffle": OPTIONS,
    }
    return PoolItem(**values | fields)


def items(count: int, competency: str = "T.1", *, first: int = 0, **fields: object) -> list[PoolItem]:
    return [item(number, competency, **fields) for number in range(first, first + count)]


def one_section(*cells: Cell) -> Blueprint:
    return Blueprint(title="Ma trận", sections=(Section(title="Phần chung", cells=cells),))


def takers(count: int) -> list[Taker]:
    return [Taker(f"{number:06d}") for number in range(1, count + 1)]


def city_blueprint() -> Blueprint:
    """60 items in two sections with unequal points."""
    cells = tuple(
        Cell(competency=code, level=level, count=count, points_per_item=Decimal(1 if index < 6 else 2))
        for index, ((code, level), count) in enumerate(zip(CELLS, COUNTS, strict=True))
    )
    return Blueprint(
        title="60 câu",
        sections=(
            Section(title="Kiến thức chung", cells=cells[:6]),
            Section(title="Chuyên môn", cells=cells[6:]),
        ),
        question_count=60,
    )


def city_bank(count: int, *, seed: int = 1, enemy_share: float = 0.05) -> list[PoolItem]:
    """Items of 3PL parameters, spread over the cells in proportion to their counts; some in enemy pairs."""
    chance = random.Random(seed)
    cells = [cell for cell, share in zip(CELLS, COUNTS, strict=True) for _ in range(count * share // 60)]
    cells += [CELLS[index % len(CELLS)] for index in range(count - len(cells))]
    enemies: dict[int, frozenset[str]] = {}
    drawn = chance.sample(range(count), int(count * enemy_share) // 2 * 2)
    for one, other in zip(drawn[::2], drawn[1::2], strict=True):
        enemies[one] = frozenset({f"item-{other}"})
    return [
        item(
            number,
            code,
            level=level,
            expected_score=_expected(chance, level),
            enemies=enemies.get(number, frozenset()),
        )
        for number, (code, level) in enumerate(cells)
    ]


def _expected(chance: random.Random, level: CognitiveLevel) -> tuple[float, ...]:
    slope = math.exp(chance.gauss(0, 0.3))
    difficulty = chance.gauss(0.8 * (LEVELS.index(level) - 1), 0.9)
    guess = chance.betavariate(5, 17)
    return tuple(guess + (1 - guess) / (1 + math.exp(-slope * (theta - difficulty))) for theta in (-1, 0, 1))
