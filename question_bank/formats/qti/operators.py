"""What the operators of response processing do with values; NULL (None) goes through as the standard says.

Every function takes the evaluated operands and the element, whose attributes are its settings.

Source: IMS QTI 2.2 Assessment, Section and Item Information Model, "Expressions".
"""

import math
import re
import unicodedata
from collections.abc import Callable, Sequence
from fractions import Fraction

from lxml import etree

from question_bank.formats.qti.names import is_true
from question_bank.formats.qti.values import (
    BaseType,
    Cardinality,
    Scalar,
    UnreadableValue,
    Value,
    boolean,
    container,
    key,
    number,
    parse_number,
    single,
)

Operands = Sequence[Value | None]
Operator = Callable[[Operands, etree._Element], Value | None]  # noqa: SLF001 - the name that lxml gives it
_QUANTIFIED_GROUP = re.compile(r"\([^()]*[*+{|][^()]*\)[*+{]")
_MAX_PATTERN = 200
_MAX_OPEN_QUANTIFIERS = 6
_MAX_EXPONENT = 64
_MAX_FIGURES = 30


class UnsupportedProcessing(ValueError):
    """Response processing that is not evaluated here; `name` says by what it was stopped."""

    code = "qti_operator_unsupported"

    def __init__(self, name: str) -> None:
        super().__init__(f"response processing uses {name}")
        self.name = name


def _numbers(operands: Operands) -> list[Fraction] | None:
    """Return every number of all operands, or None when one of them is NULL or a text that is no number."""
    found: list[Fraction] = []
    for value in operands:
        if value is None:
            return None
        for item in value.items:
            number_of_item = _as_number(item)
            if number_of_item is None:
                return None
            found.append(number_of_item)
    return found


def _as_number(item: Scalar) -> Fraction | None:
    if isinstance(item, bool) or not isinstance(item, Fraction | int | str):
        raise UnsupportedProcessing("number of another type")
    try:
        return parse_number(item) if isinstance(item, str) else Fraction(item)
    except UnreadableValue:
        return None


def _of_numbers(function: Callable[[list[Fraction]], Fraction | None]) -> Operator:
    def operator(operands: Operands, _: etree._Element) -> Value | None:
        numbers = _numbers(operands)
        result = function(numbers) if numbers else None
        return None if result is None else number(result)

    return operator


def _comparison(function: Callable[[Fraction, Fraction], bool]) -> Operator:
    def operator(operands: Operands, _: etree._Element) -> Value | None:
        numbers = _numbers(operands)
        return None if numbers is None or len(numbers) != 2 else boolean(function(*numbers))

    return operator


def _quotient(numbers: list[Fraction]) -> Fraction | None:
    return numbers[0] / numbers[1] if len(numbers) == 2 and numbers[1] else None


def _power(numbers: list[Fraction]) -> Fraction | None:
    base, exponent = numbers
    if exponent.denominator != 1 or abs(exponent) > _MAX_EXPONENT or abs(base) > 10**12:
        raise UnsupportedProcessing("power")
    return None if base == 0 and exponent < 0 else Fraction(base ** int(exponent))


def _round_half_up(value: Fraction) -> Fraction:
    return Fraction(math.floor(value + Fraction(1, 2)))


def _truth(operands: Operands) -> list[bool | None]:
    return [None if value is None else value.scalar is True for value in operands]


def _all(operands: Operands, _: etree._Element) -> Value | None:
    truths = _truth(operands)
    return boolean(False) if False in truths else None if None in truths else boolean(True)


def _any(operands: Operands, _: etree._Element) -> Value | None:
    truths = _truth(operands)
    return boolean(True) if True in truths else None if None in truths else boolean(False)


def _not(operands: Operands, _: etree._Element) -> Value | None:
    (truth,) = _truth(operands)
    return None if truth is None else boolean(not truth)


def _any_n(operands: Operands, element: etree._Element) -> Value | None:
    truths = _truth(operands)
    least, most = (parse_number(element.get(name) or "") for name in ("min", "max"))
    sure, possible = truths.count(True), truths.count(True) + truths.count(None)
    if sure >= least and possible <= most:
        return boolean(True)
    return boolean(False) if sure > most or possible < least else None


def _is_null(operands: Operands, _: etree._Element) -> Value | None:
    (value,) = operands
    return boolean(value is None or value.items == ("",))


def _match(operands: Operands, _: etree._Element) -> Value | None:
    first, second = operands
    return None if first is None or second is None else boolean(first.is_same(second))


def _tolerances(element: etree._Element) -> list[Fraction]:
    texts = (element.get("tolerance") or "0").split()
    try:
        numbers = [parse_number(text) for text in texts]
    except UnreadableValue as error:
        raise UnsupportedProcessing("equal with a tolerance in a variable") from error
    return numbers if len(numbers) == 2 else [numbers[0], numbers[0]]


def _equal(operands: Operands, element: etree._Element) -> Value | None:
    numbers = _numbers(operands)
    if numbers is None or len(numbers) != 2:
        return None
    first, second = numbers
    mode = (element.get("toleranceMode") or "exact").strip()
    if mode == "exact":
        return boolean(first == second)
    below, above = _tolerances(element)
    if mode == "relative":
        below, above = (abs(first) * share / 100 for share in (below, above))
    low, high = first - below, first + above
    is_above = second > low or (second == low and is_true(element, "includeLowerBound", default=True))
    is_below = second < high or (second == high and is_true(element, "includeUpperBound", default=True))
    return boolean(is_above and is_below)


def _rounded(value: Fraction, element: etree._Element) -> Fraction:
    figures = int(_figures(element))
    if (element.get("roundingMode") or "significantFigures").strip() == "significantFigures":
        if not value:
            return value
        figures -= math.floor(math.log10(abs(value))) + 1
    scale = Fraction(10) ** figures
    return _round_half_up(value * scale) / scale


def _figures(element: etree._Element) -> Fraction:
    try:
        figures = parse_number(element.get("figures") or "")
    except UnreadableValue as error:
        raise UnsupportedProcessing("rounding to figures in a variable") from error
    if not 0 <= figures <= _MAX_FIGURES or figures.denominator != 1:
        raise UnsupportedProcessing("rounding to odd figures")
    return figures


def _equal_rounded(operands: Operands, element: etree._Element) -> Value | None:
    numbers = _numbers(operands)
    if numbers is None or len(numbers) != 2:
        return None
    return boolean(_rounded(numbers[0], element) == _rounded(numbers[1], element))


def _round_to(operands: Operands, element: etree._Element) -> Value | None:
    numbers = _numbers(operands)
    return None if not numbers else number(_rounded(numbers[0], element))


def _texts(operands: Operands, element: etree._Element) -> list[str] | None:
    if any(value is None for value in operands):
        return None
    texts = [str(value.scalar) for value in operands if value is not None]
    is_sensitive = is_true(element, "caseSensitive", default=True)
    return texts if is_sensitive else [text.casefold() for text in texts]


def _string_match(operands: Operands, element: etree._Element) -> Value | None:
    texts = _texts(operands, element)
    if texts is None:
        return None
    first, second = texts
    return boolean(second in first if is_true(element, "substring") else first == second)


def _substring(operands: Operands, element: etree._Element) -> Value | None:
    texts = _texts(operands, element)
    return None if texts is None else boolean(texts[0] in texts[1])


def _pattern_match(operands: Operands, element: etree._Element) -> Value | None:
    (value,) = operands
    pattern = compile_pattern(element.get("pattern") or "")
    return None if value is None else boolean(bool(pattern.fullmatch(str(value.scalar)[:1000])))


def compile_pattern(source: str) -> re.Pattern[str]:
    """Return a pattern of XML Schema as one of Python, if matching it cannot take long.

    Raises:
        UnsupportedProcessing: too long, repeated repetitions, or signs that mean something else in Python.
    """
    source = source.removeprefix("^").removesuffix("$")
    is_slow = _QUANTIFIED_GROUP.search(source) or len(re.findall(r"[*+]|,\}", source)) > _MAX_OPEN_QUANTIFIERS
    is_foreign = re.search(r"\\[pPiIcC]|\(\?|\[[^\]]*-\[", source)
    if len(source) > _MAX_PATTERN or is_slow or is_foreign:
        raise UnsupportedProcessing("patternMatch with a pattern that is not evaluated")
    try:
        return re.compile(source)
    except re.error as error:
        raise UnsupportedProcessing("patternMatch with a malformed pattern") from error


def _keys(value: Value) -> list[object]:
    return [key(item) for item in value.items]


def _member(operands: Operands, _: etree._Element) -> Value | None:
    first, second = operands
    if first is None or second is None:
        return None
    return boolean(key(first.scalar) in _keys(second))


def _contains(operands: Operands, _: etree._Element) -> Value | None:
    first, second = operands
    if first is None or second is None:
        return None
    whole, part = _keys(first), _keys(second)
    if first.cardinality is Cardinality.ORDERED:
        starts = range(len(whole) - len(part) + 1)
        return boolean(any(whole[start : start + len(part)] == part for start in starts))
    return boolean(all(whole.count(item) >= part.count(item) for item in part))


def _container_size(operands: Operands, _: etree._Element) -> Value | None:
    (value,) = operands
    return number(0 if value is None else len(value.items))


def _index(operands: Operands, element: etree._Element) -> Value | None:
    (value,) = operands
    try:
        place = int(parse_number(element.get("n") or ""))
    except UnreadableValue as error:
        raise UnsupportedProcessing("index in a variable") from error
    return (
        None
        if value is None or not 1 <= place <= len(value.items)
        else single(value.base, value.items[place - 1])
    )


def _collected(cardinality: Cardinality) -> Operator:
    def operator(operands: Operands, _: etree._Element) -> Value | None:
        values = [value for value in operands if value is not None]
        base = values[0].base if values else BaseType.STRING
        return container(base, cardinality, (item for value in values for item in value.items))

    return operator


def _delete(operands: Operands, _: etree._Element) -> Value | None:
    first, second = operands
    if first is None or second is None:
        return None
    kept = (item for item in second.items if key(item) != key(first.scalar))
    return container(second.base, second.cardinality, kept)


def _custom(operands: Operands, element: etree._Element) -> Value | None:
    """Return what the few operators do that the Dutch test makers share; all others are refused by name."""
    named = (element.get("definition") or element.get("class") or "customOperator").strip()
    convert = _CONVERSIONS.get(named.rpartition(":")[2])
    if convert is None:
        raise UnsupportedProcessing(f"customOperator {named}"[:80])
    (value,) = operands
    return None if value is None else single(BaseType.STRING, convert(str(value.scalar)))


def _to_ascii(text: str) -> str:
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()


_CONVERSIONS: dict[str, Callable[[str], str]] = {
    "ParseCommaDecimal": lambda text: text.strip().replace(",", "."),
    "ToAscii": _to_ascii,
    "Trim": str.strip,
}


def _gcd(numbers: list[Fraction]) -> Fraction:
    return Fraction(math.gcd(*(int(value) for value in numbers)))


def _floor_quotient(numbers: list[Fraction]) -> Fraction | None:
    quotient = _quotient(numbers)
    return None if quotient is None else Fraction(math.floor(quotient))


def _modulus(numbers: list[Fraction]) -> Fraction | None:
    return numbers[0] % numbers[1] if len(numbers) == 2 and numbers[1] else None


OPERATORS: dict[str, Operator] = {
    "and": _all,
    "anyN": _any_n,
    "customOperator": _custom,
    "containerSize": _container_size,
    "contains": _contains,
    "delete": _delete,
    "divide": _of_numbers(_quotient),
    "equal": _equal,
    "equalRounded": _equal_rounded,
    "gcd": _of_numbers(_gcd),
    "gt": _comparison(lambda a, b: a > b),
    "gte": _comparison(lambda a, b: a >= b),
    "index": _index,
    "integerDivide": _of_numbers(_floor_quotient),
    "integerModulus": _of_numbers(_modulus),
    "integerToFloat": _of_numbers(lambda n: n[0]),
    "isNull": _is_null,
    "lcm": _of_numbers(lambda n: Fraction(math.lcm(*(int(value) for value in n)))),
    "lt": _comparison(lambda a, b: a < b),
    "lte": _comparison(lambda a, b: a <= b),
    "match": _match,
    "max": _of_numbers(max),
    "member": _member,
    "min": _of_numbers(min),
    "multiple": _collected(Cardinality.MULTIPLE),
    "not": _not,
    "or": _any,
    "ordered": _collected(Cardinality.ORDERED),
    "patternMatch": _pattern_match,
    "power": _of_numbers(_power),
    "product": _of_numbers(lambda n: math.prod(n, start=Fraction(1))),
    "round": _of_numbers(lambda n: _round_half_up(n[0])),
    "roundTo": _round_to,
    "stringMatch": _string_match,
    "substring": _substring,
    "subtract": _of_numbers(lambda n: n[0] - n[1] if len(n) == 2 else None),
    "sum": _of_numbers(lambda n: sum(n, Fraction(0))),
    "truncate": _of_numbers(lambda n: Fraction(math.trunc(n[0]))),
}
"""Every operator that is evaluated; `expressions` adds those that read variables."""
