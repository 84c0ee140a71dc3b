import json
import unicodedata
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import pytest

from question_bank.formats import excel
from question_bank.formats.excel import ImportReading, Verdict
from question_bank.text import plain
from question_bank.types.content import ChoiceContent
from question_bank.types.single_choice import SingleChoice
from tests.question_bank.excel_rows import (
    codes,
    draft_of,
    keyed_text,
    option_texts,
    read_one,
    workbook,
)


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
