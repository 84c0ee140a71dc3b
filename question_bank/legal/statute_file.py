"""A legal document from a Word file or a plain text file, as text alone."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import PurePath
from typing import ClassVar

from question_bank.formats.docx_lines import Content, DocumentReader, Table
from question_bank.formats.docx_package import DAMAGE, open_document
from question_bank.formats.encoding import UnreadableText, decode
from question_bank.formats.inline_objects import without_signs
from question_bank.formats.layout_lines import tidy
from question_bank.formats.refusal import UnreadableFile
from question_bank.legal.statute_text import (
    Level,
    SourceTable,
    StatuteFinding,
    StatuteText,
    heading_of,
    parse_statute,
)

MOST_CHARACTERS = 1_500_000
_SHOWN = 120
_PDF = b"%PDF-"

_FINDINGS: dict[str, dict[str, str]] = {
    "encoding_converted": {
        "vi": "Tệp dùng bảng mã cũ ({encoding}), đã chuyển thành: “{text}”. Hãy đọc kỹ bản xem trước.",
        "en": "The file is in an old encoding ({encoding}) and was converted to: “{text}”. Read the preview with care.",
    },
    "images_left_out": {
        "vi": "{count} hình hoặc công thức không hiện được trong bản cho thí sinh.",
        "en": "{count} images or formulas are not in the candidates' version.",
    },
    "boxes_left_out": {
        "vi": "{count} đoạn có khung chữ (text box) hoặc đối tượng; phần trong khung không được lấy.",
        "en": "{count} paragraphs hold text boxes or objects; what stands in them is left out.",
    },
    "deleted_left_out": {
        "vi": "Tệp còn dấu vết sửa (track changes): phần đã xóa không được lấy, phần chèn thêm được lấy.",
        "en": "The file has tracked changes: deleted text is left out, inserted text is taken.",
    },
}


class UnreadableStatute(UnreadableFile):
    """A file that is no document which candidates could read."""

    messages: ClassVar[Mapping[str, Mapping[str, str]]] = {
        "statute_pdf": {
            "vi": "Chưa đọc được tệp PDF. Hãy mở tệp bằng Word (Tệp → Mở), kiểm tra lại chữ rồi lưu thành .docx; "
            "bản quét thì lấy bản chữ (.docx) ở nơi công bố văn bản.",
            "en": "PDF files are not read. Open the file in Word (File → Open), check the text and save it as .docx; "
            "for a scan, take the text version (.docx) from where the document is published.",
        },
        "statute_kind": {
            "vi": "Chỉ nhận tệp Word (.docx) hoặc tệp chữ (.txt).",
            "en": "Only Word (.docx) and text files (.txt) are taken.",
        },
        "statute_empty": {
            "vi": "Tệp không có chữ nào.",
            "en": "The file holds no text.",
        },
        "statute_too_long": {
            "vi": "Văn bản dài hơn {limit} ký tự. Hãy tách thành nhiều văn bản.",
            "en": "The document is longer than {limit} characters. Split it into several documents.",
        },
    }


class FileFinding(StatuteFinding):
    """What the reading of a file has left out or converted."""

    def sentence(self, language: str = "vi") -> str:
        return _FINDINGS[self.code][language].format(**self.params)


def read_statute(data: bytes, file_name: str) -> StatuteText:
    """Return the document of the file and what to look at.

    Raises:
        UnreadableStatute: no kind of file that is read, empty, or too long.
        UnreadableText: see `docx_package.open_document` and `encoding.decode`.
    """
    suffix = PurePath(file_name).suffix.lower()
    if suffix == ".pdf" or data.startswith(_PDF):
        raise UnreadableStatute("statute_pdf")
    if suffix == ".txt":
        lines, findings = _text_lines(data)
    elif suffix in (".docx", ".doc"):
        lines, findings = _word_lines(data)
    else:
        raise UnreadableStatute("statute_kind")
    length = sum(len(line) if isinstance(line, str) else _size_of(line) for line in lines)
    if length > MOST_CHARACTERS:
        raise UnreadableStatute("statute_too_long", {"limit": f"{MOST_CHARACTERS:,}".replace(",", ".")})
    if not any(line.strip() if isinstance(line, str) else _size_of(line) for line in lines):
        raise UnreadableStatute("statute_empty")
    parsed = parse_statute(lines, is_wrapped=suffix == ".txt")
    return replace(parsed, findings=(*findings, *parsed.findings))


def _text_lines(data: bytes) -> tuple[list[str | SourceTable], list[StatuteFinding]]:
    decoded = decode(data)
    findings: list[StatuteFinding] = [
        FileFinding(
            "encoding_converted",
            {"encoding": decoded.encoding.value, "text": str(one.params["text"])[:_SHOWN]},
        )
        for one in decoded.findings
    ]
    return [tidy(line) for line in decoded.text.split("\n")], findings


def _word_lines(data: bytes) -> tuple[list[str | SourceTable], list[StatuteFinding]]:
    document = open_document(data)
    try:
        content = DocumentReader(document, finds_keys=False).read()
    except DAMAGE as error:
        raise UnreadableText("document_malformed") from error
    return list(_placed(content)), list(_word_findings(content))


def _placed(content: Content) -> Iterator[str | SourceTable]:
    """The lines, tables at their places. A table that holds articles is only a way of laying them out."""
    tables = {table.number: table for table, _lines in content.tables}
    for line in content.lines:
        if line.number >= 0:
            yield without_signs(line.text)
            continue
        table = tables[-line.number]
        cells = [cell.split("\n") for row in table.rows for cell in row]
        if any(_is_article(one) for cell in cells for one in cell):
            yield from (without_signs(one) for cell in cells for one in cell)
        else:
            yield _table(table)


def _is_article(text: str) -> bool:
    section = heading_of(text.strip())
    return section is not None and section.level is Level.ARTICLE


def _table(table: Table) -> SourceTable:
    return SourceTable(tuple(tuple(without_signs(cell) for cell in row) for row in table.rows))


def _size_of(table: SourceTable) -> int:
    return sum(len(cell) for row in table.rows for cell in row)


def _word_findings(content: Content) -> Iterator[StatuteFinding]:
    for encoding, (_before, after) in content.legacy.items():
        yield FileFinding("encoding_converted", {"encoding": encoding.value, "text": after[:_SHOWN]})
    lines = [*content.lines, *(line for _table, own in content.tables for line in own)]
    texts = [line.text for line in content.lines]
    texts += ["".join(row) for table, _lines in content.tables for row in table.rows]
    if signs := sum(len(text) - len(without_signs(text)) for text in texts):
        yield FileFinding("images_left_out", {"count": signs})
    notes = [note for line in lines for note in line.notes]
    if boxes := sum(note in ("textbox", "object") for note in notes):
        yield FileFinding("boxes_left_out", {"count": boxes})
    if "deleted" in notes:
        yield FileFinding("deleted_left_out")
