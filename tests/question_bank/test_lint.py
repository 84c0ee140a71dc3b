import unicodedata

import pytest

from question_bank.citations import Citation
from question_bank.items import ItemDraft
from question_bank.lint import (
    MESSAGES,
    CombinationKind,
    FixKind,
    Severity,
    apply_fix,
    apply_order_safety,
    find_combination,
    lint,
)
from question_bank.taxonomy import CognitiveLevel
from question_bank.types.content import Option
from question_bank.types.multiple_choice import MultipleChoice
from question_bank.types.single_choice import SingleChoice
from question_bank.types.true_false import TrueFalse

WHOLE = [
    "Cả 3 ý trên",
    "Cả 3 ý trên đều đúng",
    "Cả 3 câu trên đều đúng",
    "Cả ba phương án trên",
    "Tất cả đều sai",
    "Tất cả",
    "Cả 3 phương án còn lại",
    "Tất cả các phương án đều đúng",
    "Không có phương án nào đúng",
    "Không có phương án đúng",
    "Cả hai",
    "Các phương án trên đều đúng",
    "Tất cả các ý trên",
    "Không phương án nào đúng",
    "Cả hai đều đúng",
    "Các cơ quan nêu trên",
    "Tất cả các trường hợp trên",
    "Cả 03 phương án trên",
    "Đều sai",
    "Tất cả các đáp án trên đều đúng.",
    "Không ý nào đúng",
    "Không phải các trường hợp trên",
    "Cả 4 đáp án trên",
    "Tất cả những người nêu trên",
]
NAMED = [
    "Cả A và B",
    "cả B, C",
    "A và B",
    "Đáp án 1 và 2 đúng",
    "Cả (1) và (2) sai",
    "Phương án (1) và (2) đều đúng",
    "A, B, C đều sai",
    "Câu a và b đúng",
    "Chỉ A và C",
    "Cả ba đáp án A, B, C",
    "Phương án A",
    "(1) và (2)",
    "A đúng, B sai",
    "a) và b)",
    "A + B",
    "1 và 2 đúng",
    "Cả a; b và c",
    "Đáp án B và C đúng",
]
NEITHER = [
    "Cảnh cáo",
    "Khiển trách, cảnh cáo",
    "Cả nước",
    "Cả năm",
    "Cả khiển trách và cảnh cáo",
    "Tất cả các cơ quan nhà nước",
    "Không có ý kiến",
    "Nhóm A và B",
    "1/2",
    "1 và 2",
    "Cá nhân",
    "Cả trung ương và địa phương",
    "Không",
    "5",
    "Không có",
    "A",
    "Các bộ, cơ quan ngang bộ",
    "Cán bộ",
    "Điều 5 và Điều 6",
    "a. Một ý\nb. Hai ý",
    "Cả tập thể và cá nhân",
    "Trên 10 năm",
    "Điểm a khoản 1",
]


@pytest.mark.parametrize("text", WHOLE)
def test_options_that_stand_for_all_others_are_found(text: str) -> None:
    for spelling in (text, unicodedata.normalize("NFD", text.upper()), f"  {text} . "):
        found = find_combination(spelling)
        assert found is not None
        assert found.kind is CombinationKind.ALL_OF_ABOVE


@pytest.mark.parametrize("text", NAMED)
def test_options_that_name_others_by_letter_or_number_are_found(text: str) -> None:
    found = find_combination(text)
    assert found is not None
    assert found.kind is CombinationKind.LETTER_REFERENCE


@pytest.mark.parametrize("text", NEITHER)
def test_ordinary_options_are_left_alone(text: str) -> None:
    assert find_combination(text) is None
    assert find_combination(unicodedata.normalize("NFD", text)) is None


def choice(*texts: str, key: int = 0, stem: str = "Hình thức kỷ luật nào?") -> SingleChoice:
    options = tuple(Option(id=f"o{index}", text=text) for index, text in enumerate(texts))
    return SingleChoice(stem=stem, options=options, key=f"o{key}")


@pytest.mark.parametrize(
    ("texts", "pinned", "locked"),
    [
        (("x", "y", "z", "Cả 3 ý trên"), {"o3"}, False),
        (("x", "y", "Tất cả đều đúng", "Tất cả đều sai"), {"o2", "o3"}, False),
        (("Tất cả các phương án đều đúng", "x", "y"), {"o0"}, False),
        (("x", "y", "z", "Cả A và B"), set(), True),
        (("x", "Tất cả các ý trên", "y"), set(), True),
        (("x", "y", "z", "Cả 2 ý trên"), set(), True),
        (("x", "y", "Cảnh cáo"), set(), False),
    ],
)
def test_shuffling_cannot_change_what_an_option_means(
    texts: tuple[str, ...], pinned: set[str], locked: bool
) -> None:
    units = apply_order_safety(choice(*texts)).shuffle_units()
    assert (units.pinned, units.locked) == (pinned, locked)


def test_order_safety_works_for_every_type_and_changes_nothing_the_second_time() -> None:
    statement = TrueFalse(stem="x", key=True)
    assert apply_order_safety(statement) is statement
    options = (Option(id="a", text="x"), Option(id="b", text="y"), Option(id="c", text="Cả hai"))
    safe = apply_order_safety(MultipleChoice(stem="x", options=options, keys=("a",)))
    assert safe.options[2].pinned
    assert apply_order_safety(safe) == safe


def codes(content: SingleChoice | TrueFalse, **fields: object) -> set[str]:
    facts: dict[str, object] = {
        "level": CognitiveLevel.APPLY,
        "citations": (Citation(document_number="80/2025/QH15", article="5"),),
        **fields,
    }
    return {finding.code for finding in lint(ItemDraft.model_validate({"content": content, **facts}))}


def test_a_sound_item_has_no_findings() -> None:
    assert codes(choice("Khiển trách", "Cảnh cáo", "Cách chức")) == set()


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (SingleChoice(stem="x", options=choice("a1", "b1").options), "no_key"),
        (choice("Cục thuế", "Cục  Thuế"), "equal_options"),
        (choice("x", "y", "Cả A và B"), "combination_unsafe"),
        (apply_order_safety(choice("x", "y", "Cả hai")), "combination_option"),
        (choice("d" * 80, "ngắn", "ngắn nữa"), "length_cue"),
        (choice("x", "y", stem="Theo quy định hiện hành, ai ký?"), "vague_reference"),
        (choice("Không đúng hạn", "y", stem="Điều nào không phải là nghĩa vụ?"), "double_negation"),
        (choice("x", "y", stem="Việc nào không phải là không được làm?"), "double_negation"),
        (choice("2021-01-03 00:00:00", "31/12/2015"), "date_like_option"),
    ],
)
def test_each_flaw_is_named(content: SingleChoice, code: str) -> None:
    assert codes(content) == {code}


def test_missing_facts_are_named() -> None:
    assert codes(choice("x", "y"), citations=(), level=None) == {"missing_citation", "missing_level"}
    assert codes(TrueFalse(stem="x", key=True), citations=[{"title": "Hiến pháp"}]) == {
        "citation_without_number"
    }


def test_the_offered_fix_removes_the_finding() -> None:
    for texts, kind in (
        (("x", "y", "Cả A và B"), FixKind.LOCK_ORDER),
        (("x", "y", "Cả hai"), FixKind.PIN_OPTION),
    ):
        draft = ItemDraft(content=choice(*texts))
        (finding,) = [f for f in lint(draft) if f.code == "combination_unsafe"]
        assert finding.fix is not None
        assert (finding.severity, finding.fix.kind) == (Severity.WARNING, kind)
        repaired = ItemDraft(content=apply_fix(draft.content, finding.fix))
        assert "combination_unsafe" not in {f.code for f in lint(repaired)}


def test_every_finding_has_its_sentence_in_both_languages() -> None:
    drafts = [
        ItemDraft(
            content=choice(
                "x", "X", "Cả A và B", "2021-01-03", stem="Theo quy định hiện hành không phải không"
            )
        ),
        ItemDraft(
            content=choice("dài" * 40, "Không", "y", stem="Điều nào sai?"),
            citations=(Citation(title="Hiến pháp"),),
        ),
    ]
    for finding in (f for draft in drafts for f in lint(draft)):
        assert all(MESSAGES[finding.code][language].format(**finding.params) for language in ("vi", "en"))
