"""Expressions and rules of response processing, made into functions once and then run for many responses."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from lxml import etree

from question_bank.formats.qti.declarations import Declaration
from question_bank.formats.qti.operators import OPERATORS, UnsupportedProcessing
from question_bank.formats.qti.values import (
    BaseType,
    Cardinality,
    UnreadableValue,
    Value,
    number,
    parse_scalar,
    single,
)

MAX_STEPS = 400_000
_MAX_DEPTH = 60
_BUILT_IN = {
    "numAttempts": number(1),
    "duration": number(0),
    "completionStatus": single(BaseType.IDENTIFIER, "unknown"),
}
"""Variables that exist undeclared, as they stand when the first attempt is scored."""


class TooMuchProcessing(ValueError):
    """Response processing that took more steps than any real item needs."""

    code = "qti_processing_too_long"


class Exit(Exception):
    """Ends the processing of one response."""


@dataclass(slots=True)
class State:
    """The variables while one response is processed; `steps` is shared by all runs of an item."""

    responses: Mapping[str, Declaration]
    outcomes: Mapping[str, Declaration]
    given: Mapping[str, Value | None]
    values: dict[str, Value | None] = field(default_factory=dict)
    steps: list[int] = field(default_factory=lambda: [0])

    def value(self, identifier: str) -> Value | None:
        """Return what a variable holds now."""
        if identifier in self.values:
            return self.values[identifier]
        if identifier in self.responses:
            return self.given.get(identifier, self.responses[identifier].default)
        if identifier in self.outcomes:
            return initial(self.outcomes[identifier])
        if identifier in _BUILT_IN:
            return _BUILT_IN[identifier]
        raise UnsupportedProcessing(f"the undeclared variable {identifier[:40]}")

    def count(self, steps: int = 1) -> None:
        """Count what was done.

        Raises:
            TooMuchProcessing: the limit is reached.
        """
        self.steps[0] += steps
        if self.steps[0] > MAX_STEPS:
            raise TooMuchProcessing


def initial(declaration: Declaration) -> Value | None:
    """Return what an outcome holds before processing: its default, a number without one 0, all else NULL."""
    is_number = declaration.base.is_number and declaration.cardinality is Cardinality.SINGLE
    return number(0) if declaration.default is None and is_number else declaration.default


Expression = Callable[[State], Value | None]
Rule = Callable[[State], None]


def expression_of(element: etree._Element, *, depth: int = 0) -> Expression:
    """Return the function that evaluates an expression; what is not supported fails when it is evaluated."""
    if depth > _MAX_DEPTH:
        return _unsupported("expressions nested too deep")
    name = str(element.tag)
    if name in _LEAVES:
        return _LEAVES[name](element)
    operator = OPERATORS.get(name)
    if operator is None:
        return _unsupported(name[:80])
    operands = [expression_of(child, depth=depth + 1) for child in element]

    def evaluate(state: State) -> Value | None:
        state.count()
        try:
            return operator([operand(state) for operand in operands], element)
        except (UnreadableValue, ValueError, IndexError, TypeError) as error:
            if isinstance(error, UnsupportedProcessing | TooMuchProcessing):
                raise
            raise UnsupportedProcessing(f"{name} with operands that do not fit") from error

    return evaluate


def _unsupported(name: str) -> Expression:
    def evaluate(_: State) -> Value | None:
        raise UnsupportedProcessing(name)

    return evaluate


def _base_value(element: etree._Element) -> Expression:
    try:
        base = BaseType((element.get("baseType") or "string").strip())
        text = element.text or ""
        is_text = base is BaseType.STRING
        value = single(base, text.strip() if is_text else parse_scalar(text, base))
    except ValueError:
        return _unsupported("baseValue that cannot be read")
    return lambda _: value


def _variable(element: etree._Element) -> Expression:
    identifier = element.get("identifier") or ""
    return lambda state: state.value(identifier)


def _response(state: State, identifier: str) -> Declaration:
    declaration = state.responses.get(identifier)
    if declaration is None:
        raise UnsupportedProcessing(f"the undeclared response {identifier[:40]}")
    return declaration


def _correct(element: etree._Element) -> Expression:
    identifier = element.get("identifier") or ""
    return lambda state: _response(state, identifier).correct


def _default(element: etree._Element) -> Expression:
    identifier = element.get("identifier") or ""

    def evaluate(state: State) -> Value | None:
        declaration = state.responses.get(identifier) or state.outcomes.get(identifier)
        return None if declaration is None else declaration.default

    return evaluate


def _map_response(element: etree._Element) -> Expression:
    identifier = element.get("identifier") or ""

    def evaluate(state: State) -> Value | None:
        mapping, value = _response(state, identifier).mapping, state.value(identifier)
        state.count(1 if value is None else len(value.items))
        # Files that map a response without a mapping give nothing for it in every engine.
        return number(0 if mapping is None else mapping.score(value))

    return evaluate


_LEAVES: dict[str, Callable[[etree._Element], Expression]] = {
    "baseValue": _base_value,
    "variable": _variable,
    "correct": _correct,
    "default": _default,
    "mapResponse": _map_response,
    "null": lambda _: lambda _: None,
}


def rules_of(elements: Iterable[etree._Element], *, relevant: frozenset[str]) -> list[Rule]:
    """Return the functions of rules; what only sets outcomes outside `relevant` is left out."""
    made = (_rule(element, relevant=relevant) for element in elements)
    return [rule for rule in made if rule is not None]


def _rule(element: etree._Element, *, relevant: frozenset[str]) -> Rule | None:
    match element.tag:
        case "responseCondition":
            return _condition(element, relevant=relevant)
        case "setOutcomeValue" | "lookupOutcomeValue":
            identifier = element.get("identifier") or ""
            return _setting(element, identifier) if identifier in relevant and len(element) else None
        case "exitResponse":
            return _exit
        case "responseProcessingFragment":
            return _sequence(rules_of(element, relevant=relevant))
        case _:
            name = str(element.tag)

            def refuse(_: State) -> None:
                raise UnsupportedProcessing(name[:80])

            return refuse


def _exit(_: State) -> None:
    raise Exit


def _sequence(rules: list[Rule]) -> Rule | None:
    def run(state: State) -> None:
        for rule in rules:
            rule(state)

    return run if rules else None


def _setting(element: etree._Element, identifier: str) -> Rule:
    expression = expression_of(element[0])
    is_lookup = element.tag == "lookupOutcomeValue"

    def run(state: State) -> None:
        state.count()
        value = expression(state)
        if is_lookup:
            value = _looked_up(state, identifier, value)
        state.values[identifier] = value

    return run


def _looked_up(state: State, identifier: str, value: Value | None) -> Value | None:
    table = state.outcomes[identifier].table if identifier in state.outcomes else None
    if table is None:
        raise UnsupportedProcessing(f"lookupOutcomeValue of {identifier[:40]}, which has no table")
    if value is None:
        return table.default
    source = value.scalar
    if isinstance(source, str | tuple | bool):
        raise UnsupportedProcessing("lookupOutcomeValue of what is no number")
    return table.value(Fraction(source))


def _condition(element: etree._Element, *, relevant: frozenset[str]) -> Rule | None:
    branches: list[tuple[Expression | None, list[Rule]]] = []
    for branch in element:
        if branch.tag in ("responseIf", "responseElseIf") and len(branch):
            branches.append((expression_of(branch[0]), rules_of(list(branch)[1:], relevant=relevant)))
        elif branch.tag == "responseElse":
            branches.append((None, rules_of(branch, relevant=relevant)))
    if not any(rules for _, rules in branches):
        return None

    def run(state: State) -> None:
        state.count()
        for test, rules in branches:
            truth = None if test is None else test(state)
            if test is None or (truth is not None and truth.scalar is True):
                for rule in rules:
                    rule(state)
                return

    return run
