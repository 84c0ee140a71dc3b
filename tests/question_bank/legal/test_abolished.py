"""The maintained list of what no longer exists, and where a text uses it."""

from datetime import date

import pytest

from question_bank.legal.abolished import MESSAGES, abolished_terms, term_list

TODAY = date(2026, 11, 23)


def found(text: str, *, place: str = "stem", on: date = TODAY) -> list[str]:
    return [str(finding.params["text"]) for finding in abolished_terms([(place, text)], on=on)]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Ủy ban nhân dân huyện có thẩm quyền gì?", ["Ủy ban nhân dân huyện"]),
        ("Đơn vị hành chính cấp xã gồm xã, phường, thị trấn.", ["thị trấn"]),
        ("Phòng Tư pháp cấp bản sao nào?", ["Phòng Tư pháp"]),
        ("Công chức tư pháp - hộ tịch làm gì?", ["Công chức tư pháp - hộ tịch"]),
        ("Điều kiện dự thi nâng ngạch là gì?", ["thi nâng ngạch"]),
        ("Bổ nhiệm vào ngạch chuyên viên", ["ngạch"]),
        ("UBND tỉnh Hậu Giang ban hành", ["UBND tỉnh Hậu Giang"]),
        ("Cấp ngày 01.7.2025. Công an huyện giữ.", ["Công an huyện"]),
    ],
)
def test_what_no_longer_exists_is_flagged(text: str, words: list[str]) -> None:
    assert found(text) == words


@pytest.mark.parametrize(
    "text",
    [
        "Trước ngày 01/7/2025, UBND huyện có thẩm quyền gì?",
        "Thị trấn không còn là đơn vị hành chính.",
        "Phường Sóc Trăng thuộc thành phố Cần Thơ.",
        "Hạn ngạch nhập khẩu do ai quy định?",
        "Huyện ủy cũ đã kết thúc hoạt động",
        "Phòng Văn hóa - Xã hội và Phòng Kinh tế cấp xã",
        "Năm 2019, thị trấn nào được công nhận?",
        "Câu chuyện huyền thoại",
    ],
)
def test_history_proper_names_and_other_words_are_not(text: str) -> None:
    assert found(text) == []


def test_a_term_counts_from_the_day_it_was_abolished() -> None:
    assert found("UBND huyện", on=date(2025, 6, 30)) == []
    assert found("UBND huyện", on=date(2025, 7, 1)) == ["UBND huyện"]


def test_an_option_gets_advice_and_the_stem_a_warning() -> None:
    both = abolished_terms([("stem", "Thị trấn là gì?"), ("options/0", "Thị trấn")], on=TODAY)
    assert [finding.severity for finding in both] == ["warning", "info"]


@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_term_says_since_when_by_what_and_what_to_write(language: str) -> None:
    for term in term_list().terms:
        assert term.by
        assert term.advice_vi
        assert term.advice_en
    (finding,) = abolished_terms([("stem", "Thị trấn")], on=TODAY)
    sentence = MESSAGES["abolished_term"][language].format(**finding.params)
    assert all(part in sentence for part in ("Thị trấn", "01/07/2025", "72/2025/QH15"))
