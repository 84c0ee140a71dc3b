import io
import json
import unicodedata
from collections.abc import Callable
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from question_bank.citations import format_citation
from question_bank.formats import excel
from question_bank.formats.excel import ImportReading, RowVerdict, Verdict
from question_bank.items import ItemDraft
from question_bank.text import plain
from question_bank.types.content import ChoiceContent
from question_bank.types.multiple_choice import MultipleChoice
from question_bank.types.single_choice import SingleChoice
from question_bank.types.true_false import TrueFalse

PLAIN_HEADER = ["Nội dung câu hỏi", "A", "B", "C", "D", "Đáp Án "]


def workbook(rows: list[list[Any]], *, header: list[str] | None = None, **formats: str) -> bytes:
    """A workbook of one sheet; a value `(text, number)` is a formula with its stored value."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_urls": False}) as book:
        sheet = book.add_worksheet("Câu hỏi")
        styles = {name: book.add_format({"num_format": code}) for name, code in formats.items()}
        for row, values in enumerate([header or PLAIN_HEADER, *rows]):
            for column, value in enumerate(values):
                match value:
                    case None | "":
                        continue
                    case (str() as style, float() | int() as number) if style in styles:
                        sheet.write_number(row, column, number, styles[style])
                    case (str() as formula, stored):
                        sheet.write_formula(row, column, formula, None, stored)
                    case datetime() | date() | time():
                        sheet.write_datetime(
                            row, column, value, book.add_format({"num_format": "dd/mm/yyyy"})
                        )
                    case str():
                        sheet.write_string(row, column, value)
                    case _:
                        sheet.write(row, column, value)
    return buffer.getvalue()


def read_one(values: list[Any], *, header: list[str] | None = None, **formats: str) -> RowVerdict:
    (verdict,) = excel.read(workbook([values], header=header, **formats)).rows
    return verdict


def codes(verdict: RowVerdict) -> set[str]:
    return {finding.code for finding in verdict.findings}


def draft_of(verdict: RowVerdict) -> ItemDraft:
    assert verdict.draft is not None
    return verdict.draft


def option_texts(verdict: RowVerdict) -> list[str]:
    content = draft_of(verdict).content
    assert isinstance(content, ChoiceContent)
    return [plain(option.text) for option in content.options]


def keyed_text(verdict: RowVerdict) -> str:
    content = draft_of(verdict).content
    assert isinstance(content, SingleChoice)
    return next(plain(option.text) for option in content.options if option.id == content.key)


@pytest.fixture(scope="module")
def real(shared_questions: Path) -> ImportReading:
    return excel.read((shared_questions / "01_onthicongchuc_tonghop_200.xlsx").read_bytes())


def test_every_row_of_the_real_file_is_imported_or_named(real: ImportReading) -> None:
    assert [verdict.row for verdict in real.rows] == list(range(2, 202))
    for verdict in real.rows:
        if verdict.severity in (Verdict.HOLD, Verdict.ERROR):
            assert any(finding.message() and finding.message("en") for finding in verdict.findings)
        else:
            assert draft_of(verdict).problems() == ()
    assert real.count(Verdict.ERROR) == 0


def test_dates_of_the_real_file_are_held_with_their_cell_and_never_printed_as_timestamps(
    real: ImportReading,
) -> None:
    cells = {finding.cell for v in real.rows for finding in v.findings if finding.code == "date_cell"}
    expected = {f"{c}{r}" for r in (170, 171) for c in "BCDE"} | {
        "B195",
        "D195",
        "E195",
        "B196",
        "C196",
        "E196",
    }
    assert cells == expected
    assert all(v.severity is Verdict.HOLD for v in real.rows if v.row in (170, 171, 195, 196))
    shown = json.dumps([v.draft.model_dump(mode="json") if v.draft else v.preview for v in real.rows])
    shown += "".join(finding.message() for v in real.rows for finding in v.findings)
    assert "00:00" not in shown
    assert "2021-01" not in shown


def test_integers_of_the_real_file_are_text_without_decimals(real: ImportReading) -> None:
    by_row = {verdict.row: verdict for verdict in real.rows}
    assert option_texts(by_row[3]) == ["5", "4", "3", "2"]
    assert option_texts(by_row[126]) == ["86", "87", "88", "89"]
    assert keyed_text(by_row[126]) == "87"


def test_all_text_of_the_real_file_is_composed_and_without_odd_spaces(real: ImportReading) -> None:
    for verdict in real.rows:
        text = json.dumps(draft_of(verdict).content.model_dump(mode="json"), ensure_ascii=False)
        assert unicodedata.is_normalized("NFC", text)
        assert "\u00a0" not in text
        assert "&nbsp;" not in text


def test_defects_of_the_real_file_are_told_apart(real: ImportReading) -> None:
    found: dict[str, set[int]] = {}
    for verdict in real.rows:
        for finding in verdict.findings:
            found.setdefault(finding.code, set()).add(verdict.row)
    assert found["option_gap"] == {194}
    assert found["option_missing"] == {197, 200, 201}
    assert found["equal_options"] == {73, 149, 198, 199}
    assert found["duplicate_item"] == {134, 146, 181}
    assert {128, 129, 143, 144, 168, 169, 192, 193} <= found["conflicting_keys"]
    assert not found["conflicting_keys"] & found["duplicate_item"]


def test_combinations_of_the_real_file_cannot_be_broken_by_shuffling(real: ImportReading) -> None:
    by_row = {v.row: draft_of(v).content.shuffle_units() for v in real.rows}
    for row in (107, 36, 41, 133, 192):
        assert by_row[row].locked
    for row in (4, 26, 54, 80, 131, 140, 188):
        assert len(by_row[row].pinned) == 1
    for verdict in real.rows:
        content = draft_of(verdict).content
        assert isinstance(content, ChoiceContent)
        warned = [o for o in content.options if plain(o.text).casefold().startswith("cảnh cáo")]
        assert not any(option.pinned for option in warned)


def test_a_held_date_keeps_its_place_so_that_a_person_can_retype_it() -> None:
    verdict = read_one(["Bao nhiêu phần?", date(2021, 1, 3), "một nửa", "hai phần ba", "tất cả số", "A"])
    assert (verdict.severity, codes(verdict)) == (Verdict.HOLD, {"date_cell"})
    assert option_texts(verdict) == ["", "một nửa", "hai phần ba", "tất cả số"]
    assert "B2" in verdict.findings[0].message()
    assert "1/3" in verdict.findings[0].message()


@pytest.mark.parametrize("value", [datetime(2020, 1, 7, 8, 30), time(7, 30)])  # noqa: DTZ001 - cells have no zone
def test_a_time_typed_option_is_held(value: datetime | time) -> None:
    assert read_one(["Khi nào?", value, "b", "c", "d", "B"]).severity is Verdict.HOLD


@pytest.mark.parametrize(
    ("style", "number", "text"),
    [("0%", 0.1, "10%"), ("0.0%", 0.125, "12,5%"), ("# ?/?", 0.5, "1/2"), ("# ?/?", 1.25, "1 1/4")],
)
def test_percents_and_fractions_are_read_as_shown_and_named(style: str, number: float, text: str) -> None:
    verdict = read_one(["Bao nhiêu?", ("style", number), "b", "c", "d", "A"], style=style)
    assert keyed_text(verdict) == text
    assert codes(verdict) == {"number_rendered"}


def test_decimals_have_a_comma_and_no_noise() -> None:
    assert option_texts(read_one(["?", 0.1 + 0.2, 1e3, -0.5, 12, "A"])) == ["0,3", "1000", "-0,5", "12"]


def test_formulas_count_by_their_value_and_are_named() -> None:
    verdict = read_one(["Mấy?", ("=1+1", 2), "b", "c", "d", "A"])
    assert keyed_text(verdict) == "2"
    assert [(f.code, f.cell) for f in verdict.findings] == [("formula_value", "B2")]
    empty = read_one(["Mấy?", ("=A9", ""), "b", "c", "d", "B"])
    assert (empty.severity, "formula_without_value" in codes(empty)) == (Verdict.HOLD, True)
    error = read_one(["Mấy?", ("=NA()", "#N/A"), "b", "c", "d", "B"])
    assert (error.severity, "error_cell" in codes(error)) == (Verdict.HOLD, True)


def test_text_that_looks_like_a_formula_stays_text() -> None:
    verdict = read_one(["=SUM(A1)?", "=1+1", "+b", "-c", "@d", "A"])
    assert verdict.severity is Verdict.OK
    assert keyed_text(verdict) == "=1+1"


def test_line_breaks_and_sublists_are_kept_as_they_are() -> None:
    verdict = read_one(["Dòng 1\nDòng 2", "a. Một\nb. Hai", "x", "y", "z", "A"])
    content = draft_of(verdict).content
    assert isinstance(content, SingleChoice)
    assert (content.stem, content.options[0].text) == ("Dòng 1<br>Dòng 2", "a. Một<br>b. Hai")
    assert not content.order_locked


def test_angle_brackets_in_a_cell_are_text() -> None:
    verdict = read_one(["Nếu a<b và <b>đậm</b>?", "<script>", "x<y", "y", "z", "B"])
    assert plain(draft_of(verdict).content.stem) == "Nếu a<b và <b>đậm</b>?"
    assert option_texts(verdict)[:2] == ["<script>", "x<y"]


def test_a_gap_keeps_the_key_on_its_option() -> None:
    verdict = read_one(["?", "một", "hai", None, "bốn", "D"])
    assert (codes(verdict), keyed_text(verdict)) == ({"option_gap"}, "bốn")
    assert verdict.findings[0].cell == "D2"


def test_a_gap_beside_an_option_that_names_letters_is_held() -> None:
    verdict = read_one(["?", "một", None, "ba", "Cả A và C", "D"])
    assert (verdict.severity, "gap_shifts_letters" in codes(verdict)) == (Verdict.HOLD, True)


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("B", "hai"),
        (" b. ", "hai"),
        ("Đáp án B", "hai"),
        ("B)", "hai"),
        (2, "hai"),
        ("2", "hai"),
        ("Hai", "hai"),
    ],
)
def test_keys_are_read_as_letters_positions_or_option_texts(key: str | int, text: str) -> None:
    assert keyed_text(read_one(["?", "một", "hai", "ba", "bốn", key])) == text


@pytest.mark.parametrize(
    ("values", "code"),
    [
        (["?", "một", "hai", "ba", "bốn", None], "no_key"),
        (["?", "một", "hai", "ba", "bốn", "X"], "unreadable_key"),
        (["?", "một", "hai", None, None, "D"], "key_without_option"),
        (["?", 5, 4, 3, 2, 2], "ambiguous_key"),
        (["?", "một", " MỘT ", "ba", "bốn", "A"], "equal_options"),
        (["?", "một", None, None, None, "A"], "too_few_options"),
    ],
)
def test_what_needs_a_decision_is_held_with_its_draft(values: list[Any], code: str) -> None:
    verdict = read_one(values)
    assert (verdict.severity, code in codes(verdict)) == (Verdict.HOLD, True)
    assert verdict.draft is not None


def test_a_row_without_question_is_an_error_and_an_empty_row_is_none() -> None:
    reading = excel.read(
        workbook([[None, "a", "b", None, None, "A"], [], ["  "], ["?", "a", "b", None, None, "A"]])
    )
    assert [(v.row, v.severity) for v in reading.rows] == [(2, Verdict.ERROR), (5, Verdict.OK)]


def test_equal_stems_with_one_answer_are_a_warning_even_under_other_letters() -> None:
    rows = [["Hòa giải là gì?", "x", "y", None, None, "A"], ["hoà  giải là gì", "z", "x", None, None, "B"]]
    first, second = excel.read(workbook(rows)).rows
    assert (first.severity, second.severity) == (Verdict.OK, Verdict.WARNING)
    assert "2 (Câu hỏi)" in second.findings[-1].message()


def test_equal_stems_with_conflicting_answers_are_all_held() -> None:
    rows = [["Ai ký?", "x", "y", None, None, key] for key in ("A", "A", "B")]
    verdicts = excel.read(workbook(rows)).rows
    assert {(v.severity, "conflicting_keys" in codes(v)) for v in verdicts} == {(Verdict.HOLD, True)}


HOUSE = ["Mã câu hỏi", "Loại", "Nội dung câu hỏi", "A", "B", "C", "Đáp án", "Căn cứ", "Hiệu lực từ"]
HOUSE += ["Hết hiệu lực", "Năng lực", "Mức độ", "Thời gian (giây)", "Từ khóa", "Giữ vị trí", "Định dạng"]
HOUSE.append("Độ khó ước lượng")


def house(**cells: Any) -> RowVerdict:
    names = {
        "code": 0,
        "type": 1,
        "stem": 2,
        "a": 3,
        "b": 4,
        "c": 5,
        "key": 6,
        "basis": 7,
        "start": 8,
        "end": 9,
    }
    names |= {"competency": 10, "level": 11, "time": 12, "tags": 13, "pinned": 14, "markup": 15, "rating": 16}
    values: list[Any] = [None] * len(HOUSE)
    for name, value in {"stem": "?", "a": "một", "b": "hai", "c": "ba", "key": "A", **cells}.items():
        values[names[name]] = value
    return read_one(values, header=HOUSE)


def test_the_facts_of_the_house_template_are_read() -> None:
    verdict = house(
        code=17,
        basis="Khoản 2 Điều 10 Luật số 80/2025/QH15\nĐiều 5 Nghị định 150/2025/NĐ-CP",
        start=date(2025, 7, 1),
        end="- \n01/03/2027",
        competency="ktc.01",
        level="Thông hiểu",
        time=90,
        rating="rất khó",
        tags="bầu cử, công chức;bầu cử",
    )
    draft = draft_of(verdict)
    assert (verdict.severity, draft.source_id, draft.competency) == (Verdict.OK, "17", "KTC.01")
    assert (draft.level, draft.expected_time_s, draft.tags) == ("understand", 90, ("bầu cử", "công chức"))
    assert draft.difficulty_rating == "very_hard"
    assert [format_citation(c) for c in draft.citations] == [
        "Khoản 2 Điều 10 Luật số 80/2025/QH15",
        "Điều 5 Nghị định số 150/2025/NĐ-CP",
    ]
    assert [c.in_force_from for c in draft.citations] == [date(2025, 7, 1)] * 2
    assert [c.in_force_to for c in draft.citations] == [None, date(2027, 3, 1)]


@pytest.mark.parametrize(
    ("cells", "code"),
    [
        ({"level": "siêu khó"}, "unknown_level"),
        ({"rating": "khó vừa"}, "unknown_rating"),
        ({"competency": "??"}, "invalid_competency_code"),
        ({"time": "lâu"}, "invalid_time"),
        ({"basis": "theo quy định hiện hành"}, "citation_unreadable"),
        ({"start": date(2025, 7, 1)}, "dates_without_basis"),
        ({"basis": "80/2025/QH15", "start": "hôm qua"}, "unreadable_date"),
        ({"basis": "80/2025/QH15", "start": "1/7/2025", "end": "1/7/2025"}, "invalid_dates"),
        ({"pinned": "đâu đó"}, "unknown_pinning"),
    ],
)
def test_an_unreadable_fact_is_a_warning_and_the_item_still_comes(cells: dict[str, Any], code: str) -> None:
    verdict = house(**cells)
    assert (verdict.severity, codes(verdict)) == (Verdict.WARNING, {code})
    assert all(finding.message(language) for finding in verdict.findings for language in ("vi", "en"))


def test_a_legal_basis_that_is_not_understood_is_kept_as_written() -> None:
    assert draft_of(house(basis="theo Quy chế của cơ quan")).citations[0].title == "theo Quy chế của cơ quan"


def test_types_are_read_and_unknown_ones_refused() -> None:
    several = draft_of(house(type="Nhiều lựa chọn, tính điểm từng phần", key="A, C")).content
    assert isinstance(several, MultipleChoice)
    assert (several.rule, len(several.keys)) == ("partial", 2)
    for key, truth in (("Đúng", True), ("SAI", False), (True, True)):
        statement = draft_of(house(type="Đúng/Sai", a=None, b=None, c=None, key=key)).content
        assert isinstance(statement, TrueFalse)
        assert statement.key is truth
    assert (house(type="Vấn đáp").severity, house(type="Vấn đáp").draft) == (Verdict.ERROR, None)
    assert "several_keys" in codes(house(type="Một lựa chọn", key="A, B"))
    assert codes(house(type="Đúng/Sai", key="Đúng")) == {"true_false_with_options"}


def test_an_empty_type_is_inferred_from_key_and_options_and_said() -> None:
    assert isinstance(draft_of(house(key="A,B")).content, MultipleChoice)
    assert isinstance(draft_of(house(key="Đúng", a=None, b=None, c=None)).content, TrueFalse)
    assert "type_inferred" in codes(house(key="A,B"))


def test_the_author_decides_what_keeps_its_place() -> None:
    def units(pinned: str) -> tuple[int, bool]:
        shuffle = draft_of(house(c="Cả hai", pinned=pinned)).content.shuffle_units()
        return len(shuffle.pinned), shuffle.locked

    assert [units(""), units("Không"), units("A, B"), units("Tất cả")] == [
        (1, False),
        (0, False),
        (2, False),
        (0, True),
    ]


def test_html_is_read_only_where_the_row_says_so_and_is_sanitised() -> None:
    stem = '<p onclick="x()">m<sup>2</sup></p><script>alert(1)</script>'
    assert draft_of(house(stem=stem, markup="HTML")).content.stem == "<p>m<sup>2</sup></p>"
    assert plain(draft_of(house(stem=stem)).content.stem) == stem


def test_a_source_id_used_twice_is_held() -> None:
    rows = [["Q1", None, stem, "a", "b", None, "A"] for stem in ("một?", "hai?")]
    for verdict in excel.read(workbook(rows, header=HOUSE[:7])).rows:
        assert (verdict.severity, codes(verdict)) == (Verdict.HOLD, {"duplicate_source_id"})


def test_headers_of_practice_are_found_below_a_title_and_a_passage_is_joined() -> None:
    header = ["DANH SÁCH CÂU HỎI"]
    rows = [
        ["STT", "NỘI DUNG", "NỘI DUNG CÂU HỎI", "Phương án 1", "Phương án 2", "ĐÁP ÁN", "Ghi chú"],
        [1, "Ông A nộp đơn.", "Xử lý thế nào?", "trả lại", "thụ lý", "B", "x"],
        [2, None, None, None, None, None, None],
    ]
    reading = excel.read(workbook(rows, header=header))
    (verdict,) = reading.rows
    assert plain(draft_of(verdict).content.stem) == "Ông A nộp đơn.\nXử lý thế nào?"
    assert (keyed_text(verdict), codes(verdict)) == ("thụ lý", {"passage_joined"})
    assert [f.code for f in reading.findings] == ["column_ignored"]


@pytest.mark.parametrize("make", [lambda: "x" * 40_000, lambda: "&" * 20_000])
def test_a_text_beyond_the_limit_is_an_error_not_a_crash(make: Callable[[], str]) -> None:
    verdict = read_one([make()[:32_700], "a", "b", "c", "d", "A"])
    assert (verdict.severity, codes(verdict)) == (Verdict.ERROR, {"invalid_value"})
