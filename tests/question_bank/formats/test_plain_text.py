from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from question_bank.formats import plain_text
from question_bank.formats.encoding import Encoding, UnreadableText
from question_bank.formats.reading import ImportReading, RowVerdict, Verdict
from question_bank.taxonomy import CognitiveLevel
from question_bank.text import plain
from question_bank.types.content import ChoiceContent, option_label
from question_bank.types.multiple_choice import MultipleChoice
from question_bank.types.single_choice import SingleChoice
from question_bank.types.true_false import TrueFalse


def rows(text: str) -> tuple[RowVerdict, ...]:
    return plain_text.read(text.encode()).rows


def codes(row: RowVerdict) -> set[str]:
    return {finding.code for finding in row.findings}


def texts(row: RowVerdict) -> list[str]:
    assert row.draft is not None
    assert isinstance(row.draft.content, ChoiceContent)
    return [plain(option.text) for option in row.draft.content.options]


def key(row: RowVerdict) -> str:
    """The letters of the keyed options."""
    assert row.draft is not None
    content = row.draft.content
    assert isinstance(content, SingleChoice | MultipleChoice)
    keys = {content.key} if isinstance(content, SingleChoice) else set(content.keys)
    return "".join(option_label(i) for i, option in enumerate(content.options) if option.id in keys)


@pytest.mark.parametrize(
    "start", ["Câu 1.", "Câu 1:", "Câu 01:", "CÂU 1)", "Câu hỏi 1:", "Câu 1", "1.", "1)", "1/", "[1]"]
)
@pytest.mark.parametrize("marker", ["A.", "a)", "a.", "A )", "(A)", "A/"])
def test_every_numbering_and_every_option_marker_is_read(start: str, marker: str) -> None:
    lines = [f"{start} Ai ký?"] + [f"{marker.replace('A', c).replace('a', c.lower())} {c}1" for c in "ABC"]
    (row,) = rows("\n".join([*lines, "Đáp án: B"]))
    assert (row.preview, texts(row), key(row)) == ("Ai ký?", ["A1", "B1", "C1"], "B")


@pytest.mark.parametrize(
    "line",
    [
        "Đáp án D",
        "Đáp án: D",
        "ANSWER: D",
        "✅ Đáp án: D. bốn",
        "=> Đáp án đúng là D",
        "ĐÁP ÁN : d",
        "Đ/A: D.",
        "Đáp án: bốn",
    ],
)
def test_every_way_to_state_the_key_is_understood(line: str) -> None:
    (row,) = rows(f"Câu 1. Ai?\nA. một\nB. hai\nC. ba\nD. bốn\n{line}")
    assert (key(row), row.severity) == ("D", Verdict.OK)


@pytest.mark.parametrize(
    "line", ["A. 2001.B. 2002.C. 2003", "A.2001. B.2002. C.2003", "A) 2001   B) 2002   C) 2003"]
)
def test_options_glued_on_one_line_are_told_apart(line: str) -> None:
    (row,) = rows(f"Câu 1. Năm nào?\n{line}\nĐáp án C")
    assert [text.rstrip(".") for text in texts(row)] == ["2001", "2002", "2003"]
    assert key(row) == "C"


def test_a_question_that_begins_inside_a_line_is_found() -> None:
    first, second = rows("Câu hỏi 1: Một? A. a B. b. Câu hỏi 2: Hai? A. c B. d")
    assert (texts(first), texts(second)) == (["a", "b."], ["c", "d"])


def test_markers_in_ordinary_text_are_no_options() -> None:
    stem = "Công dân:\na) đủ 18 tuổi;\nb) có sức khỏe\nthì theo Điều 5. được gì?"
    text = f"Câu 1. {stem}\nA. một\nB. hai a) và b)\nĐáp án: A"
    (row,) = rows(text)
    assert plain(row.preview) == "Công dân:\na) đủ 18 tuổi;\nb) có sức khỏe thì theo Điều 5. được gì?"
    assert texts(row) == ["một", "hai a) và b)"]


def test_a_list_inside_an_option_stays_in_it() -> None:
    (row,) = rows("Câu 1. Chọn?\nA. gồm:\na. x\nb. y\nB. không\nĐáp án: A")
    assert texts(row) == ["gồm:\na. x\nb. y", "không"]


def test_wrapped_lines_are_joined_over_an_empty_line() -> None:
    (row,) = rows("Câu 1. Giữ gìn văn\n\nminh ở\nđâu?\nA. công\nsở\nB. nhà\nĐáp án: A")
    assert (row.preview, texts(row)) == ("Giữ gìn văn minh ở đâu?", ["công sở", "nhà"])


@pytest.mark.parametrize(
    "table",
    ["ĐÁP ÁN\n1B 2A 3C", "Bảng đáp án:\n1. B\n2. A\n3. C", "1-B; 2-A; 3-C", "Câu 1 2 3\nĐáp án B A C"],
)
def test_a_key_table_at_the_end_gives_the_keys(table: str) -> None:
    questions = "\n".join(f"Câu {n}. Hỏi {n}?\nA. a\nB. b\nC. c" for n in (1, 2, 3))
    assert [key(row) for row in rows(f"{questions}\n\n{table}\n")] == ["B", "A", "C"]


def test_a_key_table_that_counts_two_parts_is_not_guessed() -> None:
    questions = "\n".join(f"Câu {n}. Hỏi {m}?\nA. a\nB. b" for m, n in enumerate((1, 2, 1, 2)))
    reading = plain_text.read(f"{questions}\nĐÁP ÁN\n1A 2B 1B 2A".encode())
    assert "key_table_ambiguous" in {finding.code for finding in reading.findings}
    assert all("no_key" in codes(row) for row in reading.rows)


def test_a_star_marks_the_key() -> None:
    first, second = rows("Câu 1. Một?\nA. a\n*B. b\nCâu 2. Hai?\nA. c (*)\nB. d")
    assert (key(first), key(second), texts(second)) == ("B", "A", ["c", "d"])


def test_marks_that_contradict_each_other_wait_for_a_person() -> None:
    (row,) = rows("Câu 1. Một?\nA. a\n*B. b\nĐáp án: A")
    assert (row.severity, key(row)) == (Verdict.HOLD, "")
    assert "keys_conflict" in codes(row)


def test_several_keys_make_multiple_choice_and_that_is_said() -> None:
    (row,) = rows("Câu 1. Chọn\nA. a\nB. b\nC. c\nĐáp án: A và C")
    assert key(row) == "AC"
    assert codes(row) == {"taken_as_multiple"}


def test_a_judgement_without_options_is_true_false() -> None:
    (row,) = rows("Câu 1. Xã là đơn vị hành chính.\nĐáp án: Đúng")
    assert row.draft is not None
    assert row.draft.content == TrueFalse(stem="Xã là đơn vị hành chính.", key=True)


def test_basis_level_and_rationale_are_read() -> None:
    fields = "Căn cứ: Khoản 2 Điều 5 Nghị định 150/2025/NĐ-CP\nMức độ: Vận dụng\nGiải thích: vì\nthế"
    text = f"Câu 1. Ai?\nA. a\nB. b\nĐáp án: A\n{fields}"
    (row,) = rows(text)
    assert row.draft is not None
    assert row.draft.citations[0].document_number == "150/2025/NĐ-CP"
    assert (row.draft.level, plain(row.draft.content.rationale)) == (CognitiveLevel.APPLY, "vì\nthế")


def test_noise_is_no_part_of_a_question_and_every_line_of_it_is_named() -> None:
    text = (
        "BỘ CÂU HỎI\nCâu 1. Ai?\nA. a\nB. b\nTrang 3/10\n\nTổ chức Đảng\nCâu 2. Gì?\nA. c\nB. d\n[link]\nMODUL 2\n"
        "Câu 3. Sao?\nA. e\nB. f"
    )
    reading = plain_text.read(text.encode())
    assert [texts(row) for row in reading.rows] == [["a", "b"], ["c", "d"], ["e", "f"]]
    said = [f.params["text"] for row in reading.rows for f in row.findings if f.code == "line_ignored"]
    assert {f.params["text"] for f in reading.findings} | set(said) == {
        "BỘ CÂU HỎI",
        "Trang 3/10",
        "Tổ chức Đảng",
        "[link]",
        "MODUL 2",
    }


def test_an_option_in_capitals_is_no_heading() -> None:
    (row,) = rows("Câu 1. Ở đâu?\nA. HỘI TRƯỜNG LỚN\nB. PHÒNG HỌP SỐ MỘT\nC. NHÀ VĂN HÓA XÃ\nĐáp án: C")
    assert (len(texts(row)), key(row), row.severity) == (3, "C", Verdict.OK)


def test_a_lost_option_letter_holds_the_question() -> None:
    (row,) = rows("Câu 1. Ai?\nA. a\nb\nC. c\nD. d\nĐáp án: D")
    assert (row.severity, key(row)) == (Verdict.HOLD, "C")
    assert "option_label_missing" in codes(row)


@pytest.mark.parametrize("text", ["Câu 1. Chỉ có phần dẫn", "Câu 1. Ai?\nC. chỉ phương án đúng"])
def test_an_incomplete_question_is_named_beside_complete_ones(text: str) -> None:
    first, second = rows(f"{text}\nCâu 2. Gì?\nA. a\nB. b\nĐáp án: A")
    assert "too_few_options" in codes(first)
    assert second.severity is Verdict.OK


def test_a_key_that_names_no_option_is_held() -> None:
    (row,) = rows("Câu 1. Ai?\nA. a\nB. b\nĐáp án: E")
    assert (row.severity, codes(row)) == (Verdict.HOLD, {"key_not_found"})


def test_unnumbered_questions_end_with_their_key_or_an_empty_line() -> None:
    first, second, third = rows("Ai?\nA. a\nB. b\nANSWER: A\nGì?\nA. c\nB. d\n\nSao?\nA. e\nB. f")
    assert [texts(row) for row in (first, second, third)] == [["a", "b"], ["c", "d"], ["e", "f"]]


def test_a_table_with_a_header_is_read_as_a_spreadsheet_and_formulas_stay_text(shared_interop: Path) -> None:
    first, second = plain_text.read((shared_interop / "nasty" / "formula_injection.csv").read_bytes()).rows
    assert first.preview == "=1+1"
    assert texts(first) == ["+1", "-1", "@SUM(A1)", '=HYPERLINK("http://x","y")']
    assert key(second) == "A"


@pytest.mark.parametrize(
    "text", ['const q = [\n{ "a": "Câu 1. Ai?",\n"b": "A. x",\n},\n];', "Không có câu hỏi nào ở đây.", ""]
)
def test_what_holds_no_questions_is_refused(text: str) -> None:
    with pytest.raises(UnreadableText):
        plain_text.read(text.encode())


@pytest.mark.parametrize(
    ("name", "count", "keys"),
    [
        ("10_layout_trangtinphapluat_inline-lowercase_dapan-line.txt", 2, "DA"),
        ("12_layout_quangbinh2016_cau-hoi-N_glued-options.txt", 3, ""),
        ("14_layout_nganhang-cauhoi-2013_table_phuongan1-4_basis-inside-option.txt", 2, ""),
        ("16_layout_citd_tinhoc_modul_no-key.txt", 3, ""),
        ("18_layout_ltccqdp2025_web_truncated.txt", 2, "A"),
    ],
)
def test_every_question_of_the_real_texts_is_found(
    name: str, count: int, keys: str, shared_questions: Path
) -> None:
    reading = plain_text.read((shared_questions / name).read_bytes())
    assert len(reading.rows) == count
    assert "".join(key(row) for row in reading.rows) == keys
    assert all(row.draft is not None and row.preview for row in reading.rows)
    complete = [row for row in reading.rows if "too_few_options" not in codes(row)]
    assert all(len(texts(row)) in (3, 4) for row in complete)


@pytest.mark.parametrize("name", ["05_qlnn_common.js.txt", "06_luat_cbcc_2025_obfuscated.js.txt"])
def test_programs_among_the_real_files_are_refused_with_the_reason(name: str, shared_questions: Path) -> None:
    with pytest.raises(UnreadableText) as refusal:
        plain_text.read((shared_questions / name).read_bytes())
    assert refusal.value.code == "program_text"


@pytest.mark.parametrize(
    ("name", "encoding"),
    [
        ("vi_crlf_mixed.txt", None),
        ("vi_tcvn3_abc.txt", Encoding.TCVN3),
        ("vi_vni_windows.txt", Encoding.VNI),
        ("vi_mojibake_utf8_as_latin1.txt", Encoding.DOUBLE_UTF_8),
    ],
)
def test_every_encoding_gives_the_same_question_and_legacy_ones_block_until_confirmed(
    name: str, encoding: Encoding | None, shared_interop: Path
) -> None:
    data = (shared_interop / "nasty" / name).read_bytes()
    unconfirmed = plain_text.read(data)
    (row,) = unconfirmed.rows
    assert row.preview == "Thủ đô của nước Việt Nam là thành phố nào?"
    assert (texts(row), key(row)) == (["Hà Nội", "Đà Nẵng", "Huế", "Cần Thơ"], "A")
    assert any(finding.severity is Verdict.HOLD for finding in unconfirmed.findings) is (encoding is not None)
    confirmed = plain_text.read(data, encoding=encoding)
    assert not any(finding.severity is Verdict.HOLD for finding in confirmed.findings)


PIECES = [
    "Câu 1. ", "Câu 2:", "Câu hỏi 3: ", "1. ", "[1] ", "A. ", "B. ", "C) ", "a) ", "\n", "\n\n", "Đáp án: A",
    "ANSWER: B", "Đáp án: ", "Căn cứ: ", "1A 2B 3C", "*", "(x)", "MODUL 1", "Trang 1",
    "\t", "STT\tCâu hỏi\tA\tB\tĐáp án\n", ";", "x y z",
]  # fmt: skip


def outcome(text: str) -> ImportReading | None:
    try:
        return plain_text.read(text.encode("utf-8", "surrogatepass"))
    except UnreadableText as refusal:
        assert refusal.message("vi")  # noqa: PT017 - both outcomes are fine; each must have its sentence
        return None


@given(st.lists(st.sampled_from(PIECES) | st.text(max_size=4), max_size=30).map("".join))
@settings(max_examples=400, deadline=None)
def test_any_text_is_read_or_refused_by_the_typed_error(text: str) -> None:
    reading = outcome(text)
    if reading is not None:
        findings = [*reading.findings, *(f for row in reading.rows for f in row.findings)]
        assert all(finding.message("vi") and finding.message("en") for finding in findings)


@given(
    st.lists(
        st.sampled_from(["Câu {n}. Ai?", "A. x", "B. y", "Đáp án: A", "chữ", "", "Trang 3", "MODUL 1"]),
        max_size=25,
    )
)
@settings(max_examples=300, deadline=None)
def test_no_word_of_a_document_is_lost(lines: list[str]) -> None:
    numbered = [line.format(n=index) for index, line in enumerate(lines, start=1)]
    marked = [
        f"{line} w{index}w" if line and not line.startswith("Đáp") else line
        for index, line in enumerate(numbered)
    ]
    reading = outcome("\n".join(marked))
    if reading is None:
        return
    said = [str(value) for row in reading.rows for f in row.findings for value in f.params.values()]
    said += [str(value) for f in reading.findings for value in f.params.values()]
    said += [row.draft.model_dump_json() for row in reading.rows if row.draft is not None]
    everything = " ".join(said)
    assert [
        line for index, line in enumerate(marked) if f"w{index}w" in line and f"w{index}w" not in everything
    ] == []


HOSTILE = {
    "spaces": " " * 90_000 + "x",
    "markers": "A. " * 30_000,
    "one question of many lines": "Câu 1. x\n" + "chữ\n" * 50_000,
    "numbers": "1. x\n" * 40_000,
    "titles": "MODUL 1\n" * 40_000,
    "keys": "Câu 1. x\n" + "Đáp án: zz\n" * 40_000,
    "stars": "Câu 1. x\nA. " + "*" * 90_000 + "x\nB. y",
    "pairs": ("1A, " * 20_000 + "\n") * 20 + "Câu 1. x",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_repetition_is_read_in_one_pass(name: str) -> None:
    # Reading these in quadratic time would run far beyond the time that a test may take.
    reading = outcome(HOSTILE[name])
    assert reading is None or len(reading.rows) < 20_001
