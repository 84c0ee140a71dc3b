"""Which files the bank takes in, and what it says of those that it cannot."""

import io
import zipfile

import pytest

from exam_service.bank.formats import HowToRead, UnknownFormat, UnreadableFile, format_of, kind_of
from question_bank.formats import native_json
from question_bank.formats.reading import Verdict
from tests.fixtures.bank import make_draft
from tests.question_bank.formats.qti_files import package, single

QUESTION = "Câu 1. Cơ quan nào ban hành nghị định?\nA. Quốc hội\nB. Chính phủ\nC. Bộ Nội vụ\nĐáp án: B\n"


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("de.txt", QUESTION.encode()),
        ("de.txt", b"C\xc3\xa2u h\xe1\xbb\x8fi? {=\xc4\x90\xc3\xbang ~Sai ~Kh\xc3\xb4ng r\xc3\xb5}\n"),
        (
            "de.gift",
            b"Ai ban h\xc3\xa0nh? {=Ch\xc3\xadnh ph\xe1\xbb\xa7 ~Qu\xe1\xbb\x91c h\xe1\xbb\x99i ~B\xe1\xbb\x99}\n",
        ),
    ],
)
def test_a_text_file_gives_its_question_with_the_key(name: str, data: bytes) -> None:
    reading = format_of(name).read(data, HowToRead())
    assert [row.severity in (Verdict.OK, Verdict.WARNING) for row in reading.rows] == [True]
    draft = reading.rows[0].draft
    assert draft is not None
    assert draft.content.correct_response() is not None


def test_an_xml_file_is_told_apart_by_its_root_and_a_package_is_read() -> None:
    for name, data in (("cau.xml", single()), ("goi.zip", package({"a.xml": single()}))):
        (row,) = format_of(name).read(data, HowToRead()).rows
        assert row.draft is not None
        assert row.draft.source_id == "I1"
    with pytest.raises(UnreadableFile):
        format_of("goi.zip").read(b"PK\x03\x04 damaged", HowToRead())


@pytest.mark.parametrize("name", ["de.pdf", "de.exe", "de", "de.xlsx.rar"])
def test_another_kind_of_file_is_refused_with_those_that_can_be_read(name: str) -> None:
    with pytest.raises(UnknownFormat, match=r"\.docx"):
        format_of(name)


@pytest.mark.parametrize(
    ("name", "data"), [("de.docx", b"not a zip"), ("de.xml", b"<quiz"), ("de.txt", b"\x00\xff\x00")]
)
def test_a_broken_file_is_refused_with_its_reason(name: str, data: bytes) -> None:
    with pytest.raises(UnreadableFile):
        format_of(name).read(data, HowToRead())


def test_a_word_file_with_a_bomb_inside_is_refused() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", b"0" * 300_000_000)
    with pytest.raises(UnreadableFile):
        format_of("de.docx").read(packed.getvalue(), HowToRead())


@pytest.mark.parametrize(
    ("name", "reader"),
    [
        ("de.jsonl", "data"),
        ("DE.JSON", "data"),
        ("questions.js.txt", "data"),
        ("de.v2.txt", "txt"),
        ("de.csv", "txt"),
        ("de.tsv", "txt"),
        ("de.js", "data"),
    ],
)
def test_the_longest_known_ending_of_a_name_says_how_it_is_read(name: str, reader: str) -> None:
    assert format_of(name).name == reader


def test_data_and_tables_under_any_name_are_read() -> None:
    data = b'const q = [{question: "Ai ky khai sinh?", options: ["Mot", "Hai"], answer: "B"}];'
    table = "Câu hỏi,A,B,Đáp án\n=1+1 là mấy?,+2,-2,A\n".encode()
    for name, text in (("de.js", data), ("de.js.txt", data), ("de.txt", data), ("de.csv", table)):
        (row,) = format_of(name).read(text, HowToRead()).rows
        assert row.draft is not None, name
        assert row.draft.content.correct_response() is not None, name


def test_a_bank_in_one_json_file_is_still_a_package() -> None:
    made = native_json.write_bank(
        native_json.NativeBank(),
        [native_json.NativeItem(code="A", draft=make_draft())],
        media={},
        is_zip=False,
    )
    assert kind_of("bank.json", made) == "native"
    (row,) = format_of("bank.json").read(made, HowToRead()).rows
    assert row.origin is not None
