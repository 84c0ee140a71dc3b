"""Stored blueprints and the matrix editor."""

from decimal import Decimal
from typing import Any

import lxml.html
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from exam_service.actor import Role
from exam_service.errors import Forbidden, Stale
from exam_service.periods import blueprints, matrix, service
from exam_service.periods.blueprint_changes import blueprint_changes
from exam_service.periods.models import StoredBlueprint
from exam_service.periods.schemas import BlueprintInput
from question_bank.assembly.lasting import periods_lasting
from question_bank.blueprint import Blueprint, Cell, Section
from question_bank.taxonomy import CognitiveLevel
from tests.fixtures.auth import SignedIn, SignIn
from tests.fixtures.periods import actor_with, make_world
from tests.question_bank.banks import items, one_section

cells = st.builds(
    Cell,
    competency=st.sampled_from([None, "TP", "TP.01", "KTC"]),
    level=st.sampled_from([None, *CognitiveLevel]),
    item_type=st.sampled_from([None, "single_choice", "case"]),
    count=st.integers(1, 500),
    points_per_item=st.decimals("0.25", "20", places=2),
)


def axes(cell: Cell) -> tuple[Any, ...]:
    return (cell.competency or "", cell.level or "", cell.item_type or "", cell.points_per_item)


@settings(deadline=None)
@given(
    st.lists(st.lists(cells, min_size=1, max_size=12, unique_by=axes), min_size=1, max_size=3),
    st.booleans(),
    st.one_of(st.none(), st.integers(1, 999)),
)
def test_every_blueprint_has_a_matrix_and_comes_back_from_it(
    sections: list[list[Cell]], shuffled: bool, count: int | None
) -> None:
    blueprint = Blueprint(
        title="Đề",
        question_count=count,
        target_percent=None if count is None else Decimal(count) / 10,
        least_information=None if count is None else Decimal(count),
        sections=tuple(
            Section(title=f"Phần {at}", cells=tuple(section), shuffled=shuffled)
            for at, section in enumerate(sections)
        ),
    )
    shown = matrix.matrix_of(blueprint)
    again = Blueprint.model_validate(matrix.body_of(shown, "Đề"))
    for before, after in zip(blueprint.sections, again.sections, strict=True):
        assert sorted(map(axes, before.cells)) == sorted(map(axes, after.cells))
        assert {axes(c): c.count for c in before.cells} == {axes(c): c.count for c in after.cells}
        assert before.shuffled == after.shuffled
    assert again.question_count == count
    assert (again.target_percent, again.least_information) == (
        blueprint.target_percent,
        blueprint.least_information,
    )
    assert (shown.total, shown.points) == (blueprint.cell_count_sum, blueprint.cell_points_sum)
    assert len(matrix.cell_places(shown)) == len(again.cells)


@pytest.mark.parametrize("text", ["-1", "1,5", "x", "٣", "1000", "1e2"])
def test_a_cell_that_is_no_whole_number_is_named(text: str) -> None:
    row = matrix.Row(counts={"remember": text, "apply": "2"})
    with pytest.raises(matrix.MatrixMistyped) as refused:
        matrix.body_of(matrix.Matrix(parts=(matrix.Part("A", rows=(row,)),)), "Đề")
    assert refused.value.fields == {"s0-r0-remember": "count"}


def test_a_change_makes_the_next_version_and_the_same_content_none(session: Session) -> None:
    world = make_world(session)
    body = world.blueprint.body
    again = BlueprintInput(code=world.blueprint.code, name=world.blueprint.name, body=body)
    same = blueprints.save_blueprint(session, world.officer, data=again)
    assert same.id == world.blueprint.id
    changed = again.model_copy(update={"name": "Tên mới"})
    second = blueprints.save_blueprint(session, world.officer, data=changed, base_version=1)
    assert second.version == 2
    with pytest.raises(Stale):
        blueprints.save_blueprint(
            session, world.officer, data=again.model_copy(update={"name": "Tên khác"}), base_version=1
        )
    with pytest.raises(service.CodeTaken):
        blueprints.save_blueprint(session, world.officer, data=again, base_version=0)
    with pytest.raises(Forbidden):
        blueprints.save_blueprint(session, actor_with(session, Role.AUDITOR), data=again)
    assert [row.id for row in blueprints.newest_blueprints(session)] == [second.id]


def test_a_blueprint_that_contradicts_itself_is_not_stored(session: Session) -> None:
    world = make_world(session)
    body = {**world.blueprint.body, "question_count": 99}
    with pytest.raises(blueprints.BlueprintContradicts) as refused:
        blueprints.save_blueprint(session, world.officer, data=BlueprintInput(code="M", name="M", body=body))
    assert "99 câu" in str(refused.value)


def form(client: SignedIn, path: str) -> dict[str, Any]:
    page = lxml.html.fromstring(client.get(path).text)
    sent: dict[str, Any] = {}
    for name, value in page.get_element_by_id("matrix").form_values():
        sent.setdefault(name, []).append(value)
    return sent


def test_the_editor_sent_back_as_it_is_saves_nothing_new_and_a_change_the_next_version(
    session: Session, signed_in: SignIn
) -> None:
    world = make_world(session)
    client = signed_in(roles={Role.OFFICER})
    path = f"/periods/blueprints/{world.blueprint.id}"
    sent = form(client, path) | {"action": "save"}
    # Its title is the name of the matrix from now on, so the first save from the editor makes version 2.
    assert client.post(path, data=sent).status_code == 303
    sent = sent | {"version": "2"}
    assert client.post(path, data=sent).status_code == 303
    versions = session.scalars(
        select(StoredBlueprint.version).where(StoredBlueprint.code == world.blueprint.code)
    )
    assert sorted(versions) == [1, 2]
    stale = client.post(path, data=sent | {"version": "1", "s0-r0-remember": "2"})
    assert stale.status_code == 409
    assert 'value="2"' in stale.text


def test_supply_and_sums_follow_what_is_typed(session: Session, signed_in: SignIn) -> None:
    world = make_world(session, items_per_cell=5, per_cell=3)
    client = signed_in(roles={Role.OFFICER})
    sent = form(client, f"/periods/blueprints/{world.blueprint.id}")
    sent |= {"s0-r0-remember": "7", "s0-r0-apply": "1"}
    parts = lxml.html.fromstring(f"<div>{client.post('/periods/blueprints/check', data=sent).text}</div>")
    texts = {node.get("id"): " ".join(node.text_content().split()) for node in parts.xpath(".//*[@id]")}
    assert texts["s0-r0-remember-supply"] == "thiếu 2, có 5"
    assert texts["s0-r0-understand-supply"] == "có 5"
    assert texts["s0-r0-apply-supply"] == "thiếu 1, có 0"
    assert texts["s0-r0-analyse-supply"] == "có 0"
    assert (texts["s0-r0-total"], texts["s0-remember-sum"], texts["s0-sum"]) == ("11", "7", "11")
    assert "11 câu · 11 điểm" in texts["matrix-verdict"]
    assert "thiếu 2 câu" in texts["matrix-verdict"]
    declared = sent | {"s0-r0-remember": "3", "s0-r0-apply": "", "question_count": "60"}
    assert (
        "ghi 60 câu nhưng các ô cộng lại là 6 câu"
        in client.post("/periods/blueprints/check", data=declared).text
    )


def test_the_editor_works_by_plain_buttons(session: Session, signed_in: SignIn) -> None:
    world = make_world(session)
    client = signed_in(roles={Role.OFFICER})
    path = f"/periods/blueprints/{world.blueprint.id}"
    sent = form(client, path)

    def press(action: str) -> Any:
        answer = client.post(path, data=sent | {"action": action})
        assert answer.status_code == 200
        return lxml.html.fromstring(answer.text)

    assert press("add-row:0").xpath("//*[@id='s0-r1-points']/@value") == ["1"]
    assert press("add-part").xpath("//input[@name='parts']/@value") == ["2"]
    assert press("remove-row:0,0").xpath("//*[@id='s0-r0-points']") == []
    assert press("preset:nd06_2023_university").xpath("//*[@id='question_count']/@value") == ["100"]
    for odd in ("remove-row:9,9", "remove-part:7", "nonsense", "add-row:x", ""):
        assert press(odd).xpath("//*[@id='s0-r0-remember']/@value") == ["3"]


def test_parts_change_places_and_every_drawable_type_can_be_asked_for(
    session: Session, signed_in: SignIn
) -> None:
    world = make_world(session)
    client = signed_in(roles={Role.OFFICER})
    path = f"/periods/blueprints/{world.blueprint.id}"
    sent = form(client, path)
    two = sent | {"parts": "2", "s1-rows": "1", "s1-title": "Tình huống", "s1-r0-points": "5"}
    two |= {"s1-r0-type": "case", "s1-r0-apply": "1", "s1-r0-competency": ""}
    page = lxml.html.fromstring(client.post(path, data=two | {"action": "raise-part:1"}).text)
    assert page.xpath("//input[@name='s0-title' or @name='s1-title']/@value") == ["Tình huống", "Chuyên môn"]
    assert page.xpath("//select[@name='s0-r0-type']/option[@selected]/@value") == ["case"]
    types = page.xpath("//select[@name='s0-r0-type']/option/@value")
    assert {"numeric", "matching", "true_false_cluster"} <= set(types)
    assert {"essay", "unsupported"}.isdisjoint(types)
    assert client.post(path, data=two | {"action": "save"}).status_code == 303
    (saved,) = session.scalars(select(StoredBlueprint).where(StoredBlueprint.version == 2)).all()
    assert saved.body["sections"][1]["cells"][0]["item_type"] == "case"


def test_a_version_says_what_it_changed_and_how_long_the_banks_last(
    session: Session, signed_in: SignIn
) -> None:
    world = make_world(session, items_per_cell=9, per_cell=3)
    client = signed_in(roles={Role.OFFICER})
    path = f"/periods/blueprints/{world.blueprint.id}"
    sent = form(client, path)
    assert "Một người thi được 3 kỳ liên tiếp" in client.get(path).text
    changed = {"s0-r0-remember": "4", "s0-r0-understand": "", "target": "62,5", "action": "save"}
    saved = client.post(path, data=sent | changed)
    assert saved.status_code == 303
    page = lxml.html.fromstring(client.get(saved.headers["location"]).text)
    (table,) = page.xpath("//h2[contains(., 'Bản 2 khác bản 1')]/following-sibling::*[1]//tbody")
    rows = [[" ".join(cell.text_content().split()) for cell in row] for row in table]
    assert rows == [
        ["Điểm mong đợi của người trung bình", "–", "62,5"],
        ["Tư pháp × nhận biếtChuyên môn", "3 câu", "4 câu"],
        ["Tư pháp × thông hiểuChuyên môn", "3 câu", "–"],
    ]
    assert "khác bản" not in client.get(path).text


def test_sections_renamed_moved_or_with_other_rules_are_told() -> None:
    one = Section(title="A", cells=(Cell(count=1),), minutes=10)
    two = Section(title="B", cells=(Cell(count=2, points_per_item=Decimal(2)),))
    before = Blueprint(title="Đề", sections=(one, two))
    after = Blueprint(title="Đề", sections=(two, one.model_copy(update={"shuffled": False, "minutes": None})))
    found = {(change.section, change.what): change for change in blueprint_changes(before, after, names={})}
    assert {what for _section, what in found} == {
        "Thứ tự các phần",
        "Thời gian gợi ý (phút)",
        "Trộn thứ tự câu hỏi trong phần",
    }
    assert found["A", "Trộn thứ tự câu hỏi trong phần"].after == "không"
    assert blueprint_changes(before, before, names={}) == ()


def test_cells_that_share_items_do_not_last_twice() -> None:
    blueprint = one_section(Cell(competency="T.1", count=2), Cell(count=1))
    assert periods_lasting(blueprint, items(9)) == 3
    assert periods_lasting(blueprint, [*items(4), *items(9, "T.2", first=20)]) == 2
    assert periods_lasting(blueprint, items(1)) == 0
    assert periods_lasting(Blueprint(title="Rỗng", sections=()), items(3)) == 0


def test_a_bad_matrix_comes_back_with_the_cells_marked(session: Session, signed_in: SignIn) -> None:
    world = make_world(session)
    client = signed_in(roles={Role.OFFICER})
    path = f"/periods/blueprints/{world.blueprint.id}"
    sent = form(client, path) | {"action": "save", "s0-r0-remember": "ba", "s0-r0-points": "0"}
    answer = client.post(path, data=sent)
    page = lxml.html.fromstring(answer.text)
    assert answer.status_code == 422
    assert page.xpath("//*[@id='s0-r0-remember']/@value") == ["ba"]
    assert set(page.xpath("//*[@aria-invalid='true']/@id")) == {"s0-r0-remember", "s0-r0-points"}
    for hostile in (
        {"parts": "999", "s0-rows": "999"},
        {"parts": "-1"},
        {"parts": "x"},
        {"day": "x"},
        {"bank_ids": "x"},
    ):
        assert client.post(path, data=sent | {"action": "check"} | hostile).status_code == 200
    empty = client.post(path, data=sent | {"parts": "0"})
    assert empty.status_code == 422
    assert "chưa có phần nào" in empty.text


def test_a_new_blueprint_needs_a_code_of_its_own(session: Session, signed_in: SignIn) -> None:
    world = make_world(session)
    client = signed_in(roles={Role.OFFICER})
    path = "/periods/blueprints/new"
    sent = form(client, path) | {"action": "save", "name": "Mới", "code": world.blueprint.code}
    sent |= {"s0-r0-remember": "2"}
    assert client.post(path, data=sent).status_code == 409
    made = client.post(path, data=sent | {"code": "mt-moi"})
    assert made.status_code == 303
    assert session.scalars(select(StoredBlueprint.code).where(StoredBlueprint.name == "Mới")).all() == [
        "MT-MOI"
    ]
    assert client.get(made.headers["location"]).status_code == 200
