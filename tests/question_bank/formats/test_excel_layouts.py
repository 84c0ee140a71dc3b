"""Spreadsheets as they come from offices: options in one cell, keys by colour, merged cells, unknown headings."""

import io
from collections.abc import Callable, Sequence
from typing import Any

import pytest
import xlsxwriter

from question_bank.formats import column_mapping, excel
from question_bank.formats.column_mapping import ColumnMapping, parse_place, place_code
from question_bank.formats.encoding import Encoding
from question_bank.formats.excel_layout import Column
from question_bank.formats.reading import ImportReading, RowVerdict, Verdict
from question_bank.formats.workbook import UnreadableWorkbook
from question_bank.text import plain
from question_bank.types.case import Case
from question_bank.types.content import ChoiceContent, option_label

Build = Callable[[Any, Any], None]
HEAD = ("STT", "Hạng mục", "Nội dung", "Phương án trả lời", "Đáp án")
OPTIONS = "A. Quốc hội\nB. Chính phủ\nC. Bộ Nội vụ\nD. Ủy ban nhân dân"


def made(build: Build) -> bytes:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        build(book, book.add_worksheet("Đề"))
    return buffer.getvalue()


def table(*rows: Sequence[Any]) -> bytes:
    def build(_book: Any, sheet: Any) -> None:
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)

    return made(build)


def read(*rows: Sequence[Any]) -> ImportReading:
    return excel.read(table(*rows))


def texts(row: RowVerdict) -> list[str]:
    assert row.draft is not None
    assert isinstance(row.draft.content, ChoiceContent)
    return [plain(option.text) for option in row.draft.content.options]


def key(row: RowVerdict) -> str:
    assert row.draft is not None
    content = row.draft.content
    assert isinstance(content, ChoiceContent)
    keyed = content.correct_response()
    categories = content.categories(keyed) if keyed else ()
    return "".join(option_label(i) for i, o in enumerate(content.options) if o.id in categories)


def codes(row: RowVerdict) -> set[str]:
    return {finding.code for finding in row.findings}


def test_options_in_one_cell_are_told_apart_by_their_letters() -> None:
    (row,) = read(HEAD, (1, "Nghị định", "Ai ban hành nghị định?", OPTIONS, "B")).rows
    assert texts(row) == ["Quốc hội", "Chính phủ", "Bộ Nội vụ", "Ủy ban nhân dân"]
    assert (key(row), row.severity) == ("B", Verdict.OK)
    assert row.draft is not None
    assert row.draft.tags == ("Nghị định",)


@pytest.mark.parametrize(
    "options",
    [
        "A. Quốc hội B. Chính phủ C. Bộ Nội vụ",
        "a) Quốc hội\nb) Chính phủ\nc) Bộ Nội vụ",
        "A . Quốc hội\nB . Chính phủ\nC . Bộ Nội vụ",
        "1. Quốc hội\n2. Chính phủ\n3. Bộ Nội vụ",
    ],
)
def test_any_marker_tells_the_options_of_one_cell_apart(options: str) -> None:
    (row,) = read(HEAD, (1, "", "Ai ban hành nghị định?", options, "B")).rows
    assert (texts(row), key(row)) == (["Quốc hội", "Chính phủ", "Bộ Nội vụ"], "B")


def test_an_option_that_lost_its_letter_is_restored_and_that_is_said() -> None:
    lost = OPTIONS.replace("D. ", "")
    *_others, row = read(
        HEAD,
        (1, "", "Ai ban hành nghị định?", OPTIONS, "B"),
        (2, "", "Ai ban hành luật?", OPTIONS, "A"),
        (3, "", "Ai ban hành thông tư?", lost, "C"),
    ).rows
    assert texts(row)[3] == "Ủy ban nhân dân"
    assert "option_letter_restored" in codes(row)
    assert row.severity is Verdict.WARNING


def test_lines_without_letters_are_options_and_that_is_said() -> None:
    (row,) = read(HEAD, (1, "", "Ai ban hành nghị định?", "Quốc hội\nChính phủ", "2")).rows
    assert (texts(row), key(row)) == (["Quốc hội", "Chính phủ"], "B")
    assert "options_by_lines" in codes(row)


def test_options_below_each_other_belong_to_the_question_above() -> None:
    rows = read(
        HEAD,
        (1, "", "Ai ban hành nghị định?", "Quốc hội", ""),
        ("", "", "", "Chính phủ", "x"),
        ("", "", "", "Bộ Nội vụ", ""),
        (2, "", "Ai ban hành luật?", "Quốc hội", "x"),
        ("", "", "", "Chính phủ", ""),
    ).rows
    assert [(row.row, texts(row), key(row)) for row in rows] == [
        (2, ["Quốc hội", "Chính phủ", "Bộ Nội vụ"], "B"),
        (5, ["Quốc hội", "Chính phủ"], "A"),
    ]


def test_options_in_the_cell_of_the_question_are_taken_out_of_it() -> None:
    (row,) = read(("Câu hỏi", "Đáp án"), (f"Ai ban hành nghị định?\n{OPTIONS}", "B")).rows
    assert (row.preview, texts(row)[1], key(row)) == ("Ai ban hành nghị định?", "Chính phủ", "B")


def test_letters_and_numbers_typed_again_in_the_cells_are_removed() -> None:
    (row,) = read(
        ("Câu hỏi", "A", "B", "Đáp án"), ("Câu 12: Ai ký nghị quyết?", "A. Chủ tịch", "B. Thư ký", "A")
    ).rows
    assert (row.preview, texts(row)) == ("Ai ký nghị quyết?", ["Chủ tịch", "Thư ký"])
    assert {"option_letters_removed", "stem_number_removed"} <= codes(row)


def test_a_single_letter_before_an_option_is_part_of_it() -> None:
    (row,) = read(("Câu hỏi", "A", "B", "Đáp án"), ("Vitamin nào?", "A. và C", "D", "A")).rows
    assert texts(row) == ["A. và C", "D"]


@pytest.mark.parametrize("text", ["*Thư ký", "Thư ký*", "Thư ký (x)", "✓ Thư ký", "Thư ký (đúng)"])
def test_a_star_or_tick_marks_the_key(text: str) -> None:
    (row,) = read(("Câu hỏi", "A", "B", "C"), ("Ai ghi biên bản?", "Chủ tịch", text, "Khách")).rows
    assert (texts(row), key(row)) == (["Chủ tịch", "Thư ký", "Khách"], "B")


def test_a_formula_with_an_x_is_no_mark() -> None:
    (row,) = read(("Câu hỏi", "A", "B", "C"), ("Hàm nào?", "f(x)", "g(y)", "h")).rows
    assert (texts(row)[0], key(row)) == ("f(x)", "")


@pytest.mark.parametrize(
    "style",
    [{"bold": True}, {"underline": 1}, {"font_color": "red"}, {"bg_color": "#FFFF00"}],
    ids=["bold", "underline", "red", "fill"],
)
def test_the_cell_set_off_from_the_others_is_the_key(style: dict[str, Any]) -> None:
    def build(book: Any, sheet: Any) -> None:
        sheet.write_row(0, 0, ("Câu hỏi", "Phương án 1", "Phương án 2", "Phương án 3"))
        sheet.write_row(1, 0, ("Ai ghi biên bản?", "Chủ tịch", "Thư ký", "Khách"))
        sheet.write(1, 2, "Thư ký", book.add_format(style))

    (row,) = excel.read(made(build)).rows
    assert (key(row), row.severity) == ("B", Verdict.OK)
    assert "key_from_marks" in codes(row)


def test_bold_words_inside_one_cell_mark_the_key() -> None:
    def build(book: Any, sheet: Any) -> None:
        bold, plain_format = book.add_format({"bold": True}), book.add_format()
        sheet.write_row(0, 0, ("Câu hỏi", "Phương án"))
        sheet.write(1, 0, "Ai ghi biên bản?")
        sheet.write_rich_string(
            1, 1, plain_format, "A. Chủ tịch\n", bold, "B. Thư ký", plain_format, "\nC. Khách"
        )

    (row,) = excel.read(made(build)).rows
    assert (texts(row), key(row)) == (["Chủ tịch", "Thư ký", "Khách"], "B")


def test_a_mark_against_the_stated_key_waits_for_a_person() -> None:
    def build(book: Any, sheet: Any) -> None:
        sheet.write_row(0, 0, ("Câu hỏi", "A", "B", "Đáp án"))
        sheet.write_row(1, 0, ("Ai ghi biên bản?", "Chủ tịch", "Thư ký", "A"))
        sheet.write(1, 2, "Thư ký", book.add_format({"bold": True}))

    (row,) = excel.read(made(build)).rows
    assert row.severity is Verdict.HOLD
    assert (key(row), "keys_conflict" in codes(row)) == ("", True)


def test_a_column_that_is_coloured_in_every_row_marks_no_key() -> None:
    def build(book: Any, sheet: Any) -> None:
        red = book.add_format({"font_color": "red"})
        sheet.write_row(0, 0, ("Câu hỏi", "A", "B", "Đáp án"))
        for number in range(1, 9):
            sheet.write_row(
                number, 0, (f"Câu hỏi thứ {number} là gì?", f"một {number}", f"hai {number}", "A")
            )
            sheet.write(number, 2, f"hai {number}", red)

    assert {key(row) for row in excel.read(made(build)).rows} == {"A"}


def test_a_merged_cell_speaks_for_every_row_that_it_covers() -> None:
    def build(_book: Any, sheet: Any) -> None:
        sheet.write_row(0, 0, ("Mức độ", "Câu hỏi", "A", "B", "Đáp án"))
        for number in (1, 2):
            sheet.write_row(number, 1, (f"Câu hỏi {number} là gì?", "một", "hai", "A"))
        sheet.merge_range(1, 0, 2, 0, "Vận dụng")

    levels = {row.draft.level for row in excel.read(made(build)).rows if row.draft}
    assert levels == {"apply"}


def test_a_title_above_the_header_and_several_sheets_are_read() -> None:
    def build(book: Any, sheet: Any) -> None:
        sheet.merge_range(0, 0, 0, 3, "BỘ CÂU HỎI SÁT HẠCH NĂM 2026")
        sheet.write_row(2, 0, ("Câu hỏi", "A", "B", "Đáp án"))
        sheet.write_row(3, 0, ("Ai ký?", "một", "hai", "A"))
        other = book.add_worksheet("Phần 2")
        other.write_row(0, 0, ("Câu hỏi", "A", "B", "Đáp án"))
        other.write_row(1, 0, ("Ai họp?", "một", "hai", "B"))

    found = excel.read(made(build)).rows
    assert [(row.sheet, row.row, key(row)) for row in found] == [("Đề", 4, "A"), ("Phần 2", 2, "B")]


STRANGE = (
    ("Mục", "Hỏi gì", "Chọn thứ nhất", "Chọn thứ hai", "Chọn thứ ba", "KQ"),
    ("1", "Cơ quan nào ban hành nghị định?", "Quốc hội", "Chính phủ", "Bộ Nội vụ", "B"),
    ("2", "Cơ quan nào ban hành luật?", "Quốc hội", "Chính phủ", "Bộ Nội vụ", "A"),
)


def test_unknown_headings_are_described_with_samples_and_a_guess() -> None:
    with pytest.raises(UnreadableWorkbook) as refusal:
        read(*STRANGE)
    assert refusal.value.code == "no_header"
    (sheet,) = excel.describe(table(*STRANGE))
    assert [heading for _column, heading in sheet.headings] == list(STRANGE[0])
    assert sheet.samples[5] == ("B", "A")
    assert sheet.guess.places == {1: Column.STEM, 2: 0, 3: 1, 4: 2, 5: Column.KEY}
    assert sheet.guess.is_enough


def test_the_questions_are_read_by_the_columns_that_a_person_names() -> None:
    mapping = ColumnMapping(0, {1: Column.STEM, 2: 0, 3: 1, 4: 2, 5: Column.KEY, 0: Column.SOURCE_ID})
    rows = excel.read(table(*STRANGE), columns={"Đề": mapping}).rows
    assert [(row.draft.source_id, key(row)) for row in rows if row.draft] == [("1", "B"), ("2", "A")]


def test_a_sheet_without_any_headings_can_be_read_by_named_columns() -> None:
    rows = excel.read(
        table(*STRANGE[1:]),
        columns={"Đề": ColumnMapping(-1, {1: Column.STEM, 2: 0, 3: 1, 4: 2, 5: Column.KEY})},
    ).rows
    assert [key(row) for row in rows] == ["B", "A"]


def test_the_same_headings_have_one_fingerprint_in_any_case_and_sheet() -> None:
    first, second = (
        excel.describe(table([h.upper() if is_upper else h for h in STRANGE[0]], *STRANGE[1:]))[0]
        for is_upper in (False, True)
    )
    assert first.fingerprint == second.fingerprint
    assert first.fingerprint != column_mapping.fingerprint(["STT", "Câu hỏi"])


@pytest.mark.parametrize("place", [Column.STEM, Column.KEY, 0, 7, None])
def test_a_place_survives_being_posted(place: Column | int | None) -> None:
    assert parse_place(place_code(place)) == place


@pytest.mark.parametrize("code", ["option:99", "option:x", "NOTHING", "stem"])
def test_an_unknown_place_is_none(code: str) -> None:
    assert parse_place(code) is None


@pytest.mark.parametrize("places", [{}, {0: Column.STEM}, {0: Column.STEM, 1: 0}, {0: 0, 1: 1}])
def test_a_mapping_without_question_or_answers_is_not_enough(places: dict[int, Column | int]) -> None:
    assert not ColumnMapping(0, places).is_enough


OLD = "C¬ quan nµo ban hµnh nghÞ ®Þnh? Quèc héi, ChÝnh phñ, Bé Néi vô"


@pytest.mark.parametrize("font", [".VnTime", "Calibri"])
def test_cells_of_before_unicode_wait_for_a_person_and_are_converted_on_their_word(font: str) -> None:
    def build(book: Any, sheet: Any) -> None:
        old = book.add_format({"font_name": font})
        sheet.write_row(
            0, 0, ("Câu hỏi", "A", "B", "Đáp án") if font == ".VnTime" else ("Cau hoi", "A", "B", "Dap an")
        )
        sheet.write_row(1, 0, (OLD, "Quèc héi", "ChÝnh phñ", "B"), old)

    data = made(build)
    asked = excel.read(data)
    assert [(finding.code, finding.severity) for finding in asked.findings] == [
        ("legacy_encoding", Verdict.HOLD)
    ]
    confirmed = excel.read(data, encoding=Encoding.TCVN3)
    assert [finding.severity for finding in confirmed.findings] == [Verdict.OK]
    assert confirmed.rows[0].preview.startswith("Cơ quan nào ban hành nghị định?")
    assert texts(confirmed.rows[0]) == ["Quốc hội", "Chính phủ"]
    refused = excel.read(data, encoding=Encoding.UTF_8)
    assert (refused.findings, refused.rows[0].preview[:4]) == ((), "C¬ q")


HOUSE = ("Loại", "Câu hỏi", "A", "B", "C", "D", "Đáp án", "Thiết lập", "Tiêu chí chấm", "Thuộc tình huống")
TYPED: dict[str, tuple[tuple[Any, ...], str]] = {
    "true_false_cluster": (
        ("Chùm đúng/sai", "Về khai sinh:", "a", "b", "c", "d", "Đ, S, S, Đ"),
        "a Đ, b S, c S, d Đ",
    ),
    "short_text": (("Trả lời ngắn", "Thủ đô?", "", "", "", "", "Hà Nội | HN"), "Hà Nội / HN"),
    "numeric": (("Điền số", "Bao xa?", "", "", "", "", "3,5 ± 0,1", "đơn vị: km"), "≈ 3,5 ± 0,1 km"),
    "ordering": (("Sắp xếp", "Thứ tự?", "một", "hai", "ba", "", "C, A, B"), "C → A → B"),
    "ranking": (("Xếp hạng theo chuyên gia", "Làm gì trước?", "x", "y", "", "", "A = 1,2; B = 1,8"), "A, B"),
    "matching": (("Ghép đôi", "Ghép:", "", "", "", "", "Luật = Quốc hội\nNghị định = Chính phủ"), "1–a, 2–b"),
    "essay": (
        ("Tự luận", "Trình bày …", "", "", "", "", "Nêu đủ hai ý", "số từ nhiều nhất: 300", "Nội dung (2)"),
        "",
    ),
}


@pytest.mark.parametrize("kind", TYPED)
def test_every_type_is_typed_into_a_row(kind: str) -> None:
    cells, summary = TYPED[kind]
    (row,) = read(HOUSE, cells).rows
    assert row.draft is not None
    assert row.draft.content.type == kind
    assert row.severity in (Verdict.OK, Verdict.HOLD)
    assert "unreadable_key" not in codes(row)
    if summary and kind != "ranking":
        assert row.draft.content.key_summary("vi").replace(" ", "") == summary.replace(" ", "")


@pytest.mark.parametrize(
    "cells",
    [
        ("Chùm đúng/sai", "Về khai sinh:", "a", "b", "c", "d", "Đ, S"),
        ("Điền số", "Bao xa?", "", "", "", "", "xa lắm"),
        ("Sắp xếp", "Thứ tự?", "một", "hai", "ba", "", "C, A, H"),
        ("Ghép đôi", "Ghép:", "", "", "", "", "Luật của Quốc hội"),
        ("Trả lời ngắn", "Thủ đô?", "", "", "", "", "Hà Nội", "cỡ chữ: to"),
    ],
)
def test_a_cell_that_a_type_cannot_read_holds_the_row_and_names_the_cell(cells: tuple[Any, ...]) -> None:
    (row,) = read(HOUSE, cells).rows
    assert row.severity is Verdict.HOLD
    (finding,) = [f for f in row.findings if f.code in ("unreadable_key", "unreadable_setting")]
    assert finding.cell in ("G2", "H2")


def test_a_case_row_takes_the_questions_below_it() -> None:
    part = ("", "", "", "x")
    rows = read(
        HOUSE,
        ("Tình huống", "Ông A đến xã chứng thực chữ ký."),
        ("", "Làm gì?", "một", "hai", "", "", "A", *part[1:]),
        ("Đúng/Sai", "Phải có mặt?", "", "", "", "", "Đúng", "trọng số: 2", *part[2:]),
        ("", "Ai họp?", "một", "hai", "", "", "B"),
    ).rows
    assert [(row.row, row.draft.content.type) for row in rows if row.draft] == [
        (2, "case"),
        (5, "single_choice"),
    ]
    case = rows[0].draft.content if rows[0].draft else None
    assert isinstance(case, Case)
    assert [(part.weight, part.content.type) for part in case.parts] == [
        (1, "single_choice"),
        (2, "true_false"),
    ]
    assert rows[0].severity in (Verdict.OK, Verdict.WARNING)


def test_rows_of_one_passage_are_a_case() -> None:
    head = ("NỘI DUNG", "NỘI DUNG CÂU HỎI", "A", "B", "ĐÁP ÁN")
    rows = read(
        head,
        ("Đoạn văn chung.", "Câu nào đúng?", "một", "hai", "A"),
        ("Đoạn văn chung.", "Câu nào sai?", "ba", "bốn", "B"),
        ("", "Ai họp?", "một", "hai", "B"),
    ).rows
    assert [row.draft.content.type for row in rows if row.draft] == ["case", "single_choice"]
    case = rows[0].draft.content if rows[0].draft else None
    assert isinstance(case, Case)
    assert (plain(case.stem), [plain(p.content.stem) for p in case.parts]) == (
        "Đoạn văn chung.",
        ["Câu nào đúng?", "Câu nào sai?"],
    )


def test_a_part_without_its_case_is_an_item_of_its_own_and_that_is_said() -> None:
    (row,) = read(HOUSE, ("", "Làm gì?", "một", "hai", "", "", "A", "", "", "x")).rows
    assert "part_without_case" in codes(row)
