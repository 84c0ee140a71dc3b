"""Lint over all types: what each check finds, where, and that one click removes it."""

import math
from typing import get_args

import pytest

from question_bank.citations import Citation
from question_bank.items import AnyContent, ItemDraft
from question_bank.lint import (
    FIX_NAMES,
    MESSAGES,
    Finding,
    FixKind,
    apply_fix,
    apply_order_safety,
    find_combination,
    key_position_bias,
    key_positions,
    lint,
)
from question_bank.lint.combinations import named_places
from question_bank.lint.keying import chi_square_tail
from question_bank.lint.lists import entry_lists
from question_bank.types.answers import NumberAnswer, TextAnswer
from question_bank.types.case import Part
from question_bank.types.cloze import ChoiceGap, NumberGap, TextGap
from question_bank.types.content import Option
from question_bank.types.multiple_choice import MultipleChoice
from question_bank.types.ordering import Ordering
from question_bank.types.single_choice import SingleChoice
from tests.question_bank.type_samples import (
    SAMPLES,
    case,
    cloze,
    cluster,
    essay,
    matching,
    multiple,
    numeric,
    options,
    short_text,
    single,
)

CITED = {"citations": (Citation(document_number="80/2025/QH15", article="5"),), "level": "apply"}
VAGUE = "Theo quy định hiện hành, ai ký?"
WIDE_GAP = NumberGap(id="g", answers=(NumberAnswer(value="-1", tolerance="2"),))
PLACES = ("", "stem", "gaps/0", "gaps/99/answers/0", "answers/7", "parts/0", "parts/0/stem", "parts/99/stem")
IMAGE = '<img src="media:a.png"{}>'


def findings(content: AnyContent) -> list[Finding]:
    return list(lint(ItemDraft.model_validate({"content": content, **CITED})))


def find(content: AnyContent, code: str) -> Finding:
    (found,) = [finding for finding in findings(content) if finding.code == code]
    return found


def choose(*texts: str, key: int = 0, stem: str = "Ai ký?") -> SingleChoice:
    return single(stem=stem, options=options(*texts), key=f"o{key}", rationale="")


def gap_cloze(gap: TextGap | NumberGap | ChoiceGap, stem: str = "Ở [[gap:g]]") -> AnyContent:
    return cloze(stem=stem, gaps=(gap,))


def test_sound_items_of_every_type_have_no_findings() -> None:
    for content in SAMPLES:
        expected = {"unsupported": {"unsupported_type"}}.get(content.type, set())
        if content.type == "case" and not content.needs_marker:
            expected = {"one_key_only"}  # part e of the sample
        assert {finding.code for finding in findings(content)} == expected, content.type


@pytest.mark.parametrize(
    ("content", "code", "place"),
    [
        (choose("a1", "b1", stem="Việc nào không thuộc thẩm quyền?"), "negative_stem", "stem"),
        (choose("Ký", "Luôn luôn ký"), "absolute_word", "options/1"),
        (choose("a1", "b1", stem=f"Hình {IMAGE.format('')}"), "image_without_alternative", "stem"),
        (choose(f"a{IMAGE.format(' alt=' + chr(34) * 2)}", "b"), "image_without_alternative", "options/0"),
        (essay(rationale=IMAGE.format("")), "image_without_alternative", "rationale"),
        (multiple(keys=("o1",)), "one_key_only", "keys"),
        (short_text(("hòa", "1"), ("Hoà ", "0.5")), "equal_answers", "answers/1"),
        (numeric("1", "2"), "wide_tolerance", "answers/0"),
        (gap_cloze(WIDE_GAP), "wide_tolerance", "gaps/0/answers/0"),
        (Ordering(stem="Xếp", options=options("a", "b"), order=("o0", "o1")), "few_entries", "options"),
        (matching(targets=options("Xã", "Tỉnh", "Cả A và B", prefix="t")), "combination_unsafe", "targets/2"),
        (case(Part(id="a", content=choose("x", "y", "Cả hai"))), "combination_unsafe", "parts/0/options/2"),
        (case(Part(id="a", content=choose("x", "y", stem=VAGUE))), "vague_reference", "parts/0/stem"),
        (case().model_copy(update={"stem": VAGUE}), "vague_reference", "stem"),
        (cloze(stem="[[gap:g1]] [[gap:g2]]"), "gap_without_marker", "gaps/2"),
    ],
)  # fmt: skip
def test_each_flaw_is_named_with_its_place(content: AnyContent, code: str, place: str) -> None:
    finding = find(content, code)
    assert finding.place == place
    assert all(MESSAGES[code][language].format(**finding.params) for language in ("vi", "en"))


@pytest.mark.parametrize(
    "content",
    [
        choose("x", "y", stem="Việc nào <b>không thuộc</b> thẩm quyền?"),
        choose("x", "y", stem="Việc nào KHÔNG PHẢI là nhiệm vụ?"),
        choose("Không bao giờ ký", "Luôn luôn ký"),
        choose(f"a{IMAGE.format(' alt=' + chr(34) + 'bản đồ' + chr(34))}", "b"),
        numeric("0", "2"),
        short_text(("hòa", "1"), ("hóa", "0.5")),
        cluster(True, False, scoring="per_statement", stem="Xét các ý a và b"),
    ],
)
def test_what_is_no_flaw_is_left_alone(content: AnyContent) -> None:
    assert findings(content) == []


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (choose("x", "y", "Cả A và B"), "combination_unsafe"),
        (choose("x", "y", "Cả hai"), "combination_unsafe"),
        (matching(targets=options("Xã", "Tỉnh", "Cả A và B", prefix="t")), "combination_unsafe"),
        (matching(targets=options("Xã", "Tỉnh", "Tất cả các ý trên", prefix="t")), "combination_unsafe"),
        (gap_cloze(ChoiceGap(id="g", options=options("x", "y", "Cả hai"), key="o0")), "combination_unsafe"),
        (gap_cloze(ChoiceGap(id="g", options=options("x", "y", "A và B"), key="o0")), "combination_unsafe"),
        (case(Part(id="a", content=choose("x", "y", "Cả A và B"))), "combination_unsafe"),
        (choose("x", "y", stem="Việc nào không thuộc thẩm quyền?"), "negative_stem"),
        (case(Part(id="a", content=choose("x", "y", stem="Việc nào chưa đúng?"))), "negative_stem"),
        (multiple(keys=("o1",)), "one_key_only"),
        (short_text(("hòa", "1"), ("Hoà ", "0.5")), "equal_answers"),
        (gap_cloze(TextGap(id="g", answers=(TextAnswer(text="xã"), TextAnswer(text="XÃ")))), "equal_answers"),
        (cloze(stem="<p>[[gap:g1]] [[gap:g2]]</p>"), "gap_without_marker"),
        (cloze(stem="[[gap:g1]] [[gap:g2]] [[gap:g3]] [[gap:g4]]"), "marker_without_gap"),
        (cloze(stem="[[gap:g1]] [[gap:g2]] [[gap:g3]] [[gap:g1]]"), "repeated_marker"),
        (essay(min_words=900), "word_limits"),
        (cluster(True, False, True), "steps_do_not_fit"),
        (cluster(True, False, True, False, steps=("0", "1")), "steps_do_not_fit"),
        (single(partial={"o1": "0.5"}), "key_has_partial_share"),
        (
            gap_cloze(ChoiceGap(id="g", options=options("x", "y"), key="o0", partial={"o0": "0.5"})),
            "key_has_partial_share",
        ),
    ],
)  # fmt: skip
def test_one_click_removes_the_finding(content: AnyContent, code: str) -> None:
    fix = find(content, code).fix
    assert fix is not None
    repaired = apply_fix(content, fix)
    assert code not in {finding.code for finding in findings(repaired)}
    assert len(repaired.problems()) <= len(content.problems())
    assert type(repaired).model_validate(repaired.model_dump()) == repaired


def test_no_fix_breaks_content_that_it_was_not_made_for() -> None:
    for content in SAMPLES:
        for kind in FixKind:
            for place in (
                "",
                "stem",
                "gaps/0",
                "gaps/99/answers/0",
                "answers/7",
                "parts/0",
                "parts/0/stem",
                "parts/99/stem",
            ):
                fix = find(choose("x", "y", "Cả hai"), "combination_unsafe").fix
                assert fix is not None
                changed = apply_fix(content, type(fix)(kind, "nothing", place))
                assert type(changed).model_validate(changed.model_dump()) == changed


def test_a_key_that_names_other_options_can_become_several_weighted_keys() -> None:
    content = choose("Tỉnh", "Xã", "Huyện", "Cả A và B", key=3)
    other = find(content, "combination_unsafe").other_fix
    assert other is not None
    rewritten = apply_fix(content, other)
    assert isinstance(rewritten, MultipleChoice)
    assert rewritten.problems() == ()
    assert (rewritten.keys, rewritten.weights) == (("o0", "o1"), {"o0": "0.5", "o1": "0.5", "o2": "-0.5"})
    assert find(choose("x", "y", "Cả A và B", key=0), "combination_unsafe").other_fix is None
    assert find(choose("x", "y", "Cả A và B", key=2), "combination_unsafe").other_fix is None, (
        "both would be keyed"
    )


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("Cả A và B", (0, 1)),
        ("2 đáp án A và C", (0, 2)),
        ("(1) và (2)", (0, 1)),
        ("Tất cả", ()),
        ("Cảnh cáo", ()),
    ],
)
def test_the_named_options_are_known(text: str, places: tuple[int, ...]) -> None:
    assert named_places(text) == places
    assert bool(find_combination(text)) is (text != "Cảnh cáo")


def test_order_safety_reaches_into_cases_and_gaps() -> None:
    inner = gap_cloze(ChoiceGap(id="g", options=options("u", "v", "Cả hai", prefix="w"), key="w0"))
    whole = case(Part(id="a", content=choose("x", "y", "Cả A và B")), Part(id="b", content=inner))
    units = apply_order_safety(whole).shuffle_units()
    assert units.pinned == {"o0", "o1", "o2", "w2"}


def test_a_citation_needs_a_number_and_a_year() -> None:
    for citation, code in (
        ({"title": "Hiến pháp"}, "citation_without_number"),
        ({"document_number": "45-QĐ/TW"}, "citation_without_date"),
    ):
        draft = ItemDraft.model_validate({"content": single(), "citations": [citation], "level": "apply"})
        assert {finding.code for finding in lint(draft)} == {code}


def test_every_fix_and_every_sentence_is_told_in_both_languages() -> None:
    assert FIX_NAMES.keys() == set(FixKind)
    for sentences in (*MESSAGES.values(), *FIX_NAMES.values()):
        assert sentences.keys() == {"vi", "en"}


def test_every_type_says_what_its_shuffled_lists_are() -> None:
    for member in get_args(get_args(AnyContent)[0]):
        sample = next(content for content in SAMPLES if type(content) is member)
        listed = {entry.id for entries in entry_lists(sample) for entry in entries.entries}
        if sample.type not in ("ordering", "ranking", "case"):  # all their entries are right, or in parts
            assert listed == set(sample.shuffle_units().ids)


def bank(*keys: int, size: int = 4) -> list[ItemDraft]:
    texts = [f"ý {n}" for n in range(size)]
    return [ItemDraft(content=choose(*texts, key=key)) for key in keys]


def test_keys_that_prefer_a_letter_are_noticed_from_forty_items_on() -> None:
    finding = key_position_bias(bank(*[1] * 25, *[0, 2, 3] * 5))
    assert finding is not None
    assert finding.params == {"count": 40, "label": "B", "share": 62}
    assert all(MESSAGES[finding.code][language].format(**finding.params) for language in ("vi", "en"))
    assert key_position_bias(bank(*[1] * 39)) is None
    assert key_position_bias(bank(*range(4), *[n % 4 for n in range(60)])) is None
    assert key_position_bias([]) is None


def test_items_of_different_length_are_compared_with_their_own_expectation() -> None:
    found = key_positions([*bank(*[0, 1] * 30, size=2), *bank(*[n % 4 for n in range(40)])])
    assert found is not None
    assert (found.counts, found.n, found.degrees) == ((40, 40, 10, 10), 100, 4)
    assert (found.chi_square, found.p) == (0, 1)


@pytest.mark.parametrize(
    ("value", "degrees", "tail"),
    # Percentage points of the chi-square distribution: Abramowitz & Stegun (1964), table 26.8.
    [(3.84146, 1, 0.05), (5.99147, 2, 0.05), (11.3449, 3, 0.01), (18.4668, 4, 0.001), (15.0863, 5, 0.01)],
)
def test_the_tail_of_chi_square_is_that_of_the_tables(value: float, degrees: int, tail: float) -> None:
    assert math.isclose(chi_square_tail(value, degrees), tail, rel_tol=1e-4)


def test_an_option_is_still_one_of_its_list() -> None:
    content = choose("x", "y", "Cả hai")
    fix = find(content, "combination_unsafe").fix
    assert fix is not None
    assert apply_fix(content, fix) == content.model_copy(
        update={"options": (*content.options[:2], Option(id="o2", text="Cả hai", pinned=True))}
    )
