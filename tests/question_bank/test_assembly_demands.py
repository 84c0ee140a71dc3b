"""What a blueprint may ask of whole forms: a difficulty, information at the cut, times that only a solver can meet."""

import hashlib
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

from question_bank.assembly import Assembly, Colleagues, Infeasible, Options, assemble, assemble_late
from question_bank.assembly.check import check_forms
from question_bank.assembly.exact import solve_form
from question_bank.assembly.plan import Plan
from question_bank.assembly.prepare import feasibility, prepare
from question_bank.blueprint import Blueprint, Cell, ExpectedTime
from question_bank.form import Form
from question_bank.pool import PoolItem, Taker
from question_bank.stream import ByteStream
from tests.question_bank.banks import city_bank, city_blueprint, items, one_section, takers

SEED = b"demands on forms" * 2
BANK = [
    replace(item, expected_time_s=30 + 7 * (number % 13), information=0.05 + (number % 11) / 30)
    for number, item in enumerate(city_bank(600))
]


def city(**asked: object) -> Blueprint:
    return Blueprint.model_validate({**city_blueprint().model_dump(mode="json"), **asked})


def drawn(
    blueprint: Blueprint, pool: list[PoolItem], people: list[Taker], options: Options | None = None
) -> Assembly:
    options = options or Options()
    found = assemble(blueprint, pool, takers=people, seed=SEED, options=options)
    assert isinstance(found, Assembly), found
    checked = check_forms(
        found.forms,
        blueprint=blueprint,
        pool=pool,
        takers=people,
        max_unit_exposure=options.max_unit_exposure,
    )
    assert checked == ()
    return found


def codes(blueprint: Blueprint, pool: list[PoolItem], people: list[Taker]) -> list[str]:
    found = assemble(blueprint, pool, takers=people, seed=SEED)
    assert isinstance(found, Infeasible)
    assert all(reason.vi and reason.en for reason in found.reasons)
    return [reason.code for reason in found.reasons]


@pytest.mark.parametrize("shift", [-5, 4])
def test_forms_are_as_hard_as_the_blueprint_asks_and_use_what_is_left_evenly(shift: int) -> None:
    free = drawn(city(), BANK, takers(120))
    own = free.report.balance[1].target
    found = drawn(city(target_percent=str(round(own + shift, 1))), BANK, takers(120))
    middle = found.report.balance[1]
    assert abs(middle.target - round(own + shift, 1)) <= 0.2
    assert middle.spread <= 0.4
    assert (free.report.left_out_items, found.report.outside_tolerance) == (0, 0)
    assert 0 < found.report.left_out_items < 150
    assert found.report.max_uses == found.report.max_uses_bound


def test_a_difficulty_out_of_reach_is_refused_with_what_can_be_reached() -> None:
    assert codes(city(target_percent="95"), BANK, takers(5)) == ["target_unreachable"]
    unknown = [replace(item, expected_score=None) for item in BANK]
    assert codes(city(target_percent="60"), unknown, takers(5)) == ["no_expected_scores"]


def test_every_form_tells_at_least_what_the_blueprint_asks_for_at_the_cut() -> None:
    free = drawn(city(), BANK, takers(120))
    information = {item.version_id: item.information or 0 for item in BANK}

    def least(found: Assembly) -> float:
        return min(sum(information[slot.version_id] for slot in form.slots) for form in found.forms)

    wanted = round(least(free) * 1.1, 2)
    found = drawn(city(least_information=str(wanted)), BANK, takers(120))
    assert least(found) >= wanted > least(free)
    broken = check_forms(
        free.forms, blueprint=city(least_information=str(wanted)), pool=BANK, takers=takers(120)
    )
    assert {violation.code for violation in broken} == {"information"}
    untold = [replace(item, information=None) for item in BANK]
    assert codes(city(least_information="3"), untold, takers(3)) == ["no_information"]
    assert codes(city(least_information="90"), BANK, takers(3)) == ["information_not_met"]


def test_limits_of_time_beside_the_mean_of_the_bank_are_met_by_leaving_items_out() -> None:
    mean = 60 * (30 + 7 * 6)
    window = {"least_s": mean - 600, "most_s": mean - 420}
    found = drawn(city(expected_time=window), BANK, takers(100))
    assert found.report.left_out_items > 0
    assert found.report.solved_forms == 0
    assert found.report.outside_tolerance == 0


def timed(times: list[int]) -> list[PoolItem]:
    return [replace(one, expected_time_s=times[number]) for number, one in enumerate(items(len(times)))]


def test_times_that_only_certain_combinations_meet_are_solved_form_by_form() -> None:
    """Of 12 items two long and one short one make 250 s: no exchange finds that, and nobody meets an item again."""
    pool = timed([100, 100, 100, 100, 100, 100, 50, 50, 50, 130, 170, 190])
    blueprint = one_section(Cell(count=3)).model_copy(
        update={"expected_time": ExpectedTime(least_s=250, most_s=250)}
    )
    people = [Taker("1"), Taker("2"), Taker("3", frozenset({"item-6", "item-7"}))]
    found = drawn(blueprint, pool, people)
    assert found.report.solved_forms > 0
    assert found.report.max_uses == 1
    again = drawn(blueprint, pool[::-1], people[::-1])
    assert [form.form_hash for form in again.forms] == [form.form_hash for form in found.forms]
    # The form of least weight is one, so no version of the solver may find another.
    digest = hashlib.sha256("".join(form.form_hash for form in found.forms).encode()).hexdigest()
    assert digest == "87b2a7f8038953075d3aa89d8709b7ea68d87686e9dfda80f7615707c903140e"
    late = assemble_late(blueprint, pool, taker=Taker("late"), seed=SEED, exposure=found.exposure)
    assert isinstance(late, Form)
    assert check_forms([late], blueprint=blueprint, pool=pool, takers=[Taker("late")]) == ()
    stuck = Taker("4", frozenset({"item-6", "item-7", "item-8"}))
    assert codes(blueprint, pool, [stuck]) == ["expected_time_infeasible"]


def test_the_solver_finds_the_one_form_of_least_weight() -> None:
    plan = prepare(one_section(Cell(count=2)), items(9), seed=SEED)
    assert isinstance(plan, Plan)
    uses = [1, 0, 0, 0, 5, 0, 0, 0, 0]
    found = solve_form(plan, frozenset({1}), uses=uses, stream=ByteStream(b"k" * 32), tolerance=0)
    stream = ByteStream(b"k" * 32)
    weights = [(1 << 20) * used + stream.below(1 << 20) for used in uses]
    best = sorted((weight, item) for item, weight in enumerate(weights) if item != 1)[:2]
    assert found == sorted(item for _weight, item in best)
    assert solve_form(plan, frozenset(range(8)), uses=uses, stream=stream, tolerance=0) is None


def test_enemies_among_which_the_search_gives_up_are_left_to_the_solver() -> None:
    """Enemies enough to hide the one form of eight items that exists."""
    random = np.random.default_rng(3)
    enemies: dict[int, set[str]] = {number: set() for number in range(40)}
    good = set(range(0, 40, 5))
    for one, other in random.integers(0, 40, (500, 2)).tolist():
        if one != other and not {one, other} <= good:
            enemies[one].add(f"item-{other}")
    pool = [replace(one, enemies=frozenset(enemies[number])) for number, one in enumerate(items(40))]
    blueprint = one_section(Cell(count=8))
    assert feasibility(blueprint, pool).is_feasible
    (form, _other) = drawn(blueprint, pool, takers(2)).forms
    assert {slot.version_id for slot in form.slots} == {pool[number].version_id for number in good}


def test_a_late_form_keeps_the_limits_of_exposure_of_all_and_of_the_unit() -> None:
    blueprint, pool = one_section(Cell(count=4)), items(12)
    options = Options(max_exposure=Fraction(1, 2), max_unit_exposure=Fraction(1, 2))
    people = [Taker(f"{number}", unit="a" if number < 4 else "b") for number in range(8)]
    found = drawn(blueprint, pool, people, options)
    ours: dict[str, int] = {}
    for taker, form in zip(found.takers, found.forms, strict=True):
        for slot in form.slots if taker.unit == "a" else ():
            ours[slot.version_id] = ours.get(slot.version_id, 0) + 1
    full = {version_id for version_id, used in ours.items() if used >= 2}
    assert full
    late = assemble_late(
        blueprint,
        pool,
        taker=Taker("9", unit="a"),
        seed=SEED,
        exposure=found.exposure,
        colleagues=Colleagues(4, ours),
        options=options,
    )
    assert isinstance(late, Form)
    assert not full & {slot.version_id for slot in late.slots}
    tight = replace(options, max_exposure=Fraction(1, 4))
    refused = assemble_late(
        blueprint, pool, taker=Taker("9"), seed=SEED, exposure=found.exposure, options=tight
    )
    assert isinstance(refused, Infeasible)
    assert [reason.code for reason in refused.reasons] == ["late_exposure_limit"]


def test_what_a_blueprint_asks_of_forms_is_left_out_where_it_asks_for_nothing() -> None:
    assert {"target_percent", "least_information"}.isdisjoint(city().model_dump(mode="json"))
    asked = city(target_percent="62.5", least_information="4")
    assert Blueprint.model_validate(asked.model_dump(mode="json")) == asked
    assert (asked.target_percent, asked.least_information) == (Decimal("62.5"), Decimal(4))
