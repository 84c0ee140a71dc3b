import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from question_bank.formats import moodle_xml
from question_bank.formats.encoding import UnreadableText
from question_bank.formats.reading import ImportReading, RowVerdict, Verdict
from question_bank.items import ItemDraft, semantic_hash
from question_bank.types.content import Option
from question_bank.types.single_choice import SingleChoice
from question_bank.types.true_false import TrueFalse
from question_bank.types.unsupported import Unsupported
from tests.question_bank.formats.samples import BARE, FULL


def quiz(*questions: str) -> bytes:
    return f"<?xml version='1.0' encoding='UTF-8'?>\n<quiz>{''.join(questions)}</quiz>".encode()


def question(*, kind: str = "multichoice", text: str = "Ai ký?", more: str = "") -> str:
    return (
        f"<question type='{kind}'><name><text>n</text></name>"
        f"<questiontext format='html'><text><![CDATA[{text}]]></text></questiontext>{more}</question>"
    )


def answers(*pairs: tuple[str, str]) -> str:
    return "".join(f"<answer fraction='{f}'><text>{t}</text></answer>" for t, f in pairs)


def one(data: bytes) -> RowVerdict:
    (row,) = moodle_xml.read(data).rows
    return row


def codes(row: RowVerdict) -> set[str]:
    return {finding.code for finding in row.findings}


def read_nasty(folder: Path, name: str) -> ImportReading:
    return moodle_xml.read((folder / "nasty" / name).read_bytes())


@pytest.mark.parametrize("name", ["billion_laughs.xml", "xxe_file.xml", "xxe_parameter_entity.xml"])
def test_any_document_type_is_refused(name: str, shared_interop: Path) -> None:
    with pytest.raises(UnreadableText) as refusal:
        read_nasty(shared_interop, name)
    assert refusal.value.code == "doctype_refused"


@pytest.mark.parametrize(
    "prolog",
    [
        "<!DOCTYPE quiz>",
        "<!-- a --><!DOCTYPE quiz []>",
        "<?pi x?>\n <!DOCTYPE quiz SYSTEM 'file:///etc/hosts'>",
    ],
)
def test_a_document_type_behind_comments_is_refused_too(prolog: str) -> None:
    with pytest.raises(UnreadableText) as refusal:
        moodle_xml.read(f"<?xml version='1.0'?>{prolog}<quiz/>".encode())
    assert refusal.value.code == "doctype_refused"


def test_a_doctype_inside_a_question_is_text() -> None:
    row = one(quiz(question(text="&lt;!DOCTYPE html> là gì?", more=answers(("a", "100"), ("b", "0")))))
    assert row.draft is not None


def test_deep_nesting_is_refused(shared_interop: Path) -> None:
    with pytest.raises(UnreadableText) as refusal:
        read_nasty(shared_interop, "deep_nesting.xml")
    assert refusal.value.code in ("xml_too_deep", "xml_malformed")


def test_too_many_elements_are_refused() -> None:
    with pytest.raises(UnreadableText) as refusal:
        moodle_xml.read(quiz("<a/>" * 100_001))
    assert refusal.value.code == "xml_too_many_elements"


def test_xinclude_is_never_expanded_and_another_root_is_named(shared_interop: Path) -> None:
    with pytest.raises(UnreadableText) as refusal:
        read_nasty(shared_interop, "xinclude.xml")
    assert refusal.value.code == "not_moodle_xml"
    assert "assessmentItem" in refusal.value.message()


def test_bad_fractions_are_errors_of_their_question_only(shared_interop: Path) -> None:
    (row,) = read_nasty(shared_interop, "fractions_bad.xml").rows
    assert (row.severity, row.draft) == (Verdict.ERROR, None)
    assert [(f.cell, f.params["text"]) for f in row.findings] == [
        ("question[1]/answer[1]", "NaN"),
        ("question[1]/answer[2]", "1e309"),
        ("question[1]/answer[3]", "33,333"),
        ("question[1]/answer[4]", "133"),
    ]


def test_several_full_answers_in_a_single_choice_wait_for_a_person() -> None:
    row = one(quiz(question(more=answers(("a", "100"), ("b", "100"), ("c", "0")))))
    assert row.severity is Verdict.HOLD
    assert "single_with_keys" in codes(row)


def test_valid_utf8_is_believed_over_the_declaration(shared_interop: Path) -> None:
    reading = read_nasty(shared_interop, "moodle_declares_latin1_is_utf8.xml")
    assert reading.rows[0].preview == "Thủ đô của nước Việt Nam là thành phố nào?"
    assert [(f.code, f.severity) for f in reading.findings] == [("xml_encoding_untrue", Verdict.WARNING)]


@pytest.mark.parametrize("encoding", ["utf-16", "cp1258", "iso8859-15"])
def test_a_true_declaration_is_followed(encoding: str) -> None:
    text = quiz(question(text="Crème brûlée?", kind="truefalse", more=answers(("true", "100"))))
    data = text.decode().replace("UTF-8", encoding).encode(encoding)
    assert one(data).preview == "Crème brûlée?"


def test_scripts_and_handlers_do_not_survive_and_lost_media_are_said(shared_interop: Path) -> None:
    (row,) = read_nasty(shared_interop, "script_in_html.xml").rows
    assert row.draft is not None
    stored = json.dumps(row.draft.model_dump(mode="json")).lower()
    assert not any(
        word in stored for word in ("script", "onclick", "onerror", "srcdoc", "@import", "<svg", "alert")
    )
    assert {"media_not_kept", "markup_removed"} <= codes(row)
    assert row.severity is Verdict.HOLD


def test_the_file_itself_is_named_when_it_cannot_be_kept() -> None:
    file = "<file name='so-do.png' path='/' encoding='base64'>aGVsbG8=</file>"
    text = f"<questiontext><text>Xem hình</text>{file}</questiontext>"
    row = one(quiz(f"<question type='truefalse'>{text}{answers(('true', '100'), ('false', '0'))}</question>"))
    assert "so-do.png" in next(f.message() for f in row.findings if f.code == "file_not_kept")
    assert row.severity is Verdict.HOLD


def test_malformed_xml_is_refused_with_its_line() -> None:
    with pytest.raises(UnreadableText) as refusal:
        moodle_xml.read(b"<quiz>\n<question>\n</quiz>")
    assert (refusal.value.code, refusal.value.params["line"]) == ("xml_malformed", 3)


@pytest.mark.parametrize("kind", ["stack", "ddmarker", "calculated", ""])
def test_a_type_that_is_not_supported_is_kept_with_its_source_beside_the_others(kind: str) -> None:
    sound = question(kind="truefalse", more=answers(("true", "0"), ("false", "100")))
    first, second = moodle_xml.read(quiz(question(kind=kind), sound)).rows
    assert first.severity is Verdict.HOLD
    assert "type_not_imported" in codes(first)
    assert first.draft is not None
    assert isinstance(first.draft.content, Unsupported)
    assert "Ai ký?" in first.draft.content.source
    assert second.draft is not None
    assert second.draft.content == TrueFalse(stem="Ai ký?", key=False)


@pytest.mark.parametrize("kind", ["description", "random"])
def test_what_is_no_question_is_named_without_an_item(kind: str) -> None:
    row = one(quiz(question(kind=kind)))
    assert (row.severity, codes(row), row.draft) == (Verdict.ERROR, {"type_not_imported"}, None)


def test_settings_tags_category_and_idnumber_are_kept_or_said() -> None:
    category = "<question type='category'><category><text>$course$/Luật/Đất đai</text></category></question>"
    more = answers(("a", "100"), ("b", "0")) + (
        "<defaultgrade>2</defaultgrade><idnumber>Q1</idnumber><shuffleanswers>false</shuffleanswers>"
        "<hint><text>gợi ý</text></hint><tags><tag><text>một</text></tag></tags>"
    )
    row = one(quiz(category, question(more=more)))
    assert row.draft is not None
    assert (row.draft.source_id, row.draft.tags) == ("Q1", ("một", "Đất đai"))
    assert row.draft.content.shuffle_units().locked
    assert codes(row) >= {"setting_not_kept", "category_as_tag"}


@pytest.mark.parametrize("name", BARE)
def test_every_type_survives(name: str) -> None:
    draft = ItemDraft(content=BARE[name])
    row = one(moodle_xml.write([draft]))
    assert row.draft is not None
    assert semantic_hash(row.draft) == semantic_hash(draft)


def test_metadata_and_markup_survive() -> None:
    assert moodle_xml.unsupported(FULL) is None
    row = one(moodle_xml.write([FULL]))
    assert row.draft is not None
    assert semantic_hash(row.draft) == semantic_hash(FULL)
    assert row.draft.source_id == FULL.source_id
    assert moodle_xml.write([FULL]) == moodle_xml.write([FULL])


@given(stem=st.text(max_size=60), texts=st.lists(st.text(max_size=30), min_size=2, max_size=4))
@settings(max_examples=100, deadline=None)
def test_what_is_written_reads_back_the_same_whatever_the_signs(stem: str, texts: list[str]) -> None:
    options = tuple(Option(id=f"o{n}", text=text) for n, text in enumerate(texts))
    draft = ItemDraft(content=SingleChoice(stem=stem, options=options, key="o1"))
    if moodle_xml.unsupported(draft) is None:
        row = one(moodle_xml.write([draft]))
        assert row.draft is not None
        assert semantic_hash(row.draft) == semantic_hash(draft)


def outcome(data: bytes) -> list[str]:
    """The sentence of the refusal, or the previews; only the typed refusal is expected."""
    try:
        return [row.preview for row in moodle_xml.read(data).rows]
    except UnreadableText as refusal:
        return [refusal.message("vi"), refusal.message("en")]


PIECES = [*"<>/='\" ![]&;?-", "question", "quiz", "answer", "text", "CDATA", "</", "<?xml"]


@given(st.lists(st.sampled_from(PIECES) | st.text(max_size=3), max_size=40).map("".join))
@settings(max_examples=200, deadline=None)
def test_any_text_is_read_or_refused_by_the_typed_error(text: str) -> None:
    assert outcome(text.encode("utf-8", "surrogatepass"))
    assert outcome(quiz(text.encode("utf-8", "replace").decode()))
