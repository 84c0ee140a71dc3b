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
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from xml.parsers import expat

import python_calamine

from question_bank.formats.inline_objects import InlineObjects
from question_bank.formats.layout_lines import Span
from question_bank.formats.refusal import UnreadableFile
from question_bank.formats.workbook_scan import (
    Elements,
    Limits,
    Look,
    Merge,
    NoteKind,
    RichStringScanner,
    ScanRefused,
    SheetScanner,
    local,
    new_parser,
    read_styles,
)

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
_LIMITS = Limits(MAX_ROWS, _HEADING_ROWS, MAX_COLUMNS, MAX_CELLS, _MAX_ELEMENTS)
_OBJECT_PART = re.compile(r"^xl/(?:embeddings/|activex/|ctrlprops/)|oleobject[^/]*\.bin$")

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
    "macros_refused": {
        "vi": "Tệp có chương trình macro nên không được nhận. Hãy lưu lại dạng Excel thường (.xlsx) rồi gửi lại.",
        "en": "The file carries macros and was refused. Save it as an ordinary workbook (.xlsx) and send it again.",
    },
    "objects_refused": {
        "vi": "Tệp có đối tượng nhúng (OLE, ActiveX) nên không được nhận. Hãy xóa đối tượng hoặc chép sang tệp mới.",
        "en": "The file carries embedded objects (OLE, ActiveX) and was refused. Remove them or copy to a new file.",
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


@dataclass(frozen=True, slots=True)
class Sheet:
    """One worksheet: its rows from row 1 and column A on, and what is known of cells by (row, column), both from 0.

    `looks` tells how whole cells are set, `spans` which stretches of a cell's text are set off, `objects` what
    the signs in it stand for.
    """

    name: str
    rows: list[list[CellValue]]
    notes: dict[tuple[int, int], set[NoteKind]]
    looks: Mapping[tuple[int, int], Look] = field(default_factory=dict)
    spans: Mapping[tuple[int, int], tuple[Span, ...]] = field(default_factory=dict)
    merges: tuple[Merge, ...] = ()
    objects: InlineObjects = field(default_factory=InlineObjects)


@dataclass(frozen=True, slots=True)
class Workbook:
    """The worksheets in order."""

    sheets: tuple[Sheet, ...]


def read_workbook(data: bytes) -> Workbook:
    """Return all worksheets of an .xlsx file.

    Sizes are checked before anything is parsed: those the archive declares, then those that really come out.
    Memory is bounded by `MAX_UNPACKED_BYTES` and `MAX_CELLS`.

    Raises:
        UnreadableWorkbook: too large, not a workbook, encrypted, damaged or empty, with a macro or an
            embedded object.
    """
    package = _Package(data)
    try:
        scanned = package.inspect()
    except ScanRefused as error:
        raise UnreadableWorkbook(error.code, error.params) from error
    sheets: list[Sheet] = []
    try:
        workbook = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
        for name in workbook.sheet_names:
            rows = workbook.get_sheet_by_name(name).to_python(skip_empty_area=False)
            sheets.append(_sheet(name, rows, scanned.get(name)))
    except python_calamine.PasswordError as error:
        raise UnreadableWorkbook("encrypted") from error
    except BaseException as error:
        # A panic of the native reader is no Exception; it means a damaged file and must not end the process.
        if isinstance(error, python_calamine.CalamineError | OSError | ValueError) or _is_panic(error):
            raise UnreadableWorkbook("malformed") from error
        raise
    if not any(sheet.rows for sheet in sheets):
        raise UnreadableWorkbook("empty")
    return Workbook(tuple(sheets))


def _sheet(name: str, rows: list[list[CellValue]], scanned: SheetScanner | None) -> Sheet:
    if scanned is None:
        return Sheet(name, rows, {})
    return Sheet(name, rows, scanned.notes, scanned.looks, scanned.spans, tuple(scanned.merges))


def _is_panic(error: BaseException) -> bool:
    return type(error).__name__ == "PanicException"


@dataclass
class _Package:
    data: bytes
    parts: dict[str, zipfile.ZipInfo] = field(init=False)
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
        self._refuse_programs()

    def _refuse_programs(self) -> None:
        """Refuse what a list of questions has no use for: programs, embedded objects, controls."""
        if any(name.endswith("vbaproject.bin") or "macrosheets/" in name for name in self.parts):
            raise UnreadableWorkbook("macros_refused")
        if any(_OBJECT_PART.search(name) for name in self.parts):
            raise UnreadableWorkbook("objects_refused")

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

    def inspect(self) -> dict[str, SheetScanner]:
        """Return what each worksheet says beside values, having unpacked every part once within the limits."""
        styles = read_styles(self._collect("xl/styles.xml"))
        rich_strings = self._rich_strings()
        by_part: dict[str, SheetScanner] = {}
        for name, info in self.parts.items():
            scanner = SheetScanner(styles, rich_strings, _LIMITS)
            for chunk in self._chunks(info):
                scanner.feed(chunk)
            if scanner.root == "worksheet":
                by_part[name] = scanner
        targets = {
            attributes.get("Id"): "xl/" + re.sub(r"^(?:/?xl/|\./)", "", attributes.get("Target", "").lower())
            for _, element, attributes in self._collect("xl/_rels/workbook.xml.rels")
            if element == "Relationship"
        }
        return {
            attributes["name"]: by_part[target]
            for _, element, attributes in self._collect("xl/workbook.xml")
            if element == "sheet"
            and "name" in attributes
            and (target := targets.get(attributes.get("id"), "")) in by_part
        }

    def _rich_strings(self) -> dict[int, tuple[Span, ...]]:
        info = self.parts.get("xl/sharedstrings.xml")
        if info is None:
            return {}
        scanner = RichStringScanner()
        try:
            for chunk in self._chunks(info):
                scanner.feed(chunk)
        except expat.ExpatError as error:
            raise UnreadableWorkbook("malformed") from error
        return scanner.found

    def _collect(self, name: str) -> Elements:
        info = self.parts.get(name)
        if info is None:
            return []
        found: Elements = []
        path = [""]

        def start(element: str, attributes: dict[str, str]) -> None:
            name = local(element)
            found.append((path[-1], name, {local(key): value for key, value in attributes.items()}))
            path.append(name)

        parser = new_parser()
        parser.StartElementHandler = start
        parser.EndElementHandler = lambda _: path.pop()
        try:
            for chunk in self._chunks(info):
                parser.Parse(chunk, False)
            parser.Parse(b"", True)
        except expat.ExpatError as error:
            raise UnreadableWorkbook("malformed") from error
        return found


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
