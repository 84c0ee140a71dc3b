"""The house template: the facts of a question beside its words."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from question_bank.citations import format_citation
from question_bank.formats import excel
from question_bank.formats.excel import RowVerdict, Verdict
from question_bank.text import plain
from question_bank.types.multiple_choice import MultipleChoice
from question_bank.types.true_false import TrueFalse
from tests.question_bank.excel_rows import codes, draft_of, keyed_text, read_one, workbook

HOUSE = ["Mã câu hỏi", "Loại", "Nội dung câu hỏi", "A", "B", "C", "Đáp án", "Căn cứ", "Hiệu lực từ"]
HOUSE += ["Hết hiệu lực", "Năng lực", "Mức độ", "Thời gian (giây)", "Từ khóa", "Giữ vị trí", "Định dạng"]


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
    names |= {"competency": 10, "level": 11, "time": 12, "tags": 13, "pinned": 14, "markup": 15}
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
        tags="bầu cử, công chức;bầu cử",
    )
    draft = draft_of(verdict)
    assert (verdict.severity, draft.source_id, draft.competency) == (Verdict.OK, "17", "KTC.01")
    assert (draft.level, draft.expected_time_s, draft.tags) == ("understand", 90, ("bầu cử", "công chức"))
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
