"""Cloze text, missing word and files of formats that are only recognised."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from question_bank.formats import cloze_text, gift, missing_word, moodle_xml
from question_bank.formats.cloze_parsing import MalformedGap, gap_markup, split_gaps
from question_bank.formats.encoding import UnreadableText
from question_bank.formats.moodle_question import MoodleGap
from question_bank.formats.reading import Verdict
from question_bank.types.cloze import Cloze
from question_bank.types.short_text import ShortText
from question_bank.types.single_choice import SingleChoice


def test_a_cloze_file_is_one_question() -> None:
    text = "Thủ đô là {1:SHORTANSWER:%100%Hà Nội#Đúng!\n~%50%Thăng Long~*#Chưa đúng}."
    (row,) = cloze_text.read(text.encode()).rows
    assert row.draft is not None
    assert isinstance(row.draft.content, Cloze)
    assert row.draft.content.key_summary() == "(1) Hà Nội"


def test_a_cloze_file_without_gaps_holds_no_question() -> None:
    with pytest.raises(UnreadableText) as refusal:
        cloze_text.read("Hãy chọn quả.".encode())
    assert refusal.value.code == "no_questions"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Quả {1:MC:Lê~%50%Táo}", "no_key"),
        ("Quả {1:MC:=Lê~Táo", "gap_not_closed"),
        ("{1:SA:%500%x}", "fraction_refused"),
    ],
)
def test_a_broken_gap_is_named(text: str, code: str) -> None:
    (row,) = cloze_text.read(text.encode()).rows
    assert row.severity in (Verdict.HOLD, Verdict.ERROR)
    assert code in {finding.code for finding in row.findings}


def test_entities_do_not_end_an_answer() -> None:
    _, (gap,) = split_gaps("{1:MC:=a &#38; b#đúng~c\\#}")
    assert [answer.text.source for answer in gap.answers] == ["a &#38; b", "c#"]


SIGNS = st.text(alphabet="{}~#%=:\\&;*ab1 -,.", max_size=30)


def gaps_or_none(text: str) -> tuple[MoodleGap, ...]:
    """The gaps of a text, none where it is refused; only the typed refusal is expected."""
    try:
        return split_gaps(text)[1]
    except MalformedGap:
        return ()


@given(st.lists(SIGNS, max_size=6))
@settings(max_examples=300, deadline=None)
def test_any_text_is_split_or_refused_and_what_is_split_reads_back_the_same(texts: list[str]) -> None:
    for gap in gaps_or_none("{1:SA:=x" + "~".join(texts) + "} {2:MC:=y~" + "".join(texts) + "}"):
        _, again = split_gaps(gap_markup(gap))
        assert len(again) == 1
        assert [a.text.source for a in again[0].answers] == [a.text.source for a in gap.answers]


def test_missing_words_are_choices_or_one_typed_answer() -> None:
    text = "Xã do {=cử tri ~HĐND#sai rồi} bầu\nra.\n\nThủ đô là {=Hà Nội}.\n\nKhông có gì để chọn."
    first, second, third = missing_word.read(text.encode()).rows
    assert first.draft is not None
    assert isinstance(first.draft.content, SingleChoice)
    assert (first.preview, first.draft.content.key_summary()) == ("Xã do _____ bầu ra.", "A")
    assert second.draft is not None
    assert isinstance(second.draft.content, ShortText)
    assert (third.severity, [f.code for f in third.findings]) == (
        Verdict.ERROR,
        ["missing_word_without_answers"],
    )


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"<POOL><TITLE value='x'/></POOL>", "Blackboard"),
        (b"<examview/>", "ExamView"),
        (b"<questestinterop/>", "QTI 1.2"),
        (b"<?xml version='1.0'?><moodle_backup/>", "Moodle"),
    ],
)
def test_files_of_other_engines_are_refused_by_their_name(data: bytes, name: str) -> None:
    with pytest.raises(UnreadableText) as refusal:
        moodle_xml.read(data)
    assert refusal.value.code == "foreign_format"
    assert name in refusal.value.message()


def test_a_webct_text_is_refused_by_its_name(shared_interop: Path) -> None:
    (file,) = (shared_interop / "other" / "webct").iterdir()
    with pytest.raises(UnreadableText) as refusal:
        gift.read(file.read_bytes())
    assert refusal.value.code == "foreign_format"
