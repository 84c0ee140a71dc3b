from datetime import date

import pytest

from exam_service.people.cccd import CccdProblem, CccdReading, contradictions, mask_cccd, read_cccd
from exam_service.people.roster_findings import SENTENCES


@pytest.mark.parametrize("raw", ["092090001234", " 092 090 001 234 ", "092.090.001.234", "'092090001234"])
def test_twelve_digits_are_a_number_however_they_are_grouped(raw: str) -> None:
    assert read_cccd(raw) == CccdReading(value="092090001234")


def test_an_empty_cell_is_no_number_and_no_problem() -> None:
    assert read_cccd("  ") == CccdReading()


@pytest.mark.parametrize(("raw", "repair"), [("92090001234", "092090001234"), ("1090001234", "001090001234")])
def test_a_lost_leading_zero_is_offered_back_and_never_put_silently(raw: str, repair: str) -> None:
    assert read_cccd(raw) == CccdReading(problem=CccdProblem.LOST_ZERO, repair=repair)


@pytest.mark.parametrize(
    ("raw", "problem"),
    [
        ("361234567", CccdProblem.OLD_NUMBER),
        ("9,209E+10", CccdProblem.SCIENTIFIC),
        ("9.209e10", CccdProblem.SCIENTIFIC),
        ("0920900012345", CccdProblem.WRONG_LENGTH),
        ("9909000123", CccdProblem.WRONG_LENGTH),
        ("99090001234", CccdProblem.WRONG_LENGTH),  # 099 is no province, so there is nothing to offer
        ("09209000l234", CccdProblem.NOT_DIGITS),
        ("０９２０９０００１２３４", CccdProblem.NOT_DIGITS),
    ],
)
def test_anything_else_is_named_as_what_it_is(raw: str, problem: CccdProblem) -> None:
    reading = read_cccd(raw)
    assert (reading.problem, reading.value) == (problem, None)
    assert reading.repair is None


@pytest.mark.parametrize(
    ("cccd", "is_female", "born", "found"),
    [
        ("092090001234", False, date(1990, 5, 1), []),
        ("092190001234", True, date(1990, 5, 1), []),
        ("092203001234", False, date(2003, 5, 1), []),
        ("092303001234", True, date(2003, 5, 1), []),
        ("092090001234", True, date(1990, 5, 1), [CccdProblem.OTHER_SEX]),
        ("092090001234", False, date(1991, 5, 1), [CccdProblem.OTHER_YEAR]),
        ("092290001234", False, date(1990, 5, 1), [CccdProblem.OTHER_YEAR]),
        ("092190001234", False, date(1985, 5, 1), [CccdProblem.OTHER_SEX, CccdProblem.OTHER_YEAR]),
        ("000090001234", False, date(1990, 5, 1), [CccdProblem.UNKNOWN_PROVINCE]),
        ("097090001234", None, None, [CccdProblem.UNKNOWN_PROVINCE]),
        ("092090001234", None, None, []),
    ],
)
def test_the_number_is_compared_with_sex_and_birth_year(
    cccd: str, is_female: bool | None, born: date | None, found: list[CccdProblem]
) -> None:
    assert contradictions(cccd, is_female=is_female, birth_date=born) == found


def test_lists_show_the_last_four_digits_only() -> None:
    assert mask_cccd("092090001234") == "••••••••1234"
    assert mask_cccd(None) == ""


def test_every_problem_has_a_sentence_for_the_user() -> None:
    assert {problem.value for problem in CccdProblem} <= SENTENCES.keys()
