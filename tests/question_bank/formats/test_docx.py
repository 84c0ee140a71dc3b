import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from docx.document import Document
from docx.enum.text import WD_COLOR_INDEX
from docx.shared import RGBColor
from docx.text.run import Run
from hypothesis import given, settings
from hypothesis import strategies as st

from question_bank.formats import docx_file
from question_bank.formats.encoding import Encoding, UnreadableText
from question_bank.formats.reading import RowVerdict, Verdict
from question_bank.text import plain
from question_bank.types.content import ChoiceContent, option_label
from question_bank.types.single_choice import SingleChoice
from tests.question_bank.formats.word import add_lists, add_xml, listed, repacked, text_file, word_file

QUESTION = ("Câu 1. Ai ký?", "A. một", "B. hai", "C. ba", "Đáp án: B")


def rows(data: bytes) -> tuple[RowVerdict, ...]:
    return docx_file.read(data).rows


def codes(row: RowVerdict) -> set[str]:
    return {finding.code for finding in row.findings}


def texts(row: RowVerdict) -> list[str]:
    assert row.draft is not None
    assert isinstance(row.draft.content, ChoiceContent)
    return [plain(option.text) for option in row.draft.content.options]


def key(row: RowVerdict) -> str:
    assert row.draft is not None
    assert isinstance(row.draft.content, SingleChoice)
    options = row.draft.content.options
    return next((option_label(i) for i, o in enumerate(options) if o.id == row.draft.content.key), "")


def test_typed_labels_are_read_as_in_a_text_file() -> None:
    (row,) = rows(text_file(*QUESTION))
    assert (row.preview, texts(row), key(row), row.severity) == (
        "Ai ký?",
        ["một", "hai", "ba"],
        "B",
        Verdict.OK,
    )


@pytest.mark.parametrize("number", [90, 91])
def test_labels_of_automatic_lists_are_counted(number: int) -> None:
    def build(document: Document) -> None:
        add_lists(document)
        for stem in ("Ai ký?", "Ai họp?"):
            listed(document.add_paragraph(stem), number=number, level=0)
            for option in ("một", "hai"):
                listed(document.add_paragraph(option), number=number, level=1)
            document.add_paragraph("Đáp án: B")

    first, second = rows(word_file(build))
    assert (first.preview, second.preview) == ("Ai ký?", "Ai họp?")
    assert [(texts(row), key(row)) for row in (first, second)] == [(["một", "hai"], "B")] * 2


def _bold(run: Run) -> None:
    run.bold = True


def _underline(run: Run) -> None:
    run.underline = True


def _red(run: Run) -> None:
    run.font.color.rgb = RGBColor(0xFF, 0, 0)


def _highlight(run: Run) -> None:
    run.font.highlight_color = WD_COLOR_INDEX.YELLOW


def _by_style(run: Run) -> None:
    run.style = "Strong"


@pytest.mark.parametrize("mark", [_bold, _underline, _red, _highlight, _by_style])
@pytest.mark.parametrize("letter_only", [False, True])
def test_an_option_set_off_from_the_others_is_the_key(mark: Callable[[Run], None], letter_only: bool) -> None:
    def build(document: Document) -> None:
        stem = document.add_paragraph().add_run("Câu 1. Ai ký?")
        stem.bold = True
        for label, text in (("A.", " một"), ("B.", " hai"), ("C.", " ba")):
            paragraph = document.add_paragraph()
            letter, words = paragraph.add_run(label), paragraph.add_run(text)
            if label == "C.":
                mark(letter)
                if not letter_only:
                    mark(words)

    (row,) = rows(word_file(build))
    assert key(row) == "C"
    assert codes(row) == {"key_from_marks"}


def test_emphasis_of_every_option_is_no_key() -> None:
    def build(document: Document) -> None:
        for line in ("Câu 1. Ai?", "A. một", "B. hai"):
            document.add_paragraph().add_run(line).bold = True

    (row,) = rows(word_file(build))
    assert (key(row), codes(row)) == ("", {"no_key"})


def test_emphasis_inside_one_line_of_options_counts_too() -> None:
    def build(document: Document) -> None:
        document.add_paragraph("Câu 1. Năm nào?")
        paragraph = document.add_paragraph("A. 2001    ")
        paragraph.add_run("B. 2002    ").underline = True
        paragraph.add_run("C. 2003")

    (row,) = rows(word_file(build))
    assert (texts(row), key(row)) == (["2001", "2002", "2003"], "B")


def test_a_stated_key_against_a_marked_option_waits_for_a_person() -> None:
    def build(document: Document) -> None:
        document.add_paragraph("Câu 1. Ai?")
        document.add_paragraph().add_run("A. một").bold = True
        document.add_paragraph("B. hai")
        document.add_paragraph("Đáp án: B")

    (row,) = rows(word_file(build))
    assert (row.severity, codes(row)) == (Verdict.HOLD, {"keys_conflict"})


def test_a_table_of_questions_is_read_by_its_header() -> None:
    def build(document: Document) -> None:
        table = document.add_table(rows=2, cols=5)
        for column, text in enumerate(("STT", "Câu hỏi", "Phương án 1", "Phương án 2", "Đáp án")):
            table.cell(0, column).text = text
        for column, text in enumerate(("1", "Ai ký?", "một", "hai", "2")):
            table.cell(1, column).text = text

    (row,) = rows(word_file(build))
    assert (row.sheet, row.row, texts(row), key(row)) == ("Bảng 1", 2, ["một", "hai"], "B")


def test_options_in_the_cells_of_a_table_belong_to_the_question_before_it() -> None:
    def build(document: Document) -> None:
        document.add_paragraph("Câu 1. Ai ký?")
        table = document.add_table(rows=2, cols=2)
        for index, text in enumerate(("A. một", "B. hai", "C. ba", "D. bốn")):
            table.cell(index // 2, index % 2).text = text
        document.add_paragraph("Đáp án: D")
        document.add_paragraph("Câu 2. Ai họp?")
        document.add_paragraph("A. năm   B. sáu")

    first, second = rows(word_file(build))
    assert (texts(first), key(first)) == (["một", "hai", "ba", "bốn"], "D")
    assert texts(second) == ["năm", "sáu"]


@pytest.mark.parametrize(
    "cells",
    [
        [["Câu", "1", "2"], ["Đáp án", "B", "A"]],
        [["Câu", "Đáp án"], ["1", "B"], ["2", "A"]],
        [["1. B", "2. A"]],
        [["1", "B", "2", "A"]],
    ],
)
def test_a_key_table_gives_the_keys(cells: list[list[str]]) -> None:
    def build(document: Document) -> None:
        for line in ("Câu 1. Ai?", "A. một", "B. hai", "Câu 2. Gì?", "A. ba", "B. bốn", "BẢNG ĐÁP ÁN"):
            document.add_paragraph(line)
        table = document.add_table(rows=len(cells), cols=len(cells[0]))
        for row, texts_of_row in enumerate(cells):
            for column, text in enumerate(texts_of_row):
                table.cell(row, column).text = text

    assert [key(row) for row in rows(word_file(build))] == ["B", "A"]


def test_deleted_text_is_not_read_and_inserted_text_is() -> None:
    def build(document: Document) -> None:
        paragraph = document.add_paragraph("Câu 1. Ai ")
        add_xml(
            paragraph,
            "<w:del><w:r><w:delText>cũ</w:delText></w:r></w:del><w:ins><w:r><w:t>mới?</w:t></w:r></w:ins>",
        )
        for line in QUESTION[1:]:
            document.add_paragraph(line)

    (row,) = rows(word_file(build))
    assert row.preview == "Ai mới?"
    assert codes(row) == {"tracked_changes_accepted"}


def test_an_image_that_cannot_be_read_holds_the_question() -> None:
    def build(document: Document) -> None:
        formula = document.add_paragraph("Câu 1. Tính ")
        add_xml(formula, "<m:oMath><m:r><m:t>x+1</m:t></m:r></m:oMath>")
        image = document.add_paragraph("Xem hình")
        add_xml(image, "<w:r><w:drawing/></w:r>")
        for line in QUESTION[1:]:
            document.add_paragraph(line)

    (row,) = rows(word_file(build))
    assert row.preview.replace(" ", "") == "Tínhx+1Xemhình"
    assert codes(row) == {"media_not_kept"}
    assert row.severity is Verdict.HOLD


@pytest.mark.parametrize(
    ("font", "text", "encoding"),
    [(".VnTime", "Thñ ®« n\xadíc", Encoding.TCVN3), ("VNI-Times", "Thuû ñoâ nöôùc", Encoding.VNI)],
)
def test_fonts_of_before_unicode_are_converted_and_wait_for_a_person(
    font: str, text: str, encoding: Encoding
) -> None:
    def build(document: Document) -> None:
        document.add_paragraph("Câu 1. ").add_run(text).font.name = font
        for line in ("A. x", "B. y", "Answer: A"):
            document.add_paragraph(line)

    data = word_file(build)
    reading = docx_file.read(data)
    assert reading.rows[0].preview == "Thủ đô nước"
    assert [(f.code, f.severity) for f in reading.findings] == [("legacy_encoding", Verdict.HOLD)]
    confirmed = docx_file.read(data, encoding=encoding)
    assert [f.severity for f in confirmed.findings] == [Verdict.OK]
    kept = docx_file.read(data, encoding=Encoding.UTF_8)
    assert (kept.findings, kept.rows[0].preview) == ((), text.replace("\xad", ""))


def test_every_question_of_the_real_document_is_found(shared_questions: Path) -> None:
    data = (shared_questions / "04_mau_import_bracketlevel_ANSWER_asis.docx").read_bytes()
    found = rows(data)
    assert len(found) == 11
    assert "".join(map(key, found)).startswith("CBACBAAACC")
    assert all(row.draft is not None and row.draft.tags for row in found)


def _with_object(program: str) -> bytes:
    def build(document: Document) -> None:
        document.add_paragraph(QUESTION[0])
        add_xml(document.paragraphs[0], f"<w:r><w:object><w:t>{program}</w:t></w:object></w:r>")
        for line in QUESTION[1:]:
            document.add_paragraph(line)

    data = word_file(build)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        body = archive.read("word/document.xml").replace(
            f"<w:t>{program}</w:t>".encode(),
            f'<o:OLEObject xmlns:o="urn:schemas-microsoft-com:office:office" ProgID="{program}"/>'.encode(),
        )
    return repacked(data, {"word/document.xml": body, "word/embeddings/oleObject1.bin": b"\xd0\xcf"})


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (repacked(text_file(*QUESTION), {"word/vbaProject.bin": b"macro"}), "document_macros_refused"),
        (repacked(text_file(*QUESTION), {"word/activeX/activeX1.xml": b"<x/>"}), "document_objects_refused"),
        (
            repacked(text_file(*QUESTION), {"word/embeddings/oleObject1.bin": b"\xd0"}),
            "document_objects_refused",
        ),
        (_with_object("Package"), "document_objects_refused"),
    ],
)
def test_a_document_that_carries_a_program_or_an_object_is_refused(data: bytes, code: str) -> None:
    with pytest.raises(UnreadableText) as refusal:
        docx_file.read(data)
    assert refusal.value.code == code


def test_an_equation_of_before_office_math_holds_its_question() -> None:
    (row,) = rows(_with_object("Equation.DSMT4"))
    assert row.severity is Verdict.HOLD
    assert "media_not_kept" in codes(row)


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        (
            {"word/document.xml": b"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY e 'x'>]><a>&e;</a>"},
            "doctype_refused",
        ),
        ({"word/document.xml": b"<a><b></a>"}, "document_malformed"),
        ({"word/document.xml": b"<a/>"}, "document_malformed"),
        ({"word/styles.xml": b"<?xml?>"}, "document_malformed"),
        ({"word/filler.xml": b"<a>" + b" " * (41 * 2**20) + b"</a>"}, "document_too_large"),
    ],
)
def test_a_hostile_or_damaged_document_is_refused(parts: dict[str, bytes], code: str) -> None:
    with pytest.raises(UnreadableText) as refusal:
        docx_file.read(repacked(text_file(*QUESTION), parts))
    assert refusal.value.code == code


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "not_a_document"),
        (b"PK\x03\x04 nothing", "not_a_document"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512), "legacy_doc"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "encrypted_document"),
        (text_file("Không có câu hỏi."), "no_questions"),
    ],
)
def test_what_is_no_question_document_is_refused_with_the_reason(data: bytes, code: str) -> None:
    with pytest.raises(UnreadableText) as refusal:
        docx_file.read(data)
    assert refusal.value.code == code


def test_external_parts_are_never_fetched() -> None:
    relations = (
        b"<?xml version='1.0'?><Relationships xmlns='http://schemas.openxmlformats.org/package/2006/relationships'>"
        b"<Relationship Id='r1' Type='http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
        b"attachedTemplate' "
        b"Target='http://127.0.0.1:9/t.dotm' TargetMode='External'/></Relationships>"
    )
    (row,) = rows(repacked(text_file(*QUESTION), {"word/_rels/settings.xml.rels": relations}))
    assert row.severity is Verdict.OK


SOUND = text_file(*QUESTION)


@given(st.integers(0, len(SOUND) - 1), st.binary(min_size=1, max_size=6))
@settings(max_examples=150, deadline=None)
def test_a_damaged_file_is_read_or_refused_by_the_typed_error(place: int, bytes_there: bytes) -> None:
    data = SOUND[:place] + bytes_there + SOUND[place + len(bytes_there) :]
    try:
        reading = docx_file.read(data)
    except UnreadableText as refusal:
        assert refusal.code in refusal.messages  # noqa: PT017 - both outcomes are fine
    else:
        assert reading.rows
