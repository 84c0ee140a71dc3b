from decimal import Decimal

import pytest
from pydantic import ValidationError

from question_bank.assembly import feasibility
from question_bank.blueprint import PRESETS, Blueprint, Cell, Section, problems
from question_bank.taxonomy import CognitiveLevel
from tests.question_bank.banks import item, items, one_section

NAMES = {"CM.TP": "Tư pháp – hộ tịch"}


def test_a_blueprint_that_adds_up_has_no_problem() -> None:
    blueprint = Blueprint(
        title="Ma trận",
        sections=(Section(title="Chung", cells=(Cell(competency="KTC", count=60),), question_count=60),),
        question_count=60,
        total_points=Decimal(60),
        duration_min=60,
    )
    assert problems(blueprint) == ()


def test_every_sum_that_differs_is_named() -> None:
    blueprint = Blueprint(
        title="Ma trận",
        sections=(
            Section(
                title="Chung", cells=(Cell(count=10, points_per_item=Decimal("0.25")),), question_count=12
            ),
        ),
        question_count=11,
        total_points=Decimal(3),
    )
    assert [p.code for p in problems(blueprint)] == ["count_differs", "count_differs", "points_differ"]
    assert problems(blueprint)[2].sentence() == "Ma trận ghi tổng 3 điểm nhưng các ô cộng lại là 2,5 điểm."


def test_empty_and_repeated_parts_are_named() -> None:
    assert [p.code for p in problems(Blueprint(title="Trống", sections=()))] == ["no_sections"]
    twice = Cell(competency="CM.TP", level=CognitiveLevel.APPLY, count=1)
    blueprint = Blueprint(
        title="Ma trận",
        sections=(Section(title="A", cells=()), Section(title="B", cells=(twice, twice))),
    )
    assert [p.code for p in problems(blueprint, NAMES)] == ["empty_section", "repeated_cell"]
    assert "Tư pháp – hộ tịch × vận dụng" in problems(blueprint, NAMES)[1].vi


@pytest.mark.parametrize(
    "field", [{"count": 0}, {"count": 1, "points_per_item": 0}, {"count": 1, "competency": "a..b"}]
)
def test_impossible_cells_are_refused(field: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Cell.model_validate(field)


def test_a_cell_takes_the_competencies_below_its_code_and_no_others() -> None:
    cell = Cell(competency="CM.TP", count=1)
    assert [cell.accepts(item(0, code)) for code in ("CM.TP", "CM.TP.1", "CM.TPX", "CM")] == [
        True,
        True,
        False,
        False,
    ]


def test_presets_name_their_source() -> None:
    shapes = {(p.source, p.question_count, p.duration_min, p.pass_percent) for p in PRESETS}
    assert shapes == {
        ("170/2025/NĐ-CP", 60, 60, 50),
        ("06/2023/NĐ-CP", 100, 120, 50),
        ("06/2023/NĐ-CP", 80, 100, 50),
    }


def test_a_short_cell_is_named_with_what_it_lacks() -> None:
    blueprint = one_section(Cell(competency="CM.TP", level=CognitiveLevel.APPLY, count=5))
    supply = feasibility(blueprint, items(2, "CM.TP.1", level=CognitiveLevel.APPLY), names=NAMES)
    assert [(c.have, c.need, c.short) for c in supply.cells] == [(2, 5, 3)]
    assert [r.sentence() for r in supply.reasons] == ["Tư pháp – hộ tịch × vận dụng: thiếu 3 câu."]


def test_overlapping_cells_do_not_count_one_item_twice() -> None:
    wide, narrow = Cell(competency="T", count=2), Cell(competency="T.1", count=2)
    supply = feasibility(one_section(wide, narrow), items(3))
    assert [c.have for c in supply.cells] == [3, 3]
    assert sum(c.short for c in supply.cells) == 1
    assert "dùng chung câu hỏi với" in supply.reasons[0].vi


def test_a_wide_cell_leaves_the_narrow_one_its_items() -> None:
    # Filling the wide cell first with the items of T.1 would starve the narrow one.
    wide, narrow = Cell(competency="T", count=2), Cell(competency="T.1", count=2)
    pool = items(2, "T.1") + items(2, "T.2", first=2)
    assert feasibility(one_section(wide, narrow), pool).is_feasible


def test_clones_count_once_in_a_form() -> None:
    supply = feasibility(one_section(Cell(count=2)), items(5, family="clone"))
    assert [c.short for c in supply.cells] == [1]


def test_enemies_that_leave_no_form_are_proven() -> None:
    # A ring of five enemies has no three items at peace, though no two cells and no clique show it.
    ring = [item(n, enemies=frozenset({f"item-{(n + 1) % 5}"})) for n in range(5)]
    assert feasibility(one_section(Cell(count=2)), ring).is_feasible
    reasons = feasibility(one_section(Cell(count=3)), ring).reasons
    assert [r.code for r in reasons] == ["enemies_block", "way_out"]


def test_rounds_tell_how_often_a_person_can_sit_without_meeting_an_item_again() -> None:
    supply = feasibility(one_section(Cell(count=3)), items(11))
    assert supply.cells[0].rounds == 3


def test_a_version_twice_in_the_pool_is_named() -> None:
    assert [r.code for r in feasibility(one_section(Cell(count=1)), [item(1), item(1)]).reasons] == [
        "repeated_version"
    ]
