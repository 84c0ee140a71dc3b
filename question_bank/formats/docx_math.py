"""Office Math (OMML) into presentation MathML.

Source: ECMA-376 part 1, 22.1 (Math); MathML Core, W3C.
"""

import re
from collections.abc import Callable
from html import escape

from lxml import etree

MATH = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
_MAX_DEPTH = 40
_MAX_CHARS = 20_000
_TOKEN = re.compile(r"(?P<number>\d+(?:[.,]\d+)*)|(?P<space>\s+)|(?P<letter>[^\W\d_])|(?P<sign>.)", re.DOTALL)
_ACCENTS = {"\u0302": "^", "\u0303": "~", "\u0304": "¯", "\u0305": "¯", "\u0307": "˙", "\u20d7": "→"}


class FormulaTooDeep(ValueError):
    """A formula nested deeper than any that a person writes."""


def mathml(element: etree._Element) -> str:
    """Return the formula of an `m:oMath` or `m:oMathPara` as a `<math>` element.

    What has no counterpart gives its content, so that no letter is lost.

    Raises:
        FormulaTooDeep: it is nested deeper than 40 levels, or longer than 20,000 characters.
    """
    formulas = [element] if element.tag == f"{MATH}oMath" else list(element.iter(f"{MATH}oMath"))
    text = "<mspace></mspace>".join(_children(formula, 0) for formula in formulas)
    if len(text) > _MAX_CHARS:
        raise FormulaTooDeep
    return f"<math>{text}</math>"


def _children(element: etree._Element | None, depth: int) -> str:
    if element is None:
        return ""
    if depth > _MAX_DEPTH:
        raise FormulaTooDeep
    return "".join(_node(child, depth) for child in element if isinstance(child.tag, str))


def _node(element: etree._Element, depth: int) -> str:
    name = etree.QName(element).localname
    if name in _PROPERTIES:
        return ""
    if name == "r":
        return _run(element)
    convert = _CONVERTERS.get(name)
    return convert(element, depth + 1) if convert else _children(element, depth + 1)


_PROPERTIES = frozenset(
    "ctrlPr argPr rPr fPr radPr sSupPr sSubPr sSubSupPr sPrePr naryPr dPr mPr accPr barPr limLowPr limUppPr funcPr "
    "eqArrPr groupChrPr boxPr borderBoxPr phantPr oMathParaPr".split()
)


def _run(element: etree._Element) -> str:
    text = "".join(part.text or "" for part in element.iter(f"{MATH}t"))
    properties = element.find(f"{MATH}rPr")
    if properties is not None and properties.find(f"{MATH}nor") is not None:
        return f"<mtext>{escape(text)}</mtext>"
    return "".join(_token(match) for match in _TOKEN.finditer(text))


def _token(match: re.Match[str]) -> str:
    text = escape(match.group())
    match match.lastgroup:
        case "number":
            return f"<mn>{text}</mn>"
        case "letter":
            return f"<mi>{text}</mi>"
        case "space":
            return ""
    return f"<mo>{text}</mo>"


def _row(element: etree._Element | None, depth: int) -> str:
    return f"<mrow>{_children(element, depth)}</mrow>"


def _part(element: etree._Element, name: str, depth: int) -> str:
    return _row(element.find(f"{MATH}{name}"), depth)


def _value(element: etree._Element, properties: str, name: str) -> str | None:
    holder = element.find(f"{MATH}{properties}")
    found = None if holder is None else holder.find(f"{MATH}{name}")
    return None if found is None else str(found.get(f"{MATH}val", ""))


def _is_on(element: etree._Element, properties: str, name: str) -> bool:
    value = _value(element, properties, name)
    return value is not None and value not in ("0", "false", "off")


def _fraction(element: etree._Element, depth: int) -> str:
    top, bottom = _part(element, "num", depth), _part(element, "den", depth)
    kind = _value(element, "fPr", "type")
    if kind in ("lin", "skw"):
        return f"{top}<mo>/</mo>{bottom}"
    line = ' linethickness="0"' if kind == "noBar" else ""
    return f"<mfrac{line}>{top}{bottom}</mfrac>"


def _radical(element: etree._Element, depth: int) -> str:
    degree = element.find(f"{MATH}deg")
    base = _part(element, "e", depth)
    if _is_on(element, "radPr", "degHide") or degree is None or not _children(degree, depth):
        return f"<msqrt>{base}</msqrt>"
    return f"<mroot>{base}{_row(degree, depth)}</mroot>"


def _script(tag: str, *names: str) -> Callable[[etree._Element, int], str]:
    def convert(element: etree._Element, depth: int) -> str:
        return f"<{tag}>{''.join(_part(element, name, depth) for name in names)}</{tag}>"

    return convert


def _pre_script(element: etree._Element, depth: int) -> str:
    base, below, above = (_part(element, name, depth) for name in ("e", "sub", "sup"))
    return f"<msubsup><mrow></mrow>{below}{above}</msubsup>{base}"


def _nary(element: etree._Element, depth: int) -> str:
    sign = _value(element, "naryPr", "chr")
    operator = f"<mo>{escape('∫' if sign is None else sign)}</mo>"
    has_below = not _is_on(element, "naryPr", "subHide")
    has_above = not _is_on(element, "naryPr", "supHide")
    sides = _value(element, "naryPr", "limLoc") == "subSup" or (sign is None)
    below, above = _part(element, "sub", depth), _part(element, "sup", depth)
    if has_below and has_above:
        tag = "msubsup" if sides else "munderover"
        operator = f"<{tag}>{operator}{below}{above}</{tag}>"
    elif has_below:
        tag = "msub" if sides else "munder"
        operator = f"<{tag}>{operator}{below}</{tag}>"
    elif has_above:
        tag = "msup" if sides else "mover"
        operator = f"<{tag}>{operator}{above}</{tag}>"
    return f"{operator}{_part(element, 'e', depth)}"


def _delimited(element: etree._Element, depth: int) -> str:
    begin, end, between = (_value(element, "dPr", name) for name in ("begChr", "endChr", "sepChr"))
    parts = [_row(part, depth) for part in element.findall(f"{MATH}e")]
    joined = f"<mo>{escape('|' if between is None else between)}</mo>".join(parts)
    opening, closing = "(" if begin is None else begin, ")" if end is None else end
    return f"<mrow>{_fence(opening)}{joined}{_fence(closing)}</mrow>"


def _fence(sign: str) -> str:
    return f"<mo>{escape(sign)}</mo>" if sign else ""


def _matrix(element: etree._Element, depth: int) -> str:
    rows = (
        "".join(f"<mtd>{_row(cell, depth)}</mtd>" for cell in row.findall(f"{MATH}e"))
        for row in element.findall(f"{MATH}mr")
    )
    return f"<mtable>{''.join(f'<mtr>{row}</mtr>' for row in rows)}</mtable>"


def _array(element: etree._Element, depth: int) -> str:
    rows = (f"<mtr><mtd>{_row(row, depth)}</mtd></mtr>" for row in element.findall(f"{MATH}e"))
    return f"<mtable>{''.join(rows)}</mtable>"


def _accent(element: etree._Element, depth: int) -> str:
    sign = _value(element, "accPr", "chr")
    shown = "^" if sign is None else _ACCENTS.get(sign, sign)
    return f"<mover>{_part(element, 'e', depth)}<mo>{escape(shown)}</mo></mover>"


def _bar(element: etree._Element, depth: int) -> str:
    tag = "mover" if _value(element, "barPr", "pos") == "top" else "munder"
    return f"<{tag}>{_part(element, 'e', depth)}<mo>¯</mo></{tag}>"


def _group_sign(element: etree._Element, depth: int) -> str:
    sign = _value(element, "groupChrPr", "chr")
    tag = "mover" if _value(element, "groupChrPr", "pos") == "top" else "munder"
    return f"<{tag}>{_part(element, 'e', depth)}<mo>{escape('⏟' if sign is None else sign)}</mo></{tag}>"


def _function(element: etree._Element, depth: int) -> str:
    name = element.find(f"{MATH}fName")
    plain = name is not None and all(etree.QName(child).localname in ("r", "ctrlPr") for child in name)
    text = "" if name is None else "".join(part.text or "" for part in name.iter(f"{MATH}t"))
    shown = f"<mi>{escape(text.strip())}</mi>" if plain else _row(name, depth)
    return f"{shown}<mo>\u2061</mo>{_part(element, 'e', depth)}"


_CONVERTERS: dict[str, Callable[[etree._Element, int], str]] = {
    "f": _fraction,
    "rad": _radical,
    "sSup": _script("msup", "e", "sup"),
    "sSub": _script("msub", "e", "sub"),
    "sSubSup": _script("msubsup", "e", "sub", "sup"),
    "sPre": _pre_script,
    "nary": _nary,
    "d": _delimited,
    "m": _matrix,
    "eqArr": _array,
    "acc": _accent,
    "bar": _bar,
    "groupChr": _group_sign,
    "limLow": _script("munder", "e", "lim"),
    "limUpp": _script("mover", "e", "lim"),
    "func": _function,
}
