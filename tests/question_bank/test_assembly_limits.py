"""Limits on papers beside their cells: time, exposure within a unit, pretest slots, information at the cut."""

import json
import random
from collections import Counter
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from pydantic import ValidationError

from question_bank.assembly import Assembly, Infeasible, Options, assemble, assemble_late, feasibility
from question_bank.assembly.check import check_forms
from question_bank.assembly.explain import Way, cheapest_way, way_out
from question_bank.assembly.prepare import short_for_rest
from question_bank.blueprint import Blueprint, Cell, ExpectedTime, Section, problems
from question_bank.draw import DrawInputs, commitment, draw_seed, manifest_of, secret_sha256
from question_bank.draw_bundle import build_bundle, verify_bundle
from question_bank.form import Form
from question_bank.pool import InformationOutOfRange, PoolItem, Taker
from tests.question_bank.banks import city_bank, city_blueprint, items, one_section, takers

SEED = b"limits of papers" * 2
SECRET = bytes(range(32))
CHANCE = random.Random(4)
BANK = [
    replace(item, expected_time_s=CHANCE.randint(30, 120), information=CHANCE.uniform(0.05, 0.4))
    for item in city_bank(600)
]
MEAN_S = 60 * 75


def city(**limits: object) -> Blueprint:
    return Blueprint.model_validate({**city_blueprint().model_dump(mode="json"), **limits})


def drawn(blueprint: Blueprint, pool: list[PoolItem], people: list[Taker], **options: object) -> Assembly:
    found = assemble(blueprint, pool, takers=people, seed=SEED, options=Options(**options))
    assert isinstance(found, Assembly), found
    return found


def reasons(blueprint: Blueprint, pool: list[PoolItem], people: list[Taker], **options: object) -> list[str]:
    found = assemble(blueprint, pool, takers=people, seed=SEED, options=Options(**options))
    assert isinstance(found, Infeasible)
    assert all(reason.vi and reason.en for reason in found.reasons)
    return [reason.code for reason in found.reasons]


def test_every_form_takes_as_long_as_the_blueprint_allows_and_stays_balanced() -> None:
    free = drawn(city(), BANK, takers(200))
    times = {item.version_id: item.expected_time_s or 0 for item in BANK}
    spent = [sum(times[slot.version_id] for slot in form.slots) for form in free.forms]
    mean = round(sum(spent) / len(spent))
    assert max(spent) - min(spent) > 300, "without a limit papers differ by minutes"
    blueprint = city(expected_time={"least_s": mean - 60, "most_s": mean + 60})
    tight = drawn(blueprint, BANK, takers(200))
    assert check_forms(tight.forms, blueprint=blueprint, pool=BANK, takers=takers(200)) == ()
    assert tight.report.outside_tolerance == 0
    assert tight.report.max_uses == tight.report.max_uses_bound
    broken = check_forms(free.forms, blueprint=blueprint, pool=BANK, takers=takers(200))
    assert {violation.code for violation in broken} == {"expected_time"}
    late = assemble_late(blueprint, BANK, taker=Taker("late"), seed=SEED, exposure=tight.exposure)
    assert isinstance(late, Form)
    assert check_forms([late], blueprint=blueprint, pool=BANK, takers=[Taker("late")]) == ()


def test_limits_of_time_that_no_even_draw_can_meet_are_named() -> None:
    assert reasons(city(expected_time={"least_s": 60, "most_s": 600}), BANK, takers(5)) == [
        "expected_time_infeasible"
    ]
    untimed = [replace(item, expected_time_s=None) for item in BANK]
    assert reasons(city(expected_time={"least_s": 60, "most_s": 600}), untimed, takers(5)) == [
        "no_expected_times"
    ]
    same = [replace(item, expected_time_s=50 + 40 * (index % 2)) for index, item in enumerate(items(4))]
    blueprint = one_section(Cell(count=1)).model_copy(
        update={"expected_time": ExpectedTime(least_s=69, most_s=71)}
    )
    assert reasons(blueprint, same, takers(3)) == ["expected_time_not_met"]


def test_information_at_the_cut_is_balanced_without_costing_marks_or_exposure() -> None:
    plain = drawn(city(), [replace(item, information=None) for item in BANK], takers(400))
    even = drawn(city(), BANK, takers(400))

    def spread(found: Assembly) -> float:
        information = {item.version_id: item.information or 0.0 for item in BANK}
        return float(np.std([sum(information[s.version_id] for s in form.slots) for form in found.forms]))

    assert spread(even) < spread(plain) / 3
    assert even.report.outside_tolerance == 0
    assert even.report.max_uses == even.report.max_uses_bound
    least, most = even.report.information_percent or (0, 0)
    assert 97 < least < 100 < most < 103


@pytest.mark.parametrize("value", [-0.1, 101.0, float("nan"), float("inf")])
def test_information_that_is_none_is_refused(value: float) -> None:
    with pytest.raises(InformationOutOfRange):
        replace(BANK[0], information=value)


def colleagues(count: int, *, sizes: tuple[int, ...]) -> list[Taker]:
    units = [f"unit-{index}" for index, size in enumerate(sizes) for _ in range(size)]
    return [replace(taker, unit=units[at % len(units)]) for at, taker in enumerate(takers(count))]


def test_nobody_shares_an_item_with_too_many_colleagues() -> None:
    people = colleagues(400, sizes=(8, 6, 5, 1))
    share = Fraction(2, 10)
    free, held = drawn(city(), BANK, people), drawn(city(), BANK, people, max_unit_exposure=share)
    check = {"blueprint": city(), "pool": BANK, "takers": people, "max_unit_exposure": share}
    assert check_forms(held.forms, **check) == ()
    assert {violation.code for violation in check_forms(free.forms, **check)} == {"unit_exposure"}
    assert held.report.outside_tolerance == 0
    assert held.exposure == free.exposure, "exchanges leave the use of every item as it was"


def test_a_limit_within_a_unit_that_the_bank_cannot_keep_names_cell_and_unit() -> None:
    people = [replace(taker, unit="P. Ninh Kiều") for taker in takers(30)]
    found = assemble(
        one_section(Cell(count=5)),
        items(20),
        takers=people,
        seed=SEED,
        options=Options(max_unit_exposure=Fraction(1, 10)),
    )
    assert isinstance(found, Infeasible)
    assert [reason.code for reason in found.reasons] == ["unit_exposure_impossible"]
    assert "P. Ninh Kiều" in found.reasons[0].vi


def trial_blueprint() -> Blueprint:
    cells = (Cell(count=6), Cell(count=2, pretest=True))
    return Blueprint(title="Có câu thử", sections=(Section(title="Chung", cells=cells, question_count=6),))


TRIAL_POOL = [*items(30), *items(10, first=30, pretest=True)]


def test_every_form_has_the_same_number_of_pretest_slots_which_count_for_nothing() -> None:
    blueprint, people = trial_blueprint(), takers(25)
    assert problems(blueprint) == ()
    assert (blueprint.cell_points_sum, blueprint.cell_count_sum) == (6, 8)
    found = drawn(blueprint, TRIAL_POOL, people)
    new = {item.version_id for item in TRIAL_POOL if item.pretest}
    places = Counter()
    for form in found.forms:
        marked = {slot.version_id for slot in form.slots if slot.pretest}
        assert len(marked) == 2
        assert marked == {slot.version_id for slot in form.slots} & new
        assert form.total_points == 6
        assert {slot.points for slot in form.slots} == {Decimal(1)}, "what is shown tells nothing"
        places.update(slot.position for slot in form.slots if slot.pretest)
        assert (
            form.canonical_bytes()
            == json.dumps(form.record(), ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
        )
    assert len(places) == 8, "they stand anywhere in the section"
    assert check_forms(found.forms, blueprint=blueprint, pool=TRIAL_POOL, takers=people) == ()


def test_a_pretest_slot_that_is_hidden_or_invented_is_a_violation() -> None:
    blueprint, people = trial_blueprint(), takers(1)
    (form,) = drawn(blueprint, TRIAL_POOL, people).forms
    for pretest in (True, False):
        at = next(i for i, slot in enumerate(form.slots) if slot.pretest is pretest)
        slots = tuple(s._replace(pretest=not pretest) if i == at else s for i, s in enumerate(form.slots))
        forged = replace(form, sections=(replace(form.sections[0], slots=slots),))
        codes = {
            violation.code
            for violation in check_forms([forged], blueprint=blueprint, pool=TRIAL_POOL, takers=people)
        }
        assert "outside_blueprint" in codes


def test_a_draw_with_every_limit_is_proven_from_its_bundle() -> None:
    blueprint = trial_blueprint().model_copy(
        update={
            "expected_time": ExpectedTime(least_s=300, most_s=900),
            "max_unit_exposure_percent": Decimal(80),
        }
    )
    pool = tuple(
        replace(item, expected_time_s=60 + index % 30, information=0.2 + index / 200)
        for index, item in enumerate(TRIAL_POOL)
    )
    people = tuple(replace(taker, unit=f"u{at % 2}") for at, taker in enumerate(takers(8)))
    inputs = DrawInputs("Mọi giới hạn", blueprint, pool, people, Options(max_unit_exposure=Fraction(4, 5)))
    committed = commitment(manifest_of(inputs, secret_sha256=secret_sha256(SECRET)))
    seed = draw_seed(SECRET, public_entropy="1 2 3 4 5 6", commitment=committed)
    found = assemble(blueprint, pool, takers=people, seed=seed, options=inputs.options)
    assert isinstance(found, Assembly)
    bundle = build_bundle(inputs, secret=SECRET, public_entropy="1 2 3 4 5 6", papers=found.forms)
    assert verify_bundle(bundle, published_commitment=committed) == ()
    record = json.loads(bundle)["pool"][0]
    assert {"expected_time_s", "information_millionths"} <= record.keys()


def test_contradictory_limits_of_a_blueprint_are_named() -> None:
    def codes(**fields: object) -> list[str]:
        return [reason.code for reason in problems(city(**fields))]

    assert codes(expected_time={"least_s": 900, "most_s": 600}) == ["expected_time_contradicts"]
    assert codes(duration_min=10, expected_time={"least_s": 900, "most_s": 1200}) == [
        "expected_time_contradicts"
    ]
    section = Section(
        title="A", cells=(Cell(count=2, pretest=True),), minutes=40, minimum_percent=Decimal(50)
    )
    only_trial = Blueprint(title="B", sections=(section,), duration_min=30)
    assert [reason.code for reason in problems(only_trial)] == [
        "section_minutes_exceed",
        "nothing_scored",
        "minimum_without_points",
    ]
    with pytest.raises(ValidationError):
        Section(title="A", cells=(), minimum_percent=Decimal(101))


def test_cells_too_small_for_the_periods_of_rest_are_named_with_what_they_lack() -> None:
    blueprint = one_section(Cell(competency="T.1", count=4), Cell(competency="T.2", count=2))
    supply = feasibility(blueprint, [*items(11), *items(6, "T.2", first=20)])
    (short,) = short_for_rest(supply, periods=2)
    assert (short.label.vi, short.have, short.needed) == ("T.1", 11, 12)
    assert short_for_rest(supply, periods=0) == []


def test_a_case_is_one_item_of_its_cell_and_carries_the_points_of_the_cell() -> None:
    blueprint = one_section(
        Cell(item_type="case", count=1, points_per_item=Decimal(5)), Cell(item_type="single_choice", count=4)
    )
    pool = [*items(6), *items(3, first=50, item_type="case")]
    supply = feasibility(blueprint, pool)
    assert [short.label.en for short in short_for_rest(supply, periods=3)] == ["case", "single_choice"]
    for form in drawn(blueprint, pool, takers(7)).forms:
        assert sorted(slot.points for slot in form.slots) == [1, 1, 1, 1, 5]


def test_the_solver_names_the_least_change_that_makes_an_impossible_form_possible() -> None:
    ring = [replace(one, enemies=frozenset({f"item-{(n + 1) % 5}"})) for n, one in enumerate(items(5))]
    blueprint = one_section(Cell(competency="T.1", count=3), Cell(competency="T.2", count=1))
    pool = [*ring, *items(2, "T.2", first=10)]
    supply = feasibility(blueprint, pool)
    assert [reason.code for reason in supply.reasons] == ["enemies_block", "way_out"]
    assert "bỏ 1 quan hệ loại trừ" in supply.reasons[1].vi
    (pair,) = supply.reasons[1].params["pairs"]
    one, other = str(pair).split(" – ")
    mended = [replace(entry, enemies=entry.enemies - {one, other}) for entry in pool]
    assert feasibility(blueprint, mended).is_feasible


def test_the_solver_gives_up_nothing_where_nothing_conflicts_and_else_as_little_as_it_can() -> None:
    blueprint = one_section(Cell(competency="T.1", count=2), Cell(competency="T.2", count=1))
    apart, times = [frozenset({number}) for number in range(3)], [30, 40, 50]
    assert cheapest_way(blueprint, [[0, 1], [2]], excludes=apart, times=times) == Way((0, 0), (), 0)
    timed = blueprint.model_copy(update={"expected_time": ExpectedTime(least_s=200, most_s=300)})
    way = cheapest_way(timed, [[0, 1], [2]], excludes=apart, times=times)
    assert way == Way((0, 0), (), 80)
    reason = way_out(way, [cell.label() for cell in timed.cells], names=["a", "b", "c"])
    assert reason is not None
    assert "80 giây" in reason.vi
    assert cheapest_way(blueprint, [[0], [2]], excludes=apart) == Way((1, 0), (), 0)
