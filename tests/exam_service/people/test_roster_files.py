"""Files as agencies send them: headings in any order, merged cells, old encodings, and files that are no rosters."""

import io
import unicodedata
import zipfile
from datetime import date

import pytest
import xlsxwriter
from sqlalchemy.orm import Session

from exam_service.people.roster_columns import Column, NoRosterHeading, find_heading
from exam_service.people.roster_file import (
    EmptyRoster,
    MalformedCsv,
    RosterFile,
    UnknownEncoding,
    UnreadableRoster,
    read_roster_file,
)
from exam_service.people.roster_rows import RosterRow, read_rows
from exam_service.people.roster_template import HEADINGS, roster_template
from tests.fixtures.people import make_position, make_unit, workbook

TODAY = date(2026, 11, 23)


def rows_of(data: bytes) -> list[RosterRow]:
    return read_rows(find_heading(read_roster_file(data)), today=TODAY)[0]


def values_of(data: bytes) -> list[tuple[str, str, str]]:
    return [(row.values["staff_code"], row.name.full, row.values["birth_date"]) for row in rows_of(data)]


def test_columns_are_found_in_any_order_with_any_usual_heading() -> None:
    headings = ["Số CCCD/CMND", "HỌ TÊN", "Đơn vị công tác", "Ngày, tháng, năm sinh", "Mã số CBCC", "Ghi chú"]
    data = workbook(["", "Lê An", "Phường Cái Răng", "5/3/1990", "A1", ""], headings=headings)
    assert values_of(data) == [("A1", "Lê An", "1990-03-05")]
    assert rows_of(data)[0].values["unit"] == "Phường Cái Răng"


@pytest.mark.parametrize("born", [date(1990, 3, 5), "05/03/1990", "5-3-1990", "5.3.1990", "1990-03-05"])
def test_a_birth_date_is_read_from_a_date_or_from_a_text_with_the_day_first(born: object) -> None:
    data = workbook(["A1", "Lê An", born], headings=["Mã CBCC", "Họ và tên", "Ngày sinh"])
    assert values_of(data) == [("A1", "Lê An", "1990-03-05")]


def test_titles_above_numbering_below_and_signatures_after_the_table_are_no_people() -> None:
    data = workbook(
        ["DANH SÁCH CÔNG CHỨC"],
        ["STT", "Mã CBCC", "Họ và tên", "Ngày sinh", "Đơn vị"],
        ["(1)", "(2)", "(3)", "(4)", "(5)"],
        ["I", "", "Phường Cái Răng"],
        [1, "A1", "Lê An", "05/03/1990", "Phường Cái Răng"],
        [2, "A2", "Lê Ân", "05/03/1991", "Phường Cái Răng"],
        ["", "", "Tổng cộng: 2"],
        ["", "", "", "", "NGƯỜI LẬP BIỂU"],
        headings=["ỦY BAN NHÂN DÂN"],
    )
    heading = find_heading(read_roster_file(data))
    rows, skipped = read_rows(heading, today=TODAY)
    assert [row.values["staff_code"] for row in rows] == ["A1", "A2"]
    assert [row.number for row in rows] == [6, 7]
    assert skipped == 3


def test_a_heading_merged_over_two_columns_is_family_names_and_given_name() -> None:
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer)
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, ["Mã CBCC", "", "", "Ngày sinh"])
    sheet.merge_range(0, 1, 0, 2, "Họ và tên")
    sheet.write_row(1, 0, ["A1", "Nguyễn Thị", "Bảo Ngọc", "05/03/1990"])
    sheet.write_row(2, 0, ["A2", "Lê", "An", "05/03/1990"])
    book.close()
    assert [(row.name.family_names, row.name.given_name) for row in rows_of(buffer.getvalue())] == [
        ("Nguyễn Thị", "Bảo Ngọc"),
        ("Lê", "An"),
    ]


def test_a_heading_of_two_rows_is_read_as_one() -> None:
    data = workbook(
        ["", "", "Họ đệm", "Tên", ""],
        [1, "A1", "Nguyễn Thị", "Ánh", "05/03/1990"],
        headings=["STT", "Mã CBCC", "Họ và tên", "", "Ngày sinh"],
    )
    assert values_of(data) == [("A1", "Nguyễn Thị Ánh", "1990-03-05")]


def test_decomposed_letters_and_odd_spaces_are_made_plain() -> None:
    name = unicodedata.normalize("NFD", "Nguyễn\u00a0 Thị\u200b Ánh ")
    data = workbook(["A1", name], headings=["Mã CBCC", "Họ và tên"])
    assert values_of(data)[0][1] == unicodedata.normalize("NFC", "Nguyễn Thị Ánh")


CSV = "Mã CBCC;Họ và tên;Ngày sinh\nA1;Nguyễn Thị Ánh;05/03/1990\n"


def as_1258(text: str) -> bytes:
    """Windows-1258 holds the tones as marks of their own behind the letters."""
    tones = "\u0300\u0301\u0303\u0309\u0323"
    apart = []
    for char in unicodedata.normalize("NFC", text):
        marks = unicodedata.normalize("NFD", char)
        letter = unicodedata.normalize("NFC", "".join(mark for mark in marks if mark not in tones))
        apart.append(letter + "".join(mark for mark in marks if mark in tones))
    return "".join(apart).encode("cp1258")


@pytest.mark.parametrize(
    "data",
    [
        CSV.encode(),
        CSV.encode("utf-8-sig"),
        CSV.encode("utf-16"),
        as_1258(CSV),
        CSV.replace(";", ",").encode(),
        CSV.replace(";", "\t").encode(),
        CSV.replace("\n", "\r\n").encode(),
        ("\n" + CSV).encode(),
        CSV.replace("Nguyễn Thị Ánh", '"Nguyễn Thị Ánh"').encode(),
    ],
)
def test_csv_is_read_in_every_usual_encoding_and_with_every_usual_separator(data: bytes) -> None:
    assert values_of(data) == [("A1", "Nguyễn Thị Ánh", "1990-03-05")]


def zip_of(**parts: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("data", "refusal"),
    [
        (b"", EmptyRoster),
        (b" \n\n ", EmptyRoster),
        (b"PK\x03\x04 not really a zip", UnreadableRoster),
        (zip_of(**{"word/document.xml": b"<x/>"}), UnreadableRoster),
        (
            zip_of(**{"xl/workbook.xml": b"<x/>", "xl/worksheets/sheet1.xml": b" " * 200_000_000}),
            UnreadableRoster,
        ),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, UnreadableRoster),
        (b"%PDF-1.7\nno table here\n", MalformedCsv),
        (b"\x00\x01\x02\x03", UnknownEncoding),
        (b"just a sentence", MalformedCsv),
    ],
)
def test_a_file_that_is_no_table_is_refused_with_its_reason(data: bytes, refusal: type[Exception]) -> None:
    with pytest.raises(refusal) as refused:
        read_roster_file(data)
    assert str(refused.value)


def test_a_table_without_the_needed_columns_is_refused_with_the_headings_that_were_seen() -> None:
    with pytest.raises(NoRosterHeading) as refused:
        find_heading(read_roster_file(workbook(["x", "y"], headings=["Câu hỏi", "Đáp án"])))
    assert "“Câu hỏi”" in str(refused.value)


def test_formulas_and_error_values_are_named() -> None:
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer)
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, ["Mã CBCC", "Họ và tên", "Số CCCD", "Đơn vị"])
    sheet.write_formula(1, 0, '="A"&"1"', None, "A1")
    sheet.write(1, 1, "Lê An")
    sheet.write_formula(1, 3, "=1/0", None, "#DIV/0!")
    book.close()
    found = [(finding.cell, finding.code) for finding in rows_of(buffer.getvalue())[0].findings]
    assert ("A2", "formula_value") in found
    assert ("D2", "error_cell") in found


def test_the_template_is_read_by_the_import_and_keeps_leading_zeros(session: Session) -> None:
    make_unit(session, "Cái Răng")
    make_position(session, "Tư pháp - hộ tịch")
    file: RosterFile = read_roster_file(roster_template(session))
    heading = find_heading(file)
    assert {Column.STAFF_CODE, Column.FAMILY_NAMES, Column.CCCD, Column.FROM_DATE} <= heading.columns.keys()
    assert len(heading.columns) == len(HEADINGS)
    assert ["Phường Cái Răng", "Tư pháp - hộ tịch"] in [row[:2] for row in file.sheets[1].rows]
