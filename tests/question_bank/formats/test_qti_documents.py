"""The XML around items of QTI: other files are named, declarations and nesting refused, nothing expanded."""

from pathlib import Path

import pytest

from question_bank.formats.encoding import UnreadableText
from question_bank.formats.qti.reading import read, read_package
from question_bank.formats.reading import Verdict
from question_bank.types.single_choice import SingleChoice
from tests.question_bank.formats.qti_files import (
    item,
    single,
)
from tests.question_bank.formats.qti_rows import (
    codes,
    content_of,
    kept,
    row_of,
)


def test_a_page_without_question_is_named() -> None:
    assert kept(item(body="<p>Hãy đọc kỹ.</p>"))[0] == "qti_no_interaction"


TEST_ALONE = (
    b"<assessmentTest xmlns='http://www.imsglobal.org/xsd/imsqti_v2p1' title='t'><testPart><assessmentSection>"
    b"<assessmentItemRef identifier='a' href='a.xml'/></assessmentSection></testPart></assessmentTest>"
)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"<quiz/>", "not_qti"),
        (b"<assessmentResult xmlns='http://www.imsglobal.org/xsd/imsqti_result_v2p1'/>", "qti_result"),
        (TEST_ALONE, "qti_test_alone"),
    ],
)
def test_other_files_are_refused_by_what_they_are(data: bytes, code: str) -> None:
    with pytest.raises(UnreadableText) as refusal:
        read(data)
    assert refusal.value.code == code


def test_each_question_of_qti_1_2_is_named() -> None:
    reading = read(
        b"<questestinterop><section><item title='Mot'/><item title='Hai'/></section></questestinterop>"
    )
    assert [(row.severity, row.findings[0].params["text"]) for row in reading.rows] == [
        (Verdict.ERROR, "Mot"),
        (Verdict.ERROR, "Hai"),
    ]


@pytest.mark.parametrize("name", ["billion_laughs.xml", "xxe_file.xml", "xxe_parameter_entity.xml"])
def test_a_document_type_that_declares_anything_is_refused(name: str, shared_interop: Path) -> None:
    with pytest.raises(UnreadableText) as refusal:
        read((shared_interop / "nasty" / name).read_bytes())
    assert refusal.value.code == "doctype_refused"


@pytest.mark.parametrize(
    "doctype",
    [
        "<!DOCTYPE a SYSTEM 'x.dtd'>",
        "<!DOCTYPE a PUBLIC '-//x' 'y'>",
        "<!DOCTYPE a []>",
        "<!DOCTYPE a [<!ENTITY b 'c'>]>",
    ],
)
def test_only_a_bare_document_type_is_passed_over(doctype: str) -> None:
    with pytest.raises(UnreadableText):
        read(doctype.encode() + single())
    assert isinstance(content_of(b"<!DOCTYPE assessmentItem>\n" + single()), SingleChoice)


def test_xinclude_is_never_expanded(shared_interop: Path) -> None:
    row = row_of((shared_interop / "nasty" / "xinclude.xml").read_bytes())
    assert "qti_include_refused" in codes(row)
    assert row.draft is not None
    assert "root:" not in row.draft.content.stem


def test_deep_nesting_is_refused(shared_interop: Path) -> None:
    with pytest.raises(UnreadableText) as refusal:
        read((shared_interop / "nasty" / "deep_nesting.xml").read_bytes())
    assert refusal.value.code in ("xml_too_deep", "xml_malformed")


def test_the_answer_of_a_reading_translates_responses_of_the_file() -> None:
    (reading,) = read_package(single()).items
    assert reading.answer is not None
    assert reading.answer({}) is None
