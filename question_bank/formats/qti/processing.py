"""The SCORE that an item's own response processing gives a response."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from lxml import etree

from question_bank.formats.qti.declarations import Declaration
from question_bank.formats.qti.expressions import Exit, Rule, State, initial, rules_of
from question_bank.formats.qti.operators import UnsupportedProcessing
from question_bank.formats.qti.values import Value

SCORE = "SCORE"
_STANDARD = {
    "match_correct": """<responseProcessing><responseCondition><responseIf>
        <match><variable identifier="{id}"/><correct identifier="{id}"/></match>
        <setOutcomeValue identifier="SCORE"><baseValue baseType="float">1</baseValue></setOutcomeValue>
        </responseIf><responseElse>
        <setOutcomeValue identifier="SCORE"><baseValue baseType="float">0</baseValue></setOutcomeValue>
        </responseElse></responseCondition></responseProcessing>""",
    "map_response": """<responseProcessing><responseCondition><responseIf>
        <isNull><variable identifier="{id}"/></isNull>
        <setOutcomeValue identifier="SCORE"><baseValue baseType="float">0</baseValue></setOutcomeValue>
        </responseIf><responseElse>
        <setOutcomeValue identifier="SCORE"><mapResponse identifier="{id}"/></setOutcomeValue>
        </responseElse></responseCondition></responseProcessing>""",
}
_TEMPLATE_NAMES = {
    "match_correct": "match_correct",
    "match": "match_correct",
    "cc2_match": "match_correct",
    "cc2_match_basic": "match_correct",
    "cc2_match_correct": "match_correct",
    "map_response": "map_response",
    "cc2_map_response": "map_response",
}


@dataclass(slots=True)
class Processing:
    """The rules that make the SCORE of an item, ready to run."""

    responses: Mapping[str, Declaration]
    outcomes: Mapping[str, Declaration]
    rules: list[Rule] = field(default_factory=list)
    template: str = ""
    outcome: str = SCORE
    steps: list[int] = field(default_factory=lambda: [0])

    @property
    def is_stated(self) -> bool:
        """Tell whether the file says anything about how to score."""
        return bool(self.rules)

    def score(self, given: Mapping[str, Value | None]) -> Fraction:
        """Return SCORE for a response of which every variable that is missing is NULL; no SCORE counts as 0.

        Raises:
            UnsupportedProcessing: an operator or variable that is not evaluated here.
            TooMuchProcessing: too many steps over all responses of the item.
        """
        state = State(self.responses, self.outcomes, given, steps=self.steps)
        try:
            for rule in self.rules:
                rule(state)
        except Exit:
            pass
        value = initial(self.outcomes[self.outcome]) if self.outcome in self.outcomes else None
        value = state.values.get(self.outcome, value)
        if value is None:
            return Fraction(0)
        if isinstance(value.scalar, str | tuple | bool):
            raise UnsupportedProcessing("a SCORE that is no number")
        return Fraction(value.scalar)


def template_name(uri: str) -> str:
    """Return the last part of a template's address, in lower case and without an ending."""
    return re.sub(r"\.xml$", "", re.split(r"[/\\#?]", uri.strip().rstrip("/"))[-1].lower())


def processing_of(
    element: etree._Element | None,
    *,
    responses: Mapping[str, Declaration],
    outcomes: Mapping[str, Declaration],
    templates: Mapping[str, etree._Element],
) -> Processing:
    """Return the processing of an item.

    `templates` are the template files of the package by the address that the item gives; a standard template
    needs no file.

    Raises:
        UnsupportedProcessing: a template that is neither standard nor in the package.
    """
    if element is None:
        return Processing(responses, outcomes)
    addresses = [element.get(name) or "" for name in ("template", "templateLocation")]
    name = ""
    if not len(element) and any(addresses):
        element, name = _template(addresses, responses=responses, templates=templates)
    outcome = _score_name(element)
    rules = rules_of(element, relevant=_relevant(element, outcome))
    return Processing(responses, outcomes, rules, name, outcome=outcome)


def _score_name(element: etree._Element) -> str:
    """Return the outcome that holds the score: SCORE, or the only one that is called like it."""
    names = {
        setting.get("identifier") or "" for setting in element.iter("setOutcomeValue", "lookupOutcomeValue")
    }
    alike = [name for name in names if name.upper() == SCORE]
    return alike[0] if SCORE not in names and len(alike) == 1 else SCORE


def _template(
    addresses: list[str], *, responses: Mapping[str, Declaration], templates: Mapping[str, etree._Element]
) -> tuple[etree._Element, str]:
    local = next((templates[address] for address in addresses if address in templates), None)
    names = [template_name(address) for address in addresses if address]
    if local is not None:
        return local, names[0]
    known = next((_TEMPLATE_NAMES[name] for name in names if name in _TEMPLATE_NAMES), None)
    if known is None:
        raise UnsupportedProcessing(f"the template {names[0][:60]}, which the file does not hold")
    # The standard templates speak of RESPONSE; files with one response of another name mean that one.
    identifier = "RESPONSE" if "RESPONSE" in responses or len(responses) != 1 else next(iter(responses))
    if identifier not in responses:
        return etree.Element(
            "responseProcessing"
        ), known  # nothing that it speaks of exists: nothing is scored
    return etree.fromstring(_STANDARD[known].replace("{id}", identifier)), known


def _relevant(element: etree._Element, outcome: str) -> frozenset[str]:
    """Return the outcomes that the score depends on, so that processing of feedback alone is not evaluated."""
    reads: dict[str, set[str]] = {}
    for setting in element.iter("setOutcomeValue", "lookupOutcomeValue"):
        read = reads.setdefault(setting.get("identifier") or "", set())
        read.update(_variables(setting))
        for ancestor in setting.iterancestors("responseCondition"):
            tests = (branch[0] for branch in ancestor if branch.tag != "responseElse" and len(branch))
            read.update(name for test in tests for name in _variables(test))
    has_exit = element.find(".//exitResponse") is not None
    found, waiting = set[str](), [outcome]
    if has_exit:
        waiting += [name for e in element.iter("responseIf", "responseElseIf") for name in _variables(e)]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += reads.get(name, ())
    return frozenset(found)


def _variables(element: etree._Element) -> Iterable[str]:
    return (variable.get("identifier") or "" for variable in element.iter("variable"))
