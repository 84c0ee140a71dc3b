"""Answers that are typed or picked at one place: accepted texts and numbers found by asking the processing."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from lxml import etree

from question_bank.formats.qti.declarations import Declaration
from question_bank.formats.qti.shares import share_of
from question_bank.formats.qti.spaces import Choice, Content
from question_bank.formats.qti.values import BaseType, Scalar, UnreadableValue, parse_number
from question_bank.shares import share_text

_WRONG = "~zz wrong zz~"
_MAX_CONSTANTS = 80
_MAX_ANSWERS = 50
_FAR = 10**7
_PLACES = 12

Worth = Callable[[Scalar], Fraction]
"""What an entry at one place scores by itself."""


@dataclass(frozen=True, slots=True)
class Place:
    """One place to fill: which scalar of which response it sets, and how it looks in a cloze.

    `choices` are given where one of a list is picked, of which `gap` is the name of the place in a directed
    pair; else something is typed, numbers in the Vietnamese way alone where `is_vietnamese`. `constants` are
    the values that the file speaks of.
    """

    id: str
    response: str
    base: BaseType
    choices: Sequence[Choice] = ()
    gap: str = ""
    is_inline: bool = True
    width: str = "m"
    constants: tuple[Scalar, ...] = ()
    tolerances: tuple[Fraction, ...] = ()
    declared: Scalar | None = None
    is_vietnamese: bool = False

    @property
    def kind(self) -> str:
        """Return what the gap of a cloze is called: choice, number or text."""
        if self.choices:
            return "choice"
        return "number" if self.base.is_number else "text"

    def scalar(self, entry: Scalar) -> Scalar:
        """Return the member of the response's value that an entry here makes."""
        return (str(entry), self.gap) if self.gap else entry

    def entries(self) -> list[Scalar]:
        """Return the entries worth trying."""
        if self.choices:
            return [choice.identifier for choice in self.choices]
        if self.base.is_number:
            return list(_points(self))
        return list(dict.fromkeys(_variants(self.constants)))

    def key(self, worth: Worth) -> tuple[Content, Fraction]:
        """Return the accepted answers as fields of a content or gap, and the highest score."""
        if self.choices:
            return self._choice_key(worth)
        if not self.base.is_number:
            return _text_key(self, worth)
        fields, top = _number_key(self, worth)
        # Elsewhere the dot is the decimal sign: who types as the file's readers do is right too.
        return {**fields, "accepts_either_reading": not self.is_vietnamese}, top

    def _choice_key(self, worth: Worth) -> tuple[Content, Fraction]:
        scores = {choice: worth(choice.identifier) for choice in self.choices}
        top = max(scores.values())
        named = next((choice for choice in self.choices if choice.identifier == self.declared), None)
        key = named
        if top > 0 and (named is None or scores[named] < top):
            key = next(choice for choice, gained in scores.items() if gained == top)
        partial = {
            choice.id: share_text(share_of(gained, top))
            for choice, gained in scores.items()
            if top > 0 and gained and choice is not key
        }
        return {"key": None if key is None else key.id, "partial": partial}, top

    def best(self, worth: Worth) -> Scalar | None:
        """Return the entry that scores most, the declared one where it does; None where nothing scores."""
        entries = [*([] if self.declared is None else [self.declared]), *self.entries()]
        scored = [(worth(entry), -index) for index, entry in enumerate(entries)]
        most, index = max(scored, default=(Fraction(0), 0))
        return entries[-index] if most > 0 else self.declared

    def entered(self, entry: Scalar) -> str | None:
        """Return the entry as the candidate's response holds it, None when it is empty or unknown."""
        if self.choices:
            return next((choice.id for choice in self.choices if choice.identifier == entry), "")
        if isinstance(entry, Fraction):
            return decimal(entry).replace(".", ",")
        return str(entry).strip() or None


def constants_of(
    declaration: Declaration | None, processing: etree._Element | None
) -> tuple[tuple[Scalar, ...], tuple[Fraction, ...]]:
    """Return the values that a file speaks of for a response, and the tolerances."""
    found: dict[Scalar, None] = {}
    is_number = declaration is not None and declaration.base.is_number
    if declaration is not None:
        found |= dict.fromkeys(declaration.correct.items if declaration.correct else ())
        found |= dict.fromkeys(
            entry.key for entry in (declaration.mapping.entries if declaration.mapping else ())
        )
    tolerances: dict[Fraction, None] = {}
    for element in () if processing is None else processing.iter("baseValue", "equal"):
        if element.tag == "equal":
            tolerances |= dict.fromkeys(_numbers((element.get("tolerance") or "").split()))
        elif is_number:
            found |= dict.fromkeys(_numbers([element.text or ""]))
        elif (element.get("baseType") or "string") == "string":
            found[(element.text or "").strip()] = None
    return tuple(found)[:_MAX_CONSTANTS], tuple(tolerances)[:10]


def _numbers(texts: Sequence[str]) -> Iterator[Fraction]:
    for text in texts:
        try:
            yield parse_number(text)
        except UnreadableValue:
            continue


def _variants(constants: Sequence[Scalar]) -> Iterator[Scalar]:
    for constant in constants:
        text = str(constant)
        yield text
        yield text.swapcase()
        yield from (text + "x", "x" + text, text[:-1]) if text else ()
    yield _WRONG


def _text_key(place: Place, worth: Worth) -> tuple[Content, Fraction]:
    scores: dict[str, Fraction] = {}
    for constant in place.constants:
        text = str(constant).strip()
        if text and (gained := worth(text)) > 0:
            scores[text] = gained
    top = max(scores.values(), default=Fraction(0))
    if not scores:
        declared = str(place.declared or "").strip()
        answers = [{"text": declared[:200], "share": "1"}] if declared else []
        return {"answers": answers, "width": place.width}, top
    is_sensitive = any(worth(text.swapcase()) != gained for text, gained in scores.items())
    is_part = all(worth(f"zz{text}zz") == gained for text, gained in scores.items())
    kept: dict[str, tuple[str, Fraction]] = {}
    for text, gained in scores.items():
        kept.setdefault(text if is_sensitive else text.casefold(), (text, gained))
    if is_sensitive:
        # A mapping may be strict for one entry and lenient for another: spell out what is lenient.
        for text in list(scores):
            for variant in (text.lower(), text.upper(), text.capitalize(), text.swapcase()):
                if variant not in kept and (gained := worth(variant)) > 0:
                    kept[variant] = (variant, gained)
    answers = [
        {"text": _wild(text) if is_part else text, "share": share_text(share_of(gained, top))}
        for text, gained in kept.values()
    ][:_MAX_ANSWERS]
    return {
        "answers": answers,
        "is_case_sensitive": is_sensitive,
        "has_wildcards": is_part,
        "width": place.width,
    }, top


def _wild(text: str) -> str:
    return "*" + text.replace("*", r"\*") + "*"


def _points(place: Place) -> Iterator[Fraction]:
    """Yield the numbers at which a score may change, those between them and some far away, in order."""
    edges = _edges(place)
    if not edges:
        yield Fraction(_FAR)
        return
    yield edges[0] - _FAR
    for index, edge in enumerate(edges):
        yield edge
        following = edges[index + 1] if index + 1 < len(edges) else edge + 2
        yield from _between(edge, following, is_whole=place.base is BaseType.INTEGER)
    yield edges[-1] + _FAR


def _between(low: Fraction, high: Fraction, *, is_whole: bool) -> Iterator[Fraction]:
    if not is_whole:
        yield (low + high) / 2
    elif high - low > 1:
        yield low + (high - low) // 2


def _edges(place: Place) -> list[Fraction]:
    numbers = [
        Fraction(c) for c in place.constants if isinstance(c, Fraction | int) and not isinstance(c, bool)
    ]
    found = set(numbers)
    for number in numbers:
        for tolerance in place.tolerances:
            for width in (tolerance, abs(number) * tolerance / 100):
                found |= {number - width, number + width}
        # Rounded to whole numbers, tenths or hundredths, an answer may be half a step away.
        found |= {number + sign * Fraction(1, 2 * 10**n) for n in range(4) for sign in (-1, 1)}
    if place.base is BaseType.INTEGER:
        found = {Fraction(round(number)) for number in found}
        found |= {number + step for number in found for step in (-1, 1)}
    return sorted(found)[: 60 * _MAX_CONSTANTS]


def _number_key(place: Place, worth: Worth) -> tuple[Content, Fraction]:
    """Return accepted values: runs of neighbouring points with one score, as middle and tolerance.

    A run that ends at an open bound is taken with its bound; `proving` tries the points beside it.
    """
    scored = [(point, worth(point)) for point in _points(place)]
    top = max((gained for _, gained in scored), default=Fraction(0))
    if top <= 0:
        declared = place.declared
        answers = [{"value": decimal(declared)}] if isinstance(declared, Fraction) else []
        return {"answers": answers}, top
    runs: list[tuple[Fraction, Fraction, Fraction]] = []
    previous = Fraction(0)
    for point, gained in scored:
        if gained > 0 and runs and previous == gained:
            low, _, _ = runs[-1]
            runs[-1] = (low, point, gained)
        elif gained > 0:
            runs.append((point, point, gained))
        previous = gained
    answers = []
    for low, high, gained in runs[:_MAX_ANSWERS]:
        answer = {"value": decimal((low + high) / 2), "share": share_text(share_of(gained, top))}
        answers.append(answer | ({"tolerance": decimal((high - low) / 2)} if high > low else {}))
    return {"answers": answers}, top


def decimal(value: Fraction) -> str:
    """Return a number as decimal text, to twelve places where it has no end."""
    scaled = round(value * 10**_PLACES)
    digits = str(abs(scaled)).rjust(_PLACES + 1, "0")
    text = f"{digits[:-_PLACES]}.{digits[-_PLACES:]}".rstrip("0").rstrip(".")
    return f"-{text}" if scaled < 0 else text
