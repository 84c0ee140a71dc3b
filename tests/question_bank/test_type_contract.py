"""What every item type keeps: one test per rule, run over every type, so that a new type is held to all of them."""

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from question_bank.form import option_order
from question_bank.items import (
    AnyContent,
    ItemDraft,
    canonical_json,
    content_hash,
    parse_content,
    semantic_hash,
)
from question_bank.lint import apply_order_safety, lint
from question_bank.stream import ByteStream
from question_bank.text import plain
from question_bank.types.content import InvalidOptionOrder, InvalidResponse, NeedsMarker, Response
from question_bank.types.messages import MESSAGES
from tests.question_bank.type_samples import SAMPLES, SCORED, SECRET, case, essay, multiple, single

by_type = pytest.mark.parametrize("content", SAMPLES, ids=lambda content: content.type)
scored = pytest.mark.parametrize("content", SCORED, ids=lambda content: content.type)

few = settings(max_examples=25)  # of each of two dozen samples

SHOWN: dict[str, set[str]] = {
    "single_choice": {"type", "stem", "options", "options.id", "options.text"},
    "multiple_choice": {"type", "stem", "options", "options.id", "options.text", "max_choices"},
    "true_false": {"type", "stem"},
    "true_false_cluster": {"type", "stem", "statements", "statements.id", "statements.text"},
    "short_text": {"type", "stem", "width"},
    "numeric": {"type", "stem", "unit", "asks_unit"},
    "cloze": {
        *("type", "stem", "gaps", "gaps.id", "gaps.kind", "gaps.width", "gaps.unit", "gaps.display"),
        *("gaps.options", "gaps.options.id", "gaps.options.text"),
    },
    "matching": {
        *("type", "stem", "prompts", "prompts.id", "prompts.text", "targets", "targets.id", "targets.text"),
        *("max_per_prompt", "is_target_reusable"),
    },
    "ordering": {"type", "stem", "options", "options.id", "options.text"},
    "ranking": {"type", "stem", "options", "options.id", "options.text"},
    "essay": {"type", "stem", "min_words", "max_words", "criteria", "criteria.name", "criteria.weight"},
    "case": {"type", "stem", "parts", "parts.id", "parts.weight", "parts.view"},
    "unsupported": {"type", "stem"},
}
"""Everything a candidate may receive, per type."""


def paths(value: Any, at: str = "") -> Iterator[str]:
    if isinstance(value, dict):
        for name, member in value.items():
            yield f"{at}{name}"
            if name != "view":
                yield from paths(member, f"{at}{name}.")
    elif isinstance(value, list):
        for member in value:
            yield from paths(member, at)


def views(content: AnyContent) -> Iterator[dict[str, Any]]:
    view = content.candidate_view(content.shuffle_units().ids)
    yield view
    yield from (part["view"] for part in view.get("parts", ()))


def test_every_type_stands_in_every_table() -> None:
    types = {member.model_fields["type"].default for member in get_args(get_args(AnyContent)[0])}
    assert {content.type for content in SAMPLES} == types == SHOWN.keys()


@by_type
def test_a_sample_is_complete(content: AnyContent) -> None:
    codes = {problem.code for problem in content.problems()}
    assert codes == ({"unsupported_type"} if content.type == "unsupported" else set())


@by_type
def test_a_candidate_sees_what_is_listed_and_nothing_else(content: AnyContent) -> None:
    for view in views(content):
        assert set(paths(view)) <= SHOWN[view["type"]]
        assert SECRET not in json.dumps(view, ensure_ascii=False)
        assert '"key"' not in json.dumps(view)


@by_type
def test_what_a_candidate_sees_does_not_depend_on_the_key(content: AnyContent) -> None:
    hidden = {
        "key",
        "keys",
        "partial",
        "weights",
        "floor",
        "order",
        "consensus",
        "pairs",
        "steps",
        "answers",
        "share",
    }

    def without_key(value: Any) -> Any:
        if isinstance(value, list):
            return [without_key(member) for member in value]
        if not isinstance(value, dict):
            return value
        return {name: without_key(own) for name, own in value.items() if name not in hidden}

    bare = parse_content(without_key(content.model_dump(mode="json")))
    order = content.shuffle_units().ids
    assert bare.candidate_view(order) == content.candidate_view(order)


@by_type
def test_content_survives_json_and_holds_no_float(content: AnyContent) -> None:
    raw = json.loads(canonical_json(content.model_dump(mode="json")))
    assert parse_content(raw) == content
    assert content_hash(parse_content(raw, is_trusted=True)) == content_hash(content)


@by_type
def test_other_ids_mean_the_same(content: AnyContent) -> None:
    ids = content.ids()
    assert len(set(ids)) == len(ids)
    other = content.relabelled({own: f"zz-{len(ids) - place}" for place, own in enumerate(ids)})
    assert set(other.ids()).isdisjoint(ids)
    assert other.problems() == content.problems()
    assert parse_content(other.model_dump(mode="json")) == other
    assert semantic_hash(ItemDraft(content=other)) == semantic_hash(ItemDraft(content=content))
    assert other.key_summary() == content.key_summary()


@scored
@few
@given(points=st.decimals(0, 100, places=2))
def test_the_keyed_response_scores_everything(content: AnyContent, points: Decimal) -> None:
    keyed = content.correct_response()
    assert keyed is not None
    assert content.parse_response(keyed.model_dump(mode="json")) == content.check_response(keyed)
    assert content.score(keyed, points).points == points
    assert content.key_summary("vi") != "–" != content.key_summary("en")


@by_type
def test_nothing_entered_scores_nothing(content: AnyContent) -> None:
    assert content.score(None, Decimal("1.5")).points == 0
    assert content.categories(None) == ("omitted",)


def answers_for(content: AnyContent) -> st.SearchStrategy[Any]:
    """Responses that a candidate could send to this item."""
    ids = list(content.shuffle_units().ids)
    typed = st.sampled_from(
        ["", " ", "hòa giải", "HOÀ GIẢI", "Điều 5", "3,5", "3.456", "xã", "15 ngày", "-", "1e999"]
    )
    match content.type:
        case "single_choice":
            return st.builds(lambda choice: {"choice": choice}, st.sampled_from(ids))
        case "multiple_choice":
            limit = content.max_choices or None
            chosen = st.lists(st.sampled_from(ids), unique=True, max_size=limit)
            return st.builds(lambda choices: {"choices": choices}, chosen)
        case "true_false":
            return st.builds(lambda value: {"value": value}, st.booleans())
        case "true_false_cluster":
            return st.builds(
                lambda values: {"values": values}, st.dictionaries(st.sampled_from(ids), st.booleans())
            )
        case "short_text" | "numeric" | "essay":
            return st.builds(lambda text: {"text": text}, typed | st.text(max_size=40))
        case "cloze":
            return st.builds(
                lambda gaps: {"gaps": gaps},
                st.fixed_dictionaries(
                    {}, optional={"g1": typed, "g2": typed, "g3": st.sampled_from(["c0", "c1", ""])}
                ),
            )
        case "matching":
            prompts = st.permutations([prompt.id for prompt in content.prompts])
            return st.builds(
                lambda left, right, count: {"pairs": list(zip(left, right, strict=False))[:count]},
                prompts,
                st.permutations(ids),
                st.integers(0, 2),
            ).map(lambda raw: {"pairs": [list(pair) for pair in raw["pairs"]]})
        case "ordering" | "ranking":
            return st.builds(lambda order: {"order": list(order)}, st.permutations(ids))
        case "case":
            parts = {part.id: answers_for(part.content) for part in content.parts}
            return st.builds(lambda given: {"parts": given}, st.fixed_dictionaries({}, optional=parts))
    raise AssertionError(content.type)


@scored
@few
@given(data=st.data(), points=st.decimals(0, 100, places=3))
def test_a_score_lies_between_zero_and_the_points(
    content: AnyContent, data: st.DataObject, points: Decimal
) -> None:
    response = content.parse_response(data.draw(answers_for(content)))
    score = content.score(response, points)
    assert 0 <= score.points <= points == score.max_points
    canonical_json(dict(score.detail))
    assert content.check_response(content.check_response(response)) == content.check_response(response)


@by_type
@few
@given(data=st.data())
def test_categories_never_raise(content: AnyContent, data: st.DataObject) -> None:
    if content.type == "unsupported":
        return
    categories = content.categories(content.parse_response(data.draw(answers_for(content))))
    assert categories
    assert all(isinstance(category, str) for category in categories)


MALFORMED: list[Any] = [
    *(None, {}, [], "o1", {"choice": 1}, {"choices": "o1"}, {"value": 1}, {"values": {"s0": 1}}, {"text": 5}),
    *(
        {"order": "o1"},
        {"gaps": []},
        {"pairs": [["p1"]]},
        {"pairs": [["p1", "t1", "t2"]]},
        {"parts": {"a": 1}},
    ),
    {
        "choice": "o1",
        "choices": [],
        "value": True,
        "text": "",
        "order": [],
        "gaps": {},
        "pairs": [],
        "parts": {},
    },
    *({"text": "x" * 20_001}, {"choices": ["o1"] * 1000}, {"gaps": {"g1": "x" * 301}}),
]


@by_type
@pytest.mark.parametrize("raw", MALFORMED, ids=repr)
def test_a_malformed_response_is_refused(content: AnyContent, raw: Any) -> None:
    with pytest.raises(InvalidResponse) as refusal:
        content.parse_response(raw)
    assert MESSAGES[refusal.value.code].keys() == {"vi", "en"}


@by_type
def test_a_response_of_another_type_is_refused_by_scoring(content: AnyContent) -> None:
    class Foreign(Response):
        pass

    with pytest.raises(InvalidResponse):
        content.score(Foreign(), Decimal(1))


@by_type
def test_an_option_order_must_be_a_permutation(content: AnyContent) -> None:
    ids = content.shuffle_units().ids
    content.candidate_view(ids[::-1])
    for wrong in (
        (*ids, "zz"),
        ids[1:] if ids else ("zz",),
        (*ids[1:], *ids[-1:]) if len(ids) > 1 else ("zz",),
    ):
        with pytest.raises(InvalidOptionOrder):
            content.candidate_view(wrong)


@by_type
@few
@given(seed=st.binary(min_size=32, max_size=32))
def test_a_drawn_order_keeps_pins_and_groups(content: AnyContent, seed: bytes) -> None:
    units = content.shuffle_units()
    order = option_order(units, ByteStream(seed))
    content.candidate_view(order)
    assert sum(units.groups or (len(units.ids),)) == len(units.ids)
    start = 0
    for size in units.groups or (len(units.ids),):
        assert sorted(order[start : start + size]) == sorted(units.ids[start : start + size])
        start += size
    assert all(
        order[place] == own for place, own in enumerate(units.ids) if own in units.pinned or units.locked
    )


@by_type
def test_texts_are_everything_that_is_read(content: AnyContent) -> None:
    texts = dict(content.texts())
    assert len(texts) == len(content.texts())
    assert next(iter(texts)) == "stem"
    assert SECRET not in "".join(texts.values())
    told = " ".join(plain(text) for text in texts.values())

    def shown(value: Any) -> Iterator[str]:
        if isinstance(value, dict):
            for name, own in value.items():
                yield from [own] if name in ("text", "name") else shown(own)
        elif isinstance(value, list):
            for own in value:
                yield from shown(own)

    assert all(plain(text) in told for text in shown(content.candidate_view(content.shuffle_units().ids)))


@by_type
def test_lint_and_order_safety_work_for_every_type(content: AnyContent) -> None:
    safe = apply_order_safety(content)
    assert apply_order_safety(safe) == safe
    assert all(finding.place for finding in lint(ItemDraft(content=content)))


@by_type
def test_only_what_a_person_reads_needs_a_marker(content: AnyContent) -> None:
    has_essay = "essay" in {view["type"] for view in views(content)}
    assert content.needs_marker == has_essay
    if content.needs_marker and content.type == "essay":
        with pytest.raises(NeedsMarker):
            content.score(content.parse_response({"text": "Tôi cho rằng"}), Decimal(1))
        assert content.score(content.parse_response({"text": " \n"}), Decimal(1)).points == 0


def test_an_empty_draft_of_every_type_is_held_and_says_what_is_missing() -> None:
    for content in SAMPLES:
        needed = {"options": []} if content.type in ("single_choice", "multiple_choice") else {}
        if content.type == "unsupported":
            needed = {"reason": "x", "source_format": "gift", "source": ""}
        empty = parse_content({"type": content.type, "stem": "", **needed})
        problems = empty.problems()
        assert problems
        assert all(
            MESSAGES[problem.code][language].format(**problem.params)
            for problem in problems
            for language in ("vi", "en")
        )
        assert empty.score(None, Decimal(1)).points == 0
        assert empty.correct_response() is None
        empty.candidate_view(empty.shuffle_units().ids)


def test_media_are_found_wherever_they_stand() -> None:
    image = '<img src="media:{}.png" alt="x">'
    inner = single(rationale=image.format("b"), options=[{"id": "q", "text": image.format("c")}])
    whole = case().model_copy(update={"stem": image.format("a")})
    part = whole.parts[0].model_copy(update={"content": inner})
    assert whole.model_copy(update={"parts": (part,)}).media() == {"a.png", "b.png", "c.png"}
    assert essay(guidance=image.format("d")).media() == {"d.png"}


def test_hashes_of_versions_stored_before_a_field_was_added_still_hold() -> None:
    three = [{"id": f"o{n}", "text": text} for n, text in enumerate(("một", "hai", "ba"))]
    stored = [
        ({"type": "single_choice", "stem": "Ai ký?", "key": "o1", "rationale": "Điều 5"}, "adfcf14ab8613120"),
        ({"type": "multiple_choice", "stem": "Chọn", "keys": ["o0", "o2"]}, "e0cc07ad371d97e4"),
        ({"type": "multiple_choice", "stem": "Chọn", "keys": ["o0"], "rule": "partial"}, "68002b6752c02c1e"),
        ({"type": "true_false", "stem": "Đúng chứ?", "key": False}, "b072b813f92b539c"),
    ]
    for raw, digest in stored:
        content = parse_content({**raw, "options": three} if raw["type"] != "true_false" else raw)
        assert content_hash(content)[:16] == digest
    assert semantic_hash(ItemDraft(content=content))[:16] == "92e2d7da5f71b8da"


def test_a_changed_key_is_another_meaning() -> None:
    assert semantic_hash(ItemDraft(content=multiple())) != semantic_hash(
        ItemDraft(content=multiple(keys=("o0",)))
    )
