"""What the parts of a workbook say beside values: formulas, errors, formats, emphasis, fonts, merged cells.

Values are read by a library that gives no more than values; these scanners watch the same parts go by.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from xml.parsers import expat

from question_bank.formats.layout_lines import Emphasis, Span

_MAX_MERGES = 20_000
_BLACK = frozenset({"auto", "000000", "FF000000", "00000000"})
_PALE = frozenset({"FFFFFFFF", "FFFFFF", "00FFFFFF"})


class NoteKind(StrEnum):
    """What a cell hides behind its value."""

    FORMULA = "formula"
    ERROR = "error"
    PERCENT = "percent"
    FRACTION = "fraction"


class ScanRefused(ValueError):
    """A part that is not what a workbook holds; `code` and `params` as in `UnreadableWorkbook`."""

    def __init__(self, code: str, **params: str | int) -> None:
        super().__init__(code)
        self.code, self.params = code, params


@dataclass(frozen=True, slots=True)
class Look:
    """How a cell is set: emphasis of the whole cell, and its font where that is one of before Unicode."""

    emphases: frozenset[Emphasis] = frozenset()
    font: str = ""


@dataclass(frozen=True, slots=True)
class Merge:
    """A merged area, rows and columns from 0, its last ones included."""

    top: int
    left: int
    bottom: int
    right: int


@dataclass(slots=True)
class Styles:
    """By the number of a cell's format: what it hides and how it looks."""

    notes: dict[int, NoteKind] = field(default_factory=dict)
    looks: dict[int, Look] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Limits:
    """How large a sheet may be."""

    rows: int
    heading_rows: int
    columns: int
    cells: int
    elements: int


def local(name: str) -> str:
    """Return the name of an element or attribute without its namespace."""
    return name.rpartition(" ")[2]


def new_parser() -> expat.XMLParserType:
    """Return a parser that refuses a DOCTYPE: no workbook has one, entity bombs do."""
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartDoctypeDeclHandler = _refuse_doctype
    parser.buffer_text = True
    return parser


def _refuse_doctype(*_: object) -> None:
    raise ScanRefused("malformed")


Elements = list[tuple[str, str, dict[str, str]]]
"""Elements of a part in order: the name of the parent, the own name, the attributes."""


def read_styles(styles: Elements) -> Styles:
    """Return what the formats of `styles.xml` say."""
    codes = {"9": "0%", "10": "0.00%", "12": "# ?/?", "13": "# ??/??"}
    codes |= {
        a["numFmtId"]: a.get("formatCode", "") for _, e, a in styles if e == "numFmt" and "numFmtId" in a
    }
    fonts, fills = _fonts(styles), _fills(styles)
    found = Styles()
    cell_formats = [a for parent, e, a in styles if parent == "cellXfs" and e == "xf"]
    for index, attributes in enumerate(cell_formats):
        code = re.sub(r'"[^"]*"|\\.', "", codes.get(attributes.get("numFmtId", ""), ""))
        if "%" in code:
            found.notes[index] = NoteKind.PERCENT
        elif re.search(r"[?#0]\s*/\s*[?#0-9]", code):
            found.notes[index] = NoteKind.FRACTION
        font = fonts.get(_number(attributes.get("fontId")), Look())
        is_filled = _number(attributes.get("fillId")) in fills
        emphases = font.emphases | ({Emphasis.HIGHLIGHT} if is_filled else frozenset())
        if emphases or font.font:
            found.looks[index] = Look(emphases, font.font)
    return found


def _number(text: str | None) -> int:
    return int(text) if text and re.fullmatch("[0-9]{1,6}", text) else -1


def _fonts(styles: Elements) -> dict[int, Look]:
    fonts: dict[int, Look] = {}
    count, name, emphases = -1, "", set[Emphasis]()
    for parent, element, attributes in styles:
        if parent == "fonts" and element == "font":
            count, name, emphases = count + 1, "", set()
        elif parent == "font" and count >= 0:
            name = attributes.get("val", "") if element == "name" else name
            found = emphasis_of(element, attributes)
            emphases |= {found} if found else set()
        else:
            continue
        fonts[count] = Look(frozenset(emphases), name if is_legacy_font(name) else "")
    return fonts


def is_legacy_font(name: str) -> bool:
    """Tell whether a font draws the bytes of TCVN3 or VNI."""
    return name.lower().startswith((".vn", "vni-"))


def emphasis_of(element: str, attributes: Mapping[str, str]) -> Emphasis | None:
    """Return the emphasis that an element of a font or of run properties gives, or None."""
    is_off = attributes.get("val", "1").lower() in ("0", "false", "none")
    match element:
        case "b":
            return None if is_off else Emphasis.BOLD
        case "i":
            return None if is_off else Emphasis.ITALIC
        case "u":
            return None if is_off else Emphasis.UNDERLINE
        case "color":
            rgb, theme = attributes.get("rgb", ""), attributes.get("theme", "")
            # Theme colours 0 and 1 are those of the page and of ordinary text.
            is_set = (rgb and rgb.upper() not in _BLACK | _PALE) or (theme not in ("", "0", "1"))
            is_indexed = attributes.get("indexed", "") not in ("", "0", "1", "8", "9", "64", "65")
            return Emphasis.COLOUR if is_set or is_indexed else None
    return None


def _fills(styles: Elements) -> set[int]:
    filled: set[int] = set()
    count = -1
    is_solid = False
    for parent, element, attributes in styles:
        if parent == "fills" and element == "fill":
            count, is_solid = count + 1, False
        elif element == "patternFill" and parent == "fill":
            is_solid = attributes.get("patternType") == "solid"
        elif element == "fgColor" and parent == "patternFill" and is_solid:
            rgb = attributes.get("rgb", "").upper()
            is_white = rgb in _PALE or attributes.get("theme") == "0"
            filled |= set() if is_white and attributes.get("tint", "0") in ("0", "") else {count}
    return filled


class RichStringScanner:
    """Reads `sharedStrings.xml`; keeps only strings of which a part is set off. `found` maps the string's number."""

    def __init__(self) -> None:
        self.found: dict[int, tuple[Span, ...]] = {}
        self._parser = new_parser()
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._text
        self._count, self._length, self._begin = -1, 0, 0
        self._spans: list[Span] = []
        self._emphases: set[Emphasis] = set()
        self._in_text = self._in_properties = self._is_phonetic = False

    def feed(self, chunk: bytes) -> None:
        """Take the next bytes of the part."""
        self._parser.Parse(chunk, False)

    def _start(self, element: str, attributes: dict[str, str]) -> None:
        match local(element):
            case "si":
                self._count, self._length, self._spans = self._count + 1, 0, []
                self._emphases = set()
            case "r":
                self._emphases, self._begin = set(), self._length
            case "rPr":
                self._in_properties = True
            case "rPh":
                self._is_phonetic = True
            case "t":
                self._in_text = not self._is_phonetic
            case name if self._in_properties:
                found = emphasis_of(name, {local(key): value for key, value in attributes.items()})
                self._emphases |= {found} if found else set()

    def _text(self, text: str) -> None:
        self._length += len(text) if self._in_text else 0

    def _end(self, element: str) -> None:
        match local(element):
            case "t":
                self._in_text = False
            case "rPr":
                self._in_properties = False
            case "rPh":
                self._is_phonetic = False
            case "r":
                self._spans += [Span(self._begin, self._length, emphasis) for emphasis in self._emphases]
            case "si" if self._spans:
                self.found[self._count] = tuple(self._spans)


class SheetScanner:
    """Watches one part go by; in a worksheet, checks the extent and notes what cells hide and how they look."""

    def __init__(self, styles: Styles, rich_strings: Mapping[int, tuple[Span, ...]], limits: Limits) -> None:
        self.notes: dict[tuple[int, int], set[NoteKind]] = {}
        self.looks: dict[tuple[int, int], Look] = {}
        self.spans: dict[tuple[int, int], tuple[Span, ...]] = {}
        self.merges: list[Merge] = []
        self.root = ""
        self._styles, self._rich_strings, self._limits = styles, rich_strings, limits
        self._parser: expat.XMLParserType | None = None
        self._is_started = False
        self._row, self._column, self._cells, self._elements = -1, -1, 0, 0
        self._note: NoteKind | None = None
        self._look: Look | None = None
        self._index = ""
        self._is_shared = False

    def feed(self, chunk: bytes) -> None:
        """Take the next bytes of the part."""
        if not self._is_started and chunk.strip():
            self._is_started = True
            if chunk.lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b"<", b"\xff\xfe", b"\xfe\xff")):
                self._parser = new_parser()
                self._parser.StartElementHandler = self._start_root
        if self._parser is not None:
            try:
                self._parser.Parse(chunk, False)
            except expat.ExpatError as error:
                raise ScanRefused("malformed") from error

    def _start_root(self, element: str, _: dict[str, str]) -> None:
        assert self._parser is not None
        self.root = local(element)
        is_sheet = self.root == "worksheet"
        self._parser.StartElementHandler = self._start if is_sheet else None
        if is_sheet and self._rich_strings:
            self._parser.EndElementHandler = self._end

    def _start(self, element: str, attributes: dict[str, str]) -> None:
        self._elements += 1
        match local(element):
            case "row":
                number = attributes.get("r", "")
                self._row = int(number) - 1 if re.fullmatch("[0-9]{1,7}", number) else self._row + 1
                self._column = -1
            case "c":
                self._start_cell(attributes)
            case "f":
                self._add(NoteKind.FORMULA)
            case "v" | "is":
                self._start_value()
            case "mergeCell" if len(self.merges) < _MAX_MERGES:
                self._merge(attributes.get("ref", ""))
        if self._elements > self._limits.elements:
            raise ScanRefused("too_many_rows", limit=self._limits.rows)

    def _start_cell(self, attributes: dict[str, str]) -> None:
        reference = re.fullmatch(r"([A-Z]{1,3})([0-9]{1,7})", attributes.get("r", ""))
        if reference:
            self._row, self._column = int(reference[2]) - 1, column_index(reference[1])
        else:
            self._column += 1
        kind, style = attributes.get("t", "n"), _number(attributes.get("s"))
        self._note = NoteKind.ERROR if kind == "e" else self._styles.notes.get(style) if kind == "n" else None
        self._look = self._styles.looks.get(style)
        self._is_shared = kind == "s"

    def _start_value(self) -> None:
        self._check_extent()
        if self._note is not None:
            self._add(self._note)
        if self._look is not None:
            self.looks[self._row, self._column] = self._look
        if self._is_shared and self._rich_strings:
            self._index = ""
            self._handler(self._take_index)

    def _handler(self, function: Callable[[str], None] | None) -> None:
        assert self._parser is not None
        self._parser.CharacterDataHandler = function

    def _take_index(self, text: str) -> None:
        self._index += text[:10]

    def _end(self, element: str) -> None:
        if local(element) == "v" and self._is_shared:
            self._handler(None)
            spans = self._rich_strings.get(_number(self._index))
            if spans:
                self.spans[self._row, self._column] = spans

    def _merge(self, reference: str) -> None:
        match = re.fullmatch(r"([A-Z]{1,3})([0-9]{1,7}):([A-Z]{1,3})([0-9]{1,7})", reference)
        if match:
            left, right = column_index(match[1]), column_index(match[3])
            self.merges.append(Merge(int(match[2]) - 1, left, int(match[4]) - 1, right))

    def _check_extent(self) -> None:
        self._cells += 1
        limits = self._limits
        if self._row >= limits.rows + limits.heading_rows or self._cells > limits.cells:
            raise ScanRefused("too_many_rows", limit=limits.rows)
        if self._column >= limits.columns:
            raise ScanRefused("too_many_columns", limit=limits.columns)

    def _add(self, kind: NoteKind) -> None:
        self._check_extent()
        self.notes.setdefault((self._row, self._column), set()).add(kind)


def column_index(letters: str) -> int:
    """Return the index, from 0, of the column with these letters."""
    index = 0
    for letter in letters:
        index = index * 26 + ord(letter) - ord("A") + 1
    return index - 1
