"""Statistics of an item against values worked out by hand."""

import pytest

from question_bank.item_analysis import Answered, analyse_item


def test_facility_error_and_discrimination_follow_the_textbook() -> None:
    answers = [Answered(1, 0.9), Answered(1, 0.7), Answered(0, 0.5), Answered(0, 0.3)]
    figures = analyse_item(answers)
    assert (figures.n, figures.facility) == (4, 0.5)
    assert figures.facility_error == pytest.approx((1 / 3) ** 0.5 / 2)
    # Deviations of 0.5 against 0.3, 0.1, -0.1, -0.3: 0.4 / sqrt(1 × 0.2)
    assert figures.discrimination == pytest.approx(0.4 / 0.2**0.5)


def test_an_item_that_all_have_right_does_not_discriminate_and_says_nothing() -> None:
    assert analyse_item([Answered(1, 0.9), Answered(1, 0.1)]).discrimination is None
    assert analyse_item([Answered(1, None), Answered(0, None)]).discrimination is None


def test_each_category_has_its_share_and_the_rest_score_of_those_who_chose_it() -> None:
    answers = [
        Answered(1, 0.8, ("b",)),
        Answered(0, 0.4, ("a",)),
        Answered(0, 0.2, ("a",)),
        Answered(0, 0.1, ("c",)),
    ]
    rows = [(row.category, row.count, row.share, row.mean_rest) for row in analyse_item(answers).categories]
    assert rows == [("a", 2, 0.5, pytest.approx(0.3)), ("b", 1, 0.25, 0.8), ("c", 1, 0.25, 0.1)]
