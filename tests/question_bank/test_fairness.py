"""What papers do to marks: against arithmetic, known truth, and the theory of a random draw."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import expit, ndtr

from question_bank.assembly import Assembly, assemble
from question_bank.assembly.columns import BIN, LARGEST_BIN
from question_bank.assembly.information import with_information
from question_bank.assembly.plan import MARK_UNIT, Plan
from question_bank.assembly.prepare import prepare
from question_bank.assembly.result import expected_marks
from question_bank.blueprint import Cell
from question_bank.calibration.curves import parameters
from question_bank.fairness import (
    Difficulties,
    ability_with_mark,
    effect_of_forms,
    effect_of_marks,
    forms_of_selection,
    random_selection,
)
from question_bank.fairness.report import (
    NoFigures,
    SittingFigures,
    random_report,
    sitting_figures,
)
from question_bank.statistics.ability import CalibratedItems, calibrated_abilities, left_out, probability
from question_bank.statistics.responses import ResponseBuilder
from tests.question_bank.banks import city_bank, city_blueprint, items, one_section, takers

SEED = bytes(range(32))


def planned(count: int = 600) -> Plan:
    plan = prepare(city_blueprint(), city_bank(count), seed=SEED)
    assert isinstance(plan, Plan)
    return plan


def spread_difficulties(plan: Plan) -> Difficulties:
    random = np.random.default_rng(3)
    count = len(plan.items)
    return Difficulties(parameters(random.normal(0, 1, count)), np.full(count, 0.3))


def test_a_plain_draw_takes_each_cell_from_its_deck_without_repeats_and_is_the_same_for_the_same_seed() -> (
    None
):
    plan = planned()
    drawn = random_selection(plan, 40, seed=SEED)
    assert (drawn == random_selection(plan, 40, seed=SEED)).all()
    assert (drawn[:7] == random_selection(plan, 7, seed=SEED)).all(), (
        "a form does not depend on how many there are"
    )
    assert (drawn != random_selection(plan, 40, seed=bytes(32))).any()
    for cell in plan.cells:
        for row in drawn[:, cell.columns].tolist():
            assert len(set(row)) == cell.count
            assert set(row) <= set(cell.deck)


def test_a_plain_draw_spreads_as_theory_says() -> None:
    """SD² = Σ n (1 - n/N) σ² over the cells, σ² with N - 1 in the denominator."""
    plan = planned()
    found = expected_marks(plan, random_selection(plan, 3000, seed=SEED))
    assert found is not None
    assert plan.marks is not None
    variance = 0.0
    for cell, marks in zip(plan.cells, plan.marks, strict=True):
        own = marks[list(cell.deck), 1] / MARK_UNIT
        variance += cell.count * (1 - cell.count / len(own)) * own.var(ddof=1)
    assert (found[:, 1] / MARK_UNIT).std() == pytest.approx(variance**0.5, rel=0.05)


def test_the_effect_is_counted_on_both_sides_of_the_cut_and_the_shift_is_that_of_a_normal_error() -> None:
    own, mean = np.array([50.0, 49.0, 60.0, 51.0]), np.array([49.9, 50.0, 60.0, 49.0])
    effect = effect_of_marks(own, mean, error=np.full(4, 5.0), cut=50.0)
    assert (effect.people, effect.flips, effect.flip_share) == (4, 3.0, 0.75)
    assert effect.largest == 2.0
    assert effect.deviation == pytest.approx(np.std([0.1, -1.0, 0.0, 2.0]))
    assert effect.largest_shift == pytest.approx(100 * (ndtr(0.2) - ndtr(-0.2)))


def test_papers_that_are_all_the_mean_form_flip_nobody() -> None:
    plan = prepare(one_section(Cell(count=5)), items(5), seed=SEED)
    assert isinstance(plan, Plan)
    forms = forms_of_selection(plan, random_selection(plan, 30, seed=SEED))
    ability = np.linspace(-3, 3, 30)
    difficulties = Difficulties(parameters(np.linspace(-1, 1, 5)), np.full(5, 0.2))
    effect = effect_of_forms(forms, difficulties, theta=ability, theta_error=np.full(30, 0.4), cut=50.0)
    assert effect.flips == 0
    assert effect.largest == pytest.approx(0, abs=1e-3)


def test_the_draw_of_the_engine_flips_far_fewer_people_than_the_plain_draw() -> None:
    pool = city_bank(600)
    drawn = assemble(city_blueprint(), pool, takers=takers(400), seed=SEED)
    assert isinstance(drawn, Assembly)
    plan = drawn.plan
    shares = np.array([item.expected_score for item in plan.items])
    difficulties = Difficulties(
        parameters(-np.log(shares[:, 1] / (1 - shares[:, 1]))), np.full(len(shares), 0.1)
    )
    random = np.random.default_rng(5)
    found = sitting_figures(
        plan,
        forms_of_selection(plan, drawn.selection),
        difficulties,
        abilities=(random.normal(size=400), np.full(400, 0.3)),
        cut_percent=50.0,
        seed=SEED,
    )
    assert isinstance(found, SittingFigures)
    assert found.effect.flips < found.random_effect.flips / 4
    assert found.drawn.sd < found.at_random.sd / 4
    assert sum(found.drawn.columns) == sum(found.at_random.columns) == 400
    assert found.drawn.columns[LARGEST_BIN - 2 : LARGEST_BIN + 2] != (0, 0, 0, 0)
    assert -LARGEST_BIN * BIN < found.at_random.lowest < 0 < found.at_random.highest
    at_cut = expit(found.cut_ability - difficulties.curves.difficulty)
    forms = forms_of_selection(plan, drawn.selection)
    assert at_cut @ forms.mean_marks == pytest.approx(50.0)
    assert found.error == pytest.approx(np.sqrt((at_cut * (1 - at_cut)) @ forms.mean_squares))


def test_the_band_is_that_of_errors_that_were_simulated() -> None:
    plan = planned(300)
    forms = forms_of_selection(plan, random_selection(plan, 60, seed=SEED))
    truth = spread_difficulties(plan)
    found = sitting_figures(
        plan, forms, truth, abilities=(np.zeros(60), np.full(60, 0.3)), cut_percent=50.0, seed=SEED
    )
    assert isinstance(found, SittingFigures)
    random = np.random.default_rng(9)
    right = truth.curves.probability(found.cut_ability)[0]
    away = []
    for _time in range(400):
        moved = parameters(truth.curves.difficulty + random.normal(0, 0.3, len(plan.items)))
        change = moved.probability(found.cut_ability)[0] - right
        away.append(forms.own(forms.marks * change[forms.item]) - change @ forms.mean_marks)
    assert found.band == pytest.approx(np.std(away, axis=0).mean(), rel=0.06)


def test_one_form_and_a_cut_that_nobody_reaches_have_a_reason_instead_of_figures() -> None:
    plan = planned(300)
    one = forms_of_selection(plan, random_selection(plan, 1, seed=SEED))
    nothing = (np.zeros(1), np.ones(1))
    truth = spread_difficulties(plan)
    assert (
        sitting_figures(plan, one, truth, abilities=nothing, cut_percent=50, seed=SEED) is NoFigures.ONE_FORM
    )
    assert random_report(plan, forms=1, seed=SEED, tolerance=0) is NoFigures.ONE_FORM
    two = forms_of_selection(plan, random_selection(plan, 2, seed=SEED))
    people = (np.zeros(2), np.ones(2))
    found = sitting_figures(plan, two, truth, abilities=people, cut_percent=100, seed=SEED)
    assert found is NoFigures.CUT_OUT_OF_REACH
    assert ability_with_mark(truth.curves, two.mean_marks, cut=0.0) is None


def test_information_is_that_of_the_curve_at_the_ability_that_has_the_cut() -> None:
    slope, difficulty = np.array([0.7, 1.0, 1.5, 1.1]), np.array([-1.0, 0.2, 0.6, 1.2])
    shares = expit(slope * (np.array([-1, 0, 1])[:, None] - difficulty)).T
    pool = [
        replace(item, expected_score=(low, middle, high))
        for item, (low, middle, high) in zip(items(4), shares.tolist(), strict=True)
    ]
    informed = with_information(pool, one_section(Cell(count=2)), cut_percent=60.0)
    at = ability_with_mark(parameters(difficulty, discrimination=slope), np.full(4, 25.0), cut=60.0)
    assert at is not None
    chance = expit(slope * (at - difficulty))
    assert [item.information for item in informed] == pytest.approx(
        slope**2 * chance * (1 - chance), abs=2e-6
    )


def test_items_without_estimates_get_no_information() -> None:
    blueprint = one_section(Cell(count=2))
    unrated = [replace(item, expected_score=None) for item in items(4)]
    assert with_information(unrated, blueprint, cut_percent=50.0) == tuple(unrated)
    rated = [replace(item, expected_score=(0.4, 0.5, 0.6)) for item in items(4)]
    mixed = with_information([*rated, replace(unrated[0], version_id="x")], blueprint, cut_percent=50.0)
    assert [item.information is None for item in mixed] == [False] * 4 + [True]


def test_abilities_of_two_parameter_items_leave_an_item_out_by_its_own_slope() -> None:
    items_of = CalibratedItems(
        *(np.array(row) for row in ([0.5, 1.0, 2.0], [-1.0, 0.0, 1.0], *[[0.2] * 3] * 3))
    )
    known = calibrated_abilities(np.array([0.4]), np.array([0.6]), items_of)
    assert known.slope == pytest.approx([0.5, 1.0, 2.0])
    builder = ResponseBuilder(1, 3)
    builder.add([0, 0, 0], [0, 1, 2], share=[1, 0, 1])
    (block,) = builder.build().blocks()
    found = left_out(block, known)
    chance = expit(2.0 * (0.4 - 1.0))
    assert found[2] == pytest.approx(0.4 - 2.0 * (1 - chance) / (1 / 0.36 - 4 * chance * (1 - chance)))
    assert probability(np.array([0.4]), np.array([1.0]), np.array([2.0])) == pytest.approx(chance)
