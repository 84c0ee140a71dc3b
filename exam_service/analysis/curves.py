"""The curve of each response category over ability, as a page draws it."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from question_bank.statistics.distractors import FIFTHS, ItemCategories

WIDTH, HEIGHT = 280.0, 160.0
MOST_LINES = 6
LEAST_GAP = 13.0


@dataclass(frozen=True)
class Line:
    """A category: its points in the drawing, its name and where that stands, and its share in each fifth."""

    category: str
    label: str
    is_keyed: bool
    points: str
    dots: tuple[tuple[float, float], ...]
    label_y: float
    shares: tuple[float | None, ...]


def ability_curve(
    choices: ItemCategories, *, labels: Mapping[str, str], keyed: AbstractSet[str]
) -> tuple[Line, ...]:
    """The curves of the key and of the most chosen other categories, MOST_LINES at most; names are moved apart."""
    rows = sorted(choices.categories, key=lambda row: (row.category not in keyed, -row.count))[:MOST_LINES]
    lines = []
    for row in rows:
        dots = tuple(
            (round(place * WIDTH / (FIFTHS - 1), 1), round(HEIGHT * (1 - share), 1))
            for place, share in enumerate(row.curve)
            if share is not None
        )
        if dots:
            points = " ".join(f"{x},{y}" for x, y in dots)
            lines.append(
                Line(
                    row.category,
                    labels.get(row.category, row.category),
                    row.category in keyed,
                    points,
                    dots,
                    dots[-1][1],
                    row.curve,
                )
            )
    return _apart(lines)


def _apart(lines: list[Line]) -> tuple[Line, ...]:
    """The same lines, their names at least LEAST_GAP from each other, in the order of their ends."""
    ordered = sorted(lines, key=lambda line: line.label_y)
    below = -LEAST_GAP
    places: dict[str, float] = {}
    for line in ordered:
        below = max(line.label_y, below + LEAST_GAP)
        places[line.category] = below
    above = HEIGHT + LEAST_GAP
    for line in reversed(ordered):  # who was pushed below the chart goes back up, and only who is in the way
        above = min(places[line.category], above - LEAST_GAP)
        places[line.category] = above
    return tuple(
        Line(
            line.category,
            line.label,
            line.is_keyed,
            line.points,
            line.dots,
            places[line.category],
            line.shares,
        )
        for line in lines
    )
