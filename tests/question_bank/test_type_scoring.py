"""How each type turns a response into a score."""

from decimal import Decimal
from fractions import Fraction
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from question_bank.form import option_order
from question_bank.items import AnyContent
from question_bank.scoring import consensus_share, rank_distance
from question_bank.stream import ByteStream
from question_bank.types.case import Part
from question_bank.types.content import IncompleteMarking, InvalidResponse
from question_bank.types.essay import Criterion, Level
from question_bank.types.matching import Pair
from tests.question_bank.type_samples import (
    case,
    cloze,
    cluster,
    essay,
    matching,
    multiple,
    numeric,
    ordering,
    ranking,
    short_text,
    single,
    weighted,
)


def points(content: AnyContent, raw: dict[str, Any], out_of: int = 12) -> Decimal:
    return content.score(content.parse_response(raw), Decimal(out_of)).points


def codes(content: AnyContent) -> set[str]:
    return {problem.code for problem in content.problems()}


def test_a_partly_right_option_earns_its_share_and_a_negative_one_nothing() -> None:
    content = single(partial={"o0": "1/3", "o2": "-0.5"})
    assert [points(content, {"choice": choice}) for choice in ("o1", "o0", "o2")] == [12, 4, 0]


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [(["o0", "o2"], 12), (["o0"], 4), (["o2"], 8), (["o0", "o1"], 0), (["o0", "o1", "o2"], 6), ([], 0)],
)
def test_weights_of_what_is_chosen_add_up(chosen: list[str], expected: int) -> None:
    assert points(weighted(), {"choices": chosen}) == expected


def test_the_floor_is_for_those_who_choose_something() -> None:
    content = weighted(floor="0.25")
    assert points(content, {"choices": ["o1"]}) == 3
    assert points(content, {"choices": []}) == 0


def test_no_more_may_be_chosen_than_the_limit() -> None:
    with pytest.raises(InvalidResponse) as refusal:
        multiple(max_choices=2).parse_response({"choices": ["o0", "o1", "o2"]})
    assert refusal.value.code == "too_many_choices"


@pytest.mark.parametrize(("right", "share"), [(0, "0"), (1, "0.1"), (2, "0.25"), (3, "0.5"), (4, "1")])
def test_a_cluster_of_four_is_scored_by_the_usual_scale(right: int, share: str) -> None:
    keys = [True, False, True, True]
    values = {f"s{index}": key if index < right else not key for index, key in enumerate(keys)}
    assert points(cluster(*keys), {"values": values}, 1) == Decimal(share)


def test_statements_left_open_are_not_right() -> None:
    content = cluster(True, False, scoring="per_statement")
    assert points(content, {"values": {"s0": True}}) == 6
    assert points(content, {"values": {}}) == 0
    assert points(cluster(True, False, scoring="all_or_nothing"), {"values": {"s0": True}}) == 0


def test_gaps_count_by_their_weight_or_all_together() -> None:
    filled = {"g1": "XÃ", "g2": "15 ngày", "g3": "c0"}
    assert points(cloze(), {"gaps": filled}) == Decimal("10.5")
    assert points(cloze(rule="all_or_nothing"), {"gaps": filled}) == 0
    assert points(cloze(rule="all_or_nothing"), {"gaps": filled | {"g3": "c1"}}) == 12


@pytest.mark.parametrize(
    ("pairs", "expected"),
    [
        ([["p1", "t1"], ["p2", "t0"]], 12),
        ([["p1", "t1"]], 6),
        ([["p1", "t1"], ["p2", "t2"]], 3),
        ([["p1", "t2"], ["p2", "t2"]], 0),
        ([], 0),
    ],
)
def test_pairs_add_up_and_wrong_ones_cost(pairs: list[list[str]], expected: int) -> None:
    assert points(matching(), {"pairs": pairs}) == expected


def test_open_shares_of_pairs_divide_what_the_stated_ones_leave() -> None:
    content = matching(Pair(prompt="p1", target="t1", share="0.75"), Pair(prompt="p2", target="t0"))
    assert points(content, {"pairs": [["p2", "t0"]]}) == 3


@pytest.mark.parametrize(
    ("pairs", "fields", "code"),
    [
        ([["p1", "t9"]], {}, "unknown_option"),
        ([["p1", "t1"], ["p1", "t1"]], {}, "repeated_option"),
        ([["p1", "t1"], ["p1", "t2"]], {}, "too_many_choices"),
        ([["p1", "t1"], ["p2", "t1"]], {"is_target_reusable": False}, "repeated_option"),
    ],
)
def test_pairs_that_the_item_does_not_allow_are_refused(
    pairs: list[list[str]], fields: dict[str, Any], code: str
) -> None:
    with pytest.raises(InvalidResponse) as refusal:
        matching(**fields).parse_response({"pairs": pairs})
    assert refusal.value.code == code


@pytest.mark.parametrize(
    ("rule", "order", "expected"),
    [
        ("all_or_nothing", "2031", 12),
        ("all_or_nothing", "2013", 0),
        ("absolute_position", "2013", 6),
        ("absolute_position", "0231", 6),
        ("adjacent_pairs", "2013", 4),
        ("adjacent_pairs", "1203", 8),
        ("adjacent_pairs", "1302", 0),
    ],
)
def test_an_order_is_scored_by_its_rule(rule: str, order: str, expected: int) -> None:
    assert points(ordering(rule), {"order": [f"o{place}" for place in order]}) == expected


@pytest.mark.parametrize(
    ("order", "code"),
    [(["o0"], "incomplete_order"), (["o0"] * 2, "repeated_option"), (["o9"], "unknown_option")],
)
def test_an_order_names_every_entry_once(order: list[str], code: str) -> None:
    for content in (ordering(), ranking()):
        with pytest.raises(InvalidResponse) as refusal:
            content.parse_response({"order": order})
        assert refusal.value.code == code


@given(st.lists(st.fractions(1, 5, max_denominator=10), min_size=2, max_size=5), st.sampled_from([1, 2]))
def test_the_nearest_ranking_scores_everything_and_the_farthest_nothing(
    means: list[Fraction], power: Any
) -> None:
    distances = {order: rank_distance(order, power=power) for order in permutations(means)}
    shares = {order: consensus_share(order, power=power) for order in distances}
    if len(set(distances.values())) == 1:
        assert set(shares.values()) == {0}
        return
    assert shares[min(distances, key=lambda order: distances[order])] == 1
    assert shares[max(distances, key=lambda order: distances[order])] == 0
    assert all(0 <= share <= 1 for share in shares.values())


def test_a_ranking_scores_by_its_distance_from_the_experts() -> None:
    # Means by option: 2.2, 1.4, 3.9, 2.5; nearest order 1, 0, 3, 2 with footrule 1.2, farthest 2, 3, 0, 1 with 6.8.
    content = ranking()
    assert content.correct_response().order == ["o1", "o0", "o3", "o2"]
    assert points(content, {"order": ["o2", "o3", "o0", "o1"]}) == 0
    middle = points(content, {"order": ["o0", "o1", "o3", "o2"]}, 1)
    assert middle == Decimal(
        "0.785714"
    )  # (6.8 - 2.4) / (6.8 - 1.2) after |1-2.2|+|2-1.4|+|3-2.5|+|4-3.9| = 2.4
    assert content.key_summary() == "B > A > D > C"


def test_a_marker_scores_an_essay_by_levels() -> None:
    content = essay()
    assert content.score_marked({"r1": "l2", "r2": "l5"}, Decimal(12)).points == 8
    assert content.score_marked({"r1": "l3", "r2": "l5"}, Decimal(12)).points == 12
    for levels in ({"r1": "l2"}, {"r1": "l2", "r2": "l1"}):
        with pytest.raises(IncompleteMarking):
            content.score_marked(levels, Decimal(1))


def test_a_case_is_the_weighted_mean_of_its_parts() -> None:
    content = case()
    answers = {
        "a": {"choice": "x1"},
        "b": {"values": {f"s{n}": n != 1 for n in range(4)}},
        "c": {"text": "thuận"},
    }
    assert points(content, {"parts": answers}, 7) == Decimal("4.333333")
    assert points(content, {"parts": {}}, 7) == 0
    for parts, code in (({"z": {}}, "unknown_option"), ({"a": {"choice": "x9"}}, "unknown_option")):
        with pytest.raises(InvalidResponse) as refusal:
            content.parse_response({"parts": parts})
        assert refusal.value.code == code


def test_a_case_with_an_essay_joins_rule_and_marker() -> None:
    content = case(Part(id="a", content=single()), Part(id="w", weight=3, content=essay()))
    response = content.parse_response({"parts": {"a": {"choice": "o1"}, "w": {"text": "Tôi"}}})
    assert content.score_marked({"r1": "l3", "r2": "l4"}, Decimal(12), response=response).points == 9


def test_options_never_leave_their_part_of_a_case() -> None:
    content = case()
    units = content.shuffle_units()
    assert units.groups == (2, 4, 2, 3)
    seen = {option_order(units, ByteStream(bytes([n]) * 32)) for n in range(60)}
    assert len(seen) > 20
    assert all(order[-3:] == ("y0", "y1", "y2") for order in seen)
    views = content.candidate_view(next(iter(seen)))["parts"]
    assert [len(part["view"].get("options", ())) for part in views] == [2, 0, 0, 0, 3]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (single(partial={"o1": "0.5"}), "key_has_partial_share"),
        (single(partial={"o0": "2"}), "share_out_of_range"),
        (single(partial={"zz": "0.5"}), "share_of_unknown_option"),
        (weighted(weights={"o0": "0.5"}), "weights_below_full"),
        (weighted(floor="1"), "share_out_of_range"),
        (multiple(max_choices=1), "more_keys_than_choices"),
        (cluster(True), "statement_count"),
        (cluster(True, None), "statement_without_key"),
        (cluster(True, False), "steps_do_not_fit"),
        (short_text(("...", "1")), "empty_answer"),
        (short_text(("xã", "0.5")), "no_full_answer"),
        (numeric("1", "-1"), "negative_tolerance"),
        (numeric(unit_rule="required"), "unit_missing"),
        (cloze(stem="[[gap:g1]] [[gap:g2]] [[gap:g9]] [[gap:g1]]"), "marker_without_gap"),
        (cloze(stem="[[gap:g1]] [[gap:g2]]"), "gap_without_marker"),
        (cloze(stem="[[gap:g1]] [[gap:g2]] [[gap:g3]] [[gap:g1]]"), "repeated_marker"),
        (matching(Pair(prompt="p1", target="t9")), "pair_of_unknown"),
        (matching(Pair(prompt="p1", target="t1", share="0.5")), "pairs_below_full"),
        (ordering().model_copy(update={"order": ("o0",)}), "order_not_complete"),
        (ranking().model_copy(update={"judges": 0}), "no_judges"),
        (
            ranking().model_copy(update={"consensus": {f"o{n}": "2.5" for n in range(4)}}),
            "consensus_all_equal",
        ),
        (essay(min_words=600), "word_limits"),
        (essay(rubric=()), "no_rubric"),
        (
            essay(rubric=[Criterion(id="r", name="x", levels=(Level(id="a"), Level(id="b", share="0.9")))]),
            "rubric_below_full",
        ),
        (case(*(Part(id=f"p{n}", content=single()) for n in range(2))), "repeated_id"),
    ],
)
def test_what_blocks_an_item_is_named(content: AnyContent, code: str) -> None:
    assert code in codes(content)
