"""One fixed variant of an item that makes its data at random: its template processing run once."""

import contextlib
import re
from collections.abc import Iterable
from copy import deepcopy
from dataclasses import dataclass, field

from lxml import etree

from question_bank.formats.qti.declarations import declaration_of
from question_bank.formats.qti.dice import Dice
from question_bank.formats.qti.entering import decimal
from question_bank.formats.qti.expressions import Expression, State, expression_of
from question_bank.formats.qti.item import Item, item_of_normalised
from question_bank.formats.qti.operators import UnsupportedProcessing
from question_bank.formats.qti.values import (
    BaseType,
    Scalar,
    UnreadableValue,
    Value,
    number,
    parse_number,
    single,
)

_MAX_TRIES = 100
_INDEXED = re.compile(r"([A-Za-z_][\w.-]*)\[([A-Za-z_][\w.-]*|[0-9]+)\]")
_PLACES = 4


class _Again(Exception):
    """Draws once more."""


class _Done(Exception):
    """Ends the template processing."""


def instance_of(item: Item) -> Item:
    """Return the item with its template processed, always the same variant of it.

    Raises:
        UnsupportedProcessing: the template uses what is not evaluated here.
    """
    dice = Dice(item.identifier)
    for _ in range(_MAX_TRIES):
        try:
            return _Template(deepcopy(item.root), item, dice).instance()
        except _Again:
            continue
        except (UnreadableValue, ArithmeticError, IndexError) as error:
            raise UnsupportedProcessing("a template that cannot be read") from error
    raise UnsupportedProcessing("templateConstraint that no variant meets")


@dataclass(slots=True)
class _Template:
    root: etree._Element
    item: Item
    dice: Dice
    values: dict[str, Value | None] = field(default_factory=dict)

    def instance(self) -> Item:
        for element in self.root.findall("templateDeclaration"):
            declared = declaration_of(element)
            self.values[declared.identifier] = declared.default
            self.root.remove(element)
        processing = self.root.find("templateProcessing")
        if processing is not None:
            self.root.remove(processing)
            with contextlib.suppress(_Done):
                self._run(processing)
        self._show_and_print()
        self._resolve_variables()
        return item_of_normalised(self.root, self.item.version)

    def _run(self, rules: Iterable[etree._Element]) -> None:
        for rule in rules:
            match rule.tag:
                case "setTemplateValue" if len(rule):
                    self.values[rule.get("identifier") or ""] = self._value(rule[0])
                case "setCorrectResponse" if len(rule):
                    self._set_value(rule, "correctResponse")
                case "setDefaultValue" if len(rule):
                    self._set_value(rule, "defaultValue")
                case "templateCondition":
                    self._choose(rule)
                case "templateConstraint" if len(rule):
                    if not _is_true(self._value(rule[0])):
                        raise _Again
                case "exitTemplate":
                    raise _Done
                case _:
                    raise UnsupportedProcessing(str(rule.tag)[:60])

    def _choose(self, condition: etree._Element) -> None:
        for branch in condition:
            if branch.tag == "templateElse":
                return self._run(branch)
            if len(branch) and _is_true(self._value(branch[0])):
                return self._run(list(branch)[1:])
        return None

    def _value(self, element: etree._Element) -> Value | None:
        state = State(self.item.responses, self.item.outcomes, {}, values=dict(self.values))
        return self._expression(element)(state)

    def _expression(self, element: etree._Element) -> Expression:
        """Return the expression with everything random in it drawn already."""
        drawn = deepcopy(element)
        holder = etree.Element("holder")
        holder.append(drawn)
        for chance in list(holder.iter("randomInteger", "randomFloat", "random")):
            value = self._draw(chance)
            replacement = etree.Element("baseValue", baseType=value.base.value)
            replacement.text = _text(value.scalar)
            parent = chance.getparent()
            assert parent is not None
            parent.replace(chance, replacement)
        return expression_of(holder[0])

    def _draw(self, element: etree._Element) -> Value:
        if element.tag == "random":
            value = self._value(element[0]) if len(element) else None
            if value is None:
                raise UnsupportedProcessing("a draw from nothing")
            return single(value.base, self.dice.one_of(value.items))
        low, high = (parse_number(element.get(name) or "") for name in ("min", "max"))
        if high < low:
            raise UnsupportedProcessing(f"{element.tag} of an empty range")
        if element.tag == "randomFloat":
            return number(round(self.dice.between(low, high), _PLACES))
        step = max(int(parse_number(element.get("step") or "1")), 1)
        return single(
            BaseType.INTEGER, number(low + step * self.dice.below(int(high - low) // step + 1)).scalar
        )

    def _set_value(self, rule: etree._Element, kind: str) -> None:
        identifier, value = rule.get("identifier"), self._value(rule[0])
        for declaration in self.root.iter("responseDeclaration", "outcomeDeclaration"):
            if declaration.get("identifier") != identifier:
                continue
            for old in declaration.findall(kind):
                declaration.remove(old)
            holder = etree.Element(kind)
            declaration.insert(0, holder)
            for item in value.items if value is not None else ():
                etree.SubElement(holder, "value").text = _text(item)

    def _show_and_print(self) -> None:
        for element in list(self.root.iter(etree.Element)):
            name = element.get("templateIdentifier")
            if name is not None and not self._is_shown(element, name):
                _remove(element)
            elif element.tag in ("templateInline", "templateBlock"):
                element.tag = "span" if element.tag == "templateInline" else "div"
            elif element.tag == "printedVariable" and element.get("identifier") in self.values:
                element.tag, element.text = "span", self._printed(element.get("identifier") or "")
            elif element.tag in ("mi", "ci"):
                self._fill_formula(element)

    def _is_shown(self, element: etree._Element, name: str) -> bool:
        value = self.values.get(name)
        holds = value is not None and (element.get("identifier") or "") in map(str, value.items)
        return holds is ((element.get("showHide") or "show") == "show")

    def _printed(self, name: str) -> str:
        value = self.values[name]
        return "" if value is None else "; ".join(_text(item) for item in value.items)

    def _fill_formula(self, element: etree._Element) -> None:
        name = (element.text or "").strip()
        indexed = _INDEXED.fullmatch(name)
        if name in self.values:
            element.tag, element.text = "mn", self._printed(name)
        elif indexed and indexed[1] in self.values:
            # Authoring tools count the members of a list from 0 in formulas.
            value, index = self.values[indexed[1]], self.values.get(indexed[2])
            place = int(str(index.scalar if index is not None else indexed[2]))
            if value is None or not 0 <= place < len(value.items):
                raise UnsupportedProcessing("a list in a formula with a place that it does not have")
            element.tag, element.text = "mtext", _text(value.items[place])

    def _resolve_variables(self) -> None:
        """Put what was drawn in the place of template variables in the response processing."""
        for element in self.root.iterfind("responseProcessing//variable"):
            value = self.values.get(element.get("identifier") or "")
            if value is None or len(value.items) != 1:
                continue
            element.tag, element.text = "baseValue", _text(value.scalar)
            element.attrib.clear()
            element.set("baseType", value.base.value)


def _is_true(value: Value | None) -> bool:
    return value is not None and value.scalar is True


def _text(scalar: Scalar) -> str:
    if isinstance(scalar, bool):
        return str(scalar).lower()
    if isinstance(scalar, tuple):
        return " ".join(scalar)
    return scalar if isinstance(scalar, str) else decimal(number(scalar).items[0])  # type: ignore[arg-type] # a number


def _remove(element: etree._Element) -> None:
    parent, before = element.getparent(), element.getprevious()
    if parent is None:
        return
    if before is not None:
        before.tail = (before.tail or "") + (element.tail or "")
    else:
        parent.text = (parent.text or "") + (element.tail or "")
    parent.remove(element)
