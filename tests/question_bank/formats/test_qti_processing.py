"""Response processing means what the standard says, NULL included, and stops at what it does not know."""

import contextlib
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from question_bank.formats.qti.expressions import MAX_STEPS, State, TooMuchProcessing, expression_of
from question_bank.formats.qti.item import item_of
from question_bank.formats.qti.operators import OPERATORS, UnsupportedProcessing, compile_pattern
from question_bank.formats.qti.processing import processing_of
from question_bank.formats.qti.values import BaseType, Cardinality, Value, container, single
from tests.question_bank.formats.qti_files import (
    MAP,
    MATCH,
    choices,
    item,
    mapping,
    response,
    rules,
    template,
)

TRUE, FALSE, NULL = (
    "<baseValue baseType='boolean'>true</baseValue>",
    "<baseValue baseType='boolean'>false</baseValue>",
    "<null/>",
)


def number(text: str) -> str:
    return f"<baseValue baseType='float'>{text}</baseValue>"


def text(value: str) -> str:
    return f"<baseValue baseType='string'>{value}</baseValue>"


def names(*values: str, kind: str = "multiple") -> str:
    members = "".join(f"<baseValue baseType='identifier'>{value}</baseValue>" for value in values)
    return f"<{kind}>{members}</{kind}>"


def equal(first: str, second: str, settings: str) -> str:
    return f"<equal {settings}>{number(first)}{number(second)}</equal>"


def rounded(first: str, second: str, settings: str) -> str:
    return f"<equalRounded {settings}>{number(first)}{number(second)}</equalRounded>"


def evaluated(expression: str) -> object:
    """The members of the value: one by itself, several as a tuple, None for NULL."""
    value = expression_of(etree.fromstring(expression))(State({}, {}, {}))
    if value is None:
        return None
    return value.scalar if value.cardinality is Cardinality.SINGLE else value.items


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        (f"<and>{TRUE}{NULL}</and>", None),
        (f"<and>{FALSE}{NULL}</and>", False),
        (f"<or>{TRUE}{NULL}</or>", True),
        (f"<or>{FALSE}{NULL}</or>", None),
        (f"<not>{NULL}</not>", None),
        (f"<isNull>{NULL}</isNull>", True),
        (f"<isNull>{text('')}</isNull>", True),
        (f"<isNull>{number('0')}</isNull>", False),
        (f"<match>{NULL}{NULL}</match>", None),
        (f"<sum>{number('1')}{NULL}</sum>", None),
        (f"<sum>{number('0.1')}{number('0.2')}</sum>", Fraction(3, 10)),
        (f"<product>{number('2')}{number('-1.5')}</product>", -3),
        (f"<subtract>{number('2')}{number('5')}</subtract>", -3),
        (f"<divide>{number('1')}{number('3')}</divide>", Fraction(1, 3)),
        (f"<divide>{number('1')}{number('0')}</divide>", None),
        (f"<integerDivide>{number('-7')}{number('2')}</integerDivide>", -4),
        (f"<integerModulus>{number('-7')}{number('2')}</integerModulus>", 1),
        (f"<power>{number('2')}{number('10')}</power>", 1024),
        (f"<truncate>{number('-2.7')}</truncate>", -2),
        (f"<round>{number('6.5')}</round>", 7),
        (f"<round>{number('-6.5')}</round>", -6),
        (f"<max>{number('1')}{number('4')}</max>", 4),
        (f"<gt>{number('1')}{NULL}</gt>", None),
        (f"<gte>{number('2')}{number('2')}</gte>", True),
        (equal("1.0", "1", "toleranceMode='exact'"), True),
        (equal("3", "3.5", "toleranceMode='absolute' tolerance='0.5'"), True),
        (
            equal("3", "3.5", "toleranceMode='absolute' tolerance='0.5' includeUpperBound='false'"),
            False,
        ),
        (equal("3", "3.5", "toleranceMode='absolute' tolerance='1 0'"), False),
        (equal("100", "90", "toleranceMode='relative' tolerance='10'"), True),
        (
            rounded("3.14159", "3.138", "roundingMode='decimalPlaces' figures='2'"),
            True,
        ),
        (
            rounded("1234", "1230", "roundingMode='significantFigures' figures='3'"),
            True,
        ),
        (f"<stringMatch caseSensitive='false'>{text('Ab')}{text('aB')}</stringMatch>", True),
        (f"<stringMatch caseSensitive='true'>{text('Ab')}{text('ab')}</stringMatch>", False),
        (f"<substring caseSensitive='true'>{text('b')}{text('abc')}</substring>", True),
        (f"<patternMatch pattern='[0-9]{{2}}'>{text('42')}</patternMatch>", True),
        (f"<patternMatch pattern='[0-9]{{2}}'>{text('421')}</patternMatch>", False),
        (f"<multiple>{NULL}</multiple>", None),
        (f"<containerSize>{NULL}</containerSize>", 0),
        (f"<match>{names('a', 'b')}{names('b', 'a')}</match>", True),
        (f"<match>{names('a', 'b', kind='ordered')}{names('b', 'a', kind='ordered')}</match>", False),
        (f"<member><baseValue baseType='identifier'>a</baseValue>{names('a', 'b')}</member>", True),
        (f"<contains>{names('a', 'b', 'a')}{names('a', 'a')}</contains>", True),
        (f"<contains>{names('a', 'b')}{names('a', 'a')}</contains>", False),
        (
            f"<contains>{names('a', 'b', 'c', kind='ordered')}{names('a', 'c', kind='ordered')}</contains>",
            False,
        ),
        (f"<index n='2'>{names('a', 'b', kind='ordered')}</index>", "b"),
        (f"<index n='3'>{names('a', 'b', kind='ordered')}</index>", None),
        (f"<delete><baseValue baseType='identifier'>a</baseValue>{names('a', 'b', 'a')}</delete>", ("b",)),
        (f"<anyN min='2' max='2'>{TRUE}{TRUE}{FALSE}</anyN>", True),
        (f"<anyN min='2' max='3'>{TRUE}{NULL}{FALSE}</anyN>", None),
    ],
)
def test_an_operator_gives_what_the_standard_says(expression: str, expected: object) -> None:
    assert evaluated(expression) == expected


@pytest.mark.parametrize("name", ["randomInteger", "mathOperator", "customOperator", "inside", "nonsense"])
def test_an_operator_that_is_not_evaluated_is_named(name: str) -> None:
    with pytest.raises(UnsupportedProcessing) as refusal:
        evaluated(f"<{name}>{number('1')}</{name}>")
    assert name in refusal.value.name


@pytest.mark.parametrize(
    "pattern", ["(a+)+", "(a|b)*c", "a" * 201, r"\p{L}", "(?=a)", "[a-z-[aeiou]]", "a*a*a*a*a*a*a*"]
)
def test_a_pattern_that_could_take_long_or_means_something_else_is_refused(pattern: str) -> None:
    with pytest.raises(UnsupportedProcessing):
        compile_pattern(pattern)


SCALARS = st.sampled_from(
    [number("1"), number("-2.5"), text("a"), TRUE, NULL, names("a", "b"), names("a", kind="ordered")]
)


@given(st.sampled_from(sorted(OPERATORS)), st.lists(SCALARS, max_size=3))
@settings(max_examples=300, deadline=None)
def test_no_operator_fails_in_another_way_than_by_naming_itself(name: str, operands: list[str]) -> None:
    with contextlib.suppress(UnsupportedProcessing):
        evaluated(f"<{name} n='1' figures='2' min='0' max='2'>{''.join(operands)}</{name}>")


def score(data: bytes, **given: Value | None) -> Fraction:
    parsed = item_of(etree.fromstring(data))
    processing = processing_of(
        parsed.processing, responses=parsed.responses, outcomes=parsed.outcomes, templates={}
    )
    return processing.score(given)


def chosen(*identifiers: str) -> Value | None:
    return container(BaseType.IDENTIFIER, Cardinality.MULTIPLE, identifiers)


def one(identifier: str) -> Value:
    return single(BaseType.IDENTIFIER, identifier)


@pytest.mark.parametrize(
    "address",
    [
        MATCH,
        "https://purl.imsglobal.org/spec/qti/v3p0/rptemplates/match_correct.xml",
        "../templates/CC2_match.xml",
    ],
)
def test_standard_templates_need_no_file_whatever_their_address(address: str) -> None:
    data = item(body=choices("A", "B"), declarations=response("B"), processing=template(address))
    assert (score(data, RESPONSE=one("B")), score(data, RESPONSE=one("A")), score(data)) == (1, 0, 0)


def test_an_unknown_template_is_named() -> None:
    with pytest.raises(UnsupportedProcessing, match="my_own"):
        score(item(body=choices("A", "B"), declarations=response("B"), processing=template("x/my_own.xml")))


def test_a_mapping_counts_each_value_once_within_its_bounds() -> None:
    mapped = mapping({"A": "2", "B": "1"}, default="-1", bounds="lowerBound='0' upperBound='2.5'")
    declared = response("A", cardinality="multiple", mapping=mapped)
    data = item(body=choices("A", "B", "C", most=0), declarations=declared, processing=template(MAP))
    assert score(data, RESPONSE=chosen("A", "B")) == Fraction(5, 2)
    assert score(data, RESPONSE=chosen("A", "C")) == 1
    assert score(data, RESPONSE=chosen("C")) == 0
    assert score(data, RESPONSE=chosen("A", "A")) == 2
    assert score(data) == 0


@pytest.mark.parametrize(("typed", "expected"), [("York", 1), ("york", "0.5"), ("yORK", 1), ("Leeds", 0)])
def test_a_text_is_mapped_exactly_first_and_then_regardless_of_case(typed: str, expected: str) -> None:
    declared = response("York", base="string", mapping=mapping({"York": "1", "york": "0.5"}))
    data = item(body="", declarations=declared, processing=template(MAP))
    assert score(data, RESPONSE=single(BaseType.STRING, typed)) == Fraction(expected)


def test_processing_that_only_sets_feedback_is_not_evaluated() -> None:
    feedback = "<setOutcomeValue identifier='FEEDBACK'><customOperator class='x'/></setOutcomeValue>"
    right = "<match><variable identifier='RESPONSE'/><correct identifier='RESPONSE'/></match>"
    award = f"<setOutcomeValue identifier='SCORE'>{number('1')}</setOutcomeValue>"
    inner = (
        f"{feedback}<responseCondition><responseIf>{right}{award}{feedback}</responseIf></responseCondition>"
    )
    data = item(body=choices("A", "B"), declarations=response("B"), processing=rules(inner))
    assert score(data, RESPONSE=one("B")) == 1


def test_clamps_exit_and_tables_work_together() -> None:
    add = "<setOutcomeValue identifier='RAW'><mapResponse identifier='RESPONSE'/></setOutcomeValue>"
    few = f"<lt><variable identifier='RAW'/>{number('1')}</lt>"
    done = f"<responseCondition><responseIf>{few}<exitResponse/></responseIf></responseCondition>"
    look = "<lookupOutcomeValue identifier='SCORE'><variable identifier='RAW'/></lookupOutcomeValue>"
    steps = "".join(
        f"<interpolationTableEntry sourceValue='{source}' targetValue='{target}'/>"
        for source, target in ((2, 10), (1, 4))
    )
    table = f"<interpolationTable defaultValue='0'>{steps}</interpolationTable>"
    declared = response("A", "B", cardinality="multiple", mapping=mapping({"A": "1", "B": "1", "C": "0.5"}))
    data = item(
        body=choices("A", "B", "C", most=0), declarations=declared, processing=rules(add + done + look)
    )
    data = data.replace(
        b"identifier='SCORE' cardinality='single' baseType='float'/>",
        b"identifier='SCORE' cardinality='single' baseType='float'>"
        + table.encode()
        + b"</outcomeDeclaration>"
        b"<outcomeDeclaration identifier='RAW' cardinality='single' baseType='float'/>",
    )
    assert [score(data, RESPONSE=chosen(*names)) for names in ("AB", "A", "AC", "C")] == [10, 4, 4, 0]


def test_too_much_processing_is_stopped() -> None:
    sums = f"<sum>{number('1') * 3}</sum>" * 5_000
    data = item(
        body="", processing=rules(f"<setOutcomeValue identifier='SCORE'><sum>{sums}</sum></setOutcomeValue>")
    )
    parsed = item_of(etree.fromstring(data))
    processing = processing_of(parsed.processing, responses={}, outcomes=parsed.outcomes, templates={})
    processing.steps[0] = MAX_STEPS - 10
    with pytest.raises(TooMuchProcessing):
        processing.score({})
