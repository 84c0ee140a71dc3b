"""Opening a spreadsheet that a stranger sent: limits first, then values with what their cells hide.

Only values are read. Macros are never run and formulas never computed; where a cell's value comes from a
formula, an error or a display format, the reading says so, because what the sender saw on screen is then not
what was stored.
"""

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from xml.parsers import expat

import python_calamine

from question_bank.formats.refusal import UnreadableFile

MAX_FILE_BYTES = 20 * 1024 * 1024
MAX_UNPACKED_BYTES = 100 * 1024 * 1024
MAX_PARTS = 2_000
MAX_RATIO = 250
"""Unpacked over packed size, checked above 10 MB; ordinary sheets stay below 60."""
MAX_ROWS = 20_000
_HEADING_ROWS = 50
MAX_COLUMNS = 256
MAX_CELLS = 1_000_000
_MAX_ELEMENTS = 4_000_000

MESSAGES: dict[str, dict[str, str]] = {
    "file_too_large": {
        "vi": "Tệp lớn hơn {limit_mb} MB. Hãy tách thành nhiều tệp.",
        "en": "The file is larger than {limit_mb} MB. Split it.",
    },
    "not_a_workbook": {
        "vi": "Tệp này không phải bảng tính Excel (.xlsx).",
        "en": "This file is not an Excel workbook (.xlsx).",
    },
    "legacy_xls": {
        "vi": "Tệp ở định dạng Excel cũ (.xls). Hãy mở bằng Excel và lưu lại thành .xlsx.",
        "en": "The file is in the old Excel format (.xls). Save it again as .xlsx.",
    },
    "encrypted": {
        "vi": "Tệp có mật khẩu. Hãy bỏ mật khẩu rồi gửi lại.",
        "en": "The file is protected by a password. Remove it and send the file again.",
    },
    "zip_bomb": {
        "vi": "Tệp bung ra quá lớn so với giới hạn {limit_mb} MB nên không được đọc.",
        "en": "The file unpacks to more than the limit of {limit_mb} MB and was not read.",
    },
    "malformed": {
        "vi": "Tệp Excel bị hỏng. Hãy mở bằng Excel, lưu lại rồi gửi lại.",
        "en": "The workbook is damaged. Open it in Excel, save it and send it again.",
    },
    "too_many_rows": {
        "vi": "Một trang tính có quá {limit} dòng, hoặc quá nhiều ô. Hãy tách tệp.",
        "en": "A sheet has more than {limit} rows, or too many cells. Split the file.",
    },
    "too_many_columns": {
        "vi": "Một trang tính có dữ liệu ngoài cột thứ {limit}.",
        "en": "A sheet has data beyond column {limit}.",
    },
    "empty": {"vi": "Tệp không có dữ liệu.", "en": "The file holds no data."},
    "no_header": {
        "vi": "Không tìm thấy dòng tiêu đề có cột nội dung câu hỏi và đáp án. Các tiêu đề đã gặp: {headers}.",
        "en": "No header row with a question column and a key column was found. Headers seen: {headers}.",
    },
}


class UnreadableWorkbook(UnreadableFile):
    """A spreadsheet that was not read at all; `code` and `params` name the sentence in `MESSAGES`."""

    messages = MESSAGES


CellValue = str | float | int | bool | date | datetime | time | timedelta
"""What one cell holds; the empty string where it holds nothing."""


class NoteKind(StrEnum):
    """What a cell hides behind its value."""

    FORMULA = "formula"
    ERROR = "error"
    PERCENT = "percent"
    FRACTION = "fraction"


@dataclass(frozen=True, slots=True)
class Sheet:
    """One worksheet: its rows from row 1 and column A on, and notes by (row, column), both from 0."""

    name: str
    rows: list[list[CellValue]]
    notes: dict[tuple[int, int], set[NoteKind]]


@dataclass(frozen=True, slots=True)
class Workbook:
    """The worksheets in order; `has_macros` tells that the file carries a program, which was not read."""

    sheets: tuple[Sheet, ...]
    has_macros: bool


def read_workbook(data: bytes) -> Workbook:
    """Return all worksheets of an .xlsx or .xlsm file.

    Sizes are checked before anything is parsed: those the archive declares, then those that really come out.
    Memory is bounded by `MAX_UNPACKED_BYTES` and `MAX_CELLS`.

    Raises:
        UnreadableWorkbook: too large, not a workbook, encrypted, damaged or empty.
    """
    package = _Package(data)
    notes = package.inspect()
    sheets: list[Sheet] = []
    try:
        workbook = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
        for name in workbook.sheet_names:
            rows = workbook.get_sheet_by_name(name).to_python(skip_empty_area=False)
            sheets.append(Sheet(name, rows, notes.get(name, {})))
    except python_calamine.PasswordError as error:
        raise UnreadableWorkbook("encrypted") from error
    except BaseException as error:
        # A panic of the native reader is no Exception; it means a damaged file and must not end the process.
        if isinstance(error, python_calamine.CalamineError | OSError | ValueError) or _is_panic(error):
            raise UnreadableWorkbook("malformed") from error
        raise
    if not any(sheet.rows for sheet in sheets):
        raise UnreadableWorkbook("empty")
    return Workbook(tuple(sheets), package.has_macros)


def _is_panic(error: BaseException) -> bool:
    return type(error).__name__ == "PanicException"


@dataclass
class _Package:
    data: bytes
    parts: dict[str, zipfile.ZipInfo] = field(init=False)
    has_macros: bool = field(init=False)
    unpacked_bytes: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        if len(self.data) > MAX_FILE_BYTES:
            raise UnreadableWorkbook("file_too_large", {"limit_mb": MAX_FILE_BYTES // 2**20})
        if self.data[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
            is_encrypted = "EncryptedPackage".encode("utf-16-le") in self.data
            raise UnreadableWorkbook("encrypted" if is_encrypted else "legacy_xls")
        try:
            infos = zipfile.ZipFile(io.BytesIO(self.data)).infolist()
        except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
            raise UnreadableWorkbook("not_a_workbook") from error
        self.parts = {info.filename.lower(): info for info in infos}
        self._check_declared(infos)
        self.has_macros = any(name.endswith("vbaproject.bin") for name in self.parts)

    def _check_declared(self, infos: list[zipfile.ZipInfo]) -> None:
        if "xl/workbook.xml" not in self.parts:
            raise UnreadableWorkbook("not_a_workbook")
        if any(info.flag_bits & 1 for info in infos):
            raise UnreadableWorkbook("encrypted")
        declared = sum(info.file_size for info in infos)
        is_steep = declared > 10 * 2**20 and declared > MAX_RATIO * len(self.data)
        if declared > MAX_UNPACKED_BYTES or is_steep or len(infos) > MAX_PARTS:
            raise self._bomb()
        if len(self.parts) != len(infos):
            raise UnreadableWorkbook(
                "malformed"
            )  # two parts of one name: readers would disagree on which counts

    @staticmethod
    def _bomb() -> UnreadableWorkbook:
        return UnreadableWorkbook("zip_bomb", {"limit_mb": MAX_UNPACKED_BYTES // 2**20})

    def _chunks(self, info: zipfile.ZipInfo) -> Iterator[bytes]:
        # zipfile stops at the declared size, so a lying archive looks small to it and not to the next reader;
        # the stream is therefore unpacked here, counted as it comes out.
        header = self.data[info.header_offset : info.header_offset + 30]
        if len(header) < 30 or info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise UnreadableWorkbook("malformed")
        name_length, extra_length = struct.unpack("<HH", header[26:30])
        start = info.header_offset + 30 + name_length + extra_length
        packed = self.data[start : start + info.compress_size]
        if info.compress_type == zipfile.ZIP_STORED:
            self._count(len(packed))
            yield packed
            return
        decompressor = zlib.decompressobj(-15)
        try:
            while packed and not decompressor.eof:
                chunk = decompressor.decompress(packed, 2**18)
                packed = decompressor.unconsumed_tail
                self._count(len(chunk))
                yield chunk
        except zlib.error as error:
            raise UnreadableWorkbook("malformed") from error

    def _count(self, size: int) -> None:
        self.unpacked_bytes += size
        if self.unpacked_bytes > MAX_UNPACKED_BYTES:
            raise self._bomb()

    def inspect(self) -> dict[str, dict[tuple[int, int], set[NoteKind]]]:
        """Return the notes of each worksheet by name, having unpacked every part once within the limits."""
        formats = _style_notes(self._collect("xl/styles.xml"))
        notes_by_part: dict[str, dict[tuple[int, int], set[NoteKind]]] = {}
        for name, info in self.parts.items():
            scanner = _SheetScanner(formats)
            for chunk in self._chunks(info):
                scanner.feed(chunk)
            notes_by_part[name] = scanner.notes
        targets = {
            attributes.get("Id"): "xl/" + re.sub(r"^(?:/?xl/|\./)", "", attributes.get("Target", "").lower())
            for _, element, attributes in self._collect("xl/_rels/workbook.xml.rels")
            if element == "Relationship"
        }
        return {
            attributes["name"]: notes_by_part.get(targets.get(attributes.get("id"), ""), {})
            for _, element, attributes in self._collect("xl/workbook.xml")
            if element == "sheet" and "name" in attributes
        }

    def _collect(self, name: str) -> list[tuple[str, str, dict[str, str]]]:
        info = self.parts.get(name)
        if info is None:
            return []
        found: list[tuple[str, str, dict[str, str]]] = []
        path = [""]

        def start(element: str, attributes: dict[str, str]) -> None:
            local = _local(element)
            found.append((path[-1], local, {_local(key): value for key, value in attributes.items()}))
            path.append(local)

        parser = _new_parser()
        parser.StartElementHandler = start
        parser.EndElementHandler = lambda _: path.pop()
        try:
            for chunk in self._chunks(info):
                parser.Parse(chunk, False)
            parser.Parse(b"", True)
        except expat.ExpatError as error:
            raise UnreadableWorkbook("malformed") from error
        return found


def _local(name: str) -> str:
    return name.rpartition(" ")[2]


def _refuse_doctype(*_: object) -> None:
    raise UnreadableWorkbook("malformed")  # no workbook has one; entity bombs do


def _new_parser() -> expat.XMLParserType:
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartDoctypeDeclHandler = _refuse_doctype
    parser.buffer_text = True
    return parser


class _SheetScanner:
    """Watches one part go by; in a worksheet, checks the extent and notes formulas, errors and formats."""

    def __init__(self, formats: dict[int, NoteKind]) -> None:
        self.notes: dict[tuple[int, int], set[NoteKind]] = {}
        self._formats = formats
        self._parser: expat.XMLParserType | None = None
        self._is_started = False
        self._row, self._column, self._cells, self._elements = -1, -1, 0, 0
        self._note: NoteKind | None = None

    def feed(self, chunk: bytes) -> None:
        """Take the next bytes of the part."""
        if not self._is_started and chunk.strip():
            self._is_started = True
            if chunk.lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b"<", b"\xff\xfe", b"\xfe\xff")):
                self._parser = _new_parser()
                self._parser.StartElementHandler = self._start_root
        if self._parser is not None:
            try:
                self._parser.Parse(chunk, False)
            except expat.ExpatError as error:
                raise UnreadableWorkbook("malformed") from error

    def _start_root(self, element: str, _: dict[str, str]) -> None:
        assert self._parser is not None
        self._parser.StartElementHandler = self._start if _local(element) == "worksheet" else None

    def _start(self, element: str, attributes: dict[str, str]) -> None:
        self._elements += 1
        match _local(element):
            case "row":
                number = attributes.get("r", "")
                self._row = int(number) - 1 if re.fullmatch("[0-9]{1,7}", number) else self._row + 1
                self._column = -1
            case "c":
                self._start_cell(attributes)
            case "f":
                self._add(NoteKind.FORMULA)
            case "v" | "is":
                self._check_extent()
                if self._note is not None:
                    self._add(self._note)
        if self._elements > _MAX_ELEMENTS:
            raise UnreadableWorkbook("too_many_rows", {"limit": MAX_ROWS})

    def _start_cell(self, attributes: dict[str, str]) -> None:
        reference = re.fullmatch(r"([A-Z]{1,3})([0-9]{1,7})", attributes.get("r", ""))
        if reference:
            self._row, self._column = int(reference[2]) - 1, _column_index(reference[1])
        else:
            self._column += 1
        kind, style = attributes.get("t", "n"), attributes.get("s", "")
        if kind == "e":
            self._note = NoteKind.ERROR
        else:
            self._note = (
                self._formats.get(int(style)) if kind == "n" and re.fullmatch("[0-9]{1,6}", style) else None
            )

    def _check_extent(self) -> None:
        self._cells += 1
        if self._row >= MAX_ROWS + _HEADING_ROWS or self._cells > MAX_CELLS:
            raise UnreadableWorkbook("too_many_rows", {"limit": MAX_ROWS})
        if self._column >= MAX_COLUMNS:
            raise UnreadableWorkbook("too_many_columns", {"limit": MAX_COLUMNS})

    def _add(self, kind: NoteKind) -> None:
        self._check_extent()
        self.notes.setdefault((self._row, self._column), set()).add(kind)


def _style_notes(styles: list[tuple[str, str, dict[str, str]]]) -> dict[int, NoteKind]:
    codes = {"9": "0%", "10": "0.00%", "12": "# ?/?", "13": "# ??/??"}
    codes |= {
        a["numFmtId"]: a.get("formatCode", "") for _, e, a in styles if e == "numFmt" and "numFmtId" in a
    }
    notes: dict[int, NoteKind] = {}
    cell_formats = (a for parent, e, a in styles if parent == "cellXfs" and e == "xf")
    for index, attributes in enumerate(cell_formats):
        code = re.sub(r'"[^"]*"|\\.', "", codes.get(attributes.get("numFmtId", ""), ""))
        if "%" in code:
            notes[index] = NoteKind.PERCENT
        elif re.search(r"[?#0]\s*/\s*[?#0-9]", code):
            notes[index] = NoteKind.FRACTION
    return notes


def _column_index(letters: str) -> int:
    index = 0
    for letter in letters:
        index = index * 26 + ord(letter) - ord("A") + 1
    return index - 1


def cell_name(row: int, column: int) -> str:
    """Return the name a person sees for the cell at row and column, both from 0: (1, 2) is C2."""
    letters, number = "", column + 1
    while number:
        number, digit = divmod(number - 1, 26)
        letters = chr(ord("A") + digit) + letters
    return f"{letters}{row + 1}"


def number_text(value: float, notes: frozenset[NoteKind] | set[NoteKind] = frozenset()) -> str:
    """Return a number as Vietnamese readers write it: 3 for 3.0, decimal comma, percents and fractions.

    Fifteen significant digits, as the spreadsheet itself shows.
    """
    number = Decimal(format(value, ".15g"))
    if NoteKind.FRACTION in notes:
        shown = Fraction(number).limit_denominator(99)
        whole, rest = divmod(abs(shown), 1)
        parts = ([str(whole)] if whole else []) + ([str(rest)] if rest else [])
        return ("-" if shown < 0 else "") + (" ".join(parts) or "0")
    suffix = ""
    if NoteKind.PERCENT in notes:
        number, suffix = number * 100, "%"
    text = format(number.normalize() if number else Decimal(0), "f")
    return text.replace(".", ",") + suffix
