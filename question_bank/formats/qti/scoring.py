"""Response declarations and response processing for what our items score, by the simplest means that say it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from lxml import etree

from question_bank.formats.qti.elements import base_value, element, number_text
from question_bank.formats.qti.names import Version

RESPONSE = "RESPONSE"
_TEMPLATES = {
    Version.V2_1: "http://www.imsglobal.org/question/qti_v2p1/rptemplates/{name}",
    Version.V2_2: "http://www.imsglobal.org/question/qti_v2p2/rptemplates/{name}",
    Version.V3_0: "https://purl.imsglobal.org/spec/qti/v3p0/rptemplates/{name}.xml",
}


@dataclass(slots=True)
class Parts:
    """What a type contributes to an item: declarations, the blocks of the body, and how it is scored.

    `template` names a standard template; else `rules` are the rules of the processing, none for what people mark.
    """

    declarations: list[etree._Element] = field(default_factory=list)
    body: list[etree._Element] = field(default_factory=list)
    template: str = ""
    rules: list[etree._Element] = field(default_factory=list)

    @property
    def responses(self) -> list[etree._Element]:
        """Return the declarations of responses."""
        return [made for made in self.declarations if made.tag == "responseDeclaration"]

    @property
    def outcomes(self) -> list[etree._Element]:
        """Return the declarations of outcomes."""
        return [made for made in self.declarations if made.tag == "outcomeDeclaration"]

    def processing(self, version: Version) -> etree._Element | None:
        """Return the response processing."""
        if self.template:
            return element("responseProcessing", template=_TEMPLATES[version].format(name=self.template))
        return element("responseProcessing", *self.rules) if self.rules else None


def response(
    cardinality: str,
    base: str,
    correct: Sequence[str],
    *,
    name: str = RESPONSE,
    mapping: etree._Element | None = None,
) -> etree._Element:
    """Return a response declaration."""
    values = element("correctResponse", *(element("value", text) for text in correct)) if correct else None
    return element(
        "responseDeclaration", values, mapping, identifier=name, cardinality=cardinality, baseType=base
    )


def mapping(
    entries: Mapping[str, Fraction],
    *,
    default: Fraction = Fraction(0),
    lower: Fraction | None = None,
    upper: Fraction | None = None,
    is_case_sensitive: bool | None = None,
) -> etree._Element:
    """Return a mapping; the case of its keys is stated only for texts."""
    made = element("mapping")
    if lower is not None:
        made.set("lowerBound", number_text(lower))
    if upper is not None:
        made.set("upperBound", number_text(upper))
    made.set("defaultValue", number_text(default))
    for key, value in entries.items():
        entry = element("mapEntry", mapKey=key, mappedValue=number_text(value))
        if is_case_sensitive is not None:
            entry.set("caseSensitive", str(is_case_sensitive).lower())
        made.append(entry)
    return made


def outcome(name: str, *, default: Fraction = Fraction(0)) -> etree._Element:
    """Return a number as outcome."""
    value = element("defaultValue", element("value", number_text(default)))
    return element("outcomeDeclaration", value, identifier=name, cardinality="single", baseType="float")


def variable(name: str) -> etree._Element:
    """Return a reference to a variable."""
    return element("variable", identifier=name)


def setting(name: str, value: etree._Element) -> etree._Element:
    """Return a rule that sets an outcome."""
    return element("setOutcomeValue", value, identifier=name)


def adding(name: str, value: Fraction) -> etree._Element:
    """Return a rule that adds a constant to an outcome."""
    return setting(name, element("sum", variable(name), base_value(value)))


def when(*branches: tuple[etree._Element, Sequence[etree._Element]]) -> etree._Element:
    """Return a condition of tests and their rules; the first that holds counts."""
    tags = ["responseIf", *["responseElseIf"] * (len(branches) - 1)]
    made = (element(tag, test, *rules) for tag, (test, rules) in zip(tags, branches, strict=True))
    return element("responseCondition", *made)


def bounded(name: str) -> list[etree._Element]:
    """Return rules that keep an outcome between 0 and 1."""
    return [
        when(
            (
                element("lt", variable(name), base_value(Fraction(bound)))
                if bound == 0
                else element("gt", variable(name), base_value(Fraction(bound))),
                [setting(name, base_value(Fraction(bound)))],
            )
        )
        for bound in (0, 1)
    ]
