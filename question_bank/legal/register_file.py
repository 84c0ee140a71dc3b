"""Files of legal documents: JSON (documents and changes), Excel and CSV (one document a row)."""

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from importlib.resources import files
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints, ValidationError

from question_bank.citations import CitationError, DocumentNumberText, document_key, parse_document_number
from question_bank.formats.encoding import UnreadableText, decode
from question_bank.formats.excel_facts import parse_date
from question_bank.formats.refusal import UnreadableFile
from question_bank.formats.workbook import MAX_COLUMNS, MAX_ROWS, read_workbook
from question_bank.legal.documents import ChangeKind, Place, format_places, parse_places
from question_bank.text import CleanText, clean_text, fold

MESSAGES: dict[str, dict[str, str]] = {
    "not_a_register": {
        "vi": "Tệp không có cột “Số, ký hiệu” hoặc danh sách “documents”. Hãy dùng tệp mẫu.",
        "en": "The file has no column “Số, ký hiệu” and no list “documents”. Use the template.",
    },
    "broken_json": {
        "vi": "Tệp JSON bị hỏng ở dòng {line}.",
        "en": "The JSON file is damaged at line {line}.",
    },
    "too_many_rows": {
        "vi": "Tệp có quá {limit} dòng. Hãy tách tệp.",
        "en": "The file has more than {limit} rows. Split it.",
    },
    "invalid_number": {
        "vi": "“{text}” không phải là số, ký hiệu văn bản.",
        "en": "“{text}” is not a document number.",
    },
    "invalid_field": {
        "vi": "Giá trị “{text}” ở cột “{field}” không đọc được.",
        "en": "The value “{text}” in “{field}” cannot be read.",
    },
    "title_missing": {"vi": "Văn bản chưa có tên.", "en": "The document has no title."},
    "dates_reversed": {
        "vi": "Ngày hết hiệu lực phải sau ngày có hiệu lực.",
        "en": "A document must come into force before it ends.",
    },
    "twice_in_file": {
        "vi": "Văn bản {text} có hai lần trong tệp; dòng này được bỏ qua.",
        "en": "{text} stands twice in the file; this row is left out.",
    },
    "target_unknown": {
        "vi": "Văn bản {text} không có trong tệp và trong danh mục nên quan hệ này được bỏ qua.",
        "en": "{text} is neither in the file nor in the register; this relation is left out.",
    },
    "target_ambiguous": {
        "vi": "Có nhiều văn bản mang số {text}; hãy ghi nhận quan hệ này trên trang của văn bản.",
        "en": "Several documents have the number {text}; record this relation on the document's page.",
    },
}


class UnreadableRegister(UnreadableFile):
    """A file of documents that was not read at all."""

    messages = MESSAGES


@dataclass(frozen=True, slots=True)
class RegisterFinding:
    """What is wrong with one row; `code` and `params` name the sentence in `MESSAGES`."""

    code: str
    params: Mapping[str, str | int]

    def message(self, language: str = "vi") -> str:
        return MESSAGES[self.code][language].format(**self.params)


class DocumentEntry(BaseModel):
    """A document as a file gives it; `in_force_to` is the first day on which it is no longer in force."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    number: DocumentNumberText
    title: Annotated[CleanText, StringConstraints(min_length=1, max_length=500)]
    type: Annotated[CleanText, StringConstraints(max_length=100)] = ""
    issuer: Annotated[CleanText, StringConstraints(max_length=200)] = ""
    short_title: Annotated[CleanText, StringConstraints(max_length=200)] = ""
    issued_on: date | None = None
    in_force_from: date | None = None
    in_force_to: date | None = None
    notes: Annotated[CleanText, StringConstraints(max_length=2000)] = ""

    @property
    def key(self) -> str:
        """Return the key of the number."""
        return document_key(self.number) or self.number


class ChangeEntry(BaseModel):
    """What one document does to another, both named by number; `places` as `parse_places` reads them, "" for all."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: ChangeKind
    target: DocumentNumberText
    by: DocumentNumberText | None = None
    places: Annotated[str, AfterValidator(lambda text: format_places(parse_places(text)))] = ""
    effective_on: date | None = None
    effective_to: date | None = None
    note: Annotated[CleanText, StringConstraints(max_length=2000)] = ""

    def touched(self) -> tuple[Place, ...]:
        """Return the places; none for the whole document."""
        return parse_places(self.places)


@dataclass(frozen=True, slots=True)
class RegisterRow:
    """One row of a file: where it stands, what it gives, what is wrong. Without a document nothing of it is taken."""

    line: int
    shown: str
    document: DocumentEntry | None = None
    changes: tuple[ChangeEntry, ...] = ()
    findings: tuple[RegisterFinding, ...] = ()


def document_type(number: str, title: str) -> str:
    """Return Luật, Nghị định … by the number, or by the first words of the title where the number does not tell."""
    opening = fold(title)
    for name in ("Hiến pháp", "Bộ luật", "Nghị quyết", "Pháp lệnh"):
        if opening.startswith(fold(name)):
            return name
    try:
        return parse_document_number(number).kind_name or ""
    except CitationError:
        return ""


_COLUMNS: dict[str, tuple[str, ...]] = {
    "number": ("so ky hieu", "so hieu", "so van ban", "so ky hieu van ban", "number"),
    "title": ("ten van ban", "trich yeu", "ten", "title"),
    "type": ("loai", "loai van ban", "type"),
    "issuer": ("co quan ban hanh", "noi ban hanh", "issuer"),
    "short_title": ("ten goi tat", "ten ngan", "short title"),
    "issued_on": ("ngay ban hanh", "issued on", "issued"),
    "in_force_from": ("hieu luc tu", "ngay co hieu luc", "ngay hieu luc", "in force from"),
    "in_force_to": ("het hieu luc tu", "ngay het hieu luc", "het hieu luc", "in force to"),
    "amends": ("sua doi bo sung", "sua doi", "amends"),
    "replaces": ("thay the", "replaces"),
    "repeals": ("bai bo", "repeals"),
    "notes": ("ghi chu", "notes"),
}
HEADINGS: dict[str, str] = {
    "number": "Số, ký hiệu",
    "title": "Tên văn bản",
    "type": "Loại văn bản",
    "issuer": "Cơ quan ban hành",
    "short_title": "Tên gọi tắt",
    "issued_on": "Ngày ban hành",
    "in_force_from": "Hiệu lực từ",
    "in_force_to": "Hết hiệu lực từ",
    "amends": "Sửa đổi, bổ sung",
    "replaces": "Thay thế",
    "repeals": "Bãi bỏ",
    "notes": "Ghi chú",
}
"""The columns of the template; the relations hold document numbers separated by semicolons."""

_DATES = ("issued_on", "in_force_from", "in_force_to")
_RELATIONS = ("amends", "replaces", "repeals")
_HEADING_ROWS = 20


def read_register(data: bytes, file_name: str = "") -> tuple[RegisterRow, ...]:
    """Return a row for every document of the file, what cannot be taken with its reasons.

    Raises:
        UnreadableFile: no register, damaged, too large, or in an encoding that cannot be told.
    """
    if data.startswith(b"PK") or file_name.lower().endswith((".xlsx", ".xlsm")):
        for sheet in read_workbook(data).sheets:
            if found := _read_table([[_cell_text(cell) for cell in row] for row in sheet.rows]):
                return _without_doubles(found)
        raise UnreadableRegister("not_a_register")
    text = decode(data).text
    if text.lstrip("\ufeff \n\t").startswith(("{", "[")):
        return _without_doubles(_read_json(text.lstrip("\ufeff")))
    delimiter = max("\t;,", key=text.partition("\n")[0].count)
    rows = [
        row
        for row, _line in zip(
            csv.reader(io.StringIO(text), delimiter=delimiter), range(MAX_ROWS + 1), strict=False
        )
    ]
    if len(rows) > MAX_ROWS or any(len(row) > MAX_COLUMNS for row in rows):
        raise UnreadableRegister("too_many_rows", {"limit": MAX_ROWS})
    found = _read_table(rows)
    if not found:
        raise UnreadableRegister("not_a_register")
    return _without_doubles(found)


def starter_register() -> tuple[RegisterRow, ...]:
    """Return the documents that come with the software: what the field names, with the dates that are known."""
    return read_register(files(__package__).joinpath("starter_register.json").read_bytes())


def _cell_text(cell: object) -> str:
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    return "" if cell is None else str(cell)


def _read_table(rows: Sequence[Sequence[str]]) -> list[RegisterRow]:
    for index, row in enumerate(rows[:_HEADING_ROWS]):
        columns = _columns(row)
        if "number" in columns and "title" in columns:
            return [
                _row(line, {name: clean_text(cells[at]) for name, at in columns.items() if at < len(cells)})
                for line, cells in enumerate(rows[index + 1 :], start=index + 2)
                if any(cell.strip() for cell in cells)
            ]
    return []


def _columns(row: Sequence[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for at, heading in enumerate(row):
        for name, spellings in _COLUMNS.items():
            if fold(heading) in spellings:
                found.setdefault(name, at)
    return found


def _row(line: int, cells: dict[str, str]) -> RegisterRow:
    findings: list[RegisterFinding] = []
    raw: dict[str, Any] = {name: text for name, text in cells.items() if name not in _RELATIONS}
    for name in _DATES:
        text = raw.pop(name, "")
        if text and (day := parse_date(text)):
            raw[name] = day
        elif text:
            findings.append(RegisterFinding("invalid_field", {"text": text[:60], "field": HEADINGS[name]}))
    raw["number"] = raw.get("number", "")
    relations = [
        {"kind": name, "target": number, "by": raw["number"]}
        for name in _RELATIONS
        for number in (part.strip() for part in cells.get(name, "").replace("\n", ";").split(";"))
        if number
    ]
    return _checked(line, raw, relations, findings)


def _checked(
    line: int, raw: dict[str, Any], relations: Sequence[dict[str, Any]], findings: list[RegisterFinding]
) -> RegisterRow:
    shown = f"{raw.get('number', '')} {raw.get('title', '')}".strip()[:120]
    try:
        document = DocumentEntry.model_validate(raw)
    except ValidationError as error:
        return RegisterRow(line, shown, findings=(*findings, *_field_findings(error, raw)))
    if document.in_force_from and document.in_force_to and document.in_force_to <= document.in_force_from:
        findings.append(RegisterFinding("dates_reversed", {}))
    kind = document.type or document_type(document.number, document.title)
    changes: list[ChangeEntry] = []
    for relation in relations:
        try:
            changes.append(ChangeEntry.model_validate(relation))
        except ValidationError as error:
            findings += _field_findings(error, relation)
    # A date that cannot be read would be lost without a word: the row is not taken until somebody mends it.
    sound = None if any(found.code in ("invalid_field", "dates_reversed") for found in findings) else document
    return RegisterRow(
        line, shown, sound and sound.model_copy(update={"type": kind}), tuple(changes), tuple(findings)
    )


def _field_findings(error: ValidationError, raw: Mapping[str, Any]) -> Iterator[RegisterFinding]:
    for detail in error.errors(include_url=False):
        name = str(detail["loc"][0]) if detail["loc"] else ""
        text = str(raw.get(name, ""))[:60]
        if name in ("number", "target", "by"):
            yield RegisterFinding("invalid_number", {"text": text})
        elif name == "title" and not text:
            yield RegisterFinding("title_missing", {})
        else:
            yield RegisterFinding("invalid_field", {"text": text, "field": HEADINGS.get(name, name)})


def _read_json(text: str) -> list[RegisterRow]:
    try:
        raw = json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        line = error.lineno if isinstance(error, json.JSONDecodeError) else 1
        raise UnreadableRegister("broken_json", {"line": line}) from error
    documents = raw.get("documents") if isinstance(raw, dict) else raw
    if not isinstance(documents, list) or not all(isinstance(entry, dict) for entry in documents):
        raise UnreadableRegister("not_a_register")
    if len(documents) > MAX_ROWS:
        raise UnreadableRegister("too_many_rows", {"limit": MAX_ROWS})
    return [
        _checked(line, {key: value for key, value in entry.items() if key != "changes"}, _changes(entry), [])
        for line, entry in enumerate(documents, start=1)
    ]


def _changes(entry: Mapping[str, Any]) -> list[dict[str, Any]]:
    changes = entry.get("changes") or []
    own = {"by": entry.get("number")}
    return (
        [own | change for change in changes if isinstance(change, dict)] if isinstance(changes, list) else []
    )


def _without_doubles(rows: Sequence[RegisterRow]) -> tuple[RegisterRow, ...]:
    seen: set[tuple[str, str, date | None]] = set()
    kept: list[RegisterRow] = []
    for row in rows:
        if row.document is None:
            kept.append(row)
            continue
        key = (row.document.key, row.document.issuer, row.document.issued_on)
        if key in seen:
            finding = RegisterFinding("twice_in_file", {"text": row.document.number})
            kept.append(RegisterRow(row.line, row.shown, findings=(*row.findings, finding)))
        else:
            kept.append(row)
        seen.add(key)
    return tuple(kept)


__all__ = [
    "HEADINGS",
    "MESSAGES",
    "ChangeEntry",
    "DocumentEntry",
    "RegisterFinding",
    "RegisterRow",
    "UnreadableFile",
    "UnreadableRegister",
    "UnreadableText",
    "document_type",
    "read_register",
    "starter_register",
]
