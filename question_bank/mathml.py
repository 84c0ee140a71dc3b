"""Formulas in rich text: which MathML is kept, and how a formula reads as plain text.

Source: MathML Core (W3C) for the elements that browsers draw; `mfenced` of MathML 3, which browsers draw without its
fences, is written out with them.
"""

import re
from collections.abc import Sequence

from lxml import etree

ELEMENTS = frozenset(
    """math mrow mi mn mo mtext mspace ms mfrac msqrt mroot mstyle merror mpadded mphantom mfenced menclose msub msup
    msubsup munder mover munderover mmultiscripts mprescripts none mtable mtr mlabeledtr mtd""".split()
)
UNWRAPPED = frozenset({"semantics", "maction"})
DROPPED = frozenset({"annotation", "annotation-xml", "mglyph", "malignmark"})
"""Where markup of another language may hide inside a formula, so they go with their content."""

_STYLE = {"displaystyle", "scriptlevel", "mathvariant", "dir"}
ATTRIBUTES: dict[str, set[str]] = {
    name: _STYLE
    | {
        "math": {"display"},
        "mo": set(
            "stretchy fence separator form lspace rspace accent largeop movablelimits symmetric".split()
        ),
        "mspace": {"width", "height", "depth"},
        "mfrac": {"linethickness", "bevelled"},
        "mfenced": {"open", "close", "separators"},
        "menclose": {"notation"},
        "mover": {"accent"},
        "munder": {"accentunder"},
        "munderover": {"accent", "accentunder"},
        "mtable": set("columnalign rowalign columnlines rowlines frame".split()),
        "mtr": {"columnalign", "rowalign"},
        "mtd": {"columnspan", "rowspan", "columnalign", "rowalign"},
    }.get(name, set())
    for name in ELEMENTS
}
_HARMLESS = re.compile(r"[A-Za-z][A-Za-z -]{0,60}|[+-]?[0-9]{0,2}(?:\.[0-9]{1,4})?(?:em|ex|px|pt|mu|%)?")
_FENCES = re.compile(r"[^<>&\"'\w]{0,12}")

_MATH = re.compile(r"<math\b[^>]*>.*?</math>", re.DOTALL)
_INNERMOST_FENCED = re.compile(r"<mfenced([^>]*)>((?:(?!</?mfenced).)*)</mfenced>", re.DOTALL)
_FENCE_ATTRIBUTE = re.compile(r'\b(open|close|separators)="([^"]*)"')
_PREFIX = re.compile(r"<(/?)(?:m|mml|mathml):(?=[a-z])", re.IGNORECASE)
_INVISIBLE = re.compile("[\u2061-\u2064]")
_ONE_TERM = re.compile(r"\w+(?:[.,]\d+)?")


def keep_attribute(name: str, value: str) -> str | None:
    """Return the value where it is harmless: a word, a number or a length of at most two digits."""
    pattern = _FENCES if name in ("open", "close", "separators") else _HARMLESS
    return value if pattern.fullmatch(value) else None


def without_prefix(text: str) -> str:
    """Return the text with `m:math` and its like as `math`: an HTML parser does not know prefixes."""
    return _PREFIX.sub(r"<\1", text)


def with_fences(cleaned: str) -> str:
    """Return sanitised text in which every `mfenced` is a row with its fences and separators."""
    before = ""
    while before != cleaned:
        before, cleaned = cleaned, _INNERMOST_FENCED.sub(_row, cleaned)
    return cleaned


def _row(fenced: re.Match[str]) -> str:
    given = {"open": "(", "close": ")", "separators": ","} | dict(_FENCE_ATTRIBUTE.findall(fenced[1]))
    children = _children(fenced[2])
    separators = given["separators"].replace(" ", "")
    parts = [_operator(given["open"])]
    for place, child in enumerate(children):
        if place and separators:
            parts.append(_operator(separators[min(place, len(separators)) - 1]))
        parts.append(child)
    return f"<mrow>{''.join([*parts, _operator(given['close'])])}</mrow>"


def _operator(sign: str) -> str:
    return f"<mo>{sign}</mo>" if sign.strip() else ""


def _children(markup: str) -> Sequence[str]:
    try:
        root = etree.fromstring(f"<mrow>{markup}</mrow>")
    except etree.XMLSyntaxError:
        return [markup]
    return [etree.tostring(child, encoding="unicode", with_tail=False) for child in root]


def formulas_as_text(rich: str) -> str:
    """Return rich text with every formula as a line of text: `a/b`, `x^2`, `√(x+1)`."""
    return _MATH.sub(_as_text, rich)


def _as_text(formula: re.Match[str]) -> str:
    try:
        text = _text_of(etree.fromstring(formula[0]))
    except etree.XMLSyntaxError:
        return formula[0]  # HTML inside of it: whoever strips the tags gets its words
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return f" {_INVISIBLE.sub('', escaped)} "


def _text_of(element: etree._Element) -> str:
    parts = [_text_of(child) for child in element]
    match str(element.tag), parts:
        case "mfrac", [top, bottom]:
            return f"{_term(top)}/{_term(bottom)}"
        case "msup" | "mover", [base, upper]:
            return f"{_term(base)}^{_term(upper)}"
        case "msub" | "munder", [base, lower]:
            return f"{_term(base)}_{_term(lower)}"
        case "msubsup" | "munderover", [base, lower, upper]:
            return f"{_term(base)}_{_term(lower)}^{_term(upper)}"
        case "msqrt", _:
            return f"√{_term(''.join(parts))}"
        case "mroot", [base, degree]:
            return f"root{_term(degree)}{_term(base)}"
        case "mtable", rows:
            return f"[{'; '.join(rows)}]"
        case (("mtr" | "mlabeledtr"), cells):
            return ", ".join(cells)
        case "mtext", _:
            return f" {element.text or ''}{''.join(parts)} "
        case "mspace", _:
            return " "
    # Indentation between elements is not part of the formula.
    return (element.text or "").strip() + "".join(parts)


def _term(text: str) -> str:
    text = text.strip()
    return text if _ONE_TERM.fullmatch(text) else f"({text})"
