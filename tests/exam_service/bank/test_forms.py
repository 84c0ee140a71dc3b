"""The forms of the item types: what a form shows it reads back, and what its buttons do."""

import pytest

from exam_service.bank import editing
from exam_service.bank.editing import EditorForm, carry_out, form_of_draft, kept_fields, read_form
from exam_service.bank.forms.fields import Fields
from exam_service.bank.forms.registry import FORMS, fields_of, read_content
from question_bank.items import AnyContent, ItemDraft, content_hash, parse_content

OPTIONS = [{"id": name, "text": f"Phương án <b>{name}</b>"} for name in ("a", "b", "c")]
CASES: dict[str, dict[str, object]] = {
    "single_choice": {"options": OPTIONS, "key": "b", "partial": {"a": "1/3", "c": "-0.25"}},
    "multiple_choice": {
        "options": OPTIONS,
        "keys": ["a", "b"],
        "rule": "weighted",
        "weights": {"a": "0.5", "b": "0.5", "c": "-0.5"},
        "floor": "0.1",
        "max_choices": 2,
    },
    "true_false": {"key": False},
    "true_false_cluster": {
        "statements": [
            {"id": "x", "text": "Một", "key": True, "pinned": True},
            {"id": "y", "text": "Hai", "key": None},
        ],
        "steps": ["0", "1/3", "1"],
        "order_locked": True,
    },
    "short_text": {
        "answers": [{"text": "Hộ tịch"}, {"text": "ho tich*", "share": "0.5"}],
        "has_wildcards": True,
        "width": "l",
    },
    "numeric": {
        "answers": [{"value": "1234.5", "tolerance": "0.25"}, {"value": "-3", "share": "1/3"}],
        "unit": "ngày",
        "unit_rule": "required",
        "unit_aliases": ["hôm", "d"],
    },
    "cloze": {
        "stem": "Trong [[gap:g1]] ngày, tại [[gap:g2]], lệ phí [[gap:g3]].",
        "gaps": [
            {"kind": "number", "id": "g1", "answers": [{"value": "15"}], "unit": "ngày", "weight": 2},
            {"kind": "text", "id": "g2", "answers": [{"text": "UBND cấp xã"}], "width": "s"},
            {
                "kind": "choice",
                "id": "g3",
                "options": OPTIONS,
                "key": "a",
                "display": "list",
                "partial": {"b": "0.5"},
            },
        ],
        "rule": "all_or_nothing",
    },
    "matching": {
        "prompts": [{"id": "p", "text": "P"}, {"id": "q", "text": "Q"}],
        "targets": OPTIONS,
        "pairs": [
            {"prompt": "p", "target": "a", "share": "0.25"},
            {"prompt": "p", "target": "c"},
            {"prompt": "q", "target": "a"},
        ],
        "wrong": "-0.1",
        "max_per_prompt": 0,
        "is_target_reusable": True,
    },
    "ordering": {"options": OPTIONS, "order": ["c", "a", "b"], "rule": "adjacent_pairs"},
    "ranking": {
        "options": OPTIONS,
        "consensus": {"a": "1.25", "b": "2", "c": "2.75"},
        "judges": 8,
        "distance": "squared",
    },
    "essay": {
        "min_words": 100,
        "max_words": 400,
        "guidance": "Nêu <i>ba</i> ý",
        "rubric": [
            {
                "id": "k",
                "name": "Căn cứ",
                "weight": 3,
                "levels": [{"id": "l1", "description": "Đủ", "share": "1"}, {"id": "l2", "share": "1/3"}],
            }
        ],
    },
    "case": {
        "parts": [
            {
                "id": "p1",
                "weight": 2,
                "content": {"type": "true_false", "stem": "Đúng hay sai?", "key": True, "rationale": "Vì"},
            },
            {
                "id": "p2",
                "content": {"type": "single_choice", "stem": "Chọn", "options": OPTIONS, "key": "c"},
            },
        ]
    },
}


def content_of(item_type: str) -> AnyContent:
    return parse_content(
        {"type": item_type, "stem": "Ai có thẩm quyền?", "rationale": "Điều 5", **CASES[item_type]}
    )


def form_of(item_type: str) -> EditorForm:
    return form_of_draft(ItemDraft(content=content_of(item_type)))


def test_every_type_that_can_be_written_has_a_form_and_an_example() -> None:
    assert set(CASES) == set(FORMS)


@pytest.mark.parametrize("item_type", FORMS)
def test_a_form_reads_back_what_it_shows(item_type: str) -> None:
    content = content_of(item_type)
    errors: dict[str, str] = {}
    again = parse_content(read_content(fields_of(content), errors))
    assert errors == {}
    assert content_hash(again) == content_hash(content)


@pytest.mark.parametrize("item_type", FORMS)
def test_nothing_is_carried_hidden_while_the_type_is_not_changed(item_type: str) -> None:
    assert kept_fields(form_of(item_type)) == []


@pytest.mark.parametrize("item_type", FORMS)
def test_a_fresh_item_of_each_type_can_be_stored_and_is_not_ready_for_review(item_type: str) -> None:
    content = editing.empty_content(item_type)
    assert content.type == item_type
    assert content.problems()


def test_changing_the_type_there_and_back_loses_nothing() -> None:
    form = form_of("matching")
    before = fields_of(content_of("matching"))
    form.fields.put("type", "essay")
    form = carry_out(form, "retype:")
    assert {name for name, _value in kept_fields(form)} >= {"prompts", "targets", "prompts.p.text"}
    form.fields.put("type", "matching")
    draft, _errors = read_form(carry_out(form, "retype:"), ItemDraft(content=content_of("matching")))
    assert fields_of(draft.content) == before


def test_options_stay_when_a_choice_becomes_a_cluster_or_an_order() -> None:
    form = form_of("single_choice")
    for item_type in ("true_false_cluster", "ordering", "ranking", "multiple_choice", "single_choice"):
        form.fields.put("type", item_type)
        form = carry_out(form, "retype:")
        draft, _errors = read_form(form, ItemDraft(content=content_of("single_choice")))
        assert [text for place, text in draft.content.texts() if place != "stem"] == [
            o["text"] for o in OPTIONS
        ]


@pytest.mark.parametrize(
    ("item_type", "field", "typed", "sentence"),
    [
        ("numeric", "text", "ba", "không phải là số"),
        ("numeric", "share", "nửa", "Tỷ lệ điểm"),
        ("short_text", "share", "1/0", "Tỷ lệ điểm"),
    ],
)
def test_what_cannot_be_read_is_told_at_its_field_and_stays_as_typed(
    item_type: str, field: str, typed: str, sentence: str
) -> None:
    form = form_of(item_type)
    _entry, row = next(iter(form.fields.entries("answers")))
    row.put(field, typed)
    _draft, errors = read_form(form, ItemDraft(content=content_of(item_type)))
    assert sentence in errors[row.name(field)]
    assert row.text(field) == typed


def test_braces_in_the_text_become_gaps_in_the_order_of_the_text() -> None:
    form = form_of("cloze")
    form.fields.put("stem", "Sau [[20 | hai mươi]] đến [[gap:g2]]")
    form = carry_out(form, "gaps:")
    fresh, known, *_lost = form.fields.ids("gaps")
    assert known == "g2"
    assert form.fields.text("stem") == f"Sau [[gap:{fresh}]] đến [[gap:g2]]"
    answers = [row.text("text") for _id, row in form.fields.below("gaps", fresh).entries("answers")]
    assert answers == ["20", "hai mươi"]


def test_removing_a_gap_puts_its_answer_into_the_text() -> None:
    form = carry_out(form_of("cloze"), "remove:gaps:g2")
    assert "tại UBND cấp xã," in form.fields.text("stem")
    assert "g2" not in form.fields.ids("gaps")


def test_rows_are_added_moved_and_removed_inside_a_part_of_a_case() -> None:
    form = form_of("case")
    form = carry_out(form, "up:parts.p2.options:c")
    assert form.fields.below("parts", "p2").ids("options") == ["a", "c", "b"]
    form = carry_out(form, "add:parts.p2.options")
    assert len(form.fields.below("parts", "p2").ids("options")) == 4
    form = carry_out(form, "down:parts:p1")
    assert form.fields.ids("parts") == ["p2", "p1"]
    form = carry_out(form, "remove:parts:p2")
    assert form.fields.ids("parts") == ["p1"]
    assert not [name for name, _values in form.fields.everything() if "p2" in name]


@pytest.mark.parametrize(
    "act", ["add:", "add:nothing", "up:options", "remove:options:zz", "retype:parts.zz", "x", ""]
)
def test_an_act_that_fits_nothing_changes_no_content(act: str) -> None:
    form = carry_out(form_of("single_choice"), act)
    draft, _errors = read_form(form, ItemDraft(content=content_of("single_choice")))
    assert draft.content == content_of("single_choice")


def test_pasted_rankings_become_mean_ranks_with_their_agreement() -> None:
    form = form_of("ranking")
    form.fields.put("judgements", "A B C\nA C B\nB, A, C")
    form = carry_out(form, "consensus:")
    ranks = [row.text("rank") for _id, row in form.fields.entries("options")]
    assert ranks == ["1,333", "2", "2,667"]
    assert form.fields.text("agreement") == "0,444"
    assert form.fields.text("judges") == "3"


def test_a_ranking_that_forgets_an_option_is_named_by_its_line() -> None:
    form = form_of("ranking")
    form.fields.put("judgements", "A B C\nA C")
    form = carry_out(form, "consensus:")
    assert "Dòng 2" in form.errors["judgements"]


def test_ids_that_are_none_are_left_out() -> None:
    fields = Fields.posted([("options", "a"), ("options", "a"), ("options", "../x"), ("options", "")])
    assert fields.ids("options") == ["a"]
