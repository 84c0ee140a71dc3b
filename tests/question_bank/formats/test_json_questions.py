"""Questions written as data: JSON, JSON lines and JavaScript in the shapes that people keep quizzes in."""

import json

import pytest

from question_bank.formats import json_questions
from question_bank.formats.column_mapping import ColumnMapping
from question_bank.formats.encoding import UnreadableText
from question_bank.formats.excel_layout import Column
from question_bank.formats.json_records import looks_like_data
from question_bank.formats.reading import ImportReading, RowVerdict, Verdict
from question_bank.formats.workbook import UnreadableWorkbook
from question_bank.text import plain

STEM = "Thủ đô của nước Việt Nam là thành phố nào?"
TEXTS = ["Đà Nẵng", "Hà Nội", "Huế"]


def read(*records: object) -> ImportReading:
    return json_questions.read(json.dumps(records, ensure_ascii=False).encode())


def keyed(row: RowVerdict) -> str:
    """The text of the option that is the key; the letters of several."""
    assert row.draft is not None
    content = row.draft.content
    keys = {getattr(content, "key", None), *getattr(content, "keys", ())}
    return ", ".join(plain(option.text) for option in getattr(content, "options", ()) if option.id in keys)


def codes(row: RowVerdict) -> set[str]:
    return {finding.code for finding in row.findings}


@pytest.mark.parametrize(
    "said",
    [
        {"choices": TEXTS, "answer": "B"},
        {"options": [f"{letter}. {text}" for letter, text in zip("ABC", TEXTS, strict=True)], "answer": "B"},
        {"options": {"A": TEXTS[0], "B": TEXTS[1], "C": TEXTS[2]}, "answer": "B"},
        {"A": TEXTS[0], "B": TEXTS[1], "C": TEXTS[2], "answer": "B"},
        {"options": TEXTS, "answer": "Hà Nội"},
        {"options": TEXTS, "correctIndex": 1, "answer": "B"},
        {"answers": [{"text": text, "isCorrect": text == "Hà Nội"} for text in TEXTS]},
        {"yB": [{"t": text, "nv": text == "Hà Nội", "zK": f"vì {text}"} for text in TEXTS]},
        {"options": [{"id": f"o{n}", "text": text} for n, text in enumerate(TEXTS)], "answer": "o1"},
        {"options": TEXTS, "answer": ["B"]},
    ],
    ids="+".join,
)
def test_every_common_shape_gives_stem_options_and_key(said: dict[str, object]) -> None:
    (row,) = read({"question": STEM, **said}).rows
    assert row.draft is not None
    assert plain(row.draft.content.stem) == STEM
    assert [plain(option.text) for option in getattr(row.draft.content, "options", ())] == TEXTS
    assert keyed(row) == "Hà Nội"


def test_explanations_and_facts_come_along() -> None:
    record = {
        "id": "Q7",
        "question": STEM,
        "options": TEXTS,
        "answer": "B",
        "explanation": "Hiến pháp.",
        "level": "Nhận biết",
        "tags": ["địa lý", "nhà nước"],
    }
    (row,) = read(record).rows
    assert row.draft is not None
    assert (row.draft.source_id, row.draft.tags) == ("Q7", ("nhà nước", "địa lý"))
    assert row.draft.content.rationale == "Hiến pháp."
    commented = [{"text": text, "right": text == "Hà Nội", "why": f"lý do {text}"} for text in TEXTS]
    (row,) = read({"question": STEM, "options": commented}).rows
    assert row.draft is not None
    assert "B. lý do Hà Nội" in plain(row.draft.content.rationale)


def test_numbers_as_keys_count_as_the_whole_file_shows_and_else_wait_for_a_person() -> None:
    def file(*answers: int) -> ImportReading:
        return read(
            *({"question": f"Câu {n}. {STEM}", "options": TEXTS, "answer": a} for n, a in enumerate(answers))
        )

    assert [keyed(row) for row in file(1, 0).rows] == ["Hà Nội", "Đà Nẵng"]
    assert [keyed(row) for row in file(2, 3).rows] == ["Hà Nội", "Huế"]
    for row in file(1, 2).rows:
        assert (keyed(row), row.severity) == ("", Verdict.HOLD)
        assert codes(row) >= {"key_number_ambiguous"}


def test_json_lines_name_a_broken_line_and_read_the_others() -> None:
    good = json.dumps({"question": STEM, "choices": TEXTS, "answer": "B"}, ensure_ascii=False)
    other = good.replace("Thủ đô", "Cố đô")
    reading = json_questions.read(f'{good}\n{{"question": "Cụt\n\n{other}\n{{"x": 1}}\n'.encode())
    assert [(row.row, row.severity) for row in reading.rows] == [
        (1, Verdict.OK),
        (2, Verdict.ERROR),
        (4, Verdict.OK),
        (5, Verdict.ERROR),
    ]
    assert [codes(row) for row in reading.rows if row.draft is None] == [
        {"data_line_malformed"},
        {"data_not_a_question"},
    ]


JAVASCRIPT = """// Bộ câu hỏi
/* hai phần */
import x from 'y';
export const luat = [
  { question: 'Một: STEM', options: ["Đà Nẵng", 'Hà Nội', "Huế",], answer: "B", },
];
const khac = { phan: [{ title: "Chương 1", questions: [
  { question: "Hai: STEM", options: ["Đà Nẵng", "Hà Nội", "Huế"], answer: "C" } ] }] };
module.exports = { luat };
""".replace("STEM", STEM)


def test_arrays_of_javascript_are_read_as_data_wherever_they_stand() -> None:
    reading = json_questions.read(JAVASCRIPT.encode())
    assert [(row.sheet, row.row, keyed(row)) for row in reading.rows] == [
        ("JSON", 1, "Hà Nội"),
        ("phan.1.questions", 1, "Huế"),
    ]


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ('const a = [\n{question: "x",\n options: load("b")}];', "data_malformed", 3),
        ("const a = [`\n`];", "data_malformed", 1),
        ('[{"question": "Cắt giữa chừng', "data_malformed", 1),
        ("[" * 100_000, "data_malformed", 1),
        ('{"a": [1, 2, 3]}', "data_without_questions", None),
        ("alert('x')", "data_without_questions", None),
        ("", "data_without_questions", None),
    ],
)
def test_what_is_no_data_or_holds_no_question_is_refused(text: str, code: str, line: int | None) -> None:
    with pytest.raises(UnreadableText) as refusal:
        json_questions.read(text.encode())
    assert (refusal.value.code, refusal.value.params.get("line")) == (code, line)


def test_every_member_of_a_list_is_read_or_named() -> None:
    many = {"question": STEM + " (nhiều)", "options": [str(n) for n in range(12)], "answer": "A"}
    good = {"question": STEM, "options": TEXTS, "answer": "B"}
    reading = read(good, None, {"question": "?"}, many, {**good, "question": STEM + " (hai)"})
    assert [(row.row, row.draft is not None) for row in reading.rows] == [
        (1, True),
        (2, False),
        (3, False),
        (4, False),
        (5, True),
    ]
    assert "too_many_options" in codes(reading.rows[3])


def test_fields_that_say_nothing_are_named_by_a_person() -> None:
    data = json.dumps([{"q1": STEM, "pa": TEXTS, "kq": "B"}] * 2).encode()
    with pytest.raises(UnreadableWorkbook) as refusal:
        json_questions.read(data)
    assert refusal.value.code == "no_header"
    (sheet,) = json_questions.describe(data)
    assert [heading for _column, heading in sheet.headings] == ["q1", "kq", "A", "B", "C"]
    mapping = ColumnMapping(0, {**sheet.guess.places, 0: Column.STEM, 1: Column.KEY})
    rows = json_questions.read(data, columns={sheet.sheet: mapping}).rows
    assert [keyed(row) for row in rows] == ["Hà Nội", "Hà Nội"]


@pytest.mark.parametrize(
    "text", ["{1:SA:=Hà Nội}", "{T}", "[html] Câu hỏi? {=a ~b}", "Câu 1. Ai ký?", "{\n=a\n}"]
)
def test_text_with_braces_is_no_data(text: str) -> None:
    assert not looks_like_data(text)
