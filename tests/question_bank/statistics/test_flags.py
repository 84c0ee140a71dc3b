"""Flags: found where something was planted, and not where nothing was; every bad input has a named reason."""

from collections.abc import Sequence

import numpy as np
import pytest
from scipy.optimize import minimize_scalar

from question_bank.statistics.analysis import Analysis, Earlier, analyse
from question_bank.statistics.distractors import CategoryFigures
from question_bank.statistics.drift import drift_of
from question_bank.statistics.figures import Missing
from question_bank.statistics.flags import KEY_SLOPE, SENTENCES, FlagCode, ItemShape, evidence_for, flags_of
from question_bank.statistics.responses import (
    BadResponses,
    Pattern,
    ResponseBuilder,
    ResponseData,
    matrix_responses,
)

OPTIONS = ("A", "B", "C", "D")
SHAPE = ItemShape(frozenset({"A"}), ("B", "C", "D"), {name: name for name in OPTIONS})
PEOPLE, ITEMS = 1697, 60


def sat_period(
    seed: int,
    *,
    people: int = PEOPLE,
    wrong_key: int | None = None,
    drifted: int | None = None,
    biased: int | None = None,
) -> tuple[ResponseData, Earlier, np.ndarray]:
    """A period of people who had the same ITEMS of four options, with what is planted in one item each; and the
    difficulties of an earlier period, and a group that half of the people belong to."""
    rng = np.random.default_rng(seed)
    difficulty, theta = rng.normal(-0.5, 0.9, ITEMS), rng.normal(0, 1, people)
    group = rng.integers(0, 2, people)
    now = np.tile(difficulty, (people, 1))
    if drifted is not None:
        now[:, drifted] -= 1.2
    if biased is not None:
        now[:, biased] += 1.2 * group
    is_right = rng.random((people, ITEMS)) < 1 / (1 + np.exp(now - theta[:, None]))
    chosen = np.where(is_right, 0, rng.integers(1, 4, (people, ITEMS)))
    share = (chosen == 0).astype(float)
    if wrong_key is not None:  # what is right stands at B, the key says A
        column = chosen[:, wrong_key].copy()
        chosen[:, wrong_key] = np.select([column == 0, column == 1], [1, 0], column)
        share[:, wrong_key] = chosen[:, wrong_key] == 0
    builder = ResponseBuilder(people, ITEMS)
    item = np.tile(np.arange(ITEMS), people)
    builder.add(
        np.repeat(np.arange(people), ITEMS),
        item,
        share=share.ravel(),
        pattern=item * 4 + chosen.ravel(),
        place=item + 1,
        seconds=rng.lognormal(3.5, 0.4, people * ITEMS),
    )
    patterns = [Pattern(number, (name,)) for number in range(ITEMS) for name in OPTIONS]
    earlier = Earlier(difficulty + rng.normal(0, 0.06, ITEMS) + 0.3, np.full(ITEMS, 0.06))
    return builder.build(patterns), earlier, group


def codes(found: Analysis) -> list[set[str]]:
    return [{flag.code.value for flag in flags_of(item, SHAPE)} for item in found.items]


def test_a_wrong_key_a_drift_and_a_bias_are_found_and_nothing_else_is_called_serious() -> None:
    serious: list[Sequence[str]] = []
    for seed in range(6):
        data, earlier, group = sat_period(seed, wrong_key=7, drifted=21, biased=33)
        found = analyse(data, groups={"Nam – Nữ": group}, earlier=earlier)
        flagged = codes(found)
        assert "probable_wrong_key" in flagged[7]
        assert "drift" in flagged[21]
        assert "dif_c" in flagged[33]
        (flag,) = [flag for flag in flags_of(found.items[7], SHAPE) if flag.code is FlagCode.WRONG_KEY]
        assert flag.sentence() == "Câu này phân biệt ngược: người giỏi chọn B. Kiểm tra đáp án (A)."
        assert flag.sentence("en").startswith("This question discriminates backwards: the able choose B.")
        others = [flagged[item] for item in range(ITEMS) if item not in (7, 21, 33)]
        serious += [
            sorted(row & {"probable_wrong_key", "negative_discrimination", "drift", "dif_c"})
            for row in others
        ]
    assert sum(map(bool, serious)) / len(serious) <= 0.02


def test_a_wrong_key_is_found_among_340_answers() -> None:
    found, false = 0, 0
    for seed in range(40):
        data, _earlier, _group = sat_period(seed, people=340, wrong_key=7)
        flagged = ["probable_wrong_key" in row for row in codes(analyse(data))]
        found += flagged.pop(7)
        false += sum(flagged)
    assert found >= 38
    assert false <= 0.005 * 40 * (ITEMS - 1)


@pytest.mark.parametrize(("share", "slope"), [(0.1, 0.6), (0.5, 0.0), (0.8, -0.4)])
def test_the_evidence_for_a_key_is_the_log_likelihood_of_its_curve(share: float, slope: float) -> None:
    """Against the likelihoods themselves: a logistic curve of slope KEY_SLOPE, of which the height is fitted."""
    rng = np.random.default_rng(3)
    rest = rng.normal(size=2000)
    rest = (rest - rest.mean()) / rest.std()
    is_chosen = rng.random(2000) < 1 / (1 + np.exp(-np.log(share / (1 - share)) - slope * rest))
    p, r = float(is_chosen.mean()), float(np.corrcoef(is_chosen, rest)[0, 1])

    def log_likelihood(height: float, slope: float) -> float:
        logit = height + slope * rest
        return float((is_chosen * logit - np.logaddexp(0, logit)).sum())

    fitted = minimize_scalar(lambda height: -log_likelihood(height, KEY_SLOPE))
    exact = -float(fitted.fun) - log_likelihood(float(np.log(p / (1 - p))), 0.0)
    option = CategoryFigures("B", int(is_chosen.sum()), p, None, r, ())
    assert evidence_for(option, 2000) == pytest.approx(exact, abs=0.6)
    assert np.sign(exact) == np.sign(slope - KEY_SLOPE / 2)


def test_few_answers_raise_no_flag() -> None:
    rng = np.random.default_rng(5)
    found = analyse(matrix_responses((rng.random((29, 20)) < 0.5).astype(float)))
    assert not any(codes(found))


def test_dead_distractors_and_items_that_all_or_none_have_right_are_named() -> None:
    rng = np.random.default_rng(8)
    share = (rng.random((400, 12)) < 0.6).astype(float)
    share[:, 0], share[:, 1] = 1.0, 0.0
    builder = ResponseBuilder(400, 12)
    item = np.tile(np.arange(12), 400)
    pattern = np.where(share.ravel() == 1, 0, rng.integers(1, 3, share.size))  # nobody ever chooses D
    builder.add(np.repeat(np.arange(400), 12), item, share=share.ravel(), pattern=item * 4 + pattern)
    patterns = [Pattern(number, (name,)) for number in range(12) for name in OPTIONS]
    found = analyse(builder.build(patterns))
    flagged = codes(found)
    assert "too_easy" in flagged[0]
    assert "too_hard" in flagged[1]
    assert all("dead_distractor" in row for row in flagged[2:])
    (dead,) = [flag for flag in flags_of(found.items[5], SHAPE) if flag.code is FlagCode.DEAD_DISTRACTOR]
    assert dead.params["options"] == "D"
    for item in found.items[:2]:
        assert item.discrimination.missing is Missing.NO_VARIATION
        assert item.fit.missing is Missing.NO_VARIATION


@pytest.mark.parametrize("people", [0, 1, 2, 3])
def test_with_hardly_anybody_every_figure_has_a_reason_instead_of_a_value(people: int) -> None:
    found = analyse(matrix_responses(np.eye(3)[:people]))
    expected = {0: Missing.NO_RESPONSES, 1: Missing.TOO_FEW, 2: Missing.TOO_FEW, 3: None}[people]
    for item in found.items:
        assert item.discrimination.missing in {expected, Missing.NO_VARIATION} or people == 3
        assert (item.facility.value is None) == (people == 0)
        assert item.fit.missing in {expected, Missing.NO_VARIATION} or people == 3
        assert item.displacement.missing is Missing.NO_EARLIER
        assert item.time.n == 0
        assert item.time.median_s is None
        assert flags_of(item, SHAPE) == []
    assert found.reliability.missing in {Missing.TOO_FEW, Missing.NO_VARIATION}


def test_alone_on_a_paper_an_item_discriminates_nothing() -> None:
    found = analyse(matrix_responses(np.array([[1.0], [0.0], [1.0], [0.0]])))
    assert found.items[0].discrimination.missing is not None
    assert found.items[0].ability_discrimination.value is None


@pytest.mark.parametrize(
    ("columns", "code"),
    [
        ({"person": [0, 0], "item": [1, 1], "share": [0, 1]}, "repeated_response"),
        ({"person": [0], "item": [1], "share": [float("nan")]}, "share_not_a_number"),
        ({"person": [0], "item": [1], "share": [1.2]}, "share_out_of_range"),
        ({"person": [0], "item": [9], "share": [1]}, "index_out_of_range"),
        ({"person": [-1], "item": [0], "share": [1]}, "index_out_of_range"),
        ({"person": [0, 1], "item": [1, 1], "share": [1]}, "unequal_lengths"),
        ({"person": [0], "item": [1], "share": [1], "seconds": [-3]}, "negative_seconds"),
    ],
)
def test_responses_that_cannot_be_are_refused_by_name(columns: dict[str, list[float]], code: str) -> None:
    with pytest.raises(BadResponses) as refused:
        ResponseBuilder(2, 3).add(**columns)  # type: ignore[arg-type]  # the columns of the row above
    assert refused.value.code == code


def test_a_person_in_two_blocks_is_refused() -> None:
    builder = ResponseBuilder(2, 3)
    builder.add([0], [0], share=[1])
    with pytest.raises(BadResponses, match="two blocks"):
        builder.add([0], [1], share=[1])


def test_open_ends_are_not_reached_and_open_middles_are_omitted() -> None:
    builder = ResponseBuilder(2, 4)
    builder.add(
        np.repeat([0, 1], 4),
        np.tile(np.arange(4), 2),
        share=[1, 0, 1, 0, 1, 1, 1, 1],
        is_answered=[True, False, True, False, True, True, True, True],
        place=np.tile(np.arange(1, 5), 2),
        seconds=[10, np.nan, 40, np.nan, 20, 30, 60, 2],
    )
    found = analyse(builder.build())
    assert [(item.omissions.omitted, item.omissions.not_reached) for item in found.items] == [
        (0, 0), (1, 0), (0, 0), (0, 1)
    ]  # fmt: skip
    assert [item.time.median_s for item in found.items] == [15, 30, 50, 2]
    assert (found.speededness.reached_end, found.speededness.mean_not_reached) == (0.5, 0.5)
    assert found.speededness.is_speeded


def test_drift_needs_enough_common_items() -> None:
    few = np.array([0.1] * 4 + [np.nan] * 8)
    found = drift_of(few, np.zeros(12), before_error=few, now_error=few)
    assert (found.n, found.shift) == (4, None)
    assert [row.missing for row in found.items] == [Missing.TOO_FEW] * 4 + [Missing.NO_EARLIER] * 8


def test_every_flag_has_a_sentence_in_both_languages() -> None:
    assert set(SENTENCES) == set(FlagCode)
    assert all(set(row) == {"vi", "en"} for row in SENTENCES.values())
