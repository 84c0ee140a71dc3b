import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from question_bank.formats import aiken
from question_bank.formats.encoding import UnreadableText
from question_bank.formats.reading import Verdict
from question_bank.formats.unsupported import UnsupportedItem
from question_bank.items import ItemDraft, semantic_hash
from question_bank.types.single_choice import SingleChoice
from tests.question_bank.formats.samples import BARE, FULL, options

FILE = "Ai ký?\nA) Chủ tịch\nB. Bí thư\nANSWER: B\n\nAi họp? <b> & {x}\nA. một\nB. hai\nANSWER: A\n"


def test_questions_options_and_keys_are_read() -> None:
    first, second = aiken.read(FILE.encode()).rows
    assert first.draft is not None
    assert isinstance(first.draft.content, SingleChoice)
    assert [option.text for option in first.draft.content.options] == ["Chủ tịch", "Bí thư"]
    assert first.draft.content.key == first.draft.content.options[1].id
    assert (second.row, second.preview) == (6, "Ai họp? <b> & {x}")


@pytest.mark.parametrize(
    ("answer", "code"),
    [("ANSWER: D", "key_not_found"), ("", "answer_line_missing"), ("ANSWER: ", "answer_line_missing")],
)
def test_a_question_without_its_key_is_held_and_not_lost(answer: str, code: str) -> None:
    (row,) = aiken.read(f"Ai ký?\nA) Chủ tịch\nB) Bí thư\n{answer}".encode()).rows
    assert (row.severity, [finding.code for finding in row.findings]) == (Verdict.HOLD, [code])
    assert row.draft is not None


def test_only_the_first_letter_of_the_answer_counts_and_that_is_said() -> None:
    (row,) = aiken.read(b"Q?\nA) a\nB) b\nANSWER: B, A").rows
    assert [finding.code for finding in row.findings] == ["answer_rest_ignored"]


def test_a_line_without_a_letter_belongs_to_the_option_before() -> None:
    (row,) = aiken.read("Q?\nA) giữ gìn văn\nminh\nB) b\nANSWER: B".encode()).rows
    assert row.draft is not None
    assert row.draft.content.options[0].text == "giữ gìn văn<br>minh"
    assert row.severity is Verdict.WARNING


@pytest.mark.parametrize("name", BARE)
def test_only_a_bare_single_choice_fits_and_survives(name: str) -> None:
    draft = ItemDraft(content=BARE[name])
    if name != "single":
        with pytest.raises(UnsupportedItem):
            aiken.write([draft])
        return
    (row,) = aiken.read(aiken.write([draft])).rows
    assert row.draft is not None
    assert semantic_hash(row.draft) == semantic_hash(draft)


def test_what_the_format_has_no_place_for_is_declared() -> None:
    reason = aiken.unsupported(FULL)
    assert reason is not None
    assert reason.code == "metadata_not_supported"
    assert "căn cứ" in reason.message("vi")
    rich = ItemDraft(content=SingleChoice(stem="<b>đậm</b>?", options=options("a", "b"), key="o0"))
    reason = aiken.unsupported(rich)
    assert reason is not None
    assert reason.code == "markup_not_supported"


def test_an_endless_question_is_named_without_being_built() -> None:
    first, second = aiken.read(b"Q?\n" + b"A) x\n" * 1_000_000 + b"ANSWER: A\n" + FILE.encode()[:40]).rows
    assert (first.severity, first.draft) == (Verdict.ERROR, None)
    assert second.draft is not None


LINES = st.lists(
    st.sampled_from(["A) x", "B. y", "ANSWER: B", "ANSWER:", "", "câu hỏi"]) | st.text(max_size=8)
)


@given(LINES)
@settings(max_examples=200, deadline=None)
def test_any_lines_are_read_or_refused_by_the_typed_error(lines: list[str]) -> None:
    data = "\n".join(lines).encode("utf-8", "surrogatepass")
    try:
        reading = aiken.read(data)
    except UnreadableText:
        return
    assert all(finding.message() for row in reading.rows for finding in row.findings)
