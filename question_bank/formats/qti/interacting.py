"""From an interaction of the body to the space of its answers."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from lxml import etree

from question_bank.formats.qti.choosing import ChoiceSpace
from question_bank.formats.qti.declarations import Declaration
from question_bank.formats.qti.entering import Place, constants_of
from question_bank.formats.qti.item import Item
from question_bank.formats.qti.markup import Markup
from question_bank.formats.qti.names import VIETNAMESE_NUMBER, is_true, whole_number
from question_bank.formats.qti.pairing import PairSpace, sides
from question_bank.formats.qti.proving import NotProved
from question_bank.formats.qti.sequencing import OrderSpace
from question_bank.formats.qti.spaces import Choice, Space, Variable
from question_bank.formats.qti.values import BaseType, Cardinality, Scalar, Value
from question_bank.formats.reading import Verdict
from question_bank.types.content import new_option_id
from question_bank.types.options import MAX_OPTIONS

_SHORT, _LONG = 8, 25
SUPPORTED = frozenset(
    """choiceInteraction hottextInteraction orderInteraction matchInteraction associateInteraction
    extendedTextInteraction inlineChoiceInteraction textEntryInteraction gapMatchInteraction""".split()
)


@dataclass(slots=True)
class Interpreter:
    """Makes spaces of one item's interactions, rendering what is in them by `markup`."""

    item: Item
    markup: Markup

    def space(self, interaction: etree._Element) -> Space:
        """Return the space of a block interaction of choices.

        Raises:
            NotProved: choices that repeat an identifier, pairs that are not of two sides.
        """
        match interaction.tag:
            case "choiceInteraction":
                return self._choice(interaction, list(interaction.iterfind(".//simpleChoice")))
            case "hottextInteraction":
                return self._choice(interaction, list(interaction.iter("hottext")))
            case "orderInteraction":
                return self._order(interaction)
            case "matchInteraction":
                return self._match(interaction)
            case _:
                return self._associate(interaction)

    def _declared(self, interaction: etree._Element, *, default: Declaration) -> Declaration:
        return self.item.response_of(interaction) or default

    def _variable(
        self,
        interaction: etree._Element,
        choices: Sequence[Choice],
        *,
        base: BaseType,
        is_single: bool = False,
    ) -> Variable:
        name = (interaction.get("responseIdentifier") or "").strip()
        cardinality = Cardinality.SINGLE if is_single else Cardinality.MULTIPLE
        declared = self._declared(interaction, default=Declaration(name, base, cardinality))
        correct = declared.correct
        if correct is not None and choices and self._strangers(correct, choices):
            correct = None
        if base in (BaseType.PAIR, BaseType.DIRECTED_PAIR):
            base = declared.base if declared.base in (BaseType.PAIR, BaseType.DIRECTED_PAIR) else base
        return Variable(name, base, declared.cardinality, correct)

    def _strangers(self, correct: Value, choices: Sequence[Choice]) -> bool:
        known = {choice.identifier for choice in choices}
        names = [
            part for item in correct.items for part in (item if isinstance(item, tuple) else (str(item),))
        ]
        strange = [name for name in names if name not in known]
        if strange:
            text = ", ".join(strange)[:80]
            self.markup.found.say("qti_key_not_a_choice", Verdict.HOLD, self.markup.base or None, text=text)
        return bool(strange)

    def _choices(self, elements: Sequence[etree._Element]) -> list[Choice]:
        if len(elements) > MAX_OPTIONS:
            raise NotProved("value_refused", field=f"{len(elements)} choices")
        made = [
            Choice.create(
                (element.get("identifier") or "").strip(),
                self._label(element),
                is_fixed=is_true(element, "fixed"),
                match_max=whole_number(element, "matchMax", default=1),
            )
            for element in elements
        ]
        seen: set[str] = set()
        for choice in made:
            if choice.identifier in seen:
                raise NotProved("qti_choice_repeated", text=choice.identifier[:60])
            seen.add(choice.identifier)
        return made

    def _label(self, element: etree._Element) -> str:
        if element.tag == "gapImg" and not element.get("alt") and element.get("objectLabel"):
            element.set("alt", element.get("objectLabel") or "")
        return self.markup.rich(element)

    def _choice(self, interaction: etree._Element, elements: Sequence[etree._Element]) -> Space:
        choices = self._choices(elements)
        most = whole_number(interaction, "maxChoices", default=1)
        variable = self._variable(interaction, choices, base=BaseType.IDENTIFIER, is_single=most == 1)
        return ChoiceSpace(variable, choices, most, is_shuffled=is_true(interaction, "shuffle"))

    def _order(self, interaction: etree._Element) -> Space:
        choices = self._choices(list(interaction.iterfind(".//simpleChoice")))
        variable = self._variable(interaction, choices, base=BaseType.IDENTIFIER)
        # An order has places, whatever the declaration calls it.
        variable = replace(variable, cardinality=Cardinality.ORDERED)
        if 0 < whole_number(interaction, "maxChoices", default=0) < len(choices):
            raise NotProved("qti_interaction_unsupported", name="orderInteraction (maxChoices)")
        return OrderSpace(variable, choices)

    def _match(self, interaction: etree._Element) -> Space:
        sets = [
            self._choices(list(e.iterfind("simpleAssociableChoice")))
            for e in interaction.iterfind("simpleMatchSet")
        ]
        if len(sets) != 2 or not all(sets):
            raise NotProved("qti_interaction_unsupported", name="matchInteraction (simpleMatchSet)")
        first, second = sets
        variable = self._variable(interaction, [*first, *second], base=BaseType.DIRECTED_PAIR)
        is_swapped = any(c.match_max != 1 for c in first) and all(c.match_max == 1 for c in second)
        prompts, targets = (second, first) if is_swapped else (first, second)
        return PairSpace(variable, prompts, targets, is_swapped, is_true(interaction, "shuffle"))

    def _associate(self, interaction: etree._Element) -> Space:
        choices = self._choices(list(interaction.iterfind(".//simpleAssociableChoice")))
        variable = self._variable(interaction, choices, base=BaseType.PAIR)
        mapping = self._declared(
            interaction, default=Declaration("", BaseType.PAIR, Cardinality.MULTIPLE)
        ).mapping
        valued = [entry.key for entry in mapping.entries if entry.value > 0] if mapping else []
        valued += variable.correct.items if variable.correct else ()
        pairs = [(item[0], item[1]) for item in valued if isinstance(item, tuple)]
        divided = sides([choice.identifier for choice in choices], pairs)
        if divided is None:
            raise NotProved("qti_not_two_sides")
        prompts, targets = ([c for c in choices if c.identifier in names] for names in divided)
        # A target of one list may serve several prompts where the file lets it.
        notes = ("qti_associate_as_matching",)
        return PairSpace(variable, prompts, targets, False, is_true(interaction, "shuffle"), notes)

    def places(self, interaction: etree._Element) -> list[Place]:
        """Return the places to fill of an inline interaction or a gap match, in order."""
        if interaction.tag == "gapMatchInteraction":
            return list(self._gaps(interaction))
        name = (interaction.get("responseIdentifier") or "").strip()
        declared = self._declared(interaction, default=Declaration(name, BaseType.STRING, Cardinality.SINGLE))
        if interaction.tag == "inlineChoiceInteraction":
            choices = self._choices(list(interaction.iterfind("inlineChoice")))
            variable = self._variable(interaction, choices, base=declared.base, is_single=True)
            key = variable.correct.items[0] if variable.correct else None
            return [Place(new_option_id(), name, declared.base, tuple(choices), declared=key)]
        if declared.cardinality is Cardinality.RECORD:
            raise NotProved("qti_interaction_unsupported", name=f"{interaction.tag} (record)")
        if self._has_patterns():
            raise NotProved("qti_operator_unsupported", name="patternMatch")
        constants, tolerances = constants_of(declared, self.item.processing)
        key = declared.correct.items[0] if declared.correct else None
        width = self._width(whole_number(interaction, "expectedLength", default=_SHORT + 1))
        return [
            Place(
                new_option_id(),
                name,
                declared.base,
                width=width,
                constants=constants,
                tolerances=tolerances,
                declared=key,
                is_vietnamese=VIETNAMESE_NUMBER in (interaction.get("class") or "").split(),
            )
        ]

    def _has_patterns(self) -> bool:
        # What fits a pattern cannot be listed, so no list of accepted answers could be proved.
        processing = self.item.processing
        return processing is not None and next(processing.iter("patternMatch"), None) is not None

    def _width(self, expected: int) -> str:
        return "s" if expected <= _SHORT else "m" if expected <= _LONG else "l"

    def _gaps(self, interaction: etree._Element) -> Iterator[Place]:
        elements = list(interaction.iter("gapText", "gapImg"))
        name = (interaction.get("responseIdentifier") or "").strip()
        declared = self._declared(
            interaction, default=Declaration(name, BaseType.DIRECTED_PAIR, Cardinality.MULTIPLE)
        )
        keys: dict[str, Scalar] = {}
        for item in declared.correct.items if declared.correct else ():
            if isinstance(item, tuple):
                keys.setdefault(item[1], item[0])
        counts = (
            Counter(item[1] for item in declared.correct.items if isinstance(item, tuple))
            if declared.correct
            else {}
        )
        if crowded := [gap for gap, count in counts.items() if count > 1]:
            text = ", ".join(crowded)[:80]
            self.markup.found.say("qti_key_crowds_gap", Verdict.WARNING, self.markup.base or None, text=text)
        rendered = self._choices(elements)
        for gap in interaction.iter("gap"):
            gap_name = (gap.get("identifier") or "").strip()
            # Ids are unique within an item, so every gap has options of its own.
            choices = tuple(replace(choice, id=new_option_id()) for choice in rendered)
            known = keys.get(gap_name) if any(c.identifier == keys.get(gap_name) for c in choices) else None
            yield Place(new_option_id(), name, BaseType.DIRECTED_PAIR, choices, gap=gap_name, declared=known)


def variables_of(item: Item, places: Sequence[Place]) -> dict[str, Variable]:
    """Return the response variables that places set."""
    made: dict[str, Variable] = {}
    for place in places:
        declared = item.responses.get(place.response)
        cardinality = Cardinality.MULTIPLE if place.gap else Cardinality.SINGLE
        if declared is not None and declared.cardinality is not Cardinality.RECORD:
            cardinality = declared.cardinality
        made[place.response] = Variable(place.response, place.base, cardinality)
    return made
