"""Spreadsheet cells typed in fonts of before Unicode: found by their font or by their words, read on confirmation."""

from collections.abc import Sequence
from dataclasses import replace

from question_bank.formats.encoding import Encoding, convert, is_plainly_unicode, legacy_font_encoding
from question_bank.formats.reading import RowFinding, Verdict
from question_bank.formats.workbook import CellValue, Sheet

_SAMPLE_CELLS = 400
_PREVIEW_CHARS = 120
_LEGACY = (Encoding.TCVN3, Encoding.VNI, Encoding.DOUBLE_UTF_8)


def unicode_sheets(
    sheets: Sequence[Sheet], *, confirmed: Encoding | None
) -> tuple[tuple[Sheet, ...], list[RowFinding]]:
    """Return the sheets in Unicode, and what is to be said about it.

    Without `confirmed` the finding holds the whole file until somebody has looked at it.
    """
    by_text = _encoding_of(sheets)
    has_fonts = any(look.font for sheet in sheets for look in sheet.looks.values())
    # Where fonts tell old cells from new ones, only the old ones change.
    encoding = confirmed if confirmed in _LEGACY and not (has_fonts and by_text is None) else by_text
    converted = [_converted(sheet, encoding) for sheet in sheets]
    samples = [sample for _sheet, sample in converted if sample]
    if not samples or confirmed is Encoding.UTF_8:
        return tuple(sheets), []
    before, after, used = samples[0]
    severity = Verdict.OK if confirmed else Verdict.HOLD
    double = "double_encoded" if used is Encoding.DOUBLE_UTF_8 else "legacy_encoding"
    params = {"encoding": used.value, "text": after, "before": before}
    finding = RowFinding("encoding_converted" if confirmed else double, severity, None, params)
    return tuple(sheet for sheet, _sample in converted), [finding]


def _encoding_of(sheets: Sequence[Sheet]) -> Encoding | None:
    texts: list[str] = []
    for sheet in sheets:
        for row in sheet.rows:
            texts += [value for value in row if isinstance(value, str) and not value.isascii()]
            if len(texts) > _SAMPLE_CELLS:
                break
    return legacy_font_encoding("\n".join(texts)) if texts else None


def _font_encoding(font: str) -> Encoding | None:
    if font.lower().startswith(".vn"):
        return Encoding.TCVN3
    return Encoding.VNI if font.lower().startswith("vni-") else None


def _converted(sheet: Sheet, encoding: Encoding | None) -> tuple[Sheet, tuple[str, str, Encoding] | None]:
    """Return the sheet in Unicode with the first change: before, after and by which encoding."""
    sample: tuple[str, str, Encoding] | None = None
    rows: list[list[CellValue]] = []
    has_fonts = any(look.font for look in sheet.looks.values())
    if encoding is None and not has_fonts:
        return sheet, None
    for number, row in enumerate(sheet.rows):
        cells: list[CellValue] = []
        for column, value in enumerate(row):
            look = sheet.looks.get((number, column))
            used = _font_encoding(look.font) if look and look.font else encoding
            if not isinstance(value, str) or value.isascii() or used is None or is_plainly_unicode(value):
                cells.append(value)
                continue
            text = convert(value, used) or value
            if look and look.font.lower().startswith(".vn") and look.font.endswith("H"):
                text = text.upper()  # these fonts draw small letters as capitals
            if text != value and sample is None:
                sample = (value[:_PREVIEW_CHARS], text[:_PREVIEW_CHARS], used)
            cells.append(text)
        rows.append(cells)
    return replace(sheet, rows=rows), sample
