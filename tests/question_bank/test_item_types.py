import json
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from question_bank.items import (
    AnyContent,
    ItemDraft,
    canonical_json,
    content_hash,
    parse_content,
    semantic_hash,
)
from question_bank.scoring import InvalidPoints, score_share
from question_bank.taxonomy import CognitiveLevel
from question_bank.types.content import InvalidOptionOrder, InvalidResponse, Option
from question_bank.types.multiple_choice import MultipleChoice, MultipleChoiceRule
from question_bank.types.single_choice import SingleChoice
from question_bank.types.true_false import TrueFalse


def options(*texts: str) -> tuple[Option, ...]:
    return tuple(Option(id=f"o{index}", text=text) for index, text in enumerate(texts))


def single(key: str | None = "o1", *texts: str) -> SingleChoice:
    return SingleChoice(
        stem="Ai ban hành?", options=options(*(texts or ("A1", "B1", "C1"))), key=key, rationale="vì Điều 5"
    )


def multiple(rule: str = "all_or_nothing", keys: tuple[str, ...] = ("o0", "o1")) -> MultipleChoice:
    return MultipleChoice(
        stem="Chọn",
        options=options("a", "b", "c", "d"),
        keys=keys,
        rule=MultipleChoiceRule(rule),
        rationale="vì",
    )


CONTENTS: list[AnyContent] = [
    single(),
    multiple(),
    multiple("partial"),
    TrueFalse(stem="Đúng chứ?", key=True),
]


@pytest.mark.parametrize("content", CONTENTS, ids=lambda c: c.type)
def test_a_candidate_sees_only_type_stem_and_option_texts(content: AnyContent) -> None:
    view = content.candidate_view(content.shuffle_units().ids)
    assert set(view) <= {"type", "stem", "options"}
    assert all(set(option) == {"id", "text"} for option in view.get("options", ()))
    assert "vì" not in json.dumps(view, ensure_ascii=False)


@pytest.mark.parametrize("content", CONTENTS, ids=lambda c: c.type)
def test_the_keyed_response_scores_everything_and_none_scores_nothing(content: AnyContent) -> None:
    keyed = content.correct_response()
    assert keyed is not None
    assert content.parse_response(keyed.model_dump()) == keyed
    assert content.score(keyed, Decimal("1.5")).points == Decimal("1.5")
    assert content.score(None, Decimal("1.5")).points == 0
    assert content.categories(None) == ("omitted",)


@pytest.mark.parametrize("content", CONTENTS, ids=lambda c: c.type)
def test_content_survives_json(content: AnyContent) -> None:
    raw = json.loads(canonical_json(content.model_dump(mode="json")))
    assert parse_content(raw) == content
    assert content_hash(parse_content(raw, is_trusted=True)) == content_hash(content)


@pytest.mark.parametrize("content", CONTENTS, ids=lambda c: c.type)
@pytest.mark.parametrize(
    "raw",
    [
        None,
        {},
        [],
        "o1",
        {"choice": 1},
        {"choice": None},
        {"choice": "o1", "key": "o1"},
        {"choice": "x" * 100_000},
        {"choices": "o1"},
        {"choices": ["o1"] * 1000},
        {"value": "true"},
        {"value": 1},
        {"choice": ["o1"], "choices": [], "value": True},
    ],
)
def test_a_malformed_response_is_refused(content: AnyContent, raw: Any) -> None:
    with pytest.raises(InvalidResponse) as refusal:
        content.parse_response(raw)
    assert refusal.value.code == "malformed_response"


def test_a_response_with_a_foreign_or_repeated_option_is_refused() -> None:
    for content, raw in ((single(), {"choice": "o9"}), (multiple(), {"choices": ["o0", "o9"]})):
        with pytest.raises(InvalidResponse, match="does not have") as refusal:
            content.parse_response(raw)
        assert refusal.value.code == "unknown_option"
    with pytest.raises(InvalidResponse) as refusal:
        multiple().parse_response({"choices": ["o0", "o0"]})
    assert refusal.value.code == "repeated_option"


def test_a_response_of_another_type_is_refused_by_scoring() -> None:
    with pytest.raises(InvalidResponse):
        single().score(TrueFalse(stem="x", key=True).correct_response(), Decimal(1))


@pytest.mark.parametrize(
    "order", [(), ("o0", "o1"), ("o0", "o1", "o1"), ("o0", "o1", "o9"), ("o0", "o1", "o2", "o2")]
)
def test_an_option_order_must_be_a_permutation(order: tuple[str, ...]) -> None:
    with pytest.raises(InvalidOptionOrder):
        single().candidate_view(order)
    assert [o["id"] for o in single().candidate_view(("o2", "o0", "o1"))["options"]] == ["o2", "o0", "o1"]


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        (["o0", "o1"], "6"),
        (["o0"], "3"),
        (["o0", "o2"], "0"),
        (["o0", "o1", "o2"], "3"),
        (["o2", "o3"], "0"),
        (["o0", "o1", "o2", "o3"], "0"),
        ([], "0"),
    ],
)
def test_partial_credit_is_the_right_share_less_the_wrong_share(chosen: list[str], expected: str) -> None:
    content = multiple("partial")
    assert content.score(content.parse_response({"choices": chosen}), Decimal(6)).points == Decimal(expected)


@pytest.mark.parametrize("chosen", [["o0"], ["o0", "o1", "o2"], ["o2"]])
def test_all_or_nothing_gives_nothing_for_anything_but_the_keys(chosen: list[str]) -> None:
    content = multiple()
    assert content.score(content.parse_response({"choices": chosen}), Decimal(6)).points == 0


@given(
    st.sets(st.sampled_from(["o0", "o1", "o2", "o3"])),
    st.sets(st.sampled_from(["o0", "o1", "o2", "o3"])),
    st.decimals(0, 100, places=3),
    st.sampled_from(MultipleChoiceRule),
)
def test_a_score_lies_between_zero_and_the_points(
    keys: set[str], chosen: set[str], points: Decimal, rule: MultipleChoiceRule
) -> None:
    content = multiple(rule, tuple(sorted(keys)))
    score = content.score(content.parse_response({"choices": sorted(chosen)}), points)
    assert 0 <= score.points <= points
    assert score.max_points == points


@given(st.fractions(0, 1), st.decimals(0, 1000, places=2))
def test_a_share_is_rounded_once_to_a_millionth(share: Fraction, points: Decimal) -> None:
    gained = score_share(share, points).points
    assert abs(Fraction(gained) - share * Fraction(points)) <= Fraction(1, 2_000_000)


@pytest.mark.parametrize("points", ["-1", "NaN", "Infinity"])
def test_points_must_be_a_number_not_below_zero(points: str) -> None:
    with pytest.raises(InvalidPoints):
        score_share(Fraction(1), Decimal(points))


@pytest.mark.parametrize(
    ("content", "codes"),
    [
        (single(None), {"no_key"}),
        (single("o9"), {"key_not_an_option"}),
        (single("o0", "chỉ một"), {"too_few_options"}),
        (single("o0", "Cục thuế", " cục  Thuế."), {"equal_options"}),
        (single("o0", "một", " "), {"empty_option"}),
        (SingleChoice(stem=" ", options=options("a", "b"), key="o0"), {"empty_stem"}),
        (single("o0", *(f"ý {n}" for n in range(27))), {"too_many_options"}),
        (multiple(keys=()), {"no_key"}),
        (multiple(keys=("o9",)), {"key_not_an_option"}),
        (multiple(keys=("o0", "o1", "o2", "o3")), {"all_options_keyed"}),
        (TrueFalse(stem=""), {"empty_stem", "no_key"}),
        (SingleChoice(stem="s", options=options("a", "b") + options("c"), key="o0"), {"repeated_option_id"}),
        (single(), set()),
    ],
)
def test_what_blocks_an_item_is_named(content: AnyContent, codes: set[str]) -> None:
    assert {problem.code for problem in content.problems()} == codes


def test_content_never_changes_and_takes_no_unknown_field() -> None:
    with pytest.raises(ValidationError):
        single().stem = "khác"
    with pytest.raises(ValidationError):
        parse_content({"type": "single_choice", "stem": "x", "options": [], "hint": "y"})
    with pytest.raises(ValidationError):
        parse_content({"type": "riddle", "stem": "x"})


def test_option_ids_are_fresh_and_say_nothing_about_order() -> None:
    ids = [Option.create("x").id for _ in range(50)]
    assert len(set(ids)) == 50
    assert all(len(option_id) == 8 for option_id in ids)


def test_two_readings_of_one_item_mean_the_same_though_their_ids_differ() -> None:
    def read() -> ItemDraft:
        choices = tuple(Option.create(text) for text in ("một", "hai"))
        return ItemDraft(content=SingleChoice(stem="s", options=choices, key=choices[1].id), source_id="Q1")

    first, second = read(), read()
    assert content_hash(first.content) != content_hash(second.content)
    assert semantic_hash(first) == semantic_hash(second)
    assert semantic_hash(first) == semantic_hash(first.model_copy(update={"source_id": "Q2"}))
    assert semantic_hash(first) != semantic_hash(first.model_copy(update={"level": CognitiveLevel.APPLY}))
    other_key = first.content.model_copy(update={"key": first.content.shuffle_units().ids[0]})
    assert semantic_hash(first) != semantic_hash(first.model_copy(update={"content": other_key}))
