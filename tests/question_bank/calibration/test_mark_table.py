"""Conversion tables: they rise, their ends are fixed, and the reference paper is worth itself."""

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from numpy.testing import assert_allclose
from scipy.sparse import csr_array

from question_bank.calibration.curves import ItemParameters, ability_at, expected_score, parameters
from question_bank.calibration.equating import NoConversion, paper, true_score_conversion
from question_bank.calibration.mark_table import (
    IDENTITY,
    KNOTS,
    WHOLE,
    MarkTable,
    conversion_errors,
    expected_share,
    mark_tables,
    mean_paper,
)

STEPS = (Decimal("0.01"), Decimal("0.1"), Decimal("0.25"), Decimal("0.5"), Decimal(1))


def bank(seed: int, count: int, *, guessing: float = 0.0) -> ItemParameters:
    random = np.random.default_rng(seed)
    return parameters(
        random.normal(0, 1.5, count),
        discrimination=np.exp(random.normal(0, 0.3, count)),
        guessing=random.uniform(0, guessing, count),
    )


def drawn(seed: int, *, papers: int, length: int, of: int) -> csr_array:
    """Papers of `length` items out of `of`, worth 1 to 3 points each."""
    random = np.random.default_rng(seed)
    points = np.zeros((papers, of))
    for row in points:
        row[random.choice(of, length, replace=False)] = random.integers(1, 4, length)
    return csr_array(points)


@given(some.integers(0, 10_000), some.integers(1, 30), some.sampled_from([0.0, 0.3]))
@settings(max_examples=15, deadline=None)
def test_every_table_rises_between_fixed_ends_and_keeps_the_order_of_marks(
    seed: int, length: int, guessing: float
) -> None:
    items, papers = bank(seed, 40, guessing=guessing), drawn(seed, papers=3, length=length, of=40)
    reference = mean_paper(
        papers.sum(axis=0), papers=papers.shape[0], groups=[place % 4 for place in range(40)]
    )
    for row in mark_tables(items, papers, reference=reference):
        table = MarkTable(tuple(row.tolist()))  # refuses a table that falls or whose ends are not fixed
        for step in STEPS:
            marks = [table.mark(Fraction(points, 3), 50, step=step) for points in range(0, 151, 2)]
            assert marks == sorted(marks)
            assert (marks[0], marks[-1]) == (0, 50)
            assert all(mark % step == 0 for mark in marks)


@given(some.integers(0, 10_000), some.integers(1, 40), some.sampled_from([0.0, 0.3]))
@settings(max_examples=15, deadline=None)
def test_the_reference_paper_is_worth_itself(seed: int, length: int, guessing: float) -> None:
    items, papers = bank(seed, 40, guessing=guessing), drawn(seed, papers=1, length=length, of=40)
    points = papers.toarray()[0]
    reference = mean_paper(
        papers.sum(axis=0), papers=papers.shape[0], groups=list(zip(range(40), points.tolist(), strict=True))
    )
    assert_allclose(reference, points)
    row = mark_tables(items, papers, reference=reference)[0]
    assert np.abs(row - np.array(IDENTITY.worth)).max() <= 1
    table = MarkTable(tuple(row.tolist()))
    assert [table.mark(x, 100, step=Decimal("0.1")) for x in range(101)] == list(range(101))


def test_papers_of_one_difficulty_are_worth_themselves_whatever_items_they_hold() -> None:
    items, papers = parameters(np.full(30, 0.4)), drawn(5, papers=4, length=12, of=30)
    tables = mark_tables(
        items, papers, reference=mean_paper(papers.sum(axis=0), papers=papers.shape[0], groups=["all"] * 30)
    )
    assert np.abs(tables - np.array(IDENTITY.worth)).max() <= 1


def test_a_table_agrees_with_the_conversion_of_each_score_by_itself() -> None:
    items, papers = bank(3, 40, guessing=0.25), drawn(3, papers=2, length=20, of=40)
    reference = mean_paper(
        papers.sum(axis=0), papers=papers.shape[0], groups=[place % 3 for place in range(40)]
    )
    tables = mark_tables(items, papers, reference=reference)
    for row, points in zip(tables, papers.toarray(), strict=True):
        form = paper(items.of(points > 0), points=points[points > 0])
        held = paper(items.of(reference > 0), points=reference[reference > 0])
        raw = np.arange(KNOTS + 1) / KNOTS * form.most
        raw[-1] = form.most
        single = true_score_conversion(form, held, raw=raw, scale=1.0)
        assert_allclose(row / WHOLE, single.equated, atol=2e-6)


def test_marks_on_a_harder_paper_are_worth_more_and_rounded_half_up() -> None:
    easy_and_hard = parameters([-1.0] * 10 + [1.0] * 10)
    papers = csr_array(np.repeat(np.eye(2), 10, axis=1))
    reference = mean_paper(papers.sum(axis=0), papers=papers.shape[0], groups=["all"] * 20)
    easy, hard = (
        MarkTable(tuple(row)) for row in mark_tables(easy_and_hard, papers, reference=reference).tolist()
    )
    for share in range(1, 100):
        assert easy.share(Fraction(share, 100)) < Fraction(share, 100) < hard.share(Fraction(share, 100))
    # By hand: half of the easy paper is the ability -1, where the reference expects (1/2 + P(-2)) / 2.
    assert float(easy.share(Fraction(1, 2))) == pytest.approx((0.5 + 0.119203) / 2, abs=1e-6)
    assert IDENTITY.mark(Fraction("49.95"), 100, step=Decimal("0.1")) == 50
    assert IDENTITY.mark(Fraction("49.949999"), 100, step=Decimal("0.1")) == Decimal("49.9")
    assert IDENTITY.mark(Fraction(25, 2), Decimal("12.5"), step=Decimal(1)) == Decimal("12.5")


def test_the_mean_paper_gives_every_item_of_a_group_the_same_share() -> None:
    papers = csr_array(np.array([[2.0, 0, 1, 0, 0], [2.0, 0, 0, 1, 0]]))
    assert mean_paper(
        papers.sum(axis=0), papers=papers.shape[0], groups=["a", "a", "b", "b", "b"]
    ).tolist() == [2, 0, 0.5, 0.5, 0]
    common = csr_array(np.ones((3, 4)))
    assert mean_paper(common.sum(axis=0), papers=common.shape[0], groups=["a", "a", "b", "c"]).tolist() == [
        1,
        1,
        1,
        1,
    ]


def test_the_error_of_a_conversion_is_that_of_the_difference_of_two_expected_marks() -> None:
    items, papers = bank(8, 12), drawn(8, papers=2, length=6, of=12)
    reference = mean_paper(papers.sum(axis=0), papers=papers.shape[0], groups=["all"] * 12)
    error = np.linspace(0.1, 0.4, 12)
    found = conversion_errors(items, papers, reference=reference, error=error, theta=0.3)
    rows = papers.toarray()
    for row, expected in zip(rows, found, strict=True):
        share, there = row / row.sum(), reference / reference.sum()
        total, by = 0.0, 1e-5
        for item in range(12):
            up, down = items.difficulty.copy(), items.difficulty.copy()
            up[item], down[item] = up[item] + by, down[item] - by
            moved = [
                float(
                    expected_score(
                        parameters(b, discrimination=items.discrimination), 0.3, points=share - there
                    )[0]
                )
                for b in (up, down)
            ]
            total += ((moved[0] - moved[1]) / (2 * by) * error[item]) ** 2
        assert expected == pytest.approx(total**0.5, rel=1e-6)
    alike = conversion_errors(
        items, csr_array(reference[None, :]), reference=reference, error=error, theta=0.3
    )
    assert alike[0] == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize(
    ("items", "papers", "reference"),
    [
        (parameters([0.0, 1.0]), np.zeros((0, 2)), [1, 1]),
        (parameters([0.0, 1.0]), np.zeros((1, 2)), [1, 1]),
        (parameters([0.0, 1.0]), [[1.0, 1.0]], [0, 0]),
        (parameters([0.0, 1.0]), [[1.0, 1.0]], [1, 1, 1]),
        (parameters([0.0, 1.0], discrimination=[1, -1]), [[1.0, 1.0]], [1, 1]),
        (parameters([0.0, 1.0], discrimination=[1, 0]), [[1.0, 1.0]], [1, 1]),
        (parameters([90.0, 1.0]), [[1.0, 1.0]], [1, 1]),
        (ItemParameters(np.ones(2), np.array([0, np.nan]), np.zeros(2)), [[1.0, 1.0]], [1, 1]),
    ],
)
def test_papers_that_determine_no_conversion_are_refused(
    items: ItemParameters, papers: object, reference: list[float]
) -> None:
    with pytest.raises(NoConversion):
        mark_tables(items, csr_array(np.array(papers)), reference=np.array(reference, dtype=float))


def test_tables_and_marks_that_cannot_be_are_refused() -> None:
    for worth in ((0, WHOLE), (*IDENTITY.worth[:-1], WHOLE - 1), tuple(reversed(IDENTITY.worth))):
        with pytest.raises(NoConversion):
            MarkTable(worth)
    for points, most, step in ((101, 100, 1), (-1, 100, 1), (1, 0, 1), (1, 100, 0)):
        with pytest.raises(NoConversion):
            IDENTITY.mark(points, most, step=Decimal(step))
    with pytest.raises(NoConversion):
        mean_paper(np.zeros(2), papers=0, groups=["a", "b"])


def test_the_expected_share_is_that_of_the_test_characteristic_curve() -> None:
    items = bank(2, 5)
    theta = ability_at(items, 3.1)
    assert float(expected_share(items, np.ones(5), [theta])[0]) == pytest.approx(3.1 / 5)
