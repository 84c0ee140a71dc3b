"""The variables that an item declares: responses with keys and mappings, outcomes with defaults and tables."""

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from lxml import etree

from question_bank.formats.qti.names import is_true
from question_bank.formats.qti.values import (
    BaseType,
    Cardinality,
    Scalar,
    UnreadableValue,
    Value,
    container,
    key,
    parse_number,
    parse_scalar,
    single,
)


@dataclass(frozen=True, slots=True)
class MapEntry:
    """What one value is worth; `is_case_sensitive` is what the file says, by default not."""

    key: Scalar
    value: Fraction
    is_case_sensitive: bool


@dataclass(frozen=True)
class Mapping:
    """What each value of a response is worth, and the bounds of their sum."""

    entries: tuple[MapEntry, ...]
    default: Fraction = Fraction(0)
    lower: Fraction | None = None
    upper: Fraction | None = None

    def score(self, value: Value | None) -> Fraction:
        """Return the sum over the distinct members, each exactly first, then regardless of case.

        Source: IMS QTI 2.2, expression mapResponse.
        """
        members = dict.fromkeys(map(key, value.items)) if value is not None else {}
        return self.bounded(sum((self.worth(member) for member in members), Fraction(0)))

    def worth(self, member: object) -> Fraction:
        """Return what one member is worth."""
        if member in self._exact:
            return self._exact[member]
        folded = member.casefold() if isinstance(member, str) else None
        return self._folded.get(folded, self.default)

    @cached_property
    def _exact(self) -> dict[object, Fraction]:
        return {key(entry.key): entry.value for entry in reversed(self.entries)}

    @cached_property
    def _folded(self) -> dict[str | None, Fraction]:
        texts = ((e.key, e) for e in reversed(self.entries) if not e.is_case_sensitive)
        return {text.casefold(): entry.value for text, entry in texts if isinstance(text, str)}

    def bounded(self, total: Fraction) -> Fraction:
        """Return a sum within the bounds."""
        if self.lower is not None:
            total = max(total, self.lower)
        return total if self.upper is None else min(total, self.upper)


@dataclass(frozen=True, slots=True)
class LookupTable:
    """Values by number: exact entries, or steps from above when `is_interpolated`.

    An interpolation entry is (source, target, whether the source itself is included).
    """

    entries: tuple[tuple[Fraction, Value | None, bool], ...]
    default: Value | None
    is_interpolated: bool

    def value(self, source: Fraction) -> Value | None:
        """Return the target of a number."""
        for bound, target, is_included in self.entries:
            if (bound == source and is_included) or (self.is_interpolated and source > bound):
                return target
        return self.default


@dataclass(frozen=True, slots=True)
class Declaration:
    """A declared variable; `correct`, `mapping` and `has_areas` are of responses, the rest of outcomes."""

    identifier: str
    base: BaseType
    cardinality: Cardinality
    default: Value | None = None
    correct: Value | None = None
    mapping: Mapping | None = None
    has_areas: bool = False
    table: LookupTable | None = None
    normal_maximum: Fraction | None = None


def declaration_of(element: etree._Element) -> Declaration:
    """Return what a response or outcome declaration says.

    Raises:
        UnreadableValue: a type, a cardinality or a value that does not exist.
    """
    base, cardinality = _types(element)
    mapping = element.find("mapping")
    maximum = element.get("normalMaximum")
    return Declaration(
        (element.get("identifier") or "").strip(),
        base,
        cardinality,
        default=_values(element.find("defaultValue"), base=base, cardinality=cardinality),
        correct=_values(element.find("correctResponse"), base=base, cardinality=cardinality),
        mapping=None if mapping is None else _mapping(mapping, base),
        has_areas=element.find("areaMapping") is not None,
        table=_table(element, base),
        normal_maximum=parse_number(maximum) if maximum and maximum.strip() else None,
    )


def _types(element: etree._Element) -> tuple[BaseType, Cardinality]:
    try:
        cardinality = Cardinality((element.get("cardinality") or "single").strip())
        base = BaseType((element.get("baseType") or "string").strip())
    except ValueError as error:
        raise UnreadableValue(str(error)[:60]) from error
    if base is BaseType.IDENTIFIER and _holds_pairs(element):
        base = BaseType.DIRECTED_PAIR  # tools write pairs of a match as identifiers with a space
    return base, cardinality


def _holds_pairs(element: etree._Element) -> bool:
    values = [(value.text or "").split() for value in element.iterfind("correctResponse/value")]
    return bool(values) and all(len(parts) == 2 for parts in values)


def _values(holder: etree._Element | None, *, base: BaseType, cardinality: Cardinality) -> Value | None:
    if holder is None or cardinality is Cardinality.RECORD:
        return None
    texts = ["".join(str(t) for t in value.itertext()) for value in holder.iterfind("value")]
    if base not in (BaseType.STRING, BaseType.IDENTIFIER):
        texts = [text for text in texts if text.strip()]
    if cardinality is Cardinality.SINGLE:
        return single(base, parse_scalar(texts[0], base)) if texts else None
    return container(base, cardinality, (parse_scalar(text, base) for text in texts))


def _mapping(element: etree._Element, base: BaseType) -> Mapping:
    entries = []
    for entry in element.iterfind("mapEntry"):
        scalar = parse_scalar(entry.get("mapKey") or "", base)
        worth = parse_number(entry.get("mappedValue") or "0")
        entries.append(MapEntry(scalar, worth, is_true(entry, "caseSensitive")))
    bounds = {name: element.get(name, "").strip() for name in ("defaultValue", "lowerBound", "upperBound")}
    return Mapping(
        tuple(entries),
        default=parse_number(bounds["defaultValue"] or "0"),
        lower=parse_number(bounds["lowerBound"]) if bounds["lowerBound"] else None,
        upper=parse_number(bounds["upperBound"]) if bounds["upperBound"] else None,
    )


def _table(element: etree._Element, base: BaseType) -> LookupTable | None:
    holder = element.find("matchTable")
    is_interpolated = holder is None
    holder = element.find("interpolationTable") if holder is None else holder
    if holder is None:
        return None
    entries = []
    for entry in holder:
        if entry.tag in ("matchTableEntry", "interpolationTableEntry"):
            target = single(base, parse_scalar(entry.get("targetValue") or "", base))
            is_included = not is_interpolated or is_true(entry, "includeBoundary", default=True)
            entries.append((parse_number(entry.get("sourceValue") or ""), target, is_included))
    default = (holder.get("defaultValue") or "").strip()
    if is_interpolated:
        entries.sort(key=lambda entry: entry[0], reverse=True)
    return LookupTable(
        tuple(entries), single(base, parse_scalar(default, base)) if default else None, is_interpolated
    )
