"""Documents as data, PDF and Word: what they say is the same, and is laid out by the decree."""

import unicodedata
import zipfile
from datetime import date
from io import BytesIO
from typing import Any

import docx
import pytest
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Mm
from PIL import ImageFont

from exam_service.official.pdf import HERE, write_pdf
from exam_service.official.sheet import (
    STATE,
    Column,
    Facts,
    Heading,
    Paragraph,
    Sheet,
    Signatures,
    Signer,
    Slips,
    Table,
    day_in_words,
    decimal_text,
)
from exam_service.official.word import CELL_MARGIN_MM, write_word

HOSTILE = '#panic("x") $ *a* _b_ [c] <d> \\e {{f}} @g'
LONG_NAME = "Công Tằng Tôn Nữ Huyền Trân Ngọc Quỳnh Anh"


def make_sheet(**values: Any) -> Sheet:
    blocks = (
        Facts(rows=(("Kỳ sát hạch", HOSTILE),)),
        Heading(text="1. Thí sinh"),
        Table(
            columns=(Column(title="SBD", share=1), Column(title="Họ và tên", share=3)),
            rows=tuple((f"{number:04d}", LONG_NAME) for number in range(60)),
            row_mm=10,
        ),
        Paragraph(text="Không có."),
        Signatures(signers=(Signer(title="THƯ KÝ"), Signer(title="CHỦ TỊCH", name="Đỗ Văn Ước"))),
    )
    defaults: dict[str, Any] = {
        "organisation": "Ủy ban nhân dân thành phố Cần Thơ",
        "body": "HỘI ĐỒNG SÁT HẠCH",
        "symbol": "BB-HĐSH",
        "number": 7,
        "place": "Cần Thơ",
        "issued_on": date(2026, 2, 5),
        "type_name": "BIÊN BẢN",
        "subject": "Coi thi Ca 1, Phòng 101",
        "blocks": blocks,
        "receivers": ("Hội đồng sát hạch;",),
    }
    return Sheet(**{**defaults, **values})


def words_of(data: bytes) -> str:
    document = docx.Document(BytesIO(data))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join([*cells, *(paragraph.text for paragraph in document.paragraphs)])


@pytest.mark.parametrize(
    ("day", "words"),
    [
        (date(2026, 2, 5), "ngày 05 tháng 02 năm 2026"),
        (date(2026, 3, 5), "ngày 05 tháng 3 năm 2026"),
        (date(2026, 11, 23), "ngày 23 tháng 11 năm 2026"),
    ],
)
def test_days_are_written_as_the_decree_says(day: date, words: str) -> None:
    assert day_in_words(day) == words


def test_the_word_file_has_the_heading_margins_and_repeated_head_of_the_decree() -> None:
    data = write_word(make_sheet(), note="Bản in lần 2")
    text = words_of(data)
    for part in (
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
        "Độc lập - Tự do - Hạnh phúc",
        "ỦY BAN NHÂN DÂN THÀNH PHỐ CẦN THƠ",
        "Số: 07/BB-HĐSH",
        "Cần Thơ, ngày 05 tháng 02 năm 2026",
        HOSTILE,
        LONG_NAME,
        "Đỗ Văn Ước",
        "Nơi nhận:",
    ):
        assert part in text, part
    document = docx.Document(BytesIO(data))
    section = document.sections[0]
    margins = (section.left_margin, section.right_margin, section.top_margin)
    assert [round(margin.mm) for margin in margins] == [30, 15, 20]
    assert document.styles["Normal"].font.name == "Times New Roman"
    assert section.different_first_page_header_footer
    assert "PAGE" in section.header.paragraphs[0]._p.xml
    assert section.first_page_footer.paragraphs[0].text == "Bản in lần 2"
    listing = document.tables[1]
    assert listing.rows[0]._tr.trPr.find(qn("w:tblHeader")) is not None
    assert all(row._tr.trPr.find(qn("w:cantSplit")) is not None for row in listing.rows[1:])


def test_the_word_file_has_the_state_on_one_line_and_rules_under_body_and_subject() -> None:
    document = docx.Document(BytesIO(write_word(make_sheet())))
    bold = ImageFont.truetype(str(HERE / "fonts" / "Tinos-Bold.ttf"), 1200)  # as wide as Times New Roman
    left, right = document.tables[0].rows[0].cells
    room_pt = right.width.pt - 2 * Mm(CELL_MARGIN_MM).pt
    assert bold.getlength(STATE) / 100 <= room_pt
    ruled = [
        paragraph for paragraph in (*left.paragraphs, *document.paragraphs) if "w:pBdr" in paragraph._p.xml
    ]
    lengths = [
        round((width - paragraph.paragraph_format.left_indent * 2) / Mm(1))
        for paragraph, width in zip(ruled, (left.width - Mm(2 * CELL_MARGIN_MM), Mm(165)), strict=True)
    ]
    assert lengths == [22, 30]
    listing = document.tables[1]
    assert listing._tbl.tblPr.find(qn("w:tblCellMar")) is not None
    (said,) = (paragraph for paragraph in document.paragraphs if paragraph.text == "Không có.")
    assert said.alignment == WD_ALIGN_PARAGRAPH.JUSTIFY


def test_a_landscape_sheet_turns_the_page_in_both_writers() -> None:
    sheet = make_sheet(is_landscape=True)
    section = docx.Document(BytesIO(write_word(sheet))).sections[0]
    assert section.page_width > section.page_height
    assert b"841.8" in write_pdf(sheet)[0].split(b"MediaBox")[1][:40]


def test_a_long_list_runs_over_pages_and_the_same_sheet_gives_the_same_bytes() -> None:
    sheet = make_sheet()
    pdf = write_pdf(sheet, note="Bản in lần 1")[0]
    assert pdf.startswith(b"%PDF")
    assert pdf.count(b"/MediaBox") >= 3
    assert pdf == write_pdf(sheet, note="Bản in lần 1")[0]


def test_the_type_on_paper_has_every_vietnamese_letter() -> None:
    bases, marks = "aăâeêioôơuưyAĂÂEÊIOÔƠUƯY", ("", "\u0300", "\u0301", "\u0303", "\u0309", "\u0323")
    letters = {unicodedata.normalize("NFC", base + mark) for base in bases for mark in marks} | set("đĐ…–“”")
    for style in ("Regular", "RegularItalic", "Bold", "BoldItalic"):
        font = ImageFont.truetype(str(HERE / "fonts" / f"Tinos-{style}.ttf"), 40)
        unknown = bytes(font.getmask("\uffff"))
        assert [letter for letter in letters if bytes(font.getmask(letter)) == unknown] == []


def test_the_hash_covers_every_word_and_the_facts_do_not_depend_on_number_and_day() -> None:
    sheet = make_sheet()
    assert Sheet.model_validate_json(sheet.model_dump_json()).content_hash == sheet.content_hash
    assert make_sheet(subject="Coi thi Ca 2").content_hash != sheet.content_hash
    assert make_sheet(number=8).content_hash != sheet.content_hash
    assert sheet.says_the_same_as(make_sheet(number=None, issued_on=None))
    assert not sheet.says_the_same_as(make_sheet(receivers=()))


def test_slips_stand_without_a_heading_two_in_a_row() -> None:
    slips = tuple((f"Người {number}", (("Mã dự thi", "ABCD 2345"),)) for number in range(9))
    sheet = make_sheet(blocks=(Slips(slips=slips),), receivers=(), number=None)
    assert write_pdf(sheet)[0].count(b"/MediaBox") == 2
    text = words_of(write_word(sheet))
    assert "CỘNG HÒA" not in text
    assert text.count("ABCD 2345") == 9


def test_a_word_file_holds_no_personal_data_of_the_machine() -> None:
    with zipfile.ZipFile(BytesIO(write_word(make_sheet()))) as archive:
        assert "python-docx" not in archive.read("docProps/core.xml").decode()


@pytest.mark.parametrize(
    ("value", "text"), [("7.500", "7,5"), ("60.000", "60"), (10, "10"), ("0.67", "0,67")]
)
def test_figures_have_a_decimal_comma(value: object, text: str) -> None:
    assert decimal_text(value) == text
