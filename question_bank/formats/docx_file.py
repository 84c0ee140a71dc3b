"""Word (.docx): question documents in the layouts of `plain_text`, with what only Word can say.

Labels of automatic lists, keys by bold, underline, colour or highlight, tables of questions, key tables,
fonts of before Unicode. Rows count paragraphs.
"""

from collections.abc import Sequence

from question_bank.formats.comparing import compare_rows
from question_bank.formats.docx_lines import Content, DocumentReader, Table
from question_bank.formats.docx_package import DAMAGE, open_document
from question_bank.formats.encoding import Encoding, UnreadableText
from question_bank.formats.excel import read_sheet
from question_bank.formats.excel_layout import find_header
from question_bank.formats.layout_lines import Line
from question_bank.formats.plain_text import read_lines
from question_bank.formats.reading import ImportReading, RowFinding, RowVerdict, Verdict
from question_bank.formats.soundness import checked_rows
from question_bank.formats.workbook import CellValue, Sheet, cell_name


def read(data: bytes, *, encoding: Encoding | None = None) -> ImportReading:
    """Return the verdict on every question; `encoding` is a legacy one that a person has confirmed.

    Deleted text of tracked changes is not read, images and text boxes hold their question.

    Raises:
        UnreadableText: see `open_document` and `plain_text.read_lines`.
    """
    document = open_document(data)
    try:
        content = DocumentReader(document, keeps_old_fonts=encoding is Encoding.UTF_8).read()
    except DAMAGE as error:
        raise UnreadableText("document_malformed") from error
    findings = [_legacy(known, texts, confirmed=encoding) for known, texts in content.legacy.items()]
    if encoding is Encoding.UTF_8:
        findings = []  # somebody wants the text as it is
    verdicts, lines = _read_tables(content, findings)
    try:
        reading = read_lines([*lines, *content.key_lines], objects=content.objects)
    except UnreadableText as error:
        if error.code != "no_questions" or not verdicts:
            raise
        reading = ImportReading((), tuple(_ignored(lines)))
    rows = tuple(compare_rows(checked_rows([*reading.rows, *verdicts])))
    return ImportReading(rows, (*findings, *reading.findings), content.media)


def _legacy(encoding: Encoding, texts: tuple[str, str], *, confirmed: Encoding | None) -> RowFinding:
    code, severity = "legacy_encoding", Verdict.HOLD
    if confirmed is not None:
        code, severity = "encoding_converted", Verdict.OK
    return RowFinding(
        code, severity, None, {"encoding": encoding.value, "text": texts[1], "before": texts[0]}
    )


def _read_tables(content: Content, findings: list[RowFinding]) -> tuple[list[RowVerdict], list[Line]]:
    """Return the verdicts on tables of questions, and all lines with those of other tables in their place."""
    verdicts: list[RowVerdict] = []
    placed: dict[int, list[Line]] = {}
    for table, lines in content.tables:
        sheet = _sheet(table, content)
        header = find_header(sheet)
        if header is None:
            placed[table.number] = lines
            continue
        for column, heading in header.ignored:
            place = cell_name(header.row, column)
            findings.append(RowFinding("column_ignored", Verdict.WARNING, place, {"heading": heading[:60]}))
        verdicts += read_sheet(sheet, header)
    placed_lines: list[Line] = []
    for line in content.lines:
        placed_lines += placed.get(-line.number, []) if line.number < 0 else [line]
    return verdicts, placed_lines


def _sheet(table: Table, content: Content) -> Sheet:
    rows: list[list[CellValue]] = [list(row) for row in table.rows]
    return Sheet(f"Bảng {table.number}", rows, {}, spans=table.spans, objects=content.objects)


def _ignored(lines: Sequence[Line]) -> list[RowFinding]:
    return [
        RowFinding("line_ignored", Verdict.OK, None, {"line": line.number, "text": line.text.strip()[:80]})
        for line in lines
        if line.text.strip()
    ]
