"""An assessment item as its file states it: declared variables, body, interactions, processing."""

from collections.abc import Mapping
from dataclasses import dataclass

from lxml import etree

from question_bank.formats.qti.declarations import Declaration, declaration_of
from question_bank.formats.qti.names import Version, is_true, normalised, version_of

INTERACTIONS = frozenset(
    """associateInteraction choiceInteraction customInteraction drawingInteraction endAttemptInteraction
    extendedTextInteraction gapMatchInteraction graphicAssociateInteraction graphicGapMatchInteraction
    graphicOrderInteraction hotspotInteraction hottextInteraction inlineChoiceInteraction matchInteraction
    mediaInteraction orderInteraction portableCustomInteraction positionObjectInteraction
    selectPointInteraction sliderInteraction textEntryInteraction uploadInteraction""".split()
)
INLINE = frozenset({"inlineChoiceInteraction", "textEntryInteraction", "gapMatchInteraction"})
"""Interactions that are answered inside a running text."""


@dataclass(frozen=True, slots=True)
class Item:
    """The item; elements are normalised (see `names`). `responses` and `outcomes` are by identifier."""

    identifier: str
    title: str
    version: Version
    root: etree._Element
    body: etree._Element
    responses: Mapping[str, Declaration]
    outcomes: Mapping[str, Declaration]
    interactions: tuple[etree._Element, ...]
    is_adaptive: bool
    is_templated: bool

    @property
    def processing(self) -> etree._Element | None:
        """Return the response processing, where there is any."""
        return self.root.find("responseProcessing")

    def response_of(self, interaction: etree._Element) -> Declaration | None:
        """Return the declaration of the response that an interaction sets."""
        return self.responses.get((interaction.get("responseIdentifier") or "").strip())


def is_item(root: etree._Element) -> bool:
    """Tell whether a root element is that of an item."""
    return version_of(root) is not None and _local(root) in ("assessmentItem", "qti-assessment-item")


def is_test(root: etree._Element) -> bool:
    """Tell whether a root element is that of a test or a part of one."""
    return version_of(root) is not None and _local(root) in (
        "assessmentTest",
        "qti-assessment-test",
        "assessmentSection",
        "qti-assessment-section",
    )


def _local(root: etree._Element) -> str:
    return etree.QName(root).localname


def item_of(source: etree._Element) -> Item:
    """Return the item of a file's root element.

    Raises:
        UnreadableValue: a declaration that cannot be understood.
    """
    version = version_of(source)
    assert version is not None
    return item_of_normalised(normalised(source), version)


def item_of_normalised(root: etree._Element, version: Version) -> Item:
    """Return the item of a normalised root element.

    Raises:
        UnreadableValue: a declaration that cannot be understood.
    """
    body = root.find("itemBody")
    body = etree.Element("itemBody") if body is None else body
    declared = [declaration_of(e) for e in root if e.tag in ("responseDeclaration", "outcomeDeclaration")]
    names = [e.tag for e in root if e.tag in ("responseDeclaration", "outcomeDeclaration")]
    by_kind = list(zip(names, declared, strict=True))
    return Item(
        " ".join((root.get("identifier") or "").split()),
        " ".join((root.get("title") or "").split()),
        version,
        root,
        body,
        {d.identifier: d for name, d in by_kind if name == "responseDeclaration"},
        {d.identifier: d for name, d in by_kind if name == "outcomeDeclaration"},
        tuple(e for e in body.iter(etree.Element) if e.tag in INTERACTIONS),
        is_true(root, "adaptive"),
        root.find("templateDeclaration") is not None or root.find("templateProcessing") is not None,
    )
