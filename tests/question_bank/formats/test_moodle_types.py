"""What the question types of Moodle XML become, one by one."""

import base64
import io

import pytest
from PIL import Image

from question_bank.formats import moodle_xml
from question_bank.formats.reading import ImportReading, RowVerdict, Verdict
from question_bank.formats.unsupported import UnsupportedItem
from question_bank.items import ItemDraft, semantic_hash
from question_bank.text import plain
from question_bank.types.cloze import ChoiceGap, Cloze, NumberGap, TextGap
from question_bank.types.essay import Essay
from question_bank.types.matching import Matching
from question_bank.types.numeric import Numeric, UnitRule
from question_bank.types.ordering import Ordering, OrderingRule
from question_bank.types.short_text import ShortText
from question_bank.types.true_false import TrueFalse
from question_bank.types.true_false_cluster import ClusterScoring, TrueFalseCluster
from question_bank.types.unsupported import Unsupported


def read(kind: str, text: str, more: str = "", files: str = "") -> ImportReading:
    question = (
        f"<question type='{kind}'><questiontext format='html'><text><![CDATA[{text}]]></text>{files}"
        f"</questiontext>{more}</question>"
    )
    return moodle_xml.read(f"<quiz>{question}</quiz>".encode())


def one(kind: str, text: str, more: str = "") -> RowVerdict:
    (row,) = read(kind, text, more).rows
    return row


def codes(row: RowVerdict) -> set[str]:
    return {finding.code for finding in row.findings}


def text(name: str, value: str, more: str = "") -> str:
    return f"<{name}><text><![CDATA[{value}]]></text>{more}</{name}>"


def answer(value: str, fraction: str, more: str = "") -> str:
    return f"<answer fraction='{fraction}'><text><![CDATA[{value}]]></text>{more}</answer>"


def unit(name: str, multiplier: str) -> str:
    return f"<unit><multiplier>{multiplier}</multiplier><unit_name>{name}</unit_name></unit>"


def picture(colour: str = "red") -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (4, 3), colour).save(buffer, "PNG")
    return buffer.getvalue()


def file(name: str, data: bytes) -> str:
    return f"<file name='{name}' path='/' encoding='base64'>{base64.b64encode(data).decode()}</file>"


def test_short_answers_keep_case_and_shares() -> None:
    row = one(
        "shortanswer", "Viết tắt?", "<usecase>1</usecase>" + answer("UBND", "100") + answer("UB*", "50")
    )
    assert row.draft is not None
    content = row.draft.content
    assert isinstance(content, ShortText)
    assert [(a.text, a.share) for a in content.answers] == [("UBND", "1"), ("UB*", "0.5")]
    assert (content.is_case_sensitive, content.has_wildcards) == (True, True)


@pytest.mark.parametrize(
    ("grading", "penalty", "rule"), [("0", "0.1", UnitRule.SHOWN), ("2", "1", UnitRule.REQUIRED)]
)
def test_units_of_one_size_are_the_unit_and_its_spellings(grading: str, penalty: str, rule: UnitRule) -> None:
    units = unit("km²", "1") + unit("km2", "1")
    more = answer("2.5", "100", "<tolerance>0.01</tolerance>") + (
        f"<units>{units}</units><unitgradingtype>{grading}</unitgradingtype>"
        f"<unitpenalty>{penalty}</unitpenalty><showunits>0</showunits>"
    )
    row = one("numerical", "Rộng?", more)
    assert row.draft is not None
    content = row.draft.content
    assert isinstance(content, Numeric)
    assert (content.unit, content.unit_aliases, content.unit_rule) == ("km²", ("km2",), rule)
    assert row.severity is Verdict.OK


@pytest.mark.parametrize(
    "more",
    [
        "<units>" + unit("m", "1") + unit("cm", "100") + "</units>",
        "<units>"
        + unit("m", "1")
        + "</units><unitgradingtype>1</unitgradingtype><unitpenalty>0.1</unitpenalty>",
    ],
)
def test_units_that_are_converted_or_cost_a_part_wait_for_a_person(more: str) -> None:
    row = one("numerical", "Dài?", answer("2", "100") + more)
    assert (row.severity, codes(row)) == (Verdict.HOLD, {"units_not_kept"})


def test_a_matching_question_shows_equal_answers_once_and_spare_ones_too() -> None:
    pairs = "".join(
        text("subquestion", left, text("answer", right))
        for left, right in (("Luật", "Quốc hội"), ("Nghị quyết", "Quốc hội"), ("", "Bộ"))
    )
    row = one("matching", "Ghép", pairs + "<shuffleanswers>false</shuffleanswers>")
    assert row.draft is not None
    content = row.draft.content
    assert isinstance(content, Matching)
    assert [target.text for target in content.targets] == ["Quốc hội", "Bộ"]
    assert len(content.pairs) == 2
    assert content.order_locked


def test_a_cloze_question_has_a_gap_of_each_kind_with_its_weight() -> None:
    stem = (
        "Xã do {1:MULTICHOICE_V:=cử tri#Đúng~%-50%HĐND} bầu, nhiệm kỳ {2:NUMERICAL:=5:0.5~%50%4} năm, "
        "trụ sở {:SAC:=UBND~%33.33333%Ủy ban \\} \\~ \\#}."
    )
    row = one("cloze", stem)
    assert row.draft is not None
    content = row.draft.content
    assert isinstance(content, Cloze)
    choice, number, typed = content.gaps
    assert isinstance(choice, ChoiceGap)
    assert isinstance(number, NumberGap)
    assert isinstance(typed, TextGap)
    assert (choice.display, list(choice.partial.values())) == ("list", ["-0.5"])
    assert (number.weight, [(a.value, a.tolerance, a.share) for a in number.answers]) == (
        2,
        [("5", "0.5", "1"), ("4", "0", "0.5")],
    )
    assert (typed.is_case_sensitive, [(a.text, a.share) for a in typed.answers]) == (
        True,
        [("UBND", "1"), ("Ủy ban } ~ #", "1/3")],
    )
    assert plain(content.rationale) == "(1) A (cử tri): Đúng"
    assert row.preview == "Xã do ______ bầu, nhiệm kỳ ______ năm, trụ sở ______."


@pytest.mark.parametrize(
    ("stem", "code"),
    [("Chọn {1:MULTIRESPONSE:=a~=b~c}", "multiresponse_gap"), ("Chọn {1:MC:=a~b", "gap_not_closed")],
)
def test_a_gap_that_no_item_holds_is_named(stem: str, code: str) -> None:
    row = one("cloze", stem)
    assert code in codes(row)
    assert row.severity in (Verdict.HOLD, Verdict.ERROR)
    assert row.draft is None or isinstance(row.draft.content, Unsupported)


@pytest.mark.parametrize(("kind", "box"), [("gapselect", "selectoption"), ("ddwtos", "dragbox")])
def test_words_to_drop_are_offered_by_their_group(kind: str, box: str) -> None:
    boxes = "".join(
        f"<{box}><text>{word}</text><group>{group}</group></{box}>"
        for word, group in (("xã", 1), ("tỉnh", 1), ("2025", 2), ("2026", 2))
    )
    row = one(kind, "Cấp [[1]] có từ [[3]], cấp [[2]] cũng vậy.", boxes)
    assert row.draft is not None
    content = row.draft.content
    assert isinstance(content, Cloze)
    gaps = [gap for gap in content.gaps if isinstance(gap, ChoiceGap)]
    assert [[option.text for option in gap.options] for gap in gaps] == [
        ["xã", "tỉnh"],
        ["2025", "2026"],
        ["xã", "tỉnh"],
    ]
    assert content.key_summary() == "(1) A; (2) A; (3) B"


def test_a_gap_that_names_no_word_is_kept_with_its_source() -> None:
    row = one("gapselect", "Cấp [[5]]", "<selectoption><text>xã</text><group>1</group></selectoption>")
    assert codes(row) >= {"gap_without_choice"}
    assert row.draft is not None
    assert isinstance(row.draft.content, Unsupported)


@pytest.mark.parametrize(
    ("grading", "rule"),
    [
        ("ALL_OR_NOTHING", OrderingRule.ALL_OR_NOTHING),
        ("ABSOLUTE_POSITION", OrderingRule.ABSOLUTE_POSITION),
        ("RELATIVE_NEXT_EXCLUDE_LAST", OrderingRule.ADJACENT_PAIRS),
    ],
)
def test_an_ordering_question_is_right_in_the_order_of_the_file(grading: str, rule: OrderingRule) -> None:
    steps = "".join(answer(step, f"{n}.0000000") for n, step in enumerate(("nhận", "duyệt", "trả"), start=1))
    row = one("ordering", "Sắp xếp", steps + f"<gradingtype>{grading}</gradingtype>")
    assert row.draft is not None
    content = row.draft.content
    assert isinstance(content, Ordering)
    assert content.order == tuple(option.id for option in content.options)
    assert content.rule is rule


def test_an_ordering_question_scored_otherwise_is_kept_with_its_source() -> None:
    row = one(
        "ordering",
        "Sắp",
        answer("a", "1") + answer("b", "2") + "<gradingtype>LONGEST_ORDERED_SUBSET</gradingtype>",
    )
    assert codes(row) >= {"grading_not_expressible"}


@pytest.mark.parametrize(
    ("kind", "method", "scoring"),
    [
        ("mtf", "subpoints", ClusterScoring.PER_STATEMENT),
        ("mtf", "mtfonezero", ClusterScoring.ALL_OR_NOTHING),
        ("kprime", "kprime", ClusterScoring.STEPS),
    ],
)
def test_statements_to_judge_become_a_cluster(kind: str, method: str, scoring: ClusterScoring) -> None:
    rows = "".join(
        f"<row number='{n}'><rowtext format='html'><text>Ý {n}</text></rowtext></row>" for n in range(1, 5)
    )
    weights = "".join(
        f"<weight rownumber='{n}' columnnumber='{c}'><value>{int((n % 2 == 0) == (c == 1))}.000</value></weight>"
        for n in range(1, 5)
        for c in (1, 2)
    )
    row = one(kind, "Về xã", text("scoringmethod", method) + rows + weights)
    assert row.draft is not None
    content = row.draft.content
    assert isinstance(content, TrueFalseCluster)
    assert [statement.key for statement in content.statements] == [False, True, False, True]
    assert content.scoring is scoring


def test_an_essay_keeps_limits_and_guidance_and_names_what_it_asks_beyond() -> None:
    more = (
        "<minwordlimit>10</minwordlimit><maxwordlimit>20</maxwordlimit><attachmentsrequired>1</attachmentsrequired>"
        + text("graderinfo", "Chấm <b>rộng</b>")
        + text("responsetemplate", "Kính gửi …")
    )
    row = one("essay", "Viết.", more)
    assert row.draft is not None
    content = row.draft.content
    assert isinstance(content, Essay)
    assert (content.min_words, content.max_words, content.guidance) == (10, 20, "Chấm <b>rộng</b>")
    assert codes(row) >= {"attachments_not_kept", "setting_not_kept"}


def test_pictures_become_media_of_the_reading_and_come_back_in_an_export() -> None:
    stem = 'Hình nào? <img src="@@PLUGINFILE@@/s%C6%A1%20%C4%91%E1%BB%93.png" alt="sơ đồ">'
    truth = answer("true", "100") + answer("false", "0")
    reading = read("truefalse", stem, truth, files=file("sơ đồ.png", picture()))
    (row,) = reading.rows
    assert row.severity is Verdict.OK
    assert row.draft is not None
    (name,) = row.draft.content.media()
    assert row.draft.content.stem == f'Hình nào? <img src="media:{name}" alt="sơ đồ">'
    again = moodle_xml.read(moodle_xml.write([row.draft], reading.media))
    assert again.media == reading.media
    assert again.rows[0].draft is not None
    assert semantic_hash(again.rows[0].draft) == semantic_hash(row.draft)


def test_an_export_without_the_picture_is_refused() -> None:
    name = "0" * 32 + ".png"
    draft = ItemDraft(content=TrueFalse(stem=f'<img src="media:{name}" alt="x">?', key=True))
    with pytest.raises(UnsupportedItem) as refusal:
        moodle_xml.write([draft])
    assert (refusal.value.code, refusal.value.params) == ("media_missing", {"name": name})


def test_a_picture_inside_the_address_is_taken_too() -> None:
    data = base64.b64encode(picture("blue")).decode()
    reading = read("truefalse", f'<img alt="x" src="data:image/png;base64,{data}"> ?', answer("true", "100"))
    assert reading.rows[0].draft is not None
    assert reading.rows[0].draft.content.media() == reading.media.keys()
    assert len(reading.media) == 1


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.png", b"not a picture"),
        ("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>"),
    ],
)
def test_a_file_that_is_no_sound_picture_is_named_or_cleaned(name: str, data: bytes) -> None:
    stem = f'<img src="@@PLUGINFILE@@/{name}" alt="x"> ?'
    reading = read("truefalse", stem, answer("true", "100") + answer("false", "0"), files=file(name, data))
    (row,) = reading.rows
    assert all(b"script" not in kept for kept in reading.media.values())
    assert reading.media or (
        {"file_not_kept", "media_not_kept"} <= codes(row) and row.severity is Verdict.HOLD
    )


def test_a_file_that_no_text_shows_is_named() -> None:
    reading = read("truefalse", "Nghe", answer("true", "100"), files=file("loi.mp3", b"ID3"))
    assert "file_not_kept" in codes(reading.rows[0])
