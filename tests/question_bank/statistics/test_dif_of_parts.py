"""DIF of items scored in parts: Mantel's test against R, dichotomous items as a special case, and hard inputs."""

import numpy as np
import pytest

from question_bank.statistics.analysis import analyse
from question_bank.statistics.dif import BadCounts, DifClass, mantel, mantel_haenszel
from question_bank.statistics.figures import Missing
from question_bank.statistics.flags import FlagCode, ItemShape, flags_of
from question_bank.statistics.responses import matrix_responses


def sums(score: np.ndarray, group: np.ndarray, stratum: np.ndarray) -> dict[str, np.ndarray]:
    """What `mantel` takes, from scores of people in groups 0 (reference) and 1 (focal)."""
    strata = int(stratum.max()) + 1

    def by(chosen: np.ndarray, weight: np.ndarray) -> np.ndarray:
        return np.bincount(stratum[chosen], weight[chosen], strata).astype(float)

    ones = np.ones(len(score))
    return {
        "total": by(group == 0, score),
        "n": by(group == 0, ones),
        "focal_sum": by(group == 1, score),
        "focal_n": by(group == 1, ones),
        "squares": by(group >= 0, score**2),
    }


def test_mantels_test_is_that_of_the_formula_in_r() -> None:
    # R 4.2.2, written out from Mantel (1963): X2, p, mean difference in points of three, the same in deviations.
    i = np.arange(1, 241)
    group, stratum = i % 2, (i * 7) % 5
    y = np.clip((i * 37 % 11) % 4 + (stratum > 2) - group * (i % 3 == 0), 0, 3)
    found = mantel(**sums(y / 3, group, stratum))
    assert (found.chi_square, found.p_value) == pytest.approx((4.614574, 0.03170136), rel=1e-6)
    assert found.p_dif == pytest.approx(-0.2833333 / 3, rel=1e-6)
    assert found.dif_class is DifClass.C  # .2595 deviations and significant
    assert (found.odds_ratio, found.delta, found.missing) == (None, None, None)


def test_of_right_and_wrong_it_is_mantel_and_haenszel_without_the_correction() -> None:
    rng = np.random.default_rng(2)
    group, stratum = rng.integers(0, 2, 400), rng.integers(0, 6, 400)
    right = (rng.random(400) < 0.3 + stratum / 12 - 0.1 * group).astype(float)
    by = sums(right, group, stratum)
    one = mantel(**by)
    other = mantel_haenszel(by["total"], by["n"], focal_right=by["focal_sum"], focal_n=by["focal_n"])
    assert one.p_dif == pytest.approx(other.p_dif, abs=1e-12)
    n, right_n = by["n"] + by["focal_n"], by["total"] + by["focal_sum"]
    beyond = (by["focal_sum"] - by["focal_n"] * right_n / n).sum()
    variance = (by["n"] * by["focal_n"] * right_n * (n - right_n) / (n**2 * (n - 1))).sum()
    assert one.chi_square == pytest.approx(beyond**2 / variance)
    assert other.chi_square == pytest.approx((abs(beyond) - 0.5) ** 2 / variance)


def test_a_question_in_parts_that_is_harder_for_one_group_is_flagged() -> None:
    rng = np.random.default_rng(3)
    theta, group = rng.normal(0, 1, 1500), np.arange(1500) % 2
    easy = np.linspace(-1, 1, 30)
    chance = 1 / (1 + np.exp(easy - theta[:, None]))
    scores = (rng.random((1500, 30)) < chance).astype(float)
    for item, harder in ((4, 1.5), (9, 0.0)):
        p = 1 / (1 + np.exp(easy[item] + harder * group - theta))
        scores[:, item] = (rng.random((1500, 4)) < p[:, None]).mean(axis=1)
    found = analyse(matrix_responses(scores), groups={"sex": group})
    biased, fair = found.items[4], found.items[9]
    assert biased.dif["sex"].dif_class is DifClass.C
    assert fair.dif["sex"].dif_class is DifClass.A
    (flag,) = [one for one in flags_of(biased, ItemShape()) if one.code is FlagCode.DIF]
    assert "%" in flag.sentence()
    assert FlagCode.DIF not in {one.code for one in flags_of(fair, ItemShape())}


def test_what_cannot_be_compared_says_why() -> None:
    none, some = np.zeros(3), np.array([5.0, 5, 5])
    assert mantel(none, some, focal_sum=none, focal_n=none, squares=none).missing is Missing.NO_GROUPS
    same = mantel(some / 2, some, focal_sum=some / 2, focal_n=some, squares=some)
    assert (same.chi_square, same.dif_class) == (0, DifClass.A)
    # Everybody has half the points.
    flat = mantel(some / 2, some, focal_sum=some / 2, focal_n=some, squares=some / 2)
    assert flat.missing is Missing.NO_VARIATION
    for broken in ({"focal_sum": some + 1}, {"squares": some * np.nan}, {"focal_sum": -some}):
        arguments = {"focal_sum": some / 2, "focal_n": some, "squares": some} | broken
        with pytest.raises(BadCounts):
            mantel(some / 2, some, **arguments)
