"""SVG drawings, rebuilt from an allow-list of elements, attributes and style properties.

Written here because the sanitisers at hand let something through that a test must not have: addresses on the own
host, style sheets cut in the middle, or a root element of another language.

Source: SVG 2 (W3C), chapter 2.4 "secure static mode": no scripts, no animation, no outside resources, no links.
"""

import base64
import binascii
import re
from collections.abc import Iterator

from lxml import etree

from question_bank.formats.encoding import UnreadableText
from question_bank.formats.xml_safety import parse_xml
from question_bank.media_refusal import MediaRefused
from question_bank.raster import MAX_SIDE, Picture, clean_raster, raster_kind

_SVG = "http://www.w3.org/2000/svg"
_XLINK = "http://www.w3.org/1999/xlink"
_XML = "http://www.w3.org/XML/1998/namespace"
_MAX_DRAWN = 100_000  # elements, each counted as often as it is used
_MAX_DEPTH = 300  # of elements and references together

_ELEMENTS = frozenset(
    """svg g defs symbol use title desc path rect circle ellipse line polyline polygon text tspan textPath
    linearGradient radialGradient stop pattern clipPath mask marker style image""".split()
)
_PROPERTIES = frozenset(
    """alignment-baseline baseline-shift clip-path clip-rule color color-interpolation direction display
    dominant-baseline fill fill-opacity fill-rule font-family font-size font-size-adjust font-stretch font-style
    font-variant font-weight image-rendering letter-spacing line-height marker marker-end marker-mid marker-start mask
    mix-blend-mode opacity overflow paint-order shape-rendering stop-color stop-opacity stroke stroke-dasharray
    stroke-dashoffset stroke-linecap stroke-linejoin stroke-miterlimit stroke-opacity stroke-width text-align
    text-anchor text-decoration text-rendering transform transform-origin unicode-bidi vector-effect visibility
    white-space word-spacing writing-mode""".split()
)
_ATTRIBUTES = _PROPERTIES | frozenset(
    """class clipPathUnits cx cy d dx dy fr fx fy gradientTransform gradientUnits height id lengthAdjust
    markerHeight markerUnits markerWidth maskContentUnits maskUnits offset orient pathLength patternContentUnits
    patternTransform patternUnits points preserveAspectRatio r refX refY rotate rx ry spreadMethod startOffset
    textLength version viewBox width x x1 x2 y y1 y2""".split()
)
_FUNCTIONS = frozenset(
    """rgb rgba hsl hsla matrix translate translatex translatey scale scalex scaley rotate skewx skewy calc""".split()
)
_LOCAL = re.compile(r"#[\w.:-]{1,200}")
_LOCAL_URL = re.compile(r"""url\(\s*(?P<quote>["']?)#(?P<id>[\w.:-]{1,200})(?P=quote)\s*\)""")
_FUNCTION = re.compile(r"([\w-]*)\s*\(")
_PLAIN_VALUE = re.compile(r"""[\w\s.,;#%()+\-*/:'"!°]*""")
_DOCTYPE = re.compile(
    rb"""(?P<before>^[^<]*(?:<\?.*?\?>|<!--.*?-->|\s)*)<!DOCTYPE\s+svg(?:\s+PUBLIC\s*"[^"\[\]]*"(?:\s*"[^"\[\]]*")?)?\s*>""",
    re.DOTALL,
)
_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)", re.DOTALL)
_RULE = re.compile(r"([^{}@;]+)\{([^{}@]*)\}")
_SELECTOR = re.compile(r"[\w\s.,#*>:+~-]+")
_DATA_IMAGE = re.compile(r"data:image/[a-z.+-]+;base64,", re.IGNORECASE)
_LENGTH = re.compile(r"\s*([0-9]*\.?[0-9]+(?:e[+-]?[0-9]+)?)\s*(px|pt|pc|mm|cm|in)?\s*", re.IGNORECASE)
_PIXELS_PER = {"px": 1.0, "pt": 96 / 72, "pc": 16.0, "mm": 96 / 25.4, "cm": 96 / 2.54, "in": 96.0}
_DEFAULT_SIZE = (300.0, 150.0)  # what a browser gives a drawing without any size


def looks_like_svg(data: bytes) -> bool:
    """Tell whether the bytes begin like an SVG file, in any encoding."""
    head = data[:4096].replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
    return head.startswith(b"<") and b"svg" in head.lower()


def clean_svg(data: bytes, *, max_image_bytes: int) -> Picture:
    """Return the drawing rebuilt from what is allowed; idempotent. Embedded images are cleaned too.

    Raises:
        MediaRefused: `svg_unsafe` (not SVG, own document type, endless references), or what an embedded image has.
    """
    try:
        found = parse_xml(_DOCTYPE.sub(rb"\g<before>", data, count=1)).root
    except UnreadableText as error:
        raise MediaRefused("svg_unsafe", {"reason": error.code}) from error
    if found.tag != f"{{{_SVG}}}svg":
        raise MediaRefused("svg_unsafe", {"reason": "svg"})
    root = etree.fromstring(f'<svg xmlns="{_SVG}"/>')
    _fill(root, found, max_image_bytes=max_image_bytes)
    _Drawing(root).check()
    width, height = _size(root)
    return Picture("svg", etree.tostring(root, encoding="utf-8"), width, height)


def _fill(target: etree._Element, source: etree._Element, *, max_image_bytes: int) -> None:
    """Give `target` what is allowed of `source`: attributes, text and children."""
    for name, value in _attributes(source, max_image_bytes=max_image_bytes):
        target.set(name, value)
    if _local(target) == "style":
        target.text = _style_sheet("".join(map(str, source.itertext())))
        return
    target.text = source.text
    for child in source:
        name = _local(child)
        if name == "a":
            name = "g"  # a link leads out of the test; what it holds is drawn
        if name in _ELEMENTS:
            kept = etree.SubElement(target, f"{{{_SVG}}}{name}")
            _fill(kept, child, max_image_bytes=max_image_bytes)
            kept.tail = child.tail
        elif child.tail:
            _append_text(target, child.tail)


def _append_text(target: etree._Element, text: str) -> None:
    if len(target):
        target[-1].tail = (target[-1].tail or "") + text
    else:
        target.text = (target.text or "") + text


def _local(element: etree._Element) -> str:
    """Return the name of an SVG element, or nothing for an element of another language."""
    tag = etree.QName(element)
    return tag.localname if tag.namespace == _SVG else ""


def _attributes(source: etree._Element, *, max_image_bytes: int) -> Iterator[tuple[str, str]]:
    element = _local(source)
    href = source.get("href") or source.get(f"{{{_XLINK}}}href")
    if href and element == "image":
        yield "href", _embedded(href, max_image_bytes)
    elif href and _LOCAL.fullmatch(href.strip()) and element != "a":
        yield "href", href.strip()
    for name, value in _texts(source):
        if name == f"{{{_XML}}}space":
            yield name, "preserve" if value == "preserve" else "default"
        elif name == "style":
            if style := _declarations(value):
                yield "style", style
        elif name in _ATTRIBUTES and _is_harmless(value):
            yield name, value


def _texts(element: etree._Element) -> Iterator[tuple[str, str]]:
    return ((str(name), str(value)) for name, value in element.attrib.items())


def _embedded(href: str, max_bytes: int) -> str:
    """Return a data address of the cleaned image. Raises MediaRefused; an address elsewhere is refused as well."""
    prefix = _DATA_IMAGE.match(href)
    if prefix is None:
        raise MediaRefused("svg_unsafe", {"reason": "image href"})
    try:
        data = base64.b64decode(re.sub(r"\s+", "", href[prefix.end() :]), validate=True)
    except binascii.Error as error:
        raise MediaRefused("image_unreadable") from error
    kind = raster_kind(data)
    if kind is None:
        raise MediaRefused("svg_unsafe", {"reason": "image href"})
    picture = clean_raster(data, kind, max_bytes=max_bytes)
    media_type = "jpeg" if picture.ending == "jpg" else picture.ending
    return f"data:image/{media_type};base64,{base64.b64encode(picture.data).decode()}"


def _is_harmless(value: str) -> bool:
    """Tell whether a value names nothing outside of the drawing and calls nothing but shapes and colours."""
    rest = _LOCAL_URL.sub("", value)
    calls = {name.lower() for name in _FUNCTION.findall(rest)}
    return _PLAIN_VALUE.fullmatch(rest) is not None and calls <= _FUNCTIONS | {""} and "//" not in rest


def _declarations(text: str) -> str:
    """Return the allowed declarations of a style, in one spelling."""
    kept = []
    for declaration in _COMMENT.sub("", text).split(";"):
        name, _, value = declaration.partition(":")
        name, value = name.strip().lower(), value.strip()
        if name in _PROPERTIES and value and ":" not in value and _is_harmless(value):
            kept.append(f"{name}:{value}")
    return ";".join(kept)


def _style_sheet(text: str) -> str:
    """Return the allowed rules of a style sheet; rules that begin with @ are not."""
    rules = []
    for selector, body in _RULE.findall(_COMMENT.sub("", text)):
        if _SELECTOR.fullmatch(selector) and (kept := _declarations(body)):
            rules.append(f"{' '.join(selector.split())}{{{kept}}}")
    return "\n".join(rules)


class _Drawing:
    """Counts what a drawing makes a browser draw: references multiply, and a circle of them has no end."""

    def __init__(self, root: etree._Element) -> None:
        self._root = root
        self._by_id: dict[str, etree._Element] = {}
        for element in root.iter():
            self._by_id.setdefault(element.get("id", ""), element)
        self._drawn: dict[etree._Element, int] = {}
        self._open: set[etree._Element] = set()

    def check(self) -> None:
        """Raises MediaRefused where the drawing is endless or too large."""
        if self._count(self._root, 0) > _MAX_DRAWN:
            raise MediaRefused("svg_unsafe", {"reason": "use"})

    def _count(self, element: etree._Element, depth: int) -> int:
        if element in self._drawn:
            return self._drawn[element]
        if element in self._open or depth > _MAX_DEPTH:
            raise MediaRefused("svg_unsafe", {"reason": "use"})
        self._open.add(element)
        total = 1 + sum(self._count(other, depth + 1) for other in (*element, *self._referred(element)))
        self._open.remove(element)
        self._drawn[element] = total
        return total

    def _referred(self, element: etree._Element) -> Iterator[etree._Element]:
        href = element.get("href", "")
        names = [href[1:]] if href.startswith("#") else []
        for _, value in _texts(element):
            names += [match["id"] for match in _LOCAL_URL.finditer(value)]
        return (self._by_id[name] for name in names if name in self._by_id)


def _size(root: etree._Element) -> tuple[int, int]:
    """Return width and height in CSS pixels, at most `MAX_SIDE` each."""
    width, height = _length(root.get("width")), _length(root.get("height"))
    box = [float(part) for part in re.findall(r"-?[0-9]*\.?[0-9]+(?:e[+-]?[0-9]+)?", root.get("viewBox", ""))]
    ratio = box[2] / box[3] if len(box) == 4 and box[2] > 0 and box[3] > 0 else None
    if width is None and height is None:
        width, height = (box[2], box[3]) if ratio else _DEFAULT_SIZE
    elif width is None and height is not None:
        width = height * ratio if ratio else _DEFAULT_SIZE[0]
    elif height is None and width is not None:
        height = width / ratio if ratio else _DEFAULT_SIZE[1]
    assert width is not None
    assert height is not None
    scale = min(1.0, MAX_SIDE / max(width, height))
    return max(1, round(width * scale)), max(1, round(height * scale))


def _length(text: str | None) -> float | None:
    found = _LENGTH.fullmatch(text or "")
    if found is None:
        return None
    value = float(found[1]) * _PIXELS_PER[(found[2] or "px").lower()]
    return value if 0 < value < float("inf") else None
