"""Cloze in spreadsheets: the gaps stand in the question cell and come back as they were."""

import pytest

from question_bank.formats import excel
from question_bank.formats.reading import Verdict
from question_bank.items import ItemDraft, semantic_hash
from question_bank.text import plain
from question_bank.types.cloze import ChoiceGap, Cloze, ClozeRule, NumberGap, TextGap
from tests.question_bank.test_excel_reading import codes, draft_of, read_one

HEADER = ["Câu hỏi", "Đáp án", "Đoạn dẫn", "Loại", "Thiết lập"]
TEXT = (
    "Câu 3. Thủ đô là {1:SHORTANSWER:=Hà Nội~%50%Thăng Long}, thành lập năm {2:NM:=1010:0}, "
    "thuộc {1:MC:=miền Bắc~miền Nam~%25%cả < nước} & thế giới."
)


def gap(kind: type[TextGap | NumberGap], **values: object) -> ItemDraft:
    made = kind.model_validate({"id": "a", **values})
    return ItemDraft(content=Cloze(stem="Điền [[gap:a]] vào đây", gaps=(made,)))


def test_gaps_written_in_the_text_are_read_and_the_type_is_inferred() -> None:
    verdict = read_one([TEXT, "", "Đọc kỹ.", "", ""], header=HEADER)
    content = draft_of(verdict).content
    assert isinstance(content, Cloze)
    assert codes(verdict) >= {"type_inferred", "stem_number_removed"}
    assert plain(content.stem) == (
        "Đọc kỹ.\nThủ đô là [[gap:g1]], thành lập năm [[gap:g2]], thuộc [[gap:g3]] & thế giới."
    )
    text, number, choice = content.gaps
    assert isinstance(text, TextGap)
    assert isinstance(number, NumberGap)
    assert isinstance(choice, ChoiceGap)
    assert [(answer.text, answer.share) for answer in text.answers] == [
        ("Hà Nội", "1"),
        ("Thăng Long", "0.5"),
    ]
    assert (number.weight, number.answers[0].value) == (2, "1010")
    assert [plain(option.text) for option in choice.options] == ["miền Bắc", "miền Nam", "cả < nước"]
    assert choice.key == choice.options[0].id


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Thủ đô là {1:SHORTANSWER:=Hà Nội", "gap_not_closed"),
        ("Chọn {1:MC:%500%một~hai}", "fraction_refused"),
        ("Chọn {1:MR:=một~=hai}", "multiresponse_gap"),
        ("Không có chỗ trống nào", "no_gap"),
    ],
)
def test_a_gap_that_cannot_be_read_holds_its_row_only(text: str, code: str) -> None:
    verdict = read_one([text, "", "", "Điền chỗ trống", ""], header=HEADER)
    assert verdict.severity is Verdict.HOLD
    assert code in codes(verdict)


@pytest.mark.parametrize(
    "draft",
    [
        gap(TextGap, answers=[{"text": "a*b}~#\\"}, {"text": "x & <y>", "share": "1/3"}], width="l"),
        gap(TextGap, answers=[{"text": "Hà *"}], has_wildcards=True, is_case_sensitive=True),
        gap(TextGap, answers=[{"text": "Hoà"}], ignores_diacritics=True),
        gap(
            NumberGap, answers=[{"value": "-3.5", "tolerance": "0.1"}], unit="km", accepts_either_reading=True
        ),
        ItemDraft(
            content=Cloze(
                stem="<p>Đậm <b>[[gap:a]]</b> và [[gap:b]]</p>",
                rule=ClozeRule.ALL_OR_NOTHING,
                gaps=[
                    {"id": "a", "kind": "text", "answers": [{"text": "một"}], "weight": 3},
                    {
                        "id": "b",
                        "kind": "choice",
                        "options": [{"id": "x", "text": "<i>hai</i>"}, {"id": "y", "text": "ba"}],
                        "key": "y",
                        "display": "list",
                    },
                ],
            )
        ),
    ],
)
def test_what_the_template_can_say_of_gaps_comes_back_the_same(draft: ItemDraft) -> None:
    assert excel.unsupported(draft) is None
    (row,) = excel.read(excel.write([draft])).rows
    assert row.draft is not None
    assert semantic_hash(row.draft) == semantic_hash(draft)


def test_gaps_that_differ_in_what_only_the_settings_can_say_stay_out_with_a_reason() -> None:
    gaps = [
        {"id": "a", "kind": "number", "answers": [{"value": "1"}], "unit": "km"},
        {"id": "b", "kind": "number", "answers": [{"value": "2"}], "unit": "m"},
    ]
    reason = excel.unsupported(ItemDraft(content=Cloze(stem="[[gap:a]] là [[gap:b]]", gaps=gaps)))
    assert reason is not None
    assert reason.message("vi")
