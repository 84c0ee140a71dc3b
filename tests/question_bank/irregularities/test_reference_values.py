"""Signs of irregularities against reference values, and in simulations where the truth is known."""

import numpy as np
import pytest

from question_bank.irregularities.gains import gains
from question_bank.irregularities.likelihood import maximum_likelihood
from question_bank.irregularities.pairs import find_alike
from question_bank.irregularities.person_fit import person_fit
from question_bank.irregularities.preknowledge import preknowledge
from question_bank.irregularities.response_times import exposed_speed, response_times
from question_bank.irregularities.similarity import (
    BadProbabilities,
    TooFewShared,
    k_index,
    match_distribution,
    needed_z,
    power_of,
    similarity,
)
from question_bank.statistics.ability import probability

TEN = np.linspace(-1.5, 1.5, 10)


def answers(text: str) -> np.ndarray:
    return np.array([float(digit) for digit in text])


def test_omega_and_gbt_of_the_worked_example() -> None:
    copier, source = answers("1111011010"), answers("1111111010")
    p = probability(np.full(10, -0.5), TEN)
    chances = np.where(source == 1, p, 1 - p)
    found = similarity(int((copier == source).sum()), chances, fewest=10)
    assert (found.matches, found.shared) == (9, 10)
    assert found.expected == pytest.approx(5.33106, abs=1e-5)
    assert found.deviation == pytest.approx(1.40770, abs=1e-5)
    assert found.omega == pytest.approx(2.60634, abs=1e-5)
    assert found.omega_p == pytest.approx(0.004576, abs=1e-6)
    assert found.gbt_p == pytest.approx(0.009111, abs=1e-6)


def test_the_k_index_is_the_binomial_tail() -> None:
    assert k_index(10, 14, chance=0.35) == pytest.approx(0.006035, abs=1e-6)
    assert k_index(0, 14, chance=0.35) == 1


def test_the_recursion_of_lord_and_wingersky() -> None:
    found = match_distribution(np.array([0.26, 0.27, 0.18]))
    assert found == pytest.approx([0.442964, 0.416708, 0.127692, 0.012636], abs=1e-6)


def test_lz_and_lz_star_of_the_worked_examples() -> None:
    one = np.zeros(10, np.int32)
    found = person_fit(one, answers("0010101101"), theta=np.array([-0.2]), difficulty=TEN)
    assert found.log_likelihood[0] == pytest.approx(-9.882460, abs=1e-6)
    assert found.expected[0] == pytest.approx(-5.951359, abs=1e-6)
    assert found.variance[0] == pytest.approx(1.611741, abs=1e-6)
    assert found.lz[0] == pytest.approx(-3.096467, abs=1e-6)
    estimate = maximum_likelihood(one, answers("0010101101"), difficulty=TEN, people=1)
    assert estimate.theta[0] == pytest.approx(0, abs=1e-9)
    found = person_fit(one, answers("0010101101"), theta=estimate.theta, difficulty=TEN)
    assert (found.lz[0], found.lz_star[0]) == pytest.approx((-3.065170, -3.065170), abs=1e-6)


def test_with_estimated_abilities_lz_star_is_standard_normal_and_lz_is_too_narrow() -> None:
    rng = np.random.default_rng(4)
    people, items = 4000, 30
    difficulty, theta = rng.normal(0, 1, items), rng.normal(1.0, 0.5, people)
    share = (rng.random((people, items)) < probability(theta[:, None], difficulty)).astype(float)
    person = np.repeat(np.arange(people, dtype=np.int32), items)
    each = np.tile(difficulty, people)
    estimate = maximum_likelihood(person, share.ravel(), difficulty=each, people=people)
    found = person_fit(person, share.ravel(), theta=estimate.theta, difficulty=each)
    is_inner = np.abs(estimate.theta) < 4
    assert found.lz_star[is_inner].std() == pytest.approx(1, abs=0.06)
    assert abs(found.lz_star[is_inner].mean()) < 0.1
    assert found.lz[is_inner].std() < found.lz_star[is_inner].std()


def test_random_papers_leave_copying_no_power_and_the_bounds_say_so() -> None:
    everybody, room = 1697 * 1696 // 2, 30 * 29 // 2
    assert everybody == 1_439_056
    assert needed_z(everybody) == pytest.approx(5.39, abs=0.005)
    city, small = power_of(everybody, largest_shared=11), power_of(room, largest_shared=60)
    assert (city.omega_items, city.gbt_items, city.has_power) == (44, 34, False)
    assert (small.omega_items, small.gbt_items, small.has_power) == (21, 18, True)


def test_few_shared_items_and_wrong_chances_are_refused_by_name() -> None:
    with pytest.raises(TooFewShared) as refused:
        similarity(11, np.full(11, 0.5))
    assert refused.value.shared == 11
    for matches, chances in (
        (5, np.full(30, np.nan)),
        (31, np.full(30, 0.5)),
        (30, np.ones(30)),
        (3, np.full(30, 2.0)),
    ):
        with pytest.raises(BadProbabilities):
            similarity(matches, chances)
    with pytest.raises(BadProbabilities):
        k_index(9, 8, chance=0.5)


def test_who_copied_in_a_room_with_one_paper_is_found_and_nobody_else() -> None:
    rng = np.random.default_rng(9)
    people, items = 300, 60
    difficulty, theta = rng.normal(0, 0.8, items), rng.normal(0.3, 0.8, people)
    theta[[3, 4]] = 0.1, 0.2
    is_right = rng.random((people, items)) < probability(theta[:, None], difficulty)
    answer = np.where(is_right, 0, rng.integers(1, 4, (people, items))) + 4 * np.arange(items)
    copied = rng.random(items) < 0.95
    answer[3, copied], is_right[3, copied] = answer[4, copied], is_right[4, copied]
    found = find_alike(
        np.repeat(np.arange(people, dtype=np.int32), items),
        np.tile(np.arange(items, dtype=np.int32), people),
        answer=answer.ravel().astype(np.int32),
        is_right=is_right.ravel(),
        theta=theta,
        difficulty=difficulty,
    )
    assert [(pair.first, pair.second) for pair in found.pairs] == [(3, 4)]
    assert found.compared == people * (people - 1) // 2
    assert found.power.has_power


def test_on_papers_that_share_too_little_no_pair_is_compared() -> None:
    found = find_alike(
        np.repeat(np.arange(2, dtype=np.int32), 30),
        np.concatenate([np.arange(30), np.arange(25, 55)]).astype(np.int32),
        answer=np.zeros(60, np.int32),
        is_right=np.ones(60, bool),
        theta=np.zeros(2),
        difficulty=np.zeros(55),
    )
    assert (found.compared, found.pairs, found.power.has_power) == (0, [], False)


def test_preknowledge_shows_in_answers_and_times_and_innocence_is_standard_normal() -> None:
    rng = np.random.default_rng(12)
    people, items = 3000, 60
    difficulty, theta = rng.normal(0, 1, items), rng.normal(0, 0.8, people)
    is_exposed = np.arange(items) < 20
    chance = probability(theta[:, None], difficulty)
    chance[:30] = np.where(is_exposed, 0.97, chance[:30])
    seconds = rng.lognormal(3.6, 0.5, (people, items)) * np.exp(rng.normal(0, 0.2, (people, 1)))
    seconds[:30] *= np.where(is_exposed, 0.35, 1)
    person = np.repeat(np.arange(people, dtype=np.int32), items)
    item = np.tile(np.arange(items, dtype=np.int32), people)
    exposed = np.tile(is_exposed, people)
    found = preknowledge(
        person,
        (rng.random((people, items)) < chance).ravel().astype(float),
        difficulty=np.tile(difficulty, people),
        is_exposed=exposed,
        people=people,
    )
    assert (found.signed_ratio[:30] > 2.33).mean() > 0.8
    assert found.signed_ratio[30:].std() == pytest.approx(1, abs=0.08)
    assert (found.signed_ratio[30:] > 2.33).mean() < 0.02
    times = response_times(person, item, seconds=seconds.ravel(), people=people, items=items)
    fast = exposed_speed(times, person, is_exposed=exposed, people=people)
    assert (fast[:30] < -3).all()
    assert fast[30:].std() == pytest.approx(1, abs=0.08)


def test_a_gain_out_of_pattern_stands_out() -> None:
    rng = np.random.default_rng(13)
    before, error = rng.normal(0, 1, 500), np.full(500, 0.3)
    now = before + 0.4 + rng.normal(0, 0.5, 500)
    now[17] = before[17] + 4.0
    found = gains(before, now, before_error=error, now_error=error)
    assert found.median == pytest.approx(0.4, abs=0.1)
    assert int(np.argmax(found.z)) == 17
    assert found.z[17] > 5
    few = gains(before[:29], now[:29], before_error=error[:29], now_error=error[:29])
    assert (few.n, few.median) == (29, None)
    assert np.isnan(few.z).all()


def test_who_has_all_right_or_nothing_has_bounds_and_reasons_instead_of_wrong_numbers() -> None:
    person = np.repeat(np.arange(3, dtype=np.int32), 10)[:20]  # the third person has no response
    share = np.concatenate([np.ones(10), np.zeros(10)])
    found = maximum_likelihood(person, share, difficulty=np.tile(TEN, 2), people=3)
    assert found.theta[:2].tolist() == [6, -6]
    assert np.isnan(found.theta[2])
    fit = person_fit(person, share, theta=found.theta, difficulty=np.tile(TEN, 2))
    assert np.isnan(fit.lz[2])
    assert np.isnan(person_fit(person[:5], share[:5], theta=np.zeros(1), difficulty=TEN[:5]).lz).all()
