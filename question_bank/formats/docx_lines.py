"""A Word document into lines with their emphasis, and its tables."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from docx.document import Document
from docx.oxml.ns import qn
from lxml import etree

from question_bank.formats.docx_images import DocumentImages
from question_bank.formats.docx_math import MATH, FormulaTooDeep, mathml
from question_bank.formats.docx_numbering import Numbering
from question_bank.formats.encoding import Encoding, convert, is_plainly_unicode
from question_bank.formats.inline_objects import InlineObjects, without_signs
from question_bank.formats.layout_lines import Emphasis, Line, Span, tidy

_OFF = frozenset({"0", "false", "off", "none"})
_MAX_CHAIN = 8
_PAIR_CELL = re.compile(r"(?:câu\s*)?[0-9]{1,4}\s*[.:)\-–]?\s*[A-H]", re.IGNORECASE)
_NUMBER_CELL = re.compile(r"(?:câu\s*)?([0-9]{1,4})\.?", re.IGNORECASE)
_LETTER_CELL = re.compile(r"([A-H])\.?", re.IGNORECASE)
_TITLE_CELL = re.compile(r"(?:câu(?: hỏi)?|stt|đáp án|đ/?a|answer|key|)\s*:?", re.IGNORECASE)


@dataclass(slots=True)
class Table:
    """A table as texts of its cells by row; `number` counts the document's tables from 1.

    `spans` tells by row and column, from 0, what is set off in a cell.
    """

    number: int
    rows: list[list[str]]
    spans: dict[tuple[int, int], tuple[Span, ...]] = field(default_factory=dict)


@dataclass(slots=True)
class Content:
    """The lines of a document, key tables at their end, and the tables, with the formulas and images
    in them; `legacy` has the beginning of what stood in old fonts, before and after, by encoding.
    """

    lines: list[Line] = field(default_factory=list)
    key_lines: list[Line] = field(default_factory=list)
    tables: list[tuple[Table, list[Line]]] = field(default_factory=list)
    legacy: dict[Encoding, tuple[str, str]] = field(default_factory=dict)
    objects: InlineObjects = field(default_factory=InlineObjects)
    media: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Look:
    emphases: frozenset[Emphasis] = frozenset()
    font: str = ""


class DocumentReader:
    """Reads a document's body once, in order."""

    def __init__(self, document: Document, *, keeps_old_fonts: bool = False, finds_keys: bool = True) -> None:
        self._images = DocumentImages(document)
        self._keeps_old_fonts = keeps_old_fonts
        self._finds_keys = finds_keys
        self._body = document.element.body
        self._numbering = Numbering(document)
        self._styles = {
            e.get(qn("w:styleId"), ""): e for e in document.styles.element.iterfind(qn("w:style"))
        }
        defaults = document.styles.element.find(f"{qn('w:docDefaults')}/{qn('w:rPrDefault')}/{qn('w:rPr')}")
        self._default = _look_of(defaults)
        self._content = Content()
        self._count = 0
        self._looks: dict[str, _Look] = {}

    def read(self) -> Content:
        """Return lines and tables; a table that is neither questions nor keys is for the caller to place."""
        for element in _blocks(self._body):
            if element.tag == qn("w:p"):
                self._content.lines += self._paragraph(element)
            else:
                self._table(element)
        self._content.media = self._images.media
        return self._content

    def _table(self, element: etree._Element) -> None:
        lines: list[Line] = []
        rows: list[list[str]] = []
        spans: dict[tuple[int, int], tuple[Span, ...]] = {}
        for row in element.iterfind(qn("w:tr")):
            cells = [
                [line for p in cell.iter(qn("w:p")) for line in self._paragraph(p)]
                for cell in row.iterfind(qn("w:tc"))
            ]
            spans |= {(len(rows), column): _spans_of(cell) for column, cell in enumerate(cells)}
            rows.append(["\n".join(line.text for line in cell).strip() for cell in cells])
            lines += [line for cell in cells for line in cell if line.text.strip() or line.notes]
        table = Table(len(self._content.tables) + 1, rows, spans)
        keys = key_pairs(rows) if self._finds_keys else []
        if keys:
            text = " ".join(f"{number}{letter}" for number, letter in keys)
            self._content.key_lines.append(Line(lines[0].number if lines else self._count, text))
        else:
            self._content.tables.append((table, lines))
            # A mark of its place: what the table holds may turn out to be lines of the text around it.
            self._content.lines.append(Line(-table.number, ""))

    def _paragraph(self, paragraph: etree._Element) -> list[Line]:
        self._count += 1
        properties = paragraph.find(qn("w:pPr"))
        style_look = self._style_look(_style(properties))
        text, spans, notes = self._numbering.label(paragraph), [], set[str]()
        mark = None if properties is None else properties.find(qn("w:rPr"))
        label_look = _merged(style_look, _look_of(mark))
        spans += [Span(0, len(text.rstrip()), emphasis) for emphasis in label_look.emphases] if text else []
        for piece, look in self._pieces(paragraph, style_look, notes):
            start = len(text)
            text += piece
            spans += [Span(start, len(text), emphasis) for emphasis in look.emphases]
        whole = Line(self._count, text, tuple(spans), tuple(sorted(notes)))
        lines: list[Line] = []
        start = 0
        for part in text.split("\n"):
            lines.append(whole.part(start, start + len(part)))
            start += len(part) + 1
        return lines

    def _pieces(self, element: etree._Element, base: _Look, notes: set[str]) -> Iterator[tuple[str, _Look]]:
        for child in element:
            if child.tag == qn("w:r"):
                properties = child.find(qn("w:rPr"))
                look = _merged(_merged(base, self._style_look(_style(properties))), _look_of(properties))
                text = "".join(self._texts(child, notes))
                if text:
                    yield self._decoded(text, look.font or self._default.font), look
            elif child.tag in (qn("w:del"), qn("w:moveFrom")):
                notes.add("deleted")
            elif child.tag in (f"{MATH}oMath", f"{MATH}oMathPara"):
                yield self._formula(child, notes), base
            elif child.tag not in (qn("w:pPr"), qn("w:p")):
                yield from self._pieces(child, base, notes)

    def _texts(self, run: etree._Element, notes: set[str]) -> Iterator[str]:
        for child in run:
            name = etree.QName(child).localname
            if name == "t":
                yield without_signs(child.text or "")
            elif name in ("br", "cr"):
                yield "\n"
            elif name == "tab":
                yield "\t"
            elif name == "noBreakHyphen":
                yield "-"
            elif name in ("drawing", "pict", "AlternateContent"):
                yield self._drawing(child, notes)
            elif name == "object":
                notes.add("object")

    def _drawing(self, drawing: etree._Element, notes: set[str]) -> str:
        if next(drawing.iter(qn("w:txbxContent")), None) is not None:
            notes.add("textbox")
            return ""
        markup, note = self._images.markup(drawing)
        notes |= {note} if note else set()
        return self._content.objects.add(markup) if markup else ""

    def _formula(self, element: etree._Element, notes: set[str]) -> str:
        try:
            return self._content.objects.add(mathml(element))
        except FormulaTooDeep:
            notes.add("formula")
            return tidy("".join(part.text or "" for part in element.iter(f"{MATH}t")))

    def _decoded(self, text: str, font: str) -> str:
        encoding = _legacy_font(font)
        if encoding is not None and not text.isascii() and not is_plainly_unicode(text):
            before, after = self._content.legacy.get(encoding, ("", ""))
            converted = convert(text, encoding)
            if len(after) < 120:
                joined = (f"{before} {text}".strip()[:120], f"{after} {converted}".strip()[:120])
                self._content.legacy[encoding] = joined
            if self._keeps_old_fonts:
                return tidy(text)
            text = converted
        if font.lower().startswith(".vn") and font.endswith("H"):
            text = text.upper()  # these fonts draw small letters as capitals
        return "\n".join(tidy(part.replace("\t", "    ")) for part in text.split("\n"))

    def _style_look(self, style: str) -> _Look:
        if style not in self._looks:
            look = _Look()
            chain: list[etree._Element] = []
            known = style
            while known in self._styles and len(chain) < _MAX_CHAIN:
                chain.append(self._styles[known])
                based = self._styles[known].find(qn("w:basedOn"))
                known = "" if based is None else based.get(qn("w:val"), "")
            for element in reversed(chain):
                look = _merged(look, _look_of(element.find(qn("w:rPr"))))
            self._looks[style] = look
        return self._looks[style]


def _spans_of(lines: Sequence[Line]) -> tuple[Span, ...]:
    """Return what is set off in the text of a cell, which begins at its first letter."""
    text = "\n".join(line.text for line in lines)
    offset = len(text.lstrip()) - len(text)
    spans: list[Span] = []
    for line in lines:
        spans += [
            Span(s.start + offset, s.end + offset, s.emphasis) for s in line.spans if s.end + offset > 0
        ]
        offset += len(line.text) + 1
    return tuple(spans)


def key_pairs(rows: Iterable[list[str]]) -> list[tuple[int, str]]:
    """Return numbers and letters of a table that holds nothing but keys, by rows or by columns, else nothing."""
    pairs: list[tuple[int, str]] = []
    numbers: list[int | None] = []
    for row in rows:
        cells = [cell.strip() for cell in row]
        kinds = [
            "".join("nlpt"[i] for i, k in enumerate(_CELLS) if k.fullmatch(cell)) or "?" for cell in cells
        ]
        if any(kind == "?" for kind in kinds):
            return []
        for cell, before in zip(cells[1:], cells, strict=False):
            number, letter = _NUMBER_CELL.fullmatch(before), _LETTER_CELL.fullmatch(cell)
            pairs += [(int(number[1]), letter[1].upper())] if number and letter else []
        pairs += [
            (int(re.findall("[0-9]+", c)[0]), c.rstrip()[-1].upper())
            for c in cells
            if _PAIR_CELL.fullmatch(c)
        ]
        letters = [_LETTER_CELL.fullmatch(cell) for cell in cells]
        for known, match in zip(numbers, letters, strict=False):
            pairs += [(known, match[1].upper())] if known is not None and match else []
        found = [_NUMBER_CELL.fullmatch(cell) for cell in cells]
        is_numbers = sum(match is not None for match in found) > 1 and not any(letters)
        numbers = [int(match[1]) if match else None for match in found] if is_numbers else []
    return sorted(set(pairs))


_CELLS = (_NUMBER_CELL, _LETTER_CELL, _PAIR_CELL, _TITLE_CELL)


def _blocks(parent: etree._Element) -> Iterator[etree._Element]:
    for child in parent:
        if child.tag in (qn("w:p"), qn("w:tbl")):
            yield child
        elif child.tag in (qn("w:sdt"), qn("w:sdtContent"), qn("w:ins"), qn("w:customXml")):
            yield from _blocks(child)


def _style(properties: etree._Element | None) -> str:
    if properties is None:
        return ""
    for name in ("w:pStyle", "w:rStyle"):
        element = properties.find(qn(name))
        if element is not None:
            return str(element.get(qn("w:val"), ""))
    return ""


def _look_of(properties: etree._Element | None) -> _Look:
    if properties is None:
        return _Look()
    emphases: set[Emphasis] = set()
    for name, emphasis in (("b", Emphasis.BOLD), ("i", Emphasis.ITALIC), ("u", Emphasis.UNDERLINE)):
        element = properties.find(qn(f"w:{name}"))
        if element is not None and element.get(qn("w:val"), "1").lower() not in _OFF:
            emphases.add(emphasis)
    highlight, shade = properties.find(qn("w:highlight")), properties.find(qn("w:shd"))
    if highlight is not None and highlight.get(qn("w:val"), "none") != "none":
        emphases.add(Emphasis.HIGHLIGHT)
    if shade is not None and shade.get(qn("w:fill"), "auto").lower() not in ("auto", "ffffff"):
        emphases.add(Emphasis.HIGHLIGHT)
    colour = properties.find(qn("w:color"))
    if colour is not None and colour.get(qn("w:val"), "auto").lower() not in ("auto", "000000"):
        emphases.add(Emphasis.COLOUR)
    fonts = properties.find(qn("w:rFonts"))
    font = "" if fonts is None else fonts.get(qn("w:ascii"), "") or fonts.get(qn("w:hAnsi"), "")
    return _Look(frozenset(emphases), font)


def _merged(base: _Look, own: _Look) -> _Look:
    return _Look(base.emphases | own.emphases, own.font or base.font)


def _legacy_font(font: str) -> Encoding | None:
    if font.lower().startswith(".vn"):
        return Encoding.TCVN3
    return Encoding.VNI if font.upper().startswith("VNI-") else None
