"""Indices of copying beside those of R, by hand, and with answers of which none can be made."""

from itertools import product

import numpy as np
import pytest
from numpy.testing import assert_allclose

from question_bank.irregularities.copying import (
    NO_ANSWER,
    NoComparison,
    Room,
    copying_indices,
    g2,
    m4,
    option_chances,
    room,
)
from question_bank.irregularities.person_fit import person_fit
from question_bank.irregularities.similarity import BadProbabilities, TooFewShared
from question_bank.statistics.ability import probability
from tests.question_bank.test_against_r import DATA, ITEMS, PEOPLE, B

KEY = np.zeros(12, np.int64)


@pytest.fixture(scope="module")
def hall() -> Room:
    """The answers of 120 people by a formula: right ones as in `test_against_r`, wrong ones among options 1 to 3."""
    return room(np.where(DATA == 1, 0, (13 * PEOPLE + 7 * ITEMS + PEOPLE * ITEMS) % 3 + 1), KEY)


# R 4.2.2: lm, glm(family = poisson), pbinom, ppois, step by step as the papers of Sotaridona and Meijer say and the
# package CopyDetect 1.3 does. Copier and source count from 1.
IN_R = {
    (49, 82): (10, 8, 8, 9, 0.275, 0.354376357, 0.392447817, 3.12247630, 4.00772900),
    (82, 115): (8, 7, 7, 8, 0.275510204, 0.279294409, 0.254402284, 1.65178574, 2.82410593),
    (17, 4): (9, 8, 2, 3, 0.430555556, 0.469125977, 0.469563663, 3.68106651, 4.72427395),
}
TAILS_IN_R = {
    (49, 82): (3.27085694884e-05, 2.48724127856e-04, 5.62672043602e-04, 9.87184790844e-03, 2.13157051530e-02),
    (82, 115): (
        1.20493555395e-04,
        1.32567080139e-04,
        6.89679072596e-05,
        1.27609796684e-03,
        8.52168468573e-03,
    ),
    (17, 4): (0.9220663766, 0.9490929648, 0.9493498368, 0.8687559394, 0.8488834245),
}


@pytest.mark.parametrize("pair", IN_R)
def test_the_indices_of_copied_wrong_answers_are_those_of_r(hall: Room, pair: tuple[int, int]) -> None:
    found = copying_indices(hall, copier=pair[0] - 1, source=pair[1] - 1)
    counts = (found.copier_wrong, found.source_wrong, found.matching_wrong, found.weighted_matches)
    assert counts == IN_R[pair][:4]
    curves = [found.p, found.p1, found.p2, found.mean1, found.mean2]
    assert curves == pytest.approx(list(IN_R[pair][4:]), abs=1e-7)
    assert [found.k, found.k1, found.k2, found.s1, found.s2] == pytest.approx(
        list(TAILS_IN_R[pair]), rel=1e-7
    )


def test_m4_sums_what_is_no_likelier_to_be_reached_than_what_was_seen() -> None:
    right = 1 / (1 + np.exp(-B / 2))
    wrong = (1 - right) / 3
    for matches, expected in (((6, 4), 0.1039199796), ((0, 0), 1.0), ((8, 3), 0.06506377134)):
        assert m4(*matches, right_chances=right, wrong_chances=wrong) == pytest.approx(expected, abs=1e-9)
    # Every outcome of four items by itself.
    p, q = np.array([0.5, 0.3, 0.6, 0.2]), np.array([0.1, 0.3, 0.2, 0.5])
    chance: dict[tuple[int, int], float] = {}
    for outcome in product(range(3), repeat=4):
        each = [(1 - p[i] - q[i], p[i], q[i])[kind] for i, kind in enumerate(outcome)]
        at = (outcome.count(1), outcome.count(2))
        chance[at] = chance.get(at, 0.0) + float(np.prod(each))
    reach = {
        at: sum(value for other, value in chance.items() if other[0] >= at[0] and other[1] >= at[1])
        for at in chance
    }
    for at, limit in reach.items():
        expected = sum(value for other, value in chance.items() if reach[other] <= limit + 1e-12)
        assert m4(*at, right_chances=p, wrong_chances=q) == pytest.approx(expected, abs=1e-12)


def test_g2_takes_its_chances_from_what_everybody_chose() -> None:
    # Four people, four items; 0 is right. Numbers right 3, 2, 1, 4: mean 2.5. Shares right 3/4, 3/4, 1/2, 1/2.
    small = room([[0, 0, 0, 1], [0, 2, 1, 0], [1, 0, 2, 2], [0, 0, 0, 0]], [0, 0, 0, 0])
    # The copier (1 of 4 right, below the mean) gives the right answer with p · 1 / 2.5; of the two wrong answers to the
    # last item one is the source's.
    found = option_chances(small, copier=2, source=0)
    assert_allclose(found, [0.3, 0.3, 0.2, (1 - 0.2) / 2])
    # Above the mean: 1 - (1 - p) (4 - 3) / (4 - 2.5).
    found = option_chances(small, copier=0, source=1)
    assert_allclose(found, [1 - 0.25 / 1.5, 0.25 / 1.5 * 1, 0.5 / 1.5 * 0.5, 1 - 0.5 / 1.5])
    one = g2(small, copier=2, source=0, fewest=4)
    p = np.array([0.3, 0.3, 0.2, 0.4])
    assert one.matches == 1
    assert one.omega == pytest.approx((1 - p.sum()) / np.sqrt((p * (1 - p)).sum()))
    open_answer = room([[0, 0, NO_ANSWER, 1], [0, 2, 1, 0], [1, 0, NO_ANSWER, 2]], [0, 0, 0, 0])
    assert g2(open_answer, copier=2, source=0, fewest=3).shared == 3
    with pytest.raises(TooFewShared):
        g2(small, copier=2, source=0)


def test_an_innocent_room_keeps_the_error_that_the_indices_promise() -> None:
    rng = np.random.default_rng(5)
    theta, difficulty = rng.normal(0, 1, 300), rng.normal(0, 1, 40)
    is_right = rng.random((300, 40)) < probability(theta[:, None], difficulty)
    full = room(np.where(is_right, 0, rng.integers(1, 4, (300, 40))), np.zeros(40))
    pairs = [(a, b) for a in range(0, 300, 6) for b in range(1, 300, 30) if full.wrong[b]]
    found = [copying_indices(full, copier=a, source=b) for a, b in pairs]
    for name in ("k", "k1", "k2", "s1"):
        assert np.mean([getattr(one, name) < 0.05 for one in found]) < 0.06, name
    assert abs(np.mean([g2(full, copier=a, source=b).omega for a, b in pairs])) < 0.2


def test_two_or_three_people_and_open_answers_give_reasons_instead_of_numbers() -> None:
    two = copying_indices(room([[1, 1, 0], [1, 2, 0]], [0, 0, 0]), copier=0, source=1)
    # Nobody but the copier: one group, no curve.
    assert (two.matching_wrong, two.p, two.k1, two.k2, two.s1) == (1, 0.5, None, None, None)
    assert two.k == pytest.approx(0.75)
    blank = copying_indices(
        room([[NO_ANSWER, NO_ANSWER], [NO_ANSWER, 1], [0, 0]], [0, 0]), copier=0, source=1
    )
    assert (blank.matching_wrong, blank.k, blank.mean1) == (0, 1.0, 0.0)
    for code, answers, key, copier, source in (
        ("bad_answers", [[0.5, 1.0]], [0, 0], 0, 0),
        ("bad_answers", [[np.nan, 1.0]], [0, 0], 0, 0),
        ("bad_answers", [[0, 1]], [0], 0, 0),
        ("bad_answers", np.zeros((0, 3)), [0, 0, 0], 0, 1),
        ("bad_answers", [[-2, 1]], [0, 0], 0, 0),
        ("same_person", [[0, 1], [1, 1]], [0, 0], 1, 1),
        ("same_person", [[0, 1], [1, 1]], [0, 0], 0, 2),
        ("source_all_right", [[0, 1], [0, 0]], [0, 0], 0, 1),
    ):
        with pytest.raises(NoComparison) as refused:
            copying_indices(room(answers, key), copier=copier, source=source)
        assert refused.value.code == code
    for chances in (([0.5], [0.6]), ([np.nan], [0.1]), ([], []), ([0.5, 0.5], [0.1])):
        with pytest.raises(BadProbabilities):
            m4(0, 0, right_chances=chances[0], wrong_chances=chances[1])
    with pytest.raises(BadProbabilities):
        m4(1, 1, right_chances=[0.5], wrong_chances=[0.1])


def test_lz_star_under_three_parameters_is_that_of_its_formula_written_out() -> None:
    slope, difficulty, guess = np.array([0.7, 1.2, 1.6, 0.9]), np.array([-1, 0.2, 0.5, 1.4]), np.full(4, 0.2)
    u, theta = np.array([0, 1, 0, 1.0]), 0.3
    found = person_fit(
        np.zeros(4, np.int32),
        u,
        theta=np.array([theta]),
        difficulty=difficulty,
        slope=slope,
        guessing=guess,
        fewest=4,
    )

    def curve(at: float) -> np.ndarray:
        return guess + (1 - guess) / (1 + np.exp(-slope * (at - difficulty)))

    p = curve(theta)
    rise = (curve(theta + 1e-6) - curve(theta - 1e-6)) / 2e-6
    w, r = np.log(p / (1 - p)), rise / (p * (1 - p))
    c = (rise * w).sum() / (rise * r).sum()
    spread = np.sqrt((p * (1 - p) * (w - c * r) ** 2).sum())
    lz = (u * np.log(p) + (1 - u) * np.log(1 - p) - p * np.log(p) - (1 - p) * np.log(1 - p)).sum()
    assert found.lz[0] == pytest.approx(lz / np.sqrt((p * (1 - p) * w**2).sum()), abs=1e-9)
    assert found.lz_star[0] == pytest.approx(((u - p) * w).sum() / spread, abs=1e-7)
