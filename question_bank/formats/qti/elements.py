"""Building QTI elements in the spelling of QTI 2, and writing them in that of any version."""

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction

import lxml.html
from lxml import etree

from question_bank.formats.qti.markup import UNDERLINE
from question_bank.formats.qti.names import MATHML, Version, kebab

_HTML = frozenset(
    "a b br caption div em i img li ol p span strong sub sup table tbody td th thead tr u ul".split()
)
_NAMESPACES = {
    Version.V2_1: "http://www.imsglobal.org/xsd/imsqti_v2p1",
    Version.V2_2: "http://www.imsglobal.org/xsd/imsqti_v2p2",
    Version.V3_0: "http://www.imsglobal.org/xsd/imsqtiasi_v3p0",
}
_LOCATIONS = {
    Version.V2_1: "http://www.imsglobal.org/xsd/qti/qtiv2p1/imsqti_v2p1.xsd",
    Version.V2_2: "http://www.imsglobal.org/xsd/qti/qtiv2p2/imsqti_v2p2.xsd",
    Version.V3_0: "https://purl.imsglobal.org/spec/qti/v3p0/schema/xsd/imsqti_asiv3p0_v1p0.xsd",
}
XSI = "http://www.w3.org/2001/XMLSchema-instance"
_BLOCK_NAMES = frozenset("div ol p table ul".split())
_DECIMALS = 12


def element(
    tag: str, *children: etree._Element | str | None, **attributes: str | int | bool
) -> etree._Element:
    """Return an element; texts become text, None nothing, truth values `true` and `false`."""
    made = etree.Element(tag)
    for name, value in attributes.items():
        made.set(name.rstrip("_"), str(value).lower() if isinstance(value, bool) else str(value))
    append(made, children)
    return made


def append(parent: etree._Element, children: Sequence[etree._Element | str | None]) -> None:
    """Add elements and texts behind what the element holds."""
    for child in children:
        if child is None:
            continue
        if not isinstance(child, str):
            parent.append(child)
        elif len(parent):
            parent[-1].tail = (parent[-1].tail or "") + child
        else:
            parent.text = (parent.text or "") + child


def number_text(value: Fraction) -> str:
    """Return a number as QTI writes floats, to twelve places."""
    text = f"{float(round(value, _DECIMALS)):.{_DECIMALS}f}".rstrip("0").rstrip(".")
    return text or "0"


def base_value(value: Fraction | str, base: str = "float") -> etree._Element:
    """Return a constant."""
    text = number_text(value) if isinstance(value, Fraction) else value
    return element("baseValue", text, baseType=base)


def markup(rich: str) -> list[etree._Element | str]:
    """Return rich text as elements and texts; images point at the folder `media`."""
    if not rich:
        return []
    holder = lxml.html.fragment_fromstring(rich, create_parent="div")
    return list(_nodes(_converted(holder)))


def _converted(source: etree._Element) -> etree._Element:
    tag = str(source.tag)
    made = etree.Element("span" if tag == "u" else tag)
    if tag == "u":
        made.set("class", UNDERLINE)
    for name, value in source.attrib.items():
        made.set(str(name), str(value))
    if tag == "img":
        made.set("src", (source.get("src") or "").replace("media:", "media/", 1))
        made.set("alt", source.get("alt") or "")
    made.text, made.tail = source.text, source.tail
    for child in source:
        if isinstance(child.tag, str):
            made.append(_converted(child))
    return made


def _nodes(holder: etree._Element) -> Iterator[etree._Element | str]:
    if holder.text:
        yield holder.text
    for child in list(holder):
        tail, child.tail = child.tail, None
        yield child
        if tail:
            yield tail


def flow(rich: str) -> list[etree._Element]:
    """Return rich text as blocks; loose text becomes paragraphs."""
    blocks: list[etree._Element] = []
    run: list[etree._Element | str] = []
    for node in [*markup(rich), element("p")]:
        if isinstance(node, str) or node.tag not in _BLOCK_NAMES:
            run.append(node)
            continue
        if any(not isinstance(part, str) or part.strip() for part in run):
            blocks.append(element("p", *run))
        run = []
        blocks.append(node)
    return blocks[:-1]


def serialised(root: etree._Element, version: Version) -> bytes:
    """Return a document of the version, the same bytes for the same elements."""
    made = _named(root, version, is_root=True)
    if not _has_text(made):
        etree.indent(made)
    return etree.tostring(made, encoding="utf-8", xml_declaration=True) + b"\n"


def _has_text(root: etree._Element) -> bool:
    # Indenting inside running text would add spaces to it.
    return (
        next(root.iter("{*}itemBody", "{*}qti-item-body", "{*}stimulusBody", "{*}qti-stimulus-body"), None)
        is not None
    )


def new_element(name: str, namespace: str, *, prefixes: Mapping[str, str]) -> etree._Element:
    """Return an empty element of a namespace; the prefix "" is that of names without one."""
    declared = {prefix or None: address for prefix, address in prefixes.items()}
    return etree.Element(f"{{{namespace}}}{name}", nsmap=declared)  # type: ignore[arg-type] # None is a key there


def _named(
    source: etree._Element, version: Version, *, is_root: bool = False, in_math: bool = False
) -> etree._Element:
    tag, namespace = str(source.tag), _NAMESPACES[version]
    in_math = in_math or tag == "math"
    is_qti = not in_math and tag not in _HTML
    name = f"qti-{kebab(tag)}" if is_qti and version is Version.V3_0 else tag
    own = {"": MATHML} if tag == "math" else {}
    made = new_element(
        name, MATHML if in_math else namespace, prefixes={"": namespace, "xsi": XSI} if is_root else own
    )
    if is_root:
        made.set(f"{{{XSI}}}schemaLocation", f"{namespace} {_LOCATIONS[version]}")
    for key, value in source.attrib.items():
        made.set(kebab(str(key)) if is_qti and version is Version.V3_0 else str(key), str(value))
    made.text, made.tail = source.text, source.tail
    for child in source:
        made.append(_named(child, version, in_math=in_math))
    return made
