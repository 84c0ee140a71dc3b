"""The curves of the options over ability: no name leaves the chart, none covers another."""

from itertools import pairwise

import pytest

from exam_service.analysis.curves import HEIGHT, LEAST_GAP, ability_curve
from question_bank.statistics.distractors import CategoryFigures, ItemCategories


@pytest.mark.parametrize(
    "ends", [(0.0, 0.0, 1.0), (0.0, 0.0, 0.0), (1.0, 1.0, 1.0), (0.5, 0.48, 1.0), (0.02, 0.0, 0.98)]
)
def test_names_stay_apart_and_inside_the_chart_in_the_order_of_their_lines(ends: tuple[float, ...]) -> None:
    categories = tuple(
        CategoryFigures(name, 10, 0.3, None, None, (0.2, 0.3, 0.3, 0.4, end))
        for name, end in zip("abc", ends, strict=True)
    )
    lines = ability_curve(ItemCategories(categories, (10,) * 5), labels={}, keyed=frozenset("a"))
    ordered = sorted(lines, key=lambda line: line.label_y)
    assert ordered[0].label_y >= 0
    assert ordered[-1].label_y <= HEIGHT
    assert all(two.label_y - one.label_y >= LEAST_GAP - 1e-9 for one, two in pairwise(ordered))
    assert [line.dots[-1][1] for line in ordered] == sorted(line.dots[-1][1] for line in lines)
    if ends == (0.0, 0.0, 1.0):
        assert ordered[0].label_y == 0
