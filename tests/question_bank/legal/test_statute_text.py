"""The structure of legal documents from their lines and their files."""

import io

import docx
import pytest
from docx.document import Document
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from question_bank.formats.encoding import UnreadableText
from question_bank.formats.refusal import UnreadableFile
from question_bank.legal.statute_file import UnreadableStatute, read_statute
from question_bank.legal.statute_text import Level, LineKind, StatuteText, heading_of, parse_statute

REGULATION = """
ỦY BAN NHÂN DÂN
Căn cứ quy định chung;
Phần thứ nhất
QUY ĐỊNH CHUNG
Chương I
PHẠM VI
VÀ ĐỐI TƯỢNG
Điều 1. Phạm vi
Quy chế này nói về kỳ sát hạch mẫu
và việc tổ chức kỳ đó.
Điều 2. Đối tượng
1. Người dự thi gồm:
a) người thứ nhất;
b) người thứ hai theo Điều 1 của Quy chế này.
2. Điều 1 của quy chế khác không áp dụng.
Chương II của quy chế cũ hết hiệu lực.
Chương II. TỔ CHỨC
Mục 1
PHÒNG THI
Điều 3: Phòng thi
Tiểu mục 1. MÁY TÍNH
Điều 4
PHỤ LỤC I
MẪU BIỂU
""".splitlines()


def levels(parsed: StatuteText) -> list[tuple[str, str, str]]:
    return [(one.level.value, one.number, one.heading) for one in parsed.sections]


def test_every_level_is_found_and_nothing_of_the_text_is_lost() -> None:
    parsed = parse_statute(REGULATION, is_wrapped=True)
    assert levels(parsed) == [
        ("opening", "", ""),
        ("part", "thứ nhất", "Phần thứ nhất. QUY ĐỊNH CHUNG"),
        ("chapter", "I", "Chương I. PHẠM VI VÀ ĐỐI TƯỢNG"),
        ("article", "1", "Điều 1. Phạm vi"),
        ("article", "2", "Điều 2. Đối tượng"),
        ("chapter", "II", "Chương II. TỔ CHỨC"),
        ("section", "1", "Mục 1. PHÒNG THI"),
        ("article", "3", "Điều 3: Phòng thi"),
        ("subsection", "1", "Tiểu mục 1. MÁY TÍNH"),
        ("article", "4", "Điều 4"),
        ("annex", "I", "PHỤ LỤC I. MẪU BIỂU"),
    ]
    assert parsed.findings == ()
    assert parsed.count_lines(LineKind.CLAUSE) == 2
    assert parsed.count_lines(LineKind.POINT) == 2
    shown = " ".join(f"{one.heading} {' '.join(line.text for line in one.lines)}" for one in parsed.sections)
    assert sorted(shown.replace(".", "").split()) == sorted(" ".join(REGULATION).replace(".", "").split())


@pytest.mark.parametrize(
    "line",
    [
        "Chương II của Luật này quy định về tổ chức.",
        "Mục 1 Chương II Nghị định số 1",
        "Điều 5 của Luật này được áp dụng.",
        "Điều 5, Điều 6 và Điều 7.",
        "Phần mềm dùng trong kỳ thi.",
        "Phụ lục kèm theo Quy chế này.",
        "điều kiện dự thi",
        "Mục tiêu: công bằng",
    ],
)
def test_a_sentence_that_speaks_of_a_place_is_no_heading(line: str) -> None:
    assert heading_of(line) is None


def test_amended_articles_in_quotation_marks_belong_to_the_article_that_amends() -> None:
    parsed = parse_statute(
        [
            "Điều 1. Sửa đổi",
            "1. Sửa như sau:",
            "“Điều 9. Cũ",
            "1. Lời mới.",
            "Điều 10. Cũ nữa”.",
            "Điều 2. Hiệu lực",
        ]
    )
    assert [one.number for one in parsed.sections] == ["1", "2"]
    assert len(parsed.sections[0].lines) == 4


def test_a_quotation_that_never_ends_swallows_nothing_and_is_told() -> None:
    parsed = parse_statute(["Điều 1. Mở “ngoặc", "Điều 2. Còn đây"])
    assert parsed.count(Level.ARTICLE) == 2
    assert [found.code for found in parsed.findings] == ["quotation_open"]


def test_gaps_and_repetitions_are_told_and_a_regulation_within_a_decision_counts_anew() -> None:
    lines = [f"Điều {number}. Tên" for number in (1, 2, 1, 2, 4, 4, 6)]
    parsed = parse_statute(lines)
    assert [found.sentence("vi") for found in parsed.findings] == [
        "Không thấy Điều 3, Điều 5. Hãy kiểm tra tệp có đủ văn bản không.",
        "Gặp hai lần: Điều 4. Hãy kiểm tra tệp.",
    ]


def test_contents_with_page_numbers_are_left_out_and_told() -> None:
    parsed = parse_statute(["Điều 1. Phạm vi ........ 3", "Chương I\t\t     12", "Điều 1. Phạm vi", "Lời."])
    assert parsed.count(Level.ARTICLE) == 1
    assert parsed.findings[0].params == {"count": 2}


@pytest.mark.parametrize("sign", [" ", ".", "…", ". "])
def test_a_long_line_of_one_sign_is_read_at_once(sign: str) -> None:
    line = f"Họ và tên {sign * 100_000}ký"  # took minutes when the whole line was searched for a page number
    assert parse_statute([line, "Điều 1. Phạm vi"]).sections[0].lines[0].kind is LineKind.TEXT


def test_a_sentence_over_very_many_lines_is_joined() -> None:
    parsed = parse_statute(["Điều 1. Phạm vi", "Lời", *["và"] * 200_000], is_wrapped=True)
    assert len(parsed.sections[0].lines[0].text) == 3 + 3 * 200_000


def test_a_text_without_articles_is_kept_and_told() -> None:
    parsed = parse_statute(["Hướng dẫn", "1. Bước một."])
    assert [found.code for found in parsed.findings] == ["no_articles"]
    assert parsed.sections[0].lines[1].kind is LineKind.CLAUSE


def word_file(*paragraphs: str, table: list[list[str]] | None = None) -> bytes:
    document: Document = docx.Document()
    for text in paragraphs:
        document.add_paragraph(text)
    if table:
        added = document.add_table(rows=len(table), cols=len(table[0]))
        for row, cells in zip(added.rows, table, strict=True):
            for cell, text in zip(row.cells, cells, strict=True):
                cell.text = text
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def test_a_word_file_gives_text_and_tables_in_their_places() -> None:
    data = word_file("Điều 1. Phạm vi", "Lời <b>không</b> đậm.", table=[["STT", "Tên"], ["1", "A"]])
    parsed = read_statute(data, "Quy chế.docx")
    [article] = parsed.sections
    assert [line.kind for line in article.lines] == [LineKind.TEXT, LineKind.TABLE]
    assert article.lines[0].text == "Lời <b>không</b> đậm."
    assert article.lines[1].rows == (("STT", "Tên"), ("1", "A"))


def test_a_table_that_looks_like_answer_keys_stays_where_it_is() -> None:
    parsed = read_statute(word_file("Điều 1. Phạm vi", table=[["STT", ""], ["1", "A"], ["2", "B"]]), "a.docx")
    [article] = parsed.sections
    assert [line.rows for line in article.lines] == [(("STT", ""), ("1", "A"), ("2", "B"))]


def test_what_is_struck_out_within_a_table_is_told() -> None:
    document: Document = docx.Document()
    document.add_paragraph("Điều 1. Phạm vi")
    cell = document.add_table(rows=1, cols=1).rows[0].cells[0]
    struck = parse_xml(f"<w:del {nsdecls('w')} w:id='1'><w:r><w:delText>bỏ</w:delText></w:r></w:del>")
    cell.paragraphs[0]._p.append(struck)
    out = io.BytesIO()
    document.save(out)
    assert "deleted_left_out" in [found.code for found in read_statute(out.getvalue(), "a.docx").findings]


def test_articles_laid_out_in_a_table_are_read_as_text() -> None:
    parsed = read_statute(word_file(table=[["Điều 1. Phạm vi\nLời.", "Điều 2. Sau"]]), "a.docx")
    assert parsed.count(Level.ARTICLE) == 2


def test_old_encodings_are_converted_and_told() -> None:
    parsed = read_statute("Điều 1. Phạm vi\nĐược.".encode("utf-16"), "a.txt")
    assert parsed.sections[0].lines[0].text == "Được."
    assert parsed.findings[0].sentence().startswith("Tệp dùng bảng mã cũ (UTF-16")


@pytest.mark.parametrize(
    ("data", "name", "code"),
    [
        (b"%PDF-1.7 ...", "luat.pdf", "statute_pdf"),
        (b"%PDF-1.7 ...", "luat.docx", "statute_pdf"),
        (b"text", "luat.html", "statute_kind"),
        (b"  \n\n ", "luat.txt", "statute_empty"),
        (("Điều 1. Dài\n" + "ấ" * 1_500_001).encode(), "luat.txt", "statute_too_long"),
        (b"PK\x03\x04 no archive", "luat.docx", "not_a_document"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 old", "luat.doc", "legacy_doc"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4, "luat.txt", "binary_file"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_with_what_to_do(data: bytes, name: str, code: str) -> None:
    with pytest.raises(UnreadableFile) as refused:
        read_statute(data, name)
    assert refused.value.code == code
    assert isinstance(refused.value, UnreadableStatute | UnreadableText)
    assert refused.value.message("vi") != refused.value.message("en")
