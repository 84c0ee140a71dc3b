from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from question_bank.citations import (
    Citation,
    InvalidDocumentNumber,
    UnreadableCitation,
    format_citation,
    parse_citation,
    parse_citations,
    parse_document_number,
)


@pytest.mark.parametrize(
    ("text", "printed", "kind"),
    [
        ("001/2025/TT-BNV", "001/2025/TT-BNV", "Thông tư"),
        ("45-QĐ/TW", "45-QĐ/TW", "Quy định"),
        ("80/2025/QH15", "80/2025/QH15", "Luật"),
        ("1668/NQ-UBTVQH15", "1668/NQ-UBTVQH15", "Nghị quyết"),
        ("09/CV-BCĐ", "09/CV-BCĐ", "Công văn"),
        ("Số: 641/QĐ-UBND", "641/QĐ-UBND", "Quyết định"),
        ("01/2024/TTLT-BNV-BTC", "01/2024/TTLT-BNV-BTC", "Thông tư liên tịch"),
        ("8537/QĐ-HĐTNN", "8537/QĐ-HĐTNN", "Quyết định"),
        ("150 / 2025 / nđ–cp", "150/2025/NĐ-CP", "Nghị định"),
        ("150/2025/ND-CP", "150/2025/NĐ-CP", "Nghị định"),
        ("01-NQ/TU", "01-NQ/TU", "Nghị quyết"),
        ("12/2025/QĐ-TTG", "12/2025/QĐ-TTg", "Quyết định"),
        ("63/SL", "63/SL", None),
    ],
)
def test_document_numbers_of_every_kind_are_read(text: str, printed: str, kind: str | None) -> None:
    number = parse_document_number(text)
    assert (number.text, number.kind_name) == (printed, kind)
    assert parse_document_number(number.text) == number


@pytest.mark.parametrize(
    "text", ["", "12", "01/7/2025", "1/2", "80/2025", "QH15", "80/2025/", "Luật 80/2025/QH15"]
)
def test_what_is_no_document_number_is_refused(text: str) -> None:
    with pytest.raises(InvalidDocumentNumber) as refusal:
        parse_document_number(text)
    assert refusal.value.code == "invalid_document_number"


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        (
            "Khoản 2 Điều 10 Luật số 80/2025/QH15",
            {"document_number": "80/2025/QH15", "article": "10", "clause": "2"},
        ),
        (
            "điểm b khoản 1 Điều 5 Nghị định 150/2025/NĐ-CP",
            {"document_number": "150/2025/NĐ-CP", "article": "5", "clause": "1", "point": "b"},
        ),
        (
            "Luật Cán bộ, công chức (số 80/2025/QH15), Điều 27",
            {"document_number": "80/2025/QH15", "title": "Luật Cán bộ, công chức", "article": "27"},
        ),
        (
            "Điều 3, Thông tư số 001/2025/TT-BNV ngày 17/3/2025 của Bộ Nội vụ",
            {"document_number": "001/2025/TT-BNV", "article": "3"},
        ),
        ("Quyết định số 244-QĐ/TW", {"document_number": "244-QĐ/TW", "title": "Quyết định"}),
        (
            "Theo khoản 1 Điều 8 Hiến pháp năm 2013",
            {"title": "Hiến pháp năm 2013", "article": "8", "clause": "1"},
        ),
        ("điểm đ khoản 4a Điều 12b 1/2025/NĐ-CP", {"document_number": "1/2025/NĐ-CP", "article": "12b"}),
    ],
)
def test_free_text_gives_document_and_place(text: str, fields: dict[str, str]) -> None:
    citation = parse_citation(text)
    assert {name: getattr(citation, name) for name in fields} == fields
    assert parse_citation(format_citation(citation)) == citation


@pytest.mark.parametrize(
    "text", ["", "theo quy định hiện hành", "Luật Tổ chức chính quyền địa phương", "Điều 5"]
)
def test_a_basis_without_document_is_refused(text: str) -> None:
    with pytest.raises(UnreadableCitation):
        parse_citation(text)


def test_a_list_of_places_becomes_one_citation_each() -> None:
    citations = parse_citations(
        "khoản 1, 2 và 4 Điều 5 Luật số 80/2025/QH15; Điều 7 Nghị định 150/2025/NĐ-CP"
    )
    assert [(c.article, c.clause) for c in citations] == [("5", "1"), ("5", "2"), ("5", "4"), ("7", None)]


@pytest.mark.parametrize(
    "text", ["điểm a khoản 1 và khoản 3 Điều 5 Luật số 80/2025/QH15", "Điều 1 Điều 2 80/2025/QH15"]
)
def test_an_ambiguous_list_is_refused_not_guessed(text: str) -> None:
    with pytest.raises(UnreadableCitation):
        parse_citations(text)


def test_the_first_day_out_of_force_is_out_of_force() -> None:
    citation = Citation(
        document_number="33/2023/NĐ-CP", in_force_from=date(2023, 8, 1), in_force_to=date(2025, 7, 1)
    )
    assert [citation.is_in_force_on(date(2023, 7, 31)), citation.is_in_force_on(date(2023, 8, 1))] == [
        False,
        True,
    ]
    assert [citation.is_in_force_on(date(2025, 6, 30)), citation.is_in_force_on(date(2025, 7, 1))] == [
        True,
        False,
    ]
    assert Citation(document_number="80/2025/QH15").is_in_force_on(date(1990, 1, 1))


def test_a_citation_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(ValidationError):
        Citation(document_number="80/2025/QH15", in_force_from=date(2025, 7, 1), in_force_to=date(2025, 7, 1))
    with pytest.raises(ValidationError):
        Citation(article="5")


places = st.one_of(st.none(), st.integers(1, 500).map(str))
numbers = st.builds(
    "{}/{}/{}".format,
    st.integers(1, 999).map("{:02d}".format),
    st.integers(1990, 2030),
    st.sampled_from(["NĐ-CP", "TT-BNV", "QH15", "TTLT-BNV-BTC", "QĐ-TTg", "UBTVQH15"]),
)


@given(numbers, places, places, st.one_of(st.none(), st.sampled_from("abcdđeghiklm")), st.booleans())
def test_what_is_formatted_reads_back_equal(
    number: str, article: str | None, clause: str | None, point: str | None, has_title: bool
) -> None:
    citation = Citation(
        document_number=number,
        title="Luật Cán bộ, công chức" if has_title else None,
        article=article,
        clause=clause,
        point=point,
    )
    assert parse_citation(format_citation(citation)) == citation


@pytest.mark.parametrize(
    "title",
    [
        "Nghị định sửa đổi, bổ sung một số điều của Nghị định số 23/2015/NĐ-CP về chứng thực",
        "Luật sửa đổi Điều 5 và khoản 2 Điều 7 của Luật Hộ tịch",
    ],
)
def test_a_title_that_names_other_documents_or_places_comes_back_as_it_was(title: str) -> None:
    citation = Citation(document_number="280/2025/NĐ-CP", title=title, article="1", clause="2")
    assert parse_citation(format_citation(citation)) == citation
