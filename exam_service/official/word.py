"""A sheet as a Word file (.docx) on A4, to be completed and signed. Source: 30/2020/NĐ-CP, annex I.

The file names Times New Roman, which every office has, and leaves out nothing that the PDF says.
"""

from io import BytesIO
from typing import Any, assert_never

from docx import Document
from docx.document import Document as WordDocument
from docx.enum.section import WD_ORIENT
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.section import Section
from docx.shared import Mm, Pt
from docx.table import Table as WordTable
from docx.table import _Cell, _Row
from docx.text.paragraph import Paragraph as WordParagraph

from exam_service.official.sheet import (
    MOTTO,
    STATE,
    Facts,
    Heading,
    Paragraph,
    Sheet,
    Signatures,
    Slips,
    Table,
)

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
ALIGNMENTS = {
    "left": WD_ALIGN_PARAGRAPH.LEFT,
    "center": WD_ALIGN_PARAGRAPH.CENTER,
    "right": WD_ALIGN_PARAGRAPH.RIGHT,
}
CENTER = WD_ALIGN_PARAGRAPH.CENTER
LEFT_SHARE = 0.41
"""Of the width for the organisation, so that the name of the state stands on one line beside it."""

CELL_MARGIN_MM = 1


def write_word(sheet: Sheet, *, note: str = "") -> bytes:
    """The bytes of the file; `note` stands at the foot of every page."""
    document = Document()
    section = document.sections[0]
    width = _set_page(section, sheet)
    style = document.styles["Normal"]
    style.font.name, style.font.size = "Times New Roman", Pt(13)
    style.element.rPr.rFonts.set(qn("w:eastAsia"), "Times New Roman")
    style.paragraph_format.space_after = Pt(6)
    _number_pages(section)
    _line(section.footer.paragraphs[0], note, points=8, align=WD_ALIGN_PARAGRAPH.LEFT)
    _line(section.first_page_footer.paragraphs[0], note, points=8, align=WD_ALIGN_PARAGRAPH.LEFT)
    _heading(document, sheet, width_mm=width)
    for block in sheet.blocks:
        _write(document, block, width_mm=width)
    if sheet.receivers:
        _receivers(document, sheet)
    _draft_properties(document, sheet)
    buffer = BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def _set_page(section: Section, sheet: Sheet) -> int:
    """A4 with the margins of the decree; returns the width for text in mm."""
    long_mm, short_mm = 297, 210
    width = long_mm if sheet.is_landscape else short_mm
    section.orientation = WD_ORIENT.LANDSCAPE if sheet.is_landscape else WD_ORIENT.PORTRAIT
    section.page_width, section.page_height = Mm(width), Mm(long_mm + short_mm - width)
    section.left_margin, section.right_margin = Mm(30), Mm(15)
    section.top_margin = section.bottom_margin = Mm(20)
    return width - 45


def _number_pages(section: Section) -> None:
    """Page numbers centred in the top margin, none on the first page."""
    section.different_first_page_header_footer = True
    paragraph = section.header.paragraphs[0]
    paragraph.alignment = CENTER
    run = paragraph.add_run()
    for kind, text in (("begin", ""), ("", "PAGE"), ("end", "")):
        element = OxmlElement("w:fldChar" if kind else "w:instrText")
        if kind:
            element.set(qn("w:fldCharType"), kind)
        else:
            element.text = text
        run._r.append(element)  # noqa: SLF001 - python-docx has no fields, its documented way is the XML beneath


def _draft_properties(document: WordDocument, sheet: Sheet) -> None:
    properties = document.core_properties
    properties.title = f"{sheet.type_name} {sheet.full_number}"[:250]
    properties.author = sheet.organisation[:250]
    properties.comments = ""


def _line(
    paragraph: WordParagraph,
    words: str,
    *,
    points: int = 13,
    is_bold: bool = False,
    is_italic: bool = False,
    is_underlined: bool = False,
    align: WD_ALIGN_PARAGRAPH = CENTER,
) -> WordParagraph:
    paragraph.alignment = align
    paragraph.paragraph_format.space_after = Pt(0)
    run = paragraph.add_run(words)
    run.bold, run.italic, run.underline, run.font.size = is_bold, is_italic, is_underlined, Pt(points)
    return paragraph


def _next(cell: _Cell) -> WordParagraph:
    """The first paragraph of the cell while it is empty, else one more."""
    last: WordParagraph = cell.paragraphs[-1]
    return last if not last.runs else cell.add_paragraph()


def _heading(document: WordDocument, sheet: Sheet, *, width_mm: int) -> None:
    if any(isinstance(block, Slips) for block in sheet.blocks):
        return
    table = document.add_table(rows=1, cols=2)
    table.autofit = False
    left_mm = width_mm * LEFT_SHARE
    _set_widths(table, [Mm(left_mm), Mm(width_mm - left_mm)])
    _set_cell_margins(table)
    left, right = table.rows[0].cells
    _line(_next(left), sheet.organisation.upper(), points=12)
    _line(_next(left), sheet.body, points=12, is_bold=True)
    _rule(left.add_paragraph(), room_mm=left_mm - 2 * CELL_MARGIN_MM, length_mm=22)
    _line(left.add_paragraph(), f"Số: {sheet.full_number}")
    _line(_next(right), STATE, points=12, is_bold=True)
    _line(_next(right), MOTTO, is_bold=True, is_underlined=True)
    _line(_next(right), f"{sheet.place}, {sheet.day}", is_italic=True)
    if sheet.number is None:
        _line(document.add_paragraph(), "(DỰ THẢO)", is_italic=True)
    title = _line(document.add_paragraph(), sheet.type_name, points=14, is_bold=True)
    title.paragraph_format.space_before = Pt(18)
    subject = _line(document.add_paragraph(), sheet.subject, points=14, is_bold=True)
    if sheet.replaces:
        subject = _line(document.add_paragraph(), sheet.replaces, is_italic=True)
    subject.paragraph_format.space_after = Pt(2)
    under = _rule(document.add_paragraph(), room_mm=width_mm, length_mm=30)
    under.paragraph_format.space_after = Pt(12)


def _write(document: WordDocument, block: Any, *, width_mm: int) -> None:
    match block:
        case Paragraph():
            paragraph = document.add_paragraph()
            paragraph.alignment = WD_ALIGN_PARAGRAPH.JUSTIFY
            paragraph.add_run(block.text).bold = block.is_strong
        case Heading():
            paragraph = document.add_paragraph()
            paragraph.paragraph_format.keep_with_next = True
            paragraph.add_run(block.text).bold = True
        case Facts():
            for label, value in block.rows:
                paragraph = document.add_paragraph(f"{label}: ")
                paragraph.add_run(value).bold = True
        case Table():
            _table(document, block, width_mm=width_mm)
        case Signatures():
            _signatures(document, block)
        case Slips():
            _slips(document, block)
        case _:
            assert_never(block)


def _table(document: WordDocument, block: Table, *, width_mm: int) -> None:
    table = document.add_table(rows=1, cols=len(block.columns))
    table.style = "Table Grid"
    table.alignment = WD_TABLE_ALIGNMENT.CENTER
    table.autofit = False
    _set_cell_margins(table)
    shares = sum(column.share for column in block.columns)
    widths = [Mm(width_mm * column.share / shares) for column in block.columns]
    _row_property(table.rows[0], "w:tblHeader")
    for cell, column in zip(table.rows[0].cells, block.columns, strict=True):
        _line(_next(cell), column.title, points=11, is_bold=True)
    for texts in block.rows:
        row = table.add_row()
        _row_property(row, "w:cantSplit")
        if block.row_mm:
            row.height = Mm(block.row_mm)
        for cell, column, text in zip(row.cells, block.columns, texts, strict=True):
            _line(
                _next(cell),
                text.replace(" %", "\N{NO-BREAK SPACE}%"),
                points=11,
                align=ALIGNMENTS[column.align],
            )
    _set_widths(table, widths)
    document.add_paragraph().paragraph_format.space_after = Pt(0)


def _set_widths(table: WordTable, widths: list[Any]) -> None:
    for column, width in zip(table.columns, widths, strict=True):
        column.width = width
    for row in table.rows:
        for cell, width in zip(row.cells, widths, strict=True):
            cell.width = width


def _set_cell_margins(table: WordTable) -> None:
    """Narrow sides, so that narrow columns hold a word."""
    margins = OxmlElement("w:tblCellMar")
    for side in ("w:left", "w:right"):
        element = OxmlElement(side)
        element.set(qn("w:w"), str(Mm(CELL_MARGIN_MM).twips))
        element.set(qn("w:type"), "dxa")
        margins.append(element)
    properties = table._tbl.tblPr  # noqa: SLF001 - python-docx offers no call for the margins of cells
    look = properties.find(qn("w:tblLook"))
    if look is None:
        properties.append(margins)
    else:
        look.addprevious(margins)


def _rule(paragraph: WordParagraph, *, room_mm: float, length_mm: float) -> WordParagraph:
    """A line of this length in the middle of the room, as it stands under the body and under the subject."""
    borders, border = OxmlElement("w:pBdr"), OxmlElement("w:bottom")
    for name, value in (("val", "single"), ("sz", "6"), ("space", "1"), ("color", "auto")):
        border.set(qn(f"w:{name}"), value)
    borders.append(border)
    # python-docx has no borders of paragraphs; what it knows it puts behind them, as the format asks.
    paragraph._p.get_or_add_pPr().append(borders)  # noqa: SLF001 - for the reason above
    shape = paragraph.paragraph_format
    shape.left_indent = shape.right_indent = Mm((room_mm - length_mm) / 2)
    shape.space_after, shape.line_spacing = Pt(2), Pt(2)
    return paragraph


def _row_property(row: _Row, name: str) -> None:
    """Set a switch of the row: repeat it as a head, or keep it on one page."""
    row._tr.get_or_add_trPr().append(OxmlElement(name))  # noqa: SLF001 - python-docx offers no call for these


def _signatures(document: WordDocument, block: Signatures) -> None:
    table = document.add_table(rows=1, cols=len(block.signers))
    _set_cell_margins(table)
    _row_property(table.rows[0], "w:cantSplit")
    for cell, signer in zip(table.rows[0].cells, block.signers, strict=True):
        _line(_next(cell), signer.title, is_bold=True)
        _line(_next(cell), signer.hint, is_italic=True)
        for _gap in range(3):
            _line(cell.add_paragraph(), " ")
        _line(_next(cell), signer.name or " ", is_bold=True)


def _slips(document: WordDocument, block: Slips) -> None:
    table = document.add_table(rows=0, cols=2)
    table.style = "Table Grid"
    for at in range(0, len(block.slips), 2):
        row = table.add_row()
        row.height = Mm(60)
        _row_property(row, "w:cantSplit")
        for cell, (title, lines) in zip(row.cells, block.slips[at : at + 2], strict=False):
            _line(_next(cell), title, is_bold=True, align=WD_ALIGN_PARAGRAPH.LEFT)
            for label, value in lines:
                paragraph = _line(
                    cell.add_paragraph(), f"{label}: ", points=11, align=WD_ALIGN_PARAGRAPH.LEFT
                )
                run = paragraph.add_run(value)
                run.bold, run.font.size = True, Pt(11)


def _receivers(document: WordDocument, sheet: Sheet) -> None:
    paragraph = document.add_paragraph()
    paragraph.paragraph_format.space_before = Pt(12)
    run = paragraph.add_run("Nơi nhận:")
    run.bold, run.italic, run.font.size = True, True, Pt(12)
    for line in sheet.receivers:
        run.add_break()
        run = paragraph.add_run(f"- {line}")
        run.font.size = Pt(11)
