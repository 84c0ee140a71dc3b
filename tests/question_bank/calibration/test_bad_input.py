"""What the data do not carry is refused by name; nothing warns, nothing returns a wrong number."""

from collections.abc import Callable

import numpy as np
import pytest

from question_bank.calibration import collect_responses, fit_rasch, responses_of_table, without_extremes
from question_bank.calibration.classification import (
    TrueScores,
    borderline,
    effective_length,
    lee,
    livingston_lewis,
    rudner,
    standard_error,
)
from question_bank.calibration.connectivity import Disconnected, connected_groups
from question_bank.calibration.curves import ability_at, parameters, score_distribution
from question_bank.calibration.equating import circle_arc, paper, scores, true_score_conversion
from question_bank.calibration.linking import mean_sigma, stocking_lord
from question_bank.calibration.marginal import Population
from question_bank.calibration.persons import Abilities, weighted_likelihood
from question_bank.calibration.refusals import CalibrationRefused
from tests.fixtures.calibration import simulate

NAN = float("nan")


def flat(people: int, items: int, right: float) -> np.ndarray:
    return np.full((people, items), right)


def mixed(people: int, items: int) -> np.ndarray:
    return (np.add.outer(np.arange(people), np.arange(items)) % 2).astype(float)


def one(person: int, item: int, share: float) -> dict[str, object]:
    return {"persons": [person], "items": [item], "shares": [share], "person_count": 2, "item_count": 2}


REFUSED: list[tuple[str, Callable[[], object]]] = [
    ("no_responses", lambda: responses_of_table(np.zeros((0, 5)))),
    ("no_responses", lambda: responses_of_table(flat(4, 4, NAN))),
    ("not_a_response", lambda: responses_of_table([[1.0, np.inf]])),
    ("not_a_response", lambda: collect_responses(**one(0, 0, NAN))),  # type: ignore[arg-type] # values of a case
    ("not_a_response", lambda: collect_responses(**one(0, 0, 1.5))),  # type: ignore[arg-type] # values of a case
    ("uneven_responses", lambda: collect_responses(**one(0, 2, 1.0))),  # type: ignore[arg-type] # values of a case
    ("uneven_responses", lambda: responses_of_table([1.0, 0.0])),
    (
        "duplicate_response",
        lambda: collect_responses([0, 0], [1, 1], shares=[0, 1], person_count=2, item_count=2),
    ),
    ("too_few_persons", lambda: fit_rasch(responses_of_table(mixed(1, 5)))),
    ("too_few_persons", lambda: fit_rasch(responses_of_table(mixed(2, 5)))),
    ("too_few_items", lambda: fit_rasch(responses_of_table(mixed(40, 1)))),
    ("no_variation", lambda: fit_rasch(responses_of_table(flat(40, 5, 1.0)))),
    ("no_variation", lambda: fit_rasch(responses_of_table(flat(40, 5, 0.0)))),
    ("no_spread", lambda: Abilities(np.zeros(1), np.ones(1)).reliability),
    ("no_spread", lambda: Abilities(np.zeros(9), np.ones(9)).reliability),
    ("bad_parameters", lambda: parameters([0.0, NAN])),
    ("bad_parameters", lambda: parameters([])),
    ("bad_parameters", lambda: parameters([0.0], guessing=1.0)),
    ("bad_probabilities", lambda: score_distribution([0.5, 1.2])),
    ("off_the_curve", lambda: ability_at(parameters([0.0, 1.0]), 2.0)),
    ("no_common_scale", lambda: mean_sigma(parameters([0.0, 0.0]), parameters([1.0, 1.0]))),
    ("no_common_scale", lambda: stocking_lord(parameters([0.0]), parameters([0.0, 1.0]))),
    ("no_conversion", lambda: scores([5])),
    ("no_conversion", lambda: scores([1, 0, 0])),
    ("no_conversion", lambda: circle_arc((0, 0), (5, 50), high=(10, 40))),
    (
        "no_conversion",
        lambda: true_score_conversion(paper(parameters([0.0])), paper(parameters([0.0])), raw=[1, 0]),
    ),
    ("no_classification", lambda: rudner([], [], cuts=0)),
    ("no_classification", lambda: rudner([0.0, NAN], [1, 1], cuts=0)),
    ("no_classification", lambda: rudner([0.0], [0.0], cuts=0)),
    ("no_classification", lambda: rudner([0.0], [1.0], cuts=[1, 0])),
    (
        "no_classification",
        lambda: lee(parameters([0.0]), cuts=[1], true_cuts=[0.2, 0.5], population=Population()),
    ),
    ("no_classification", lambda: effective_length(50, 0, reliability=0.7, low=0, high=100)),
    ("no_classification", lambda: livingston_lewis(TrueScores(0, 1, 2, 2), length=0, cuts=0.5)),
    ("no_classification", lambda: standard_error(NAN, reliability=0.5)),
    ("no_classification", lambda: borderline([1.0, NAN], cut=1, error=1)),
]


@pytest.mark.parametrize(("code", "call"), REFUSED)
def test_what_cannot_be_estimated_is_refused_by_name(code: str, call: Callable[[], object]) -> None:
    with pytest.raises(CalibrationRefused) as refused:
        call()
    assert refused.value.code == code
    assert str(refused.value)


def test_groups_without_a_common_item_are_named() -> None:
    table = np.full((80, 10), NAN)
    table[:50, :6], table[50:, 6:] = mixed(50, 6), mixed(30, 4)
    with pytest.raises(Disconnected) as refused:
        fit_rasch(responses_of_table(table))
    first, second = refused.value.groups
    assert (first.items.tolist(), second.items.tolist()) == ([0, 1, 2, 3, 4, 5], [6, 7, 8, 9])
    assert (len(first.persons), len(second.persons)) == (50, 30)
    table[0, 9] = 1.0
    assert len(connected_groups(responses_of_table(table))) == 1


def test_extreme_items_are_left_out_and_named() -> None:
    random = np.random.default_rng(2)
    full = simulate(random.normal(0, 1, 100), random.normal(0, 1, 8), seed=3)
    table = np.array(full.shares)
    table[:, 2], table[:, 5] = 1.0, 0.0
    usable = without_extremes(responses_of_table(table))
    assert (usable.all_right.tolist(), usable.all_wrong.tolist(), usable.unseen.tolist()) == ([2], [5], [])
    assert usable.responses.items == 6
    assert np.isfinite(fit_rasch(usable.responses).difficulty_error).all()


def test_a_person_without_a_response_has_no_likelihood() -> None:
    empty = collect_responses([0, 0], [0, 1], shares=[1, 0], person_count=2, item_count=2)
    with pytest.raises(CalibrationRefused) as refused:
        weighted_likelihood(empty, parameters([0.0, 1.0]))
    assert (refused.value.code, refused.value.params) == ("nothing_answered", {"person": 1})
