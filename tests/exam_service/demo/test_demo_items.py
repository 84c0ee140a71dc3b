"""The demo's questions: enough of them for a feasible blueprint, in force, and free of answering cues."""

import re
import unicodedata
from collections import Counter
from datetime import date

import pytest
from pydantic import ValidationError

from exam_service.demo.content import DemoItem, load_competencies, load_documents, load_items

DEMO_DAY = date(2026, 11, 23)
LEVELS = ("remember", "understand", "apply", "analyse")
POSITIONS = ("VPTK", "TPHT", "TCKT")
ITEMS = load_items()
PER_POSITION = {"remember": 13, "understand": 12, "apply": 8, "analyse": 3}
PER_COMPETENCY = {"remember": 4, "understand": 4, "apply": 3, "analyse": 2}


def group_of(item: DemoItem) -> str:
    return item.competency.partition(".")[0]


def folded(text: str) -> str:
    plain = unicodedata.normalize("NFD", text.lower().replace("đ", "d"))
    return " ".join(re.findall(r"[a-z0-9%]+", "".join(c for c in plain if not unicodedata.combining(c))))


def test_there_are_enough_questions_for_every_group() -> None:
    counts = Counter(map(group_of, ITEMS))
    assert counts["KTC"] >= 72
    assert all(counts[position] >= 36 for position in POSITIONS)
    assert len(ITEMS) >= 180


@pytest.mark.parametrize("position", POSITIONS)
def test_a_position_can_fill_its_share_of_the_paper_at_every_level(position: str) -> None:
    counts = Counter(item.level for item in ITEMS if group_of(item) == position)
    assert {level: counts[level] for level in LEVELS if counts[level] < PER_POSITION[level]} == {}


def test_every_leaf_competency_has_spare_questions_at_every_level() -> None:
    counts = Counter((item.competency, item.level) for item in ITEMS)
    leaves = [entry.code for entry in load_competencies() if entry.parent]
    short = {(c, n): counts[c, n] for c in leaves for n in LEVELS if counts[c, n] < PER_COMPETENCY[n]}
    assert short == {}


def test_questions_hang_on_leaves_of_the_tree_and_parents_come_first() -> None:
    seen: set[str] = set()
    for entry in load_competencies():
        assert entry.parent is None or entry.parent in seen
        assert entry.code not in seen
        seen.add(entry.code)
    leaves = {entry.code for entry in load_competencies() if entry.parent}
    assert {item.competency for item in ITEMS} == leaves


def test_codes_are_unique_and_name_their_group() -> None:
    codes = [item.code for item in ITEMS]
    assert len(set(codes)) == len(codes)
    assert [item.code for item in ITEMS if item.code.partition("-")[0] != group_of(item)] == []


def test_every_cited_document_is_listed_and_in_force_on_the_demo_day() -> None:
    documents = load_documents()
    cited = {citation.document_number for item in ITEMS for citation in item.citations}
    assert cited == set(documents)
    assert [number for number in cited if not documents[number].is_in_force(DEMO_DAY)] == []
    assert [d.number for d in documents.values() if d.issued_on > d.in_force_from] == []


def test_citations_name_the_year_of_their_document() -> None:
    for document in load_documents().values():
        if year := re.search(r"/(20[0-9]{2})/", document.number):
            assert int(year[1]) == document.issued_on.year, document.number


def test_places_in_documents_are_well_formed() -> None:
    for item in ITEMS:
        for citation in item.citations:
            assert re.fullmatch(r"[0-9]{1,3}[a-z]?", citation.article), item.code
            assert citation.clause is None or re.fullmatch(r"[0-9]{1,2}[a-z]?", citation.clause), item.code
            assert citation.point is None or re.fullmatch(r"[a-zđ]", citation.point), item.code
            assert citation.clause is not None or citation.point is None, item.code


def test_the_rationale_names_the_cited_provision_or_the_rule() -> None:
    assert [i.code for i in ITEMS if not any(c.article in i.rationale for c in i.citations)] == []


def test_options_differ_and_none_leans_on_another() -> None:
    leaning = re.compile(
        r"^(tat ca|ca [a-e] va|khong co (phuong an|dap an)|cac (phuong an|dap an))\b|deu (dung|sai)$"
    )
    for item in ITEMS:
        options = [folded(option) for option in item.options or ()]
        assert len(set(options)) == len(options), item.code
        assert not any(leaning.search(option) for option in options), item.code


def test_stems_are_not_repeated() -> None:
    stems = Counter(folded(item.stem) for item in ITEMS)
    assert [stem for stem, count in stems.items() if count > 1] == []


def test_text_is_composed_and_tidy() -> None:
    for item in ITEMS:
        for text in (item.stem, item.rationale, *(item.options or ())):
            assert text == unicodedata.normalize("NFC", text).strip(), item.code
            assert "  " not in text, item.code
            assert "\u00a0" not in text, item.code
        assert item.rationale.endswith("."), item.code


@pytest.mark.parametrize("group", ["KTC", *POSITIONS])
def test_keys_are_spread_over_the_four_places(group: str) -> None:
    keys = Counter(i.key[0] for i in ITEMS if i.type == "single_choice" and group_of(i) == group and i.key)
    total = sum(keys.values())
    assert all(0.15 <= keys[place] / total <= 0.35 for place in range(4)), keys


def test_the_longest_option_is_not_usually_the_right_one() -> None:
    choices = [item for item in ITEMS if item.type == "single_choice" and item.options]
    cued = 0
    for item in choices:
        lengths = [len(option) for option in item.options or ()]
        assert isinstance(item.key, tuple)
        cued += lengths[item.key[0]] == max(lengths) and lengths.count(max(lengths)) == 1
    assert cued / len(choices) < 0.40


def test_types_are_mixed_and_true_false_goes_both_ways() -> None:
    types = Counter(item.type for item in ITEMS)
    assert types["single_choice"] / len(ITEMS) >= 0.75
    assert types["multiple_choice"] >= 12
    assert types["true_false"] >= 12
    assert {item.key for item in ITEMS if item.type == "true_false"} == {True, False}


@pytest.mark.parametrize(
    "change",
    [
        {"key": [4]},
        {"key": [0, 1]},
        {"key": True},
        {"key": [1, 1]},
        {"options": None},
        {"type": "true_false"},
    ],
)
def test_a_key_that_does_not_fit_its_question_is_refused(change: dict[str, object]) -> None:
    item = next(item for item in ITEMS if item.type == "single_choice")
    with pytest.raises(ValidationError):
        DemoItem.model_validate(item.model_dump() | change)
