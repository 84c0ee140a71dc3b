"""Opening XML that a stranger sent: no entities, no network, bounded depth and size, the encoding that it is in."""

import codecs
import re
from dataclasses import dataclass

from lxml import etree

from question_bank.formats.encoding import MAX_FILE_BYTES, Encoding, UnreadableText, decode
from question_bank.formats.reading import RowFinding, Verdict

MAX_ELEMENTS = 100_000
MAX_DEPTH = 200
_DECLARATION = re.compile(r"\s*<\?xml(?P<body>(?:\s[^?>]*)?)\?>")
_DECLARED_ENCODING = re.compile(r"""encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_BARE_DOCTYPE = re.compile(r"<!DOCTYPE\s+[A-Za-z_][\w:.-]*\s*>")
_BEFORE_ROOT = re.compile(r"(?:\s+|<!--.*?-->|<\?.*?\?>)*+", re.DOTALL)


@dataclass(frozen=True, slots=True)
class SafeDocument:
    """The root element, and what is to be said about how the file was stored."""

    root: etree._Element
    findings: tuple[RowFinding, ...] = ()


def parse_xml(
    data: bytes, *, encoding: Encoding | None = None, ignores_bare_doctype: bool = False
) -> SafeDocument:
    """Return the parsed document; nothing outside the bytes is ever read.

    Any document type is refused, so there are no entities to expand; XInclude stays unexpanded. With
    `ignores_bare_doctype` one that only repeats the name of the root, and so can declare nothing, is blanked out
    before anything is parsed. Where the declared encoding is not the one the file is in, valid UTF-8 is believed.

    Raises:
        UnreadableText: see `decode`; also `doctype_refused`, `xml_malformed` with the line, `xml_too_deep`,
            `xml_too_many_elements`.
    """
    text, findings = _decode(data, encoding)
    declaration = _DECLARATION.match(text)
    body = text[declaration.end() :] if declaration else text
    # Blanking the declaration keeps every line where it was.
    lines_before = "\n" * text[: declaration.end()].count("\n") if declaration else ""
    before_root = _BEFORE_ROOT.match(body)
    if before_root and body.startswith("<!DOCTYPE", before_root.end()):
        bare = _BARE_DOCTYPE.match(body, before_root.end())
        if bare is None or not ignores_bare_doctype:
            raise UnreadableText("doctype_refused")
        body = body[: bare.start()] + "\n" * bare[0].count("\n") + body[bare.end() :]
    return SafeDocument(_parse(lines_before + body), findings)


def _decode(data: bytes, encoding: Encoding | None) -> tuple[str, tuple[RowFinding, ...]]:
    declared = _declared(data)
    if encoding is None and declared not in ("", "utf-8", "utf-16", "iso8859-1", "cp1252", "ascii"):
        if len(data) > MAX_FILE_BYTES:
            raise UnreadableText("file_too_large", {"limit_mb": MAX_FILE_BYTES // 2**20})
        try:
            return data.decode(declared), ()
        except (UnicodeError, LookupError):
            pass  # the declaration is wrong; find out what the file is
    decoded = decode(data, confirmed=encoding)
    findings = list(decoded.findings)
    is_untrue = declared not in ("", "utf-8", "ascii") and decoded.encoding is Encoding.UTF_8
    if is_untrue and not decoded.text.isascii():
        params = {"declared": declared, "encoding": decoded.encoding.value}
        findings.append(RowFinding("xml_encoding_untrue", Verdict.WARNING, None, params))
    return decoded.text, tuple(findings)


def _declared(data: bytes) -> str:
    """Return Python's name of the encoding in the declaration, or nothing."""
    head = data[:200].replace(b"\0", b"").decode("latin-1").lstrip("\xef\xbb\xbf\xff\xfe")
    declaration = _DECLARATION.match(head)
    found = _DECLARED_ENCODING.search(declaration["body"]) if declaration else None
    try:
        info = codecs.lookup(found[1]) if found else None
    except LookupError:
        return ""
    return info.name if info is not None and info.name.startswith(_TEXT_CODECS) else ""


_TEXT_CODECS = ("utf", "ascii", "iso8859", "cp125", "koi8", "mac", "big5", "gb", "euc", "shift", "tis")


def _parse(text: str) -> etree._Element:
    # Characters that XML forbids stand in files that tools of other languages wrote; the text is sound without.
    source = _CONTROL.sub("", text).encode("utf-8", "surrogatepass")
    parser = etree.XMLPullParser(
        ("start", "end"),
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
        encoding="utf-8",
    )
    depth = count = 0
    try:
        for start in range(0, len(source), 2**16):
            parser.feed(source[start : start + 2**16])
            for event, _ in parser.read_events():
                depth += 1 if event == "start" else -1
                count += event == "start"
                if depth > MAX_DEPTH:
                    raise UnreadableText("xml_too_deep", {"limit": MAX_DEPTH})
                if count > MAX_ELEMENTS:
                    raise UnreadableText("xml_too_many_elements", {"limit": MAX_ELEMENTS})
        root = parser.close()
    except etree.XMLSyntaxError as error:
        # libxml2 has a limit of its own, which a large chunk meets first.
        if "depth" in str(error.msg):
            raise UnreadableText("xml_too_deep", {"limit": MAX_DEPTH}) from error
        raise UnreadableText(
            "xml_malformed", {"line": error.lineno or 1, "text": str(error.msg)[:200]}
        ) from error
    assert root.getroottree().docinfo.internalDTD is None
    return root
