"""One spelling for all versions: QTI 3.0's `qti-choice-interaction` and 2.x's `choiceInteraction` are one element."""

import re
from enum import StrEnum

from lxml import etree

MATHML = "http://www.w3.org/1998/Math/MathML"
XINCLUDE = "http://www.w3.org/2001/XInclude"
XLINK = "http://www.w3.org/1999/xlink"
XML = "http://www.w3.org/XML/1998/namespace"
VIETNAMESE_NUMBER = "sh-vi-number"
"""The class of an entry whose number is read in the Vietnamese way alone; other files are from elsewhere."""
_HYPHEN = re.compile(r"-([a-z0-9])")
_CAPITAL = re.compile(r"(?<=[a-z0-9])([A-Z])")
_KEPT_ATTRIBUTES = re.compile(r"(?:data|aria)-|xml:|accept-charset$")


class Version(StrEnum):
    """The versions that are read; the value is how people write it."""

    V2_0 = "2.0"
    V2_1 = "2.1"
    V2_2 = "2.2"
    V3_0 = "3.0"


_NAMESPACES = (
    ("imsqti_v2p0", Version.V2_0),
    ("imsqti_v2p1", Version.V2_1),
    ("imsqti_v2p2", Version.V2_2),
    ("imsqtiasi_v3p0", Version.V3_0),
    ("imsqti_stimulus_v3p0", Version.V3_0),
)


def version_of(root: etree._Element) -> Version | None:
    """Return the version of a root element, or None when it is not QTI 2.0 to 3.0."""
    name = etree.QName(root)
    if name.localname.startswith("qti-"):
        return Version.V3_0
    found = next((version for mark, version in _NAMESPACES if mark in (name.namespace or "")), None)
    if found is None and not name.namespace and name.localname in ("assessmentItem", "assessmentTest"):
        return Version.V2_1  # hand-made files leave the namespace out
    return found


def camel(name: str) -> str:
    """Return a name in the spelling of QTI 2: `qti-simple-choice` and `response-identifier` in camel case."""
    return _HYPHEN.sub(lambda match: match[1].upper(), name.removeprefix("qti-"))


def kebab(name: str) -> str:
    """Return a name in the spelling of QTI 3, without the prefix of elements."""
    return _CAPITAL.sub(lambda match: "-" + match[1].lower(), name)


def normalised(root: etree._Element) -> etree._Element:
    """Return a copy in which every name is local and in the spelling of QTI 2.

    Formulas keep their own names under `math`, drawings under `svg`. An element of XInclude becomes
    `xi:include`, of which nothing is ever read. Source lines are kept.
    """
    return _copy(root, is_foreign=False)


def _copy(element: etree._Element, *, is_foreign: bool) -> etree._Element:
    name = etree.QName(element)
    local = name.localname
    is_foreign = is_foreign or local in ("math", "svg") or name.namespace == MATHML
    tag = local if is_foreign else camel(local) if local.startswith("qti-") else local
    if name.namespace == XINCLUDE:
        tag = "xiInclude"
    copied = etree.Element(tag)
    for key, value in element.attrib.items():
        copied.set(*_attribute(str(key), str(value), is_foreign=is_foreign))
    copied.text, copied.tail = element.text, element.tail
    copied.sourceline = element.sourceline
    for child in element:
        copied.append(_copy(child, is_foreign=is_foreign))
    return copied


def _attribute(key: str, value: str, *, is_foreign: bool) -> tuple[str, str]:
    name = etree.QName(key)
    local = f"xml-{name.localname}" if name.namespace == XML else name.localname
    if is_foreign or name.namespace or _KEPT_ATTRIBUTES.match(local):
        return local, value
    return camel(local), value


def is_true(element: etree._Element, name: str, *, default: bool = False) -> bool:
    """Return a boolean attribute."""
    value = (element.get(name) or "").strip().lower()
    return value in ("true", "1") if value else default


def whole_number(element: etree._Element, name: str, *, default: int) -> int:
    """Return an attribute that is a number of things, at most a million; what is none counts as absent."""
    value = (element.get(name) or "").strip()
    return min(int(value), 10**6) if re.fullmatch(r"[0-9]{1,9}", value) else default


def identifiers(text: str | None) -> tuple[str, ...]:
    """Return a list of identifiers separated by white space."""
    return tuple((text or "").split())
