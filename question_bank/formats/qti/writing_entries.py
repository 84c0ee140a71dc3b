"""Items in which something is typed, filled in or written as QTI."""

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction

from lxml import etree

from question_bank.formats.qti.elements import base_value, element, flow, markup, number_text
from question_bank.formats.qti.names import VIETNAMESE_NUMBER
from question_bank.formats.qti.scoring import (
    RESPONSE,
    Parts,
    mapping,
    outcome,
    response,
    setting,
    variable,
    when,
)
from question_bank.formats.qti.writing_choices import name_of
from question_bank.shares import share_value
from question_bank.types.answers import NumberAnswer, TextKey
from question_bank.types.cloze import MARKER, ChoiceGap, Cloze, NumberGap, TextGap
from question_bank.types.essay import Essay
from question_bank.types.numeric import Numeric, UnitRule
from question_bank.types.short_text import ShortText

_WIDTHS = {"s": 6, "m": 20, "l": 60}
_BASE_LETTERS = "aăâbcdđeêghiklmnoôơpqrstuưvxyfjwz"
_TONES = ("", "\u0300", "\u0301", "\u0303", "\u0309", "\u0323")
_ONE = Fraction(1)


def _text_declaration(key: TextKey, *, name: str) -> etree._Element:
    entries: dict[str, Fraction] = {}
    for answer in key.answers:
        share = share_value(answer.share)
        entries[answer.text] = max(share, entries.get(answer.text, share))
    best = key.right_text()
    if _needs_patterns(key):
        return response("single", "string", [best] if best else [], name=name)
    mapped = mapping(entries, is_case_sensitive=key.is_case_sensitive)
    return response("single", "string", [best] if best else [], name=name, mapping=mapped)


def _needs_patterns(key: TextKey) -> bool:
    return key.has_wildcards or key.ignores_diacritics


def _text_rules(key: TextKey, *, name: str, target: str) -> list[etree._Element]:
    """Return rules that set `target` to the share of what was typed."""
    if not _needs_patterns(key):
        mapped = setting(target, element("mapResponse", identifier=name))
        return [when((element("not", element("isNull", variable(name))), [mapped]))]
    answers = sorted(key.answers, key=lambda answer: -share_value(answer.share))
    branches = [
        (
            element("patternMatch", variable(name), pattern=_pattern(answer.text, key)),
            [setting(target, base_value(share_value(answer.share)))],
        )
        for answer in answers
    ]
    return [when(*branches)]


def _pattern(text: str, key: TextKey) -> str:
    """Return an accepted text as a pattern of XML Schema, with every spelling that is accepted."""
    pieces: list[str] = []
    for piece in re.findall(r"\\\*|.", unicodedata.normalize("NFC", text), re.DOTALL):
        if piece == "*" and key.has_wildcards:
            pieces.append(".*")
            continue
        sign = "*" if piece == r"\*" and key.has_wildcards else piece[-1]
        spellings = sorted(_spellings(sign, key))
        escaped = [re.sub(r"([\\\[\](){}.*+?^$|\-])", r"\\\1", spelling) for spelling in spellings]
        pieces.append(f"[{''.join(escaped)}]" if len(escaped) > 1 else escaped[0])
    return "".join(pieces)


def _spellings(sign: str, key: TextKey) -> set[str]:
    found = {sign}
    if key.ignores_diacritics and sign.isalpha():
        found |= {letter for letter in _letters() if _bare(letter) == _bare(sign.lower())}
    if not key.is_case_sensitive:
        found |= {
            form for spelling in found for form in (spelling.lower(), spelling.upper()) if len(form) == 1
        }
    return found


def _letters() -> Iterator[str]:
    for letter in _BASE_LETTERS:
        for tone in _TONES:
            composed = unicodedata.normalize("NFC", letter + tone)
            if len(composed) == 1:
                yield composed


def _bare(letter: str) -> str:
    plain = "".join(c for c in unicodedata.normalize("NFD", letter) if not unicodedata.combining(c))
    return "d" if plain == "đ" else plain


def short_text(content: ShortText) -> Parts:
    """Return a text entry below the stem."""
    entry = element(
        "textEntryInteraction", responseIdentifier=RESPONSE, expectedLength=_WIDTHS[content.width]
    )
    body = [*flow(content.stem), element("p", entry)]
    declared = _text_declaration(content, name=RESPONSE)
    if not _needs_patterns(content):
        return Parts([declared], body, "map_response")
    return Parts([declared], body, rules=_text_rules(content, name=RESPONSE, target="SCORE"))


def _number_declaration(answers: Sequence[NumberAnswer], *, name: str) -> etree._Element:
    best = next((answer.value for answer in answers if answer.share == "1"), None)
    return response("single", "float", [best] if best else [], name=name)


def _number_rules(answers: Sequence[NumberAnswer], *, name: str, target: str) -> list[etree._Element]:
    branches = []
    for answer in sorted(answers, key=lambda answer: -share_value(answer.share)):
        test = element("equal", base_value(answer.value, "float"), variable(name), toleranceMode="exact")
        if answer.tolerance != "0":
            test.set("toleranceMode", "absolute")
            test.set("tolerance", f"{answer.tolerance} {answer.tolerance}")
        branches.append((test, [setting(target, base_value(share_value(answer.share)))]))
    return [when(*branches)]


def numeric(content: Numeric) -> Parts:
    """Return a number entry below the stem, with the unit behind it where that is shown."""
    entry = _number_entry(RESPONSE, is_vietnamese=not content.accepts_either_reading)
    unit = f" {content.unit}" if content.unit_rule is UnitRule.SHOWN else None
    body = [*flow(content.stem), element("p", entry, unit)]
    declared = _number_declaration(content.answers, name=RESPONSE)
    return Parts([declared], body, rules=_number_rules(content.answers, name=RESPONSE, target="SCORE"))


Gap = TextGap | NumberGap | ChoiceGap


def cloze(content: Cloze) -> Parts:
    """Return a text with entries and inline choices, each scored by itself, then put together by the rule."""
    names = {gap.id: f"{RESPONSE}_{n}" for n, gap in enumerate(content.gaps, 1)}
    by_id = {gap.id: gap for gap in content.gaps}
    body = flow(content.stem)
    for block in body:
        _fill(block, lambda gap_id: _gap_nodes(by_id.get(gap_id), names.get(gap_id, "")))
    parts = Parts([], body)
    total = sum(gap.weight for gap in content.gaps)
    tests: list[etree._Element] = []
    weighted: list[etree._Element] = []
    for number, gap in enumerate(content.gaps, 1):
        target = f"GAP_{number}"
        parts.declarations += [_gap_declaration(gap, names[gap.id]), outcome(target)]
        parts.rules += _gap_rules(gap, names[gap.id], target)
        weighted.append(element("product", variable(target), base_value(Fraction(gap.weight, total))))
        tests.append(element("gte", variable(target), base_value(_ONE)))
    if content.rule == "all_or_nothing":
        whole = element("and", *tests) if len(tests) > 1 else tests[0]
        parts.rules.append(when((whole, [setting("SCORE", base_value(_ONE))])))
    else:
        parts.rules.append(setting("SCORE", element("sum", *weighted)))
        below = element("lt", variable("SCORE"), base_value(Fraction(0)))
        parts.rules.append(when((below, [setting("SCORE", base_value(Fraction(0)))])))
    return parts


Filler = Callable[[str], tuple[etree._Element, str]]  # noqa: SLF001 - the name that lxml gives the class
"""The interaction of a gap and the text right behind it."""


def _gap_nodes(gap: Gap | None, name: str) -> tuple[etree._Element, str]:
    if gap is None:
        return element("span"), ""
    unit = f" {gap.unit}" if isinstance(gap, NumberGap) and gap.unit else ""
    return _gap_interaction(gap, name), unit


def _fill(parent: etree._Element, filler: Filler) -> None:
    """Put interactions in the place of the markers of an element and of all that is in it."""
    for child in list(parent):
        _fill(child, filler)
    for child in [None, *parent]:
        _fill_text(parent, child, filler)


def _fill_text(parent: etree._Element, child: etree._Element | None, filler: Filler) -> None:
    text = (parent.text if child is None else child.tail) or ""
    pieces = MARKER.split(text)
    if len(pieces) == 1:
        return
    place = 0 if child is None else parent.index(child) + 1
    if child is None:
        parent.text = pieces[0]
    else:
        child.tail = pieces[0]
    for gap_id, following in zip(pieces[1::2], pieces[2::2], strict=True):
        made, behind = filler(gap_id)
        made.tail = behind + following
        parent.insert(place, made)
        place += 1


def _gap_interaction(gap: Gap, name: str) -> etree._Element:
    if isinstance(gap, ChoiceGap):
        choices = (
            element("inlineChoice", *markup(o.text), identifier=name_of(o.id), fixed=o.pinned)
            for o in gap.options
        )
        return element("inlineChoiceInteraction", *choices, responseIdentifier=name, shuffle=True)
    if isinstance(gap, NumberGap):
        return _number_entry(name, is_vietnamese=not gap.accepts_either_reading)
    return element("textEntryInteraction", responseIdentifier=name, expectedLength=_WIDTHS[gap.width])


def _number_entry(name: str, *, is_vietnamese: bool) -> etree._Element:
    """Return the box; its class tells that numbers are read in the Vietnamese way alone."""
    entry = element("textEntryInteraction", responseIdentifier=name, expectedLength=12)
    if is_vietnamese:
        entry.set("class", VIETNAMESE_NUMBER)
    return entry


def _gap_declaration(gap: Gap, name: str) -> etree._Element:
    if isinstance(gap, TextGap):
        return _text_declaration(gap, name=name)
    if isinstance(gap, NumberGap):
        return _number_declaration(gap.answers, name=name)
    worth = {name_of(gap.key or ""): _ONE}
    worth |= {name_of(option): share_value(share) for option, share in gap.partial.items()}
    return response("single", "identifier", [name_of(gap.key or "")], name=name, mapping=mapping(worth))


def _gap_rules(gap: Gap, name: str, target: str) -> list[etree._Element]:
    if isinstance(gap, TextGap):
        return _text_rules(gap, name=name, target=target)
    if isinstance(gap, NumberGap):
        return _number_rules(gap.answers, name=name, target=target)
    mapped = setting(target, element("mapResponse", identifier=name))
    return [when((element("not", element("isNull", variable(name))), [mapped]))]


def essay(content: Essay) -> Parts:
    """Return a long text that is scored outside; the rubric stands in a block for markers."""
    entry = element("extendedTextInteraction", responseIdentifier=RESPONSE, expectedLines=15, format="plain")
    blocks = flow(content.guidance)
    for criterion in content.rubric:
        levels = element(
            "ul",
            *(
                element("li", f"{number_text(share_value(level.share))}: ", *markup(level.description))
                for level in criterion.levels
            ),
        )
        blocks += [
            element("p", element("strong", f"{criterion.name} ({criterion.weight})")),
            *flow(criterion.description),
        ]
        blocks += [levels] if len(levels) else []
    rubric = element("rubricBlock", *blocks, view="scorer") if blocks else None
    body = [*flow(content.stem), *([rubric] if rubric is not None else []), entry]
    return Parts([response("single", "string", [])], body)
