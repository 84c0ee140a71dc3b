"""Writing drafts as a QTI package: an item each, shared texts of cases, a test that orders them, images.

Beside each item's resource the manifest keeps the full draft as JSON with the SHA-256 of the item's files. Our own
reader takes it where the files are still those, so that nothing of a draft is lost; other programs ignore it.
"""

import hashlib
import io
import json
import re
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from lxml import etree

from question_bank.formats.qti import writing_choices, writing_entries
from question_bank.formats.qti.elements import XSI, append, element, flow, new_element, serialised
from question_bank.formats.qti.manifest import COPY_NAMESPACE, NAME
from question_bank.formats.qti.names import Version
from question_bank.formats.qti.reading import digest_of
from question_bank.formats.qti.scoring import Parts, outcome
from question_bank.formats.unsupported import Unsupported, UnsupportedItem
from question_bank.items import AnyContent, ItemDraft, semantic_hash
from question_bank.text import plain
from question_bank.types.case import Case
from question_bank.types.cloze import Cloze
from question_bank.types.essay import Essay
from question_bank.types.matching import Matching
from question_bank.types.multiple_choice import MultipleChoice
from question_bank.types.numeric import Numeric, UnitRule
from question_bank.types.ordering import Ordering
from question_bank.types.ranking import Ranking
from question_bank.types.short_text import ShortText
from question_bank.types.single_choice import SingleChoice
from question_bank.types.true_false import TrueFalse
from question_bank.types.true_false_cluster import TrueFalseCluster

WRITTEN = (Version.V2_1, Version.V2_2, Version.V3_0)
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,63}")
_TITLE_CHARS = 80
_DATE = (1980, 1, 1, 0, 0, 0)
_MANIFESTS = {
    Version.V2_1: ("http://www.imsglobal.org/xsd/imscp_v1p1", "QTIv2.1 Package", "1.0.0", "v2p1"),
    Version.V2_2: ("http://www.imsglobal.org/xsd/imscp_v1p1", "QTIv2.2 Package", "1.0.0", "v2p2"),
    Version.V3_0: ("http://www.imsglobal.org/xsd/qti/qtiv3p0/imscp_v1p1", "QTI Package", "3.0.0", "v3p0"),
}


def unsupported(draft: ItemDraft) -> Unsupported | None:
    """Return why the draft cannot be written as QTI, or None; what is written reads back the same."""
    contents: list[AnyContent] = [draft.content]
    if isinstance(draft.content, Case):
        contents += [part.content for part in draft.content.parts]
    for content in contents:
        if content.type == "unsupported":
            return Unsupported("type_not_supported", {"type": content.type})
        if isinstance(content, Numeric) and content.unit_rule is UnitRule.REQUIRED:
            return Unsupported("unit_not_supported")
    return Unsupported("incomplete_item") if draft.problems() else None


def write(
    drafts: Iterable[ItemDraft], *, version: str = "3.0", media: Mapping[str, bytes] | None = None
) -> bytes:
    """Return a package of QTI 2.1, 2.2 or 3.0, the same bytes for the same drafts.

    `media` holds the images that the drafts name, by media name.

    Raises:
        UnsupportedItem: an item cannot be written; see `unsupported`, also `media_missing`.
    """
    package = _Package(Version(version), media or {})
    assert package.version in WRITTEN, version
    for index, draft in enumerate(drafts):
        if reason := unsupported(draft):
            raise UnsupportedItem(index, reason)
        missing = sorted(draft.content.media() - package.media.keys())
        if missing:
            raise UnsupportedItem(index, Unsupported("media_missing", {"name": missing[0]}))
        package.add(draft)
    return package.zipped()


def template() -> bytes:
    """Return a package without items."""
    return write([])


def item_parts(content: AnyContent) -> Parts:
    """Return what an item's content becomes in QTI; not for cases."""
    match content:
        case SingleChoice():
            return writing_choices.single_choice(content)
        case MultipleChoice():
            return writing_choices.multiple_choice(content)
        case TrueFalse():
            return writing_choices.true_false(content)
        case TrueFalseCluster():
            return writing_choices.true_false_cluster(content)
        case Matching():
            return writing_choices.matching(content)
        case Ordering():
            return writing_choices.ordering(content)
        case Ranking():
            return writing_choices.ranking(content)
        case ShortText():
            return writing_entries.short_text(content)
        case Numeric():
            return writing_entries.numeric(content)
        case Cloze():
            return writing_entries.cloze(content)
        case Essay():
            return writing_entries.essay(content)
        case _:
            raise AssertionError(content.type)


@dataclass(slots=True)
class _Package:
    version: Version
    media: Mapping[str, bytes]
    files: dict[str, bytes] = field(default_factory=dict)
    resources: list[etree._Element] = field(default_factory=list)
    sections: list[etree._Element] = field(default_factory=list)
    used: set[str] = field(default_factory=set)

    def add(self, draft: ItemDraft) -> None:
        identifier = self._identifier(draft)
        if isinstance(draft.content, Case):
            self._add_case(draft, draft.content, identifier)
            return
        href = self._add_item(draft.content, identifier)
        self._add_copy(draft, [href])
        self.sections.append(_reference(identifier, href))

    def _identifier(self, draft: ItemDraft) -> str:
        """Return an identifier that a later export of the same draft gives again."""
        source = draft.source_id or ""
        stable = source if _IDENTIFIER.fullmatch(source) else f"I-{semantic_hash(draft)[:16]}"
        identifier = stable
        number = 2
        while identifier.lower() in self.used:
            identifier, number = f"{stable}-{number}", number + 1
        self.used.add(identifier.lower())
        return identifier

    def _add_item(self, content: AnyContent, identifier: str, *, shared: str = "", stimulus: str = "") -> str:
        """Add an item's file and resource; `shared` is text before its stem, `stimulus` the file of one."""
        title = " ".join(plain(content.stem).split())[:_TITLE_CHARS] or identifier
        root = element(
            "assessmentItem", identifier=identifier, title=title, adaptive=False, timeDependent=False
        )
        append(root, self._children(content, identifier, shared=shared, stimulus=stimulus))
        href = f"{identifier}.xml"
        self.files[href] = serialised(root, self.version)
        used = [f"media/{name}" for name in sorted(content.media())]
        self._add_resource(identifier, "item", href, used, depends=stimulus)
        return href

    def _children(
        self, content: AnyContent, identifier: str, *, shared: str, stimulus: str
    ) -> list[etree._Element | None]:
        """Return what stands in an item, in the order that the schema asks for."""
        parts = item_parts(content)
        outcomes = [outcome("SCORE"), outcome("MAXSCORE", default=Fraction(1)), *parts.outcomes]
        if content.rationale:
            outcomes.append(
                element(
                    "outcomeDeclaration", identifier="FEEDBACK", cardinality="single", baseType="identifier"
                )
            )
        reference = (
            element("assessmentStimulusRef", identifier=f"{identifier}-S", href=stimulus)
            if stimulus
            else None
        )
        body = element("itemBody", *flow(shared), *parts.body)
        processing = parts.processing(self.version)
        return [*parts.responses, *outcomes, reference, body, processing, _rationale(content.rationale)]

    def _add_resource(
        self, identifier: str, kind: str, href: str, others: list[str], *, depends: str = ""
    ) -> None:
        form = _MANIFESTS[self.version][3]
        resource = element(
            "resource", identifier=f"R-{identifier}", type=f"imsqti_{kind}_xml{form}", href=href
        )
        for name in (href, *others):
            resource.append(element("file", href=name))
        if depends:
            resource.append(element("dependency", identifierref=f"R-{depends.removesuffix('.xml')}"))
        self.resources.append(resource)

    def _add_case(self, draft: ItemDraft, case: Case, identifier: str) -> None:
        """Add the parts as items in a section of their own, with the stem as a shared text where there are such."""
        stimulus = "" if self.version is Version.V2_1 else self._add_stimulus(case.stem, identifier)
        shared = "" if stimulus else case.stem
        section = element(
            "assessmentSection",
            identifier=f"S-{identifier}",
            title=identifier,
            visible=True,
            keepTogether=True,
        )
        hrefs: list[str] = []
        for number, part in enumerate(case.parts, 1):
            name = f"{identifier}-{number}"
            self.used.add(name.lower())
            hrefs.append(self._add_item(part.content, name, shared=shared, stimulus=stimulus))
            reference = _reference(name, hrefs[-1])
            reference.append(element("weight", identifier="W", value=str(part.weight)))
            section.append(reference)
        self.sections.append(section)
        self._add_copy(draft, [*hrefs, *([stimulus] if stimulus else [])], resource=len(hrefs))

    def _add_stimulus(self, stem: str, identifier: str) -> str:
        """Add a shared text; return the name of its file."""
        name = f"{identifier}-text"
        root = element(
            "assessmentStimulus", element("stimulusBody", *flow(stem)), identifier=name, title=name
        )
        self.files[f"{name}.xml"] = serialised(root, self.version)
        used = sorted(set(re.findall(r"media:([0-9a-f]{32}\.[a-z]+)", stem)))
        self._add_resource(name, "stimulus", f"{name}.xml", [f"media/{image}" for image in used])
        return f"{name}.xml"

    def _add_copy(self, draft: ItemDraft, hrefs: list[str], *, resource: int = 1) -> None:
        """Keep the full draft beside its first item's resource, `resource` places from the end."""
        copy = etree.Element(f"{{{COPY_NAMESPACE}}}copy", nsmap={"sh": COPY_NAMESPACE})
        copy.set("files", " ".join(hrefs))
        copy.set("sha256", digest_of(self.files[href] for href in hrefs))
        copy.text = json.dumps(draft.model_dump(mode="json"), ensure_ascii=False, sort_keys=True)
        self.resources[-resource].insert(0, element("metadata", copy))

    def zipped(self) -> bytes:
        self._add_test()
        for name in sorted({n for r in self.resources for n in _media_of(r)}):
            self.files[f"media/{name}"] = self.media[name]
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, data in {NAME: self._manifest(), **self.files}.items():
                archive.writestr(zipfile.ZipInfo(name, _DATE), data, zipfile.ZIP_DEFLATED)
        return buffer.getvalue()

    def _add_test(self) -> None:
        section = element("assessmentSection", *self.sections, identifier="S-all", title="Đề", visible=True)
        part = element(
            "testPart", section, identifier="P-1", navigationMode="nonlinear", submissionMode="simultaneous"
        )
        digest = hashlib.sha256(b"".join(self.files.values())).hexdigest()[:16]
        test = element("assessmentTest", outcome("SCORE"), part, identifier=f"T-{digest}", title="Sát Hạch")
        if self.sections:
            self.files["test.xml"] = serialised(test, self.version)
            self._add_resource("test", "test", "test.xml", [])

    def _manifest(self) -> bytes:
        namespace, schema, number, _ = _MANIFESTS[self.version]
        metadata = element("metadata", element("schema", schema), element("schemaversion", number))
        resources = element("resources", *self.resources)
        root = element("manifest", metadata, element("organizations"), resources, identifier="M-1")
        named = _in_namespace(root, namespace)
        etree.indent(named)
        return etree.tostring(named, encoding="utf-8", xml_declaration=True) + b"\n"


def _media_of(resource: etree._Element) -> Iterable[str]:
    hrefs = (file.get("href") or "" for file in resource.iterfind("file"))
    return (href.removeprefix("media/") for href in hrefs if href.startswith("media/"))


def _reference(identifier: str, href: str) -> etree._Element:
    return element("assessmentItemRef", identifier=identifier, href=href)


def _rationale(rationale: str) -> etree._Element | None:
    """Return the rationale as feedback that nothing shows by itself."""
    if not rationale:
        return None
    return element(
        "modalFeedback",
        *flow(rationale),
        outcomeIdentifier="FEEDBACK",
        identifier="RATIONALE",
        showHide="show",
    )


def _in_namespace(source: etree._Element, namespace: str) -> etree._Element:
    name = etree.QName(source)
    if name.namespace == COPY_NAMESPACE:
        return source
    made = new_element(name.localname, namespace, prefixes={"": namespace, "xsi": XSI})
    for key, value in source.attrib.items():
        made.set(str(key), str(value))
    made.text = source.text
    for child in list(source):
        made.append(_in_namespace(child, namespace))
    return made
