"""Reading a file of QTI: one item, or a package with its items, shared texts, tests and images."""

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from lxml import etree
from pydantic import ValidationError

from question_bank.formats.comparing import compare_rows
from question_bank.formats.drafting import Found
from question_bank.formats.encoding import Encoding, UnreadableText
from question_bank.formats.qti.cases import grouped
from question_bank.formats.qti.drafting import ItemFile, ItemReading, local_name, read_item
from question_bank.formats.qti.item import is_item, is_test
from question_bank.formats.qti.manifest import Copy, Manifest, read_manifest
from question_bank.formats.qti.markup import Markup
from question_bank.formats.qti.names import normalised
from question_bank.formats.qti.outline import TestOutline, outline_of
from question_bank.formats.qti.pictures import Files, resolved
from question_bank.formats.reading import ImportReading, RowFinding, RowVerdict, Verdict
from question_bank.formats.xml_safety import parse_xml
from question_bank.formats.zip_safety import SafeArchive, looks_like_zip, open_archive
from question_bank.items import ItemDraft

MAX_QUESTIONS = 5_000
_OLD_ROOT = "questestinterop"
_MARKS = (
    b"assessmentItem",
    b"assessment-item",
    b"assessmentTest",
    b"assessment-test",
    b"assessmentStimulus",
    b"assessment-stimulus",
    b"questestinterop",
)


@dataclass(frozen=True, slots=True)
class PackageReading:
    """The reading, what each item became, and the tests of the package."""

    reading: ImportReading
    items: tuple[ItemReading, ...]
    tests: tuple[TestOutline, ...] = ()


def is_qti(data: bytes) -> bool:
    """Tell whether an .xml file holds an item, a test, results or QTI 1.2; False for what cannot be parsed."""
    try:
        root = parse_xml(data, ignores_bare_doctype=True).root
    except UnreadableText:
        return False
    return is_item(root) or is_test(root) or local_name(root) in (_OLD_ROOT, "assessmentResult")


def read(data: bytes, *, encoding: Encoding | None = None) -> ImportReading:
    """Return the verdict on every item of an .xml or .zip, with the images that the drafts name.

    Raises:
        UnreadableText: see `parse_xml` and `open_archive`; also `not_qti`, `qti_result`, `qti_test_alone`,
            `no_questions`, `qti_package_empty`, `too_many_questions`.
    """
    return read_package(data, encoding=encoding).reading


def read_package(
    data: bytes, *, encoding: Encoding | None = None, beside: Callable[[str], bytes | None] | None = None
) -> PackageReading:
    """Return what `read` does, with the tests of the package.

    `beside` gives the files that lie beside an item which is no package, by relative path.

    Raises:
        UnreadableText: see `read`.
    """
    if looks_like_zip(data):
        return _Package(open_archive(data)).read()
    document = parse_xml(data, encoding=encoding, ignores_bare_doctype=True)
    files = Files() if beside is None else Files(beside)
    if local_name(document.root) == _OLD_ROOT:
        return PackageReading(ImportReading(tuple(_old_rows(document.root)), document.findings), ())
    _refuse_other(document.root)
    templates = _templates(document.root, files.fetch, path="")
    item = read_item(ItemFile(document.root, files, templates=templates))
    reading = ImportReading((item.row,), document.findings, _named(files, [item.row]))
    return PackageReading(reading, (item,))


def _refuse_other(root: etree._Element) -> None:
    if is_item(root):
        return
    if is_test(root):
        outline = outline_of(root, path="")
        count = sum(len(section.items) for section in outline.sections)
        raise UnreadableText("qti_test_alone", {"text": outline.title[:80], "count": count})
    name = local_name(root)
    raise (
        UnreadableText("qti_result")
        if name == "assessmentResult"
        else UnreadableText("not_qti", {"text": name[:80]})
    )


def _templates(
    root: etree._Element, fetch: Callable[[str], bytes | None], *, path: str
) -> dict[str, etree._Element]:
    """Return the processing templates beside an item that it names, by the address it uses."""
    found: dict[str, etree._Element] = {}
    for processing in (e for e in root if isinstance(e.tag, str) and local_name(e) == "responseProcessing"):
        for name in ("template", "templateLocation", "template-location"):
            address = processing.get(name) or ""
            place = resolved(address, base=path) if address else None
            data = fetch(place) if place else None
            if data is not None:
                template = normalised(parse_xml(data, ignores_bare_doctype=True).root)
                if template.tag == "responseProcessing":
                    found[address] = template
    return found


def _old_rows(root: etree._Element, *, sheet: str = "") -> Iterator[RowVerdict]:
    """Yield a refusal for each question of QTI 1.2, by its title."""
    for item in root.iter("{*}item"):
        line = item.sourceline
        found = Found(line if isinstance(line, int) else 1, sheet=sheet)
        title = " ".join((item.get("title") or item.get("ident") or "?").split())
        found.say("qti12_unsupported", Verdict.ERROR, None, text=title[:80])
        shown = " ".join("".join(str(text) for text in item.itertext()).split())
        yield found.verdict(None, preview=shown or title)


def _named(files: Files, rows: Iterable[RowVerdict]) -> dict[str, bytes]:
    names = {name for row in rows if row.draft is not None for name in row.draft.content.media()}
    return files.kept(frozenset(names))


@dataclass(slots=True)
class _Package:
    archive: SafeArchive
    files: Files = field(init=False)
    manifest: Manifest = field(init=False)
    roots: dict[str, etree._Element] = field(default_factory=dict)
    findings: list[RowFinding] = field(default_factory=list)
    refused: list[RowVerdict] = field(default_factory=list)
    shared: dict[str, str] = field(default_factory=dict)
    identifiers: Counter[str] = field(default_factory=Counter)
    spent: list[int] = field(default_factory=lambda: [0])

    def __post_init__(self) -> None:
        self.files = Files(self.archive.read)
        self.manifest = read_manifest(self.archive)
        self.findings += self.manifest.findings
        for name in self.archive.nested[:20]:
            self.findings.append(
                RowFinding("qti_nested_archive", Verdict.WARNING, None, {"name": name[:120]})
            )

    def read(self) -> PackageReading:
        for path in self._paths():
            self._open(path)
        copied, covered = self._copied()
        self.identifiers = Counter(_identifier(root) for root in self.roots.values() if is_item(root))
        paths = [path for path, root in self.roots.items() if is_item(root) and path not in covered]
        if len(paths) + len(copied) + len(self.refused) > MAX_QUESTIONS:
            raise UnreadableText("too_many_questions", {"limit": MAX_QUESTIONS})
        items = grouped([self._item(path, number=n) for n, path in enumerate(paths, 1)], self._stimulus)
        rows = [*copied, *(item.row for item in items), *self.refused]
        tests = tuple(outline_of(root, path=path) for path, root in self.roots.items() if is_test(root))
        if not rows:
            why = " ".join(finding.message() for finding in self.findings[:3])
            raise UnreadableText("qti_package_empty", {"why": why})
        findings = [*self.findings, *(finding for test in tests for finding in test.findings())]
        compared = tuple(compare_rows(rows))
        return PackageReading(
            ImportReading(compared, tuple(findings), _named(self.files, compared)), tuple(items), tests
        )

    def _paths(self) -> list[str]:
        """Return the files worth opening: those of the manifest in its order, then others that look like QTI."""
        listed = [path for path in self.manifest.paths if path.lower().endswith((".xml", ".qti", ".dat"))]
        others = [n for n in self.archive.names if n not in listed and n.lower().endswith((".xml", ".qti"))]
        return [path for path in (*listed, *others) if path.rpartition("/")[2].lower() != "imsmanifest.xml"]

    def _open(self, path: str) -> None:
        data = self.archive.read(path)
        if data is None or not any(mark in data.replace(b"\0", b"") for mark in _MARKS):
            return
        try:
            root = parse_xml(data, ignores_bare_doctype=True).root
        except UnreadableText as refusal:
            if refusal.code == "doctype_refused":
                raise
            found = Found(1, sheet=path)
            found.say(
                "qti_file_unreadable", Verdict.ERROR, path, name=path[:120], why=refusal.message()[:200]
            )
            self.refused.append(found.verdict(None, preview=path))
            return
        if local_name(root) == _OLD_ROOT:
            self.refused += _old_rows(root, sheet=path)
        self.roots[path] = root

    def _item(self, path: str, *, number: int) -> ItemReading:
        root = self.roots[path]
        metadata: dict[str, Any] = {"tags": self.manifest.keywords.get(path, ())}
        identifier = _identifier(root)
        count = self.identifiers[identifier]
        if identifier and count > 1:
            metadata["source_id"] = f"{identifier} ({path})"
        templates = _templates(root, self.archive.read, path=path)
        file = ItemFile(root, self.files, path, number, templates, metadata, self.spent)
        item = read_item(file)
        if count > 1:
            params: dict[str, str | int] = {"text": identifier[:60], "count": count}
            finding = RowFinding("qti_identifier_repeated", Verdict.WARNING, path, params)
            item = replace(item, row=_with(item.row, finding))
        return item

    def _stimulus(self, item: ItemReading, href: str) -> tuple[str, str] | None:
        """Return the path and the rich text of a shared text that an item names."""
        path = resolved(href, base=item.row.sheet)
        root = None if path is None else self.roots.get(path)
        if path is None or root is None or local_name(root) != "assessmentStimulus":
            return None
        if path not in self.shared:
            body = normalised(root).find("stimulusBody")
            found = Found(1, sheet=path)
            self.shared[path] = Markup(self.files, found, base=path).rich(body)
            self.findings += found.findings
        return path, self.shared[path]

    def _copied(self) -> tuple[list[RowVerdict], set[str]]:
        """Return the drafts whose full copies still belong to their files, and those files."""
        rows: list[RowVerdict] = []
        covered: set[str] = set()
        for number, copy in enumerate(self.manifest.copies, 1):
            draft = self._draft(copy)
            if draft is None or covered.intersection(copy.files):
                params: dict[str, str | int] = {"name": copy.files[0][:120]}
                self.findings.append(RowFinding("qti_copy_changed", Verdict.WARNING, None, params))
                continue
            covered.update(copy.files)
            self._load(draft, copy)
            found = Found(number, sheet=copy.files[0])
            for problem in draft.problems():
                found.say(problem.code, Verdict.HOLD, problem.place, **problem.params)
            rows.append(found.verdict(draft, preview=draft.content.stem))
        return rows, covered

    def _draft(self, copy: Copy) -> ItemDraft | None:
        if digest_of(self.archive.read(path) for path in copy.files) != copy.digest:
            return None
        try:
            return ItemDraft.model_validate(json.loads(copy.draft))
        except (ValidationError, ValueError, RecursionError):
            return None

    def _load(self, draft: ItemDraft, copy: Copy) -> None:
        """Take the images of a copied draft from the package."""
        found = Found(1)
        for name in sorted(draft.content.media()):
            self.files.image(f"media/{name}", base=self.manifest.place, found=found)
        for finding in found.findings:
            self.findings.append(replace(finding, cell=copy.files[0]))


def _identifier(root: etree._Element) -> str:
    return " ".join((root.get("identifier") or "").split())


def digest_of(contents: Iterable[bytes | None]) -> str:
    """Return the SHA-256 over the SHA-256 of each file, in hex; a missing file counts as empty."""
    joined = hashlib.sha256()
    for content in contents:
        joined.update(hashlib.sha256(content or b"").digest())
    return joined.hexdigest()


def _with(row: RowVerdict, finding: RowFinding) -> RowVerdict:
    severity = max(row.severity, finding.severity, key=lambda verdict: verdict.rank)
    return replace(row, severity=severity, findings=(*row.findings, finding))
