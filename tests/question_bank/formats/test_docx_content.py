"""What Word documents hold beside choice questions in plain text: formulas, images, statements, essays, cases."""

import io

import pytest
from docx.document import Document
from docx.shared import Inches
from lxml import etree
from PIL import Image

from question_bank.formats import docx_file, plain_text
from question_bank.formats.docx_math import FormulaTooDeep, mathml
from question_bank.formats.reading import RowVerdict, Verdict
from question_bank.items import AnyContent
from question_bank.text import plain
from question_bank.types.case import Case
from question_bank.types.essay import Essay
from question_bank.types.short_text import ShortText
from question_bank.types.single_choice import SingleChoice
from question_bank.types.true_false_cluster import TrueFalseCluster
from tests.question_bank.formats.word import add_xml, text_file, word_file

M = "http://schemas.openxmlformats.org/officeDocument/2006/math"
OPTIONS = ("A. một", "B. hai", "C. ba", "Đáp án: B")


def content(row: RowVerdict) -> AnyContent:
    assert row.draft is not None
    return row.draft.content


def codes(row: RowVerdict) -> set[str]:
    return {finding.code for finding in row.findings}


def run(text: str) -> str:
    return f"<m:r><m:t>{text}</m:t></m:r>"


FORMULAS = {
    f"<m:f><m:num>{run('a')}</m:num><m:den>{run('2')}</m:den></m:f>": (
        "<mfrac><mrow><mi>a</mi></mrow><mrow><mn>2</mn></mrow></mfrac>"
    ),
    f"<m:sSup><m:e>{run('x')}</m:e><m:sup>{run('2')}</m:sup></m:sSup>": (
        "<msup><mrow><mi>x</mi></mrow><mrow><mn>2</mn></mrow></msup>"
    ),
    f'<m:rad><m:radPr><m:degHide m:val="1"/></m:radPr><m:deg/><m:e>{run("16")}</m:e></m:rad>': (
        "<msqrt><mrow><mn>16</mn></mrow></msqrt>"
    ),
    f"<m:rad><m:deg>{run('3')}</m:deg><m:e>{run('8')}</m:e></m:rad>": (
        "<mroot><mrow><mn>8</mn></mrow><mrow><mn>3</mn></mrow></mroot>"
    ),
    f'<m:nary><m:naryPr><m:chr m:val="∑"/></m:naryPr><m:sub>{run("i=1")}</m:sub><m:sup>{run("n")}</m:sup>'
    f"<m:e>{run('i')}</m:e></m:nary>": (
        "<munderover><mo>∑</mo><mrow><mi>i</mi><mo>=</mo><mn>1</mn></mrow><mrow><mi>n</mi></mrow></munderover>"
        "<mrow><mi>i</mi></mrow>"
    ),
    f'<m:d><m:dPr><m:begChr m:val="["/><m:endChr m:val=""/></m:dPr><m:e>{run("x")}</m:e></m:d>': (
        "<mrow><mo>[</mo><mrow><mi>x</mi></mrow></mrow>"
    ),
    f"<m:m><m:mr><m:e>{run('1')}</m:e><m:e>{run('0')}</m:e></m:mr></m:m>": (
        "<mtable><mtr><mtd><mrow><mn>1</mn></mrow></mtd><mtd><mrow><mn>0</mn></mrow></mtd></mtr></mtable>"
    ),
    f"<m:unheardOf><m:e>{run('lương')}</m:e></m:unheardOf>": "".join(f"<mi>{c}</mi>" for c in "lương"),
    "<m:r><m:rPr><m:nor/></m:rPr><m:t>số &lt; năm</m:t></m:r>": "<mtext>số &lt; năm</mtext>",
    run("3,5 ± 1"): "<mn>3,5</mn><mo>±</mo><mn>1</mn>",
}


@pytest.mark.parametrize(("source", "expected"), FORMULAS.items(), ids=range(len(FORMULAS)))
def test_office_math_becomes_mathml(source: str, expected: str) -> None:
    element = etree.fromstring(f'<m:oMath xmlns:m="{M}">{source}</m:oMath>')
    assert mathml(element) == f"<math>{expected}</math>"


def test_a_formula_without_end_is_refused() -> None:
    deep = "<m:e>" * 60 + "</m:e>" * 60
    with pytest.raises(FormulaTooDeep):
        mathml(etree.fromstring(f'<m:oMath xmlns:m="{M}">{deep}</m:oMath>'))


def test_a_formula_stands_where_it_stood_in_the_question() -> None:
    def build(document: Document) -> None:
        line = document.add_paragraph("Câu 1. Phần nào bằng ")
        add_xml(line, f"<m:oMath><m:f><m:num>{run('1')}</m:num><m:den>{run('3')}</m:den></m:f></m:oMath>")
        line.add_run(" số đại biểu?")
        for option in OPTIONS:
            document.add_paragraph(option)

    (row,) = docx_file.read(word_file(build)).rows
    assert "<math><mfrac>" in content(row).stem
    assert content(row).stem.endswith("số đại biểu?")
    assert row.severity is Verdict.OK


def picture() -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (12, 8), "red").save(buffer, "PNG")
    return buffer.getvalue()


def with_picture(description: str) -> bytes:
    def build(document: Document) -> None:
        document.add_paragraph("Câu 1. Biểu đồ cho biết gì?")
        paragraph = document.add_paragraph()
        paragraph.add_run().add_picture(io.BytesIO(picture()), width=Inches(1))
        next(iter(paragraph._p.iter("{*}docPr"))).set("descr", description)
        for option in OPTIONS:
            document.add_paragraph(option)

    return word_file(build)


def test_an_image_comes_with_the_question_and_its_alternative_text() -> None:
    reading = docx_file.read(with_picture('Số "hồ sơ" <theo> tháng'))
    (name,) = reading.media
    stem = content(reading.rows[0]).stem
    assert f'src="media:{name}"' in stem
    assert "[Số" in plain(stem)
    assert "theo" in plain(stem)
    assert "media_not_kept" not in codes(reading.rows[0])


CLUSTERS = {
    "key line": ("a) Một.", "b) Hai.", "c) Ba.", "d) Bốn.", "Đáp án: a) Đ, b) S, c) S, d) Đ"),
    "key words": ("a) Một.", "b) Hai.", "c) Ba.", "d) Bốn.", "Đáp án: a-Đúng; b-Sai; c-Sai; d-Đúng"),
    "key row": ("a) Một.", "b) Hai.", "c) Ba.", "d) Bốn.", "Đáp án: Đ S S Đ"),
    "behind each": ("a) Một (Đ)", "b) Hai (S)", "c) Ba (S)", "d) Bốn (Đ)"),
    "words behind each": ("a) Một – Đúng", "b) Hai – Sai", "c) Ba – Sai", "d) Bốn – Đúng"),
}


@pytest.mark.parametrize("lines", CLUSTERS.values(), ids=CLUSTERS)
def test_statements_that_are_each_true_or_false_are_a_cluster(lines: tuple[str, ...]) -> None:
    (row,) = docx_file.read(text_file("Câu 1. Về đăng ký khai sinh:", *lines)).rows
    found = content(row)
    assert isinstance(found, TrueFalseCluster)
    assert [statement.key for statement in found.statements] == [True, False, False, True]
    assert [plain(s.text).rstrip(".") for s in found.statements] == ["Một", "Hai", "Ba", "Bốn"]
    assert row.severity is Verdict.OK


def test_one_option_marked_as_right_is_still_a_choice() -> None:
    (row,) = docx_file.read(text_file("Câu 1. Ai ký?", "A. một", "B. hai (Đ)", "C. ba")).rows
    assert isinstance(content(row), SingleChoice)


def test_a_long_answer_makes_an_essay_with_guidance() -> None:
    (row,) = docx_file.read(
        text_file(
            "Câu 1. Trình bày trình tự tiếp công dân.",
            "Đáp án:",
            "- Đón tiếp, xác định nhân thân (1 điểm).",
            "- Ghi chép nội dung (1 điểm).",
        )
    ).rows
    found = content(row)
    assert isinstance(found, Essay)
    assert plain(found.guidance).split("\n") == [
        "- Đón tiếp, xác định nhân thân (1 điểm).",
        "- Ghi chép nội dung (1 điểm).",
    ]
    assert "taken_as_essay" in codes(row)


def test_questions_under_a_heading_of_essays_are_essays() -> None:
    rows = docx_file.read(
        text_file("PHẦN TRẮC NGHIỆM", "Câu 1. Ai ký?", *OPTIONS, "PHẦN TỰ LUẬN", "Câu 2. Nêu nguyên tắc.")
    ).rows
    assert [content(row).type for row in rows] == ["single_choice", "essay"]


def test_a_short_answer_makes_a_short_text_item() -> None:
    (row,) = docx_file.read(text_file("Câu 1. Thủ đô của Việt Nam là gì?", "Đáp án: Hà Nội")).rows
    found = content(row)
    assert isinstance(found, ShortText)
    assert [answer.text for answer in found.answers] == ["Hà Nội"]
    assert row.severity is Verdict.WARNING


SITUATION = (
    "Tình huống 1: Ông A đến UBND xã đề nghị chứng thực chữ ký.",
    "Ông không mang giấy tờ tùy thân. Trả lời câu 2 và câu 3.",
)


def test_a_passage_and_its_questions_are_one_case() -> None:
    rows = docx_file.read(
        text_file(
            "Câu 1. Ai họp?",
            *OPTIONS,
            *SITUATION,
            "Câu 2. Công chức làm gì?",
            *OPTIONS,
            "Câu 3. Căn cứ nào?",
            *OPTIONS,
            "Câu 4. Ai ký?",
            *OPTIONS,
        )
    ).rows
    assert [content(row).type for row in rows] == ["single_choice", "case", "single_choice"]
    case = content(rows[1])
    assert isinstance(case, Case)
    assert [plain(part.content.stem) for part in case.parts] == ["Công chức làm gì?", "Căn cứ nào?"]
    assert plain(case.stem).startswith("Tình huống 1: Ông A")
    assert (rows[1].severity, "passage_as_case" in codes(rows[1])) == (Verdict.OK, True)


def test_a_passage_that_names_no_questions_waits_for_a_person() -> None:
    lines = ("Tình huống: Ông A đến xã.", "Câu 1. Làm gì?", *OPTIONS, "Câu 2. Vì sao?", *OPTIONS)
    (row,) = docx_file.read(text_file(*lines)).rows
    case = content(row)
    assert isinstance(case, Case)
    assert len(case.parts) == 2
    assert (row.severity, "passage_range_guessed" in codes(row)) == (Verdict.HOLD, True)


def test_a_situation_with_its_own_answer_is_an_essay() -> None:
    rows = docx_file.read(
        text_file(
            "Câu 1. Ai họp?",
            *OPTIONS,
            "Tình huống 2: Bà B khiếu nại.",
            "Anh chị xử lý thế nào?",
            "Gợi ý: Lập biên bản.",
        )
    ).rows
    assert [content(row).type for row in rows] == ["single_choice", "essay"]
    essay = content(rows[1])
    assert isinstance(essay, Essay)
    assert plain(essay.guidance) == "Lập biên bản."


def test_a_passage_without_questions_is_named() -> None:
    reading = docx_file.read(text_file("Câu 1. Ai họp?", *OPTIONS, "Tình huống 3: Ông C đến xã."))
    assert len(reading.rows) == 1
    assert {"passage_without_questions", "line_ignored"} <= {finding.code for finding in reading.findings}


def test_the_same_layouts_are_read_from_plain_text() -> None:
    text = "\n".join([*SITUATION, "Câu 2. Làm gì?", *OPTIONS, "Câu 3. Vì sao?", *OPTIONS])
    (row,) = plain_text.read(text.encode()).rows
    assert content(row).type == "case"


def test_a_bold_cell_in_a_table_of_questions_is_the_key() -> None:
    def build(document: Document) -> None:
        table = document.add_table(rows=2, cols=4)
        for place, text in enumerate(("Câu hỏi", "Phương án 1", "Phương án 2", "Phương án 3")):
            table.cell(0, place).text = text
        for place, text in enumerate(("Ai ghi biên bản?", "Chủ tịch", "Thư ký", "Khách")):
            cell = table.cell(1, place)
            cell.paragraphs[0].add_run(text).bold = text == "Thư ký"

    (row,) = docx_file.read(word_file(build)).rows
    found = content(row)
    assert isinstance(found, SingleChoice)
    assert found.key == found.options[1].id
