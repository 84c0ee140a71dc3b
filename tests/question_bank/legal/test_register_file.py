"""Files of legal documents, and the register that comes with the software."""

import io
import json
from datetime import date

import pytest
import xlsxwriter

from question_bank.legal.documents import ChangeKind
from question_bank.legal.register_file import (
    HEADINGS,
    UnreadableFile,
    UnreadableRegister,
    read_register,
    starter_register,
)


def test_the_starter_register_is_sound_and_closed() -> None:
    rows = starter_register()
    assert [row.findings for row in rows if row.findings] == []
    numbers = {row.document.number for row in rows if row.document}
    assert {change.target for row in rows for change in row.changes} <= numbers
    assert {"65/2025/QH15", "72/2025/QH15", "80/2025/QH15", "001/2025/TT-BNV", "366-QĐ/TW"} <= numbers


def test_the_starter_register_holds_the_chain_of_exam_rules() -> None:
    replaced = {
        change.target: row.document.number
        for row in starter_register()
        for change in row.changes
        if row.document and change.kind is ChangeKind.REPLACES
    }
    assert replaced["6/2020/TT-BNV"] == "001/2025/TT-BNV"
    assert replaced["001/2025/TT-BNV"] == "22/2025/TT-BNV"


def workbook(*rows: tuple[object, ...]) -> bytes:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True, "default_date_format": "dd/mm/yyyy"}) as book:
        sheet = book.add_worksheet()
        sheet.write_string(0, 0, "Danh mục văn bản")
        for at, row in enumerate(rows, start=2):
            sheet.write_row(at, 0, row)
    return buffer.getvalue()


def test_a_workbook_is_read_below_its_title_with_real_dates_and_typed_ones() -> None:
    heads = ("STT", "Số ký hiệu", "Trích yếu", "Ngày có hiệu lực", "Thay thế")
    data = workbook(heads, (1, "80/2025/qh15", "Luật Cán bộ, công chức", date(2025, 7, 1), "22/2008/QH12"))
    (row,) = read_register(data, "a.xlsx")
    assert row.document is not None
    assert (row.document.number, row.document.in_force_from) == ("80/2025/QH15", date(2025, 7, 1))
    assert (row.document.type, row.line) == ("Luật", 4)
    assert [(change.kind, change.target, change.by) for change in row.changes] == [
        ("replaces", "22/2008/QH12", "80/2025/QH15")
    ]


def test_a_csv_row_with_a_bad_date_or_number_is_refused_with_its_reason() -> None:
    text = "Số, ký hiệu;Tên văn bản;Hiệu lực từ;Hết hiệu lực từ\n80/2025/QH15;Luật;ngày mai;\n"
    text += "abc;Luật;;\n1/2025/QH15;;;\n"
    text += "2/2025/QH15;Luật;01/07/2025;01/07/2025\n3/2025/QH15;Luật;01/07/2025;\n4/2025/QH15;Luật;;\n"
    rows = read_register(text.encode())
    assert [row.document is None for row in rows] == [True, True, True, True, False, False]
    codes = [[finding.code for finding in row.findings] for row in rows]
    assert codes == [["invalid_field"], ["invalid_number"], ["title_missing"], ["dates_reversed"], [], []]
    assert all(finding.message("en") for row in rows for finding in row.findings)


def test_one_document_twice_in_a_file_is_taken_once() -> None:
    text = "Số, ký hiệu;Tên văn bản\n3/2025/QH15;Luật A\n3/2025/qh15;Luật A\n"
    rows = read_register(text.encode())
    assert [row.document is None for row in rows] == [False, True]
    assert rows[1].findings[0].code == "twice_in_file"


def test_json_holds_changes_down_to_a_point() -> None:
    entry = {
        "number": "136/2025/QH15",
        "title": "Luật sửa đổi",
        "changes": [{"kind": "amends", "target": "25/2018/QH14", "places": "điểm b khoản 1 Điều 9"}],
    }
    (row,) = read_register(json.dumps({"documents": [entry]}).encode())
    assert [place.text for place in row.changes[0].touched()] == ["điểm b khoản 1 Điều 9"]


@pytest.mark.parametrize(
    "data", [b"", b"{", b'{"documents": 1}', b"[1]", "Tên;Ngày\na;b\n".encode(), b"PK\x03\x04broken"]
)
def test_what_is_no_register_is_refused_with_a_sentence(data: bytes) -> None:
    with pytest.raises(UnreadableFile) as refused:
        read_register(data)
    assert refused.value.message("vi")
    assert refused.value.message("en")


def test_the_template_has_the_columns_that_are_read() -> None:
    values = ["1/2025/QH15", "Luật", "Luật", "Quốc hội", "", "", "01/01/2026", "", "2/2020/QH14", "", "", "x"]
    rows = read_register((";".join(HEADINGS.values()) + "\n" + ";".join(values)).encode())
    assert rows[0].document is not None
    assert (rows[0].document.notes, rows[0].changes[0].kind) == ("x", "amends")


def test_a_json_that_nests_too_deep_is_refused() -> None:
    with pytest.raises(UnreadableRegister):
        read_register(b"[" * 200_000)
