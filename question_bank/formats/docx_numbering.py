"""The labels of automatic lists in a Word document, which stand nowhere in its text."""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from docx.document import Document
from docx.oxml.ns import qn
from lxml import etree

_ROMAN = ((10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))


@dataclass(frozen=True, slots=True)
class _Level:
    start: int
    form: str
    text: str


class Numbering:
    """Counts the document's lists; ask for the label of every paragraph in order, once."""

    def __init__(self, document: Document) -> None:
        self._levels: dict[str, dict[int, _Level]] = {}
        self._abstract: dict[str, str] = {}
        self._restarts: dict[str, dict[int, int]] = defaultdict(dict)
        self._counts: dict[str, dict[int, int]] = defaultdict(dict)
        self._by_style: dict[str, tuple[str, int]] = {}
        for part in document.part.package.iter_parts():
            if str(part.partname).endswith("/numbering.xml"):
                self._load(
                    etree.fromstring(part.blob, etree.XMLParser(resolve_entities=False, no_network=True))
                )
        for style in document.styles.element.iterfind(qn("w:style")):
            numbered = _number_of(style.find(qn("w:pPr")))
            if numbered:
                self._by_style[style.get(qn("w:styleId"), "")] = numbered

    def _load(self, root: etree._Element) -> None:
        for abstract in root.iterfind(qn("w:abstractNum")):
            levels = {_integer(e.get(qn("w:ilvl"))): _level(e) for e in abstract.iterfind(qn("w:lvl"))}
            self._levels[abstract.get(qn("w:abstractNumId"), "")] = levels
        for number in root.iterfind(qn("w:num")):
            identifier = number.get(qn("w:numId"), "")
            self._abstract[identifier] = _value(number, "w:abstractNumId")
            for override in number.iterfind(qn("w:lvlOverride")):
                start = _value(override, "w:startOverride")
                if start:
                    self._restarts[identifier][_integer(override.get(qn("w:ilvl")))] = _integer(start)

    def label(self, paragraph: etree._Element) -> str:
        """Return the label that Word shows before the paragraph, with a space, or nothing."""
        properties = paragraph.find(qn("w:pPr"))
        style = "" if properties is None else _value(properties, "w:pStyle")
        numbered = _number_of(properties) or self._by_style.get(style)
        if numbered is None:
            return ""
        identifier, level = numbered
        abstract = self._abstract.get(identifier, "")
        levels = self._levels.get(abstract, {})
        if level not in levels:
            return ""
        counts = self._counts[abstract]
        for restarted, start in self._restarts.pop(identifier, {}).items():
            counts[restarted] = start - 1
        counts[level] = counts.get(level, levels[level].start - 1) + 1
        for deeper in [known for known in counts if known > level]:
            del counts[deeper]
        if levels[level].form in ("bullet", "none"):
            return ""
        shown = re.sub(
            r"%([1-9])", lambda match: self._shown(levels, counts, int(match[1]) - 1), levels[level].text
        )
        return f"{shown} " if shown.strip() else ""

    @staticmethod
    def _shown(levels: dict[int, _Level], counts: dict[int, int], level: int) -> str:
        known = levels.get(level)
        return "" if known is None else _formatted(counts.get(level, known.start), known.form)


def _number_of(properties: etree._Element | None) -> tuple[str, int] | None:
    number = None if properties is None else properties.find(qn("w:numPr"))
    if number is None:
        return None
    identifier = _value(number, "w:numId")
    return (identifier, _integer(_value(number, "w:ilvl"))) if identifier not in ("", "0") else None


def _level(element: etree._Element) -> _Level:
    start = _value(element, "w:start")
    form = _value(element, "w:numFmt") or "decimal"
    return _Level(_integer(start) if start else 1, form, _value(element, "w:lvlText")[:40])


def _value(parent: etree._Element, name: str) -> str:
    child = parent.find(qn(name))
    return "" if child is None else str(child.get(qn("w:val"), ""))


def _integer(text: str | None) -> int:
    return int(text) if text and re.fullmatch("-?[0-9]{1,6}", text) else 0


def _formatted(number: int, form: str) -> str:
    match form:
        case "upperLetter" | "lowerLetter":
            # After Z come AA, BB, CC.
            letter = (
                chr(ord("a") + (number - 1) % 26) * ((number - 1) // 26 + 1) if 0 < number < 27 * 9 else "?"
            )
            return letter.upper() if form == "upperLetter" else letter
        case "upperRoman" | "lowerRoman":
            roman = "".join(_roman(number)) if 0 < number < 100 else str(number)
            return roman.upper() if form == "upperRoman" else roman
        case "decimalZero":
            return f"{number:02d}"
    return str(number)


def _roman(number: int) -> Iterator[str]:
    if number >= 40:
        yield {4: "xl", 5: "l", 6: "lx", 7: "lxx", 8: "lxxx", 9: "xc"}[number // 10]
        number %= 10
    for value, letters in _ROMAN:
        while number >= value:
            yield letters
            number -= value
