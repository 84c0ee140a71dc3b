"""The manifest of a package: which files are items, tests and shared texts, and what is said about them."""

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree

from question_bank.formats.encoding import UnreadableText
from question_bank.formats.qti.pictures import resolved
from question_bank.formats.reading import RowFinding, Verdict
from question_bank.formats.xml_safety import parse_xml
from question_bank.formats.zip_safety import SafeArchive

NAME = "imsmanifest.xml"
COPY_NAMESPACE = "urn:sat-hach:item:1"
"""The namespace of what this system adds to a manifest: its own full copy of an item beside the item's file."""
_MAX_KEYWORDS = 30
_MAX_KEYWORD = 64


@dataclass(frozen=True, slots=True)
class Copy:
    """A full copy of one draft as JSON, true for exactly those files whose joint SHA-256 is `digest`."""

    files: tuple[str, ...]
    digest: str
    draft: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What the manifest says: paths of the files in order, keywords by path, and copies; `place` is its own path."""

    paths: tuple[str, ...]
    keywords: dict[str, tuple[str, ...]]
    copies: tuple[Copy, ...]
    findings: tuple[RowFinding, ...] = ()
    place: str = ""


def read_manifest(archive: SafeArchive) -> Manifest:
    """Return the package's manifest, wherever the only one stands; without a sound one, nothing but findings."""
    places = sorted(
        (n for n in archive.names if posixpath.basename(n).lower() == NAME), key=lambda n: n.count("/")
    )
    if not places:
        return Manifest((), {}, (), (RowFinding("qti_manifest_missing", Verdict.WARNING),))
    data = archive.read(places[0])
    assert data is not None
    try:
        root = parse_xml(data, ignores_bare_doctype=True).root
    except UnreadableText as refusal:
        if refusal.code == "doctype_refused":
            raise
        params = {"why": refusal.message()[:200]}
        return Manifest((), {}, (), (RowFinding("qti_manifest_broken", Verdict.WARNING, None, params),))
    return _manifest(root, places[0], archive=archive)


def _manifest(root: etree._Element, place: str, *, archive: SafeArchive) -> Manifest:
    findings: list[RowFinding] = []
    paths: dict[str, None] = {}
    keywords: dict[str, tuple[str, ...]] = {}
    copies: list[Copy] = []
    for resource in root.iter("{*}resource"):
        base = posixpath.join(_base(resource.getparent()), _base(resource))
        hrefs = [resource.get("href"), *(file.get("href") for file in resource.iterfind("{*}file"))]
        for index, href in enumerate(dict.fromkeys(h.strip() for h in hrefs if h and h.strip())):
            path = resolved(posixpath.join(base, href), base=place)
            code = _trouble(path, archive)
            if code:
                findings.append(RowFinding(code, Verdict.WARNING, None, {"name": href[:120]}))
            elif path is not None:
                paths[path] = None
                if index == 0:
                    keywords[path] = tuple(_keywords(resource))
        copies += _copies(resource, place)
    return Manifest(tuple(paths), keywords, tuple(copies), tuple(findings), place)


def _base(element: etree._Element | None) -> str:
    return (
        "" if element is None else (element.get("{http://www.w3.org/XML/1998/namespace}base") or "").strip()
    )


def _trouble(path: str | None, archive: SafeArchive) -> str:
    if path is None:
        return "qti_resource_outside"
    return "" if path in archive.names else "qti_resource_missing"


def _keywords(resource: etree._Element) -> Iterator[str]:
    found = [" ".join(str(text) for text in keyword.itertext()) for keyword in resource.iter("{*}keyword")]
    for text in found[:_MAX_KEYWORDS]:
        word = " ".join(text.replace(",", " ").replace(";", " ").split())
        if word and len(word) <= _MAX_KEYWORD:
            yield word


def _copies(resource: etree._Element, place: str) -> Iterator[Copy]:
    for element in resource.iter(f"{{{COPY_NAMESPACE}}}copy"):
        paths = [resolved(href, base=place) for href in (element.get("files") or "").split()]
        if paths and None not in paths:
            files = tuple(path for path in paths if path is not None)
            yield Copy(files, element.get("sha256") or "", element.text or "")
