"""Texts and numbers as people type them."""

import unicodedata
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from question_bank.answer_text import answer_key, answer_pattern, matches_pattern
from question_bank.numerals import read_number, vietnamese_number
from question_bank.shares import nearest_share, share_text, share_value
from question_bank.types.numeric import Numeric, UnitRule
from tests.question_bank.type_samples import numeric, short_text


@pytest.mark.parametrize(
    "typed",
    [
        *("hòa giải", "hoà giải", "Hòa Giải", "  hòa\u00a0 giải ", "hòa giải.", "ho\u200bà giải"),
        unicodedata.normalize("NFD", "hòa giải"),
    ],
)
def test_habits_of_typing_do_not_change_an_answer(typed: str) -> None:
    assert answer_key(typed) == answer_key("hòa giải")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("“Điều 5”", '"điều 5"'),
        ("１２３", "123"),
        ("ＡＢＣ", "abc"),
        ("2020–2025", "2020-2025"),
        ("l’État", "L'ÉTAT"),
    ],
)
def test_typographic_and_full_width_signs_equal_their_plain_ones(one: str, other: str) -> None:
    assert answer_key(one) == answer_key(other)


def test_other_words_stay_other_words() -> None:
    assert answer_key("hòa") != answer_key("hóa")
    assert answer_key("hòa") != answer_key("hoa")
    assert answer_key("hòa đô", ignores_diacritics=True) == answer_key("Hoa Do", ignores_diacritics=True)
    assert answer_key("UBND", is_case_sensitive=True) != answer_key("ubnd", is_case_sensitive=True)
    assert answer_key("Hoà", is_case_sensitive=True) == answer_key("Hòa", is_case_sensitive=True)


@pytest.mark.parametrize(
    ("pattern", "typed", "fits"),
    [
        ("Điều *", "điều 15", True),
        ("Điều *", "khoản 15", False),
        ("*", "gì cũng được", True),
        ("a*c", "abbbc", True),
        ("a*c", "ac", True),
        (r"5 \* 3", "5 * 3", True),
        (r"5 \* 3", "5 nhân 3", False),
        ("[abc]?", "a!", False),
        ("[abc]? x", "[abc]? x", True),
    ],
)
def test_a_star_stands_for_any_run_and_no_other_sign_is_special(
    pattern: str, typed: str, *, fits: bool
) -> None:
    assert matches_pattern(answer_key(typed), answer_pattern(pattern)) is fits


def test_a_long_pattern_of_stars_is_answered_at_once() -> None:
    assert not matches_pattern("a" * 300, answer_pattern("*a" * 95 + "*b"))


@given(st.text(max_size=60))
def test_a_text_equals_itself_in_any_form_and_its_key_is_stable(text: str) -> None:
    key = answer_key(text)
    assert answer_key(key) == key
    assert answer_key(unicodedata.normalize("NFD", text)) == key
    if key:
        assert matches_pattern(key, answer_pattern(text.replace("*", r"\*")))


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        *(("1.234,5", "1234.5"), ("1 234,5", "1234.5"), ("1,234.5", "1234.5"), ("1\u00a0234", "1234")),
        *(
            ("33,333", "33.333"),
            ("33.333", "33333"),
            ("3.14", "3.14"),
            ("0.125", "0.125"),
            ("1234.567", "1234.567"),
        ),
        *(
            ("1.234.567", "1234567"),
            ("1,234,567", "1234567"),
            ("1.234.567,89", "1234567.89"),
            ("1 234.5", "1234.5"),
        ),
        *(
            ("1e3", "1000"),
            ("1,5×10^3", "1500"),
            ("2E-2", "0.02"),
            ("−5", "-5"),
            ("–5", "-5"),
            ("+7", "7"),
            ("- 5", "-5"),
        ),
        *((",5", "0.5"), (".5", "0.5"), ("５，５", "5.5"), ("007", "7"), ("5.", "5")),
    ],
)
def test_numbers_are_read_as_people_in_vietnam_write_them(typed: str, value: str) -> None:
    number = read_number(typed)
    assert number is not None
    assert number.readings[0] == Decimal(value)


@pytest.mark.parametrize(
    "typed", ["", "năm", "1.23.4", "1,23,4", "12 34", "1.234 567", "1,2.3", "-", ".", "1" * 65]
)
def test_what_is_no_number_is_not_read(typed: str) -> None:
    assert read_number(typed) is None


@given(st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**9), max_value=10**9))
def test_every_decimal_written_the_vietnamese_way_reads_back(value: Decimal) -> None:
    plain = f"{value:f}"
    assert read_number(vietnamese_number(plain)).readings[0] == value
    grouped = f"{value:,.4f}".translate(str.maketrans(",.", ".,"))
    assert read_number(grouped).readings == (value,)
    assert read_number(grouped.replace(".", " ")).readings[0] == value


def is_right(content: Numeric, typed: str) -> bool:
    return content.score(content.parse_response({"text": typed}), Decimal(1)).points == 1


def test_a_number_that_reads_in_two_ways_is_right_by_the_other_only_where_the_item_says_so() -> None:
    thousands, decimal = numeric("33333", "0"), numeric("33.333", "0")
    assert is_right(thousands, "33.333")
    assert not is_right(decimal, "33.333")
    assert is_right(decimal, "33,333")
    assert is_right(numeric("33.333", "0", accepts_either_reading=True), "33.333")
    assert is_right(numeric("33333", "0", accepts_either_reading=True), "33,333")


@pytest.mark.parametrize(
    ("typed", "right"), [("3,4", True), ("3.6", True), ("3,61", False), ("3,5 kg", False)]
)
def test_the_tolerance_is_exact_and_includes_its_ends(typed: str, *, right: bool) -> None:
    assert is_right(numeric("3.5", "0.1"), typed) is right


def test_a_unit_is_tolerated_demanded_or_refused() -> None:
    needed = numeric("5", "0", unit="km", unit_rule=UnitRule.REQUIRED, unit_aliases=("cây số",))
    assert [is_right(needed, typed) for typed in ("5 km", "5km", "5 KM", "5 cây số", "5", "5 m")] == [
        *(True, True, True, True, False, False)
    ]
    shown = numeric("5", "0", unit="%", unit_rule=UnitRule.SHOWN)
    assert [is_right(shown, typed) for typed in ("5", "5%", "5 %", "5 m")] == [True, True, True, False]


def test_the_best_accepted_answer_counts() -> None:
    content = short_text(("hòa giải", "1"), ("thuận tình", "1/3"), ("giải", "0.5"))
    points = {
        text: content.score(content.parse_response({"text": text}), Decimal(3)).points
        for text in ("HOÀ GIẢI.", "thuận tình", "giải", "khác")
    }
    assert list(points.values()) == [Decimal(3), Decimal(1), Decimal("1.5"), Decimal(0)]
    assert content.categories(content.parse_response({"text": "khác"})) == ("other",)


@pytest.mark.parametrize(
    ("given_number", "share"),
    [
        ("0.3333333", "1/3"),
        ("0.66667", "2/3"),
        ("0.25", "0.25"),
        ("-0.5", "-0.5"),
        ("0.14286", "1/7"),
        ("0.123", "0.123"),
    ],
)
def test_a_rounded_share_becomes_the_fraction_it_means(given_number: str, share: str) -> None:
    assert nearest_share(given_number) == share


@given(st.fractions(-1, 1, max_denominator=10**5))
def test_a_share_has_one_spelling(value: object) -> None:
    text = share_text(value)
    assert share_value(text) == value
    assert share_text(share_value(text)) == text
