from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from question_bank.citations import Citation
from question_bank.formats import gift
from question_bank.formats.encoding import Encoding, UnreadableText
from question_bank.formats.reading import RowVerdict, Verdict
from question_bank.formats.unsupported import UnsupportedItem
from question_bank.items import AnyContent, ItemDraft, semantic_hash
from question_bank.text import plain
from question_bank.types.answers import NumberAnswer, TextAnswer
from question_bank.types.cloze import Cloze
from question_bank.types.content import Option
from question_bank.types.matching import Matching
from question_bank.types.multiple_choice import MultipleChoice, MultipleChoiceRule
from question_bank.types.numeric import Numeric
from question_bank.types.short_text import ShortText
from question_bank.types.single_choice import SingleChoice
from question_bank.types.true_false import TrueFalse
from tests.question_bank.formats.samples import BARE, FULL

SENTENCE = "Thủ đô của nước Việt Nam là thành phố nào?"


def one(text: str) -> RowVerdict:
    (row,) = gift.read(text.encode()).rows
    return row


def codes(row: RowVerdict) -> list[str]:
    return [finding.code for finding in row.findings]


def test_the_right_answer_of_a_single_choice_is_its_key() -> None:
    row = one("::Câu 1:: Thủ đô? {\n=Hà Nội\n~Huế\n~Cần Thơ\n}")
    assert row.draft is not None
    content = row.draft.content
    assert isinstance(content, SingleChoice)
    assert [option.text for option in content.options] == ["Hà Nội", "Huế", "Cần Thơ"]
    assert content.key == content.options[0].id


def test_answers_inside_a_sentence_leave_a_gap() -> None:
    row = one("Xã do {=HĐND ~UBND} bầu ra.")
    assert row.preview == "Xã do _____ bầu ra."


@pytest.mark.parametrize(("answer", "key"), [("T", True), ("TRUE", True), ("F", False), ("FALSE", False)])
def test_a_judgement_is_a_true_false_item(answer: str, key: bool) -> None:
    draft = one(f"Xã là đơn vị hành chính. {{{answer}}}").draft
    assert draft is not None
    assert draft.content == TrueFalse(stem="Xã là đơn vị hành chính.", key=key)


def test_weights_that_are_right_minus_wrong_become_the_partial_rule() -> None:
    draft = one("Chọn {~%50%a ~%50%b ~%-50%c ~%-50%d}").draft
    assert draft is not None
    assert isinstance(draft.content, MultipleChoice)
    assert draft.content.rule is MultipleChoiceRule.PARTIAL
    assert len(draft.content.keys) == 2


def test_partly_right_options_keep_their_share_exactly() -> None:
    draft = one("Chọn {=a ~%33.33333%b ~%-50%c ~d}").draft
    assert draft is not None
    assert isinstance(draft.content, SingleChoice)
    assert list(draft.content.partial.values()) == ["1/3", "-0.5"]


def test_weights_that_are_no_rule_are_kept_as_weights() -> None:
    draft = one("Chọn {~%50%a ~%50%b ~c ~%-25%d}").draft
    assert draft is not None
    assert isinstance(draft.content, MultipleChoice)
    assert draft.content.rule is MultipleChoiceRule.WEIGHTED
    assert list(draft.content.weights.values()) == ["0.5", "0.5", "-0.25"]


@pytest.mark.parametrize(
    ("answers", "code"),
    [
        ("{~%50%a ~%25%b ~c}", "weights_do_not_sum"),
        ("{~%50%a ~%50%b ~%50%c ~d}", "weights_do_not_sum"),
        ("{=a =b ~c}", "single_with_keys"),
        ("{=%50%a* =ab}", "answer_order_not_kept"),
        ("{#=%50%5:2 =6:1}", "answer_order_not_kept"),
        ("{#=năm}", "number_unreadable"),
        ("{}", "no_rubric"),
    ],
)
def test_what_nobody_but_a_person_can_settle_waits_for_one(answers: str, code: str) -> None:
    row = one("Chọn " + answers)
    assert row.severity is Verdict.HOLD
    assert code in codes(row)
    assert row.draft is not None


@pytest.mark.parametrize(
    ("answers", "content"),
    [
        (
            "{=a =%50%b}",
            ShortText(stem="Hỏi", answers=(TextAnswer(text="a"), TextAnswer(text="b", share="0.5"))),
        ),
        (
            "{=a* =\\*}",
            ShortText(
                stem="Hỏi", answers=(TextAnswer(text="a*"), TextAnswer(text=r"\*")), has_wildcards=True
            ),
        ),
        ("{=a\\\\*}", ShortText(stem="Hỏi", answers=(TextAnswer(text="a*"),))),
        (
            "{#5:0.1}",
            Numeric(
                accepts_either_reading=True, stem="Hỏi", answers=(NumberAnswer(value="5", tolerance="0.1"),)
            ),
        ),
        (
            "{#4..6}",
            Numeric(
                accepts_either_reading=True, stem="Hỏi", answers=(NumberAnswer(value="5", tolerance="1"),)
            ),
        ),
        (
            "{#=3,5 =%50%3.5:1}",
            Numeric(
                accepts_either_reading=True,
                stem="Hỏi",
                answers=(NumberAnswer(value="3.5"), NumberAnswer(value="3.5", tolerance="1", share="0.5")),
            ),
        ),
    ],
)
def test_typed_answers_become_items_with_their_shares(answers: str, content: AnyContent) -> None:
    draft = one("Hỏi " + answers).draft
    assert draft is not None
    assert draft.content == content


def test_pairs_become_a_matching_item_with_equal_targets_joined() -> None:
    draft = one("Ghép {=Luật -> Quốc hội =Nghị quyết -> Quốc hội =Nghị định -> Chính phủ = -> Bộ}").draft
    assert draft is not None
    content = draft.content
    assert isinstance(content, Matching)
    assert [prompt.text for prompt in content.prompts] == ["Luật", "Nghị quyết", "Nghị định"]
    assert [target.text for target in content.targets] == ["Quốc hội", "Chính phủ", "Bộ"]
    targets = {target.id: target.text for target in content.targets}
    assert [targets[pair.target] for pair in content.pairs] == ["Quốc hội", "Quốc hội", "Chính phủ"]


def test_a_text_without_answers_is_no_question_and_named() -> None:
    row = one("Đọc đoạn văn sau.")
    assert (row.severity, codes(row), row.draft) == (Verdict.ERROR, ["type_not_imported"], None)


def test_feedback_of_typed_answers_is_kept_with_the_answer_it_belongs_to() -> None:
    draft = one("Hỏi {=a#đúng =%50%b#gần đúng =%0%*#sai}").draft
    assert draft is not None
    assert plain(draft.content.rationale) == "“a”: đúng\n“b”: gần đúng\n“*”: sai"
    assert draft.content.key_summary() == "a"


def test_a_category_that_begins_with_a_code_proposes_the_competency() -> None:
    row = one("$CATEGORY: Luật/KTC.03 Đất đai\n\nChọn {=a ~b}")
    assert row.draft is not None
    assert (row.draft.competency, row.draft.tags) == ("KTC.03", ())
    assert "category_as_competency" in codes(row)


def test_cloze_gaps_in_a_gift_file_are_read_as_such() -> None:
    row = one("Xã do {1:MC:=cử tri~HĐND} bầu, nhiệm kỳ {2:NM:=5:0.5} năm.")
    assert row.draft is not None
    assert isinstance(row.draft.content, Cloze)
    assert [gap.weight for gap in row.draft.content.gaps] == [1, 2]
    assert codes(row) == ["gap_in_braces"]


def test_one_broken_question_does_not_reject_the_others() -> None:
    rows = gift.read(b"Ok {=a ~b}\n\nBroken {=a ~b\n\nAlso ok {T}\n").rows
    assert [row.severity for row in rows] == [Verdict.OK, Verdict.ERROR, Verdict.OK]
    assert [row.row for row in rows] == [1, 3, 5]


@pytest.mark.parametrize("weight", ["133", "99999", "--5", "1-"])
def test_a_weight_that_is_no_share_is_an_error_of_its_question(weight: str) -> None:
    row = one(f"Chọn {{~%{weight}%a ~b =c}}")
    assert row.severity in (Verdict.ERROR, Verdict.OK)
    if row.draft is not None:  # not written as a weight at all: then it is part of the option, as in Moodle
        assert f"%{weight}%" in plain(row.draft.content.options[0].text)


def test_braces_that_were_not_escaped_hold_the_question() -> None:
    assert "braces_unbalanced" in codes(one("Thẻ nào? {=đúng ~{% a %} ~c}"))


def test_an_option_that_is_only_a_tag_is_taken_as_text() -> None:
    row = one("Thẻ nào mở trang? {=<html> ~<body>}")
    assert row.draft is not None
    assert [plain(o.text) for o in row.draft.content.options] == ["<html>", "<body>"]
    assert codes(row) == ["tag_kept_as_text", "tag_kept_as_text"]


def test_the_feedback_of_options_goes_into_the_rationale() -> None:
    row = one("Chọn {=a#đúng rồi ~b#chưa đúng####Xem Điều 5}")
    assert row.draft is not None
    assert plain(row.draft.content.rationale) == "Xem Điều 5\nA (a): đúng rồi\nB (b): chưa đúng"
    assert "feedback_joined" in codes(row)


def test_id_and_tags_stand_in_the_comment_and_the_category_becomes_a_tag() -> None:
    row = one("$CATEGORY: $course$/Luật/Đất đai\n\n// [id:Q-1] [tag:một] [tag:hai]\nChọn {=a ~b}")
    assert row.draft is not None
    assert row.draft.source_id == "Q-1"
    assert row.draft.tags == ("hai", "một", "Đất đai")


@pytest.mark.parametrize("name", BARE)
def test_every_type_survives_or_is_refused_with_a_reason(name: str) -> None:
    draft = ItemDraft(content=BARE[name])
    reason = gift.unsupported(draft)
    if name == "all or nothing":
        assert reason is not None
        assert reason.code == "rule_not_supported"
        with pytest.raises(UnsupportedItem):
            gift.write([draft])
    else:
        assert reason is None
        (row,) = gift.read(gift.write([draft])).rows
        assert row.draft is not None
        assert semantic_hash(row.draft) == semantic_hash(draft)


def test_a_legal_basis_that_would_read_differently_is_declared() -> None:
    citation = Citation(document_number="80/2025/QH15", title="Luật", article="10")
    reason = gift.unsupported(FULL.model_copy(update={"citations": (citation,)}))
    assert reason is not None
    assert reason.code == "citation_not_expressible"


def test_metadata_and_control_signs_survive() -> None:
    assert gift.unsupported(FULL) is None
    (row,) = gift.read(gift.write([FULL])).rows
    assert row.draft is not None
    assert semantic_hash(row.draft) == semantic_hash(FULL)
    assert row.draft.source_id == FULL.source_id


@pytest.mark.parametrize(
    ("name", "encoding"),
    [
        ("vi_nfc.gift", None),
        ("vi_nfd.gift", None),
        ("vi_bom.gift", None),
        ("vi_utf16le_bom.gift", Encoding.UTF_16_LE),
        ("vi_utf16be_nobom.gift", Encoding.UTF_16_BE),
        ("vi_windows1258.gift", Encoding.WINDOWS_1258),
    ],
)
def test_every_encoding_of_the_sentence_gives_the_same_text(
    name: str, encoding: Encoding | None, shared_interop: Path
) -> None:
    reading = gift.read((shared_interop / "nasty" / name).read_bytes())
    (row,) = reading.rows
    assert row.preview == SENTENCE
    assert [f.params["encoding"] for f in reading.findings] == ([encoding.value] if encoding else [])


def test_a_truncated_file_is_refused_with_its_line(shared_interop: Path) -> None:
    with pytest.raises(UnreadableText) as refusal:
        gift.read((shared_interop / "nasty" / "vi_truncated_utf8.gift").read_bytes())
    assert (refusal.value.code, refusal.value.params) == ("truncated_utf8", {"line": 1})


def sentences(data: bytes) -> list[str]:
    """All that is said about a file; only the typed refusal is expected."""
    try:
        reading = gift.read(data)
    except UnreadableText as refusal:
        return [refusal.message("vi"), refusal.message("en")]
    return [f.message(language) for row in reading.rows for f in row.findings for language in ("vi", "en")]


@pytest.mark.parametrize(
    "text", ["Q {" + "~" * 5_000_000 + "}", "Q {=a ~b}" + "x" * 5_000_000, "<b " * 1_000_000 + "{T}"]
)
def test_an_oversized_question_is_named_without_being_built(text: str) -> None:
    row = one(text)
    assert (row.severity, row.draft) == (Verdict.ERROR, None)
    assert len(row.preview) <= 400


SIGNS = st.text(
    alphabet=st.sampled_from(list("{}=~#:%\\/[]<>&\n aà1-.→")) | st.characters(codec="utf-8"), max_size=60
)


@given(SIGNS)
@example("{}}{")
@example("::{=~%1%#####->}")
@settings(max_examples=300, deadline=None)
def test_any_text_is_read_or_refused_by_the_typed_error(text: str) -> None:
    assert all(sentences(text.encode("utf-8", "surrogatepass")))


@given(stem=SIGNS, texts=st.lists(SIGNS, min_size=2, max_size=4))
@settings(max_examples=200, deadline=None)
def test_what_is_written_reads_back_the_same_whatever_the_signs(stem: str, texts: list[str]) -> None:
    options = tuple(Option(id=f"o{n}", text=text) for n, text in enumerate(texts))
    draft = ItemDraft(content=SingleChoice(stem=stem, options=options, key="o1"))
    if gift.unsupported(draft) is None:
        (row,) = gift.read(gift.write([draft])).rows
        assert row.draft is not None
        assert semantic_hash(row.draft) == semantic_hash(draft)
