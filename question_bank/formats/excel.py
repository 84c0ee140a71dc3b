"""Excel (.xlsx, .xlsm): question spreadsheets in, the house template out.

Reading gives a verdict for every source row; nothing is dropped without a word. Writing gives a file that
reads back with the same meaning, byte for byte the same for the same items.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace

from question_bank.formats.excel_findings import MESSAGES, ImportReading, RowFinding, RowVerdict, Verdict
from question_bank.formats.excel_layout import Header, find_header, seen_headings
from question_bank.formats.excel_rows import RowReader
from question_bank.formats.excel_writing import Unsupported, UnsupportedItem, template, unsupported, write
from question_bank.formats.workbook import (
    NoteKind,
    Sheet,
    UnreadableWorkbook,
    cell_name,
    read_workbook,
)
from question_bank.items import ItemDraft
from question_bank.text import plain, tone_fold
from question_bank.types.content import ChoiceContent

__all__ = [
    "MESSAGES",
    "ImportReading",
    "RowFinding",
    "RowVerdict",
    "UnreadableWorkbook",
    "Unsupported",
    "UnsupportedItem",
    "Verdict",
    "read",
    "template",
    "unsupported",
    "write",
]


def read(data: bytes) -> ImportReading:
    """Return the verdict on every filled row below the header of every question sheet.

    Macros are ignored and the file is flagged; formulas count by their stored value and the row is flagged.

    Raises:
        UnreadableWorkbook: see `read_workbook`; also `no_header` when no sheet has a recognisable header row.
    """
    workbook = read_workbook(data)
    findings = [RowFinding("macros_ignored", Verdict.WARNING)] if workbook.has_macros else []
    verdicts: list[RowVerdict] = []
    headers = [(sheet, find_header(sheet)) for sheet in workbook.sheets if sheet.rows]
    for sheet, header in headers:
        if header is None:
            findings.append(RowFinding("sheet_skipped", Verdict.OK, None, {"sheet": sheet.name}))
            continue
        for column, heading in header.ignored:
            place = cell_name(header.row, column)
            findings.append(RowFinding("column_ignored", Verdict.WARNING, place, {"heading": heading[:60]}))
        verdicts += _read_sheet(sheet, header)
    if all(header is None for _, header in headers):
        raise UnreadableWorkbook("no_header", {"headers": seen_headings(workbook.sheets)})
    if not verdicts:
        raise UnreadableWorkbook("empty")
    return ImportReading(tuple(_compare_rows(verdicts)), tuple(findings))


def _read_sheet(sheet: Sheet, header: Header) -> list[RowVerdict]:
    rows = [index for index in range(header.row + 1, len(sheet.rows)) if _is_filled(sheet, header, row=index)]
    lengths = Counter(_option_count(sheet, header, row=index) for index in rows)
    usual = lengths.most_common(1)[0][0] if lengths else 0
    return [RowReader(sheet, header, row=index, usual_options=usual).read() for index in rows]


def _is_filled(sheet: Sheet, header: Header, *, row: int) -> bool:
    # A running number alone is an empty line of a form; a cell that hides an error or a formula is not empty.
    places = [*header.options.values(), *(p for c, p in header.columns.items() if c.name != "SEQUENCE")]
    cells = sheet.rows[row]
    values = (cells[place] for place in places if place < len(cells))
    if any(value.strip() if isinstance(value, str) else True for value in values):
        return True
    return any(sheet.notes.get((row, place), set()) & {NoteKind.ERROR, NoteKind.FORMULA} for place in places)


def _option_count(sheet: Sheet, header: Header, *, row: int) -> int:
    cells = sheet.rows[row]
    filled = [i for i, place in header.options.items() if place < len(cells) and cells[place] != ""]
    return max(filled, default=-1) + 1


def _compare_rows(verdicts: Sequence[RowVerdict]) -> list[RowVerdict]:
    added: dict[int, list[RowFinding]] = defaultdict(list)
    by_stem: dict[str, list[int]] = defaultdict(list)
    by_source: dict[str, list[int]] = defaultdict(list)
    for index, verdict in enumerate(verdicts):
        if verdict.draft is not None:
            by_stem[tone_fold(plain(verdict.draft.content.stem))].append(index)
            if verdict.draft.source_id:
                by_source[verdict.draft.source_id].append(index)
    for indexes in by_stem.values():
        if len(indexes) > 1:
            _compare_group(verdicts, indexes, added=added)
    for source_id, indexes in by_source.items():
        for index in indexes if len(indexes) > 1 else ():
            params = {"text": source_id, "other": _others(verdicts, indexes, index=index)}
            added[index].append(RowFinding("duplicate_source_id", Verdict.HOLD, None, params))
    return [_with_findings(verdict, added[index]) for index, verdict in enumerate(verdicts)]


def _compare_group(
    verdicts: Sequence[RowVerdict], indexes: Sequence[int], *, added: dict[int, list[RowFinding]]
) -> None:
    keys = {index: _key_meaning(verdicts[index].draft) for index in indexes}
    is_conflict = len({key for key in keys.values() if key is not None}) > 1
    for index in indexes if is_conflict else indexes[1:]:
        code = "conflicting_keys" if is_conflict else "duplicate_item"
        severity = Verdict.HOLD if is_conflict else Verdict.WARNING
        other = _others(verdicts, indexes, index=index) if is_conflict else _row_name(verdicts[indexes[0]])
        added[index].append(RowFinding(code, severity, None, {"other": other}))


def _key_meaning(draft: ItemDraft | None) -> frozenset[str] | None:
    """Return the keyed texts: the same answer under another letter is no conflict. None without a key."""
    keyed = None if draft is None else draft.content.correct_response()
    if draft is None or keyed is None:
        return None
    categories = draft.content.categories(keyed)
    if isinstance(draft.content, ChoiceContent):
        texts = {option.id: tone_fold(plain(option.text)) for option in draft.content.options}
        return frozenset(texts[category] for category in categories)
    return frozenset(categories)


def _row_name(verdict: RowVerdict) -> str:
    return f"{verdict.row} ({verdict.sheet})"


def _others(verdicts: Sequence[RowVerdict], indexes: Iterable[int], *, index: int) -> str:
    return ", ".join(_row_name(verdicts[other]) for other in indexes if other != index)


def _with_findings(verdict: RowVerdict, findings: Sequence[RowFinding]) -> RowVerdict:
    if not findings:
        return verdict
    severity = max((verdict.severity, *(f.severity for f in findings)), key=lambda s: s.rank)
    return replace(verdict, severity=severity, findings=(*verdict.findings, *findings))
